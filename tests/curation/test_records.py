"""A table of patients' records: spellings, photographs found by name, and what is refused or left out."""
import pytest

from lopm.curation.folder import Folder
from lopm.curation.labels import Labels
from lopm.curation.records import read_records
from lopm.curation.source import SourceError
from lopm.tasks import build_tasks

MAP = '''version: 1
attributes: {age: record.age, sexe: record.sex, tabac: record.tobacco, patient: patient_id, couleur: color}
words:
  record.age: number
  record.sex: {female: [f, femme], male: [m, homme]}
  record.tobacco: boolean
  color: {white: [blanc]}
'''
FIELDS = dict(age=dict(center=50, scale=20), sex=dict(words=['female', 'male']), tobacco=dict(words=[False, True]),
              site=dict(words=['tongue', 'gum']), packs=dict(center=10, scale=5))


@pytest.fixture
def read(tmp_path):
    (tmp_path / 'photographs/more').mkdir(parents=True)
    for name in ('a.jpg', 'b.jpg', 'more/c.jpg'):
        (tmp_path / 'photographs' / name).touch()
    (tmp_path / 'map.yaml').write_text(MAP)
    labels = Labels(build_tasks([]), tmp_path / 'map.yaml')

    def read(text, fields=FIELDS):
        (tmp_path / 'records.csv').write_text(text)
        return read_records(tmp_path / 'records.csv', Folder(tmp_path / 'photographs'), labels, fields)
    return read


def test_spellings_of_the_label_map_and_of_the_config(read):
    found, left_out = read('Photo;âge;Sexe;TABAC;Site;packs;patient\na.jpg;61;Femme;oui;tongue;2,5;P1\n'
                           'more/c.jpg;;m;;;;\nimg/b.jpg;40;;non;;;P2\n')
    assert found == {
        'a.jpg': {'record': {'age': 61, 'sex': 'female', 'tobacco': True, 'site': 'tongue', 'packs': 2.5},
                  'patient_id': 'P1'},
        'more/c.jpg': {'record': {'sex': 'male'}},
        'b.jpg': {'record': {'age': 40, 'tobacco': False}, 'patient_id': 'P2'}}
    assert left_out == []
    assert all(type(key) is str for each in found.values() for key in {**each, **each['record']})
    assert {type(value) for each in found.values() for value in each['record'].values()} == {int, str, bool, float}


def test_fields_that_the_model_does_not_read_are_kept(read):
    assert read('photo,age,sexe\na.jpg,61,f\n', {})[0] == {'a.jpg': {'record': {'age': 61, 'sex': 'female'}}}


def test_what_is_left_out_is_said(read):
    found, left_out = read('file,age,couleur,name of the patient\na.jpg,61,blanc,Doe\ngone.jpg,5,,\n')
    assert found == {'a.jpg': {'record': {'age': 61}}}
    assert left_out == ['columns that are no field of a record: couleur, name of the patient',
                        '1 lines of photographs that are not there, such as gone.jpg']


@pytest.mark.parametrize('text, words', [
    ('file,age\na.jpg,old\n', 'records.csv, line 2: age is not understood; write a number, or leave it empty$'),
    ('file,sexe\na.jpg,x\n', 'sexe is not understood; write one of female, male, or'),
    ('file,sexe\na.jpg,f / m\n', 'sexe is not understood'),
    ('file,site\na.jpg,palate\n', 'site is not understood; write one of tongue, gum,'),
    ('file,tabac\na.jpg,maybe\n', 'tabac is not understood; write yes or no,'),
    ('file,age\na.jpg,61\nA.JPG,62\n', 'line 3: a.jpg stands there twice'),
    ('name,age\na.jpg,61\n', 'no column names the photographs'), ('file,age\n', 'no line but the first')])
def test_what_cannot_be_read_is_refused(read, text, words):
    with pytest.raises(SourceError, match=words) as error:
        read(text)
    assert not {'old', 'palate', 'maybe'} & set(str(error.value).split())  # values are the patient's


def test_words_of_the_config_count(read):
    fields = dict(sex=dict(words=['F', 'M']))
    with pytest.raises(SourceError, match='sexe is not understood'):
        read('file,sexe\na.jpg,femme\n', fields)
    assert read('file,sexe\na.jpg,F\n', fields)[0]['a.jpg']['record'] == {'sex': 'F'}
