"""The second look: what is cut out, outlined anew and described from near, by a network whose outlines are known."""
import numpy as np
import pytest
from mmengine.config import Config
from pycocotools import mask as coco_mask

from lopm import Predictor
from lopm.datasets.views import LookCloser, view_of
from lopm.engine.second_look import share_second_look
from lopm.models import closer
from tests.tiny_run import PIPELINE, model, photograph, save_run

pytestmark = pytest.mark.usefixtures('known_outlines')

SIZE = 960, 640
FINE = [dict(each, fine=3) if each['type'] == 'FitPhotograph' else each for each in PIPELINE]
TWO, NONE = photograph((200, 200, 50), (700, 420, 70), size=SIZE), photograph(size=SIZE)


@pytest.fixture(scope='module')
def runs(tmp_path_factory):
    """A run with a second look, and the same weights without."""
    folder = tmp_path_factory.mktemp('runs')
    return [save_run(folder / name, model=model(second_look=look), pipeline=pipeline) for name, look, pipeline in
            (('near', dict(zoom=3, margin=0.5), FINE), ('far', None, PIPELINE))]


def disc(x, y, radius):
    rows, columns = np.ogrid[:SIZE[1], :SIZE[0]]
    return (columns - x) ** 2 + (rows - y) ** 2 <= radius ** 2


def jaccard(case):
    found = np.any([coco_mask.decode(lesion.outline['rle']) for lesion in case.lesions], 0)
    true = disc(200, 200, 50) | disc(700, 420, 70)
    return (found & true).sum() / (found | true).sum()


def test_outlines_are_finer_from_near(runs):
    near, far = (Predictor(run)(TWO) for run in runs)
    assert len(near.lesions) == len(far.lesions) == 2
    assert jaccard(near) > 0.97 > jaccard(far)
    assert [lesion.outline['box'][0] for lesion in near.lesions] == pytest.approx(
        [lesion.outline['box'][0] for lesion in far.lesions], abs=12)  # the same lesions in the same order
    assert all(0.85 < lesion.score <= 0.9001 for lesion in near.lesions)


def test_heads_read_what_is_near(runs):
    """What is said of a lesion is what the network says of the part of the photograph around it, on its own."""
    predictor, alone = (Predictor(run) for run in runs)
    case = predictor(TWO)
    drawn = predictor.outlined(TWO, [disc(200, 200, 50), disc(700, 420, 70)])
    top, bottom, left, right = view_of(disc(200, 200, 50), 1, 3, 0.5)
    part = alone.outlined(TWO[top:bottom, left:right], [disc(200, 200, 50)[top:bottom, left:right]])
    whole = alone.outlined(TWO, [disc(200, 200, 50), disc(700, 420, 70)])
    near, same, far = (np.concatenate(list(each.lesions[0].read.rows.values())) for each in (drawn, part, whole))
    assert np.abs(near - same).mean() < 0.02 and np.abs(near - same).mean() < 0.4 * np.abs(near - far).mean()
    assert predictor(NONE).lesions == [] and case.photograph.words.keys() == alone(TWO).photograph.words.keys()


def test_some_at_once_or_one_by_one(runs, monkeypatch):
    predictor = Predictor(runs[0])
    at_once = list(predictor.stream([TWO, NONE, TWO[:, ::-1]]))
    monkeypatch.setattr(closer, 'AT_ONCE', 1)
    for one, other in zip(at_once, predictor.stream([TWO, NONE, TWO[:, ::-1]])):
        assert [lesion.outline for lesion in one.lesions] == [lesion.outline for lesion in other.lesions]
        for a, b in zip(one.lesions, other.lesions):
            assert all(np.allclose(a.read.rows[name], b.read.rows[name], atol=1e-5) for name in a.read.rows)
            assert a.because['diagnosis'].keys() == b.because['diagnosis'].keys() and len(a.because['diagnosis']) > 3


def test_a_photograph_without_its_larger_copy_is_said(tmp_path):
    run = save_run(tmp_path / 'run', model=model(second_look=dict(zoom=3, margin=0.5)))
    with pytest.raises(ValueError, match=r'takes a second look, .* give FitPhotograph\(fine=...\)'):
        Predictor(run)(TWO)


def test_where_heads_looked_is_where_they_looked_again(runs):
    asked = Predictor(runs[0], looked=True)
    for case in (asked(TWO), asked.outlined(TWO, [disc(200, 200, 50), disc(700, 420, 70)])):
        for lesion in case.lesions:
            x, y, width, height = lesion.outline['box']
            for name, seen in lesion.read.maps.items():
                scale = SIZE[0] / seen.shape[1]
                assert scale == pytest.approx(SIZE[1] / seen.shape[0], rel=0.05) and 0 <= lesion.looked[name] <= 1
                row, column = np.unravel_index(seen.argmax(), seen.shape)
                assert abs(scale * column - x - width / 2) < width and abs(scale * row - y - height / 2) < height
    assert asked(NONE).lesions == []


def test_some_tasks_from_near_and_the_others_from_afar(runs, tmp_path):
    look = dict(zoom=3, margin=0.5, tasks=['sharpness'])
    both = save_run(tmp_path / 'run', model=model(second_look=look), pipeline=FINE)
    near, far, mixed = (Predictor(run).outlined(TWO, [disc(200, 200, 50), disc(700, 420, 70)]).lesions[1]
                        for run in (*runs, both))
    for name, row in mixed.read.rows.items():
        own = {'sharpness': near, 'diagnosis': None}.get(name, far)
        assert own is None or np.allclose(row, own.read.rows[name], atol=1e-6), name
    head, inputs = mixed.read.readings[0]
    assert np.allclose(inputs['probabilities']['sharpness'][0], near.read.rows['sharpness'], atol=1e-6)
    assert np.allclose(head.task.probabilities(head(**inputs))[0].detach(), mixed.read.rows['diagnosis'], atol=1e-6)
    cfg = Config(dict(second_look=dict(tasks=['colour']), tasks=[dict(name='color')], model=dict()))
    cfg.model.type = 'MultiTaskModel'
    with pytest.raises(ValueError, match="there is no task 'colour'; did you mean 'color'?"):
        share_second_look(cfg)


@pytest.mark.parametrize('lesion, view', [
    (np.s_[40:60, 90:110], (30, 70, 67, 134)),  # as high as asked for; as wide as the smallest part
    (np.s_[0:10, 0:10], (0, 34, 0, 67)), (np.s_[90:100, 190:200], (66, 100, 133, 200)),
    (np.s_[0:100, 0:200], (0, 100, 0, 200))])
def test_what_is_cut_out(lesion, view):
    lesion_map = np.zeros((100, 200), np.uint8)
    lesion_map[lesion] = 4
    assert view_of(lesion_map, 4, 3, 0.5) == pytest.approx(view, abs=1)


def test_photograph_and_maps_are_cut_alike_in_training():
    lesion_map = np.zeros((90, 120), np.uint8)
    lesion_map[20:32, 80:100] = 1
    image = np.repeat(np.repeat((lesion_map * 200)[::2, ::2, None], 3, 2), 1, 1)  # decoded at half the size
    item = dict(img=image, gt_seg_map=lesion_map, gt_mouth_map=lesion_map.copy(), bad='',
                seg_fields=['gt_seg_map', 'gt_mouth_map'])
    for _ in range(5):
        cut = LookCloser(odds=1).transform({**item, 'seg_fields': list(item['seg_fields'])})
        assert (cut['gt_seg_map'] == 1).sum() == 240 and np.array_equal(cut['gt_seg_map'], cut['gt_mouth_map'])
        assert cut['gt_seg_map'].shape < (90, 120) and min(cut['gt_seg_map'].shape) >= 30
        half = cut['img'][:, :, 0]
        assert np.abs(np.array(half.shape) * 2 - cut['gt_seg_map'].shape).max() <= 2 and (half > 0).sum() == 60
    assert LookCloser(odds=0).transform(dict(item))['img'] is image
    lesion_map[:] = 255
    assert LookCloser(odds=1).transform(dict(item))['img'] is image  # nobody knows where a lesion is


def test_the_config_says_it_once():
    cfg = Config(dict(second_look=dict(zoom=4), model=dict(type='MultiTaskModel'), **{
        f'{part}_dataloader': dict(dataset=dict(pipeline=[dict(type='LoadLesions'), dict(type='FitPhotograph')]))
        for part in ('train', 'test')}))
    share_second_look(cfg)
    share_second_look(cfg)
    assert cfg.model.second_look == dict(zoom=4, margin=0.5, tasks=None)
    assert [each['type'] for each in cfg.train_dataloader.dataset.pipeline] == [
        'LoadLesions', 'LookCloser', 'FitPhotograph']
    assert cfg.test_dataloader.dataset.pipeline[-1]['fine'] == 4
    cfg.test_dataloader.dataset.pipeline = []
    with pytest.raises(ValueError, match='needs FitPhotograph'):
        share_second_look(cfg)


def test_a_lesion_from_near_stays_apart_from_its_neighbor():
    mask, seed = np.zeros((9, 9), bool), np.zeros((9, 9), bool)
    mask[1:4, 1:4] = mask[6:8, 6:8] = seed[2, 2] = True
    assert np.array_equal(closer.together(mask, seed), mask & (np.arange(9) < 5))
