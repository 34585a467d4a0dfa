"""``lopm operate`` and ``lopm screen``: from photographs in folders to pages, with a network of known outlines."""
import csv
import html
import json
import re
import stat

import pytest
from PIL import Image

from lopm import Predictor
from lopm.commands import operate, screen
from lopm.engine.identity import identity
from lopm.files import sha256
from lopm.models.base import LesionModel
from lopm.report.language import NO_BREAK, Language
from lopm.screening.choosing import choose_point
from lopm.screening.operating_point import read_point, write_point
from tests.screening.test_choosing import TEST, VALIDATION, kept
from tests.test_predictor import near
from tests.tiny_model import GROUP_HEADS, GROUP_TASKS, TASKS
from tests.tiny_run import find_red, model, photograph, save_run, save_run_of_patients

RED = photograph((90, 60, 30))
TWO = photograph((40, 40, 18), (130, 80, 30))
FREE = photograph(blue=True)
HEALTHY = re.compile(r'healthy|normal|saine?s?\b', re.IGNORECASE)
SAID = re.compile("says nowhere that a mouth is healthy|nulle part qu'une bouche est saine")


@pytest.fixture(autouse=True)
def known_outlines(monkeypatch):
    monkeypatch.setattr(LesionModel, 'find_masks', find_red)


@pytest.fixture(scope='module')
def run(tmp_path_factory):
    return save_run_of_patients(tmp_path_factory.mktemp('run'))


def predicted_by(run):
    """What predictions of a run say that they are of."""
    predictor = Predictor(run, flags=False)
    return {'checkpoints': {0: sha256(run / 'best.pth')}, 'predicts': identity(predictor.cfg, predictor.checkpoint)}


@pytest.fixture
def point(run, tmp_path):
    """``point(threshold)``: the file of an operating point for the weights of the run."""
    weights = predicted_by(run)
    chosen = choose_point(kept(tmp_path / 'val.parquet', VALIDATION, **weights),
                          kept(tmp_path / 'test.parquet', TEST, 'test', **weights), 'referral', 'urgent', .75)

    def file(threshold, above=False):
        chosen.threshold, chosen.above = threshold, above
        return write_point(tmp_path / 'point.json', chosen)
    return file


@pytest.fixture
def screened(run, tmp_path):
    """``screened(photographs, *arguments)``: exit status of the command on ``{name: photograph or bytes}``."""
    def status(photographs, *arguments, model=run):
        for name, image in photographs.items():
            path = tmp_path / 'sessions' / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(image) if isinstance(image, bytes) else Image.fromarray(image).save(path)
        return screen.main(screen.parse_args([str(each) for each in (
            model, tmp_path / 'sessions', '--out', tmp_path / 'out', '--no-pdf', *arguments)]))
    return status


def page(tmp_path, name):
    """The words of a page, blanks as one; it names nothing outside, and calls nothing healthy."""
    text = ' '.join(html.unescape((tmp_path / f'out/{name}.html').read_text()).split())
    assert 'http' not in text.replace('http://www.w3.org', '')
    words = re.sub('<[^>]*>', '', text.partition('</style>')[2])
    assert SAID.search(words) and not HEALTHY.search(SAID.sub('', words))
    return text


def test_a_session_becomes_a_page_and_data(screened, point, tmp_path, capsys):
    assert screened({'P1/2026-03-14/left_buccal.png': RED, 'P1/2026-03-14/dos_de_langue.png': FREE,
                     'P1/2026-03-14/upper_lip.png': b'no image', 'P1/2026-03-14/IMG_1.png': TWO},
                    '--operating', point(1e-6)) == 0
    said, text = capsys.readouterr(), page(tmp_path, 'P1_2026-03-14')
    assert 'IMG_1.png: which view it shows is not known' in said.err and 'upper_lip.png: the file is' in said.err
    assert text.index('no medical device') < text.index('Refer, at the operating point: urgent referral')
    assert 'To photograph: ventral tongue (missing); right buccal (missing); upper lip (cannot be read)' in text
    assert 'sensitivity 50 % (' in text and 'On 60 test patients (40 of 60 visits need it)' in text
    assert text.count('<svg') == 3 and 'view not known' in text and 'left buccal (1)' in text
    assert 'What the model was trained on is not known here' in text
    found = json.loads((tmp_path / 'out/P1_2026-03-14.json').read_text())
    assert found['sites'] == {'': [2, 3], 'left_buccal': [1]} and found['decision']['refer']
    assert found['views']['upper_lip'] == 'unusable' and found['reason_by'] == 'table'
    (row,) = csv.DictReader((tmp_path / 'out/screened.csv').open())
    assert (row['session'], row['patient'], row['photographs']) == ('P1_2026-03-14', 'P1', '4')


def test_the_same_in_french(screened, point, tmp_path):
    assert screened({'P1/joue_gauche.png': RED}, '--language', 'fr', '--operating', point(.999999, above=True)) == 0
    text = page(tmp_path, 'P1')
    assert all(each in text for each in (
        'Sous le point de fonctionnement : adressage urgent ou plus', "Cela ne dit pas qu'il n'y a rien à adresser",
        'joue gauche (1)', 'langue, face dorsale (manquante)', "n'est pas un dispositif médical"))


@pytest.fixture(scope='module')
def timed(tmp_path_factory):
    """A run that is asked of a patient when a relapse comes, too."""
    relapse = dict(name='relapse', kind='time', level='patient', cuts=[1, 2, 5], horizons=[2, 5])
    heads = {**GROUP_HEADS, 'patient': dict(type='GroupHead', tasks=['spreading', 'relapse'])}
    return save_run(tmp_path_factory.mktemp('timed'), model=model(tasks=TASKS + GROUP_TASKS + [relapse],
                                                                  group_heads=heads))


@pytest.mark.parametrize('language, title, said', [
    ('en', 'The patient', 'Of one person that says nothing certain'),
    ('fr', 'Le patient', "D'une personne en particulier, cela ne dit rien de certain")])
def test_the_patient_has_a_section_with_a_curve(screened, timed, tmp_path, language, title, said):
    assert screened({'P1/left_buccal.png': RED}, '--language', language, model=timed) == 0
    text, person = page(tmp_path, 'P1'), json.loads((tmp_path / 'out/P1.json').read_text())['person']
    section = text.partition(f'<h2>{title}</h2>')[2]
    assert said in section and section.count('<polyline') == 1 and '<td>spreading</td>' in section
    assert list(person['times']['relapse']) == ['by_1', 'by_2', 'by_5'] and set(person['words']) == {'spreading'}
    assert re.findall(r'<td><b>(.*?)</b></td>', section) == [
        Language(language).percent(person['times']['relapse'][by]).replace(NO_BREAK, ' ') for by in ('by_2', 'by_5')]


def test_of_photographs_that_are_all_flagged_nothing_is_said_of_the_patient(screened, timed, tmp_path, monkeypatch):
    monkeypatch.setattr(Predictor, 'raised', lambda self, data: [{'blurred': .01}])
    monkeypatch.setattr(Predictor, '__init__', flagging(Predictor.__init__))
    assert screened({'P1/upper_lip.png': TWO}, model=timed) == 1
    assert not list((tmp_path / 'out').glob('P1*'))


def test_no_lesion_does_not_say_that_there_is_none(screened, tmp_path):
    assert screened({'P1/left_buccal.png': FREE}) == 0
    text = page(tmp_path, 'P1')
    assert 'No lesion was found. That does not say that there is none.' in text and 'No operating point is' in text
    assert 'Suggests nothing: there is no lesion' in text and 'Spread of lesions' not in text
    assert 'nobody has named' not in text
    assert screened({'P2/IMG_1.png': RED}) == 0
    assert '1 photograph shows a view that nobody has named' in page(tmp_path, 'P2')
    assert json.loads((tmp_path / 'out/P1.json').read_text())['lesions'] == []


def test_a_flagged_photograph_is_asked_nothing(screened, run, tmp_path, monkeypatch):
    """The visit reads as if it had not been taken, and its view is to be photographed again."""
    assert screened({'P1/left_buccal.png': RED}) == 0
    alone = json.loads((tmp_path / 'out/P1.json').read_text())
    raised = iter([[{}, {'blurred': .01}]])  # asked once
    monkeypatch.setattr(Predictor, 'raised', lambda self, data: next(raised))
    monkeypatch.setattr(Predictor, '__init__', flagging(Predictor.__init__))
    assert screened({'P1/upper_lip.png': TWO}) == 0
    found = json.loads((tmp_path / 'out/P1.json').read_text())
    assert near(found['referral'], alone['referral']) and near(found['lesions'], alone['lesions'])
    text = page(tmp_path, 'P1')
    assert found['views']['upper_lip'] == 'unusable' and 'upper lip (blurred)' in text
    assert text.count('<svg') == text.count('<img') == 1  # the flagged one is shown without an outline


def flagging(init):
    def flagged(self, *arguments, **more):
        init(self, *arguments, **more)
        self.flags = True
    return flagged


def test_sessions_that_cannot_be_screened_are_said_and_the_others_are(screened, tmp_path, capsys):
    (tmp_path / 'sessions/P3').mkdir(parents=True)
    assert screened({'P1/left_buccal.png': RED}) == 1
    assert screened({'P2/left_buccal.png': b'no image'}) == 1
    said = capsys.readouterr()
    assert 'P2: none of 1 photographs is usable (cannot be read)' in said.err and 'P3: no photograph in it' in said.err
    assert '1 of 3 sessions screened' in said.out
    assert sorted(path.name for path in (tmp_path / 'out').glob('P*')) == ['P1.html', 'P1.json']
    table = tmp_path / 'out/screened.csv'
    rows = list(csv.DictReader(table.open()))
    assert [row['session'] for row in rows] == [row['patient'] for row in rows] == ['P1', 'P2']
    assert rows[1]['not screened'].startswith('none of 1')
    assert rows[0]['views shown'] == 'left_buccal' and rows[0]['lesions'] == '1' and rows[0]['referral']
    assert stat.S_IMODE(table.stat().st_mode) == 0o600


def test_a_model_without_a_task_of_referral_says_so(screened, tmp_path):
    single = save_run(tmp_path / 'single')
    assert screened({'P1/left_buccal.png': RED}, model=single) == 0
    text = page(tmp_path, 'P1')
    assert '<h2>The patient' not in text
    assert 'The model has no task of referral' in text and 'left buccal (1)' in text
    assert json.loads((tmp_path / 'out/P1.json').read_text())['referral'] is None


def test_records_go_to_the_patient_they_are_of(screened, tmp_path, monkeypatch):
    asked = {}
    own = Predictor.session
    monkeypatch.setattr(Predictor, 'session', lambda self, photographs, record, **more: asked.update(
        record) or own(self, photographs, record, **more))
    photographs, records = {'P1/left_buccal.png': RED, 'P1/upper_lip.png': RED}, tmp_path / 'records.csv'
    records.write_text('photograph,age,sex\nleft_buccal.png,61,\nupper_lip.png,61,male\n')
    assert screened(photographs, '--records', records) == 0 and asked == {'age': 61, 'sex': 'male'}
    for lines, said in (('left_buccal.png,61,a\nupper_lip.png,62,a', 'age differs between photographs of P1'),
                        ('left_buccal.png,61,a\nupper_lip.png,61,b', 'the photographs of P1 are of two patients')):
        records.write_text(f'photograph,age,patient_id\n{lines}\n')
        with pytest.raises(ValueError, match=said):
            screened(photographs, '--records', records)


def test_what_is_refused_leaves_nothing_behind(screened, point, tmp_path):
    photographs, file = {'P1/left_buccal.png': RED}, point(.5)
    file.write_text(file.read_text().replace(json.loads(file.read_text())['predicts'], 'ab' * 32))
    with pytest.raises(ValueError, match='was chosen on the probabilities of another model than this'):
        screened(photographs, '--operating', file)
    with pytest.raises(ValueError, match='lies within'):
        screened(photographs, '--out', tmp_path / 'sessions/out')
    (tmp_path / 'table.csv').write_text('file,view\nP1/left_buccal.png,left bucal\n')
    with pytest.raises(ValueError, match='did you mean left_buccal'):
        screened(photographs, '--sessions', tmp_path / 'table.csv')
    assert not (tmp_path / 'out').exists()


def test_a_point_is_chosen_from_the_predictions_of_a_run(run, tmp_path, capsys):
    weights = predicted_by(run)
    files = [kept(tmp_path / 'val.parquet', VALIDATION, **weights),
             kept(tmp_path / 'test.parquet', TEST, 'test', **weights)]

    def status(*more):
        return operate.main(operate.parse_args([str(each) for each in (
            *files, '--from', 'urgent', '--sensitivity', '.75', '--out', tmp_path / 'points/point.json', *more)]))
    status('--checkpoint', run / 'best.pth')
    assert 'sensitivity         0.500 (' in capsys.readouterr().out
    assert (tmp_path / 'points/point.png').stat().st_size > 10_000
    assert read_point(tmp_path / 'points/point.json', Predictor(run).tasks, weights['predicts']).wanted == .75
    with pytest.raises(ValueError, match='did not write these predictions'):
        status('--checkpoint', save_run(tmp_path / 'other', seed=1) / 'best.pth')


def test_a_figure_that_is_not_defined_says_what_it_lacks(run, tmp_path):
    weights = predicted_by(run)
    point = choose_point(kept(tmp_path / 'val.parquet', VALIDATION, **weights),
                         kept(tmp_path / 'test.parquet', TEST, 'test', **weights), 'referral', 'urgent', .75)
    point.ppv, point.referred_per_found = (None,) * 3, (2., None, 4.)
    said = '\n'.join(operate.lines(point))
    assert 'ppv                 not defined: nobody lies above the threshold' in said
    assert 'referred per found  2.000 (– to 4.000)' in said


def test_french_has_a_word_for_all_that_is_said():
    from lopm.report.screening import LIMITS, NOT_KNOWN, NOTHING_FOUND
    from lopm.report.write import HERE
    from lopm.screening.views import MISSING, UNREAD, read_protocol
    said = re.findall(r"_\('([^']*)'\)", (HERE / 'screening.html.j2').read_text())
    words = [*said, *LIMITS, NOT_KNOWN, NOTHING_FOUND, MISSING, UNREAD, *read_protocol().views]
    words += [f'referral {word}' for word in ('none', 'routine', 'urgent')]
    known = Language('fr').catalog._catalog
    assert len(words) > 25 and not [each for each in words if each.replace('_', ' ') not in known]
