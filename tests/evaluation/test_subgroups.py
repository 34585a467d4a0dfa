import numpy as np
import pytest

from lopm.evaluation.rows import Row
from lopm.evaluation.subgroups import estimate_subgroups, subgroup_of
from lopm.tasks import build_tasks
from tests.evaluation.fabricated import TASKS

TASK = build_tasks(TASKS)['diagnosis']


def row(i, **about):
    """Two lesions: a is said rightly, b only where the device is new."""
    right = [[.8, .1, .1], [.1, .8, .1] if about.get('device') == 'new' else [.8, .1, .1]]
    return Row(i, f'p{i}', raters=['r'], lesion_ids=['1', '2'], about=about, outlined=np.ones(2, bool),
               same=np.arange(2), targets={'diagnosis': np.eye(3)[[[0], [1]]]}, on_pred={'diagnosis': np.array(right)},
               on_true={'diagnosis': np.array(right)})


def test_every_group_has_its_score_and_small_ones_a_count():
    rows = [row(i, device='new' if i < 15 else 'old') for i in range(30)] + [row(40 + i) for i in range(3)]
    found = estimate_subgroups(TASK, rows, 'device', draws=50)
    assert found['new']['accuracy'].value == 1 and found['old']['accuracy'].value == 0.5
    assert found['old']['accuracy'].lesions == 30 and found['old']['accuracy'].patients == 15
    assert found['unknown'] == 6


@pytest.mark.parametrize('by, about, words', [
    ('age', {'record': {'age': 61}}, ['60 to 69'] * 2), ('age', {'record': {'age': 12}}, ['under 30'] * 2),
    ('age', {'record': {'age': 88}}, ['70 and over'] * 2), ('age', {}, ['unknown'] * 2),
    ('sex', {'record': {'sex': 'female'}}, ['female'] * 2),
    ('site', {'site': [['buccal'], {'any_of': ['lip', 'gum']}]}, ['buccal', 'lip or gum']),
    ('site', {'site': [['hard_palate', 'gum'], None]}, ['hard_palate + gum', 'unknown'])])
def test_groups_of_a_photograph(by, about, words):
    assert subgroup_of(row(1, **about), by) == words
