import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, f1_score, recall_score, roc_auc_score

from lopm.statistics import ranking, tables
from lopm.statistics.draws import once, resample
from lopm.tasks import build_task
from lopm.tasks.choices import agreement, rater_kappa
from tests.evaluation.peers import scores_of_scikit_learn

COLOR = build_task(dict(name='color', kind='multilabel', classes=['white', 'red']))
BORDER = build_task(dict(name='border', kind='ordinal', classes=['sharp', 'partly', 'blurred']))
DIAGNOSIS = build_task(dict(name='diagnosis', kind='multiclass', classes=['a', 'b', 'c']))
ULCER = build_task(dict(name='ulcer', kind='binary'))
PATIENTS = np.repeat(np.arange(20), 3)


def encoded(task, *words):
    """One rater's words as targets ``[N, 1, K]``."""
    return np.stack([task.encode(word) for word in words])[:, None]


def random_probabilities(task, n, seed=0):
    probs = np.random.default_rng(seed).dirichlet(np.ones(len(task.classes)), n)
    return probs[:, ::-1].cumsum(1)[:, -2::-1] if task.ordered else probs  # ordinal: P(above k)


def answers(task, raters, seed=0):
    """60 lesions of 20 patients, raters who may be silent, and probabilities, some equal, that know something."""
    rng = np.random.default_rng(seed)
    if task.exclusive:
        targets = np.array([[task.encode(task.classes[c]) for c in row]
                            for row in rng.integers(len(task.classes), size=(60, raters))])
    else:
        targets = rng.integers(0, 2, (60, raters, 2)).astype(float)
    probs = 0.5 * np.round(rng.random((60, task.num_outputs)), 1) + 0.5 * targets[:, 0]
    targets[rng.random((60, raters)) < 0.2] = np.nan
    if task.exclusive and len(task.classes) == task.num_outputs:
        probs /= probs.sum(1, keepdims=True)
    return targets, np.sort(probs, 1)[:, ::-1] if task.ordered else probs


@pytest.mark.parametrize('task', [COLOR, BORDER, DIAGNOSIS, ULCER], ids=lambda task: task.name)
def test_scores_of_the_sample_and_of_every_draw_are_those_of_scikit_learn(task):
    targets, probs = answers(task, raters=3)
    found, drawn = task.score(targets, probs), resample(PATIENTS, 6)
    under_draws = task.score_draws(targets, probs, drawn)
    wanted = scores_of_scikit_learn(task, targets, probs)
    assert {name: found[name] for name in wanted} == pytest.approx(wanted)
    for i, times in enumerate(drawn.weights):
        wanted = scores_of_scikit_learn(task, targets, probs, times)
        assert {name: under_draws[name][i] for name in wanted} == pytest.approx(wanted)


def test_a_new_score_is_one_function(monkeypatch):
    """As CONTRIBUTING.md says: a name in SCORES is all that it takes."""
    monkeypatch.setitem(tables.SCORES, 'error', lambda counted, yes_no: 1 - tables.accuracy(counted))
    monkeypatch.setitem(ranking.SCORES, 'mean', lambda probs, weights, targets: weights @ probs[:, 0])
    targets, probs = answers(DIAGNOSIS, raters=2)
    found = DIAGNOSIS.score(targets, probs)
    assert found['error'] == pytest.approx(1 - found['accuracy']) and found['mean'] > 0
    assert DIAGNOSIS.score_draws(targets, probs, resample(PATIENTS, 4))['error'].shape == (5,)


@pytest.mark.parametrize('task', [COLOR, BORDER, DIAGNOSIS], ids=lambda task: task.name)
def test_a_rater_who_never_answers_this_task_changes_nothing(task):
    targets, probs = answers(task, raters=2)
    silent = np.concatenate([targets, np.full_like(targets[:, :1], np.nan)], 1)
    drawn = resample(PATIENTS, 5)
    with_one, without = (task.score_draws(each, probs, drawn) for each in (silent, targets))
    for name, values in without.items():
        np.testing.assert_allclose(with_one[name], values, err_msg=name)


def test_multiclass_scores_are_those_of_scikit_learn():
    words = ['a', 'b', 'c', 'a', 'b', 'c', 'a', 'a']
    probs = random_probabilities(DIAGNOSIS, 8)
    truth, said = np.array(['abc'.index(word) for word in words]), probs.argmax(1)
    scores = DIAGNOSIS.score(encoded(DIAGNOSIS, *words), probs)
    assert scores == pytest.approx(dict(
        auroc=roc_auc_score(truth, probs, multi_class='ovr', average='macro'),
        accuracy=(truth == said).mean(), macro_f1=f1_score(truth, said, average='macro'),
        balanced_accuracy=recall_score(truth, said, average='macro'), kappa=cohen_kappa_score(truth, said)))


def test_ordinal_auroc_is_the_mean_over_the_cuts_and_kappa_is_quadratic():
    words = ['sharp', 'partly', 'blurred', 'partly', 'sharp', 'blurred']
    probs = random_probabilities(BORDER, 6)
    grade = np.array([BORDER.classes.index(word) for word in words])
    scores = BORDER.score(encoded(BORDER, *words), probs)
    cuts = [roc_auc_score(grade > k, probs[:, k]) for k in (0, 1)]
    assert scores['auroc'] == pytest.approx(np.mean(cuts))
    said = BORDER.class_probabilities(probs).argmax(1)
    assert scores['kappa'] == pytest.approx(cohen_kappa_score(grade, said, weights='quadratic', labels=[0, 1, 2]))


def test_multilabel_scores_are_means_over_classes():
    targets = encoded(COLOR, ['white'], ['red'], [], ['white', 'red'])
    probs = np.array([[.9, .2], [.6, .8], [.1, .7], [.3, .9]])
    scores = COLOR.score(targets, probs)
    assert scores['auroc'] == pytest.approx((3 / 4 + 4 / 4) / 2)
    assert scores['macro_f1'] == pytest.approx((1 / 2 + 4 / 5) / 2)  # 2 TP / (2 TP + FP + FN)
    assert scores['balanced_accuracy'] == pytest.approx((1 / 2 + 3 / 4) / 2)


def test_rows_of_a_lesion_weigh_one_together():
    """Three raters who agree count as one; two who disagree count half each."""
    alone = encoded(DIAGNOSIS, 'a', 'b', 'a', 'b')
    probs = random_probabilities(DIAGNOSIS, 4)
    three = np.repeat(alone, 3, 1)
    three[0, 1:] = np.nan
    expected, scores = DIAGNOSIS.score(alone, probs), DIAGNOSIS.score(three, probs)
    for name in ('auroc', 'accuracy', 'macro_f1', 'balanced_accuracy'):  # kappa is rater by rater
        assert scores[name] == pytest.approx(expected[name])

    split = np.concatenate([encoded(DIAGNOSIS, 'a', 'b'), encoded(DIAGNOSIS, 'b', 'b')], 1)
    sure_of_b = np.array([[.1, .8, .1], [.1, .8, .1]])
    assert DIAGNOSIS.score(split, sure_of_b)['accuracy'] == pytest.approx(0.75)


def test_alternatives_are_unknown_and_the_rest_is_denied():
    """"a or b" says that it is not c, and nothing about a and b."""
    targets = encoded(DIAGNOSIS, {'any_of': ['a', 'b']}, 'c', 'c')
    probs = np.array([[0, 0, 1.], [1, 0, 0], [0, 0, 1]])
    assert DIAGNOSIS.score(targets, probs)['auroc'] == pytest.approx(0.25)  # column c alone: 1 tie, 1 inversion
    probs[0] = 1, 0, 0
    probs[1] = 0, 0, 1
    assert DIAGNOSIS.score(targets, probs)['auroc'] == 1


@pytest.mark.parametrize('task, answers, on', [
    (DIAGNOSIS, ['a', {'any_of': ['a', 'b']}, None], [True, False, False]),
    (COLOR, [['white'], {'all_of': ['white'], 'partial': True}, None], [True, True, False]),
    (BORDER, ['sharp', None, 'blurred'], [True, False, True])])
def test_decisions_rest_on_lesions_of_which_somebody_said_what_holds(task, answers, on):
    assert task.decidable(encoded(task, *answers)).tolist() == on


def test_a_decision_with_one_answer_is_skipped():
    """Everything is red: only white can be told apart, and kappa of red is what chance gives."""
    targets, probs = np.array([[1., 1], [0, 1], [0, 1]])[:, None], np.array([[.9, .1], [.2, .1], [.7, .9]])
    scores = COLOR.score(targets, probs)
    assert scores == pytest.approx(dict(auroc=1, accuracy=2 / 3, macro_f1=2 / 3, balanced_accuracy=3 / 4, kappa=0.2))
    assert np.isnan(COLOR.score(targets[1:], probs[1:])['accuracy'])


@pytest.mark.parametrize('task', [COLOR, BORDER, DIAGNOSIS], ids=lambda task: task.name)
def test_without_labels_every_score_is_nan(task):
    unknown = np.full((5, 2, task.num_outputs), np.nan)
    for targets in (unknown, unknown[:0]):
        scores = task.score(targets, random_probabilities(task, len(targets)))
        assert np.isnan(list(scores.values())).all()
        assert np.isnan(rater_kappa(task, targets))


def test_a_model_that_says_nan_scores_nan():
    scores = DIAGNOSIS.score(encoded(DIAGNOSIS, 'a', 'b'), np.full((2, 3), np.nan))
    assert np.isnan(list(scores.values())).all()


def test_kappa_is_the_mean_over_raters_and_raters_have_their_own():
    one, other = encoded(DIAGNOSIS, *'aabbcc'), encoded(DIAGNOSIS, *'aabbbb')
    targets = np.concatenate([one, other], 1)
    targets[5, 1] = np.nan  # the second rater left the last lesion out
    probs = encoded(DIAGNOSIS, *'aabbcc')[:, 0]
    with_other = cohen_kappa_score([0, 0, 1, 1, 2], [0, 0, 1, 1, 1])
    assert DIAGNOSIS.score(targets, probs)['kappa'] == pytest.approx((1 + with_other) / 2)
    assert rater_kappa(DIAGNOSIS, targets) == pytest.approx(with_other)
    assert np.isnan(rater_kappa(DIAGNOSIS, one))


def test_agreement_on_one_class_alone_is_unknown():
    same = encoded(DIAGNOSIS, 'a', 'a')[:, 0]
    assert np.isnan(agreement(DIAGNOSIS, same, same, once(2))).all()


def test_a_class_that_is_only_predicted_does_not_dilute_balanced_accuracy():
    probs = np.eye(3)[[0, 1, 2]]
    assert DIAGNOSIS.score(encoded(DIAGNOSIS, 'a', 'b', 'b'), probs)['balanced_accuracy'] == 0.75
