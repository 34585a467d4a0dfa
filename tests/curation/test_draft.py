"""Drafts of label maps: every word in its place, guesses marked, nothing of a patient, and what is given back loads."""
import json
import os
from pathlib import Path

import pytest

from lopm.curation.draft import quoted
from lopm.curation.yaml_files import read_yaml
from tests.curation.drawn_exports import NAMES, draw_photographs, shared, triangle
from tests.curation.test_converters import ORAL, run

FIRST = dict(label='Leucoplasi', couleurs='blanc', netteté_bords='net', homogénéité='inhomogène', reflet='bleutée')
SECOND = dict(label='règle', couleurs='blanchatre + bleuté', netteté_bords='flou', homogénéité='homogènes',
              reflet='grise')
THIRD = dict(label='Xyz: #1', couleurs='rouge', netteté_bords='mal limité', homogénéité='hétérogène', reflet='grise')
TOLD = {'numero_dossier': '4711', 'nom': 'Marguerite Dupont', 'âge': '61', 'sexe': 'Femme', 'patient': 'P1'}


def french_export(folder):
    """Three regions, each said by two raters, with words that lopm does not all know, and a patient."""
    draw_photographs(folder)
    regions = [{'id': number, 'image_id': 1, 'category_id': 1 + number % 3, 'rater': str(number % 2),
                'segmentation': triangle(size=20 + number), 'attributes': {
                    **{name: word for name, word in words.items() if name != 'label'},
                    'remarque': 'voir Mme Dupont', 'vu par': 'Jean Dupont' if number % 2 else 'Anne Martin'}}
               for number, words in enumerate([FIRST, SECOND, THIRD] * 2)]
    path = folder / 'export.json'
    path.write_text(json.dumps({
        'images': [{'id': 1, 'file_name': NAMES[0], 'width': 160, 'height': 120, **TOLD}], 'annotations': regions,
        'categories': [{'id': i, 'name': each['label']} for i, each in enumerate([FIRST, SECOND, THIRD], start=1)]}))
    return path


@pytest.fixture
def french(tmp_path):
    return french_export(tmp_path / 'source')


def draft(source, form='coco', *options):
    path = source.parent / 'map.yaml' if source.is_file() else Path(options[-1])
    run(form, source, '--draft-labels', path, *options[:-1])
    return path


def test_names_and_words_of_a_french_export(french):
    content = read_yaml(draft(french))
    assert content['include'] == ['oral.yaml']
    assert content['attributes'] == {
        'label': ['category', 'diagnosis'], 'couleurs': 'color', 'netteté_bords': 'border_sharpness',
        'homogénéité': 'homogeneity', 'reflet': 'ignore', 'remarque': 'ignore', 'vu par': 'ignore',
        'numero_dossier': 'ignore', 'nom': 'ignore', 'âge': 'record.age', 'sexe': 'record.sex', 'patient': 'patient_id'}
    words = content['words']
    assert words['category'] == {'lesion': ['Leucoplasi'], 'ignore': '', 'unknown': ['Xyz: #1']}
    assert words['diagnosis'] == {'homogeneous_leukoplakia / non_homogeneous_leukoplakia': ['Leucoplasi']}
    assert words['color'] == {'white': '', 'red': '', 'ignore': ['bleuté']}
    assert words['homogeneity'] == {'homogeneous': ['homogènes'], 'non_homogeneous': '', 'ignore': ['inhomogène']}


def test_counts_and_guesses_stand_beside(french):
    lines = draft(french).read_text().splitlines()
    for line in ("  couleurs: color  # 6 x, guessed, near 'couleur'", '  reflet: ignore  # 6 x, unknown: grise (4), '
                 'bleutée (2)', '  netteté_bords: border_sharpness  # 6 x, guessed by its words',
                 '      # - blanc  # 2 x, known', "      - homogènes  # 2 x, guessed, near 'homogene'",
                 '      - inhomogène  # 2 x, unknown'):
        assert line in lines


def test_nothing_of_a_patient_is_in_it(french):
    text = draft(french).read_text()
    for secret in ('4711', 'Marguerite', 'Dupont', 'Anne Martin', '61', 'Femme', 'P1'):
        assert secret not in text
    assert 'vu par: ignore  # 6 x, unknown, 2 different values, not shown' in text


def test_given_back_unchanged_it_loads_and_what_was_unknown_is_counted(french, tmp_path):
    run('coco', french, tmp_path / 'out', '--labels', draft(french))
    report = json.loads((tmp_path / 'out/report.json').read_text())
    assert not report['unknown_words'] and not report['attributes_left_out']
    assert report['counts']["times 'reflet' is said, which the label map ignores"] == 6
    content = json.loads((tmp_path / 'out/all.json').read_text())
    assert content['images'][0]['outlined'] is False  # what is unknown may be a lesion
    rows = content['annotations']
    assert len(rows) == 2 and all(set(row['attributes']['diagnosis']) == {'any_of'} for row in rows)


def test_corrections_add_to_the_shipped_map(french, tmp_path):
    path = draft(french)
    text = path.read_text().replace('    ignore:\n      - bleuté', '    pigmented:\n      - bleuté')
    text = text.replace('    unknown:\n      - "Xyz: #1"', '')
    path.write_text(text.replace('    lesion:\n', '    lesion:\n      - "Xyz: #1"\n'))
    run('coco', french, tmp_path / 'out', '--labels', path)
    rows = json.loads((tmp_path / 'out/all.json').read_text())['annotations']
    assert len(rows) == 4 and rows[0]['attributes']['color'] == ['white']  # known to the shipped map


def test_a_draft_upon_a_map_includes_that_one(french):
    first = draft(french)
    second = first.with_name('second.yaml')
    run('coco', french, '--labels', first, '--draft-labels', second)
    content = read_yaml(second)
    assert content['include'] == ['map.yaml'] and 'lesion' in content['words']['category']
    assert all(word == '' for classes in content['words'].values() for word in classes.values())  # all are known now
    with pytest.raises(SystemExit, match='third.yaml is to include map.yaml; write it into the same folder'):
        run('coco', french, '--labels', first, '--draft-labels', first.parent / 'sub/third.yaml')


def test_without_a_map_the_tasks_are_what_is_known(french):
    run('coco', french, '--labels', 'none', '--draft-labels', french.with_name('plain.yaml'))
    content = read_yaml(french.with_name('plain.yaml'))
    assert content['include'] == [] and content['attributes']['homogénéité'] == 'homogeneity'
    assert content['words']['category'] == {'unknown': ['Leucoplasi', 'règle', 'Xyz: #1']}


def test_a_draft_is_never_written_over(french):
    path = draft(french)
    with pytest.raises(SystemExit, match='map.yaml is there already and may hold your corrections'):
        draft(french)
    assert path.exists()


@pytest.mark.parametrize('word', ['plain', 'white + red', 'a: b', '# c', '- d', 'é "x" \\', 'a\nb', '1', ' x', '\x85y',
                                  '{', '*x', '😀', 'null'])
def test_words_come_back_as_they_were(word, tmp_path):
    path = tmp_path / 'x.yaml'
    path.write_text(f'{quoted(word)}:\n  - {quoted(word)}  # {quoted(word)}\n', encoding='utf-8')
    assert read_yaml(path) == {word: [word]}


@shared
@pytest.mark.parametrize('name, source, lesions, status', [
    ('label_studio', 'label_studio_export.json', 6, 1), ('cvat', 'cvat', 2, 1), ('coco', 'coco', 8, 0),
    ('labelme', 'labelme', 2, 0), ('via', 'via', 2, 0)])
def test_drafts_of_exports_of_the_tools_load_and_what_they_ignore_is_no_unknown_word(
        name, source, lesions, status, tmp_path):
    root = Path(os.environ['LOPM_FORMATS'])
    run(name, root / source, '--draft-labels', tmp_path / 'map.yaml')
    for labels, ended in ((tmp_path / 'map.yaml', 0), (ORAL, status)):
        run(name, root / source, tmp_path / labels.stem, '--photographs', root / 'photographs', '--labels', labels,
            '--skip-missing', status=ended)
    drafted, shipped = (json.loads((tmp_path / f'{stem}/all.json').read_text()) for stem in ('map', 'oral'))
    assert drafted['annotations'] == shipped['annotations'] and len(drafted['annotations']) == lesions


@shared
def test_what_the_shared_export_holds_of_patients_stays_out(tmp_path):
    root = Path(os.environ['LOPM_FORMATS'])
    run('label_studio', root / 'label_studio_export.json', '--draft-labels', tmp_path / 'map.yaml')
    text = (tmp_path / 'map.yaml').read_text()
    told = [task['data'] for task in json.loads((root / 'label_studio_export.json').read_text())]
    assert not any(each['patient_id'] in text for each in told if each.get('patient_id'))
    assert 'rubbing denture' not in text


def test_a_question_that_was_answered_by_hand_is_listed_with_its_many_spellings(tmp_path):
    """The most useful case; what may be a patient's is counted."""
    words = [f'leucoplasie{"e" * i}' for i in range(1, 12)] + [f'xq{"abcdefghij"[i % 10] * (2 + i)}' for i in range(20)]
    path = tmp_path / 'export.csv'
    path.write_text('photograph,diagnosis,teinte\n' + ''.join(
        f'p{i}.png,{word},{word}\n' for i, word in enumerate([*words, 'vu le 12/03/2026', 'x' * 41])))
    run('masks', path, '--draft-labels', tmp_path / 'map.yaml')
    text = (tmp_path / 'map.yaml').read_text()
    assert '  diagnosis: [diagnosis, outlined]  # 33 x, known, 2 words not shown' in text
    assert '  teinte: ignore  # 33 x, unknown, 33 different values, not shown' in text
    assert len(read_yaml(tmp_path / 'map.yaml')['words']['diagnosis']['ignore']) >= 20 and '2026' not in text


def test_no_more_names_than_a_person_reads(tmp_path):
    path = tmp_path / 'export.csv'
    path.write_text('photograph,' + ','.join(f'zq{i}' for i in range(600)) + '\np.png' + ',x' * 600 + '\n')
    run('masks', path, '--draft-labels', tmp_path / 'map.yaml')
    assert len(read_yaml(tmp_path / 'map.yaml')['attributes']) == 500
    assert '  # and 100 names that are said less often' in (tmp_path / 'map.yaml').read_text()
