"""Training photographs of a meta head, with what networks said of them that never saw them."""
import numpy as np
import torch

from lopm.datasets.lesions import LesionDataset
from lopm.evaluation.predictions import read_predictions
from lopm.registry import DATASETS
from lopm.structures import OUT_OF_FOLD
from lopm.tasks import build_tasks


@DATASETS.register_module()
class StackingDataset(LesionDataset):
    """A ``LesionDataset`` whose lesions carry out-of-fold probabilities, ``gt_lesions.out_of_fold_<task>`` ``[L, K]``.

    They are those on predicted outlines, as in service; nan of a lesion that was not found.

    Args:
        predictions: Parquet files of lopm crossval, together they answer every task that the meta head reads. Each
            has to hold the photographs of this part and no others: predictions of other photographs come from networks
            that may have seen those which the meta head is tested on.
    """

    def __init__(self, *args, predictions=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.rows = {}
        for path in [predictions] if isinstance(predictions, str) else predictions:
            self._add(path)

    def _add(self, path):
        rows, about = read_predictions(path)
        theirs, wanted = build_tasks(about['tasks']), self.tasks
        odd = [name for name in theirs.keys() & wanted.keys() if theirs[name] != wanted[name]]
        if odd:
            raise ValueError(f'{path}: task {odd[0]!r} is {theirs[odd[0]]} there and {wanted[odd[0]]} in this config; '
                             'cross-validate with the tasks of this config')
        by_name = {_key(row.file_name, row.patient_id): row for row in rows}
        own = {_key(item['img_path'], item['patient_id']): [lesion['lesion_id'] for lesion in item['lesions']]
               for item in map(self.get_data_info, range(len(self)))}
        if len(by_name) < len(rows):
            raise ValueError(f'{path}: two photographs of a patient have one name; give them different ones')
        if by_name.keys() != own.keys():
            missing, others = sorted(own.keys() - by_name.keys()), sorted(by_name.keys() - own.keys())
            raise ValueError(f'{path}: is not of the photographs of {self.ann_file}: {len(missing)} are not in it '
                             f'({_some(missing)}), {len(others)} others are ({_some(others)}). Take the predictions '
                             'of the inner folds of this very part: lopm crossval --inner')
        changed = [name for name, lesions in own.items()
                   if not by_name[name].bad and by_name[name].lesion_ids != lesions]
        if changed:
            raise ValueError(f'{path}: the lesions of {changed[0][0]} are not those of {self.ann_file}; cross-validate '
                             'again, the outlines were changed since')
        for name, row in by_name.items():
            self.rows.setdefault(name, {}).update(row.on_pred)

    def prepare_data(self, idx):
        data = super().prepare_data(idx)
        sample = data['data_samples']
        said = self.rows.get(_key(sample.img_path, sample.patient_id), {})
        for name, task in self.tasks.items():
            if name in said or (self.rows and not said):
                nothing = np.full((len(sample.lesion_ids), task.num_outputs), np.nan, np.float32)
                sample.gt_lesions[OUT_OF_FOLD + name] = torch.as_tensor(np.float32(said.get(name, nothing)))
        return data


def _key(path, patient):
    """By what a photograph is known in another folder: its file's name and its patient."""
    return path.rpartition('/')[2], str(patient)


def _some(keys):
    return ', '.join(name for name, _ in keys[:2]) or 'none'
