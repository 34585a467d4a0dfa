"""Who says what of a photograph, as plain data: the model, the version that stands, second readers."""
from typing import Any, NamedTuple

import msgspec

from lopm.case import Case
from lopm.cases.dataset import PREDICTED, answers
from lopm.structures import LESION
from lopm.tasks import NOT_ASSESSABLE
from lopm.web.models import Reading

What = Reading.What
BY_PERSONS = What.WORDS, What.OUTLINES, What.CONFIRM
ACCOUNT = 'account '  # begins the key of a person who has one
CONFIRMED = 'confirmed'  # the source of a word that the model has said and a person has agreed with


class Spoken(NamedTuple):
    """A lesion as somebody sees it.

    Attributes:
        segmentation: As in a data set. words: ``{task: answer}`` as in a data set.
        source: ``{task: PREDICTED or CONFIRMED}`` of the words that are not a person's own; ``lesion``: of the outline.
    """

    segmentation: Any
    words: dict[str, Any]
    source: dict[str, str]

    @property
    def by_person(self):
        """Whether a person has drawn, named or confirmed anything of it."""
        return self.source.get(LESION) != PREDICTED or any(self.source.get(name) != PREDICTED for name in self.words)


class Opinion(NamedTuple):
    """What one reader says of a photograph.

    Attributes:
        who: Key of the person; '' the model.
        lesions: ``[Spoken]``. photograph: ``{task: answer}`` of persons, of the photograph as a whole.
        whole: Whether a person says that these are all lesions that are there.
        blind: Of a second reading, whether it was blind; None: it is the version that stands, or the model's.
        model: What the model was called that has said the rest.
    """

    who: str
    lesions: list[Spoken]
    photograph: dict[str, Any]
    whole: bool
    blind: bool | None = None
    model: str = ''

    @property
    def here(self):
        """Whether it was said on the page, and not in a base that was brought in."""
        return self.who.startswith(ACCOUNT)


def model_opinion(photograph, tasks):
    """What the model has said first, before anybody corrected it. Args: ``tasks``: ``Tasks``."""
    case = case_of(photograph.readings.filter(what=What.MODEL).order_by('number').first())
    return Opinion('', [spoken(lesion, tasks, PREDICTED, PREDICTED) for lesion in case.lesions], {}, False,
                   model=case.model.get('version', ''))


def standing_opinion(photograph, tasks):
    """What the version that stands says, signed by the person who was the last to change or confirm it."""
    *_, newest = readings = list(photograph.readings.defer('case', 'live', 'said').select_related('by'))
    by_persons = [each for each in readings if each.what in BY_PERSONS]
    last = by_persons[-1] if by_persons else None
    whole = any(each.what in (What.OUTLINES, What.CONFIRM) for each in by_persons)
    words = CONFIRMED if last and last.what == What.CONFIRM else PREDICTED
    outlines = None if last and whole else PREDICTED
    case = case_of(newest)
    return Opinion(key_of(last) if last else '', [spoken(each, tasks, outlines, words) for each in case.lesions],
                   dict(case.photograph.corrected), whole, model=case.model.get('version', ''))


def second_opinion(reading):
    """What a ``SecondReading`` says."""
    return Opinion(key_of(reading), [Spoken(each['polygons'], dict(each['words']), {}) for each in reading.lesions], {},
                   True, reading.blind)


def key_of(reading):
    """What tells the person of a reading from all others."""
    return f'{ACCOUNT}{reading.by_id}' if reading.by_id else f'rater {reading.rater}'


def case_of(reading):
    return msgspec.convert(reading.case, Case)


def spoken(lesion, tasks, outline, words):
    """``Spoken`` of a lesion of a case. Args: ``outline``, ``words``: the source of what no person has said itself."""
    said = answers(lesion, tasks.of('lesion'))
    source = {name: words for name in said if name not in lesion.corrected}
    return Spoken(lesion.outline['rle'], {**said, **lesion.corrected}, source | ({LESION: outline} if outline else {}))


def own_words(opinion):
    """``[{task: answer}]`` of each lesion, of those words that a person has said or confirmed."""
    return [{name: word for name, word in each.words.items() if each.source.get(name) != PREDICTED}
            for each in opinion.lesions]


def fits(task, word):
    """Whether a task knows an answer: another model's words may be others."""
    try:
        return word == NOT_ASSESSABLE or task.encode(word) is not None
    except (ValueError, KeyError, TypeError):
        return False
