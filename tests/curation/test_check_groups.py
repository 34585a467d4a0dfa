"""What the doctor says of visits and patients."""
from lopm.curation.doctor.check_groups import at_odds_within_a_visit, of_no_patient
from lopm.curation.doctor.dataset import read_base
from tests.datasets.tiny import TASKS, image, write

VISIT = dict(name='referral', kind='ordinal', level='visit', classes=['none', 'routine', 'urgent'])


def base(folder, images, tasks=(*TASKS, VISIT)):
    return read_base([write(folder, images, [])], tasks)


def test_photographs_of_one_visit_that_disagree_are_found(tmp_path):
    found = list(at_odds_within_a_visit(base(tmp_path, [
        image(1, patient_id='A', visit='1', attributes=dict(referral='none')),
        image(2, patient_id='A', visit='2', attributes=dict(referral='urgent')),
        image(3, patient_id='A', visit='1', attributes=dict(referral='urgent'))])))
    assert [each.photographs for each in found] == [(('train', 'p1.png'), ('train', 'p3.png'))]
    assert '"none" with p1.png and "urgent" with p3.png' in found[0].words and found[0].pair


def test_photographs_of_nobody_and_without_a_date_are_counted(tmp_path):
    images = [image(1), image(2, patient_id='A'), image(3, patient_id='A', visit='1')]
    assert [each.words for each in of_no_patient(base(tmp_path, images))] == [
        'part train: 1 photographs name no patient, and referral are asked of visits and patients',
        'part train: 1 photographs of known patients name no visit; those of a patient count as one']
    assert not list(of_no_patient(base(tmp_path, images, TASKS)))
