import random

import mmengine.dataset.sampler as mmengine_sampler
import numpy as np
import torch

from lopm.datasets.sampler import EpochSampler, seed_from


def sampler_of(rank, world_size, monkeypatch):
    monkeypatch.setattr(mmengine_sampler, 'get_dist_info', lambda: (rank, world_size))
    return EpochSampler(range(10), seed=3)


def test_yields_epoch_and_index_in_an_order_of_its_own_per_epoch():
    sampler = EpochSampler(range(10), seed=3)
    orders = []
    for epoch in (0, 1):
        sampler.set_epoch(epoch)
        assert {item[0] for item in sampler} == {epoch}
        orders.append([item[1] for item in sampler])
    assert sorted(orders[0]) == list(range(10)) and orders[0] != orders[1]


def test_two_ranks_see_in_each_step_what_one_process_sees(monkeypatch):
    whole = list(sampler_of(0, 1, monkeypatch))
    parts = [list(sampler_of(rank, 2, monkeypatch)) for rank in (0, 1)]
    for step in range(2):
        together = [item for part in parts for item in part[2 * step:2 * step + 2]]
        assert sorted(together) == sorted(whole[4 * step:4 * step + 4])


def test_seed_from_repeats_a_place_and_tells_places_apart():
    def draw(*place):
        seed_from(*place)
        return random.random(), np.random.rand(), torch.rand(1).item()  # noqa: NPY002

    assert draw(0, 1, 2) == draw(0, 1, 2)
    for mine, other in zip(draw(0, 1, 2), draw(0, 2, 1)):
        assert mine != other
