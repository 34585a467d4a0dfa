"""Random numbers that a restart repeats exactly: who comes when, and with what seed.

mmengine saves no random state and seeds its workers alike in every run. Hence random numbers here belong to a place,
not to a process: a photograph's to (seed, epoch, index), a step's to (seed, iteration, rank). A run that was killed
and resumed is then the run that was never killed, with any number of persistent workers.
"""
import random

import numpy as np
import torch
from mmengine.dataset import DefaultSampler
from mmengine.registry import DATA_SAMPLERS


def seed_from(*place):
    """Seed python, numpy and torch on the CPU from whole numbers, for example ``seed_from(seed, epoch, index)``."""
    states = np.random.SeedSequence(place).generate_state(3)
    random.seed(int(states[0]))
    np.random.seed(states[1])  # noqa: NPY002  transforms of mmcv and mmseg draw from it
    torch.default_generator.manual_seed(int(states[2]))  # torch.manual_seed takes half a millisecond, for GPUs


@DATA_SAMPLERS.register_module()
class EpochSampler(DefaultSampler):
    """Yields ``(epoch, index)``, so that a worker process knows the epoch it draws for.

    Shuffled by (seed, epoch) and dealt out to the ranks in turn, like mmengine's ``DefaultSampler`` (same arguments):
    one process with batch size B and two ranks with B/2 see the same photographs in every step.
    """

    def __iter__(self):
        return zip([self.epoch] * len(self), super().__iter__())
