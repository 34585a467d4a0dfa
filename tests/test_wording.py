import numpy as np
import pytest

from lopm.tasks import build_task
from lopm.wording import decimal, in_words, joined, label, score_in_words

NAN = float('nan')
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
    ((64,), '64'), (0.0030, '0.003'), (58.0, '58'), (True, 'yes'), (False, 'no'), ('male', 'male'), (NAN, '–')])
def test_a_value_as_a_reader_writes_it(value, written):
    assert in_words(value) == written


@pytest.mark.parametrize('score, found, written', [
    ('auroc', (0.81234, 0.7, 0.9), '0.812 (0.700 to 0.900)'), ('auroc', (0.5, NAN, NAN), '0.500'),
    ('ppv', (1., 0.8, None), '1.000 (0.800 to –)'), ('auroc', (NAN,) * 3, 'not defined: one class alone'),
    ('npv', (None,) * 3, 'not defined: nobody lies below the threshold'), ('jaccard', (NAN,) * 3, 'not defined')])
def test_a_score_that_is_not_defined_says_what_it_lacks(score, found, written):
    assert score_in_words(score, *found) == written


def test_a_difference_has_its_sign():
    assert score_in_words('auroc', 0.1, -0.1, 0.3, '+') == '+0.100 (-0.100 to +0.300)' and decimal(NAN, '+') == '–'
