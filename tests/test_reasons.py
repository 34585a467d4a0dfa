"""What would change a diagnosis, held against every other way of words, tried one by one."""
from itertools import product

import numpy as np
import pytest
import torch

from lopm.evaluation.doubt import Doubt
from lopm.models.correcting import diagnose, given_by
from lopm.reasons import other_answers, what_would_change
from tests.test_case import TASKS, case_of, head_of, read_by


def each_of(findings):
    """Every other answer of one or more features, by ``Findings``: ``{feature: word or words}``."""
    names = ['color', 'border', 'homogeneity']
    ways = {name: [None, *(each.word for each in other_answers(TASKS[name], findings.probabilities[name]))]
            for name in names}
    for words in product(*ways.values()):
        changed = {name: word for name, word in zip(names, words) if word is not None}
        if changed:
            yield changed


@pytest.mark.parametrize('seed', range(6))
def test_smallest_and_strongest_against_all_that_can_be_tried(seed):
    head = head_of(seed=seed)
    with torch.no_grad():
        for weight in head.parameters():
            weight.mul_(4)
    findings = read_by(head)
    reading = findings.read.readings[0]
    now = max(findings.probabilities['diagnosis'], key=findings.probabilities['diagnosis'].get)
    turning, fall = [], {}
    for changed in each_of(findings):
        said = diagnose(head, reading.inputs, given_by(changed, head.concepts, 1))[0].numpy()
        if 'abc'[said.argmax()] != now:
            turning.append(len(changed))
        if len(changed) == 1:
            fall[str(changed)] = findings.probabilities['diagnosis'][now] - said['abc'.index(now)]
    found = findings.changes['diagnosis']
    assert found['strongest']['fall'] == pytest.approx(max(fall.values()), abs=1e-6)
    assert str(found['strongest']['words']) == max(fall, key=fall.get)
    assert (found['smallest'] is None) == (not turning)
    if turning:
        assert len(found['smallest']['words']) == min(turning) and found['smallest']['diagnosis'] != now
        said = case_of(head).correct(found['smallest']['words']).lesions[0]
        assert next(iter(said.words['diagnosis'])) == found['smallest']['diagnosis']
        assert said.words['diagnosis'][found['smallest']['diagnosis']] == pytest.approx(
            found['smallest']['probability'], abs=1e-6)


def test_other_answers_by_hand():
    said = {'white': 0.7, 'red': 0.4}
    assert [(each.word, round(each.probability, 3)) for each in other_answers(TASKS['color'], said)] == [
        ([], 0.3), (['white', 'red'], 0.4)]
    grades = {'sharp': 0.2, 'partly': 0.5, 'blurred': 0.3}
    found = other_answers(TASKS['border'], grades)
    assert [(each.word, each.probability) for each in found] == [('sharp', 0.2), ('blurred', 0.3)]
    assert found[0].target.tolist() == [0, 0] and found[1].target.tolist() == [1, 1]


def test_what_a_person_has_said_is_not_doubted():
    corrected = case_of(head_of(seed=1)).correct({'color': ['red'], 'border': 'sharp'}).lesions[0]
    changes = [each for each in corrected.changes['diagnosis'].values() if each]
    assert changes and not any({'color', 'border'} & each['words'].keys() for each in changes)
    assert case_of(head_of()).correct({'diagnosis': 'a'}).lesions[0].changes == {}


def test_the_present_diagnosis_is_that_of_scaled_probabilities():
    """A scaling of its own for each word may turn the order; so may what follows from other words."""
    findings = read_by(head_of(seed=2))
    scaling = {'scale': [[1., 1., 1.]], 'bias': [0., 0., 50.]}
    doubt = Doubt({'diagnosis': {'method': 'vector', 'scaling': scaling}})
    findings.read.doubt = doubt
    scaled = doubt.scaled(TASKS['diagnosis'], findings.read.rows['diagnosis'])
    said = {**findings.probabilities, 'diagnosis': dict(zip('abc', scaled))}
    assert np.argmax(scaled) == 2
    found = what_would_change(findings.read, TASKS['diagnosis'], findings.read.rows, said)
    assert found['smallest'] is None  # nothing turns what is that sure
