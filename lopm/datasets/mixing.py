"""Several bases in one training: each labels what it knows, and a batch holds photographs of all by set odds."""
from itertools import accumulate

import numpy as np
from mmengine.registry import DATA_SAMPLERS

from lopm.datasets.lesions import LesionDataset
from lopm.datasets.sampler import EpochSampler
from lopm.registry import DATASETS


@DATASETS.register_module()
class MixedDataset(LesionDataset):
    """A ``LesionDataset``, and the photographs of others after its own.

    All are read for one list of tasks. What a base does not label is missing there, and masked in the losses; nothing
    has to be said about it. The prior and the counts of classes are those of the first base.

    Args:
        others: ``[dict(data_root=, ann_file=, data_prefix=)]``, training parts of other bases. They must not share a
            patient id with the validation and test parts.
    """

    def __init__(self, ann_file, tasks, others=(), pipeline=(), record_fields=None, **kwargs):
        super().__init__(ann_file, tasks, pipeline=pipeline, record_fields=record_fields, **kwargs)
        self.others = [LesionDataset(tasks=tasks, record_fields=record_fields, **other) for other in others]
        self.first = [0, *accumulate(self.sizes)]

    @property
    def sizes(self):
        """Photographs of each base."""
        return [super().__len__(), *map(len, self.others)]

    def __len__(self):
        return self.first[-1] if 'first' in vars(self) else super().__len__()

    def get_data_info(self, idx):
        if 'first' not in vars(self) or idx % len(self) < self.first[1]:
            return super().get_data_info(idx)
        idx %= len(self)
        base = int(np.searchsorted(self.first, idx, side='right')) - 1
        return {**self.others[base - 1].get_data_info(idx - self.first[base]), 'sample_idx': idx,
                'test_mode': self.test_mode}


@DATA_SAMPLERS.register_module()
class MixedSampler(EpochSampler):
    """Each photograph of a batch is of base j with odds j; an epoch has as many draws as there are photographs.

    Within a base photographs come in random order, and again only when all others of it have come.

    Args:
        odds: One number a base of the ``MixedDataset``, such as ``[2, 1]``.
    """

    def __init__(self, dataset, odds, **kwargs):
        super().__init__(dataset, **kwargs)
        sizes = getattr(dataset, 'sizes', None)
        if sizes is None or len(sizes) != len(odds) or min(odds) < 0 or not sum(odds):
            bases = 'no' if sizes is None else len(sizes)
            raise ValueError(f'MixedSampler: odds={list(odds)} for {bases} bases; give a number, 0 or more, for each '
                             'base of a MixedDataset')
        self.odds = np.array(odds) / sum(odds)
        self.first, self.sizes = dataset.first, sizes

    def __iter__(self):
        rng = np.random.default_rng((self.seed, self.epoch))
        base = rng.choice(len(self.odds), self.total_size, p=self.odds)
        drawn = np.zeros(self.total_size, int)
        for i, (first, size) in enumerate(zip(self.first, self.sizes)):
            wanted = int((base == i).sum())
            rounds = [rng.permutation(size) for _ in range(-(-wanted // size))]
            drawn[base == i] = first + np.concatenate([[], *rounds])[:wanted]
        return zip([self.epoch] * len(self), drawn[self.rank:self.total_size:self.world_size].tolist())
