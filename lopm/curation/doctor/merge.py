"""Copies of a photograph that were annotated one by one become one photograph of several raters."""
from collections import Counter, defaultdict

from lopm.curation.doctor.check_copies import answers
from lopm.curation.raters import same_lesions
from lopm.datasets.coco import lesion_key, rater_of
from lopm.datasets.format import looked_by
from lopm.datasets.groups import has_patient


def merge_copies(content, photographs):
    """Join, in a COCO dict, the entries of one file; how many entries are gone.

    Entries stay apart whose words exclude each other or whose patients differ: a person has to decide.

    Args:
        photographs: ``doctor.dataset.Photograph`` of this part, of the rows of ``content``, with their facts.
    """
    copies = defaultdict(list)
    for each in photographs:
        copies[each.facts.get('sha256')].append(each)
    gone = set()
    for digest, members in copies.items():
        if digest and len(members) > 1 and _agree(members):
            _merge(members)
            gone |= {id(each.image) for each in members[1:]}
    content['images'] = [image for image in content['images'] if id(image) not in gone]
    return len(gone)


def _agree(members):
    """Whether they may be one: a size, a patient at most, ids of their own, and words that can be true together."""
    patients = {each.patient for each in members if has_patient(each.image)}
    sizes = {(each.image['width'], each.image['height']) for each in members}
    numbers = {each.image['id'] for each in members}
    exclude = any(not frozenset.intersection(*by_answer) for by_answer in answers(members).values())
    return len(patients) < 2 and len(sizes) == 1 and len(numbers) == len(members) and not exclude


def _merge(members):
    """The first entry gets what the others know; raters and lesions are told apart and joined."""
    first = members[0].image
    said_by = Counter(rater for each in members for rater in {
        *map(rater_of, each.lesion_rows()), *looked_by(each.image)})
    lesions = _join_lesions(members)
    for each in members:
        apart = {rater: ' of '.join(filter(None, [rater, _entry(each.image)]))
                 for rater in {'', *said_by} if said_by[rater] > 1 or not rater}
        for row in each.annotations:
            if (each.image['id'], lesion_key(row)) in lesions:
                row['lesion_id'] = lesions[each.image['id'], lesion_key(row)]
            if rater_of(row) in apart:
                row['rater'] = apart[rater_of(row)]
        if 'looked' in each.image:
            each.image['looked'] = {apart.get(rater, rater): about for rater, about in looked_by(each.image).items()}
    for each in members[1:]:
        for row in each.annotations:
            row['image_id'] = first['id']
        _join_words(first, each.image)


def _join_lesions(members):
    """``{(image id, lesion): lesion_id}`` of the outlined lesions of all entries, matched by their first outlines."""
    outlines = {}
    for each in members:
        own = outlines[each.image['id']] = {}
        for i in each.lesions:
            if each.facts['outlines'][i]['area']:
                own.setdefault(lesion_key(each.annotations[i]), each.annotations[i]['segmentation'])
    first = members[0].image
    numbers = same_lesions({number: list(own.values()) for number, own in outlines.items()},
                           first['width'], first['height'])
    of = {(entry, lesion): number for entry, own in outlines.items() for lesion, number in zip(own, numbers[entry])}
    names = {}
    for (_, lesion), number in of.items():
        if isinstance(lesion, str):  # an id; else the annotation has none
            names.setdefault(number, lesion)
    return {key: names.get(number, f'{first["id"]}-L{number}') for key, number in of.items()}


def _join_words(first, other):
    """What an entry knows and the first does not; words on which they differ stand by entry."""
    mine, yours = first.get('attributes', {}), other.get('attributes', {})
    differ = {task for task in mine.keys() & yours.keys() if mine[task] != yours[task]}
    by_rater = {**other.get('attributes_by_rater', {}), **first.get('attributes_by_rater', {})}
    for image, words in ((first, mine), (other, yours)) if differ else ():
        by_rater[_entry(image)] = {task: words[task] for task in differ}
    joined = {'attributes': {task: value for task, value in {**yours, **mine}.items() if task not in differ},
              'attributes_by_rater': by_rater, 'outlined': first.get('outlined') or other.get('outlined'),
              'looked': {**other.get('looked', {}), **first.get('looked', {})}}
    kept = {**other, **first, **joined}
    first.clear()
    first.update({key: value for key, value in kept.items() if key not in joined or value or value is False})


def _entry(image):
    return f'entry {image["id"]}'
