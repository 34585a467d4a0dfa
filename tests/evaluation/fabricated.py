"""Predicted samples made by hand."""
import numpy as np
import torch
from mmengine.structures import InstanceData

from lopm.structures import LesionDataSample

TASKS = [
    dict(name='lesion', kind='mask', level='image'),
    dict(name='color', kind='multilabel', classes=['white', 'red']),
    dict(name='border', kind='ordinal', classes=['sharp', 'partly', 'blurred']),
    dict(name='diagnosis', kind='multiclass', classes=['a', 'b', 'c'])]
SIZES = dict(color=2, border=2, diagnosis=3)


def squares(*corners, shape=(40, 60), side=10):
    """Lesion map with the i-th square at the i-th (row, column)."""
    lesion_map = np.zeros(shape, np.uint8)
    for i, (row, column) in enumerate(corners, 1):
        lesion_map[row:row + side, column:column + side] = i
    return lesion_map


def instances(**rows):
    return InstanceData(**{name: torch.tensor(np.asarray(row, np.float32)) for name, row in rows.items()})


def make_sample(*args, **kwargs):
    """``predicted_sample`` as a dict, as mmengine's Evaluator hands it to a metric."""
    return predicted_sample(*args, **kwargs).to_dict()


def predicted_sample(true_map, pred_map, targets=None, on_true=None, on_pred=None, image_id=1, patient_id='p', raters=1,
                     on_image=None, num_true=None, **meta):
    """A photograph with ``num_true`` lesions; what is not given is unknown (targets) or even odds (probabilities)."""
    num_true = int(true_map[true_map < 255].max(initial=0)) if num_true is None else num_true
    num_pred = int(pred_map.max())
    sample = LesionDataSample(metainfo={**dict(
        image_id=image_id, patient_id=patient_id, bad='', img_path=f'{image_id}.jpg', ori_shape=true_map.shape,
        ori_maps={'lesion': true_map}, rater_jaccard=float('nan'),
        raters=[f'r{i}' for i in range(raters)],
        lesion_ids=[f'{patient_id}-L{i}' for i in range(num_true)], boxes=[None] * num_true), **meta})
    sample.gt_lesions = instances(**{
        name: (targets or {}).get(name, np.full((num_true, raters, k), np.nan)) for name, k in SIZES.items()})
    sample.gt_image = InstanceData()
    sample.pred_map = pred_map
    sample.pred_lesions = instances(scores=np.linspace(0.9, 0.6, num_pred), **_answers(on_pred, num_pred))
    sample.true_lesions = instances(**_answers(on_true, num_true))
    sample.pred_image = instances(**_answers(on_image, 1))
    return sample


def _answers(given, num):
    return {name: (given or {}).get(name, np.full((num, k), 0.5)) for name, k in SIZES.items()}


def evaluate(metric, samples):
    metric.process(None, samples)
    return metric.evaluate(len(samples))
