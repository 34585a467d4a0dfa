"""What the json of annotation tools holds, as far as it is read: the types that a reader may rely on.

Keys that are missing are the readers' business: of some there is another way to know. Further keys are words.
"""
import re
from typing import Any, TypedDict

import msgspec

from lopm.curation.source import SourceError

Scalar = bool | int | float | str | None
Point = tuple[float, float]
Key = int | str
IN_WORDS = {'int': 'whole number', 'float': 'number', 'str': 'text', 'array': 'list', 'object': 'an object with keys',
            'null': 'nothing', 'bool': 'true or false'}


def check(entry, kind, fix='export it again, and leave the file as the tool wrote it'):
    """Refuse an entry of a source that is not of a kind; the error says what is wanted where.

    Raises:
        SourceError: Of the first value that is of another type.
    """
    try:
        msgspec.convert(entry, kind)
    except msgspec.ValidationError as error:
        raise SourceError(f'{_in_words(str(error))}; {fix}') from None


def _in_words(problem):
    """``Expected `float`, got `str` - at `$.points[0]` ``: points[0]: wanted is number, found text."""
    said, _, place = problem.replace('`', '').partition(' - at $')
    said = said.replace('Expected ', 'wanted is ').replace(', got ', ', found ')
    words = re.sub(r'\w+', lambda word: IN_WORDS.get(word[0], word[0]), said)
    return f'{place.lstrip(".")}: {words}' if place else words


class LabelStudioValue(TypedDict, total=False):
    """The outline, or the answer, of one result; what is in percent lies between 0 and 100."""

    points: list[Point]
    closed: bool | None
    x: float
    y: float
    width: float
    height: float
    radiusX: float
    radiusY: float
    rotation: float
    imageDataURL: str
    taxonomy: list[list[str]]
    choices: list[str] | str
    text: list[str] | str
    number: float | None
    rating: float | None


class LabelStudioResult(TypedDict, total=False):
    id: Key
    type: str
    from_name: str
    value: LabelStudioValue
    image_rotation: float | None


class LabelStudioAnnotation(TypedDict, total=False):
    id: Key
    result: list[LabelStudioResult]
    completed_by: int | str | dict[str, Any] | None
    was_cancelled: bool | None


class LabelStudioTask(TypedDict, total=False):
    id: Key
    data: dict[str, Any]
    annotations: list[LabelStudioAnnotation]


class LabelMeShape(TypedDict, total=False):
    label: Scalar
    points: list[Point]
    shape_type: str
    mask: str | None
    group_id: Key | None
    flags: dict[str, Scalar] | None
    attributes: dict[str, Any] | None


class LabelMeFile(TypedDict, total=False):
    imagePath: str
    flags: dict[str, Scalar] | None
    shapes: list[dict[str, Any]]


class Via2Shape(TypedDict, total=False):
    name: str
    all_points_x: list[float]
    all_points_y: list[float]
    x: float
    y: float
    width: float
    height: float
    cx: float
    cy: float
    r: float
    rx: float
    ry: float
    theta: float


class Via2Region(TypedDict, total=False):
    shape_attributes: Via2Shape
    region_attributes: dict[str, Any]


class Via2File(TypedDict, total=False):
    filename: str
    file_attributes: dict[str, Any] | None
    regions: list[dict[str, Any]] | dict[str, dict[str, Any]]


class Via3View(TypedDict, total=False):
    fid_list: list[Key]


class Via3File(TypedDict, total=False):
    fname: str
    type: int


class Via3Attribute(TypedDict, total=False):
    aname: str
    type: int
    options: dict[str, str]


class Via3Entry(TypedDict, total=False):
    vid: Key
    xy: list[float]
    z: list[float]
    av: dict[str, Scalar]


class Via3Project(TypedDict, total=False):
    view: dict[str, Via3View]
    file: dict[str, Via3File]
    attribute: dict[str, Via3Attribute]
    metadata: dict[str, dict[str, Any]]


class CocoImage(TypedDict, total=False):
    id: Key
    file_name: str
    attributes: dict[str, Any] | None
    attributes_by_rater: dict[str, dict[str, Any]] | None
    record: dict[str, Scalar] | None


class CocoAnnotation(TypedDict, total=False):
    id: Key
    image_id: Key
    category_id: Key
    segmentation: list[list[float]] | dict[str, Any] | None
    bbox: list[float] | None
    attributes: dict[str, Any] | None
    source: dict[str, str] | None


class CocoCategory(TypedDict, total=False):
    id: Key
    name: str


class CocoKeys(TypedDict, total=False):
    id: Key
    image_id: Key


class CocoFile(TypedDict, total=False):
    images: list[CocoKeys]
    annotations: list[CocoKeys]
    categories: list[CocoCategory]
