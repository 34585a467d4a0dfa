"""The numbers of a study on predictions whose truth is known, its page, and the errors it shows."""
import csv
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask

from lopm.evaluation.outlines import WHOLE, Overlap
from lopm.evaluation.rows import Row
from lopm.study.counts import counts, labels_of, remarks_on
from lopm.study.errors import worst_errors
from lopm.study.page import _interval, write_csv, write_page
from lopm.study.remarks import Remark
from lopm.study.results import Result, all_results, make_study

pytestmark = pytest.mark.slow

TASKS = [dict(name='lesion', kind='mask', level='image'),
         dict(name='color', kind='multilabel', classes=['white', 'red']),
         dict(name='grade', kind='ordinal', classes=['low', 'middle', 'high']),
         dict(name='diagnosis', kind='multiclass', classes=['a', 'b', 'c'])]
PRIOR = {'color': [.5, .5], 'grade': [.6, .3], 'diagnosis': [.4, .3, .3]}
ABOUT = dict(tasks=TASKS, priors={0: PRIOR, 1: PRIOR}, config='c.py', config_sha256='0' * 64,
             checkpoints={0: 'f' * 64, 1: 'e' * 64}, training={'epochs': '7'}, software={'torch': '2.0'})
SQUARE = np.zeros((40, 60), np.uint8)
SQUARE[5:20, 5:20] = 1
RLE = coco_mask.encode(np.asfortranarray(SQUARE))


def rows(part, number, seed, sharpness=1.):
    """A lesion a photograph, two photographs a patient, in two folds; probabilities too sure by ``sharpness``."""
    rng, made = np.random.default_rng(seed), []
    for i in range(number):
        logits = rng.normal(0, 1.5, 3)
        right = np.exp(logits) / np.exp(logits).sum()
        said = np.exp(sharpness * logits) / np.exp(sharpness * logits).sum()
        truth = {'color': rng.integers(0, 2, (1, 1, 2)), 'grade': np.array([[[float(i % 2), 0]]]),
                 'diagnosis': np.eye(3)[rng.choice(3, p=right)][None, None]}
        probs = {'color': 0.2 + 0.6 * truth['color'][0], 'grade': np.array([[.7 if i % 2 else .3, .1]]),
                 'diagnosis': said[None]}
        outline = Overlap(0.8, 0.9, np.array([True]), np.array([False]), 0, [RLE], [RLE], np.array([.9]), (40, 60))
        made.append(Row(i, f'{part}{i // 2}', outline=outline, raters=['r'], lesion_ids=['1'], targets=truth,
                        outlined=np.ones(1, bool), same=np.zeros(1, int), on_true=probs, on_pred=probs,
                        file_name=f'{part}{i}.png', fold=(i // 2) % 2,
                        about={'device': 'A' if i < number // 2 else 'B', 'record': {'age': 30 + i % 40}}))
    return made


@pytest.fixture(scope='module')
def study():
    return make_study((rows('t', 400, 0, 3.), ABOUT), (rows('v', 400, 1, 3.), ABOUT))


def value(found, section, task, score, of=''):
    (each,) = [each for each in found if (each.section, each.task, each.score, each.of) == (section, task, score, of)]
    return each


def test_numbers_by_what_was_put_in(study):
    found = all_results(study)
    assert value(found, 'outline', 'lesion', 'jaccard')[4:7] == pytest.approx((.8, .8, .8))
    auroc = value(found, 'words', 'color', 'auroc', 'predicted outlines')
    assert auroc.value == 1 and (auroc.lesions, auroc.photographs, auroc.patients) == (400, 400, 200)
    before, after = (value(found, 'calibration', 'diagnosis', 'ece', f'{when} scaling').value
                     for when in ('before', 'after'))
    assert before > 0.15 and after < before / 2  # three times too sure, put right as far as 400 lesions can show
    assert study.scaling[0]['tasks']['diagnosis']['scale'] == [[pytest.approx(1 / 3, abs=0.08)]]
    assert value(found, 'conformal', 'diagnosis', 'coverage', 'lac').value == pytest.approx(0.9, abs=0.04)
    points = [value(found, 'operating point', 'diagnosis', 'sensitivity', word) for word in 'abc']
    assert all(point.low < point.value < point.high for point in points)
    assert np.mean([point.value for point in points]) == pytest.approx(0.9, abs=0.05)
    assert value(found, 'abstention', 'diagnosis', 'risk', '50% answered').value < value(
        found, 'abstention', 'diagnosis', 'risk', '100% answered').value
    assert {each.of for each in found if each.section == 'subgroups' and each.task == 'diagnosis'} >= {
        'device: A', 'device: B', 'age: 40 to 49'}
    assert {each.of for each in found if each.section == 'folds'} == {'fold 0', 'fold 1'}


def test_the_page_is_one_file_with_every_section_and_no_link(study, tmp_path):
    found = counts(study) + all_results(study)
    Image.fromarray(np.zeros((40, 60, 3), np.uint8)).save(tmp_path / 'x.png')
    write_csv(tmp_path / 'study.csv', found)
    page = write_page(tmp_path / 'study.html', study, found, {0: tmp_path, 1: tmp_path}, 'Drawn.',
                      [Remark('is rare', 'c'), Remark('is rare', 'd')]).read_text()
    assert not re.search(r'(src|href)="(?!data:)', page) and 'Drawn.' in page and 'TRIPOD+AI' in page
    assert 'is rare (2 times): c; d' in page
    for title in ('Calibration', 'Abstention', 'Subgroups', 'Fold by fold', 'The worst errors'):
        assert f'>{title}' in page
    assert page.count('data:image/png') >= 6 and '400 photographs, 400 lesions, 200 patients' in page
    lines = list(csv.DictReader((tmp_path / 'study.csv').open()))
    assert len(lines) == len(found)
    assert 'No twins were trained (--no-twins)' in page and 'epochs</td><td>7</td>' in page and 'torch 2.0' in page
    assert len(re.findall(r'<td>fold 0</td>\s*<td>200</td>', page)) == 3  # fitted to so many


def test_the_worst_errors_come_first_with_their_photograph(study, tmp_path):
    for row in study.rows[:40]:
        Image.fromarray(np.full((40, 60, 3), 90, np.uint8)).save(tmp_path / row.file_name)
    task = study.tasks['diagnosis']
    errors = worst_errors(study.rows[:40], task, {0: tmp_path, 1: tmp_path}, most=5)
    held = sorted((row.on_pred['diagnosis'] * row.targets['diagnosis'][0]).sum() for row in study.rows[:40])
    assert [each.probability for each in errors] == pytest.approx(held[:5])
    assert all(each.picture.startswith('data:image/jpeg') for each in errors) and errors[0].lesion == ''


def test_patients_in_validation_and_test_are_refused():
    with pytest.raises(ValueError, match='patients are in the calibration part'):
        make_study((rows('t', 40, 0), ABOUT), (rows('t', 40, 1), ABOUT))


def test_words_without_outlines_have_no_scores_on_true_ones(tmp_path):
    parts = [[replace(row, outline=None, outlined=np.zeros(1, bool), same=np.full(1, WHOLE))
              for row in rows(name, 100, i)] for i, name in enumerate('tv')]
    made = make_study(*((part, ABOUT) for part in parts))
    found = counts(made) + all_results(made)
    assert {each.of for each in found if each.section == 'words'} == {'whole photographs'}
    assert not [each for each in found if each.section == 'outline'] and not any(each.lesions for each in found)
    assert value(found, 'conformal', 'diagnosis', 'coverage', 'lac').photographs == 100
    assert value(found, 'words', 'diagnosis', 'auroc', 'whole photographs').counted == '100 photographs, 50 patients'
    page = write_page(tmp_path / 'study.html', made, found, {0: tmp_path, 1: tmp_path}).read_text()
    assert 'Nothing is outlined' in page and 'there are no labels' not in page
    assert '100 photographs, 50 patients' in page and '<th>lesions</th>' not in page


def test_accuracy_says_on_how_many_lesions_it_rests(study):
    few = replace(study, rows=[replace(row, targets={**row.targets, 'diagnosis': np.ones((1, 1, 3))}) if i < 30 else row
                               for i, row in enumerate(study.rows)])
    auroc, accuracy = (value(all_results(few), 'words', 'diagnosis', score, 'predicted outlines')
                       for score in ('auroc', 'accuracy'))
    assert (auroc.lesions, accuracy.lesions) == (400, 370)
    assert _interval(accuracy, auroc).endswith(', of 370') and ', of' not in _interval(auroc, auroc)


def without(rows, fold, number):
    """The rows without lesions of one class in one fold."""
    return [row for row in rows if row.fold != fold or not row.targets['diagnosis'][0, 0, number]]


def unlabelled(rows, fold):
    """The rows without a diagnosis in one fold."""
    nothing = np.full((1, 1, 3), np.nan)
    return [replace(row, targets={**row.targets, 'diagnosis': nothing}) if row.fold == fold else row for row in rows]


@pytest.mark.parametrize('spoil', [lambda rows: without(rows, 1, 2), lambda rows: unlabelled(rows, 1)],
                         ids=['a class is missing', 'no label at all'])
@pytest.mark.parametrize('part', [0, 1], ids=['tested', 'validated'])
def test_a_fold_that_lacks_something_does_not_spoil_the_others(spoil, part):
    parts = [rows('t', 400, 0, 3.), rows('v', 400, 1, 3.)]
    parts[part] = spoil(parts[part])
    found = all_results(make_study(*((each, ABOUT) for each in parts)))
    assert value(found, 'words', 'diagnosis', 'auroc', 'predicted outlines').low > 0.7
    assert value(found, 'conformal', 'diagnosis', 'coverage', 'lac').value == pytest.approx(0.9, abs=0.05)


def test_a_task_that_nobody_labelled_has_no_numbers():
    parts = [unlabelled(unlabelled(rows(name, 100, i, 3.), 0), 1) for i, name in enumerate('tv')]
    found = all_results(make_study(*((each, ABOUT) for each in parts)))
    assert np.isnan(value(found, 'words', 'diagnosis', 'auroc', 'predicted outlines').value)
    assert not [each for each in found if each.section == 'conformal' and each.task == 'diagnosis']


@pytest.mark.parametrize('part', [0, 1], ids=['tested', 'validated'])
def test_probabilities_of_nan_are_refused(part):
    parts = [rows('t', 40, 0), rows('v', 40, 1)]
    first = parts[part][0]
    parts[part][0] = replace(first, on_pred={**first.on_pred, 'diagnosis': np.full((1, 3), np.nan)})
    with pytest.raises(ValueError, match=f"{'tv'[part]}0.png: an answer to 'diagnosis' is nan"):
        make_study(*((each, ABOUT) for each in parts))


def test_a_label_is_counted_where_it_is(study):
    few = replace(study, rows=unlabelled(study.rows, 1))
    found = labels_of(few, study.tasks['diagnosis'])
    labelled, *classes = found
    assert labelled.of == 'labelled' and labelled[4] == 0.5 and labelled[7:] == (200, 200, 100)
    assert sum(each.lesions for each in classes) == 200 and sum(each.value for each in classes) == pytest.approx(1)
    folds = [each for each in all_results(few) if (each.section, each.task) == ('folds', 'diagnosis')]
    assert [(each.of, each.photographs, each.patients) for each in folds] == [('fold 0', 200, 100)]


def test_intervals_stand_beside_calibration_and_coverage(study):
    found = [each for each in all_results(study) if each.section in ('calibration', 'conformal')]
    assert all(each.low < each.high for each in found if each.task == 'diagnosis')
    brier = value(found, 'calibration', 'diagnosis', 'brier', 'after scaling')
    assert brier.low < brier.value < brier.high and brier.patients == 200


def test_what_should_not_be_taken_at_face_value_is_said():
    def auroc(section, of, score):
        return Result(section, 'color', 'auroc', of, score)
    folds = [auroc('folds', 'fold 0', 0.74), auroc('folds', 'fold 1', 0.80)]
    said, = remarks_on([auroc('words', 'predicted outlines', 0.71), *folds])
    assert said.says.startswith('the AUROC of all folds together is below that of every fold')
    assert said.where == 'color (0.710; folds 0.740 to 0.800, mean 0.770)'
    assert not remarks_on([auroc('words', 'predicted outlines', 0.77), *folds])
    fitted = [Result('fitted', 'color', 'scaling', 'fold 0', 3), Result('fitted', 'color', 'scaling', 'fold 1', 56),
              Result('fitted', 'color', 'sets', 'fold 0', 8), Result('fitted', 'color', 'sets', 'fold 1', 3)]
    few, sets = remarks_on(fitted)
    assert few == ('a scaling was fitted to fewer than 30 labels and follows chance', 'color (3 in 1 fold)')
    assert sets == ('sets of classes were fitted to fewer than 9 labels and hold every class',
                    'color (3 to 8 in 2 folds)')
