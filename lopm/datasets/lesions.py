"""``LesionDataset``: photographs with outlined and named lesions, read from COCO json with attributes."""
import json
import logging

from mmengine.dataset import BaseDataset
from mmengine.logging import print_log

from lopm.datasets.augmentation import build_pipeline
from lopm.datasets.coco import encode_word, refuse_unread
from lopm.datasets.groups import patients_of, spread_words
from lopm.datasets.index import is_index, open_photographs
from lopm.datasets.items import Item, Items
from lopm.datasets.record import out_of_range, range_of
from lopm.datasets.sampler import seed_from
from lopm.registry import DATASETS
from lopm.structures import LESION
from lopm.tasks import build_tasks

NO_PHOTOGRAPHS = ('this config has no photographs of its own: say --data DIR, the folder of your parts, which '
                  'lopm split makes')


@DATASETS.register_module()
class LesionDataset(BaseDataset):
    """One item per photograph.

    ``get_data_info`` gives ``img_path, image_id, patient_id, height, width, record`` (float32 ``[F]``), ``raters``
    (names), ``lesions`` (``[dict(lesion_id, outlines={rater: RLE}, box, words={rater: {task: answer}})]``), ``words``
    (``{task: answer}`` for the whole photograph), ``masks`` (``{mask task: {rater: [RLE]}}``),
    ``outlined`` (all lesions are, and there are no others), ``targets`` (``{task: float32 [L, R, K]}``, nan where
    unknown) and ``image_targets`` (``{task: float32 [1, 1, K]}``, of tasks of the photograph, its visit, its patient).
    ``visit`` is the date, or '', of the visit; ``patients()`` says which photographs are whose.

    A lesion's ``box`` ``(x, y, width, height)`` is its place where its outline is unknown: a box that somebody drew,
    or, where a photograph that is not outlined has words alone, the photograph, whose words are those of its lesion.
    With an outline it is None.

    Items are asked for by ``(epoch, index)`` in training, so that the random numbers of an item depend on
    nothing else than ``(seed, epoch, index)``: a resumed run sees what an uninterrupted one sees.

    Args:
        ann_file: The json of one part, relative to ``data_root``; or its index (``lopm.datasets.index``), from which
            items are made when they are asked for, so that nothing grows with the number of photographs.
        tasks: The tasks list of the config.
        data_prefix: ``dict(img=folder)`` that ``file_name`` is relative to.
        record_fields: Which fields of the record are read, and how (``lopm.datasets.record``).
        pipeline: Transforms; in training they are checked against what the tasks are sensitive to.
        seed: First number of every item's seed.
    """

    def __init__(self, ann_file, tasks=None, data_root='', data_prefix=None, record_fields=None, pipeline=(), seed=0,
                 test_mode=False, **kwargs):
        if data_root is None:
            raise ValueError(NO_PHOTOGRAPHS)
        self.tasks = build_tasks(tasks)
        self.record_fields = record_fields or {}
        self.seed = seed
        self.indexed = is_index(ann_file)
        if self.indexed:
            kwargs['serialize_data'] = False  # nothing is kept in memory that mmengine could serialize
        metainfo = dict(tasks=list(tasks), record_fields=self.record_fields)
        super().__init__(ann_file, metainfo=metainfo, data_root=data_root, data_prefix=data_prefix or dict(img=''),
                         pipeline=build_pipeline(pipeline, [] if test_mode else self.tasks.values()),
                         test_mode=test_mode, **kwargs)

    def __getitem__(self, item: int | tuple[int, int]) -> dict:
        epoch, index = item if isinstance(item, tuple) else (0, item)
        seed_from(self.seed, epoch, index % len(self))
        return super().__getitem__(index)

    def get_data_info(self, idx: int) -> Item:
        if not self.indexed:
            return super().get_data_info(idx)
        return {**self.items.make(*self.data_list[idx]), 'sample_idx': idx % len(self)}

    def prepare_data(self, idx):
        return self.pipeline({**self.get_data_info(idx), 'listed_in': self.ann_file})

    def patients(self):
        """The ``Patients`` whose photographs these are; goes once through the data set, of an index through its
        names."""
        if self.indexed and len(self.data_list) == len(self) == self.data_list.header()['rows']:
            return patients_of(image.get('patient_id', ('photograph', place))
                               for place, image in enumerate(self.data_list.images()))
        return patients_of(self.get_data_info(place)['patient_id'] for place in range(len(self)))

    def load_data_list(self):
        self.items = Items(self.tasks, self.record_fields, self.test_mode, self.ann_file, self.data_prefix['img'])
        photographs = open_photographs(self.ann_file)
        if not len(photographs):
            raise ValueError(f'{self.ann_file}: no photograph stands in this part; divide the base again, with more '
                             'patients or a larger share for it (lopm split)')
        if self.indexed:
            self._check_answers(photographs.answers())
            self._check_groups((photographs.header()['info'] or {}).get('tasks') or {})
            return photographs
        spread_words([image for image, _ in photographs], self.tasks, self.ann_file)
        self._report_unused({key for _, groups in photographs for annotation in groups[LESION]
                             for key in annotation.get('attributes', {})})
        refuse_unread(photographs, self.tasks, self.ann_file)
        self._report_out_of_range(((1, image['file_name'], image.get('record') or {}) for image, _ in photographs))
        return [self.items.make(image, groups) for image, groups in photographs]

    def _check_answers(self, answers):
        """Refuse at opening what would be refused when an item is made."""
        self._report_unused(set(answers.lesion))
        for task in self.tasks.answered.values():
            for given in (answers.image, answers.lesion):  # words of visits and patients are those of photographs
                for answer, (_, place) in (given.get(task.name) or {}).items():
                    encode_word(task, json.loads(answer), f'{self.ann_file}: {place}')
        for field in self.record_fields:
            for value, (_, place) in (answers.record.get(field) or {}).items():
                self.items.record({field: json.loads(value)}, f'{self.ann_file}: {place}')
            self._report_out_of_range([(count, place, {field: json.loads(value)}) for value, (count, place)
                                       in (answers.record.get(field) or {}).items()])

    def _check_groups(self, stated):
        """Refuse tasks of visits and patients that were none when the index was made, and brought their words to all
        photographs of one."""
        for name, task in self.tasks.of_groups.items():
            if (stated.get(name) or {}).get('level') != task.level:
                raise ValueError(f'{self.ann_file}: {name} is asked of a {task.level}, and info.tasks of the json that '
                                 'was indexed does not say so; write its definition there, and make the index again '
                                 '(lopm index)')

    def _report_unused(self, keys):
        unused = sorted(keys - set(self.tasks))
        if unused:
            print_log(f'{self.ann_file}: attributes that are no task of this config are not read: '
                      + ', '.join(unused), 'current', logging.INFO)

    def _report_out_of_range(self, records):
        """Say which fields are read as missing, and where first; ``records``: ``(how often, place, record)``."""
        numbers = {name: field for name, field in self.record_fields.items() if 'words' not in field}
        found = {}
        for count, place, record in records:
            for name in out_of_range(record, numbers):
                found.setdefault(name, [place, 0])[1] += count
        for name, (place, count) in found.items():
            low, high = range_of(name, numbers[name])
            print_log(f'{self.ann_file}: {count:.0f} photographs, {place} for one, have a record whose {name} is not '
                      f'from {low:g} to {high:g}; it is read as missing', 'current', logging.WARNING)


BUILT_IN = 'SyntheticLesionDataset', 'DrawnPatientsDataset'  # types whose photographs are made where there are none


@DATASETS.register_module()
class SyntheticLesionDataset(LesionDataset):
    """The built-in photographs, rendered into ``data_root`` when they are not there yet.

    Args:
        synthetic: Arguments of ``lopm.datasets.synthetic.generate.ensure_synthetic``: number of photographs,
            seed, shift.
    """

    def __init__(self, ann_file, tasks, data_root, synthetic=None, **kwargs):
        from lopm.datasets.synthetic.generate import ensure_synthetic
        ensure_synthetic(data_root, **(synthetic or {}))
        super().__init__(ann_file, tasks, data_root=data_root, **kwargs)


@DATASETS.register_module()
class DrawnPatientsDataset(LesionDataset):
    """The built-in patients, with several visits and several photographs at each, rendered as the built-in photographs.

    Args:
        synthetic: Arguments of ``lopm.datasets.drawn_patients.ensure_patients``: number of patients, seed.
    """

    def __init__(self, ann_file, tasks, data_root, synthetic=None, **kwargs):
        from lopm.datasets.drawn_patients import ensure_patients
        ensure_patients(data_root, **(synthetic or {}))
        super().__init__(ann_file, tasks, data_root=data_root, **kwargs)
