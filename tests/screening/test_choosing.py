"""Operating points: chosen on validation alone, measured on test once; and what is refused."""
import numpy as np
import pytest

from lopm.evaluation.outlines import NOT_FOUND
from lopm.evaluation.predictions import write_predictions
from lopm.evaluation.rows import Row
from lopm.screening.choosing import answers_of, choose_point, figure, positive
from lopm.screening.operating_point import read_point, write_point
from lopm.tasks import build_task, build_tasks

TASKS = [
    dict(name='lesion', kind='mask', level='image'),
    dict(name='diagnosis', kind='multiclass', classes=['a', 'b', 'c']),
    dict(name='referral', kind='ordinal', level='visit', classes=['none', 'routine', 'urgent']),
    dict(name='quality', kind='binary', level='image', classes=['poor', 'good']),
    dict(name='size', kind='number', high=90)]
GRADES = {'none': [0, 0], 'routine': [1, 0], 'urgent': [1, 1]}
ABOUT = dict(tasks=TASKS, config='a.py', checkpoints={0: 'ab' * 32}, predicts='01' * 32,
             priors={0: {'diagnosis': [.6, .3, .1]}})
# Of 40 patients' visits: the grade, and P(urgent) that is said of it.
VALIDATION = [('urgent', .9), ('urgent', .6), ('urgent', .6), ('urgent', .3), ('routine', .7), ('none', .1)] * 10
TEST = [('urgent', .9), ('urgent', .6), ('urgent', .4), ('urgent', .2), ('routine', .8), ('none', .1)] * 10


def visit(i, grade, p, patient):
    return Row(i, patient, targets={'referral': np.float32([[GRADES[grade]]])}, on_true={
        'referral': np.full((1, 2), np.nan)}, on_pred={'referral': np.float32([[max(p, .5), p]])})


def kept(path, said, part='val', **about):
    rows = [visit(i, grade, p, f'{part}{i}') for i, (grade, p) in enumerate(said)]
    return write_predictions(path, rows, {**ABOUT, 'data': {f'{part}.json': part}, **about})


@pytest.fixture
def files(tmp_path):
    return kept(tmp_path / 'val.parquet', VALIDATION), kept(tmp_path / 'test.parquet', TEST, 'test')


def test_a_point_by_hand(files):
    """Three of four urgent ones are at .6 or above in validation; in test two of four, and one other of two."""
    point = choose_point(*files, 'referral', 'urgent', .75)
    assert point.threshold == pytest.approx(.6) and (point.level, point.wanted) == ('visit', .75)
    assert point.sensitivity[0] == .5 and point.specificity[0] == .5 and point.npv[0] == pytest.approx(1 / 3)
    assert point.ppv[0] == pytest.approx(2 / 3) and point.referred_per_found[0] == pytest.approx(1.5)
    assert point.sensitivity[1] < .5 < point.sensitivity[2]
    assert point.referred_per_found[1] < 1.5 < point.referred_per_found[2]
    assert point.net_benefit['model'] == pytest.approx(20 / 60 - 10 / 60 * 1.5, abs=1e-6)
    assert point.net_benefit['all'] == pytest.approx(40 / 60 - 20 / 60 * 1.5, abs=1e-6)
    assert (point.test.positives, point.test.negatives, point.test.patients, point.test.unit) == (40, 20, 60, 'visits')
    assert point.validation.positives == 40 and point.validation.file == {'val.json': 'val'}
    assert point.weights_sha256 == ['ab' * 32] and point.predicts == '01' * 32


def test_the_test_part_moves_no_threshold(files, tmp_path):
    other = kept(tmp_path / 'other.parquet', [(grade, p / 2) for grade, p in TEST], 'test')
    first, second = (choose_point(files[0], test, 'referral', 'urgent', .75) for test in (files[1], other))
    assert first.threshold == second.threshold and first.sensitivity != second.sensitivity


def test_a_grade_or_one_above_it_is_positive(files):
    point = choose_point(*files, 'referral', 'routine', .9)
    assert point.test.positives == 50 and point.threshold == pytest.approx(.5) and point.above
    assert not choose_point(*files, 'referral', 'urgent', .9).above


@pytest.mark.parametrize('entry, word, answer, p', [
    (TASKS[1], 'b', [.2, .5, .3], .5), (TASKS[2], 'routine', [.7, .4], .7), (TASKS[2], 'urgent', [.7, .4], .4),
    (TASKS[3], 'poor', [.3], .7), (dict(name='color', kind='multilabel', classes=['white', 'red']), 'red', [.9, .2],
                                   .2)])
def test_the_probability_of_a_word_by_kind(entry, word, answer, p):
    assert positive(build_task(entry), word, answer) == pytest.approx(p)


def test_what_raters_leave_open_does_not_count():
    """Two of them at odds, a/b for a, and a/b for c, which it is not; of three raters the majority."""
    task, nan = build_tasks(TASKS)['diagnosis'], [np.nan] * 3
    targets = np.float32([[[1, 0, 0], [0, 1, 0], nan], [[1, 1, 0], nan, nan], [[1, 0, 0], [1, 0, 0], [0, 0, 1]]])
    row = Row(1, 'p', raters=['x', 'y', 'z'], outlined=np.ones(3, bool), same=np.arange(3), targets={
        'diagnosis': targets}, on_true={'diagnosis': np.zeros((3, 3))}, on_pred={'diagnosis': np.eye(3)})
    assert answers_of([row], task, 'a').truth.tolist() == [True]
    assert answers_of([row], task, 'c').truth.tolist() == [False, False, False]


def test_a_lesion_that_was_not_found_has_the_prior(tmp_path):
    """And is then not referred: sensitivity counts it."""
    def row(part, i):
        word = np.eye(3, dtype=np.float32)[2 * (i % 2)]  # a, c, a, c ...
        return Row(i, f'{part}{i}', outlined=np.ones(2, bool), same=np.array([0, NOT_FOUND if part == 'test' else 1]),
                   raters=['r'], lesion_ids=['1', '2'], targets={'diagnosis': word[None, None].repeat(2, 0)},
                   on_true={'diagnosis': np.full((2, 3), .3)},
                   on_pred={'diagnosis': (.1 + .7 * word)[None].repeat(2, 0)})
    for part in ('val', 'test'):
        write_predictions(tmp_path / part, [row(part, i) for i in range(20)], {**ABOUT, 'data': {part: part}})
    point = choose_point(tmp_path / 'val', tmp_path / 'test', 'diagnosis', 'c', .9)
    assert point.threshold == pytest.approx(.8) and point.sensitivity[0] == .5 and point.test.unit == 'lesions'


def test_what_no_draw_contradicts_is_not_certain():
    assert figure((1., 1., 1.), 10) == (1., pytest.approx(.6915, abs=1e-4), 1.)  # Clopper-Pearson, 10 of 10
    assert figure((0., 0., 0.), 10) == (0., 0., pytest.approx(.3085, abs=1e-4))
    assert figure((.5, .2, .8), 10) == (.5, .2, .8) and figure((np.nan,) * 3, 0) == (None,) * 3


@pytest.mark.parametrize('change, said', [
    (dict(test=0), 'are one file'), (dict(data={'x.json': 'val'}), 'are predictions of one part'),
    (dict(part='val', data={}), 'share 60 patients'), (dict(checkpoints={0: 'cd' * 32}), 'of different weights'),
    (dict(predicts='02' * 32), r'asked in two ways \(size, mirrorings'),
    (dict(predicts=''), 'or of an older lopm; write both'),
    (dict(checkpoints={0: 'ab' * 32, 1: 'cd' * 32}), 'predictions of 2 models'),
    (dict(said=TEST[:24]), '8 patients without referral urgent; 10 are the fewest'),
    (dict(said=[('urgent', .9)] * 30), 'no patients without'),
    (dict(word='none'), 'is everybody; name a word above it: routine, urgent'),
    (dict(word='urgnt'), 'did you mean'), (dict(task='size'), "'size' is no task in words"),
    (dict(sensitivity=1.2), 'give a share above 0')])
def test_what_nothing_follows_from_is_refused(files, tmp_path, change, said):
    asked = {'task': 'referral', 'word': 'urgent', 'sensitivity': .9, **change}
    rest = {key: change[key] for key in ('data', 'checkpoints', 'predicts') if key in change}
    test = files[0] if 'test' in change else kept(tmp_path / 'x.parquet', asked.get('said', TEST), asked.get(
        'part', 'test'), **rest)
    with pytest.raises(ValueError, match=said):
        choose_point(files[0], test, asked['task'], asked['word'], asked['sensitivity'])


@pytest.mark.parametrize('said, count', [([('none', .1)] * 40, 'no patients with'), (VALIDATION[:12] + [('none', .2)],
                                                                                     '8 patients with')])
def test_validation_with_few_to_be_found_chooses_nothing(files, tmp_path, said, count):
    few = kept(tmp_path / 'few.parquet', said)
    with pytest.raises(ValueError, match=count):
        choose_point(few, files[1], 'referral', 'urgent', .9)


def test_a_point_goes_with_what_predicted(files, tmp_path):
    own = '01' * 32
    point, tasks = choose_point(*files, 'referral', 'urgent', .75), build_tasks(TASKS).answered
    path = write_point(tmp_path / 'point.json', point)
    assert read_point(path, tasks, own) == point
    with pytest.raises(ValueError, match='of other weights, or of these in another size, mirrored or averaged'):
        read_point(path, tasks, '02' * 32)
    for changed, said in ((dict(level='lesion'), 'decides on visits'), (dict(word='now'), 'nothing that this model')):
        for name, value in changed.items():
            broken = read_point(path, tasks, own)
            setattr(broken, name, value)
        with pytest.raises(ValueError, match=said):
            read_point(write_point(tmp_path / 'broken.json', broken), tasks, own)
    (tmp_path / 'none.json').write_text('{}')
    with pytest.raises(ValueError, match=r'none\.json'):
        read_point(tmp_path / 'none.json', tasks, own)
