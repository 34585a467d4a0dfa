"""The model card (Mitchell et al., FAT* 2019): on what, how well, for whom not; as data, and as a page of markdown."""
import numpy as np

from lopm.datasets.index import read_info
from lopm.datasets.labels import count_labels
from lopm.engine.described import describe_training
from lopm.engine.parts import PARTS
from lopm.evaluation.calibration import confidences, ece
from lopm.evaluation.doubt import labelled_and_found
from lopm.evaluation.intervals import estimate_outlines, estimate_words
from lopm.evaluation.rows import named_class, unit_of
from lopm.evaluation.subgroups import subgroup_of
from lopm.files import write_text
from lopm.pictures.style import FROM_DRAWINGS, note_on
from lopm.wording import decimal, in_words, is_defined, words

NOT_FOR = (
    'It is no medical device, and no authority has seen it. It helps a person who decides.',
    'It confirms no diagnosis. That a white plaque is a leukoplakia is found by exclusion, and neither dysplasia nor '
    'cancer is told from a photograph: a biopsy tells.',
    'It rules no cancer out. A lesion that lasts for two weeks is referred, whatever it says.',
    'Photographs of other cameras, other clinics, other mouths than it was trained on: it was not tested on them.')
LEAST = 10  # training lesions of a word below which the word counts as hardly seen
SHOWN = ('auroc', 'balanced_accuracy', 'kappa', 'mae', 'r2', 'concordance')  # scores of the card
GROUPS = ('site', 'sex', 'age')


def card_of(cfg, tasks, parts, doubt, few, wanted):
    """The card as data, and what a reader should know first, ``[text]``.

    Args:
        tasks: All of the network. parts: ``{part: Part}``, with the prior in place of lesions that were not found.
        doubt, few: Of ``fit_doubt``. wanted: ``Wanted``.
    """
    train, test = parts['train'], parts['test']
    labels = {name: {'labels': each.total, **each.classes}
              for name, each in count_labels(tasks.answered, train.file).items()}
    missing = [*missing_words(tasks.answered.with_words, labels), *missing_groups(train.rows)]
    unsure = [f'{words(name)}: {count} validation '
              f'{"patients with a label" if name in tasks.of_groups else "labels of what the model finds"}; its '
              'probabilities are not calibrated, nothing is ruled out' for name, count in few.items()]
    return {
        'source': str(read_info(train.file).get('source', '')) or 'not said by the data set',
        'note': FROM_DRAWINGS if note_on(train.file) else '', 'licence': wanted.licence or 'not said',
        'parts': {part: counts(parts[part].rows) for part in PARTS}, 'labels': labels,
        'audited': not wanted.unaudited, 'training': describe_training(cfg),
        'scores': scores_of(tasks, test.rows), 'doubt': doubt_on(tasks, test.rows, doubt),
        'missing': missing, 'unsure': unsure, 'not_for': list(NOT_FOR),
        **noise_on(wanted.noise)}, [*map(in_a_line, missing), *unsure]


def noise_on(noise):
    """Whose repeats the noise floor of followed lesions rests on, where there is one, and how many lesions."""
    return {'noise': {'source': noise.source, 'lesions': noise.count}} if noise else {}


def counts(rows):
    return {'photographs': len(rows), 'lesions': sum(len(row.lesion_ids) for row in rows),
            'patients': len({row.patient_id for row in rows})}


def missing_words(tasks, labels):
    """Words that were hardly seen, ``{'what': task, 'word', 'lesions'}`` each."""
    for name, task in tasks.items():
        yield from ({'what': name, 'word': word, 'lesions': labels[name].get(word, 0)} for word in task.classes
                    if labels[name].get(word, 0) < LEAST)


def missing_groups(rows):
    """Which groups of patients are few, as ``missing_words``; of what nobody knows ``word`` is empty."""
    for by in GROUPS:
        said = [group for row in rows for group in subgroup_of(row, by)]
        names, number = np.unique(said, return_counts=True) if said else ([], [])
        known = {str(name): int(count) for name, count in zip(names, number) if name != 'unknown'}
        if not known:
            yield {'what': by, 'word': '', 'lesions': 0}
        yield from ({'what': by, 'word': name, 'lesions': count} for name, count in known.items() if count < LEAST)


def in_a_line(missing):
    """One of who is missing, in words."""
    if not missing['word']:
        return f'{words(missing["what"])}: nobody knows it of any training lesion'
    return f'{words(missing["what"])} {words(missing["word"])}: {missing["lesions"]:g} in training'


def scores_of(tasks, rows):
    """Scores on the test part, a dict each, with 95 % intervals over patients."""
    found = [('outline', 'jaccard', each) for name, each in estimate_outlines(rows).items() if name == 'jaccard']
    for name, task in tasks.answered.items():
        found += [(name, score, each) for score, each in estimate_words(task, rows).items() if score in SHOWN]
    return [{'task': name, 'score': score, **each._asdict()} for name, score, each in found if is_defined(each.value)]


def doubt_on(tasks, rows, doubt):
    """What the doubt is worth on what the test part asks and the model finds, ``{task: {...}}``: calibration error
    before and after, how often its sets hold the truth, how many words they hold, and of how many lesions, photographs,
    visits or patients."""
    found = {}
    for name, fitted in doubt.tasks.items():
        task = tasks[name]
        targets, probs, records = labelled_and_found(rows, task, lambda row: row.about.get('record') or {})
        if not len(targets):
            continue
        scaled = doubt.scaled(task, probs)
        found[name] = {'scaling': fitted['method'], unit_of(task, rows): len(targets),
                       'ece_before': float(ece(*confidences(task, targets, probs))),
                       'ece_after': float(ece(*confidences(task, targets, scaled)))}
        number, one = named_class(task, targets)
        if 'sets' in fitted and one.any():
            sets = [doubt.possible(task, p, record) for p, record in
                    zip(task.class_probabilities(scaled[one]), records[one])]
            found[name] |= {
                'promise': doubt.promise(name), 'set_size': float(np.mean([len(held) for held in sets])),
                'coverage': float(np.mean([task.classes[k] in held for k, held in zip(number[one], sets)]))}
    return found


def write_card(path, card):
    """The card for people."""
    return write_text(path, '\n'.join(lines_of(card)) + '\n')


def lines_of(card):
    yield '# Model card'
    yield from ('', *(f'- {text}' for text in card['not_for']))
    yield from ('', '## Trained on', '', f'Source: {card["source"]}. Licence of the photographs: {card["licence"]}.')
    if card['note']:
        yield f'**{card["note"]}**'
    if not card['audited']:
        yield '**The test part was not audited: patients may be in two parts, and the scores below mean little.**'
    yield from ('', '| part | photographs | lesions | patients |', '|---|---|---|---|')
    yield from (f'| {part} | {each["photographs"]} | {each["lesions"]} | {each["patients"]} |'
                for part, each in card['parts'].items())
    yield from ('', *(f'- {name}: {text}' for name, text in card['training'].items()))
    yield from ('', '## Scores on the test part', '')
    yield from ('| | | 95 % interval | answers | patients |', '|---|---|---|---|---|')
    yield from (f'| {words(each["task"])} | {words(each["score"])} {decimal(each["value"])} | '
                f'{decimal(each["low"])} to {decimal(each["high"])} | {each["lesions"]} | {each["patients"]} |'
                for each in card['scores'])
    yield from ('', '## How sure it may be', '')
    yield from (f'- {words(name)}: ' + ', '.join(f'{words(key)} {in_words(round(value, 3))}' if key != 'scaling' else
                                     f'{value} scaling' for key, value in each.items())
                for name, each in card['doubt'].items())
    yield from (f'- {text}' for text in card['unsure'])
    if noise := card.get('noise'):
        yield from ('', '## Over visits', '', f'Noise floor: {noise["source"]}; {noise["lesions"]} lesions '
                    'photographed twice on one day. What differs less is called the same.')
    yield from ('', '## Who is missing', '')
    yield from (f'- {in_a_line(each)}' for each in card['missing'])
    yield from [] if card['missing'] else ['- nobody that was looked for']
    yield from ('', '## Labels of the training part', '')
    yield from (f'- {words(name)}: ' + ', '.join(f'{words(key)} {value:g}' for key, value in each.items())
                for name, each in card['labels'].items())
