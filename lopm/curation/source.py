"""What every annotation format is read into and written from: photographs, regions, and words as they were said.

Words are ``{raw name: [raw values]}``, raw values being text, numbers or truth values; what they mean is the label
map's business (``lopm.curation.labels``). The label of a region is the word named ``label``.
"""
import json
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lopm.bounds import EXPORT_BYTES, OutOfBounds, checked_size, read_bounded
from lopm.datasets.photographs import BadPhotograph, listed
from lopm.files import parse_json

MOST = 20  # problems that one error lists
OUTLINED = 'outlined'  # name of the word that says whether all lesions of a photograph are drawn
PART = 'source_part'  # name of the word for the part that a source itself puts a photograph in
# What a reader meets in a file that holds something else than it asks for.
MALFORMED = ArithmeticError, LookupError, RecursionError, TypeError, ValueError
# What no file brings about in a reader that checks what it reads: its own code is wrong.
FAULTS = AssertionError, AttributeError, ImportError, NameError


class SourceError(ValueError):
    """Annotations that cannot be used; the message names the file, the place, the value and the fix."""


class ReaderFault(SourceError):
    """A reader of lopm is at fault, not what it reads; chained to what it raised."""

    def __init__(self, place, error):
        super().__init__(f'a fault of lopm while reading {place} ({type(error).__name__}: {error}); please report it: '
                         'lopm --debug ... shows where')


@dataclass
class Region:
    """What was drawn, an outline or a box, and what was said of it.

    Args:
        segmentation: COCO polygons ``[[x0, y0, x1, y1, ...], ...]`` in pixels, or a COCO RLE dict; None of a box.
        words: What was said of this region.
        rater: Who outlined it; '' where the source does not say.
        group: Regions of one photograph, rater and group are one lesion; '' is a lesion of its own.
        place: Where it stands in the source, for errors.
        box: ``[x, y, width, height]`` in pixels of what nobody outlined: a place.
    """

    segmentation: list | dict | None
    words: dict = field(default_factory=dict)
    rater: str = ''
    group: str = ''
    place: str = field(default='', compare=False)
    box: list | None = None


@dataclass
class Photograph:
    """A photograph and its regions.

    Args:
        name: As the source writes it: a path, an address, a mere name.
        width, height: Pixels of the upright photograph, None where the source does not say.
        words: What was said of the whole photograph, ``{rater: words}``; rater '' for facts of nobody in particular.
        annotated: False where nobody has looked at it yet; without regions it then says nothing.
        outlined: True where the source shows that whoever looked at it drew all there is, so that no region means free
            of lesions; False where something was drawn that is not read; None where the source does not say.
    """

    name: str
    width: int | None = None
    height: int | None = None
    regions: list = field(default_factory=list)
    words: dict = field(default_factory=dict)
    annotated: bool = True
    outlined: bool | None = None
    place: str = field(default='', compare=False)

    def __post_init__(self):
        if not isinstance(self.name, str) or not self.name:
            raise SourceError(f'the name of the photograph is {self.name!r}; wanted is a file name')
        if (self.width, self.height) != (None, None):
            self.width, self.height = checked_size(self.width, self.height)


@dataclass
class Export:
    """What was read: photographs, what was left out and how often, what is not read, and what cannot be used.

    ``root`` is the folder that the source is, or lies in; ``required`` are names whose words have to be known, for they
    are all that the source says; ``first`` is the error behind the first of the problems.
    """

    root: Path = Path()
    photographs: list = field(default_factory=list)
    notes: Counter = field(default_factory=Counter)
    unread: dict = field(default_factory=dict)
    required: set = field(default_factory=set)
    problems: list = field(default_factory=list)
    first: Exception | None = None

    @contextmanager
    def at(self, place):
        """Collect what is wrong at a place of the source, and go on, so that all problems are named at once.

        Raises:
            ReaderFault: What is wrong is the reader.
        """
        try:
            yield
        except ReaderFault:
            raise
        except FAULTS as error:
            raise ReaderFault(place, error) from error
        except BadPhotograph as error:
            self._note(error, listed(error, place))
        except (SourceError, OutOfBounds) as error:
            self._note(error, f'{place}: {error}')
        except KeyError as error:
            self._note(error, f'{place}: the key {error} is missing')
        except MALFORMED as error:
            self._note(error, f'{place}: malformed ({error})')

    def _note(self, error, problem):
        self.first = self.first or error
        self.problems.append(problem)

    def leave_out(self, kind, photograph, place):
        """Count a region of a kind that is not read; its photograph is not outlined, whatever else is drawn on it."""
        photograph.outlined = False
        self.unread.setdefault(kind, {'kind': kind, 'count': 0, 'first': place})['count'] += 1

    def refuse(self, where):
        """Raise what was collected, the first twenty problems in words, chained to the first (``--debug``)."""
        if self.problems:
            more = f'\n  and {len(self.problems) - MOST} more' if len(self.problems) > MOST else ''
            raise SourceError(f'{where}: {len(self.problems)} problems, nothing was written; correct them at the '
                              'source:\n  ' + '\n  '.join(self.problems[:MOST]) + more) from self.first


def once(key, seen, what):
    """Refuse what stands twice, such as two annotations with one id."""
    if key in seen:
        raise SourceError(f'{what} {key!r} stands twice; keep one of the two')
    seen.add(key)


def read_json(path):
    """A json file, read as strictly as lopm's own.

    Raises:
        SourceError: No file, empty, half-written, a key twice, a number that is none, or too large.
    """
    try:
        return parse_json(read_bounded(path, EXPORT_BYTES), path,
                          fix='the file is empty, half-written or of another kind: export it again')
    except ValueError as error:
        raise SourceError(str(error)) from None


def values_of(value):
    """A json value as a list of raw values, ``[]`` where nothing is said.

    Sets of words in lopm's json become what a person would write: ``a / b``, ``a + b``, ``none``; a ``?`` among
    them says that there may be more. So do times to an event: ``3.2``, ``5+``.

    >>> values_of({'any_of': ['leukoplakia', 'lichen']}), values_of({'all_of': ['red'], 'partial': True}), values_of('')
    (['leukoplakia / lichen'], ['red + ?'], [])
    """
    if value is None or value == '' or value == {}:
        return []
    if isinstance(value, dict):
        if 'any_of' in value:
            return [' / '.join(_set(value, 'any_of'))]
        if 'all_of' in value:
            return [' + '.join([*_set(value, 'all_of'), *['?'] * bool(value.get('partial'))])]
        if value.keys() == {'event', 'time'}:
            return [f'{value["time"]}' + '+' * (not value['event'])]
        if all(isinstance(ticked, bool) for ticked in value.values()):  # a list of boxes, some ticked
            return [name for name, ticked in value.items() if ticked]
        return [json.dumps(value, ensure_ascii=False)]
    if isinstance(value, list):
        return [raw for one in value for raw in values_of(one)] or ['none']
    return [value]


def _set(value, key):
    words = value[key]
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        raise SourceError(f'{key} holds {words!r}; wanted is a list of words')
    return words


def plain(values):
    """The reverse, for formats that hold one value or several."""
    return values[0] if len(values) == 1 else values


def words_of(entries):
    """``{raw name: raw values}`` of a json object, without what says nothing."""
    return {name: values for name, values in ((name, values_of(value)) for name, value in entries.items()) if values}


def take(words, name):
    """Take a word out of ``words``: its text, or ''."""
    return str(plain(words.pop(name, [''])))


def drawn(segmentation, words, place, is_box=False):
    """A region of a format that has no place of its own for raters and groups: they are words there.

    Args:
        is_box: The segmentation is a rectangle, turned or not: a place and no outline.
    """
    words = dict(words)
    shape = {'segmentation': None, 'box': around(segmentation)} if is_box else {'segmentation': segmentation}
    return Region(words=words, rater=take(words, 'rater'), group=take(words, 'group'), place=place, **shape)


def around(polygons):
    """``[x, y, width, height]`` of the upright box around polygons."""
    xs, ys = ([number for points in polygons for number in points[axis::2]] for axis in (0, 1))
    return [min(xs), min(ys), round(max(xs) - min(xs), 2), round(max(ys) - min(ys), 2)]


def with_rater(region):
    """All words of a region, its rater and group among them: the reverse of ``drawn``."""
    own = {'rater': [region.rater], 'group': [region.group]}
    return {**region.words, **{name: values for name, values in own.items() if values[0]}}


def label_of(region):
    """The kind of a region, in the words of its source."""
    return str(plain(region.words.get('label', ['lesion'])))


def by_rater(words):
    """``{rater: words}`` of words for the whole photograph: ``diagnosis@r2`` is what r2 says; the rest says nobody.

    >>> by_rater({'site': ['tongue'], 'diagnosis@r2': ['lichen']})
    {'': {'site': ['tongue']}, 'r2': {'diagnosis': ['lichen']}}
    """
    said = {}
    for key, values in words.items():
        name, _, rater = key.partition('@')
        said.setdefault(rater, {})[name] = values
    return said


def flat(said):
    """The reverse of ``by_rater``, for formats that have no place for raters of whole photographs."""
    return {f'{name}@{rater}' if rater else name: values for rater, words in said.items()
            for name, values in words.items()}
