"""Random numbers that a restart repeats exactly: who comes when, and with what seed.

mmengine saves no random state and seeds its workers alike in every run. Hence random numbers here belong to a place,
not to a process: a photograph's to (seed, epoch, index), a step's to (seed, iteration, rank). A run that was killed
and resumed is then the run that was never killed, with any number of persistent workers.
"""
import itertools
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


@DATA_SAMPLERS.register_module()
class BalancedSampler(EpochSampler):
    """Draws photographs with replacement, so that lesions of every class of a task come equally often.

    A photograph's weight is the mean over its labelled lesions of ``1 / number of lesions of their class``, which is
    exact where the lesions of a photograph are of one class; one without a label gets the mean weight, since it has
    other tasks to teach. Goes once through the data set when it is made: time grows with the number of photographs.

    Args:
        task: Its name, such as ``diagnosis``.
        power: 1: all classes alike; 0: as they are.
    """

    def __init__(self, dataset, task, power=1., **kwargs):
        super().__init__(dataset, **kwargs)
        if task not in dataset.tasks:
            raise ValueError(f'BalancedSampler: no task {task!r}; the data set has {", ".join(dataset.tasks)}')
        kind = dataset.tasks[task]
        if not kind.classes:
            raise ValueError(f'BalancedSampler: {task!r} has no classes that could come equally often; name '
                             'another task')
        infos = (dataset.get_data_info(i) for i in range(len(dataset)))
        self.weights = balance([_classes(info, kind) for info in infos], power)

    def __iter__(self):
        rng = np.random.default_rng((self.seed, self.epoch))
        drawn = rng.choice(len(self.weights), self.total_size, p=self.weights)
        return zip([self.epoch] * len(self), drawn[self.rank:self.total_size:self.world_size].tolist())


@DATA_SAMPLERS.register_module()
class EndlessSampler:
    """Epoch after epoch of another sampler, for a loop that counts steps: ``(epoch, index)`` without an end.

    mmengine's loop would start all workers anew after every epoch and count on ``InfiniteSampler``, which does not say
    what epoch it is: a photograph would be augmented alike every time.

    Args:
        sampler: Config of the other; in the place of ``InfiniteSampler`` an ``EpochSampler`` is taken.
    """

    def __init__(self, dataset, sampler, seed=None):
        kind = 'EpochSampler' if sampler['type'] == 'InfiniteSampler' else sampler['type']
        self.sampler = DATA_SAMPLERS.build({**sampler, 'type': kind}, default_args=dict(dataset=dataset, seed=seed))
        self.begun = 0

    def __len__(self):
        return len(self.sampler)

    def __iter__(self):
        first, rest = divmod(self.begun, len(self.sampler))
        for epoch in itertools.count(first):
            self.sampler.set_epoch(epoch)
            items = itertools.islice(self.sampler, rest if epoch == first else 0, None)
            yield from (item if isinstance(item, tuple) else (epoch, item) for item in items)

    def skip(self, samples):
        """Go on behind that many samples, which a run that is resumed has seen; mmengine's loop calls it."""
        self.begun = samples


def balance(photographs, power=1.):
    """Probability of each photograph ``[N]``, from the classes of its labelled lesions, ``[[L_i, C]]`` of shares."""
    count = np.maximum(sum(each.sum(0) for each in photographs), 1e-9)
    weights = [np.mean(each @ count ** -power / each.sum(1)) if len(each) else np.nan for each in photographs]
    if np.isnan(weights).all():
        raise ValueError('BalancedSampler: no lesion has a label of the task; take EpochSampler')
    weights = np.where(np.isnan(weights), np.nanmean(weights), weights)
    return weights / weights.sum()


def _classes(info, task):
    """Of which classes the labelled lesions of a photograph are, by the raters' mean, ``[L, C]``."""
    targets = info['targets' if task.level == 'lesion' else 'image_targets'][task.name]
    targets = targets[~np.isnan(targets).any(-1).all(1)]
    classes = np.nanmean(task.class_probabilities(targets), 1) if len(targets) else np.zeros((0, len(task.classes)))
    return classes[classes.sum(1) > 0]
