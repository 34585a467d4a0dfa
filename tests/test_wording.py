import numpy as np
import pytest

from lopm.tasks import build_task
from lopm.wording import in_words, joined, label

COLOR = build_task(dict(name='color', kind='multilabel', classes=['white', 'yellow_fibrinous', 'red']))
DIAGNOSIS = build_task(dict(name='diagnosis', kind='multiclass', classes=['lichen_planus', 'benign_lesion', 'cancer']))
GRADE = build_task(dict(name='grade', kind='ordinal', classes=['low', 'in_between', 'high']))
KIND = build_task(dict(name='biopsied', kind='binary'))


@pytest.mark.parametrize('task, value, written', [
    (DIAGNOSIS, 'cancer', 'cancer'),
    (DIAGNOSIS, {'any_of': ['lichen_planus', 'benign_lesion']}, 'lichen planus or benign lesion'),
    (DIAGNOSIS, {'all_of': ['lichen_planus', 'cancer']}, '?'), (DIAGNOSIS, 'not_assessable', '?'),
    (COLOR, ['white', 'yellow_fibrinous'], 'white + yellow fibrinous'), (COLOR, [], 'none of the words'),
    (COLOR, {'all_of': ['white', 'red'], 'partial': True}, 'white + red + ?'), (COLOR, None, '?'),
    (GRADE, 'in_between', 'in between'), (GRADE, None, '?'), (KIND, True, 'yes'), (KIND, False, 'no')])
def test_a_label_as_a_person_writes_it(task, value, written):
    assert label(task, task.encode(value)) == written


def test_a_rater_who_saw_that_a_class_is_not_there_left_the_others_open():
    assert label(COLOR, np.array([0, np.nan, np.nan])) == '?'


def test_alternatives_and_what_holds_together():
    assert joined(['a', 'b', 'c'], alternatives=True) == 'a or b or c'
    assert joined(['a 70%', 'b 60%'], alternatives=False) == 'a 70% + b 60%'


@pytest.mark.parametrize('value, written', [
    (['outline/jaccard', 'diagnosis/auroc'], 'outline/jaccard, diagnosis/auroc'), ('color/auroc', 'color/auroc'),
    ((64,), '64'), (0.0030, '0.003'), (58.0, '58'), (True, 'yes'), (False, 'no'), ('male', 'male')])
def test_a_value_as_a_reader_writes_it(value, written):
    assert in_words(value) == written
