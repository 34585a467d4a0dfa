"""From a photograph's entry and its annotations to an item of ``LesionDataset``, what its pipeline starts from."""
from collections import defaultdict
from typing import Any, TypedDict

import numpy as np
from mmengine.utils import is_abs
from pycocotools import mask as coco_mask

from lopm.datasets.coco import encode_word, group_lesions, rater_of
from lopm.datasets.format import is_outlined, looked_by
from lopm.datasets.groups import has_patient
from lopm.datasets.record import encode_record
from lopm.structures import LESION
from lopm.tasks import Tasks


class Item(TypedDict, total=False):
    """What ``LesionDataset`` says of one photograph, before its pipeline; the last three in tests alone."""

    img_path: str
    image_id: int | str
    patient_id: str
    visit: str
    height: int
    width: int
    record: np.ndarray  # float32 [F]
    raters: list[str]
    lesions: list[dict[str, Any]]
    words: dict[str, Any]
    masks: dict[str, dict[str, list]]
    outlined: bool
    targets: dict[str, np.ndarray]  # float32 [L, R, K]
    image_targets: dict[str, np.ndarray]  # float32 [1, 1, K]
    test_mode: bool
    file_name: str
    about: dict[str, Any]
    looked: list[str]


class Items:
    """Makes items for the tasks and the record of a config; ``LesionDataset`` says what is in one.

    Args:
        tasks: ``Tasks``. record_fields: As of ``lopm.datasets.record``.
        test_mode: Items keep what a test asks for.
        source: Where entries come from, for what is said of wrong ones.
        folder: What ``file_name`` is relative to.
    """

    def __init__(self, tasks: Tasks, record_fields: dict[str, dict], test_mode: bool, source='', folder=''):
        self.tasks, self.record_fields, self.test_mode = tasks, record_fields, test_mode
        self.source, self.folder = source, folder

    def unlabelled(self, name: str, size: tuple[int, int], record: dict[str, Any] | None = None, lesions=()) -> Item:
        """The item of a photograph that nothing is known of but its ``(width, height)`` and, maybe, its record and the
        outlines of its ``lesions``, annotations without words."""
        image = {'id': name, 'file_name': name, 'width': size[0], 'height': size[1], 'record': record or {}}
        return self.make(image, defaultdict(list, {LESION: list(lesions)}))

    def make(self, image: dict[str, Any], groups: dict[str, list[dict]]) -> Item:
        """One photograph's item from its entry and its annotations by category."""
        where = f'{self.source}: {image["file_name"]}'
        given = image.get('attributes') or {}
        at_lesion = list(self.tasks.of('lesion').values())
        at_image = list(self.tasks.answered.but(self.tasks.of('lesion')).values())
        outlined = is_outlined(image, groups[LESION])
        lesions = group_lesions(groups[LESION], where)
        if not outlined and not lesions and any(task.name in given for task in at_lesion):
            lesions = [{'': dict(id=None, lesion_id=f'photograph {image["id"]}', bbox=whole(image))}]
        raters = sorted({rater for lesion in lesions for rater in lesion})
        name = image['file_name']
        return dict(
            img_path=name if is_abs(name) else f'{self.folder.rstrip("/") or "."}/{name}',
            image_id=image['id'],
            patient_id=str(image['patient_id'] if has_patient(image) else f'photograph {image["id"]}'),
            visit=str(image.get('visit', '')),
            height=image['height'], width=image['width'],
            record=self.record(image.get('record') or {}, where),
            raters=raters, test_mode=self.test_mode,
            **(dict(file_name=name, about=divided_by(image, lesions), looked=sorted(looked_by(image)))
               if self.test_mode else {}),
            lesions=[dict(lesion_id=first_of(lesion).get('lesion_id', f'annotation {first_of(lesion)["id"]}'),
                          outlines={rater: a['segmentation'] for rater, a in lesion.items() if 'segmentation' in a},
                          box=place_of(lesion, outlined),
                          words={rater: self._words(a.get('attributes') or {}) for rater, a in lesion.items()})
                     for lesion in lesions],
            words=self._words(given),
            masks={name: self._mask(groups[name]) for name in self.tasks.masks.but([LESION])},
            outlined=outlined,
            targets=self._targets(at_lesion, lesions, raters, given if len(lesions) == 1 else {}, where),
            image_targets=self._masked({
                task.name: encode_word(task, given.get(task.name), where)[None, None] for task in at_image}))

    def _targets(self, tasks, lesions, raters, given, where):
        """``{task: [L, R, K]}``; ``given`` are the words for the whole photograph, used where a rater has none."""
        targets = {task.name: np.full((len(lesions), len(raters), task.num_outputs), np.nan, np.float32)
                   for task in tasks}
        for i, lesion in enumerate(lesions):
            for rater, annotation in lesion.items():
                own = annotation.get('attributes') or {}
                for task in tasks:
                    said, place = (own, f'{self.source}: annotation {annotation["id"]}') if task.name in own \
                        else (given, where)
                    targets[task.name][i, raters.index(rater)] = encode_word(task, said.get(task.name), place)
        return self._masked(targets)

    def _masked(self, targets):
        """A task is asked only where the same rater does not deny its condition: elsewhere nan, in place."""
        for name in targets:
            for other, word in self.tasks[name].valid_if.items():
                if other in targets:
                    denied = targets[other][..., self.tasks[other].index(word)] == 0
                    targets[name][denied] = np.nan
        return targets

    def _words(self, attributes):
        """The answers to tasks of this config; others may be free text."""
        return {name: answer for name, answer in attributes.items() if name in self.tasks}

    def record(self, record, where):
        try:
            return encode_record(record, self.record_fields)
        except ValueError as error:
            raise ValueError(f'{where}: {error}') from None

    @staticmethod
    def _mask(annotations):
        """``{rater: [RLE]}`` of a mask task; none where one of its regions has a place alone: it is unknown then."""
        outlines = {}
        for annotation in annotations:
            if 'segmentation' not in annotation:
                return {}
            outlines.setdefault(rater_of(annotation), []).append(annotation['segmentation'])
        return outlines


def first_of(lesion):
    return next(iter(lesion.values()))


def whole(image):
    """The box of a whole photograph."""
    return 0, 0, image['width'], image['height']


def place_of(lesion, outlined):
    """The box of a lesion, ``{rater: annotation}``, None where its outline is known.

    In a photograph that is not outlined, an outline is a place too: what is around it may be lesion as well.
    """
    rles = [annotation['segmentation'] for annotation in lesion.values() if 'segmentation' in annotation]
    if rles and outlined:
        return None
    return tuple(coco_mask.toBbox(rles[0]).tolist() if rles else first_of(lesion)['bbox'])


def divided_by(image, lesions):
    """What results are shown by: device, center and record of a photograph, the sites of its lesions."""
    sites = [first_of(lesion).get('attributes', {}).get('site') for lesion in lesions]
    return {**{key: image[key] for key in ('device', 'center', 'visit', 'record') if key in image},
            **({'site': sites} if any(sites) else {})}
