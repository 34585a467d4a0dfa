import numpy as np
import pytest
import torch
import torch.nn.functional as F

from lopm.tasks import build_task, build_tasks

GRADES = dict(name='homogeneity', kind='ordinal', classes=['low', 'middle', 'high'])
COLORS = dict(name='color', kind='multilabel', classes=['white', 'red', 'blue'])
DISEASES = dict(name='diagnosis', kind='multiclass', classes=['a', 'b', 'c', 'd'])


def test_encode_gives_one_form_per_kind():
    assert build_task(GRADES).encode('middle').tolist() == [1, 0]
    assert build_task(COLORS).encode(['blue', 'white']).tolist() == [1, 0, 1]
    assert build_task(COLORS).encode([]).tolist() == [0, 0, 0]
    assert build_task(DISEASES).encode({'any_of': ['a', 'c']}).tolist() == [1, 0, 1, 0]
    assert build_task(dict(name='pain', kind='binary', classes=['no', 'yes'])).encode(True).tolist() == [1]


def test_unknown_is_nan():
    assert np.isnan(build_task(GRADES).encode(None)).all()
    assert np.isnan(build_task(COLORS).encode('not_assessable')).all()
    assert np.isnan(build_task(DISEASES).encode({'all_of': ['a', 'b']})).all()
    partial = build_task(COLORS).encode({'all_of': ['red'], 'partial': True})
    assert partial[1] == 1 and np.isnan(partial[[0, 2]]).all()


def test_an_unknown_word_names_the_nearest():
    with pytest.raises(ValueError, match="'whit'; did you mean 'white'"):
        build_task(COLORS).encode(['whit'])


@pytest.mark.parametrize('bad, reason', [
    (dict(COLORS, name='loss_of_substance'), 'loss'),
    (dict(COLORS, kind='colour'), 'none of'),
    (dict(COLORS, level='tooth'), 'level'),
    (dict(COLORS, classes=['a', 'a']), 'twice'),
    (dict(COLORS, classes=[]), 'needs 1 or more'),
    (dict(name='x', kind='multiclass', classes=['a']), 'needs 2 or more'),
    (dict(name='x', kind='binary', classes=['a', 'b', 'c']), 'needs 2')])
def test_a_bad_task_says_why(bad, reason):
    with pytest.raises(ValueError, match=reason):
        build_task(bad)


def test_a_binary_task_has_words_without_being_told():
    task = build_task(dict(name='biopsied', kind='binary'))
    assert task.words(task.encode(True)) == [('yes', 1.0)] and task.encode('no') == [0]


def test_valid_if_names_an_earlier_multilabel_task():
    grades = dict(GRADES, valid_if=dict(color='white'))
    assert list(build_tasks([COLORS, grades])) == ['color', 'homogeneity']
    with pytest.raises(ValueError, match='no multilabel task before it'):
        build_tasks([grades, COLORS])
    with pytest.raises(ValueError, match='did you mean'):
        build_tasks([COLORS, dict(GRADES, valid_if=dict(color='wite'))])


def test_ordinal_probabilities_fall_and_sum_to_one():
    task = build_task(GRADES)
    torch.manual_seed(0)
    p = task.probabilities(task.output(8)(torch.randn(100, 8) * 5))
    assert (p[:, 0] >= p[:, 1]).all()
    torch.testing.assert_close(task.class_probabilities(p).sum(1), torch.ones(100))
    assert task.class_probabilities(np.float32([0.9, 0.2])) == pytest.approx([0.1, 0.7, 0.2])


def test_words_come_with_their_probability():
    assert build_task(COLORS).words(np.array([0.6, 0.1, 0.9])) == [('blue', 0.9), ('white', 0.6)]
    assert build_task(GRADES).words(np.array([0.9, 0.2]))[0][0] == 'middle'
    torn = np.array([0.6, 0.45])  # low 0.4, middle 0.15, high 0.45
    assert build_task(GRADES).words(torn) == [('high', pytest.approx(0.45))]  # beside its probability: the likeliest
    assert build_task(GRADES).decide(torn).tolist() == [False, True, False]  # for scores: the median


def test_losses_equal_torch_where_all_is_known():
    torch.manual_seed(0)
    logits = torch.randn(5, 4)
    chosen = torch.tensor([0, 3, 1, 2, 2])
    loss, known = build_task(DISEASES).loss(logits, F.one_hot(chosen, 4)[:, None].float())
    torch.testing.assert_close(loss, F.cross_entropy(logits, chosen, reduction='none'))
    assert known.all()
    logits, targets = torch.randn(5, 3), torch.randint(0, 2, (5, 1, 3)).float()
    loss, _ = build_task(COLORS).loss(logits, targets)
    entries = F.binary_cross_entropy_with_logits(logits, targets[:, 0], reduction='none')
    torch.testing.assert_close(loss, entries.mean(1))
