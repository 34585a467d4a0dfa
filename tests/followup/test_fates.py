import numpy as np
import pytest

from lopm.followup.fates import fates

SHOWN = np.ones((60, 60), bool)


def lesions(*boxes):
    found = np.zeros((len(boxes), 60, 60), bool)
    for mask, (top, bottom, left, right) in zip(found, boxes):
        mask[top:bottom, left:right] = True
    return found


ONE, LEFT, RIGHT, FAR = (10, 30, 10, 40), (10, 30, 10, 24), (10, 30, 26, 40), (45, 55, 45, 55)


@pytest.mark.parametrize(('earlier', 'later', 'found'), [
    ([ONE], [ONE], [((0,), (0,), 'same')]),
    ([ONE], [LEFT, RIGHT], [((0,), (0, 1), 'split')]),
    ([LEFT, RIGHT], [ONE], [((0, 1), (0,), 'merged')]),
    ([ONE], [FAR], [((0,), (), 'gone'), ((), (0,), 'appeared')]),
    ([], [ONE], [((), (0,), 'appeared')]),
    ([ONE, FAR], [(12, 28, 12, 36)], [((0,), (0,), 'same'), ((1,), (), 'gone')]),
    ([(10, 30, 10, 30)], [(28, 48, 28, 48)], [((0,), (), 'gone'), ((), (0,), 'appeared')]),  # they barely touch
    ([], [], [])])
def test_what_became_of_lesions(earlier, later, found):
    assert [tuple(each) for each in fates(lesions(*earlier), lesions(*later), SHOWN)] == found


def test_what_the_other_photograph_does_not_show_is_neither_gone_nor_new():
    shown = SHOWN.copy()
    shown[40:] = False
    assert [each.word for each in fates(lesions(FAR), lesions(), shown)] == ['not shown by the other photograph']
    nothing = np.zeros((1, 60, 60), bool)  # of the later photograph, beyond the earlier one
    assert [each.word for each in fates(lesions(), nothing, SHOWN)] == ['not shown by the other photograph']
