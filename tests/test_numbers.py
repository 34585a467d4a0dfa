"""A number goes wherever a word goes: from the label through the network to tables, pictures, pages and back."""
import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch

from lopm.analysis.ratings import read_ratings
from lopm.case import Case, Lesion, read_case
from lopm.cases.dataset import dataset_of
from lopm.cases.tables import write_lesions
from lopm.curation.doctor.check_labels import class_counts, compare_words, unknown_word, wrong_number
from lopm.curation.doctor.dataset import read_base
from lopm.curation.groups import label_counts
from lopm.curation.labels import Labels
from lopm.curation.report import Report
from lopm.curation.studio.config import labelling_config
from lopm.curation.studio.push import results_of
from lopm.datasets.format import write_dataset
from lopm.datasets.labels import count_labels
from lopm.datasets.prior import training_prior
from lopm.datasets.sampler import BalancedSampler
from lopm.drawn import outline_of
from lopm.engine.launch import build_runner, load_config
from lopm.engine.testing import test as run_test
from lopm.evaluation.conformal import fit_margin
from lopm.evaluation.predictions import read_predictions
from lopm.evaluation.rows import Row
from lopm.findings import findings_of
from lopm.models.assignment import check_inputs
from lopm.models.heads.meta import MetaHead
from lopm.pictures.panel import judge_number
from lopm.pictures.scatter import draw_scatter, pairs_of
from lopm.predictor import Predictor
from lopm.registry import MODELS
from lopm.study.page import write_page
from lopm.study.results import all_results, make_study
from lopm.tasks import build_tasks
from lopm.wording import label

LIST = [dict(name='lesion', kind='mask', level='image'),
        dict(name='color', kind='multilabel', classes=['white', 'red']),
        dict(name='size', kind='number', low=0, high=80, unit='mm'),
        dict(name='diagnosis', kind='multiclass', classes=['a', 'b'])]
TASKS = build_tasks(LIST)
SIZE = TASKS['size']
SAID = np.array([5., 8, 12, 16, 30])
READING = {'value': 12., 'low': 5., 'high': 30., 'unit': 'mm'}


@pytest.fixture
def case():
    said = findings_of({'color': [0.9, 0.2], 'size': SAID, 'diagnosis': [0.3, 0.7]}, TASKS)
    disc = np.zeros((8, 10), np.uint8)
    disc[2:5, 2:6] = 1
    return Case('a.png', [10, 8], lesions=[Lesion(**vars(said), score=0.75, outline=outline_of(disc))],
                photograph=findings_of({}, TASKS), model={'version': 'm'})


def test_a_case_says_it_and_keeps_it(case, tmp_path):
    lesion = case.lesions[0]
    assert lesion.numbers == {'size': READING} and 'size' not in lesion.words and 'size' not in lesion.probabilities
    (tmp_path / 'a.json').write_text(json.dumps(case.to_json()))
    assert read_case(tmp_path / 'a.json').lesions[0].numbers == {'size': READING}


def test_tables_and_data_sets_hold_it(case, tmp_path):
    with open(write_lesions(tmp_path / 'lesions.csv', [case], TASKS), newline='') as file:
        (row,) = csv.DictReader(file)
    assert [row[key] for key in ('size', 'size: low', 'size: high')] == ['12', '5', '30'] or [
        float(row[key]) for key in ('size', 'size: low', 'size: high')] == [12, 5, 30]
    (annotation,) = dataset_of([case], TASKS, {'version': 'm'})['annotations']
    assert annotation['attributes']['size'] == 12 and annotation['source']['size'] == 'predicted'


def test_label_studio_asks_for_it_and_is_shown_it(case):
    tag = next(ElementTree.fromstring(labelling_config(TASKS)).iter('Number'))
    assert (tag.get('name'), tag.get('min'), tag.get('max'), tag.get('perRegion')) == ('size', '0', '80', 'true')
    shown = {each['from_name']: each for each in results_of(case, TASKS)[0]}
    assert shown['size']['type'] == 'number' and shown['size']['value'] == {'number': 12}


@pytest.mark.parametrize('text, wanted', [('12.5', 12.5), ('12,5', 12.5), (7, 7)])
def test_an_export_s_number_is_read(text, wanted):
    labels, report = Labels(TASKS), Report()
    assert labels.values(labels.read({'size': [text]}, 'here', report), 'here', report) == {'size': wanted}


def test_an_export_s_number_out_of_range_is_reported():
    labels, report = Labels(TASKS), Report()
    assert labels.values(labels.read({'size': ['300']}, 'here', report), 'here', report) == {}
    assert '300 is not from 0 to 80 mm' in report.unusable[0]


def test_two_raters_with_different_numbers_have_no_word_in_common_and_that_is_no_disagreement():
    one, other = ({'attributes': {'color': ['white'], 'size': number}} for number in (12, 13))
    assert compare_words(one, other) == (['color'], [])


def test_what_is_said_of_a_number_is_read_by_people():
    assert label(SIZE, SIZE.encode(12.345)) == '12.3 mm' and label(SIZE, SIZE.encode(None)) == '?'


def test_a_number_is_no_word_for_the_doctor_nor_for_the_parts(tmp_path):
    base = read_base([part(tmp_path, [12, 90, None])], LIST)
    assert not list(unknown_word(base)) and class_counts(base)['size'] == {}
    (finding,) = wrong_number(base)
    assert '90 is not from 0 to 80 mm' in str(finding)
    assert [label_counts(each, ()) for each in base.photographs] == [{}, {}, {}]


def test_a_number_where_a_word_is_wanted_is_an_error_for_the_doctor(tmp_path):
    base = read_base([part(tmp_path, [12])], [LIST[0], dict(name='size', kind='ordinal', classes=['small', 'large'])])
    (finding,) = unknown_word(base)
    assert '12 is none of small, large' in str(finding)


def test_an_analysis_of_words_names_the_numbers_that_it_leaves_out(tmp_path):
    ratings = read_ratings([part(tmp_path, [12])], LIST)
    assert list(ratings.tasks) == ['color', 'diagnosis'] and ratings.numbers == ['size']


def test_what_wants_classes_refuses_a_number():
    with pytest.raises(ValueError, match="'size' is a number, and what features add up to is answered in words"):
        check_inputs({}, [TASKS['color']], SIZE)
    with pytest.raises(ValueError, match="'size' has no classes that could come equally often"):
        BalancedSampler(Empty(), 'size')


class Empty(list):
    """A data set without photographs."""

    tasks = TASKS


def test_the_least_sure_number_is_the_one_with_the_widest_quantiles():
    wide, narrow = np.linspace(0, 80, 5), np.linspace(39, 41, 5)
    assert SIZE.uncertainty(torch.tensor(np.stack([wide, narrow]))).tolist() == pytest.approx([1, 0.025])


def part(folder, numbers):
    images = [{'id': i, 'file_name': f'{i}.png', 'width': 10, 'height': 8, 'outlined': True}
              for i in range(len(numbers))]
    rows = [{'id': i, 'image_id': i, 'category_id': 1, 'bbox': [1, 1, 4, 4], 'area': 16, 'iscrowd': 0,
             'segmentation': [[1, 1, 5, 1, 5, 5, 1, 5]], 'attributes': {'size': number}}
            for i, number in enumerate(numbers)]
    return write_dataset(folder / 'train.json', {'info': {}, 'images': images, 'annotations': rows,
                                                 'categories': [{'id': 1, 'name': 'lesion'}]})


def test_labels_are_counted_and_give_the_prior(tmp_path):
    path = part(tmp_path, [10, 20, 30, None, 'not_assessable'])
    assert count_labels(TASKS, path)['size'] == (3, {})
    assert training_prior(TASKS.answered, path)['size'].tolist() == [10, 10, 20, 30, 30]


def test_a_wrong_number_is_refused_with_its_place(tmp_path):
    with pytest.raises(ValueError, match='train.json: annotation 1: task size: 200 is not from 0 to 80 mm'):
        count_labels(TASKS, part(tmp_path, [10, 200]))


def test_a_meta_head_reads_it_in_numbers_of_about_one():
    head = MetaHead(TASKS['diagnosis'], [SIZE])
    answers = {'size': torch.tensor([SAID, SAID + 40]).float()}
    block = head.blocks(answers)['size']
    torch.testing.assert_close(block, (answers['size'] - 40) / 20)
    given = {'size': (torch.full((2, 5), 60.), torch.tensor([True, False]))}
    torch.testing.assert_close(head.blocks(answers, given, 'correction')['size'][0], torch.ones(5))


@pytest.mark.parametrize('kind', ['FocalLoss', 'WeightedLoss', 'LogitAdjustment'])
def test_no_class_of_a_number_is_rare(kind):
    with pytest.raises(ValueError, match="'size' has no classes"):
        MODELS.build(dict(type=kind, task=SIZE))


def test_a_margin_makes_intervals_hold_what_they_promise():
    truth = np.arange(1., 20)  # 19 numbers: of 20 new ones 18 are wanted, the 18th smallest distance is 18
    assert fit_margin(truth, np.zeros(19), np.zeros(19)) == 18
    assert fit_margin(truth, np.full(19, -30.), np.full(19, 30.)) == -12  # too wide: they may shrink
    assert fit_margin(truth[:8], np.zeros(8), np.zeros(8)) == np.inf


def test_a_picture_says_who_is_right():
    assert judge_number(SIZE, READING, np.full((1, 5), 29.)).right
    line = judge_number(SIZE, READING, np.array([[31.] * 5, [np.nan] * 5]))
    assert not line.right and line.raters == '31' and line.said == '12 mm (5 to 30)'
    assert judge_number(SIZE, READING, np.full((1, 5), np.nan)).right is None


def rows(prefix, number, seed):
    """A lesion a photograph in two folds; the model knows half of what there is to know, and is twice too sure."""
    rng, made = np.random.default_rng(seed), []
    for i in range(number):
        known, noise = rng.normal(0, 6, 2)
        truth = np.full((1, 1, 5), np.clip(40 + known + noise, 0, 80))
        answer = 40 + known + np.array([-1.645, -0.674, 0, 0.674, 1.645])[None] * 3
        made.append(Row(i, f'{prefix}{i // 2}', raters=['r'], lesion_ids=['1'], outlined=np.ones(1, bool),
                        same=np.zeros(1, int), targets={'size': truth}, on_true={'size': answer},
                        on_pred={'size': answer}, file_name=f'{prefix}{i}.png', fold=i // 2 % 2))
    return made


def test_a_study_scores_it_and_its_intervals():
    prior = {'size': SIZE.uniform_prior().tolist()}
    about = dict(tasks=LIST, priors={0: prior, 1: prior})
    found = {(each.section, each.score, each.of): each for each in all_results(make_study(
        (rows('t', 600, 0), about), (rows('v', 600, 1), about)))}
    assert found['numbers', 'r2', 'predicted outlines'].value == pytest.approx(0.5, abs=0.08)
    assert found['numbers', 'mae', 'true outlines'].value == pytest.approx(6 * np.sqrt(2 / np.pi), rel=0.1)
    assert found['numbers', 'coverage', 'predicted outlines'].value == pytest.approx(0.59, abs=0.05)  # 1.645 / 2 sd
    assert found['conformal', 'coverage', 'cqr'].value == pytest.approx(0.9, abs=0.03)
    assert found['conformal', 'width', 'cqr'].value == pytest.approx(2 * 1.645 * 6, rel=0.1)
    assert {score for section, score, _ in found if section == 'folds'} == {'r2'}


def test_the_page_of_a_study_shows_it_also_where_there_are_no_words(tmp_path):
    prior = {'size': SIZE.uniform_prior().tolist()}
    about = dict(tasks=LIST, priors={0: prior, 1: prior}, config='c.py', config_sha256='0' * 64,
                 checkpoints={0: 'f' * 64}, training={}, software={})
    study = make_study((rows('t', 40, 0), about), (rows('v', 40, 1), about))
    page = write_page(tmp_path / 'study.html', study, all_results(study), {0: tmp_path, 1: tmp_path}).read_text()
    assert '<h3>Numbers</h3>' in page and '<td>size</td><td>true outlines</td>' in page
    assert 'alt="What was said of size, against the labels"' in page


def test_a_scatter_plot_shows_what_was_found_and_labelled(tmp_path):
    targets, said = np.full((3, 2, 5), np.nan), np.tile(SAID, (3, 1))
    targets[0], targets[1, 0], said[1] = 10, 20, np.nan
    truth, answers = pairs_of(targets, said)
    assert truth.tolist() == [10, 10] and (answers == SAID).all()
    draw_scatter(rows('t', 20, 0), SIZE, tmp_path / 'size.png')
    assert (tmp_path / 'size.png').is_file()
    draw_scatter([], SIZE, tmp_path / 'none.png')
    assert not (tmp_path / 'none.png').exists()


CONFIG = """
_base_ = ['SMALL']
tasks = [*_base_.tasks, dict(name='age', kind='number', low=0, high=110, unit='years', level='image'),
         dict(name='size', kind='number', low=0, high=80, unit='px')]
model = dict(feature_heads=dict(age=dict(type='FeatureHead', tasks=['age']),
                                size=dict(type='FeatureHead', tasks=['size'], with_lab=True)))
"""


@pytest.mark.slow
def test_a_run_trains_it_scores_it_and_predicts_it(tmp_path, built_in):
    small = Path(__file__).parent / 'study/small_config.py'
    (tmp_path / 'config.py').write_text(CONFIG.replace('SMALL', str(small)))
    add_numbers(built_in(tmp_path / 'data'))
    cfg = load_config(tmp_path / 'config.py', tmp_path / 'run', folder=tmp_path / 'data')
    build_runner(cfg).train()
    cfg = load_config(tmp_path / 'config.py', tmp_path / 'run', folder=tmp_path / 'data')
    scores = run_test(cfg, tmp_path / 'run/last.pth', show_dir=tmp_path / 'pictures', unaudited=True,
                      predictions=tmp_path / 'said.parquet')
    assert all(np.isfinite(scores[f'{name}/{score}']) for name in ('age', 'size') for score in ('mae', 'coverage'))
    assert scores['age/n'] and 'age/matched' not in scores and 'true_outline/size/mae' in scores
    assert (tmp_path / 'pictures/test_scatter_age.png').is_file()
    read, about = read_predictions(tmp_path / 'said.parquet')
    assert {'age', 'size'} <= read[0].on_pred.keys() and len(about['priors']['0']['age']) == 5
    case = Predictor(tmp_path / 'run', flags=None)(next((tmp_path / 'data').rglob('*.jpg')))
    reading = case.photograph.numbers['age']
    assert 0 <= reading['low'] <= reading['value'] <= reading['high'] <= 110 and reading['unit'] == 'years'


def add_numbers(folder):
    """Two numbers beside the words of built-in photographs, in place."""
    for path in [folder / f'{part}.json' for part in ('train', 'val', 'test')]:
        content = json.loads(path.read_text())
        for image in content['images']:
            image['attributes'] = {**(image.get('attributes') or {}), 'age': image['record'].get('age')}
        for annotation in content['annotations']:
            annotation.setdefault('attributes', {})['size'] = min(80, round(annotation['area'] ** 0.5, 1))
        path.write_text(json.dumps(content))
