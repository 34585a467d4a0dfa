"""One photograph's regions and words become an image and its annotations in lopm's json."""
import hashlib
from dataclasses import dataclass, field

from pycocotools import mask as coco_mask

from lopm.curation.labels import CATEGORY, IGNORE, UNKNOWN_KIND
from lopm.curation.outlines import FRAME, clipped, how_far_outside, joined, shape_of
from lopm.curation.raters import same_lesions
from lopm.curation.source import OUTLINED, PART, SourceError, around
from lopm.curation.states import of_lesions, outlined_by_source, said_outlined
from lopm.datasets.masks import encode_segmentation
from lopm.datasets.record import out_of_range
from lopm.structures import LESION

OF_IMAGES = 'patient_id', 'visit', 'device', 'center', PART


@dataclass
class Lesion:
    """What one rater drew and said of one lesion (or of one region of another kind)."""

    category: str
    rater: str
    lesion_id: str | None
    segmentations: list = field(default_factory=list)
    boxes: list = field(default_factory=list)  # as rectangles
    said: dict = field(default_factory=dict)
    place: str = ''

    def shape(self, width, height):
        """Its outline, or the rectangles of the boxes where it has none: to be matched with another rater's."""
        return joined(self.segmentations or self.boxes, width, height)


def build(photograph, file_name, labels, export, report):
    """An image and its annotations, without ids; what cannot be used is added to the export's problems."""
    facts, spoken, lesions, only_rater = {}, {}, {}, None
    for rater, words in photograph.words.items():
        with export.at(photograph.place):
            spoken[rater] = labels.read(words, photograph.place, report)
            only_rater = _one(spoken[rater], 'rater', labels) or only_rater
    for number, region in enumerate(photograph.regions):
        with export.at(region.place):
            _add_region(region, number, only_rater, photograph, labels, report, lesions, spoken)
    lesions = list(lesions.values())
    named = [said.pop('lesion_id') for said in spoken.values() if 'lesion_id' in said]
    for said in spoken.values():
        for target in [target for target in said if _is_fact(target)]:
            facts.setdefault(target, []).extend(said.pop(target))
    with export.at(photograph.place):
        facts = {target: _agreed(target, meanings) for target, meanings in facts.items()}
        name_lesions([each for each in lesions if each.category == LESION], named, photograph, file_name, report)
    _move_down(spoken, lesions, labels, report)
    attributes = _shared({rater: labels.values(said, photograph.place, report) for rater, said in spoken.items()},
                         photograph, report)
    record = {target.removeprefix('record.'): labels.vocabularies[target].value(meaning)
              for target, meaning in facts.items() if target.startswith('record.')}
    for name in out_of_range(record):
        report.notes[f'photographs with a record.{name} that nobody has; kept, and read as missing: the doctor lists '
                     'them'] += 1
    rows = [_annotation(lesion, photograph, labels, report) for lesion in lesions]
    words = of_lesions(attributes, labels)
    outlined = outlined_by_source(photograph, said_outlined(facts, labels), rows, words, report)
    image = {'file_name': file_name, 'width': photograph.width, 'height': photograph.height, OUTLINED: outlined,
             **{target: facts[target] for target in OF_IMAGES if target in facts},
             **({'record': record} if record else {}), **attributes}
    return image, rows


def _is_fact(target):
    """Whether a target is of the photograph or its patient, whoever says it, and no task."""
    return target in (*OF_IMAGES, OUTLINED) or target.startswith('record.')


def _add_region(region, number, only_rater, photograph, labels, report, lesions, spoken):
    """Add a region to its lesion, and what it says of the whole photograph to what its rater says."""
    said = labels.read(region.words, region.place, report)
    report.notes['regions without a label, taken as lesions'] += CATEGORY not in said
    whole = said.pop(OUTLINED, None)
    if whole and said_outlined({OUTLINED: labels.vocabularies[OUTLINED].combine(whole)}, labels):
        report.suspect.append(f'{region.place}: is said to be healthy, and taken as an outline of '
                              f'{"what its label says" if CATEGORY in said else "a lesion"}')
    meanings = said.pop(CATEGORY, [((LESION,),)])
    category = labels.vocabularies[CATEGORY].value(labels.vocabularies[CATEGORY].combine(meanings))
    if not isinstance(category, str):
        raise SourceError(f'the label says {category}; a region is of one kind')
    if category == IGNORE:
        report.notes['regions that the label map ignores'] += 1
        return
    if category == UNKNOWN_KIND:
        photograph.outlined = False
        report.notes['regions of a kind that the label map does not know; their photographs are not outlined'] += 1
        return
    if category not in labels.masks:
        report.notes[f'regions of the category {category}, which is no mask task of the config, left out'] += 1
        return
    _check_shape(region, category, photograph, report)
    rater = _one(said, 'rater', labels) or region.rater or only_rater or ''
    lesion_id = _one(said, 'lesion_id', labels)
    for target in list(said):
        task = labels.tasks.get(target)
        if _is_fact(target) or (task and task.level != 'lesion'):
            spoken.setdefault(rater, {}).setdefault(target, []).extend(said.pop(target))
    key = category, rater, lesion_id or (region.group and ('group', region.group)) or ('region', number)
    lesion = lesions.setdefault(key, Lesion(category, rater, lesion_id, place=region.place))
    (lesion.boxes if region.box else lesion.segmentations).append(shape_of(region))
    report.notes['boxes, kept as places and not as outlines'] += bool(region.box)
    for target, meanings in said.items():
        lesion.said.setdefault(target, []).extend(meanings)


def _check_shape(region, category, photograph, report):
    """Refuse what lies far outside or covers nothing, and remark on what leaves the photograph or fills it."""
    width, height = photograph.width, photograph.height
    shape = shape_of(region)
    outside = how_far_outside(shape, width, height)
    if outside > 0:
        report.suspect.append(f'{region.place}: up to {outside:.1f} px outside the photograph')
    area = coco_mask.area(encode_segmentation(shape, height, width))
    if not area:
        raise SourceError('the outline covers no pixel of the photograph; outline it again')
    if area > FRAME * width * height and category == LESION and not region.box:
        report.suspect.append(f'{region.place}: covers {area / (width * height):.0%} of the photograph: the frame of '
                              'the photograph, or inside and outside exchanged?')


def _agreed(target, meanings):
    if any(meaning != meanings[0] for meaning in meanings):
        raise SourceError(f'{target}: different values are said of one photograph; correct one of them')
    return meanings[0]


def _one(said, target, labels):
    meanings = said.pop(target, None)
    return meanings and labels.vocabularies[target].combine(meanings)


def name_lesions(lesions, named, photograph, file_name, report):
    """Give lesions of several raters the ids that join them, and a lesion the id that its photograph was given."""
    raters = {}
    for lesion in lesions:
        raters.setdefault(lesion.rater, []).append(lesion)
    free = [lesion for lesion in lesions if lesion.lesion_id is None]
    named = {lesion_id for meanings in named for lesion_id in meanings}
    if named and len(named) == 1 and free == lesions and all(len(own) == 1 for own in raters.values()):
        for lesion in lesions:
            lesion.lesion_id = next(iter(named))
    elif named:
        report.notes['lesion ids of whole photographs that have not one lesion, left out'] += 1
    free = [lesion for lesion in lesions if lesion.lesion_id is None]
    if len(raters) < 2 or not free:
        return
    size, scope = (photograph.width, photograph.height), opaque_scope(file_name, lesions)
    numbers = same_lesions({rater: [lesion.shape(*size) for lesion in own if lesion.lesion_id is None]
                            for rater, own in raters.items()}, *size)
    for rater, own in raters.items():
        for lesion, number in zip([lesion for lesion in own if lesion.lesion_id is None], numbers[rater]):
            lesion.lesion_id = f'{scope}-{number}'
    report.notes['lesions of several raters, joined by their overlap'] += len(free) - len({x.lesion_id for x in free})


def opaque_scope(file_name, lesions):
    """What begins the ids of a photograph's lesions: its own, the same in every run, and not to be traced back to the
    file's name, which may name a patient: by trying names out nobody finds the outlines that are hashed with it."""
    drawn = [(each.segmentations, each.boxes) for each in lesions]
    return hashlib.sha256(repr([file_name, drawn]).encode()).hexdigest()[:12]


def _move_down(spoken, lesions, labels, report):
    """What a rater who outlined one lesion says of the whole photograph is said of that lesion, in place.

    Not where no rater is known: the data set does the same with the words of a photograph that has one lesion.
    """
    for rater, said in spoken.items():
        own = [lesion for lesion in lesions if lesion.rater == rater and lesion.category == LESION]
        if rater and len(own) == 1:
            for target in [target for target in said
                           if target not in labels.tasks or labels.tasks[target].level == 'lesion']:
                meanings = said.pop(target)
                if own[0].said.setdefault(target, meanings) != meanings:
                    report.unusable.append(f'{own[0].place}: {target}: its rater says otherwise of the whole '
                                           'photograph; the word of the lesion is kept')


def _shared(values, photograph, report):
    """``attributes`` of a photograph from ``{rater: values}``; where raters differ, theirs by rater, and reported."""
    agreed, differ = {}, {}
    for target in dict.fromkeys(target for own in values.values() for target in own):
        said = {rater: own[target] for rater, own in values.items() if target in own}
        if all(value == next(iter(said.values())) for value in said.values()):
            agreed[target] = next(iter(said.values()))
        else:
            report.unusable.append(f'{photograph.place}: {target}: raters differ on the whole photograph; kept as '
                                   'attributes_by_rater, which training does not read')
            for rater, value in said.items():
                differ.setdefault(rater, {})[target] = value
    return {**({'attributes': agreed} if agreed else {}), **({'attributes_by_rater': differ} if differ else {})}


def _annotation(lesion, photograph, labels, report):
    values = labels.values(lesion.said, lesion.place, report)
    source = {name.removesuffix('.source'): values.pop(name) for name in list(values) if name.endswith('.source')}
    return {'category': lesion.category, **_drawn(lesion, photograph, report), 'iscrowd': 0,
            **({'lesion_id': lesion.lesion_id} if lesion.lesion_id else {}),
            **({'rater': lesion.rater} if lesion.rater else {}), 'attributes': values,
            **({'source': source} if source else {})}


def _drawn(lesion, photograph, report):
    """Outline, box and area of a lesion; a lesion that was marked by boxes alone has no outline."""
    width, height = photograph.width, photograph.height
    if not lesion.segmentations:
        box = clipped(around([points for box in lesion.boxes for points in box]), width, height)
        return {'bbox': box, 'area': box[2] * box[3]}
    report.notes['boxes of lesions that are outlined too, left out'] += len(lesion.boxes)
    segmentation = joined(lesion.segmentations, width, height)
    rle = encode_segmentation(segmentation, height, width)
    return {'segmentation': segmentation, 'bbox': coco_mask.toBbox(rle).tolist(), 'area': int(coco_mask.area(rle))}
