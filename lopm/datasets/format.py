"""The json of a data set: its one definition, by which every reader and writer goes (docs/dataset_format.md).

COCO json with attributes. A json is decoded strictly (``lopm.files.parse_json``), held against the types below, and its
names are brought to one form; what is handed on are plain dicts, so that keys which lopm does not know come through.

msgspec and not pydantic: both say the place of what is wrong; for 50,000 photographs (89 MB) msgspec decodes in 0.4 s
and checks in 1.0 s of one core, the json module and pydantic 2.14 in 0.8 s (both without garbage collection) and 2.0 s.
"""
import gc
import re
import unicodedata
from array import array
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from lopm.bounds import SIDE
from lopm.files import parse_json, write_json
from lopm.structures import LESION
from lopm.tasks import build_tasks, task_entry

Id = Annotated[int, Meta(ge=-2**53, le=2**53)] | Annotated[str, Meta(min_length=1)]
Name = int | float | str
Side = Annotated[int, Meta(ge=1, le=SIDE)]
Scalar = bool | int | float | str | None
Answer = Scalar | list[Scalar] | dict[str, Scalar | list[Scalar]]
Answers = dict[str, Answer]


class Looked(msgspec.Struct):
    """Of a rater who has outlined every lesion that is to be seen: whether before seeing what others say."""

    blind: bool | None = None


class Scale(msgspec.Struct):
    """How many pixels of the upright photograph a millimetre has: what ``lopm.followup.Scale`` holds."""

    px_per_mm: Annotated[float, Meta(gt=0)]
    plus_minus: Annotated[float, Meta(ge=0)] = 0.
    by: Literal['', 'card', 'ruler'] = ''
    of_areas: Annotated[float, Meta(ge=0)] | None = None


class Image(msgspec.Struct):
    """A photograph. ``width`` and ``height`` are those of it upright.

    ``outlined``: whether whatever is to be outlined on it was; then no lesion means "free of lesions". ``looked``: by
    whom, ``looked_by``. ``attributes``: words for the whole photograph, ``attributes_by_rater`` those on which raters
    differ.
    """

    id: Id
    file_name: Annotated[str, Meta(min_length=1)]
    width: Side
    height: Side
    patient_id: Name | None = None
    visit: int | str | None = None
    device: str | None = None
    center: str | None = None
    outlined: bool | None = None
    looked: dict[str, Looked] | None = None
    scale: Scale | None = None
    record: dict[str, Scalar] | None = None
    attributes: Answers | None = None
    attributes_by_rater: dict[str, Answers] | None = None


class Annotation(msgspec.Struct):
    """One lesion, or other region, by one rater: an outline (``segmentation``: polygons or RLE), or a place (``bbox``
    alone: x, y, width, height). ``source`` says of which attributes a person is not the source."""

    id: Id
    image_id: Id
    category_id: Id
    segmentation: list[Any] | dict[str, Any] | None = None  # drawn, and judged in words, by lopm.datasets.masks
    bbox: list[float] | None = None
    area: float | None = None
    iscrowd: bool | int | None = None
    lesion_id: Name | None = None
    rater: Name | None = None
    attributes: Answers | None = None
    source: dict[str, str] | None = None


class Category(msgspec.Struct):
    """A kind of region: ``lesion``, or another mask task."""

    id: Id
    name: Annotated[str, Meta(min_length=1)]


class Info(msgspec.Struct):
    """What a data set says of itself. ``tasks`` are whole definitions, as ``lopm.tasks.build_task`` reads them."""

    tasks: dict[str, dict[str, Any]] | None = None


TABLES = {'images': Image, 'annotations': Annotation, 'categories': Category}
NAMES = {'images': ('patient_id',), 'annotations': ('lesion_id', 'rater'), 'categories': ()}


def read_dataset(path, compact=False):
    """The json of one part as a COCO dict, checked. A key that is null counts as absent; ids of patients, lesions and
    raters are ``canonical`` text.

    Args:
        compact: Keep polygons as arrays, a quarter of the memory of lists; they cannot be written as json again.

    Raises:
        FileNotFoundError, ValueError: No file, no json (half-written), or no data set; names the file and the place.
    """
    path = Path(path)
    if path.suffix == '.arrow':
        raise ValueError(f'{path}: an index, and the json that it was made from is needed here; name the json')
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f'{path}: no such file; make it with a converter (lopm convert), '
                                'or correct data_root and ann_file in the config') from None
    with _collecting_no_garbage():
        content = parse_json(data, path, fix='it is truncated or was edited by hand: write it again')
        del data
        check_dataset(content, path)
    for annotation in content['annotations'] if compact else ():
        if isinstance(annotation.get('segmentation'), list):
            with suppress(TypeError):  # no numbers: the error about it comes when the outline is drawn
                annotation['segmentation'] = [array('d', polygon) for polygon in annotation['segmentation']]
    return content


@contextmanager
def _collecting_no_garbage():
    """Millions of new objects, none of them garbage, would start the collector again and again: half of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def write_dataset(path, content):
    """Write a COCO dict as json, after the checks of ``read_dataset``, which change it as reading would; atomically.

    Returns the path.
    """
    check_dataset(content, path)
    return write_json(path, content)


def check_dataset(content, path):
    """Hold a COCO dict against the format, and bring its names to one form, in place; ``path`` is for errors."""
    for key, kind in TABLES.items():
        rows = content.get(key) if isinstance(content, dict) else None
        if not isinstance(rows, list):
            raise ValueError(f'{path}: no COCO json, the list {key!r} is missing; see docs/dataset_format.md')
        _check(rows, list[kind], key, path)
        content[key] = [_in_one_form(row, NAMES[key]) for row in rows]
        _refuse_mixed(content[key], key, path)
    _check(content.get('info') or {}, Info, 'info', path)


def _in_one_form(row, names):
    """A row without what is null, its ``names`` canonical; a patient of no name is none."""
    row = {field: value for field, value in row.items() if value is not None} if None in row.values() else dict(row)
    for name in names:
        if name in row:
            row[name] = canonical(row[name])
    if row.get('patient_id') == '':
        del row['patient_id']
    return row


def _check(value, kind, key, path):
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise ValueError(f'{path}: {_in_words(str(error), value, key)}') from None


def _in_words(error, value, key):
    """What msgspec says of ``$[3].width``, with the row's own name and the value that stands there."""
    problem, _, place = error.partition(' - at `$')
    place = place.rstrip('`')
    steps = re.findall(r'\[(\d+)\]|\.([\w-]+)', place)
    row, found = None, value
    for index, name in steps:
        try:
            found = found[int(index)] if index else found[name]
        except (KeyError, IndexError, TypeError):
            break
        row = row if row is not None else found
    named = row.get('file_name', row.get('id')) if isinstance(row, dict) else None
    return (f'{key}{place}' + (f' ({named})' if named is not None else '')
            + f': {problem.replace("`", "")}, and there stands {repr(found)[:80]}; correct it')


def _refuse_mixed(rows, key, path):
    """Refuse ids of which some are numbers and some text: 7 and "7" would be two."""
    kinds = {type(row['id']): row['id'] for row in rows}
    if len(kinds) > 1:
        raise ValueError(f'{path}: the ids of {key} are numbers and text ({", ".join(map(repr, kinds.values()))}); '
                         'write all in one way')


def canonical(name):
    """The one form of a name of a patient, a lesion or a rater: text, composed, without blanks around or doubled.

    >>> canonical(7), canonical(7.0), canonical(' P07 ')
    ('7', '7', 'P07')
    """
    if isinstance(name, float) and name.is_integer():
        name = int(name)
    return ' '.join(unicodedata.normalize('NFC', str(name)).split())


def is_outlined(image, annotations):
    """Whether the lesions of a photograph were outlined, so that what is outside of them is known to be none.

    Where the json does not say so, an outline says it, or who has looked; silence does not.
    """
    return image.get('outlined', bool(image.get('looked')) or any(
        annotation.get('segmentation') for annotation in annotations))


def looked_by(image):
    """``{rater: {'blind': whether before seeing what others say}}`` of those who have outlined every lesion that they
    see on a photograph, as far as its entry names them. One of them without an annotation there sees none."""
    return {canonical(rater): about for rater, about in (image.get('looked') or {}).items()}


def is_place(annotation):
    """Whether an annotation says where something lies, by a box, and not how it is shaped."""
    return not annotation.get('segmentation') and 'bbox' in annotation


def task_info(tasks):
    """``info.tasks`` of ``{name: Task}``: whole definitions, so that every tool can read every data set."""
    return {name: task_entry(task) for name, task in tasks.items()}


def tasks_of(content, path):
    """``{name: Task}`` that a data set itself defines, or None.

    Raises:
        ValueError: A definition that is not whole.
    """
    stated = (content.get('info') or {}).get('tasks')
    if not stated:
        return None
    lacking = [name for name, task in stated.items() if 'kind' not in task]
    if lacking:
        raise ValueError(f'{path}: info.tasks says no kind of {lacking[0]!r}: an earlier lopm wrote it; convert the '
                         'export again, or give --tasks the config whose words these are')
    return build_tasks(dict(name=name, **task) for name, task in stated.items())


def lesion_categories(content):
    """Ids of the categories whose annotations are lesions."""
    return {category['id'] for category in content['categories'] if category['name'] == LESION}
