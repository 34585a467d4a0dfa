"""What answers are counted in, and where they were read."""
import numpy as np
import pytest

from lopm.evaluation.outlines import NOT_FOUND, WHOLE
from lopm.evaluation.rows import Row, place_of, unit_of
from lopm.tasks import build_task

WORDS = dict(name='diagnosis', kind='binary')


def row(*lesions, labelled=True):
    """A photograph of ``(outlined, same)`` lesions."""
    outlined, same = zip(*lesions)
    probs, answers = np.full((len(lesions), 1), 0.5), np.full((len(lesions), 1, 1), 1. if labelled else np.nan)
    return Row(1, 'p', raters=['r'], outlined=np.array(outlined), same=np.array(same), targets={'diagnosis': answers},
               on_true={'diagnosis': probs}, on_pred={'diagnosis': probs})


OUTLINED, MISSED, BOX, AS_A_WHOLE, NOT_DRAWN = (True, 0), (True, NOT_FOUND), (False, 0), (False, WHOLE), (True, WHOLE)
MIXED = 'predicted outlines or whole photographs'


@pytest.mark.parametrize('rows, unit, place', [
    ([row(OUTLINED, MISSED), row(OUTLINED)], 'lesions', 'predicted outlines'),
    ([row(BOX), row(BOX)], 'lesions', 'predicted outlines'),
    ([row(AS_A_WHOLE), row(AS_A_WHOLE)], 'photographs', 'whole photographs'),
    ([row(AS_A_WHOLE), row(OUTLINED)], 'lesions', MIXED),
    ([row(AS_A_WHOLE), row(OUTLINED, labelled=False)], 'photographs', 'whole photographs'),
    ([row(NOT_DRAWN, NOT_DRAWN)], 'lesions', 'whole photographs'),  # by a model without an outline head
    ([row(AS_A_WHOLE, AS_A_WHOLE)], 'lesions', 'whole photographs'),  # two boxes, by such a model
    ([row(OUTLINED, labelled=False)], 'lesions', 'predicted outlines'), ([], 'lesions', 'predicted outlines')])
def test_unit_and_place_of_answers(rows, unit, place):
    task = build_task(WORDS)
    assert (unit_of(task, rows), place_of(task, rows)) == (unit, place)


def test_a_task_of_photographs_is_counted_in_them():
    task = build_task(dict(WORDS, level='image'))
    assert (unit_of(task, [row(OUTLINED)]), place_of(task, [row(OUTLINED)])) == ('photographs', 'whole photographs')
    assert unit_of(task, []) == 'photographs'
