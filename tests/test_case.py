"""What is said of a photograph, by hand: words that arise, what features add, corrections, json."""
import json
import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from lopm.case import Case, Lesion
from lopm.findings import findings_of
from lopm.models.answers import Reading
from lopm.models.correcting import correct
from lopm.models.heads.meta import MetaHead
from lopm.tasks import build_tasks

TASKS = build_tasks([
    dict(name='color', kind='multilabel', classes=['white', 'red']),
    dict(name='border', kind='ordinal', classes=['sharp', 'partly', 'blurred']),
    dict(name='homogeneity', kind='ordinal', classes=['low', 'middle', 'high'], valid_if=dict(color='white')),
    dict(name='diagnosis', kind='multiclass', classes=['a', 'b', 'c'])])
ROWS = {'color': [0.7, 0.6], 'border': [0.8, 0.3], 'homogeneity': [0.9, 0.8], 'diagnosis': [0.2, 0.5, 0.3]}


def read_by(head, rows=ROWS, **inputs):
    """``Findings`` as a model with this meta head gives them."""
    probabilities = {name: torch.tensor([rows[name]], dtype=torch.float32) for name in head.concepts}
    inputs = {'probabilities': probabilities, 'record': None, 'measured': None, 'pooled': None, **inputs}
    said = head.task.probabilities(head(**inputs))[0].detach().numpy()
    return findings_of({**rows, 'diagnosis': said}, {**TASKS, 'diagnosis': head.task}, readings=[Reading(head, inputs)])


def head_of(task=TASKS['diagnosis'], seed=0, **options):
    torch.manual_seed(seed)
    return MetaHead(task, [TASKS['color'], TASKS['border'], TASKS['homogeneity']], **options).eval()


def case_of(head=None, **inputs):
    findings = read_by(head or head_of(), **inputs)
    return Case('x.png', [8, 6], lesions=[Lesion(**vars(findings), score=0.9)], photograph=findings)


def test_both_versions_stay_with_who_and_when():
    case = case_of()
    again = case.correct({'color': ['red']}, by='Dr. A').correct({'border': 'sharp'}, by='B').correct(
        {'color': ['white']}, 'photograph')
    assert case.history == [] and [(each['by'], each['lesion'], each['words']) for each in again.history] == [
        ('Dr. A', 0, {'color': ['red']}), ('B', 0, {'border': 'sharp'}), ('', 'photograph', {'color': ['white']})]
    first, second, _ = (each['before'] for each in again.history)
    assert first == {name: case.lesions[0].words[name] for name in first} and first.keys() == {'color', 'diagnosis'}
    assert second['diagnosis'] == case.correct({'color': ['red']}).lesions[0].words['diagnosis']
    assert all(re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00', each['at']) for each in again.history)
    assert json.loads(json.dumps(again.to_json()))['history'] == again.history


def test_of_a_flagged_photograph_nothing_is_said_but_what_a_person_says():
    said = findings_of(ROWS, TASKS, flags=('blurred',))
    assert set(said.abstains.values()) == {'the photograph is flagged'} and said.abstains.keys() == said.words.keys()
    assert findings_of(ROWS, TASKS).abstains == {}


def test_rows_in_words():
    said = findings_of({name: np.float32(row) for name, row in ROWS.items()}, TASKS)
    assert {task: {word: round(p, 5) for word, p in words.items()} for task, words in said.words.items()} == {
        'color': {'white': 0.7, 'red': 0.6}, 'border': {'partly': 0.5}, 'homogeneity': {'high': 0.8},
        'diagnosis': {'b': 0.5}}
    assert list(said.words['color']) == ['white', 'red']  # the surest first
    assert said.probabilities['border'] == pytest.approx({'sharp': 0.2, 'partly': 0.5, 'blurred': 0.3})
    assert said.because == {} and said.corrected == {}


def test_a_question_that_does_not_arise_has_no_words():
    said = findings_of({**ROWS, 'color': [0.4, 0.3]}, TASKS)
    assert 'homogeneity' not in said.words and 'homogeneity' in said.probabilities
    assert said.words['color'] == {}


@pytest.mark.parametrize('task', [TASKS['diagnosis'], build_tasks(
    [dict(name='diagnosis', kind='ordinal', classes=['low', 'middle', 'high'])])['diagnosis']], ids=['class', 'grade'])
def test_what_features_add_sums_to_the_logits(task):
    head = head_of(task, record_fields=dict(age=dict(center=50, scale=20)), residual=3, residual_channels=5)
    inputs = dict(record=torch.tensor([[0.4]]), pooled=torch.randn(1, 5))
    lesion = case_of(head, **inputs).lesions[0]
    because = lesion.because['diagnosis']
    assert set(because) == {'color', 'border', 'homogeneity', 'record', 'residual'}
    nothing = head.reader.output(torch.zeros(1, head.reader.weight.shape[1]))[0].detach()
    logits = torch.tensor([sum(added[name] for added in because.values()) for name in task.outputs]) + nothing
    assert lesion.read.rows['diagnosis'] == pytest.approx(task.probabilities(logits[None])[0].numpy(), abs=1e-6)


def test_a_reader_that_is_no_sum_says_nothing_of_features():
    case = case_of(head_of(reader=dict(type='MLPReader')))
    assert case.lesions[0].because == {} and case.correct({'color': ['red']}).lesions[0].because == {}


def test_a_correction_is_read_by_the_meta_head():
    head = head_of(record_fields=dict(age=dict(center=50, scale=20)))
    case = case_of(head, record=torch.tensor([[0.4]]))
    inputs = case.lesions[0].read.readings[0].inputs
    words = {'color': ['red'], 'border': 'blurred'}
    lesion = case.correct(words).lesions[0]
    assert list(lesion.probabilities['diagnosis'].values()) == pytest.approx(
        correct(head, inputs, words)[0].tolist(), abs=1e-6)
    assert lesion.words['color'] == {'red': 1} and lesion.words['border'] == {'blurred': 1}
    assert 'homogeneity' in case.lesions[0].words and 'homogeneity' not in lesion.words  # it is not white any more
    assert lesion.corrected == words and lesion.score == 0.9
    nothing = head.reader.output(torch.zeros(1, head.reader.weight.shape[1]))[0]
    logits = [sum(added[name] for added in lesion.because['diagnosis'].values()) for name in 'abc']
    assert (torch.tensor(logits) + nothing).softmax(0).tolist() == pytest.approx(
        list(lesion.probabilities['diagnosis'].values()), abs=1e-6)


def test_the_mean_of_several_meta_heads():
    heads = [head_of(seed=seed) for seed in (1, 2)]
    inputs = read_by(heads[0]).read.readings[0].inputs
    said = findings_of(ROWS, TASKS, readings=[Reading(head, inputs) for head in heads])
    again = replace(Case('x'), lesions=[Lesion(**vars(said))]).correct({'color': []}).lesions[0]
    wanted = np.mean([correct(head, inputs, {'color': []})[0].numpy() for head in heads], 0)
    assert list(again.probabilities['diagnosis'].values()) == pytest.approx(wanted.tolist(), abs=1e-6)


def test_corrections_add_up_and_leave_the_first_case_alone():
    case = case_of()
    before = json.dumps(case.to_json())
    step = case.correct({'color': ['red']}).correct({'border': 'sharp'})
    at_once = case.correct({'color': ['red'], 'border': 'sharp'})
    assert step.lesions == at_once.lesions and step.lesions[0].corrected == {'color': ['red'], 'border': 'sharp'}
    assert case.correct({'color': ['red']}).correct({'color': ['white', 'red']}).lesions == case.correct(
        {'color': ['white', 'red']}).lesions
    assert json.dumps(case.to_json()) == before and step.photograph == case.photograph


def test_a_diagnosis_that_is_given_stands():
    lesion = case_of().correct({'diagnosis': {'any_of': ['a', 'c']}}).correct({'color': ['red']}).lesions[0]
    assert lesion.words['diagnosis'] == {'a': 1, 'c': 1}


def test_the_photograph_as_a_whole_is_corrected():
    case = case_of()
    whole = case.correct({'color': []}, 'photograph')
    assert whole.photograph.words['color'] == {} and whole.lesions == case.lesions
    assert whole.photograph.probabilities == case.correct({'color': []}).lesions[0].probabilities


@pytest.mark.parametrize('words, lesion, said', [
    ({'color': ['red']}, 1, 'x.png: no lesion 1; 1 were found, counted from 0'),
    ({'color': ['red']}, -1, 'no lesion -1'), ({'color': ['red']}, 'first', 'no lesion first'),
    ({'colour': ['red']}, 0, "no task 'colour' to correct; did you mean 'color'"),
    ({'color': ['rde']}, 0, "unknown word 'rde'; did you mean 'red'"),
    ({'border': None}, 0, 'border: .* leaves it open')])
def test_what_cannot_be_corrected_is_said(words, lesion, said):
    with pytest.raises(ValueError, match=said):
        case_of().correct(words, lesion)


def test_a_case_without_its_model_is_not_corrected():
    case = Case('x', lesions=[Lesion(probabilities={'color': {'white': 0.7}})])
    with pytest.raises(ValueError, match='read from a file; predict the photograph again'):
        case.correct({'color': []})


def test_json_holds_plain_values_alone():
    case = Case('x', [8, 6], lesions=[Lesion(measured={'area': {'value': float('nan'), 'unit': 'share'}})],
                record={'age': np.int64(61), 'weight': np.float32('inf'), 'habits': ('x', None, True)}, flags=None)
    content = json.loads(json.dumps(case.to_json(), allow_nan=False))
    assert content['record'] == {'age': 61, 'weight': None, 'habits': ['x', None, True]}
    assert content['lesions'][0]['measured'] == {'area': {'value': None, 'unit': 'share'}} and content['flags'] is None
    assert content['photograph'] == {key: {} for key in ('words', 'probabilities', 'numbers', 'times', 'because',
                                                      'possible', 'abstains', 'changes', 'corrected')}
    assert 'read' not in content['lesions'][0]


def test_what_cannot_be_judged_is_a_word_that_the_diagnosis_does_not_rely_on():
    """The meta head reads what is said where nothing is known: as for a base whose words are all as frequent."""
    case = case_of()
    said = case.correct({'border': 'not_assessable'}).lesions[0]
    assert said.words['border'] == {'not_assessable': 1} and said.corrected == {'border': 'not_assessable'}
    nothing = {**ROWS, 'border': TASKS['border'].uniform_prior()}
    expected = read_by(head_of(), nothing)
    assert said.probabilities['diagnosis'] == pytest.approx(expected.probabilities['diagnosis'], abs=1e-6)
    assert said.probabilities['diagnosis'] != pytest.approx(case.lesions[0].probabilities['diagnosis'], abs=1e-3)
    again = case.correct({'border': 'not_assessable'}).correct({'border': 'sharp'}).lesions[0]
    assert again.words['border'] == case.correct({'border': 'sharp'}).lesions[0].words['border']


def test_what_cannot_be_judged_is_so_as_a_data_set_and_in_fhir():
    from lopm.cases.dataset import answers
    from lopm.cases.fhir import observation
    said = case_of().correct({'color': 'not_assessable'}).lesions[0]
    assert answers(said, TASKS)['color'] == 'not_assessable'
    found = observation('color', said, 1, None, 'device', 'media')
    assert found['dataAbsentReason']['coding'][0]['code'] == 'unknown' and 'component' not in found
