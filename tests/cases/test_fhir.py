"""A case as FHIR: valid by the models of fhir.resources, the same every time, and silent where the model abstains."""
import json

import pytest

from lopm.case import Case, Lesion
from lopm.cases.fhir import bundle_of, joined
from lopm.evaluation.doubt import Doubt
from lopm.findings import findings_of
from lopm.tasks import build_tasks

bundle = pytest.importorskip(
    'fhir.resources.R4B.bundle', reason="fhir.resources is not installed: pip install -e '.[dev]'")

TASKS = build_tasks([
    dict(name='color', kind='multilabel', classes=['white', 'red']),
    dict(name='homogeneity', kind='ordinal', classes=['low', 'middle', 'high'], valid_if=dict(color='white')),
    dict(name='size', kind='number', low=0, high=80, unit='mm'),
    dict(name='diagnosis', kind='multiclass', classes=['a', 'b'])])
ROWS = {'color': [0.9, 0.2], 'homogeneity': [0.8, 0.3], 'size': [8, 10, 12, 14, 20], 'diagnosis': [0.3, 0.7]}


def case_of(flags=(), **rows):
    said = findings_of({**ROWS, **rows}, TASKS, flags=flags, doubt=Doubt({'diagnosis': {
        'method': 'temperature', 'scaling': {'scale': [[1.]], 'bias': [0.]},
        'sets': {'alpha': .1, 'by': 'everybody', 'limits': {'everybody': .5}, 'lesions': {'everybody': 40}}}}))
    return Case('P1.jpg', [80, 60], lesions=[Lesion(**vars(said), score=.9)], photograph=findings_of(ROWS, TASKS),
                flags=dict.fromkeys(flags, .01), model={'version': 'm 1', 'lopm': '0.1.0', 'pack_sha256': 'ab' * 32})


def read(case, **more):
    """The bundle as the models read it again, and its observations by task."""
    content = json.loads(json.dumps(bundle_of(case, **more)))
    bundle.Bundle.model_validate(content)
    found = [each['resource'] for each in content['entry']]
    return content, {each['code']['coding'][0]['code']: each for each in found if each['resourceType'] == 'Observation'}


def test_a_case_is_valid_and_complete():
    content, observations = read(case_of(), site=('tongue_lateral_border', 'C02.1'))
    kinds = [each['resource']['resourceType'] for each in content['entry']]
    assert kinds == ['DiagnosticReport', *['Observation'] * 4, 'Media', 'Device']
    assert observations['color']['valueCodeableConcept']['coding'] == [
        {'system': 'urn:lopm:words', 'code': 'white', 'display': 'white'}]
    assert [(each['code']['text'], each['valueQuantity']['value']) for each in observations['diagnosis']['component']
            ] == [('a', .3), ('b', .7)]
    assert observations['size']['valueQuantity'] == {
        'value': 12, 'unit': 'mm', 'system': 'http://unitsofmeasure.org', 'code': 'mm'}
    assert observations['diagnosis']['bodySite']['coding'][0]['code'] == 'C02.1'
    report = content['entry'][0]['resource']
    links = {each['fullUrl'] for each in content['entry']}
    assert {each['reference'] for each in report['result']} <= links and len(links) == 7
    assert 'no medical device' in report['conclusion'] and report['status'] == 'preliminary'
    assert content == read(case_of(), site=('tongue_lateral_border', 'C02.1'))[0]


def test_a_question_that_does_not_arise_and_words_of_a_person():
    _, observations = read(case_of(color=[.1, .2]))
    assert observations['homogeneity']['dataAbsentReason']['coding'][0]['code'] == 'not-applicable'
    assert observations['color']['valueCodeableConcept'] == {'text': 'none of the words'}
    _, observations = read(case_of().correct({'color': ['white', 'red']}))
    assert observations['color']['status'] == 'final' and 'device' not in observations['color']
    assert observations['color']['valueCodeableConcept']['text'] == 'white + red'
    assert observations['diagnosis']['status'] == 'preliminary'


def test_where_the_model_abstains_it_says_no_word_and_no_number():
    content, observations = read(case_of(flags=('blurred',)))
    assert observations['diagnosis']['dataAbsentReason']['coding'][0]['code'] == 'unknown'
    assert 'component' not in observations['diagnosis'] and 'valueCodeableConcept' not in observations['diagnosis']
    assert 'Flagged: blurred.' in content['entry'][0]['resource']['conclusion']


def test_a_photograph_without_a_lesion_speaks_of_the_whole():
    case = case_of()
    case.lesions = []
    _, observations = read(case)
    assert observations['color']['note'] == [{'text': 'the whole photograph'}]


def test_several_cases_in_one_bundle_have_the_model_once():
    other = case_of()
    other.name = 'P2.jpg'
    content = joined([bundle_of(case_of()), bundle_of(other), bundle_of(other)])
    bundle.Bundle.model_validate(content)
    kinds = [each['resource']['resourceType'] for each in content['entry']]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        'DiagnosticReport': 2, 'Observation': 8, 'Media': 2, 'Device': 1}
