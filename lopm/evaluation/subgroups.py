"""Results by site, device, center, sex and age: where a model is worse than its mean says."""
import numpy as np

from lopm.evaluation.intervals import estimate_words
from lopm.evaluation.rows import owners, stack_task
from lopm.wording import joined

BY = ('site', 'device', 'center', 'sex', 'age')
AGES = (0, 30, 40, 50, 60, 70, 200)  # years
LEAST = 20  # lesions under which a group is counted, not scored


def subgroup_of(row, by):
    """What a photograph's lesions are counted under, one word per lesion; ``'unknown'`` where nothing is said."""
    count = len(row.lesion_ids)
    if by == 'site':
        return [_word(site) for site in row.about.get('site') or [None] * count]
    value = (row.about.get('record') or {}).get(by) if by in ('sex', 'age') else row.about.get(by)
    return [_band(value) if by == 'age' else _word(value)] * count


def estimate_subgroups(task, rows, by, draws=1000, seed=0):
    """``{group: {score: Estimate}}`` of one task; of a group of under 20 labelled lesions their number instead.

    Args:
        rows: With the prior in place of lesions that were not found.
    """
    answers, owner = stack_task(rows, task), owners(rows, task)
    of_lesion = [word for row in rows if len(row.targets.get(task.name, ())) for word in subgroup_of(row, by)]
    if len(of_lesion) != len(owner):  # known per photograph alone
        return {}
    of_lesion = np.array(of_lesion, str)
    found = {}
    for group in np.unique(of_lesion):
        inside = of_lesion == group
        count = int((inside & answers.labelled).sum())
        found[str(group)] = count if count < LEAST else estimate_words(task, rows, 'on_pred', inside, draws, seed)
    return found


def _word(value):
    alternatives = isinstance(value, dict) and 'any_of' in value
    if isinstance(value, dict):  # alternatives, or several of which more may hold
        value = value.get('any_of') or value.get('all_of')
    if value in (None, '', []):
        return 'unknown'
    return joined(map(str, value), alternatives) if isinstance(value, list) else str(value)


def _band(age):
    """Ten years, named by the first and the last."""
    if not isinstance(age, (int, float)):
        return 'unknown'
    place = int(np.clip(np.searchsorted(AGES, age, side='right'), 1, len(AGES) - 1))
    return {1: f'under {AGES[1]}', len(AGES) - 1: f'{AGES[-2]} and over'}.get(
        place, f'{AGES[place - 1]} to {AGES[place] - 1}')
