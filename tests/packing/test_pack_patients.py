"""A pack of a network that answers for visits and patients: calibrated as lesions are, once a visit, once a patient."""
import html
import json
import shutil

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image

from lopm import Predictor
from lopm.commands import screen
from lopm.datasets.format import task_info
from lopm.datasets.splits import write_parts
from lopm.engine.identity import identity
from lopm.evaluation.calibration import fit_scaling, scale_probabilities
from lopm.findings import NOTHING_RULED_OUT, NOTHING_SUITS
from lopm.pack.open import Pack
from lopm.screening.choosing import choose_point
from lopm.screening.operating_point import write_point
from lopm.tasks import build_tasks
from tests.packing.tiny_pack import pack
from tests.screening.test_choosing import TEST, VALIDATION, kept
from tests.tiny_base import SIZE, lesion, words
from tests.tiny_model import GROUP_HEADS, GROUP_TASKS, TASKS
from tests.tiny_run import PIPELINE, RECORD, find_red, model, photograph, save_run

pytestmark = pytest.mark.slow

ALL = TASKS + GROUP_TASKS
ASKED = build_tasks(ALL).of_groups
DAYS = '2026-01-10', '2026-03-14', '2026-03-14'  # of the three photographs of each patient


def write_patients(folder, counts):
    """A base of so many patients a part, each with a visit of one photograph and one of two, and random words; gives
    what is said of each visit and patient, ``{(part, patient, day or ''): {task: word}}``."""
    rng, parts, said = np.random.default_rng(3), {}, {}
    (folder / 'images').mkdir(parents=True)
    for part, count in counts.items():
        images, annotations = [], []
        for patient in range(count):
            known = {'spreading': 'yes' if rng.random() < .4 else 'no'}
            said[part, patient, ''] = known
            for day in DAYS:
                visit = said.setdefault((part, patient, day), {
                    'focal': ['none', 'one', 'many'][rng.integers(3)],
                    'referral': ['none', 'routine', 'urgent'][rng.integers(3)]})
                i, x, y = len(images) + 1, rng.integers(24, 72), rng.integers(24, 40)
                name = f'images/{part}{i}.png'
                Image.fromarray(photograph((x, y, 16), size=SIZE)).save(folder / name)
                images.append({'id': i, 'file_name': name, 'width': SIZE[0], 'height': SIZE[1],
                               'patient_id': f'{part}{patient}', 'visit': day, 'attributes': {**known, **visit},
                               'record': {'sex': ('female', 'male')[patient % 2]}})
                annotations.append(lesion(i, x, y, words(rng)))
        parts[part] = {'info': {'source': 'discs', 'tasks': task_info(build_tasks(ALL))}, 'images': images,
                       'annotations': annotations, 'categories': [{'id': 1, 'name': 'lesion'}]}
    write_parts(folder, parts, {'source': 'discs'})
    return said


def run_of_patients(folder, counts):
    """``(run, base, what is said in it)``."""
    said = write_patients(folder / 'base', counts)
    dataset = dict(type='LesionDataset', data_root=str(folder / 'base'), tasks=ALL, record_fields=RECORD,
                   pipeline=PIPELINE, test_mode=True)
    loaders = {f'{part}_dataloader': dict(
        batch_size=3, num_workers=0, collate_fn=dict(type='pseudo_collate'),
        sampler=dict(type='PatientSampler', shuffle=False), batch_sampler=dict(type='PatientBatches'),
        dataset=dict(dataset, ann_file=f'{part}.json')) for part in counts}
    run = save_run(folder / 'run', model=model(tasks=ALL, group_heads=GROUP_HEADS), train_cfg=dict(max_epochs=3),
                   **loaders)
    return run, folder / 'base', said


@pytest.fixture(scope='module')
def outlines():
    """Networks outline what is red, for all of this module."""
    from lopm.models.base import LesionModel
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LesionModel, 'find_masks', find_red)
        yield


@pytest.fixture(scope='module')
def made(tmp_path_factory, outlines):
    """``(run, base, said, pack)``; 32 patients of validation."""
    folder = tmp_path_factory.mktemp('patients')
    run, base, said = run_of_patients(folder, {'train': 4, 'val': 32, 'test': 6})
    pack(run, folder / 'pack')
    return run, base, said, folder / 'pack'


def sessions(predictor, base, said, part):
    """``{(patient, day or ''): Together}`` of a part's patients, as the predictor says it."""
    found = {}
    for patient in sorted({each for of, each, _ in said if of == part}):
        days = {f'{part}{3 * patient + i}.png': day for i, day in enumerate(DAYS, 1)}
        session = predictor.session([base / 'images' / name for name in days],
                                    {'sex': ('female', 'male')[patient % 2]}, days)
        found[patient, ''] = session.patient
        found.update({(patient, day): each for day, each in session.visits.items()})
    return found


@pytest.fixture(scope='module')
def raw(made):
    run, base, said, _ = made
    return sessions(Predictor(run, flags=False), base, said, 'val')


@pytest.fixture(scope='module')
def sure(made):
    _, base, said, folder = made
    return sessions(Predictor(folder), base, said, 'val')


def targets_and_rows(raw, said, task):
    """What validation says of a task and what the network itself says, ``([N, 1, K], [N, K])``."""
    asked = [key for key in raw if bool(key[1]) == (task.level == 'visit')]
    return (np.array([[task.encode(said['val', *key][task.name])] for key in asked], float),
            np.array([raw[key].read.rows[task.name] for key in asked]))


@pytest.mark.parametrize('name', list(ASKED))
def test_visits_and_patients_are_calibrated_by_validation_each_once(made, raw, name):
    """As by hand: from what the run says of each session, by the way of scaling that the pack has chosen."""
    fitted, task = Pack(made[3]).content.doubt[name], ASKED[name]
    targets, rows = targets_and_rows(raw, made[2], task)
    assert len(rows) == (64 if task.level == 'visit' else 32)
    by_hand = fit_scaling(task, targets, rows, fitted['method'])
    for part in ('scale', 'bias'):
        assert np.ravel(fitted['scaling'][part]) == pytest.approx(np.ravel(by_hand[part]), rel=.02, abs=.01)
    assert sum(fitted['sets']['lesions'].values()) == len(rows)


def test_a_packed_session_is_the_runs_scaled_and_says_what_it_cannot_rule_out(made, raw, sure):
    pack = Pack(made[3])
    for key, together in sure.items():
        assert together.probabilities.keys() == {name for name, task in ASKED.items()
                                                 if (task.level == 'visit') == bool(key[1])}
        for name, odds in together.probabilities.items():
            fitted, task = pack.content.doubt[name], ASKED[name]
            row = raw[key].read.rows[name]
            wanted = task.class_probabilities(scale_probabilities(task, row, fitted['scaling']))
            assert list(odds.values()) == pytest.approx(wanted.tolist(), abs=1e-4)
            assert not raw[key].possible and together.read.rows[name] == pytest.approx(row, abs=1e-4)
            limit = fitted['sets']['limits']['everybody']
            by_hand = {word for word, p in odds.items() if 1 - p <= limit + 1e-9}
            assert set(together.possible[name]) == by_hand
            assert (name in together.abstains) == (len(by_hand) in (0, len(odds)))


def test_nine_in_ten_of_validation_are_held(made, sure):
    """Of what the limits were fitted to, nearly: they come from scalings without the patient's own visits."""
    held = [made[2]['val', *key]['referral'] in together.possible['referral']
            for key, together in sure.items() if key[1]]
    assert len(held) == 64 and np.mean(held) >= .85


def test_the_card_says_what_it_rests_on(made):
    card, text = Pack(made[3]).content.card, (made[3] / 'card.md').read_text()
    assert card['doubt']['referral']['visits'] == 12 and card['doubt']['spreading']['patients'] == 6
    assert {each['task'] for each in card['scores']} >= {'referral', 'focal', 'spreading'}
    counted = {each['task']: each['lesions'] for each in card['scores'] if each['score'] == 'auroc'}
    assert (counted['referral'], counted['spreading']) == (12, 6)
    assert '- referral: ' in text and 'visits 12' in text


def test_of_few_patients_it_stays_as_it_is_and_is_said(tmp_path, outlines):
    run, base, said = run_of_patients(tmp_path, {'train': 2, 'val': 3, 'test': 2})
    content, remarks = pack(run, tmp_path / 'pack')
    assert not content.doubt.keys() & ASKED.keys()
    assert any(text.startswith('referral: 3 validation patients with a label; its probabilities are not calibrated')
               for text in remarks)
    plain, packed = (sessions(Predictor(each, flags=False), base, said, 'test') for each in (run, tmp_path / 'pack'))
    for key in plain:
        assert packed[key].possible == {}
        for name, odds in plain[key].probabilities.items():
            assert packed[key].probabilities[name] == pytest.approx(odds, abs=1e-5)


def test_sets_of_a_field_are_those_of_the_patients_record(made):
    predictor = Predictor(made[3])
    own = predictor.doubt.tasks['referral']
    own['sets'] = {**own['sets'], 'by': 'sex', 'limits': {'female': 0., 'male': 1.}}
    photographs = [made[1] / f'images/test{i}.png' for i in (1, 2)]
    found = {sex: predictor.session(photographs, {'sex': sex}).visits[''] for sex in ('female', 'male')}
    assert {sex: len(visit.possible['referral']) for sex, visit in found.items()} == {'female': 0, 'male': 3}
    assert found['female'].abstains['referral'] == NOTHING_SUITS
    assert found['male'].abstains['referral'] == NOTHING_RULED_OUT


@pytest.mark.parametrize('language, of_visits, of_patients, unknown', [
    ('en', 'Of 90 % of visits the true word is among', 'of 90 % of patients the true word', 'that takes a pack'),
    ('fr', 'Pour 90 % des visites le vrai mot est parmi', 'pour 90 % des patients le vrai mot', 'il y faut un pack')])
def test_a_screening_with_a_pack_says_so_and_compares_unscaled(made, tmp_path, language, of_visits, of_patients,
                                                              unknown):
    run, base, _, folder = made
    (tmp_path / 'sessions/P1').mkdir(parents=True)
    for i, view in ((2, 'left_buccal'), (3, 'upper_lip')):
        shutil.copy(base / f'images/val{i}.png', tmp_path / f'sessions/P1/{view}.png')
    predictor = Predictor(run, flags=False)
    own = predictor.session(tmp_path / 'sessions/P1').visits[''].read.rows['referral']
    about = {'predicts': identity(predictor.cfg, predictor.checkpoint)}
    point = choose_point(kept(tmp_path / 'val.parquet', VALIDATION, **about),
                         kept(tmp_path / 'test.parquet', TEST, 'test', **about), 'referral', 'urgent', .75)
    file, texts = write_point(tmp_path / 'point.json', point), {}
    for asked in (run, folder):
        out = tmp_path / asked.name
        assert screen.main(screen.parse_args([str(each) for each in (
            asked, tmp_path / 'sessions', '--out', out, '--no-pdf', '--operating', file, '--language', language)])) == 0
        data = json.loads((out / 'P1.json').read_text())
        assert data['decision']['score'] == pytest.approx(own[1], abs=1e-4)
        text = html.unescape((out / 'P1.html').read_text()).replace('\N{NO-BREAK SPACE}', ' ')
        texts[asked] = data['referral'], ' '.join(text.split())
    (said, text), (plain, plainly) = texts[folder], texts[run]
    assert of_visits in text and of_patients in text and unknown not in text and said['possible']
    assert unknown in plainly and of_visits not in plainly and plain['possible'] is None
    assert said['probabilities'] != pytest.approx(plain['probabilities'], abs=.01)


def test_what_predicts_is_the_same_for_a_run_and_its_pack_alone(made, tmp_path):
    run, _, _, folder = made
    plain, packed = Predictor(run, flags=False), Predictor(folder)
    own = identity(plain.cfg, plain.checkpoint)
    assert identity(packed.cfg, packed.checkpoint) == own and len(own) == 64
    for changes in (dict(predict_with=dict(flips=['none', 'horizontal'], others=[])),
                    dict(predict_with=dict(flips=['none'], others=[str(run / 'best.pth')]))):
        other = Config({**plain.cfg.to_dict(), **changes})
        assert identity(other, plain.checkpoint) != own
    smaller = Config(plain.cfg.to_dict())
    smaller.test_dataloader.dataset.pipeline[2].size = (32, 48)
    trained = Config(plain.cfg.to_dict())
    trained.model.backbone.init_cfg = dict(type='Pretrained', checkpoint='/somewhere/else.pth')
    assert identity(smaller, plain.checkpoint) != own == identity(trained, plain.checkpoint)
    other = save_run(tmp_path / 'other', seed=5, model=model(tasks=ALL, group_heads=GROUP_HEADS)) / 'best.pth'
    assert identity(plain.cfg, other) != own
