"""Photograph and maps move together, labels stay; what cannot be read becomes a blank sample."""
import numpy as np
import pytest
import torch
from mmseg.models import SegDataPreProcessor
from PIL import Image

from lopm.datasets.augmentation import build_pipeline
from lopm.datasets.sampler import seed_from
from lopm.datasets.transforms import LightJitter, majority, one_of, rater_jaccard
from tests.datasets.tiny import HEIGHT, LOAD, WIDTH, build, image, lesion, square

FIT = [dict(type='FitPhotograph', size=(HEIGHT, WIDTH)), dict(type='PackLesions', jitter=0)]
WORDS = dict(color=['white'], sharpness='medium', diagnosis='lichen_planus')


def colored(folder, name='p1.png'):
    """A photograph that is its own map: the lesions' pixels are 100 and 200, the teeth's green; background 10."""
    picture = np.full((HEIGHT, WIDTH, 3), 10, np.uint8)
    picture[5:25, 5:25] = 100
    picture[15:35, 35:55] = 200
    picture[0:4, :, 1] = 250
    Image.fromarray(picture).save(folder / name)
    return [lesion(1, square(5, 5, 20), lesion_id='A', attributes=WORDS),
            lesion(2, square(35, 15, 20), lesion_id='B', attributes=WORDS),
            lesion(3, [[0, 0, WIDTH, 0, WIDTH, 4, 0, 4]], category_id=2)]


def maps_of(packed):
    return {name: each.numpy() for name, each in packed['data_samples'].maps().items()}


@pytest.mark.parametrize('moves', [
    [dict(type='mmseg.RandomFlip', prob=1.0, direction='horizontal')],
    [dict(type='mmseg.RandomFlip', prob=1.0, direction='vertical')],
    [dict(type='mmseg.RandomFlip', prob=1.0, direction='diagonal')],
    [dict(type='mmseg.RandomCrop', crop_size=(36, 54))],
    [dict(type='mmseg.RandomCrop', crop_size=(36, 54), cat_max_ratio=0.9)],
    [dict(type='mmseg.RandomRotate', prob=1.0, degree=15)],
    [dict(type='mmseg.RandomResize', scale=(90, 60), ratio_range=(0.8, 1.2), keep_ratio=True)],
    [dict(type='FitPhotograph', size=(50, 50))],
    [dict(type='FitPhotograph', size=(80, 120), ratio_range=(1, 1.05)),
     dict(type='mmseg.RandomCrop', crop_size=(80, 120))]])
def test_photograph_and_maps_move_together_and_no_label_changes(tmp_path, moves):
    rows = colored(tmp_path)
    packed = build(tmp_path, annotations=rows, pipeline=[*LOAD, *moves, dict(type='PackLesions', jitter=0)])[(0, 0)]
    pixels, maps = packed['inputs'].numpy(), maps_of(packed)
    assert list(maps) == ['lesion', 'region', 'nearest', 'core', 'teeth']
    inner = {1: 100, 2: 200}
    for i, value in inner.items():
        inside = maps['lesion'] == i
        assert inside.sum() > 150
        assert np.median(pixels[0][inside]) == value and (abs(pixels[0][inside].astype(int) - value) < 4).mean() > 0.7
    assert np.median(pixels[1][maps['teeth'] == 1]) == 250
    background = (maps['lesion'] == 0) & (maps['teeth'] == 0)
    assert np.median(pixels[0][background]) == 10
    labels = packed['data_samples'].gt_lesions
    assert labels.diagnosis.tolist() == [[[0, 1, 0]]] * 2 and labels.color.tolist() == [[[1, 0, 0]]] * 2
    assert packed['data_samples'].lesion_ids == ['A', 'B']


def test_padding_is_unknown_in_every_map(tmp_path):
    packed = build(tmp_path, annotations=colored(tmp_path), pipeline=[
        *LOAD, dict(type='FitPhotograph', size=(60, 60)), dict(type='PackLesions', jitter=0)])[0]
    assert packed['data_samples'].img_shape == (40, 60) and packed['inputs'].shape == (3, 60, 60)
    maps = maps_of(packed)
    assert all((maps[name][40:] == 255).all() for name in ('lesion', 'region', 'core', 'teeth'))
    assert not any((maps[name][:40] == 255).any() for name in maps)


def test_the_preprocessor_pads_maps_as_unknown(tmp_path):
    packed = build(tmp_path, annotations=colored(tmp_path), pipeline=[*LOAD, *FIT])[0]
    preprocess = SegDataPreProcessor(size=(64, 64), pad_val=0, seg_pad_val=255)
    batch = preprocess(dict(inputs=[packed['inputs']], data_samples=[packed['data_samples']]), training=True)
    lesion_map = batch['data_samples'][0].maps()['lesion']
    assert lesion_map.shape == (64, 64) and (lesion_map[40:] == 255).all() and (lesion_map[:, 60:] == 255).all()


def test_any_size_and_orientation_makes_one_batch(tmp_path):
    images = [image(1), image(2, width=20, height=50), image(3, width=90, height=31)]
    for entry in images:
        Image.new('RGB', (entry['width'], entry['height'])).save(tmp_path / entry['file_name'])
    dataset = build(tmp_path, images, [], pipeline=[*LOAD, *FIT])
    assert torch.stack([dataset[i]['inputs'] for i in range(3)]).shape == (3, 3, HEIGHT, WIDTH)


@pytest.mark.parametrize('offset, known', [(0, True), (9, True), (11, False), (19, False)])
def test_labels_hold_while_half_of_a_lesion_is_left(tmp_path, offset, known):
    """Lesion A covers columns 5 to 24; a crop from column 5 + offset leaves (20 - offset) / 20 of it."""
    def crop(results):
        for field in ('img', *results['seg_fields']):
            results[field] = np.ascontiguousarray(results[field][:, 2 * (5 + offset):])
        return results
    pipeline = [*LOAD, dict(type='FitPhotograph', size=(80, 120)), crop, dict(type='PackLesions')]
    sample = build(tmp_path, annotations=colored(tmp_path), pipeline=pipeline)[0]['data_samples']
    assert sample.gt_lesions.diagnosis.shape == (2, 1, 3)  # the row stays
    assert sample.gt_lesions.diagnosis[0].isnan().all() != known
    assert sample.gt_lesions.color[0].isnan().all() != known
    assert not sample.gt_lesions.color[1].isnan().any()


def test_resizing_alone_masks_nothing(tmp_path):
    pipeline = [*LOAD, dict(type='FitPhotograph', size=(13, 20)), dict(type='PackLesions')]
    sample = build(tmp_path, annotations=colored(tmp_path), pipeline=pipeline)[0]['data_samples']
    assert not sample.gt_lesions.diagnosis.isnan().any()


def test_at_test_only_the_truth_is_packed_with_its_original_maps(tmp_path):
    dataset = build(tmp_path, annotations=colored(tmp_path), test_mode=True, pipeline=[
        *LOAD, dict(type='FitPhotograph', size=(20, 30)), dict(type='PackLesions')])
    sample = dataset[0]['data_samples']
    assert sample.map_names == ['lesion', 'teeth'] and sample.gt_sem_seg.data.shape == (2, 20, 30)
    assert sample.ori_maps['lesion'].shape == (HEIGHT, WIDTH) and (sample.ori_maps['lesion'] == 2).sum() == 400
    assert sample.ori_maps['teeth'].sum() == 4 * WIDTH and np.isnan(sample.rater_jaccard)


def test_a_mask_task_that_nobody_drew_is_unknown(tmp_path):
    packed = build(tmp_path, pipeline=[*LOAD, *FIT])[0]
    assert (maps_of(packed)['teeth'] == 255).all() and maps_of(packed)['lesion'].max() == 1


def test_lesions_named_but_not_outlined_make_the_map_unknown(tmp_path):
    images = [image(1, attributes={'diagnosis': 'lichen_planus'}), image(2, outlined=True), image(3)]
    words, healthy, nothing = (packed for packed in build(tmp_path, images, [], pipeline=[*LOAD, *FIT]))
    assert (maps_of(words)['lesion'] == 255).all() and (maps_of(words)['core'] == 255).all()
    assert (maps_of(words)['region'] == 1).all() and (maps_of(words)['nearest'] == 1).all()
    assert words['data_samples'].gt_lesions.diagnosis.tolist() == [[[0, 1, 0]]] and words['data_samples'].bad == ''
    assert not maps_of(healthy)['lesion'].any() and (maps_of(nothing)['region'] == 255).all()


def test_the_padding_is_no_place(tmp_path):
    pipeline = [*LOAD, dict(type='FitPhotograph', size=(60, 60)), dict(type='PackLesions', jitter=1)]
    region = maps_of(build(tmp_path, [image(attributes={'color': ['red']})], [], pipeline=pipeline)[0])['region']
    assert (region[:40] == 1).all() and (region[40:] == 255).all()


@pytest.mark.parametrize('left, known', [(20, True), (40, False)])
def test_words_hold_on_half_a_photograph(tmp_path, left, known):
    def crop(results):
        for field in ('img', *results['seg_fields']):
            results[field] = np.ascontiguousarray(results[field][:, left:])
        return results
    packed = build(tmp_path, [image(attributes={'color': ['red']})], [],
                   pipeline=[*LOAD, crop, dict(type='PackLesions')])[0]
    assert packed['data_samples'].gt_lesions.color.isnan().all() != known


def test_a_box_is_unknown_and_never_jittered(tmp_path):
    boxed = {key: value for key, value in lesion(2, bbox=[30.5, 5, 20, 10]).items() if key != 'segmentation'}
    pipeline = [*LOAD, dict(type='PackLesions', jitter=1, jitter_size=1)]
    for outlined in (True, False):
        found = maps_of(build(tmp_path, [image(outlined=outlined)], [lesion(1), boxed], pipeline=pipeline)[0])
        box = np.zeros((HEIGHT, WIDTH), bool)
        box[5:15, 30:51] = True
        assert (found['lesion'][box] == 255).all() and (found['region'][box] == 2).all()
        assert (found['nearest'][box] == 2).all() and (found['region'][~box] != 2).all()
        assert (found['lesion'][10:26, 10:26] == (1 if outlined else 255)).all()
        assert found['lesion'][0, 0] == (0 if outlined else 255)


def test_a_place_is_not_measured(tmp_path):
    boxed = {key: value for key, value in lesion(2, bbox=[30, 5, 20, 10]).items() if key != 'segmentation'}
    pipeline = [*LOAD, dict(type='PackLesions', measure=True)]
    for test_mode in (False, True):
        packed = build(tmp_path, [image(outlined=True)], [lesion(1), boxed], pipeline=pipeline, test_mode=test_mode)[0]
        measured = packed['data_samples'].gt_lesions.measured
        assert measured[0].any() and not measured[1].any()


def test_at_test_places_are_named(tmp_path):
    boxed = {key: value for key, value in lesion(2, bbox=[30, 5, 20, 10]).items() if key != 'segmentation'}
    packed = build(tmp_path, [image(outlined=True)], [lesion(1), boxed], pipeline=[*LOAD, *FIT], test_mode=True)[0]
    sample = packed['data_samples']
    assert sample.boxes == [None, (30, 5, 20, 10)] and (sample.ori_maps['lesion'][5:15, 30:50] == 255).all()


def test_training_draws_one_rater_and_test_the_majority(tmp_path):
    rows = [lesion(1, square(10, 10, 10), lesion_id='A', rater='a'),
            lesion(2, square(12, 10, 10), lesion_id='A', rater='b'),
            lesion(3, square(14, 10, 10), lesion_id='A', rater='c'),
            lesion(4, square(40, 5, 6), lesion_id='B', rater='a')]
    train, test = (build(tmp_path, annotations=rows, pipeline=[*LOAD, *FIT], test_mode=mode) for mode in (False, True))
    drawn = [np.flatnonzero((maps_of(train[(epoch, 0)])['lesion'] == 1).any(0))[0] for epoch in range(30)]
    assert set(drawn) == {10, 12, 14}
    assert all((maps_of(train[(epoch, 0)])['lesion'] == 2).sum() == 36 for epoch in range(5))
    sample = test[0]['data_samples']
    np.testing.assert_array_equal(np.flatnonzero((sample.ori_maps['lesion'] == 1).any(0)), np.arange(12, 22))
    # outlines of whole photographs: a = {A at 10, B}, b = {A at 12}, c = {A at 14}
    assert sample.rater_jaccard == pytest.approx(np.mean([80 / 156, 60 / 176, 80 / 120]))


@pytest.mark.parametrize('looked, jaccard', [
    ({'a': {}, 'b': {}}, 80 / 120), ({'a': {}, 'c': {'blind': True}}, (80 / 120 + 0 + 0) / 3),
    ({'c': {}, 'd': {}}, (80 / 120 + 0 + 0 + 0 + 0) / 5)])  # of two who both see nothing nothing is said
def test_who_has_looked_and_sees_no_lesion_agrees_with_nobody_who_sees_one(tmp_path, looked, jaccard):
    rows = [lesion(1, square(10, 10, 10), lesion_id='A', rater='a'),
            lesion(2, square(12, 10, 10), lesion_id='A', rater='b')]
    test = build(tmp_path, [image(outlined=True, looked=looked)], rows, pipeline=[*LOAD, *FIT], test_mode=True)
    sample = test[0]['data_samples']
    assert sample.rater_jaccard == pytest.approx(jaccard) and sample.raters == ['a', 'b']
    free = build(tmp_path, [image(outlined=True, looked=looked)], [], pipeline=[*LOAD, *FIT], test_mode=True)
    assert np.isnan(free[0]['data_samples'].rater_jaccard)


def test_a_tie_of_two_raters_goes_by_the_first():
    a, b = np.zeros((2, 4, 4), np.uint8)
    a[:2], b[1:3] = 1, 1
    assert (majority([{'x': a, 'y': b}], ['x', 'y'])[0] == a).all()
    assert (majority([{'y': b}], ['x', 'y'])[0] == b).all()
    seed_from(0)
    assert {one_of([{'x': 1, 'y': 2}], ['x', 'y'])[0] for _ in range(20)} == {1, 2}
    assert rater_jaccard([{'x': a, 'y': b}], ['x', 'y']) == pytest.approx(4 / 12)


@pytest.mark.parametrize('test_mode', [False, True])
def test_a_bad_photograph_becomes_a_blank_sample(tmp_path, test_mode):
    dataset = build(tmp_path, [image(1, attributes={'quality': 'poor'}), image(2)], colored(tmp_path),
                    pipeline=[*LOAD, *FIT], test_mode=test_mode)
    (tmp_path / 'p1.png').write_bytes(b'')
    blank, good = dataset[0], dataset[1]
    sample = blank['data_samples']
    assert sample.bad == (f'{sample.img_path}: the file is empty or no image; replace it, or take it away '
                          f'(listed in {dataset.ann_file})') and good['data_samples'].bad == ''
    assert blank['inputs'].shape == good['inputs'].shape and not blank['inputs'].any()
    assert (sample.maps()['lesion'] == 255).all() and (sample.maps()['teeth'] == 255).all()
    labels = sample.gt_lesions.color, sample.gt_lesions.diagnosis, sample.gt_image.quality
    assert all(rows.isnan().all() for rows in labels)
    assert len(sample.gt_lesions) == 2


def test_a_photograph_of_another_size_than_its_outlines_is_bad(tmp_path):
    dataset = build(tmp_path, pipeline=[*LOAD, *FIT])
    Image.new('RGB', (HEIGHT, WIDTH)).save(tmp_path / 'p1.png')
    sample = dataset[0]['data_samples']
    assert 'p1.png: 40 x 60 when upright, but the json says 60 x 40' in sample.bad
    assert (sample.maps()['lesion'] == 255).all()


def test_a_transform_that_leaves_maps_behind_is_named(tmp_path):
    def shrink(results):
        results['img'] = results['img'][:20, :20]
        return results
    with pytest.raises(ValueError, match='p1.png: a transform changed the size of the photograph and not of its maps'):
        build(tmp_path, pipeline=[*LOAD, shrink, dict(type='PackLesions')])[0]


def test_light_jitter_keeps_grey_grey_and_bright_brighter():
    seed_from(0)
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2)
    means = []
    for _ in range(20):
        result = LightJitter(0.2).transform(dict(img=ramp))['img'].astype(int)
        assert (result[..., 0] == result[..., 1]).all() and (np.diff(result[0, :, 0]) >= 0).all()
        assert abs(result - ramp).max() < 0.4 * 255
        means.append(result.mean())
    assert min(means) < ramp.mean() - 5 and max(means) > ramp.mean() + 5
    assert (LightJitter(0).transform(dict(img=ramp))['img'] == ramp).all()


def test_measured_values_come_with_the_lesions(tmp_path):
    from lopm.measure import NAMES, measure, standardize
    pipeline = [*LOAD, dict(type='PackLesions', jitter=1, measure=True)]
    packed = build(tmp_path, annotations=colored(tmp_path), pipeline=pipeline)[0]
    rgb = np.ascontiguousarray(packed['inputs'].numpy()[::-1].transpose(1, 2, 0))
    wanted = standardize(measure(rgb, maps_of(packed)['region'], 2))  # what the heads look at
    assert (maps_of(packed)['region'] != maps_of(packed)['lesion']).any()
    found = packed['data_samples'].gt_lesions.measured
    assert found.shape == (2, len(NAMES)) and found.dtype == torch.float32
    np.testing.assert_array_equal(found.numpy(), wanted)


def test_transforms_can_be_given_ready_made():
    ready = LightJitter()
    assert build_pipeline([ready], []) == [ready]


def test_two_resizes_mask_nothing_and_a_covered_lesion_is_masked(tmp_path):
    pipeline = [*LOAD, dict(type='mmseg.Resize', scale_factor=0.5), dict(type='FitPhotograph', size=(13, 20)),
                dict(type='mmseg.Resize', scale_factor=2.0), dict(type='PackLesions')]
    sample = build(tmp_path, annotations=colored(tmp_path), pipeline=pipeline)[0]['data_samples']
    assert not sample.gt_lesions.diagnosis.isnan().any()
    twice = [lesion(i, square(5, 5, 20), lesion_id=str(i), attributes=WORDS) for i in (1, 2)]
    sample = build(tmp_path, annotations=twice, pipeline=[*LOAD, *FIT])[0]['data_samples']
    assert sample.gt_lesions.diagnosis.isnan().all((1, 2)).tolist() == [True, False]
