"""Batches of whole patients, for tasks of a visit or of a patient: what several photographs answer together.

    train_dataloader = dict(batch_size=4, sampler=dict(type='PatientSampler', shuffle=True),
                            batch_sampler=dict(type='PatientBatches', most=12))

A batch then holds ``batch_size`` patients and as many photographs as these have.
"""
import itertools

import numpy as np
from mmengine.registry import DATA_SAMPLERS
from torch.utils.data import BatchSampler

from lopm.datasets.sampler import EpochSampler


@DATA_SAMPLERS.register_module()
class PatientSampler(EpochSampler):
    """Yields ``(epoch, patient)``, a number of ``patients``; shuffled and dealt out to ranks as by ``EpochSampler``.

    Args:
        dataset: A ``LesionDataset``, whose ``patients()`` is asked once.
    """

    def __init__(self, dataset, **kwargs):
        self.patients = dataset.patients()
        super().__init__(self.patients, **kwargs)


@DATA_SAMPLERS.register_module()
class PatientBatches(BatchSampler):
    """The photographs of ``batch_size`` patients at a time, ``[(epoch, index)]``.

    Args:
        sampler: A ``PatientSampler``, or an ``EndlessSampler`` of one.
        batch_size: Patients of a batch; the last one of an epoch may have fewer.
        most: Photographs of a patient in a batch; of one who has more, as many are drawn at random, others in every
            epoch. None: all of them, as at test. What a step holds in memory grows with ``batch_size * most``.
    """

    def __init__(self, sampler, batch_size, most=None):
        self.own = getattr(sampler, 'sampler', sampler)
        if not isinstance(self.own, PatientSampler):
            raise ValueError(f'PatientBatches: the sampler is {type(self.own).__name__}, which knows no patients; set '
                             "sampler=dict(type='PatientSampler')")
        if most is not None and most < 1:
            raise ValueError(f'PatientBatches: most={most}; give 1 or more photographs of a patient, or None for all')
        super().__init__(sampler, batch_size, drop_last=False)
        self.most = most

    def __iter__(self):
        patients = iter(self.sampler)
        while batch := list(itertools.islice(patients, self.batch_size)):
            yield [(epoch, int(place)) for epoch, patient in batch for place in self.drawn(epoch, patient)]

    def drawn(self, epoch, patient):
        """Positions of a patient's photographs that are seen in an epoch, in the order of the data set."""
        places = self.own.patients.of(patient)
        if self.most is None or len(places) <= self.most:
            return places
        rng = np.random.default_rng((self.own.seed, epoch, patient))
        return np.sort(rng.choice(places, self.most, replace=False))
