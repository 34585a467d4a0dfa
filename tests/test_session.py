"""All photographs of a patient in, what is said of each visit and of the patient out."""
import logging

import numpy as np
import pytest
from mmengine.structures import InstanceData
from PIL import Image

from lopm import Predictor
from lopm.models.base import LesionModel
from lopm.models.predict import predict
from tests.tiny_run import find_red, photograph, save_run, save_run_of_patients

SHOWN = {'1/a.png': photograph((90, 60, 30)), '1/b.png': photograph(blue=True),
         '2/c.png': photograph((40, 40, 18), (130, 80, 30)), '2/d.png': photograph((60, 60, 22))}
VISITS = {name: name[0] for name in SHOWN}


@pytest.fixture(autouse=True)
def known_outlines(monkeypatch):
    monkeypatch.setattr(LesionModel, 'find_masks', find_red)


@pytest.fixture(scope='module')
def run(tmp_path_factory):
    return save_run_of_patients(tmp_path_factory.mktemp('run'))


@pytest.fixture
def predictor(run):
    return Predictor(run, batch_size=3)


@pytest.fixture
def folder(tmp_path):
    for name, image in SHOWN.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(image).save(tmp_path / name)
    return tmp_path


def test_a_session_says_what_the_network_says_of_all_photographs_in_one_batch(predictor, folder):
    session = predictor.session(folder, {'age': 61}, VISITS)
    assert [case.name for case in session.cases] == list(SHOWN) and list(session.visits) == ['1', '2']
    assert session.visits['2'].photographs == ['2/c.png', '2/d.png'] and len(session.patient.photographs) == 4
    batches = predictor.preparer.batches(folder, dict.fromkeys(SHOWN, {'age': 61}))
    data = [each.data for batch in batches for each in batch]
    for each in data:
        name = next(name for name in SHOWN if str(each['data_samples'].img_path).endswith(name))
        each['data_samples'].set_metainfo(dict(patient_id='', visit=VISITS[name]))
    batch = predictor.network.data_preprocessor(dict(
        inputs=[each['inputs'] for each in data], data_samples=[each['data_samples'] for each in data]), False)
    samples = predict(predictor.network, batch['inputs'], batch['data_samples'])
    for visit, first in (('1', 0), ('2', 2)):
        wanted = samples[first].pred_image.focal[0].tolist()
        np.testing.assert_allclose(list(session.visits[visit].probabilities['focal'].values()), wanted, atol=1e-5)
        above = samples[first].by_table.referral[0].tolist()
        table = list(session.visits[visit].by_table['referral'].values())
        np.testing.assert_allclose(table, [1 - above[0], above[0] - above[1], above[1]], atol=1e-5)
    assert session.patient.probabilities['spreading']['yes'] == pytest.approx(
        samples[0].pred_image.spreading.item(), abs=1e-5)
    assert isinstance(samples[0].pred_image, InstanceData) and 'focal' not in session.patient.probabilities


def test_without_dates_all_photographs_are_one_visit(predictor, folder):
    session = predictor.session(folder)
    assert list(session.visits) == [''] and len(session.visits[''].photographs) == 4


def test_a_photograph_that_cannot_be_read_is_one_less(predictor, folder):
    whole = predictor.session([folder / '2/c.png', folder / '2/d.png'])
    (folder / '1/a.png').write_bytes(b'no png')
    session = predictor.session([folder / name for name in ('1/a.png', '2/c.png', '2/d.png')])
    assert session.cases[0].bad and session.visits[''].photographs == ['c.png', 'd.png']
    assert session.patient.probabilities['spreading'] == pytest.approx(whole.patient.probabilities['spreading'])
    unread = predictor.session([folder / '1/a.png'])
    assert unread.visits == {} and unread.patient.probabilities == {}


def test_a_photograph_of_no_visit_is_refused(predictor, folder):
    with pytest.raises(ValueError, match='1/a.png: of no visit; name the visit of each of the 4'):
        predictor.session(folder, visits={'2/c.png': '2'})


def test_a_model_without_such_tasks_says_nothing_of_visits(tmp_path, folder):
    session = Predictor(save_run(tmp_path / 'run')).session(folder, visits=VISITS)
    assert len(session.cases) == 4 and session.visits['1'].probabilities == {} and session.visits['1'].by_table == {}


def test_single_photographs_are_not_told_of_a_visit_and_it_is_said(predictor, folder, caplog):
    from mmengine.logging import MMLogger
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    with caplog.at_level(logging.INFO):
        case = predictor(folder / '2/c.png')
    logger.removeHandler(caplog.handler)
    assert 'focal' not in case.photograph.probabilities
    assert 'focal, referral, spreading: of a visit or a patient' in caplog.text
