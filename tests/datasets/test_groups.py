"""Words of visits and patients, and batches of whole patients."""
import json

import mmengine.dataset.sampler as mmengine_sampler
import numpy as np
import pytest
from mmengine.runner import Runner

from lopm.commands import index
from lopm.datasets.groups import key_of, patients_of, spread_words
from lopm.datasets.labels import count_labels
from lopm.datasets.lesions import LesionDataset
from lopm.datasets.patient_sampler import PatientBatches, PatientSampler
from lopm.datasets.sampler import EndlessSampler, EpochSampler
from lopm.datasets.transforms import PackLesions
from lopm.tasks import build_tasks
from tests.datasets.tiny import LOAD, TASKS, build, image, lesion, write

TASKS = [*TASKS, dict(name='referral', kind='ordinal', level='visit', classes=['none', 'routine', 'urgent']),
         dict(name='spreading', kind='binary', level='patient')]
# Photographs 1, 2 and 5 are of one visit of A, 3 of another; 4 and 7 of B, who has no dates; 6 of nobody.
IMAGES = [image(1, patient_id='A', visit='2024-01-02', attributes=dict(referral='urgent')),
          image(2, patient_id='A', visit='2024-01-02'), image(3, patient_id='A', visit='2024-05-02'),
          image(4, patient_id='B', attributes=dict(spreading=True)),
          image(5, patient_id='A', visit='2024-01-02', attributes=dict(referral='urgent', spreading='no')), image(6),
          image(7, patient_id='B')]


@pytest.fixture
def dataset(tmp_path):
    return build(tmp_path, [dict(each) for each in IMAGES], [lesion(1), lesion(2, of=3)], tasks=TASKS)


def test_words_of_a_visit_and_of_a_patient_are_those_of_all_their_photographs(dataset):
    items = [dataset.get_data_info(i) for i in range(7)]
    referred = [item['image_targets']['referral'][0, 0].tolist() for item in items]
    np.testing.assert_array_equal(referred, [[1, 1], [1, 1], [np.nan] * 2, [np.nan] * 2, [1, 1], [np.nan] * 2,
                                             [np.nan] * 2])
    spread = [float(item['image_targets']['spreading'].item()) for item in items]
    np.testing.assert_array_equal(spread, [0, 0, 0, 1, 0, np.nan, 1])
    assert [item['visit'] for item in items[:4]] == ['2024-01-02', '2024-01-02', '2024-05-02', '']


def test_photographs_of_a_visit_that_disagree_are_refused(tmp_path):
    images = [dict(each) for each in IMAGES]
    images[1]['attributes'] = dict(referral='none')
    with pytest.raises(ValueError, match=r'one visit stands "urgent" with p1.png and "none" with p2.png'):
        build(tmp_path, images, tasks=TASKS)


def test_a_visit_and_a_patient_count_once(tmp_path):
    path = write(tmp_path, IMAGES)
    counts = count_labels(build_tasks(TASKS), path)
    assert counts['referral'].total == 1 and counts['spreading'].total == 2
    assert counts['spreading'].classes == {'no': 1, 'yes': 1}


def test_an_index_brings_words_to_all_photographs_and_counts_alike(tmp_path):
    path = write(tmp_path, IMAGES)
    content = json.loads(path.read_text())
    with pytest.raises(ValueError, match='referral is asked of a visit, and info.tasks'):
        index.main(index.parse_args([str(path)]))
        LesionDataset('train.arrow', TASKS, data_root=str(tmp_path))
    content['info'] = dict(tasks={task['name']: {key: value for key, value in task.items() if key != 'name'}
                                  for task in TASKS})
    path.write_text(json.dumps(content))
    index.main(index.parse_args([str(path)]))
    indexed = LesionDataset('train.arrow', TASKS, data_root=str(tmp_path))
    assert indexed.get_data_info(1)['image_targets']['referral'].tolist() == [[[1, 1]]]
    assert count_labels(build_tasks(TASKS), tmp_path / 'train.arrow')['spreading'].classes == {'no': 1, 'yes': 1}
    assert [indexed.patients().of(i).tolist() for i in range(3)] == [[0, 1, 2, 4], [3, 6], [5]]


def test_a_photograph_without_a_patient_is_alone_and_dates_tell_visits_apart():
    assert key_of(IMAGES[0], 'visit') != key_of(IMAGES[2], 'visit')
    assert key_of(IMAGES[0], 'patient') == key_of(IMAGES[2], 'patient')
    assert key_of(IMAGES[3], 'visit') == key_of(IMAGES[6], 'visit') and key_of(IMAGES[5], 'patient') == (
        'photograph', 'p6.png')


def test_patients_have_their_photographs_in_order(dataset):
    patients = dataset.patients()
    assert [patients.of(i).tolist() for i in range(len(patients))] == [[0, 1, 2, 4], [3, 6], [5]]


def batches(dataset, size=2, most=None, epoch=0, **options):
    sampler = PatientSampler(dataset, seed=0, **options)
    sampler.set_epoch(epoch)
    return PatientBatches(sampler, size, most)


def test_batches_hold_whole_patients(dataset):
    made = batches(dataset, shuffle=False)
    assert list(made) == [[(0, 0), (0, 1), (0, 2), (0, 4), (0, 3), (0, 6)], [(0, 5)]] and len(made) == 2
    orders = {tuple(place for batch in batches(dataset, epoch=epoch) for _, place in batch) for epoch in range(40)}
    assert len(orders) == 6  # three patients in every order


def test_of_many_photographs_some_are_drawn_others_in_every_epoch(dataset):
    drawn = [[place for _, place in batch] for epoch in range(30)
             for batch in batches(dataset, 1, most=2, epoch=epoch, shuffle=False)]
    assert max(map(len, drawn)) == 2 and {place for batch in drawn for place in batch} == set(range(7))
    again = [[place for _, place in batch] for batch in batches(dataset, 1, most=2, epoch=3, shuffle=False)]
    assert again == drawn[9:12]


def test_two_ranks_see_in_each_step_what_one_process_sees(dataset, monkeypatch):
    alone = list(batches(dataset, 2))
    parts = []
    for rank in (0, 1):
        monkeypatch.setattr(mmengine_sampler, 'get_dist_info', lambda rank=rank: (rank, 2))
        parts.append(list(batches(dataset, 1)))
    assert sorted(parts[0][0] + parts[1][0]) == sorted(alone[0])


def test_an_endless_sampler_goes_on_where_a_killed_run_was(dataset):
    def endless(begun):
        sampler = EndlessSampler(dataset, dict(type='PatientSampler'), seed=0)
        sampler.skip(begun)
        made = iter(PatientBatches(sampler, 2))
        return [next(made) for _ in range(6)]
    assert endless(0)[2:] == endless(4)[:4]


def test_a_sampler_of_photographs_is_refused(dataset):
    with pytest.raises(ValueError, match="set sampler=dict\\(type='PatientSampler'\\)"):
        PatientBatches(EpochSampler(dataset), 2)
    with pytest.raises(ValueError, match='most=0'):
        batches(dataset, most=0)


def test_mmengine_builds_a_loader_of_patients(tmp_path):
    dataset = build(tmp_path, [dict(each) for each in IMAGES], [lesion(1)], tasks=TASKS,
                    pipeline=[*LOAD, dict(type='PackLesions')])
    loader = Runner.build_dataloader(dict(
        dataset=dataset, batch_size=2, sampler=dict(type='PatientSampler', shuffle=False), num_workers=0,
        batch_sampler=dict(type='PatientBatches'), collate_fn=dict(type='pseudo_collate')), seed=0)
    first = next(iter(loader))['data_samples']
    assert [sample.patient_id for sample in first] == ['A'] * 4 + ['B'] * 2
    assert first[2].visit == '2024-05-02' and first[1].gt_image.referral.tolist() == [[[1, 1]]]
    assert isinstance(dataset.pipeline.transforms[-1], PackLesions)


def test_a_hundred_thousand_patients_take_two_arrays():
    names = (i // 3 for i in range(300_000))
    patients = patients_of(names)
    assert len(patients) == 100_000 and patients.of(70_000).tolist() == [210_000, 210_001, 210_002]
    assert patients.order.nbytes + patients.starts.nbytes < 2.1e6


def test_nothing_is_spread_where_no_task_asks():
    images = [dict(each) for each in IMAGES]
    spread_words(images, build_tasks(TASKS[:-2]), 'a.json')
    assert images == IMAGES
