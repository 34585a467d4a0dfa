import hashlib
import json
from collections import Counter

import pytest

from lopm.datasets.splits import check_parts, refuse_shared, split_groups, write_parts
from tests.datasets.tiny import image, lesion, write

SHARES = dict(train=0.7, val=0.1, test=0.2)


def test_each_part_gets_its_share_of_every_stratum():
    strata = {f'P{i:03d}': 'rare' if i % 5 == 0 else 'common' for i in range(200)}
    part_of = split_groups(strata, SHARES, seed=0)
    assert Counter(part_of[group] for group in strata if strata[group] == 'rare') == dict(train=28, val=4, test=8)
    assert Counter(part_of.values()) == dict(train=140, val=20, test=40)


def test_the_seed_alone_decides():
    strata = {f'P{i}': 'x' for i in range(50)}
    backwards = dict(reversed(strata.items()))
    assert split_groups(strata, SHARES, 3) == split_groups(backwards, SHARES, 3) != split_groups(strata, SHARES, 4)


def test_shares_have_to_sum_to_one():
    with pytest.raises(ValueError, match='sum to 0.9'):
        split_groups({'a': 'x'}, dict(train=0.7, test=0.2), 0)


def test_a_patient_in_two_parts_is_refused(tmp_path):
    train = write(tmp_path, [image(1, patient_id='P7'), image(2, patient_id='P8')], [])
    test = write(tmp_path, [image(3, patient_id='P7')], [], name='test.json')
    with pytest.raises(ValueError, match='1 patients are in two parts, .*train.json and .*test.json: P7; move'):
        check_parts([train, test])
    check_parts([train, train])  # one file used twice is one part
    check_parts([train, write(tmp_path, [image(3, patient_id='P9')], [], name='test.json')])


def test_a_photograph_without_a_patient_is_its_own_group(tmp_path):
    train, test = write(tmp_path, [image(1)], []), write(tmp_path, [image(9, file_name='p1.png')], [], name='test.json')
    with pytest.raises(ValueError, match='photographs are in two parts.*p1.png'):
        check_parts([train, test])


def part(*images):
    rows = [lesion(each['id'] * 10 + rater, of=each['id'], lesion_id='L', rater=str(rater))
            for each in images for rater in range(2)]
    return {'images': list(images), 'annotations': rows, 'categories': [{'id': 1, 'name': 'lesion'}]}


def test_the_audit_says_what_was_checked(tmp_path):
    parts = dict(train=part(image(1, patient_id='a'), image(2, patient_id='a')), test=part(image(3, patient_id='b')))
    audit = write_parts(tmp_path, parts, {'source': 'x'})
    assert audit == json.loads((tmp_path / 'audit.json').read_text())
    assert audit['counts'] == dict(train=dict(photographs=2, groups=1, lesions=2),
                                   test=dict(photographs=1, groups=1, lesions=1))
    assert audit['patients_apart'] is True and audit['source'] == 'x'
    assert audit['sha256']['test.json'] == hashlib.sha256((tmp_path / 'test.json').read_bytes()).hexdigest()
    assert sorted(path.name for path in tmp_path.iterdir()) == ['audit.json', 'test.json', 'train.json']


def test_the_audit_is_honest_without_patient_ids(tmp_path):
    audit = write_parts(tmp_path, dict(train=part(image(1)), test=part(image(2))), {})
    assert audit['patients_apart'] == 'unknown for 2 photographs without a patient id: each counts as a patient'


def test_parts_that_share_a_patient_are_not_audited(tmp_path):
    with pytest.raises(ValueError, match='two parts'):
        write_parts(tmp_path, dict(train=part(image(1, patient_id='a')), test=part(image(2, patient_id='a'))), {})
    assert not (tmp_path / 'audit.json').exists()


def test_a_photograph_of_two_patients_is_in_two_parts_all_the_same(tmp_path):
    train = write(tmp_path, [image(1, patient_id='P1')], [])
    test = write(tmp_path, [image(9, file_name='p1.png', patient_id='P2')], [], name='test.json')
    with pytest.raises(ValueError, match='1 photographs are in two parts.*p1.png'):
        check_parts([train, test])


def test_patient_0_is_a_patient(tmp_path):
    train, test = (write(tmp_path, [image(i, patient_id=0)], [], name=f'{i}.json') for i in (1, 2))
    with pytest.raises(ValueError, match='1 patients are in two parts.*: 0;'):
        check_parts([train, test])


def test_refused_parts_leave_the_last_good_ones(tmp_path):
    write_parts(tmp_path, dict(train=part(image(1, patient_id='a')), test=part(image(3, patient_id='b'))), {})
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ValueError, match='two parts'):
        write_parts(tmp_path, dict(train=part(image(1, patient_id='a')), test=part(image(3, patient_id='a'))), {})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_one_file_by_two_paths_is_in_two_parts(tmp_path):
    """By a link to its folder, a link to the file itself, and a way around."""
    (tmp_path / 'photographs').mkdir()
    (tmp_path / 'photographs' / 'a.png').write_bytes(b'')
    (tmp_path / 'link').symlink_to('photographs')
    (tmp_path / 'b.png').symlink_to('photographs/a.png')
    for name in ('link/a.png', 'b.png', 'photographs/../link/a.png'):
        with pytest.raises(ValueError, match='1 photographs are in two parts'):
            refuse_shared({tmp_path / 'train.json': [{'file_name': 'photographs/a.png'}],
                           tmp_path / 'test.json': [{'file_name': name}]})
