"""What is known of the outlines of a photograph: what its source shows, says, and holds that is not read."""
from collections import Counter

from lopm.curation.source import OUTLINED
from lopm.structures import LESION


def of_lesions(attributes, labels):
    """Tasks of lesions that someone answered for the whole photograph."""
    said = [attributes.get('attributes', {}), *attributes.get('attributes_by_rater', {}).values()]
    return {target for own in said for target in own if target in labels.tasks
            and labels.tasks[target].level == 'lesion'}


def said_outlined(facts, labels):
    """True, False, or None where nobody says whether all lesions are drawn."""
    meaning = facts.get(OUTLINED)
    return meaning and {'yes': True, 'no': False}.get(labels.vocabularies[OUTLINED].value(meaning))


def outlined_by_source(photograph, said, rows, words, report):
    """Whether a lesion that is not among the annotations is not there: ``images[].outlined`` (docs/dataset_format.md).

    Something that is not read weighs more than what the source says of it in so many words (``said``), which weighs
    more than what is drawn; words about a lesion that nobody drew weigh more than that the source shows no region.
    """
    if photograph.outlined is False:
        return False
    lesions = [row for row in rows if row['category'] == LESION]
    if said and words and not lesions:
        report.suspect.append(f'{photograph.place}: is said to be free of lesions, and of a lesion: '
                              + ', '.join(sorted(words)))
    if said is not None:
        return said
    if lesions or words:
        return any('segmentation' in row for row in lesions)
    return bool(photograph.outlined) or any('segmentation' in row for row in rows)


def count_states(entries):
    """How many photographs are in which of the states of docs/dataset_format.md."""
    lesions = [(image['outlined'], [row for row in rows if row['category'] == LESION]) for image, rows in entries[True]]
    return Counter({
        'outlined, with lesions': sum(bool(rows) for outlined, rows in lesions if outlined),
        'outlined, free of lesions': sum(not rows for outlined, rows in lesions if outlined),
        'not outlined, with places (boxes) or some outlines': sum(
            bool(rows) for outlined, rows in lesions if not outlined),
        'not outlined': sum(not rows for outlined, rows in lesions if not outlined),
        'that nobody has looked at, in unannotated.json': len(entries[False])})
