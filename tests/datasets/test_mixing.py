"""Several bases with different labels in one data set and one batch."""
import mmengine.dataset.sampler as mmengine_sampler
import numpy as np
import pytest

from lopm.datasets.mixing import MixedDataset, MixedSampler
from lopm.engine.launch import check_data
from lopm.engine.parts import hand_out
from tests.datasets.tiny import LOAD, TASKS, image, lesion, write

PIPELINE = [*LOAD, dict(type='PackLesions')]


def bases(folder):
    """Six photographs with a diagnosis, and three of another base with a color."""
    one = write(folder / 'one', [image(i) for i in range(1, 7)],
                [lesion(i, of=i, attributes={'diagnosis': 'leukoplakia'}) for i in range(1, 7)])
    two = write(folder / 'two', [image(i, patient_id=f'B{i}') for i in range(1, 4)],
                [lesion(i, of=i, attributes={'color': ['white']}) for i in range(1, 4)])
    return one, two


@pytest.fixture
def mixed(tmp_path):
    (tmp_path / 'one').mkdir()
    (tmp_path / 'two').mkdir()
    one, two = bases(tmp_path)
    return MixedDataset(one.name, TASKS, data_root=str(one.parent), pipeline=PIPELINE,
                        others=[dict(ann_file=two.name, data_root=str(two.parent))])


def test_a_photograph_of_each_base_has_the_labels_of_its_base(mixed):
    assert len(mixed) == 9 and mixed.sizes == [6, 3]
    first, last = (mixed[0, i]['data_samples'] for i in (5, 8))
    assert '/one/' in first.img_path and '/two/' in last.img_path
    assert not first.gt_lesions.diagnosis.isnan().any() and first.gt_lesions.color.isnan().all()
    assert last.gt_lesions.diagnosis.isnan().all() and last.gt_lesions.color[0, 0].tolist() == [1, 0, 0]
    assert mixed.get_data_info(-1)['img_path'] == last.img_path


def test_draws_follow_the_odds_and_go_through_a_base_before_they_repeat(mixed):
    sampler, counts = MixedSampler(mixed, [1, 3], seed=0), np.zeros(9)
    for epoch in range(400):
        sampler.set_epoch(epoch)
        own = np.bincount([index for _, index in sampler], minlength=9)
        assert own.sum() == 9 and np.ptp(own[:6]) <= 1 and np.ptp(own[6:]) <= 1
        counts += own
    assert counts[6:].sum() / counts.sum() == pytest.approx(0.75, abs=0.02)
    assert counts[:6].std() / counts[:6].mean() < 0.1


def test_two_ranks_draw_what_one_process_draws(mixed, monkeypatch):
    def of(rank, world_size):
        monkeypatch.setattr(mmengine_sampler, 'get_dist_info', lambda: (rank, world_size))
        return list(MixedSampler(mixed, [1, 1], seed=3, round_up=False))
    assert sorted(of(0, 2) + of(1, 2)) == sorted(of(0, 1))


@pytest.mark.parametrize('odds', [[1], [1, 1, 1], [0, 0], [-1, 2]])
def test_odds_that_do_not_fit_are_refused(mixed, odds):
    with pytest.raises(ValueError, match='give a number, 0 or more, for each base'):
        MixedSampler(mixed, odds, seed=0)


def test_a_patient_of_the_test_part_in_another_base_is_refused(tmp_path):
    for name in ('one', 'two', 'three'):
        (tmp_path / name).mkdir()
    one, two = bases(tmp_path)
    tested = write(tmp_path / 'three', [image(1, patient_id='B2')])
    cfg = hand_out(dict(tasks=TASKS, train_dataloader=dict(dataset=dict(
        type='MixedDataset', ann_file=str(one), others=[dict(ann_file=two.name, data_root=str(two.parent))])),
        test_dataloader=dict(dataset=dict(type='LesionDataset', ann_file=str(tested)))))
    with pytest.raises(ValueError, match='1 patients are in two parts'):
        check_data(cfg)
