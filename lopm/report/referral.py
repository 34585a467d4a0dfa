"""Sentences on the referral of a session: what is suggested, at which operating point, and because of what."""
from lopm.report.facts import abstains
from lopm.screening.screen import BY_TABLE


def said(found, language, outlines=True, promise=None):
    """Sentences on the referral, the one that counts most first: at the operating point, else the more urgent of what
    is read directly and by the table. A model that draws ``outlines``, and found nothing to outline, suggests nothing.

    Args:
        promise: Of how many visits the words that are not ruled out hold the true one.
    """
    say, referral = language.say, found.referral
    if not referral:
        return [say('The model has no task of referral: nothing here says whether to refer.')]
    lines = [decided(found, language)] if found.decision else []
    if referral.abstains:
        lines.append(abstains(referral.abstains, language))
    elif not found.decision and outlines and not found.lesions:
        lines.append(say('Suggests nothing: there is no lesion that it could rest on.'))
    elif not found.decision:
        word = referral.more_urgent
        lines.append(say('Suggests {word}.', word=in_task(referral.task, word, language)))
        if word == next(iter(referral.probabilities)):
            lines[-1] += ' ' + say('That does not say that there is nothing to refer.')
    lines.append(say('From all usable photographs together: {words}.', words=grades(
        referral, referral.probabilities, language)))
    if referral.possible is None:
        lines.append(say('How far this may be believed is not known: that takes a pack, and enough validation patients '
                         'with a label.'))
    elif referral.possible:
        lines.append(say('Not ruled out: {words}. Of {share} of visits the true word is among such words.', words=say(
            ' or ').join(in_task(referral.task, word, language) for word in referral.possible),
            share=language.percent(promise)))
    if referral.by_table:
        lines.append(say('By the table, from the diagnoses of the lesions: {words}.', words=grades(
            referral, referral.by_table, language)))
    if referral.differ:
        lines.append(say('The two differ: until a person has looked, the more urgent one holds.'))
    return lines + because(found, language)


def grades(referral, probabilities, language):
    return ', '.join(f'{in_task(referral.task, word, language)} {language.percent(p)}'
                     for word, p in probabilities.items())


def decided(found, language):
    decision, say = found.decision, language.say
    values = dict(word=from_on(found.referral.task, decision, language),
                  score=language.number(decision.score), threshold=language.number(decision.threshold))
    if decision.refer:
        return say('Refer, at the operating point: {word} (score {score}, threshold {threshold}).', **values)
    return ' '.join([say('Below the operating point: {word} (score {score}, threshold {threshold}).', **values),
                     say('That does not say that there is nothing to refer.')])


def from_on(task, decided, language):
    """The word of a ``Decision`` or ``OperatingPoint``, "or above"."""
    return in_task(task, decided.word, language) + (language.say(' or above') if decided.above else '')


def because(found, language):
    """Sentences on the lesion that weighs most, and on how lesions are spread."""
    lines, say = [], language.say
    if found.reason and found.referral:
        spot, word = found.lesions[found.reason - 1], found.decision and found.decision.word
        about = language.say('; ').join(filter(None, [
            site_of(spot, language), diagnosis_of(spot, language), features_of(spot, language)]))
        sentence = say('Lesion {number} weighs most: {about}.', number=found.reason, about=about)
        if found.reason_by == BY_TABLE:
            word = word or list(spot.grades)[-1]
            share = sum(list(spot.grades.values())[list(spot.grades).index(word):])
            sentence += ' ' + say('By the table this lesion alone: {word} {p}.', p=language.percent(share),
                                  word=in_task(found.referral.task, word, language))
        lines.append(sentence)
    if found.distribution and found.lesions:
        word, p = next(iter(found.distribution.items()))
        lines.append(say('Spread of lesions: {word} ({p}).', word=in_task('distribution', word, language),
                         p=language.percent(p)))
    return lines


def in_task(task, word, language):
    """A word as a clinician reads it, where it means something of its own in this task: of a referral "none"."""
    own = f'{task} {word}'.replace('_', ' ')
    return language.say(own) if language.say(own) != own else language.word(word)


def site_of(spot, language):
    return ' + '.join(map(language.word, spot.site)) or language.say('site not known')


def diagnosis_of(spot, language):
    if spot.abstains:
        return abstains(spot.abstains, language).rstrip('.')
    return ' / '.join(f'{language.word(word)} {language.percent(p)}' for word, p in spot.diagnosis.items())


def features_of(spot, language):
    return ' · '.join(' + '.join(map(language.word, words)) for words in spot.features.values())


def measured(point, language):
    """The sentence on an operating point: what it does, and on whom that was measured."""
    def share(figure):
        value, low, high = (language.percent(each) if each is not None else '–' for each in figure)
        return f'{value} ({low} – {high})'
    return language.say(
        'Operating point: {word}, chosen in validation to find {wanted} of the visits that need it. On '
        '{patients} test patients ({positives} of {count} visits need it) sensitivity {sensitivity}, specificity '
        '{specificity}; in brackets 95 % intervals. The score is the probability of the network itself, which no pack '
        'has scaled.', word=from_on(point.task, point, language),
        wanted=language.percent(point.wanted), patients=point.test.patients, positives=point.test.positives,
        count=point.test.positives + point.test.negatives, sensitivity=share(point.sensitivity),
        specificity=share(point.specificity))
