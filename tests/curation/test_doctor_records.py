"""Records that nobody has, and those that training refuses, named without their values."""
import json

import pytest

from lopm.curation.doctor import check_records
from lopm.curation.doctor.dataset import read_base


@pytest.fixture
def base(tmp_path):
    records = [{'age': 61, 'sex': 'female'}, {'age': 4711}, {'age': -4711, 'sex': None}, {'sex': 'QUASTENFLOSSER'}, {}]
    images = [{'id': i, 'file_name': f'{i}.jpg', 'width': 4, 'height': 3, 'record': record}
              for i, record in enumerate(records)]
    (tmp_path / 'all.json').write_text(json.dumps({'images': images, 'annotations': [], 'categories': []}))
    return lambda **options: read_base([tmp_path / 'all.json'], **options)


def test_an_age_that_nobody_has(base):
    found = list(check_records.record_out_of_range(base()))
    assert [each.photographs for each in found] == [(('all', '1.jpg'),), (('all', '2.jpg'),)]
    assert {each.words for each in found} == {'age in the record is not from 0 to 120'}
    wide = dict(age=dict(center=50, scale=20, range=[0, 5000]))
    assert len(list(check_records.record_out_of_range(base(record_fields=wide)))) == 1


def test_a_word_that_training_refuses(base):
    assert not list(check_records.unknown_record_value(base()))
    (found,) = check_records.unknown_record_value(base(record_fields=dict(sex=dict(words=['female', 'male']))))
    assert found.photographs == (('all', '3.jpg'),) and 'QUASTENFLOSSER' not in found.words
    assert 'sex: is none of female, male' in found.words
