"""Class folders: what their names become, parts of the source, and folders whose meaning nobody said."""
import json
import shutil
from collections import Counter

import pytest

from lopm.files import write_json
from tests.curation.drawn_exports import REPO, draw_photographs, triangle
from tests.curation.test_converters import run

CLASSES = ('lichen planus/a.png', 'Leukoplakia/a.png', 'Leukoplakia/b.png', 'HEALTHY/c.png')


@pytest.fixture
def converted(tmp_path):
    """A function that converts photographs at given paths, and gives the json and the report."""
    def convert(*names, options=(), source='source', pack=False, out='all'):
        draw_photographs(tmp_path / 'source', names)
        if pack:
            shutil.make_archive(tmp_path / 'source', 'zip', tmp_path / 'source')
        run('folders', tmp_path / source, tmp_path / 'out', *options)
        return [json.loads((tmp_path / f'out/{name}.json').read_text()) for name in (out, 'report')]
    return convert


def words(content):
    """``{file name: (outlined, diagnosis)}``."""
    return {image['file_name'].removeprefix('images/'):
            (image['outlined'], image.get('attributes', {}).get('diagnosis')) for image in content['images']}


LEUKOPLAKIA = {'any_of': ['homogeneous_leukoplakia', 'non_homogeneous_leukoplakia']}


@pytest.mark.parametrize('pack', [False, True])
@pytest.mark.parametrize('around', ['', 'Oral Images/data/', 'train/', 'data/validation/'])
def test_a_class_folder_is_the_word_of_its_photographs(around, pack, converted):
    source = 'source.zip' if pack else 'source'
    content, report = converted(*(around + name for name in CLASSES), pack=pack, source=source)
    assert words(content) == {
        f'{around}lichen planus/a.png': (False, 'lichen_planus'), f'{around}Leukoplakia/a.png': (False, LEUKOPLAKIA),
        f'{around}Leukoplakia/b.png': (False, LEUKOPLAKIA), f'{around}HEALTHY/c.png': (True, None)}
    assert not content['annotations'] and not report['unknown_words']
    assert report['photographs']['outlined, free of lesions'] == 1 and report['photographs']['not outlined'] == 3


def test_parts_of_the_source_are_counted_and_kept_on_demand(converted, tmp_path):
    names = [f'{part}/{name}' for part in ('training', 'Valid', 'test') for name in CLASSES]
    content, report = converted(*names)
    assert report['source_parts'] == {'train': 4, 'val': 4, 'test': 4}
    assert Counter(image['source_part'] for image in content['images']) == Counter(train=4, val=4, test=4)
    for part, folder in (('train', 'training'), ('val', 'Valid'), ('test', 'test')):
        content, _ = converted(options=['--keep-parts'], out=part)
        assert [name.split('/')[0] for name in words(content)] == [folder] * 4
    audit = json.loads((tmp_path / 'out/audit.json').read_text())
    assert audit['counts']['val']['photographs'] == 4 and 'unknown for 12 photographs' in audit['patients_apart']


def test_without_parts_none_can_be_kept(converted):
    with pytest.raises(SystemExit, match='puts 4 photographs in no part, such as images/HEALTHY/c.png; leave --keep'):
        converted(*CLASSES, options=['--keep-parts'])


def test_an_unknown_folder_is_refused_with_the_nearest_word(converted, tmp_path):
    with pytest.raises(SystemExit, match="lichn planus/x.png: 'lichn planus' is no word of diagnosis, the nearest is "
                                         r"'lichen planus' \(1 photographs\); say in a label map .*--draft-labels"):
        converted(*CLASSES, 'lichn planus/x.png')
    assert not (tmp_path / 'out').exists()
    run('folders', tmp_path / 'source', '--draft-labels', tmp_path / 'draft.yaml')
    content, _ = converted(options=['--labels', tmp_path / 'draft.yaml'])
    assert words(content)['lichn planus/x.png'] == (False, 'lichen_planus')


def test_folders_of_another_task(converted):
    content, _ = converted('buccal/a.png', 'soft palate/b.png', options=['--task', 'site'])
    assert [image['attributes'] for image in content['images']] == [{'site': ['buccal']}, {'site': ['soft_palate']}]
    with pytest.raises(SystemExit, match="'stage' is no task of the config.*--task which it is: .*diagnosis"):
        converted(options=['--task', 'stage'])


def test_a_photograph_in_no_folder_is_named_and_inner_folders_are_counted(converted):
    _, report = converted(*CLASSES, 'Leukoplakia/patient 7/d.png')
    assert report['counts'] == {'photographs in a folder within a class folder, whose name is not read': 1}
    with pytest.raises(SystemExit, match='source: e.png: .*lies in no folder of a class; move it into one'):
        converted('e.png')


def test_a_table_is_no_folder(tmp_path):
    (tmp_path / 'labels.csv').write_text('file,diagnosis\n')
    with pytest.raises(SystemExit, match='labels.csv: no such folder of photographs'):
        run('folders', tmp_path / 'labels.csv', tmp_path / 'out', '--labels', REPO / 'configs/labels/oral.yaml')


def test_photographs_that_are_not_taken_in_yet_are_counted(converted, tmp_path):
    for name in ('Leukoplakia/x.HEIC', 'lichen planus/x.HEIC', '__MACOSX/Leukoplakia/._a.png'):
        (tmp_path / 'source' / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / 'source' / name).touch()
    content, report = converted(*CLASSES)
    assert len(content['images']) == 4
    assert report['counts']['photographs that are not read as they are, such as Leukoplakia/x.HEIC, left out; take '
                            'them in with lopm ingest first'] == 2


@pytest.mark.parametrize('name', ['x.dcm', 'IM0001'])
def test_dicom_photographs_alone_are_refused_with_the_way_to_go(name, tmp_path):
    (tmp_path / 'source/lichen planus').mkdir(parents=True)
    (tmp_path / 'source/lichen planus' / name).write_bytes(bytes(128) + b'DICM')
    with pytest.raises(SystemExit, match=f'no photograph; .* Not read: 1 such as .*{name}; lopm ingest makes them'):
        run('folders', tmp_path / 'source', tmp_path / 'out')


def base(folder, said, name='all.json'):
    """A json of lopm: ``{photograph: (outlined, its words, words of its lesions)}``."""
    draw_photographs(folder, said)
    images = [{'id': i, 'file_name': file, 'width': 160, 'height': 120, 'outlined': outlined, 'attributes': words}
              for i, (file, (outlined, words, _)) in enumerate(said.items())]
    rows = [{'image_id': i, 'category_id': 1, 'segmentation': triangle(), 'attributes': words}
            for i, (*_, lesions) in enumerate(said.values()) for words in lesions]
    write_json(folder / name, {'images': images, 'annotations': [{'id': i, **row} for i, row in enumerate(rows)],
                               'categories': [{'id': 1, 'name': 'lesion'}]})
    return folder / name


LICHEN, FOAM = {'diagnosis': 'lichen_planus'}, {'diagnosis': 'erythroplakia'}
SAID = {'a.png': (False, LICHEN, []), 'b.png': (True, {}, [FOAM, {'color': ['red']}]),
        'sub/c.png': (True, {}, [FOAM, FOAM]), 'two.png': (True, {}, [FOAM, LICHEN]),
        'either.png': (False, {'diagnosis': {'any_of': ['erythroplakia', 'lichen_planus']}}, []),
        'both.png': (False, {'diagnosis': {'all_of': ['erythroplakia', 'lichen_planus']}}, []),
        'blurred.png': (False, {'diagnosis': 'not_assessable'}, []), 'free.png': (True, {}, [])}


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob('*.png'))


def test_what_is_written_is_read_back_as_the_same_words(tmp_path):
    run('folders', base(tmp_path / 'base', SAID), tmp_path / 'out', '--write')
    assert files(tmp_path / 'out') == ['erythroplakia/b.png', 'erythroplakia/c.png', 'lichen_planus/a.png']
    assert (tmp_path / 'out/erythroplakia/c.png').samefile(tmp_path / 'base/sub/c.png')
    report = json.loads((tmp_path / 'out/report.json').read_text())
    assert report['unusable'] == [
        "two.png: diagnosis is 'erythroplakia' and 'lichen_planus'",
        "either.png: diagnosis is 'erythroplakia / lichen_planus'",
        "both.png: diagnosis is 'erythroplakia + lichen_planus'"]
    assert report['counts'] == {'photographs of which no word of diagnosis is said, left out': 2,
                                'outlines and boxes, which folders cannot hold': 4,
                                'words that the format cannot hold, left out (color)': 1}
    assert report['photographs'] == {'written': 3, 'left out': 5}
    run('folders', tmp_path / 'out', tmp_path / 'again')
    again = words(json.loads((tmp_path / 'again/all.json').read_text()))
    assert {file.split('/')[-1]: word for file, (_, word) in again.items()} == {
        'a.png': 'lichen_planus', 'b.png': 'erythroplakia', 'c.png': 'erythroplakia'}


def test_folders_of_a_list_are_its_single_words_and_none(tmp_path):
    said = {f'{i}.png': (False, {'color': color}, []) for i, color in enumerate((
        ['red'], [], ['red', 'white'], {'all_of': ['red'], 'partial': True}))}
    run('folders', base(tmp_path / 'base', said), tmp_path / 'out', '--write', '--task', 'color')
    assert files(tmp_path / 'out') == ['none/1.png', 'red/0.png']
    run('folders', tmp_path / 'out', tmp_path / 'again', '--task', 'color')
    assert [image['attributes']['color'] for image in json.loads(
        (tmp_path / 'again/all.json').read_text())['images']] == [[], ['red']]


def test_parts_are_folders_around_the_classes(tmp_path):
    for part, word in (('train', LICHEN), ('test', FOAM), ('calib', FOAM)):
        base(tmp_path / 'parts', {f'{part}.png': (False, word, [])}, f'{part}.json')
    (tmp_path / 'parts/audit.json').write_text('{"counts": {"train": {}, "test": {}, "calib": {}}}')
    run('folders', tmp_path / 'parts', tmp_path / 'out', '--write')
    assert files(tmp_path / 'out') == ['test/erythroplakia/test.png', 'train/lichen_planus/train.png']
    run('folders', tmp_path / 'out', tmp_path / 'again', '--keep-parts')
    image, = json.loads((tmp_path / 'again/test.json').read_text())['images']
    assert image['attributes'] == FOAM


def test_a_task_of_which_nothing_is_said_and_a_class_named_as_a_part_are_refused(tmp_path):
    source = base(tmp_path / 'base', {**SAID, 'x.png': (False, {'stage': 'Test'}, [])})
    with pytest.raises(SystemExit, match=r"no photograph has one word of 'grade'; .*: color, diagnosis, stage$"):
        run('folders', source, tmp_path / 'out', '--write', '--task', 'grade')
    with pytest.raises(SystemExit, match="the class 'Test' would be read as the part test; rename it"):
        run('folders', source, tmp_path / 'out', '--write', '--task', 'stage')
    assert not (tmp_path / 'out').exists()
