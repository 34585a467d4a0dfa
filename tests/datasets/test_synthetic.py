"""The built-in photographs: files, labels and pixels agree, and the documented rates are the real ones."""
import hashlib
import json
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from PIL import ExifTags, Image, ImageOps
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from sklearn.metrics import accuracy_score, roc_auc_score

from lopm.datasets.synthetic import camera, generate, labels, lesions
from lopm.datasets.synthetic.generate import draw_view, ensure_synthetic
from lopm.datasets.synthetic.patients import Lesion, Photograph, draw_photographs

NUM = 20


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return ensure_synthetic(tmp_path_factory.mktemp('synthetic') / 'a', NUM, seed=3, workers=1)


@pytest.fixture(scope='module')
def parts(folder):
    return {p: json.loads((folder / f'{p}.json').read_text()) for p in ('train', 'val', 'test')}


@pytest.fixture(scope='module')
def many():
    """The plan of many photographs: labels without pixels."""
    return draw_photographs(2000, seed=1)


def digests(folder):
    return {p.relative_to(folder): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in folder.rglob('*') if p.is_file()}


@pytest.mark.slow
def test_same_bytes_for_a_seed_whatever_the_number_of_workers(folder, tmp_path):
    assert digests(ensure_synthetic(tmp_path / 'b', NUM, seed=3, workers=2)) == digests(folder)


def test_json_is_coco(folder, parts):
    number = 0
    for part, content in parts.items():
        coco = COCO(folder / f'{part}.json')
        assert len({a['id'] for a in content['annotations']}) == len(content['annotations'])
        for annotation in content['annotations']:
            mask = coco.annToMask(annotation)
            y, x = np.nonzero(mask)
            assert annotation['area'] == mask.sum() > 0
            assert annotation['bbox'] == [x.min(), y.min(), np.ptp(x) + 1, np.ptp(y) + 1]
        number += len(content['images'])
        assert set(labels.TASKS) == set(content['info']['tasks'])
    assert number == NUM == len(list((folder / 'images').iterdir()))


def test_words_are_known_and_homogeneity_needs_white(parts):
    for content in parts.values():
        for a in content['annotations']:
            for task, value in a.get('attributes', {}).items():
                if value != 'not_assessable':
                    assert set(np.atleast_1d(value)) <= set(labels.TASKS[task]['classes'])
    truth = [x.features for p in draw_photographs(200, 0) for x in p.lesions]
    assert all(('homogeneity' in f) == ('white' in f['color']) for f in truth)


def test_words_are_those_of_the_configs():
    tasks = Config.fromfile(Path(__file__).parents[2] / 'configs/oral_extended.py').tasks
    for task in tasks:
        if task.kind != 'mask':
            known = labels.TASKS[task.name]
            assert (task.kind, tuple(task.classes)) == (known['kind'], known['classes'])
            assert task.get('valid_if') == known.get('valid_if')


def test_patients_in_one_part_only(parts, folder):
    patients = [{i['patient_id'] for i in c['images']} for c in parts.values()]
    assert not any(a & b for a, b in combinations(patients, 2))
    assert json.loads((folder / 'audit.json').read_text())['patients_apart']


def test_photographs_are_upright_512_x_384_when_the_exif_is_obeyed(folder, parts):
    orientations = set()
    for image in (i for c in parts.values() for i in c['images']):
        with Image.open(folder / image['file_name']) as picture:
            exif = picture.getexif()
            orientations.add(exif[ExifTags.Base.Orientation])
            assert image['device'] == f'{exif[ExifTags.Base.Make]} {exif[ExifTags.Base.Model]}'
            assert exif[ExifTags.Base.DateTime].replace(':', '-').startswith(image['visit'])
            assert not exif.get_ifd(ExifTags.IFD.GPSInfo)
            assert ImageOps.exif_transpose(picture).size == (512, 384) == (image['width'], image['height'])
    assert len(orientations) > 1


def test_every_orientation_gives_the_upright_picture_back(tmp_path):
    picture = cv2.resize(np.random.default_rng(0).integers(0, 255, (3, 4, 3), np.uint8), (512, 384))
    seen = set()
    for seed in range(20):
        camera.save(tmp_path / 'a.jpg', picture, np.random.default_rng(seed), camera.USUAL,
                    draw_photographs(1, 0)[0].date)
        with Image.open(tmp_path / 'a.jpg') as stored:
            seen.add(stored.getexif()[ExifTags.Base.Orientation])
            upright = np.asarray(ImageOps.exif_transpose(stored)).astype(int)
        assert np.abs(upright - picture).mean() < 3
    assert seen == {1, 3, 6, 8}


@pytest.mark.slow
def test_a_lesion_keeps_its_features_over_visits(many):
    seen = {}
    for photo in many:
        for x in photo.lesions:
            assert seen.setdefault(x.lesion_id, (x.features, x.diagnosis)) == (x.features, x.diagnosis)
    assert len(seen) < sum(len(p.lesions) for p in many)  # some are photographed again


@pytest.mark.parametrize('task', ['color', 'border_regularity', 'texture'])
def test_raters_err_and_leave_out_at_the_documented_rates(many, task):
    pairs = [(photo.ratings[r][i].get(task), x.features[task])
             for photo in many for r in photo.ratings for i, x in enumerate(photo.lesions)]
    missing = np.mean([given is None for given, _ in pairs])
    unsure = np.mean([given == 'not_assessable' for given, _ in pairs])
    wrong = np.mean([given != true for given, true in pairs if given not in (None, 'not_assessable')])
    assert missing == pytest.approx(labels.MISSING, abs=.01)
    assert unsure == pytest.approx(labels.NOT_ASSESSABLE, abs=.008)
    assert wrong == pytest.approx(labels.RATER_ERROR, abs=.012)


def test_second_rater_share_and_disagreement(many):
    both = [p for p in many if len(p.ratings) == 2]
    assert len(both) / len(many) == pytest.approx(labels.SECOND_RATER, abs=.03)
    pairs = [(a['border_sharpness'], b['border_sharpness']) for p in both
             for a, b in zip(*p.ratings.values())
             if {'border_sharpness'} <= set(a) & set(b)]
    pairs = [(a, b) for a, b in pairs if 'not_assessable' not in (a, b)]
    e = labels.RATER_ERROR
    assert np.mean([a != b for a, b in pairs]) == pytest.approx(2 * e * (1 - e), abs=.025)


def test_raters_outlines_overlap_as_documented(parts):
    def mask(a):
        return coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(a['segmentation'], 384, 512))) > 0
    seconds = [(a, b) for c in parts.values() for a, b in combinations(c['annotations'], 2)
               if 'lesion_id' in a and a['image_id'] == b['image_id']
               and a['lesion_id'] == b.get('lesion_id')]
    jaccard = [np.sum(mask(a) & mask(b)) / np.sum(mask(a) | mask(b)) for a, b in seconds]
    assert np.mean(jaccard) == pytest.approx(.88, abs=.04)


def test_diagnosis_table_is_not_log_linear():
    """Without the interaction white x red the log-odds would add up; with it they miss by SPECKLED."""
    base = {'texture': ['velvety'], 'border_sharpness': 'well_defined', 'border_regularity': 'regular'}
    logs = {c: np.log(labels.posterior({**base, 'color': c.split()}))
            for c in ('white', 'red', 'white red', 'pigmented')}
    none = np.log(labels.posterior({**base, 'color': []}))
    gap = logs['white red'] + none - logs['white'] - logs['red']
    assert gap - gap[4] == pytest.approx(np.subtract(labels.SPECKLED, labels.SPECKLED[4]))


def test_limits_are_those_of_the_true_posterior(folder, parts):
    """By hand: repeat each lesion's row so often that its raters together weigh the same."""
    truth = json.loads((folder / 'truth.json').read_text())
    groups = {}
    for a in parts['train']['annotations']:
        if a.get('attributes', {}).get('diagnosis') in labels.DIAGNOSES:
            groups.setdefault((a['image_id'], a['lesion_id']), []).append(a)
    rows = [a for group in groups.values() for a in group * (2 // len(group))]
    odds = np.array([labels.posterior(truth[a['lesion_id']]['features']) for a in rows])
    target = np.array([labels.DIAGNOSES.index(a['attributes']['diagnosis']) for a in rows])
    present = [c for c in range(6) if c in target]
    found = labels.limits(folder / 'train.json')
    assert found['diagnosis/accuracy'] == pytest.approx(accuracy_score(target, odds.argmax(1)))
    assert found['diagnosis/auroc'] == pytest.approx(
        np.mean([roc_auc_score(target == c, odds[:, c]) for c in present]))


def test_diagnoses_are_frequent_and_the_limit_leaves_room(many):
    drawn = {x.lesion_id: x for p in many for x in p.lesions}.values()
    target = np.array([labels.DIAGNOSES.index(x.diagnosis) for x in drawn])
    odds = np.array([labels.posterior(x.features) for x in drawn])
    assert np.bincount(target).min() / len(target) > .08
    assert .92 < roc_auc_score(target, odds, multi_class='ovr') < .97


def lesion_and_ring(seed=7, **words):
    """A view with one lesion, the same but for `words`: CIELAB, relief, and its signed distance."""
    features = {'color': ['white'], 'texture': ['smooth_flat'], 'border_sharpness': 'well_defined',
                'border_regularity': 'regular', 'homogeneity': 'homogeneous',
                'elementary_lesion': ['macule'], **words}
    lesion = Lesion('x', features, 'benign_lesion', seed, (288., 216.), 75.)
    photo = Photograph(0, 'train', 'P1', {}, None, 'other', 5, (lesion,), {}, 1.)
    lab, height, _, _, (distance,) = draw_view(photo)
    return lab, height, distance


@pytest.mark.parametrize('color, channel, sign', [
    ('white', 0, 1), ('red', 1, 1), ('yellow_fibrinous', 2, 1), ('blanched', 1, -1), ('pigmented', 0, -1)])
def test_a_color_is_seen_against_the_ring(color, channel, sign):
    lab, _, distance = lesion_and_ring(color=[color])
    ring = (distance < -5) & (distance > -25)
    assert sign * (lab[distance > 5, channel].mean() - lab[ring, channel].mean()) > 4


def test_a_white_lesion_varies_with_its_word():
    spread = [np.mean([lab[distance > 8, 0].std() for lab, _, distance in
                       (lesion_and_ring(seed, homogeneity=word) for seed in range(6))])
              for word in labels.HOMOGENEITY]
    assert spread[0] * 1.4 < spread[1] and spread[1] * 1.2 < spread[2]


def test_a_sharp_border_is_steep_and_lies_on_the_same_outline():
    steps = []
    for word in labels.SHARPNESS:
        lab, _, distance = lesion_and_ring(border_sharpness=word)
        inner, outer = (lab[(distance > a) & (distance < a + 4), 0].mean() for a in (2, -6))
        steps.append(inner - outer)
    assert steps[0] > 1.3 * steps[1] > 1.3 * 1.3 * steps[2]


def test_an_irregular_outline_is_less_compact():
    compact = []
    for word in labels.REGULARITY:
        _, _, distance = lesion_and_ring(border_regularity=word)
        line = max(cv2.findContours(np.uint8(distance > 0), cv2.RETR_EXTERNAL,
                                    cv2.CHAIN_APPROX_NONE)[0], key=len)
        compact.append(4 * np.pi * cv2.contourArea(line) / cv2.arcLength(line, True) ** 2)
    assert compact[0] > compact[1] + .05 > compact[2] + .1


def test_textures_have_relief_that_a_smooth_surface_lacks():
    def roughness(word):
        _, height, distance = lesion_and_ring(texture=[word])
        return np.abs(cv2.Laplacian(height, cv2.CV_32F, ksize=3))[distance > 8].mean()
    smooth = roughness('smooth_flat')
    assert all(roughness(word) > 1.5 * smooth for word in labels.TEXTURES[1:])


def test_touching_lesions_share_a_border_and_no_pixel():
    touching = 0
    for photo in draw_photographs(60, 0):
        if len(photo.lesions) > 1:
            masks = [np.uint8(d > 0) for d in draw_view(photo)[4]]
            assert max(sum(masks).max(), 1) == 1
            near = [cv2.dilate(m, np.ones((7, 7))) for m in masks]
            touching += any((a & b).any() for a, b in combinations(near, 2))
        if touching > 1:
            return
    pytest.fail('no touching lesions')


def test_shift_changes_the_pictures_and_not_the_labels(folder, tmp_path):
    shifted = ensure_synthetic(tmp_path / 'shifted', NUM, seed=3, shift=True, workers=1)
    for part in ('train', 'test'):
        usual, other = (json.loads((f / f'{part}.json').read_text()) for f in (folder, shifted))
        assert usual['annotations'] == other['annotations']
        usual_light, other_light = (
            np.mean([cv2.imread(str(f / i['file_name'])).mean() for i in c['images']])
            for f, c in ((folder, usual), (shifted, other)))
        assert other_light < .92 * usual_light
        assert {i['device'] for i in usual['images']}.isdisjoint(i['device'] for i in other['images'])


def test_other_settings_in_the_folder_are_an_error_that_says_so(folder, tmp_path):
    assert ensure_synthetic(folder, NUM, seed=3) == folder  # made once
    with pytest.raises(ValueError, match=r"'seed': 3.*'seed': 4"):
        ensure_synthetic(folder, NUM, seed=4)


@pytest.mark.parametrize('audit', [None, '{"lopm": 1, "sha256": {}}', '{"settings": {"seed": 0, "folds": 5}}'])
def test_what_lopm_did_not_draw_is_left_alone_and_the_way_to_read_it_is_said(tmp_path, audit):
    (tmp_path / 'train.json').write_text('{}')
    if audit:
        (tmp_path / 'audit.json').write_text(audit)
    with pytest.raises(ValueError, match=f'say --data {tmp_path}$'):
        ensure_synthetic(tmp_path, NUM)


def test_an_empty_folder_is_filled_and_the_log_says_so(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(generate, 'print_log', lambda text, _: said.append(text))
    root = tmp_path / 'synthetic'
    root.mkdir()
    assert (ensure_synthetic(root, 2, workers=1) / 'train.json').is_file()
    assert len(said) == 1 and f'{root}: there is nothing yet' in said[0] and 'drawings that show no patient' in said[0]


def test_interrupted_generation_leaves_no_half_folder(tmp_path, monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt
    with monkeypatch.context() as patch:
        patch.setattr(generate, '_write_json', interrupt)
        with pytest.raises(KeyboardInterrupt):
            ensure_synthetic(tmp_path / 'a', 2, workers=1)
    assert not (tmp_path / 'a').exists() and not (tmp_path / 'a.partial').exists()
    (tmp_path / 'a.partial').mkdir()  # as kill -9 leaves it
    assert (ensure_synthetic(tmp_path / 'a', 2, workers=1) / 'audit.json').is_file()


def test_signed_distance_is_zero_on_the_edge():
    mask = np.zeros((60, 60), np.uint8)
    mask[20:40, 10:50] = 1
    distance = lesions.signed_distance(mask)
    assert distance[30, [9, 10]] == pytest.approx([-.5, .5], abs=.05)
    assert distance[30, 5] == pytest.approx(-4.5, abs=.1)


def test_small_lesions_are_small_and_have_the_same_odds(tmp_path):
    shares = {}
    for small in (False, True):
        folder = ensure_synthetic(tmp_path / str(small), NUM, seed=3, small=small, workers=1)
        content = json.loads((folder / 'train.json').read_text())
        shares[small] = np.array([a['area'] for a in content['annotations'] if 'lesion_id' in a]) / (512 * 384)
    assert 0.015 < np.median(shares[True]) < 0.05 < np.median(shares[False]) < 0.12
    assert np.quantile(shares[True], 0.95) < 0.07
    with pytest.raises(ValueError, match="'small': True"):
        ensure_synthetic(tmp_path / 'True', NUM, seed=3, workers=1)
