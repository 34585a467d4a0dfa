"""The smallest thing that trains: noisy points, a classifier with dropout and BatchNorm, its accuracy."""
import time

import numpy as np
import torch
from mmengine.config import ConfigDict
from mmengine.evaluator import BaseMetric
from mmengine.model import BaseModel
from mmengine.structures import BaseDataElement
from torch import nn
from torch.utils.data import Dataset

from lopm.datasets.sampler import seed_from
from lopm.registry import DATASETS, METRICS, MODELS


@DATASETS.register_module()
class ToyDataset(Dataset):
    """24 points; item i is bad where ``bad`` says so. Items are augmented with noise by (epoch, index).

    Those of ``nan_points`` have no numbers; those of ``nan_losses`` add nan to the loss, and nothing to gradients.
    ``slow``: seconds that an item takes. ``padding``: bytes that it weighs.
    """

    metainfo = dict(tasks=[ConfigDict(name='label')])

    def __init__(self, bad=(), length=24, nan_points=(), nan_losses=(), slow=0., padding=0):
        self.bad, self.length, self.slow, self.padding = list(bad), length, slow, 'x' * padding
        self.nan_points, self.nan_losses = list(nan_points), list(nan_losses)

    def __len__(self):
        return self.length

    def __getitem__(self, item):
        epoch, index = item if isinstance(item, tuple) else (0, item)
        seed_from(0, epoch, index)
        time.sleep(self.slow)
        label = index % 2
        point = np.float32([label, index / self.length]) + np.random.randn(2).astype('f4')  # noqa: NPY002
        if index in self.nan_points:
            point[:] = np.nan
        reason = f'{index}.jpg: cannot be read' if index in self.bad else ''
        sample = BaseDataElement(metainfo=dict(
            label=label, img_path=f'{index}.jpg', bad=reason, padding=self.padding,
            adds=np.nan if index in self.nan_losses else 0.))
        return dict(inputs=torch.from_numpy(point), data_samples=sample)


@MODELS.register_module()
class ToyModel(BaseModel):
    def __init__(self, width=8):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(0.3), nn.Linear(width, 2))

    def forward(self, inputs, data_samples=None, mode='tensor'):
        logits = self.layers(torch.stack(inputs))
        labels = torch.tensor([sample.label for sample in data_samples])
        if mode == 'loss':
            adds = sum(sample.adds for sample in data_samples)
            return {'label.loss': nn.functional.cross_entropy(logits.float(), labels) + adds}
        return [BaseDataElement(right=float(right)) for right in logits.argmax(1) == labels]


@METRICS.register_module()
class ToyMetric(BaseMetric):
    default_prefix = 'toy'

    def process(self, data_batch, data_samples):
        self.results.extend(sample['right'] if isinstance(sample, dict) else sample.right for sample in data_samples)

    def compute_metrics(self, results):
        return {'accuracy': sum(results) / len(results)}
