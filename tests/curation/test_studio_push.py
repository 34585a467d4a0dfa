"""Outlines and words of a prediction in Label Studio's form, with known answers."""
import numpy as np
import pytest
from mmengine.config import Config
from pycocotools import mask as coco_mask

from lopm.case import Case
from lopm.curation.studio.push import push, results_of
from lopm.curation.studio.regions import outline_results
from lopm.datasets.masks import outer_rings
from lopm.tasks import build_tasks
from tests.curation.studio_help import HEIGHT, ROOT, SIZE, WIDTH, predicted

TASKS = build_tasks([*Config.fromfile(ROOT / 'configs/multitask.py').tasks,
                     dict(name='mouth_cavity', kind='mask', level='image'),
                     dict(name='quality', kind='ordinal', level='image', classes=['good', 'fair', 'poor'])])


def jaccard(mask, points):
    drawn = coco_mask.decode(coco_mask.frPyObjects([np.ravel(points).tolist()], *mask.shape))[..., 0] > 0
    return (mask & drawn).sum() / (mask | drawn).sum()


def test_a_box_becomes_its_four_corners():
    mask = np.zeros((40, 60), bool)
    mask[10:30, 5:45] = True
    ring, = outer_rings(mask)
    # find_contours cuts the corners by half a pixel
    assert all(np.abs(np.array([(5, 10), (45, 10), (45, 30), (5, 30)]) - point).max(1).min() <= 0.5 for point in ring)
    assert jaccard(mask, ring) > 0.98


def test_an_outline_is_simple_and_within_a_pixel():
    y, x = np.ogrid[:HEIGHT, :WIDTH]
    ring, = outer_rings((x - 300) ** 2 + (y - 200) ** 2 < 100 ** 2)
    radius = np.hypot(*(ring - (300.5, 200.5)).T)
    assert np.abs(radius - 100).max() < 1.5 and len(ring) < 40


def test_holes_are_filled_specks_left_out_and_the_largest_piece_comes_first():
    mask = np.zeros((100, 100), bool)
    mask[5:20, 5:20] = mask[30:90, 30:90] = True
    mask[50:60, 50:60] = False
    mask[98, 98] = True
    large, small = outer_rings(mask)
    assert large.min() >= 30 and small.max() <= 20
    assert outer_rings(np.zeros((10, 10), bool)) == []


def test_a_lesion_at_the_edge_reaches_the_edge():
    mask = np.zeros((40, 60), bool)
    mask[:20, 40:] = True
    ring, = outer_rings(mask)
    assert ring.min() == 0 and ring[:, 0].max() == 60


def test_points_are_percent_of_width_and_height():
    outline, words = outline_results('k', [(0, 0), (WIDTH / 2, 0), (0, HEIGHT / 4)], 'lesion', {'color': ['red']}, SIZE)
    assert outline['value'] == {'points': [[0, 0], [50, 0], [0, 25]], 'closed': True, 'polygonlabels': ['lesion']}
    assert (outline['original_width'], outline['original_height']) == SIZE
    assert words['id'] == outline['id'] == 'k' and words['value'] == {'choices': ['red']}


def test_a_prediction_in_words():
    case = predicted(TASKS)
    results, score = results_of(case, TASKS)
    assert score == pytest.approx(0.6)
    choices = [each for each in results if each['type'] == 'choices']
    said = {(each['id'], each['from_name']): each['value']['choices'] for each in choices}
    assert said == {
        ('lesion_1', 'color'): ['white'], ('lesion_1', 'texture'): ['none'],
        ('lesion_1', 'homogeneity'): ['homogeneous'], ('lesion_1', 'diagnosis'): ['homogeneous_leukoplakia'],
        ('lesion_2', 'color'): ['red', 'mucosa_colored'], ('lesion_2', 'texture'): ['ulcerated'],
        ('lesion_2', 'diagnosis'): ['erythroplakia'],  # homogeneity is asked of white lesions
        ('photograph_quality', 'quality'): ['good']}
    outlines = {each['id']: each for each in results if each['type'] == 'polygonlabels'}
    assert {key: each['value']['polygonlabels'] for key, each in outlines.items()} == {
        'lesion_1': ['lesion'], 'lesion_2': ['lesion'], 'mouth_cavity_1': ['mouth_cavity']}
    for i in (1, 2):
        points = np.array(outlines[f'lesion_{i}']['value']['points']) / 100 * SIZE
        assert jaccard(coco_mask.decode(case.lesions[i - 1].outline['rle']) > 0, points) > 0.98
    scores = {(each['id'], each['from_name']): each['score'] for each in results if 'score' in each}
    assert scores['lesion_2', 'outline'] == pytest.approx(0.6) and scores['lesion_2', 'color'] == pytest.approx(0.6)
    assert scores['lesion_1', 'texture'] == pytest.approx(0.9)  # that none holds


def test_a_photograph_without_a_lesion_has_score_0():
    results, score = results_of(predicted(TASKS, lesions=0), TASKS)
    assert score == 0 and {each['id'] for each in results} == {'mouth_cavity_1', 'photograph_quality'}


class FakeStudio:
    """Keeps what is sent; one pre-annotation, of version "a 1", is there already."""

    def __init__(self):
        self.sent = []

    def get(self, path, task):
        return [{'id': 70 + task, 'model_version': 'a 1'}]

    def post(self, path, content):
        self.sent.append((path, content.get('task'), content['model_version']))

    patch = post


def test_what_is_sent_and_what_is_left_out():
    studio = FakeStudio()
    tasks = [{'id': number, 'width': WIDTH, 'height': HEIGHT - (number == 3)} for number in (1, 2, 3)]
    cases = [predicted(TASKS), Case('p1.jpg', bad='p1.jpg: the file is missing'), predicted(TASKS)]
    found = list(push(studio, 5, zip(tasks, cases), TASKS, 'b 2'))
    assert [count for count, _ in found] == [2, 0, 0] and found[1][1] == 'p1.jpg: the file is missing'
    assert found[2][1].startswith('p2.jpg: 640 x 480 here, and 640 x 479 when it was uploaded')
    assert studio.sent == [('/api/predictions/', 1, 'b 2'), ('/api/projects/5/', None, 'b 2')]
    list(push(studio, 5, zip(tasks[:1], cases), TASKS, 'a 1'))
    assert studio.sent[2] == ('/api/predictions/71/', 1, 'a 1')  # in the place of the one that is there
