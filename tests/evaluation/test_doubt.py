"""How sure: what scaling brings, which words are held, for whom; by hand, and on lesions drawn from known odds."""
import numpy as np
import pytest

from lopm.evaluation.calibration import confidences, ece, fit_calibration, scale_probabilities
from lopm.evaluation.doubt import Doubt, fit_doubt
from lopm.evaluation.rows import Row
from lopm.tasks import build_tasks

TASKS = build_tasks([dict(name='color', kind='multilabel', classes=['white', 'red']),
                     dict(name='diagnosis', kind='multiclass', classes=['a', 'b', 'c'])])
DIAGNOSIS = TASKS['diagnosis']


def drawn(count, seed=0, sharper=3., sex=('female', 'male')):
    """Rows of a lesion each whose diagnosis is drawn from odds; what is said of it is far too sure."""
    rng, rows = np.random.default_rng(seed), []
    for i in range(count):
        odds = rng.dirichlet([1, 1, 1])
        said = odds ** sharper / (odds ** sharper).sum()
        truth, color = np.eye(3)[rng.choice(3, p=odds)], rng.random(2)
        rows.append(Row(i, f'p{i}', outlined=np.ones(1, bool), same=np.zeros(1, int), lesion_ids=[f'L{i}'],
                        raters=['r'], targets={'diagnosis': truth[None, None], 'color': (color > rng.random(2))[
                            None, None].astype(float)},
                        on_true={'diagnosis': said[None], 'color': color[None]},
                        on_pred={'diagnosis': said[None], 'color': color[None]},
                        about={'record': {'sex': sex[i % 2]}}))
    return rows


def stacked(rows):
    return (np.concatenate([row.targets['diagnosis'] for row in rows]),
            np.concatenate([row.on_pred['diagnosis'] for row in rows]))


def test_what_is_too_sure_becomes_as_often_right_as_it_says():
    doubt, few = fit_doubt(drawn(600), TASKS)
    assert few == {} and doubt.tasks['diagnosis']['method'] in ('temperature', 'vector', 'beta')
    targets, probs = stacked(drawn(2000, seed=1))
    before, after = (ece(*confidences(DIAGNOSIS, targets, p)) for p in (probs, doubt.scaled(DIAGNOSIS, probs)))
    assert before > 0.15 and after < 0.04


def test_a_scaling_that_was_asked_for_is_that_of_the_study():
    rows = drawn(200)
    doubt, _ = fit_doubt(rows, TASKS, 'vector')
    fitted = fit_calibration(rows, TASKS, 'vector')['tasks']
    assert {name: each['scaling'] for name, each in doubt.tasks.items()} == fitted
    probs = stacked(rows)[1]
    assert np.array_equal(doubt.scaled(DIAGNOSIS, probs), scale_probabilities(DIAGNOSIS, probs, fitted['diagnosis']))


@pytest.mark.parametrize('by', ['everybody', 'class', 'sex'])
def test_new_lesions_are_held_as_often_as_promised(by):
    doubt, _ = fit_doubt(drawn(1500), TASKS, alpha=0.2, by=by)
    assert doubt.promise('diagnosis') == 0.8 and doubt.promise('color') is None
    rows = drawn(3000, seed=1)
    targets, probs = stacked(rows)
    held = np.array([DIAGNOSIS.classes[t.argmax()] in doubt.possible(DIAGNOSIS, p, row.about['record'])
                     for t, p, row in zip(targets[:, 0], doubt.scaled(DIAGNOSIS, probs), rows)])
    groups = {'class': targets[:, 0].argmax(1), 'sex': np.arange(3000) % 2}.get(by, np.zeros(3000))
    assert all(held[groups == group].mean() == pytest.approx(0.8, abs=0.04) for group in np.unique(groups))


def test_sets_by_hand():
    sets = {'alpha': 0.1, 'by': 'everybody', 'limits': {'everybody': 0.6}, 'lesions': {'everybody': 50}}
    doubt = Doubt({'diagnosis': {'method': 'temperature', 'scaling': {'scale': [[1.]], 'bias': [0.]}, 'sets': sets}})
    assert doubt.possible(DIAGNOSIS, [0.45, 0.5, 0.05]) == ['b', 'a']
    assert doubt.possible(DIAGNOSIS, [0.34, 0.33, 0.33]) == []
    sets.update(by='class', limits={'a': None, 'b': 0.1})  # of a too few were seen, c was never: neither is ruled out
    assert doubt.possible(DIAGNOSIS, [0.01, 0.5, 0.49]) == ['c', 'a']
    sets.update(by='sex', limits={'female': 0.6})
    assert doubt.possible(DIAGNOSIS, [0.45, 0.5, 0.05], {'sex': 'female'}) == ['b', 'a']
    assert doubt.possible(DIAGNOSIS, [0.45, 0.5, 0.05], {}) == ['b', 'a', 'c']
    assert Doubt().possible(DIAGNOSIS, [1, 0, 0]) is None and Doubt().scaled(DIAGNOSIS, [.2, .3, .5]).tolist() == [
        .2, .3, .5]


@pytest.mark.parametrize('patients', [20, 40])
def test_of_visits_patients_are_counted(patients):
    """Forty visits of twenty patients are few: the second one of each says little that the first did not."""
    asked = build_tasks([dict(name='referral', kind='multiclass', classes=['a', 'b', 'c'], level='visit')])
    rows = [Row(i, f'p{i % patients}', targets={'referral': row.targets['diagnosis'][:1]},
                on_pred={'referral': row.on_pred['diagnosis']}, on_true={'referral': row.on_true['diagnosis']})
            for i, row in enumerate(drawn(40))]
    doubt, few = fit_doubt(rows, asked)
    assert few == ({} if patients == 40 else {'referral': 20}) and ('referral' in doubt.tasks) == (patients == 40)
    if patients == 40:  # as of lesions, to the last digit
        assert doubt.tasks['referral'] == fit_doubt(drawn(40), TASKS)[0].tasks['diagnosis']


def test_few_labels_are_said_and_lesions_that_were_not_found_do_not_count():
    rows = drawn(40)
    for row in rows[:15]:
        row.same[:] = -1
    doubt, few = fit_doubt(rows, TASKS)
    assert doubt.tasks == {} and few == {'color': 25, 'diagnosis': 25}
