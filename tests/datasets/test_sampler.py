import random

import mmengine.dataset.sampler as mmengine_sampler
import numpy as np
import pytest
import torch

from lopm.datasets.lesions import LesionDataset
from lopm.datasets.sampler import BalancedSampler, EpochSampler, balance, seed_from
from tests.datasets.tiny import TASKS, image, lesion, write


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


def test_balanced_draws_show_every_class_as_often(tmp_path):
    words = ['leukoplakia'] * 12 + ['lichen_planus'] * 3 + ['erythroplakia'] + [None] * 4
    path = write(tmp_path, [image(i) for i in range(1, 21)],
                 [lesion(i, of=i, attributes={'diagnosis': word}) for i, word in enumerate(words, 1)])
    dataset = LesionDataset(str(path), TASKS)
    sampler = BalancedSampler(dataset, 'diagnosis', seed=0)
    drawn = np.zeros(20)
    for epoch in range(300):
        sampler.set_epoch(epoch)
        items = list(sampler)
        assert len(items) == 20 and {item[0] for item in items} == {epoch}
        np.add.at(drawn, [index for _, index in items], 1)
    by_class = np.array([drawn[:12].sum(), drawn[12:15].sum(), drawn[15], drawn[16:].sum()]) / drawn.sum()
    labelled = 16 / 20 / 3  # unlabelled ones come as often as labelled ones do on average
    np.testing.assert_allclose(by_class, [labelled] * 3 + [0.2], atol=0.02)


def test_balance_by_hand():
    one, two = np.eye(2)
    photographs = [np.array([one, one]), np.array([one]), np.array([two]), np.array([one, two]), np.zeros((0, 2))]
    weights = balance(photographs)  # four lesions of the first class, two of the second
    np.testing.assert_allclose(weights / weights[1], [1, 1, 2, 1.5, 1.375])
    np.testing.assert_allclose(balance(photographs, 0), 0.2)
    with pytest.raises(ValueError, match='no lesion has a label'):
        balance([np.zeros((0, 2))])


def test_balanced_draws_of_two_ranks_are_those_of_one_process(monkeypatch, tmp_path):
    path = write(tmp_path, [image(i) for i in range(1, 9)], [
        lesion(i, of=i, attributes={'diagnosis': 'leukoplakia' if i % 2 else 'erythroplakia'}) for i in range(1, 9)])
    dataset = LesionDataset(str(path), TASKS)

    def of(rank, world_size):
        monkeypatch.setattr(mmengine_sampler, 'get_dist_info', lambda: (rank, world_size))
        return list(BalancedSampler(dataset, 'diagnosis', seed=3))
    assert sorted(of(0, 2) + of(1, 2)) == sorted(of(0, 1))


def test_a_task_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no task 'diagnose'"):
        BalancedSampler(LesionDataset(str(write(tmp_path)), TASKS), 'diagnose', seed=0)
