"""A time to an event goes wherever a number goes, or is left out and said so."""
import csv
import json
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from lopm.analysis.ratings import read_ratings
from lopm.case import Case, Lesion, read_case
from lopm.cases.dataset import dataset_of
from lopm.cases.dicom import said_of
from lopm.cases.fhir import bundle_of
from lopm.cases.tables import write_lesions
from lopm.curation.doctor.check_labels import class_counts, compare_words, unknown_word, wrong_number
from lopm.curation.doctor.dataset import read_base
from lopm.curation.groups import label_counts
from lopm.curation.labels import Labels
from lopm.curation.report import Report
from lopm.curation.source import values_of
from lopm.curation.studio.config import labelling_config
from lopm.curation.studio.push import results_of
from lopm.datasets.labels import count_labels
from lopm.datasets.prior import training_prior
from lopm.drawn import outline_of
from lopm.evaluation.intervals import estimate_words
from lopm.evaluation.rows import Row
from lopm.findings import corrected, findings_of
from lopm.models.assignment import check_inputs
from lopm.pictures.panel import judge_time
from lopm.report.facts import features
from lopm.report.language import Language
from lopm.study.counts import counts
from lopm.study.page import write_page
from lopm.study.results import all_results, make_study
from lopm.tasks import build_tasks
from lopm.wording import label
from tests.test_numbers import part

LIST = [dict(name='lesion', kind='mask', level='image'),
        dict(name='color', kind='multilabel', classes=['white', 'red']),
        dict(name='size', kind='time', cuts=[1, 3])]
TASKS = build_tasks(LIST)
TIME = TASKS['size']
READING = {'by_1': 0.125, 'by_3': 0.25}


@pytest.fixture
def case():
    said = findings_of({'color': [0.9, 0.2], 'size': TIME.answer(np.array([0.125, 0.25]))}, TASKS)
    disc = np.zeros((8, 10), np.uint8)
    disc[2:5, 2:6] = 1
    return Case('a.png', [10, 8], lesions=[Lesion(**vars(said), score=0.75, outline=outline_of(disc))],
                photograph=findings_of({}, TASKS), model={'version': 'm', 'lopm': '0'})


def test_a_case_says_it_keeps_it_and_takes_a_person_s_word(case, tmp_path):
    assert case.lesions[0].times == {'size': READING} and case.lesions[0].said['size'] == READING
    (tmp_path / 'a.json').write_text(json.dumps(case.to_json()))
    assert read_case(tmp_path / 'a.json').lesions[0].times == {'size': READING}
    assert corrected(case.lesions[0], {'size': '2'}).times == {'size': {'by_1': 0, 'by_3': 1}}


def test_tables_hold_its_probabilities_and_a_data_set_no_time_that_nobody_saw(case, tmp_path):
    with open(write_lesions(tmp_path / 'lesions.csv', [case], TASKS), newline='') as file:
        (row,) = csv.DictReader(file)
    assert row['size'] == '' and [float(row[f'size: {each}']) for each in READING] == [0.125, 0.25]
    (annotation,) = dataset_of([case], TASKS, {'version': 'm'})['annotations']
    assert set(annotation['attributes']) == {'color'}


def test_exchange_formats_hold_it(case):
    resources = [each['resource'] for each in bundle_of(case)['entry']]
    (found,) = [each for each in resources if each.get('code', {}).get('text') == 'size']
    assert [(each['code']['text'], each['valueQuantity']['value']) for each in found['component']] == [
        ('by 1', 0.125), ('by 3', 0.25)]
    dataset = type('Dataset', (), {'SOPInstanceUID': '1.2', 'StudyInstanceUID': '1', 'get': dict().get})()
    items = said_of(case, dataset)['content'][0]['items']
    assert [each['time'] for each in items if each['concept'] == 'size'] == [READING]


def test_people_read_it(case):
    line = judge_time(TIME, READING, np.stack([TIME.encode('5+'), TIME.encode(None)]))
    assert (line.said, line.right, line.raters) == ('by year 1: 12%, 3: 25%', None, '5+ years')
    assert label(TIME, TIME.encode(None)) == '?'
    rows = {name: text for name, text, _ in features(case.lesions[0], TASKS, Language('en'))}
    assert rows['size'].replace('\N{NO-BREAK SPACE}', ' ') == '1 years: 12 %, 3 years: 25 %'


def test_label_studio_neither_asks_for_it_nor_is_shown_it(case):
    names = {each.get('name') for each in ElementTree.fromstring(labelling_config(TASKS)).iter()}
    assert 'color' in names and 'size' not in names
    assert 'size' not in {each['from_name'] for each in results_of(case, TASKS)[0]}


@pytest.mark.parametrize('text, wanted', [
    ('3.2', {'event': True, 'time': 3.2}), ('5+', {'event': False, 'time': 5}), (4, {'event': True, 'time': 4}),
    ('not_assessable', 'not_assessable')])
def test_a_table_s_time_becomes_that_of_a_json(text, wanted):
    labels, report = Labels(TASKS), Report()
    assert labels.values(labels.read({'size': [text]}, 'here', report), 'here', report) == {'size': wanted}


def test_a_json_s_time_goes_through_a_table():
    said = [{'event': True, 'time': 3.25}, {'event': False, 'time': 5}]
    assert list(map(values_of, said)) == [['3.25'], ['5+']]
    labels, report = Labels(TASKS), Report()
    assert [labels.values(labels.read({'size': values_of(each)}, 'here', report), 'here', report)['size']
            for each in said] == said


@pytest.mark.parametrize('text', ['0', 'soon', '-2'])
def test_a_table_s_text_that_is_no_time_is_reported(text):
    labels, report = Labels(TASKS), Report()
    assert labels.values(labels.read({'size': [text]}, 'here', report), 'here', report) == {}
    assert 'task size' in report.unusable[0]


def test_a_time_is_no_word_for_the_doctor_nor_for_the_parts(tmp_path):
    good, late = {'event': False, 'time': 5}, {'event': True, 'time': 400}
    base = read_base([part(tmp_path, [good, late, None, '5+'])], LIST)
    assert not list(unknown_word(base)) and class_counts(base)['size'] == {}
    (finding,) = wrong_number(base)
    assert '400 years' in str(finding)
    assert [label_counts(each, ()) for each in base.photographs[:3]] == [{}, {}, {}]
    one, other = ({'attributes': {'color': ['white'], 'size': each}} for each in (good, late))
    assert compare_words(one, other) == (['color'], [])
    assert read_ratings([part(tmp_path, [good])], LIST).numbers == ['size']


def test_labels_are_counted_and_give_the_prior(tmp_path):
    path = part(tmp_path, [{'event': True, 'time': 1}, {'event': False, 'time': 2}, '2', '9+'])
    found = count_labels(TASKS, path)['size']
    assert found.total == 4 and found.classes == {'event': 2, 'censored': 2}
    prior = training_prior(TASKS.times, path)['size']
    np.testing.assert_allclose(prior[2:], [1 / 4, 1 / 2])  # at 2 one of three has the event, before another is lost


def test_a_meta_head_does_not_answer_it():
    with pytest.raises(ValueError, match="'size' is a time, and what features add up to is answered in words"):
        check_inputs({}, [TASKS['color']], TIME)


def test_a_study_has_its_scores_and_its_page(tmp_path):
    rng = np.random.default_rng(0)
    rows = []
    for i in range(120):
        risk = rng.uniform(0.05, 0.6)
        when, lost = rng.exponential(-3 / np.log(1 - risk)), rng.uniform(0, 9)
        target = TIME.encode({'event': bool(when < lost), 'time': float(min(when, lost)) + 0.01})
        answer = TIME.answer(1 - (1 - risk) ** np.array([1 / 3, 1]))[None]
        rows.append(Row(i, f'p{i}', file_name=f'{i}.png', lesion_ids=['l'], raters=['r'], outlined=np.ones(1, bool),
                        same=np.zeros(1, int), targets={'size': target[None, None].astype(float)},
                        on_true={'size': answer}, on_pred={'size': answer}))
    about = {'tasks': LIST, 'config_sha256': '0' * 64, 'checkpoints': {'0': '0' * 64},
             'priors': {'0': {'size': TIME.uniform_prior().tolist(), 'color': [0.5, 0.5]}}}
    others = [replace(row, patient_id=f'q{row.image_id}') for row in rows]
    study = make_study((rows, about), (others, about))
    found = {(each.section, each.score, each.of): each for each in all_results(study)}
    assert found['times', 'concordance', 'true outlines'].low > 0.5 > found['times', 'brier_3y', 'true outlines'].value
    assert found['folds', 'concordance', 'fold 0'].value == estimate_words(TIME, rows)['concordance'].value
    assert [each.lesions for each in counts(study) if each.task == 'size'] == [120]
    page = write_page(tmp_path / 'page.html', study, list(found.values()), {}).read_text()
    assert '<h3>Times to an event</h3>' in page and 'calibration 3y' in page
