"""Label maps: files, what they refuse, and the ones that are shipped."""
import pytest
import yaml
from drawn_exports import REPO
from mmengine.config import Config

from lopm.base.labels import Labels
from lopm.base.report import Report
from lopm.base.source import SourceError
from lopm.tasks import build_tasks

TASKS = build_tasks(Config.fromfile(REPO / 'configs/oral_extended.py').tasks)
ORAL = REPO / 'configs/labels/oral.yaml'


def labels(tmp_path, **sections):
    path = tmp_path / 'map.yaml'
    path.write_text(yaml.safe_dump(sections))
    return Labels(TASKS, path)


def understood(map_, **words):
    report = Report()
    said = map_.read({name: [value] for name, value in words.items()}, 'here', report)
    return map_.values(said, 'here', report), report


def test_without_a_map_the_words_of_the_tasks_match_themselves():
    values, report = understood(Labels(TASKS), color='White', Border_Sharpness='ill defined', patient_id='P1',
                                visit='2', colour='red', site='nose')
    assert values == {'color': ['white'], 'border_sharpness': 'ill_defined', 'patient_id': 'P1', 'visit': 2}
    assert dict(report.unmapped) == {'colour': 1} and report.content()['unknown_words'][0]['word'] == 'nose'


@pytest.mark.parametrize('words, wanted', [
    (dict(colour='mixed'), {'color': ['white', 'red']}), (dict(couleur='Blanchâtre'), {'color': ['white']}),
    (dict(bords='flous'), {'border_sharpness': 'ill_defined'}),
    (dict(homogénéité='hétérogène'), {'homogeneity': 'non_homogeneous'}),
    (dict(label='Lésion'), {'category': 'lesion'}), (dict(label='bouche'), {'category': 'mouth_cavity'}),
    (dict(diagnosis='Erythroleukoplakia'), {'diagnosis': 'non_homogeneous_leukoplakia'}),
    (dict(diagnosis='Leukplakia'),
     {'diagnosis': {'any_of': ['homogeneous_leukoplakia', 'non_homogeneous_leukoplakia']}}),
    (dict(diagnosis='OLP + OSF'), {'diagnosis': {'all_of': ['lichen_planus', 'submucous_fibrosis']}}),
    (dict(diagnosis='OLP / candidosis'), {'diagnosis': {'any_of': ['lichen_planus', 'benign_lesion']}}),
    (dict(siege='bord latéral de langue droit'), {'site': ['tongue_lateral_border'], 'laterality': ['right']}),
    (dict(site='left buccal mucosa'), {'site': ['buccal'], 'laterality': ['left']}),
    (dict(age='61', sexe='Femme', tabac='oui'), {'record.age': 61, 'record.sex': 'female', 'record.tobacco': True}),
    (dict(diameter_mm='23,5', biopsied=False), {'diameter_mm': 23.5, 'biopsied': False}),
    (dict(lesion_elementaire='papule/nodule'), {'elementary_lesion': ['papule_nodule']})])
def test_the_shipped_map(words, wanted):
    values, report = understood(Labels(TASKS, ORAL), **words)
    assert values == wanted and not report.words and not report.unmapped and not report.unusable


def test_an_outline_named_by_a_diagnosis_is_a_lesion_with_it():
    values, _ = understood(Labels(TASKS, ORAL), label='leukoplakia')
    assert values['category'] == 'lesion' and set(values['diagnosis']) == {'any_of'}


def test_sites_have_codes_and_gums_without_a_jaw_are_reported():
    shipped = Labels(TASKS, ORAL)
    assert set(shipped.codes['site']) == set(TASKS['site'].classes)
    assert shipped.codes['site']['tongue_lateral_border'] == 'C02.1'
    values, report = understood(shipped, site='gingiva')
    assert 'site' not in values and 'no alternatives' in report.unusable[0]


def test_an_unknown_label_is_refused_since_it_may_be_a_tooth():
    with pytest.raises(SourceError, match="the label 'leson' is unknown, the nearest is 'lesion'; say in the label"):
        Labels(TASKS, ORAL).read({'label': ['leson']}, 'here', Report())


def test_records_reach_no_report():
    _, report = understood(Labels(TASKS, ORAL), sex='Jane Doe')
    assert 'Jane' not in str(report.content()) + report.text() and report.content()['unknown_words'][0]['count'] == 1


@pytest.mark.parametrize('sections, words', [
    (dict(words={'color': {'whit': ['x']}}), "words of color: 'whit'.*white"),
    (dict(words={'homogeneity': {'homogeneous': ['x'], 'intermediate': ['X']}}), "'X' is a spelling of both"),
    (dict(words={'foo': 'date'}), "words of foo: 'date' is none of"),
    (dict(attributes={'a': 'colour'}), "name 'colour'.*known.*color"),
    (dict(words={'color': ['white']}), 'neither a type nor'), (dict(words={'color': {'white': 'x'}}), 'no list of sp'),
    (dict(words=['color']), 'words is no mapping'),
    (dict(atributes={}), "unknown section 'atributes'"),
    (dict(include=['gone.yaml']), 'gone.yaml: no readable label map')])
def test_a_wrong_map_is_refused(tmp_path, sections, words):
    with pytest.raises(ValueError, match=words):
        labels(tmp_path, **sections)


def test_no_yaml_is_refused(tmp_path):
    (tmp_path / 'x.yaml').write_text('a: [')
    with pytest.raises(ValueError, match='x.yaml: no readable label map'):
        Labels(TASKS, tmp_path / 'x.yaml')


def test_the_hash_follows_included_files(tmp_path):
    (tmp_path / 'more.yaml').write_text('keep: {a: text}')
    before = labels(tmp_path, include=['more.yaml'])
    (tmp_path / 'more.yaml').write_text('keep: {a: number}')
    assert before.sha256 != labels(tmp_path, include=['more.yaml']).sha256
