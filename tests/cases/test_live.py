"""A case goes on where it was: corrected from its json and bytes as by the predictor that has just said it."""
import json

import numpy as np
import pytest

from lopm.cases.live import AnotherModel, keep, revive
from lopm.predictor import Predictor
from tests.tiny_run import photograph


@pytest.fixture(scope='module')
def said(packed):
    from lopm.models.base import LesionModel
    from tests.tiny_run import find_red
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LesionModel, 'find_masks', find_red)
        predictor = Predictor(packed[1], looked=True)
        return predictor, predictor(photograph((60, 60, 25), (140, 60, 20)), record={'age': 61})


def through_json(case):
    return json.loads(json.dumps(case.to_json()))


def plain(case):
    return {key: value for key, value in case.to_json().items() if key != 'history'}


def test_a_revived_case_is_the_same_and_is_corrected_to_the_same(said):
    predictor, case = said
    revived = revive(through_json(case), keep(case, predictor), predictor)
    assert len(case.lesions) == 2 and plain(revived) == plain(case)
    words = {'sharpness': predictor.tasks['sharpness'].classes[0]}
    there, here = revived.correct(words, 1), case.correct(words, 1)
    assert plain(there) == plain(here) != plain(case)
    assert plain(there.correct({'color': []}, 1)) == plain(here.correct({'color': []}, 1))


def test_what_was_corrected_stays_so_over_another_revival(said):
    predictor, case = said
    words = {'sharpness': predictor.tasks['sharpness'].classes[-1]}
    once = case.correct(words)
    revived = revive(through_json(once), keep(once, predictor), predictor)
    assert revived.lesions[0].corrected == words and plain(revived) == plain(once)
    assert plain(revived.correct({'color': ['red']})) == plain(once.correct({'color': ['red']}))


def test_where_heads_looked_comes_back(said):
    predictor, case = said
    maps = revive(through_json(case), keep(case, predictor), predictor).lesions[0].read.maps
    assert maps.keys() == case.lesions[0].read.maps.keys() and maps
    for name, seen in case.lesions[0].read.maps.items():
        np.testing.assert_allclose(maps[name], seen, atol=1e-3)


def test_another_model_and_damage_are_refused(said, packed):
    predictor, case = said
    kept = keep(case, predictor)
    with pytest.raises(ValueError, match='damaged'):
        revive(through_json(case), kept[:-9], predictor)
    with pytest.raises(AnotherModel, match='this is'):
        revive(through_json(case), kept, Predictor(packed[0]))
