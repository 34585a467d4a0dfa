"""Which photographs of a batch are of one visit, and which of one patient."""
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from lopm.structures import LesionDataSample
from lopm.tasks.task import GROUPS


class Grouping(NamedTuple):
    """The G visits, or patients, that B photographs are of.

    A group has parts: a visit its photographs, a patient the visits. ``first`` is the photograph at which the group's
    answer stands: its first that could be read; -1 where none could.
    """

    of: Tensor  # int [B], the group of each photograph
    part: Tensor  # int [B], the part of a group that each photograph is of, counted through all groups
    of_part: Tensor  # int [parts], the group of each part
    first: list[int]  # [G]

    def __len__(self):
        return len(self.first)

    def known(self, targets):
        """Targets of the groups ``[G, R, K]`` from those of their photographs ``[B, R, K]``: the first that says
        something."""
        says = ~targets.isnan().all(-1).all(-1)
        place = torch.arange(len(targets), device=targets.device)
        first = place.new_full((len(self),), len(targets))
        first.scatter_reduce_(0, self.of, torch.where(says, place, len(targets)), 'amin')
        return torch.cat([targets, torch.full_like(targets[:1], float('nan'))])[first]

    def mean(self, values):
        """Mean of what is known of the photographs' ``[B, F]``, ``[G, F]``; nan where nothing is."""
        known = ~values.isnan()
        total = self.sum(values.nan_to_num())
        return total / self.sum(known.float())  # 0 / 0 is nan

    def sum(self, values):
        """``[B, ...]`` added up in each group, ``[G, ...]``."""
        return add_up(values, self.of, len(self))


class Lesions(NamedTuple):
    """What is known of the L lesions of a batch."""

    said: dict[str, Tensor]  # {task: probabilities [L, K]}
    photo: Tensor  # int [L], the photograph of each
    pooled: Tensor  # [L, C], means of the feature maps in each
    areas: Tensor  # [L], the share of its photograph that each covers


def owners(counts, device):
    """Whose the lesions of photographs with ``counts`` lesions are, int ``[L]``."""
    return torch.arange(len(counts)).repeat_interleave(torch.tensor(counts)).to(device)


def add_up(values, to, count):
    """Rows ``[N, F]`` added up by where each goes ``[N]``, ``[count, F]``."""
    return values.new_zeros(count, *values.shape[1:]).index_add(0, to, values)


def largest_of(values, to, count):
    """The largest of rows ``[N, F]``, none of them negative, that go to one place, ``[count, F]``; 0 where none do."""
    return values.new_zeros(count, *values.shape[1:]).scatter_reduce(0, to[:, None].expand_as(values), values, 'amax')


def groupings(samples: Sequence[LesionDataSample], device) -> dict[str, Grouping]:
    """``{level: Grouping}`` of the photographs of a batch, by the patient and the visit that each names."""
    keys = {'visit': [(sample.patient_id, sample.visit) for sample in samples],
            'patient': [sample.patient_id for sample in samples]}
    readable = [not sample.get('bad') for sample in samples]
    visits, of_visit = numbered(keys['visit'])
    patients, of_patient = numbered(keys['patient'])
    owner = [patients[patient] for patient, _ in visits]
    made = {'visit': (of_visit, list(range(len(samples))), of_visit), 'patient': (of_patient, of_visit, owner)}
    return {level: Grouping(*(torch.tensor(each, device=device) for each in made[level]),
                            first_of(made[level][0], readable)) for level in GROUPS}


def numbered(keys):
    """``({key: number}, [number of each])``, in the order in which keys appear."""
    numbers = {}
    return numbers, [numbers.setdefault(key, len(numbers)) for key in keys]


def first_of(groups, readable):
    """The position of each group's first readable member, -1 where it has none."""
    first = [-1] * (max(groups) + 1)
    for place in reversed(range(len(groups))):
        if readable[place]:
            first[groups[place]] = place
    return first
