"""Copies of one photograph: words that exclude each other, entries that become raters, names that are one."""
import hashlib
import json
import os
import shutil

import cv2
import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from lopm.curation.doctor.dataset import read_base
from lopm.curation.doctor.examination import examine
from lopm.curation.doctor.repair import repair
from lopm.curation.doctor.tables import all_tables
from lopm.curation.patients import loosely
from lopm.datasets.format import read_dataset
from lopm.datasets.photographs import read_photograph

SQUARE = [[10, 10, 40, 10, 40, 40, 10, 40]]
SHIFTED = [[12, 10, 42, 10, 42, 40, 12, 40]]
ELSEWHERE = [[50, 10, 70, 10, 70, 30, 50, 30]]


def draw(path, seed=0):
    noise = gaussian_filter(np.random.default_rng(seed).normal(size=(60, 80, 3)), (4, 4, 0))
    Image.fromarray((127 + 600 * noise).clip(0, 255).astype(np.uint8)).save(path)


def entry(number, name, **more):
    return {'id': number, 'file_name': name, 'width': 80, 'height': 60, 'patient_id': 'P1', **more}


def lesion(number, of, segmentation=SQUARE, **more):
    return {'id': number, 'image_id': of, 'category_id': 1, 'segmentation': segmentation, **more}


def write(folder, images, annotations=(), part='all'):
    (folder / f'{part}.json').write_text(json.dumps({'images': images, 'annotations': list(annotations),
                                                     'categories': [{'id': 1, 'name': 'lesion'}]}))


def doctor(folder, *parts):
    files = [folder / f'{part}.json' for part in parts or ('all',)]
    base = read_base(files)
    found = examine(base, folder / 'doctor/facts.jsonl', workers=1)
    return base, {name: rows for name, rows in found.items() if rows}


@pytest.fixture
def copies(tmp_path):
    """``a.png``, the same file as ``b.png``, in fewer pixels as ``c.png``, and another photograph ``d.png``."""
    draw(tmp_path / 'a.png')
    shutil.copy(tmp_path / 'a.png', tmp_path / 'b.png')
    Image.open(tmp_path / 'a.png').resize((72, 54)).save(tmp_path / 'c.png')
    draw(tmp_path / 'd.png', 1)
    return tmp_path


@pytest.mark.parametrize('name, size', [('b.png', (80, 60)), ('c.png', (72, 54))])
def test_words_of_copies_that_exclude_each_other_are_an_error_that_names_both(copies, name, size):
    other = entry(2, name, attributes={'diagnosis': 'cancer'}) | dict(zip(('width', 'height'), size))
    write(copies, [entry(1, 'a.png', attributes={'diagnosis': 'benign'}), other,
                   entry(3, 'd.png', attributes={'diagnosis': 'cancer'})])
    _, found = doctor(copies)
    error, = found['opposite_words']
    assert error.words == f"diagnosis: 'benign' of a.png, 'cancer' of its copy {name}"
    assert error.photographs == (('all', 'a.png'), ('all', name))


def test_they_are_found_across_parts_and_at_lesions(copies):
    write(copies, [entry(1, 'a.png')], [lesion(1, 1, attributes={'diagnosis': 'benign'})], 'train')
    write(copies, [entry(1, 'b.png', attributes={'diagnosis': {'any_of': ['cancer', 'dysplasia']}})], part='test')
    error, = doctor(copies, 'train', 'test')[1]['opposite_words']
    assert "'benign' of a.png, 'cancer' or 'dysplasia' of its copy b.png" in error.words


@pytest.mark.parametrize('one, other', [
    ('benign', 'benign'), ('benign', {'any_of': ['benign', 'cancer']}), (['white'], ['red']), ('benign', None),
    ('benign', 'not_assessable')])
def test_words_that_can_be_true_together_are_no_error(copies, one, other):
    write(copies, [entry(1, 'a.png', attributes={'diagnosis': one}),
                   entry(2, 'b.png', attributes={'diagnosis': other})])
    assert 'opposite_words' not in doctor(copies)[1]


def test_copies_that_were_annotated_one_by_one_become_raters(copies):
    write(copies, [entry(1, 'a.png', attributes={'quality': 'good'}),
                   entry(2, 'b.png', visit='2026-01-02', attributes={'quality': 'good', 'side': 'left'}),
                   entry(3, 'd.png')],
          [lesion(1, 1, attributes={'color': ['white']}), lesion(2, 2, SHIFTED, rater='r2', attributes={'color': []}),
           lesion(3, 2, ELSEWHERE, rater='r2', lesion_id='L9'), lesion(4, 3)])
    base, found = doctor(copies)
    assert 'duplicate' in found
    written = repair(base, [copies / 'all.json'])
    assert written == {copies / 'all.fixed.json': {'entries': 1}}
    fixed = read_dataset(copies / 'all.fixed.json')
    assert [image['id'] for image in fixed['images']] == [1, 3]
    first = fixed['images'][0]
    assert first['visit'] == '2026-01-02' and first['attributes'] == {'quality': 'good', 'side': 'left'}
    rows = {row['id']: (row['image_id'], row.get('lesion_id'), row.get('rater')) for row in fixed['annotations']}
    assert rows == {1: (1, '1-L1', 'entry 1'), 2: (1, '1-L1', 'r2'), 3: (1, 'L9', 'r2'), 4: (3, None, None)}
    (copies / 'all.fixed.json').rename(copies / 'again.json')
    assert not {'duplicate', 'listed_twice', 'raters_disagree'} & doctor(copies, 'again')[1].keys()


def test_one_rater_of_both_entries_is_told_apart_and_words_that_differ_stand_by_entry(copies):
    write(copies, [entry(1, 'a.png', attributes={'color': ['white']}),
                   entry(2, 'b.png', attributes={'color': ['red']})],
          [lesion(1, 1, rater='r'), lesion(2, 2, SHIFTED, rater='r')])
    base, _ = doctor(copies)
    repair(base, [copies / 'all.json'])
    fixed = read_dataset(copies / 'all.fixed.json')
    assert [row['rater'] for row in fixed['annotations']] == ['r of entry 1', 'r of entry 2']
    image, = fixed['images']
    assert 'attributes' not in image
    assert image['attributes_by_rater'] == {'entry 1': {'color': ['white']}, 'entry 2': {'color': ['red']}}


def test_who_has_looked_at_copies_has_looked_at_the_one_that_stays(copies):
    write(copies, [entry(1, 'a.png', outlined=True, looked={'r': {}, 'r2': {}}),
                   entry(2, 'b.png', outlined=True, looked={'r': {'blind': True}, 'r3': {'blind': True}})],
          [lesion(1, 1, rater='r2'), lesion(2, 2, SHIFTED, rater='r')])
    base, _ = doctor(copies)
    repair(base, [copies / 'all.json'])
    fixed = read_dataset(copies / 'all.fixed.json')
    assert fixed['images'][0]['looked'] == {'r of entry 1': {}, 'r2': {}, 'r of entry 2': {'blind': True},
                                            'r3': {'blind': True}}
    assert [row['rater'] for row in fixed['annotations']] == ['r2', 'r of entry 2']


def test_of_raters_who_have_looked_it_is_counted_how_many_lesions_both_have(copies):
    write(copies, [entry(1, 'a.png', looked={'r1': {}, 'r2': {}, 'r3': {}}), entry(2, 'd.png', outlined=False, looked={
        'r1': {}})], [lesion(1, 1, rater='r1', lesion_id='A'), lesion(2, 1, SHIFTED, rater='r2', lesion_id='A'),
                      lesion(3, 1, ELSEWHERE, rater='r4', lesion_id='B')])
    base, found = doctor(copies)
    assert all_tables(base)['raters']['lesion'] == {'pairs': 3, 'agreement': .333}
    finding, = found['looked_and_not_outlined']
    assert finding.photographs == (('all', 'd.png'),) and "'r1'" in finding.words


@pytest.mark.parametrize('change', [{'patient_id': 'P2'}, {'attributes': {'diagnosis': 'cancer'}}])
def test_copies_of_which_a_person_has_to_decide_stay_two(copies, change):
    write(copies, [entry(1, 'a.png', attributes={'diagnosis': 'benign'}), entry(2, 'b.png', **change)])
    base, _ = doctor(copies)
    assert repair(base, [copies / 'all.json']) == {}


@pytest.mark.parametrize('other', ['y/../a.png', './a.png', 'link.png', 'hard.png', 'x/a.png'])
def test_one_file_by_two_names_is_listed_twice(copies, other):
    (copies / 'x').symlink_to('.')
    (copies / 'y').mkdir()
    (copies / 'link.png').symlink_to('a.png')
    os.link(copies / 'a.png', copies / 'hard.png')
    write(copies, [entry(1, 'a.png'), entry(2, other), entry(3, 'd.png')])
    finding, = doctor(copies)[1]['listed_twice']
    assert finding.words == f'one file of part all has the names a.png, {other}'


@pytest.mark.parametrize('ids', [('P07', 'p7'), ('P07', 'P-07'), ('case 12', 'CASE_012'), ('7', '007')])
def test_patients_who_are_spelled_alike_are_remarked_on(copies, ids):
    write(copies, [entry(1, 'a.png', patient_id=ids[0]), entry(3, 'd.png', patient_id=ids[1])])
    finding, = doctor(copies)[1]['patients_spelled_alike']
    assert all(repr(name) in finding.words for name in ids) and len(finding.photographs) == 2


@pytest.mark.parametrize('ids', [('P07', 'P70'), ('1-23', '12-3'), ('P1', 'Q1'), ('Pé', 'Pe'), ('0', '')])
def test_patients_who_are_two_stay_two(ids):
    assert loosely(ids[0]) != loosely(ids[1])


@pytest.mark.parametrize('known', [True, False])
def test_a_photograph_that_was_replaced_after_the_intake_is_found(copies, known):
    """By the hash of its file, or, in a manifest of an earlier intake, of its pixels alone."""
    (copies / 'images').mkdir()
    rows = []
    for name in ('a.png', 'd.png'):
        path = shutil.move(copies / name, copies / 'images' / name)
        row = {'file_name': f'images/{name}', 'width': 80, 'height': 60, 'patient_id': 'P1',
               'sha256': hashlib.sha256(read_photograph(path)).hexdigest()}
        rows.append(row | ({'file_sha256': hashlib.sha256((copies / 'images' / name).read_bytes()).hexdigest()} if known
                           else {}))
    (copies / 'manifest.jsonl').write_text(''.join(json.dumps(row) + '\n' for row in rows))
    write(copies, [entry(1, 'images/a.png'), entry(2, 'images/d.png')])
    assert 'replaced_after_intake' not in doctor(copies)[1]
    pixels = read_photograph(copies / 'images/a.png')
    pixels[20:30, 20:30] //= 2
    cv2.imwrite(str(copies / 'images/a.png'), pixels)
    error, = doctor(copies)[1]['replaced_after_intake']
    assert error.photographs == (('all', 'images/a.png'),) and 'replaced after intake' in error.words
