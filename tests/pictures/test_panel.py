import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData

from lopm.pictures.panel import judge, make_panel
from lopm.pictures.sheet import MOST, draw_sheet, write
from lopm.structures import LesionDataSample
from lopm.tasks import build_task, build_tasks

COLOR = dict(name='color', kind='multilabel', classes=['white', 'yellow_fibrinous'])
HOMOGENEITY = dict(name='homogeneity', kind='ordinal', valid_if=dict(color='white'), classes=['even', 'mixed', 'odd'])
DIAGNOSIS = dict(name='diagnosis', kind='multiclass', classes=['a', 'b', 'c'])
TASKS = build_tasks([COLOR, HOMOGENEITY, DIAGNOSIS])


def targets(task, *words):
    return np.stack([task.encode(word) for word in words])


@pytest.mark.parametrize(('raters', 'right', 'named'), [
    (['a', 'a'], True, ''), (['b', 'a'], True, ''), (['b', 'c'], False, 'b; c'), ([None, 'b'], False, 'b'),
    ([None], None, ''), ([{'any_of': ['a', 'c']}], True, ''), ([{'any_of': ['b', 'c']}], False, 'b or c'),
    (['b', {'any_of': ['b', 'c']}], False, 'b; b or c')])
def test_a_diagnosis_is_right_if_one_rater_named_it(raters, right, named):
    task = TASKS['diagnosis']
    line = judged(task, [.7, .2, .1], targets(task, *raters))
    assert (line.said, line.right, line.raters) == ('a\N{NO-BREAK SPACE}70%', right, named)


@pytest.mark.parametrize(('rater', 'right'), [
    (['white'], True), (['white', 'yellow_fibrinous'], False), ([], False),
    ({'all_of': ['white'], 'partial': True}, True)])
def test_colors_are_right_if_all_of_them_are(rater, right):
    task = TASKS['color']
    assert judged(task, [.9, .2], targets(task, rater)).right is right


def test_what_holds_together_is_joined_by_a_plus():
    line = judged(TASKS['color'], [.9, .7], targets(TASKS['color'], ['white']))
    assert line.said.replace('\N{NO-BREAK SPACE}', ' ') == 'white 90% + yellow fibrinous 70%'
    line = judged(TASKS['color'], [.9, .2], targets(TASKS['color'], ['white', 'yellow_fibrinous'], []))
    assert line.raters == 'white + yellow fibrinous; none of the words'


def test_nothing_over_a_half_is_said_in_words():
    assert judged(build_task(COLOR), [.4, .2], targets(TASKS['color'], [])).said == 'none of the words'


def judged(task, probs, answers):
    return judge(task, dict(task.words(np.array(probs))), answers)


def make_sample(path, white=0.9):
    """Two true lesions; the first is predicted as the second, and something else is predicted first."""
    true, pred = np.zeros((40, 60), np.uint8), np.zeros((40, 60), np.uint8)
    true[:10, :10], true[30:, 50:] = 1, 2
    pred[20:28, 20:28], pred[1:11, :10] = 1, 2
    sample = LesionDataSample(metainfo=dict(img_path=str(path), lesion_ids=['1', '2'], boxes=[None, None],
                                           ori_maps=dict(lesion=true)))
    sample.pred_map = pred
    rows = dict(color=[[.9, .1], [white, .1]], homogeneity=[[.1, .1], [.9, .8]], diagnosis=[[1, 0, 0], [0, 1, 0]])
    sample.pred_lesions = InstanceData(scores=torch.ones(2), **{name: torch.tensor(row) for name, row in rows.items()})
    sample.pred_image = InstanceData(**{name: torch.tensor(row[1:]) for name, row in rows.items()})
    truth = dict(color=['white'], homogeneity='odd', diagnosis='a')
    sample.gt_lesions = InstanceData(**{
        name: torch.from_numpy(np.stack([targets(TASKS[name], word)] * 2)) for name, word in truth.items()})
    return sample


def test_a_panel_judges_matched_lesions_and_counts_the_missed():
    panel = make_panel(make_sample('x.jpg'), TASKS)
    assert [[line.right for line in lines] for lines in panel.lesions] == [[None, None, None], [True, True, False]]
    assert panel.missed == 1
    text = ' | '.join(f'{head} {body}' for head, body, _ in write(panel))
    assert '✗ diagnosis b' in text and 'raters: a' in text and '✗ 1 lesion of the raters not found' in text


def test_a_photograph_whose_lesion_is_nowhere_in_particular_is_judged_as_a_whole():
    sample = make_sample('x.jpg')
    sample.set_metainfo(dict(boxes=[(0, 0, 60, 40)] * 2, ori_maps=dict(lesion=np.full((40, 60), 255, np.uint8))))
    panel = make_panel(sample, TASKS)
    assert [line.right for line in panel.whole] == [True, True, False] and panel.missed == 0
    assert [line.right for lines in panel.lesions for line in lines] == [None] * 6
    del sample.pred_map
    assert '✗ diagnosis b' in ' | '.join(f'{head} {body}' for head, body, _ in write(make_panel(sample, TASKS)))


def test_a_question_that_does_not_arise_is_not_answered():
    panel = make_panel(make_sample('x.jpg', white=0.2), TASKS)
    assert [line.task for line in panel.lesions[1]] == ['color', 'diagnosis']


def test_a_sheet_of_photographs(tmp_path):
    import cv2
    path = tmp_path / 'photo.png'
    cv2.imwrite(str(path), np.full((40, 60, 3), 120, np.uint8))
    panel = make_panel(make_sample(path), TASKS)
    many = make_panel(make_sample(path), TASKS)
    many.lesions = many.lesions * 4
    assert f'and {8 - MOST} smaller ones' in [head for head, _, _ in write(many)]
    draw_sheet([panel, many, panel], tmp_path / 'sheet.png', 'three', 'note')
    height, width = cv2.imread(str(tmp_path / 'sheet.png')).shape[:2]
    assert width > 1500 and height > 700
