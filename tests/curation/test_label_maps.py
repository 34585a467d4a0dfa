"""Label maps: files, what they refuse, and the ones that are shipped."""
import pytest
import yaml
from mmengine.config import Config

from lopm.curation.labels import Labels
from lopm.curation.report import Report
from lopm.curation.source import SourceError
from lopm.tasks import build_tasks
from tests.curation.drawn_exports import REPO

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
    (dict(words={'color': {'whit': ['x']}}), "map.yaml, line 3: words of color: 'whit'.*white"),
    (dict(words={'homogeneity': {'homogeneous': ['x'], 'intermediate': ['X']}}), "line 6: .*'X' is a spelling of both"),
    (dict(words={'foo': 'date'}), "line 2: words of foo: 'date' is none of"),
    (dict(attributes={'a': 'colour'}), "line 2: attributes name 'colour'.*known.*color"),
    (dict(attributes={'a': ['color', 'colour']}), "line 4: attributes name 'colour'"),
    (dict(attributes={'a': {'b': 'color'}}), "line 2: the attribute 'a' is given"),
    (dict(attributes={'Site A': 'site', 'site_a': 'color'}), "line 3: the attribute 'site_a' stands twice"),
    (dict(words={'color': ['white']}), 'line 2: .*neither a type nor'),
    (dict(words={'color': {'white': 'x'}}), 'line 3: .*no list of sp'),
    (dict(words={'color': {'white': [['x']]}}), 'line 3: .*is no text'),
    (dict(words={'lesion': {'lesion': ['x']}}), 'line 2: words of lesion, which is a kind of region'),
    (dict(qualifiers={'site': 'side'}), "line 2: words of site: 'side', which may stand among them, has no words"),
    (dict(keep={'size': ['number']}), r"line 2: keep gives 'size' .*write keep: {diameter_mm: number}"),
    (dict(words=['color']), 'words is no mapping'), (['words'], 'is no label map, which has sections'),
    (dict(atributes={}), "line 1: unknown section 'atributes'"),
    (dict(include=['gone.yaml']), "line 2: the included map 'gone.yaml' is neither in .*oral.yaml, sites.yaml"),
    (dict(include=['../other.yaml']), 'line 2: .*leads out of the folder'),
    (dict(include={'a': 'b'}), 'include is no list'), (dict(include=['map.yaml']), "'map.yaml' is included by itself")])
def test_a_wrong_map_is_refused(tmp_path, sections, words):
    path = tmp_path / 'map.yaml'
    path.write_text(yaml.safe_dump(sections))
    with pytest.raises(ValueError, match=f'map.yaml.*{words.removeprefix("map.yaml")}'):
        Labels(TASKS, path)


def test_a_ring_of_includes_is_named(tmp_path):
    for one, other in ('ab', 'bc', 'ca'):
        (tmp_path / f'{one}.yaml').write_text(f'include: [{other}.yaml]')
    with pytest.raises(ValueError, match="c.yaml, line 1: 'a.yaml' is included by itself, through a.* and b.* and c.*"):
        Labels(TASKS, tmp_path / 'a.yaml')


def test_a_map_that_two_others_include_is_read_once(tmp_path):
    (tmp_path / 'last.yaml').write_text('words: {color: {white: [w]}}')
    for number in reversed(range(40)):
        following = 'last.yaml' if number == 39 else f'm{number + 1}a.yaml, m{number + 1}b.yaml'
        for letter in 'ab':
            (tmp_path / f'm{number}{letter}.yaml').write_text(f'include: [{following}]')
    values, _ = understood(Labels(TASKS, tmp_path / 'm0a.yaml'), color='w')
    assert values == {'color': ['white']}


def test_no_yaml_is_refused(tmp_path):
    (tmp_path / 'x.yaml').write_text('a: [')
    with pytest.raises(ValueError, match='x.yaml, line 1: no valid YAML'):
        Labels(TASKS, tmp_path / 'x.yaml')


def test_words_that_yaml_takes_for_something_else(tmp_path):
    (tmp_path / 'map.yaml').write_text('attributes: {1: color, no: site, null: texture}\n'
                                       'words:\n  color: {white: [1, yes], red: [off, 2026-01-02, null]}')
    map_ = Labels(TASKS, tmp_path / 'map.yaml')
    for raw, wanted in [('1', 'white'), (1, 'white'), ('yes', 'white'), ('off', 'red'), ('null', 'red')]:
        assert understood(map_, color=raw)[0] == {'color': [wanted]}
    assert map_.targets['no'] == ['site'] and map_.targets['1'] == ['color'] and map_.targets['null'] == ['texture']


def test_a_map_adds_to_the_one_that_it_includes(tmp_path):
    """Other spellings of a class stay; where the two differ, the including map counts."""
    (tmp_path / 'map.yaml').write_text('include: [oral.yaml]\nattributes: {teinte: color, site: ignore}\nwords:\n'
                                       '  color: {red: [vermeil, whitish], ignore: [bleu]}\n')
    map_ = Labels(TASKS, tmp_path / 'map.yaml')
    for raw, wanted in [('blanc', ['white']), ('rouge', ['red']), ('Vermeil', ['red']), ('whitish', ['red'])]:
        assert understood(map_, teinte=raw)[0] == {'color': wanted}
    values, report = understood(map_, couleur='bleu', site='buccal', age='61')
    assert values == {'record.age': 61} and not report.words and not report.unmapped
    assert {note: count for note, count in report.notes.items() if count} == {
        "times 'site' is said, which the label map ignores": 1, 'words that the label map ignores': 1}


def test_the_hash_follows_included_files(tmp_path):
    (tmp_path / 'more.yaml').write_text('keep: {a: text}')
    before = labels(tmp_path, include=['more.yaml'])
    (tmp_path / 'more.yaml').write_text('keep: {a: number}')
    assert before.sha256 != labels(tmp_path, include=['more.yaml']).sha256
