"""What stands on the page of a case, as plain data in the words of a language; the template only places it."""
from lopm.findings import FLAGGED
from lopm.measure import MEASURES
from lopm.report.chart import chart_of, strip_of
from lopm.report.photograph import picture_of, spotlight
from lopm.report.scale import scale_said, sizes

# Measured values that say something without a scale in the photograph.
SHOWN = ('white', 'red', 'contrast', 'glcm_entropy', 'rim_sharpness', 'compactness', 'patch_dispersion', 'elongation',
         'area_share')
UNITS = {each.name: each.unit for each in MEASURES}
NAMED_UNITS = 'deltaE', 'deltaE 2000', 'bit'
ALIKE = 2  # training lesions that are shown of a diagnosis
LIMITS = (
    'It confirms no diagnosis. A leukoplakia is found by exclusion, and dysplasia or cancer by biopsy: no photograph '
    'shows them.',
    'It rules no cancer out. A lesion that lasts for more than two weeks is referred, whatever stands here.',
    'Probabilities hold for photographs like those that the model was trained and tested on.')


def facts_of(case, image, predictor, language, scale=None, since=None):
    """The facts of a ``Case``: ``{name: text, list or svg}``.

    Args:
        image: The photograph, uint8 BGR ``[H, W, 3]``; None: the page has one of its own, and these facts no picture.
        predictor: Of the pack that said it. language: ``Language``.
        scale: ``Scale`` of the photograph, or None. since: Facts of ``lopm.report.since``, or None.
    """
    pack, say = predictor.pack, language.say
    lesions = [{**lesion_facts(lesion, i, predictor, language),
                'looked': [] if image is None else looked(case, image, lesion, language),
                'sizes': sizes(lesion, scale, language) if scale else []}
               for i, lesion in enumerate(case.lesions, 1)]
    whole = predictor.tasks.of('image') if predictor.draws_outlines else predictor.tasks
    return {
        'name': case.name, 'lesions': lesions,
        'picture': '' if image is None else picture_of(case, image, scale=scale, language=language),
        'scale': scale_said(scale, language) if scale else '', 'since': since,
        'photograph': [] if case.flags else features(case.photograph, whole.but(
            {predictor.judged} & whole.with_words.keys()), language),
        'said': photograph_said(case.photograph, whole, predictor, language),
        'found': language.count('{number} lesion found', '{number} lesions found', len(lesions)) if lesions else
        say('No lesion was found. That does not say that there is none.') if predictor.draws_outlines else
        say('The model draws no outlines; it speaks of the whole photograph.'),
        'flags': [language.word(flag) for flag in case.flags or ()],
        'unflagged': say('Whether the photograph is blurred, dark or unlike the training was not looked at.')
        if case.flags is None else '',
        'record': [(language.word(name), language.word(value) if isinstance(value, str) else in_words(value, language),
                    name in predictor.record_fields) for name, value in case.record.items()],
        'trained': trained_on(pack.content.card, language), 'note': say(pack.content.card['note'])
        if pack.content.card['note'] else '', 'limits': [say(each) for each in LIMITS],
        'missing': [missing(each, language) for each in pack.content.card['missing']],
        'versions': [(say('model'), f'{case.model["version"]}'), ('lopm', case.model['lopm']),
                     (say('made'), pack.content.made), ('SHA-256', pack.content.sha256[:32])]}


def photograph_said(findings, tasks, predictor, language):
    """Sentences on the diagnosis of a photograph as a whole, where that is what the model gives."""
    if predictor.judged not in tasks.with_words:
        return []
    if FLAGGED in findings.abstains.values():
        return [abstains(FLAGGED, language)]
    return diagnosis(findings, predictor, language)


def in_words(value, language):
    if isinstance(value, bool):
        return language.say('yes') if value else language.say('no')
    return language.number(value, 6)


def missing(each, language):
    """Who was hardly seen in training, such as "sex male (3)"."""
    what = language.word(each['what'])
    if not each['word']:
        return f'{what}: {language.say("not known")}'
    return f'{what}: {language.word(each["word"])} ({language.number(each["lesions"])})'


def trained_on(card, language):
    """The sentence that comes first."""
    count = card['parts']['train']
    return language.say(
        'The model learned from {photographs} photographs of {patients} patients ({source}) and was tested on {tested} '
        'others of the same base.', photographs=count['photographs'], patients=count['patients'],
        source=language.say(card['source']), tested=card['parts']['test']['photographs'])


def lesion_facts(lesion, number, predictor, language):
    """The facts of one lesion."""
    judged = predictor.judged
    tasks = predictor.tasks.of('lesion')
    if FLAGGED in lesion.abstains.values():  # then nothing that it says is to be read
        return {'number': number, 'said': [abstains(FLAGGED, language)]}
    facts = {'number': number, 'features': features(lesion, tasks.but({judged}), language)}
    if judged not in lesion.probabilities:
        return facts
    odds = lesion.probabilities[judged]
    first, second = sorted(odds, key=odds.get, reverse=True)[:2]
    ranges = predictor.pack.content.ranges.get(judged, {})
    return {
        **facts, 'said': diagnosis(lesion, predictor, language),
        'pair': [language.word(word) for word in (first, second)],
        'odds': [(language.word(word), language.percent(p), p) for word, p in
                 sorted(odds.items(), key=lambda each: -each[1])],
        'chart': added(lesion, judged, (first, second), language), 'changes': changes(lesion, judged, language),
        'measures': [measure(lesion, name, [ranges.get(word, {}).get(name) for word in (first, second)], language)
                     for name in SHOWN if (lesion.measured.get(name) or {}).get('value') is not None
                     and lesion.measured[name]['value'] == lesion.measured[name]['value']],
        'alike': [(language.word(word), [neighbor(each, judged, language) for each in found[:ALIKE]])
                  for word, found in lesion.alike.items() if found]}


def features(findings, tasks, language):
    """``[(task, what is said, who says it)]`` of each task whose question arises."""
    lines = []
    for name, said in findings.said.items():
        if name not in tasks:
            continue
        if name in findings.numbers:
            text = number_text(said, language)
        elif name in findings.times:
            text = ', '.join(f'{each.removeprefix("by_")} {tasks[name].unit}: {language.percent(p)}'
                             for each, p in said.items())
        elif name in findings.corrected:
            text = language.words(said, ' + ') or language.say('none of the words')
        else:
            text = words_text(said, tasks[name], language)
        who = language.say('said by a person') if name in findings.corrected else ''
        lines.append((language.word(name), text, who))
    return lines


def number_text(said, language):
    """A number as it was said, "12.5 mm (8.1 – 19)"."""
    value, low, high = (language.number(said[key]) for key in ('value', 'low', 'high'))
    return f'{value} {said["unit"] or ""} ({low} – {high})'


def words_text(said, task, language):
    """The words of a task with their probabilities, "white 93 % + red 61 %"."""
    join = ' / ' if task.exclusive else ' + '
    text = join.join(f'{language.word(word)} {language.percent(p)}' for word, p in said.items())
    return text or language.say('none of the words')


def looked(case, image, lesion, language):
    """``[(task, picture, share inside)]`` of where each head has looked; none where the model should not be asked."""
    if FLAGGED in lesion.abstains.values():
        return []
    return [(language.word(name), spotlight(case, image, lesion, seen), language.percent(lesion.looked[name]))
            for name, seen in lesion.read.maps.items() if name in lesion.words and name not in lesion.corrected]


def abstains(reason, language):
    return language.say('The model abstains: {reason}.', reason=language.say(reason))


def diagnosis(findings, predictor, language):
    """Sentences on the diagnosis: what is suggested, what cannot be ruled out; or why nothing is."""
    judged, say = predictor.judged, language.say
    if judged in findings.corrected:
        return [say('A person says: {words}.', words=language.words(findings.words[judged]))]
    named, possible, lines = findings.words.get(judged, {}).items(), findings.possible.get(judged), []
    if reason := findings.abstains.get(judged):
        lines.append(abstains(reason, language))
    else:
        lines += [say('Suggests {word} ({p}).', word=language.word(word), p=language.percent(p)) for word, p in named]
    if possible is None:
        lines.append(say('How far this may be believed is not known: too few lesions were labelled to find out.'))
    elif possible:
        lines.append(say('Not ruled out: {words}. Of {share} of lesions the true word is among such words.',
                         words=language.words(possible), share=language.percent(predictor.doubt.promise(judged))))
    return lines


def added(lesion, judged, pair, language):
    """A chart of what each feature adds for the likeliest diagnosis and the next; '' of a reader that is no sum."""
    because = lesion.because.get(judged, {})
    rows = [(language.word(name), [values[word] for word in pair]) for name, values in because.items()
            if name != 'bias' and all(word in values for word in pair)]
    rows.sort(key=lambda row: -abs(row[1][0] - row[1][1]))
    return chart_of(rows, [language.word(word) for word in pair]) if rows else ''


def changes(lesion, judged, language):
    """Sentences on what would change the diagnosis."""
    found, say = lesion.changes.get(judged), language.say
    if not found:
        return []
    lines, smallest, strongest = [], found['smallest'], found['strongest']
    now = max(lesion.probabilities[judged].items(), key=lambda each: each[1])
    if smallest:
        lines.append(say('It would suggest {diagnosis} ({p}) if the lesion had: {words}.',
                         diagnosis=language.word(smallest['diagnosis']), p=language.percent(smallest['probability']),
                         words=in_other_words(smallest['words'], language)))
    else:
        lines.append(say('No other words for up to three features lead to another diagnosis.'))
    if strongest and strongest['fall'] > 0 and (not smallest or strongest['words'] != smallest['words']):
        lines.append(say('With the feature that counts most changed alone ({words}), {diagnosis} would fall from '
                         '{before} to {after}.',
                         words=in_other_words(strongest['words'], language), diagnosis=language.word(now[0]),
                         before=language.percent(now[1]), after=language.percent(max(now[1] - strongest['fall'], 0))))
    return lines


def in_other_words(words, language):
    """Features with other words: "color: white + red; texture: none of the words"."""
    def text(said):
        return language.words([said] if isinstance(said, str) else said, ' + ') or language.say('none of the words')
    return '; '.join(f'{language.word(name)}: {text(said)}' for name, said in words.items())


def measure(lesion, name, ranges, language):
    """``(name, value with its unit, [usual range or ''], strip)`` of a measured value."""
    value = lesion.measured[name]['value']

    def text(number):
        return language.percent(number) if UNITS[name] == 'share' else language.number(number)
    unit = language.say(UNITS[name]) if UNITS[name] in NAMED_UNITS else ''
    usual = [f'{text(each.low)} – {text(each.high)}' if each else '–' for each in ranges]
    return language.word(f'measured {name}'), f'{text(value)} {unit}'.strip(), usual, strip_of(value, ranges)


def neighbor(each, judged, language):
    """A training lesion that looks alike, in words: ``(number or photograph, words, similarity)``."""
    said = in_other_words({name: words for name, words in each['words'].items() if name != judged}, language)
    return each['photograph'] or f'{each["lesion"]}', said, language.number(each['similarity'], 2)
