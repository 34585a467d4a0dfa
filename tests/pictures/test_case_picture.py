"""What stands beside a photograph, and where its outlines are drawn."""
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from lopm.case import Case, Lesion
from lopm.drawn import outline_of
from lopm.findings import findings_of
from lopm.pictures.case import draw_case, map_of, write_case
from lopm.pictures.sheet import MOST
from lopm.tasks import build_tasks

TASKS = build_tasks([
    dict(name='lesion', kind='mask', level='image'), dict(name='color', kind='multilabel', classes=['white', 'red']),
    dict(name='homogeneity', kind='ordinal', classes=['low', 'middle', 'high'], valid_if=dict(color='white')),
    dict(name='quality', kind='binary', level='image', classes=['poor', 'good'])])


def case_of(count, size=(60, 40), **more):
    lesions = []
    for i in range(count):
        mask = np.zeros(size[::-1], np.uint8)
        mask[5:15, 2 + 6 * i:6 + 6 * i] = 1
        said = findings_of({'color': [0.9, 0.8 - i / 2], 'homogeneity': [0.9, 0.2]}, TASKS)
        lesions.append(Lesion(**vars(said), score=0.9, outline=outline_of(mask)))
    whole = findings_of({'color': [0.1, 0.2], 'homogeneity': [0.9, 0.2], 'quality': [0.8]}, TASKS)
    return Case('a.png', list(size), lesions=lesions, photograph=whole, model={'version': 'multitask 0a1b'}, **more)


def text_of(case, outlined=True):
    lines = [f'{head.strip()} {body}'.strip() for head, body, _ in write_case(case, TASKS, outlined)]
    return [line.replace('\N{NO-BREAK SPACE}', ' ') for line in lines if line]


def test_lesions_then_the_photograph_then_flags():
    assert text_of(case_of(2, flags={'dark': 0.01, 'blurred': 0.01})) == [
        'Lesion 1', 'color white 90% + red 80%', 'homogeneity middle 70%',
        'Lesion 2', 'color white 90%', 'homogeneity middle 70%',
        'Photograph', 'quality good 80%', 'Flags dark', 'blurred']
    assert f'and {5 - MOST} smaller ones' in text_of(case_of(5))


def test_what_is_said_without_a_lesion_and_without_outlines():
    assert text_of(case_of(0)) == ['No lesion found', 'Photograph', 'quality good 80%']
    assert text_of(case_of(0), outlined=False) == ['Photograph', 'color none of the words', 'quality good 80%']


def test_the_lesions_as_one_map():
    lesion_map = map_of(case_of(3))
    assert [int((lesion_map == i).sum()) for i in range(5)] == [60 * 40 - 120, 40, 40, 40, 0]
    assert lesion_map[10, 15] == 3


@pytest.mark.parametrize('size', [(60, 40), (40, 60), (2000, 100), (30, 900)])
def test_the_photograph_is_drawn_with_its_outline_in_color(tmp_path, size):
    case = case_of(1, size)
    draw_case(case, np.full((*size[::-1], 3), 120, np.uint8), TASKS, tmp_path / 'more/a.jpg', 'Synthetic')
    drawn = np.asarray(Image.open(tmp_path / 'more/a.jpg')).astype(int)
    red, green, blue = np.moveaxis(drawn, -1, 0)
    grey = (abs(red - 120) < 8) & (abs(green - 120) < 8) & (abs(blue - 120) < 8)
    rows, columns = np.flatnonzero(grey.any(1)), np.flatnonzero(grey.mean(0) > 0.03)
    shown = (columns[-1] - columns[0]) / (rows[-1] - rows[0])
    assert size[0] / size[1] > 4 or size[1] / size[0] > 4 or shown == pytest.approx(size[0] / size[1], rel=0.25)
    sky_blue = (blue - red > 60) & (green - red > 30)  # of the first lesion
    assert sky_blue[rows[0]:rows[-1], columns[0]:columns[-1]].sum() > 50


@pytest.mark.parametrize('more, words', [({}, 'not calibrated'), ({'pack_sha256': '0a'}, 'calibrated by the pack')])
def test_the_picture_says_what_its_probabilities_are(more, words, tmp_path, monkeypatch):
    said, text = [], Figure.text
    monkeypatch.setattr(Figure, 'text', lambda self, x, y, words, **how: said.append(words) or text(
        self, x, y, words, **how))
    case = case_of(1)
    case.model.update(more)
    draw_case(case, np.zeros((40, 60, 3), np.uint8), TASKS, tmp_path / 'a.png')
    assert f'By multitask 0a1b; each word with its probability, {words}.' in said
