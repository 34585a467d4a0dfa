"""A csv table of photographs: masks anywhere, JPEG masks, words for the whole photograph, healthy photographs."""
import json
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lopm.curation.source import Region
from tests.curation.drawn_exports import HEIGHT, REPO, WIDTH, disc, draw_photographs, pixels
from tests.curation.test_converters import run

INSIDE = pixels(Region(disc()))


@pytest.fixture
def converted(tmp_path):
    """A function that converts a table, and gives the json."""
    draw_photographs(tmp_path / 'photographs', ['a.png', 'b.png'])

    def convert(*lines, table='source/tables/table.csv', options=()):
        path = tmp_path / table
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('\n'.join(lines) + '\n')
        run('masks', tmp_path / 'source', tmp_path / 'out', '--photographs', tmp_path / 'photographs', *options)
        return json.loads((tmp_path / 'out/all.json').read_text())
    return convert


def save(path, values, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(values, np.uint8)).save(path, **options)


@pytest.mark.parametrize('place, cell', [
    ('source/tables/m.png', 'm.png'), ('source/masks/deep/m.png', 'm.png'), ('source/masks/deep/m.png', 'deep\\m.png'),
    ('source/m.png', '../m.png'), ('elsewhere/m.png', 'm.png')])
def test_masks_lie_anywhere_in_the_source_or_in_a_folder_that_is_named(place, cell, converted, tmp_path):
    save(tmp_path / place, INSIDE * 255)
    options = ['--masks', tmp_path / 'elsewhere'] if place.startswith('elsewhere') else []
    (row,) = converted('photograph,mask', f'a.png,{cell}', options=options)['annotations']
    assert row['area'] == INSIDE.sum()


def test_a_link_that_leads_out_of_the_source_is_refused(converted, tmp_path):
    save(tmp_path / 'elsewhere/m.png', INSIDE)
    (tmp_path / 'source/masks').mkdir(parents=True)
    os.symlink(tmp_path / 'elsewhere', tmp_path / 'source/masks/link')
    for cell in ('m.png', '../masks/link/m.png', str(tmp_path / 'elsewhere/m.png')):
        with pytest.raises(SystemExit, match='line 2: the mask .*m.png.* is not in .*source; copy it there, name'):
            converted('photograph,mask', f'a.png,{cell}')


def test_two_masks_of_one_name_are_not_guessed_between(converted, tmp_path):
    save(tmp_path / 'source/one/m.png', INSIDE)
    save(tmp_path / 'source/other/m.png', INSIDE)
    with pytest.raises(SystemExit, match='one/m.png, other/m.png; name a narrower folder with --masks'):
        converted('photograph,mask', 'a.png,m.png')


def test_a_jpeg_mask_is_cut_at_a_threshold(converted, tmp_path):
    save(tmp_path / 'source/m.jpg', INSIDE * 255, quality=60)
    with pytest.raises(SystemExit, match='m.jpg: has the values 0, 1, .*--threshold 128 takes what is lighter'):
        converted('photograph,mask', 'a.png,m.jpg')
    (row,) = converted('photograph,mask', 'a.png,m.jpg', options=['--threshold', '128'])['annotations']
    found = pixels(Region(row['segmentation']))
    assert (found != INSIDE).sum() <= 0.03 * INSIDE.sum()


@pytest.mark.parametrize('value, words', [(0, 'is all outside, its values are 0 to 0'), (255, 'is all inside')])
def test_an_empty_mask_names_the_word_to_write_instead(value, words, converted, tmp_path):
    save(tmp_path / 'source/m.png', np.full((HEIGHT, WIDTH), value))
    with pytest.raises(SystemExit, match=f'{words}.*free of lesions write free instead of a mask'):
        converted('photograph,mask', 'a.png,m.png')


@pytest.mark.parametrize('header', ['file,diagnosis', 'Image,diagnosis', 'File_Name,diagnosis', 'diagnosis,photograph'])
def test_a_table_without_masks_speaks_of_whole_photographs(header, converted):
    rows = ['a.png,lichen planus', 'b.png,']
    lines = [','.join(reversed(row.split(','))) for row in rows] if header.startswith('diagnosis') else rows
    content = converted(header, *lines, options=['--labels', REPO / 'configs/labels/oral.yaml'])
    assert [image['outlined'] for image in content['images']] == [False, False] and not content['annotations']
    assert [image.get('attributes') for image in content['images']] == [{'diagnosis': 'lichen_planus'}, None]


def test_a_column_that_nearly_fits_is_named_and_where_none_is_known_the_status_is_1(converted, capsys):
    converted('file,diagnosis,colr', 'a.png,OLP,white', 'b.png,,red')
    said = capsys.readouterr()
    assert "2 x colr (nearest known: 'color')" in said.out and '--draft-labels FILE' in said.err
    with pytest.raises(SystemExit, match='^1$'):
        converted('file,dx', 'a.png,OLP')
    assert '1 x dx' in capsys.readouterr().out


def test_words_that_are_to_be_ignored_end_well(converted, tmp_path, capsys):
    (tmp_path / 'map.yaml').write_text(
        'include: [oral.yaml]\nattributes: {mood: ignore}\nwords: {diagnosis: {ignore: [see letter]}}')
    converted('file,diagnosis,mood', 'a.png,see letter,sad', options=['--labels', tmp_path / 'map.yaml'])
    assert '--draft-labels' not in capsys.readouterr().err


@pytest.mark.skipif('LOPM_ORAL_MOUTHS' not in os.environ,
                    reason='LOPM_ORAL_MOUTHS does not name the folder of real photographs of mouths')
def test_a_table_of_real_photographs_becomes_words_of_whole_photographs(tmp_path):
    tasks = [dict(name='lesion', kind='mask', level='image'),
             dict(name='diagnosis', kind='binary', classes=['benign', 'suspicious'])]
    (tmp_path / 'tasks.py').write_text(f'tasks = {tasks}')
    source = Path(os.environ['LOPM_ORAL_MOUTHS'])
    run('masks', source / 'labels.csv', tmp_path / 'out', '--photographs', source / 'photographs', '--labels', 'none',
        '--tasks', tmp_path / 'tasks.py')
    images = json.loads((tmp_path / 'out/all.json').read_text())['images']
    assert len(images) == 144 and not any(image['outlined'] for image in images)
    assert Counter(image['attributes']['diagnosis'] for image in images) == {'suspicious': 78, 'benign': 66}
