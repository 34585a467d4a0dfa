"""Runs of the intake: again, killed and gone on, with what clinics' folders hold besides photographs."""
import csv
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from filelock import FileLock
from PIL import Image

from lopm.datasets.format import read_dataset
from lopm.datasets.photographs import read_photograph
from tests.curation.clinic import COMMAND, ENVIRONMENT, drawn, ingest, jpeg, png, tiff


def report_of(root, name='key.report.csv'):
    """``{file name of the source: row}``."""
    with open(root / name, newline='', encoding='utf-8', errors='surrogateescape') as file:
        return {Path(row['path']).name: row for row in csv.DictReader(file)}


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob('*')) if path.is_file()}


def write(root, files):
    """``{path under root/photos: bytes}``."""
    for name, data in files.items():
        path = root / 'photos' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root / 'photos'


def into_base(root, *more):
    return ingest(root / 'photos', root / 'base', '--key', root / 'key', '--table', root / 'table.csv', *more)


def test_the_index_is_a_data_set_and_patients_keep_their_names(tmp_path):
    write(tmp_path, {'anna/a.jpg': jpeg(drawn(1)), 'anna/visit2/b.jpg': jpeg(drawn(2)), 'bea/c.png': png(),
                     'loose.jpg': jpeg(drawn(3))})
    assert into_base(tmp_path, '--patients', 'folder') == 0
    images = read_dataset(tmp_path / 'base' / 'all.json')['images']
    patients = {image['file_name']: image.get('patient_id') for image in images}
    of = {name: patients[row['file_name']] for name, row in report_of(tmp_path, 'table.csv').items()}
    assert len(images) == len(of) == 4 and of['a.jpg'] == of['b.jpg'] != of['c.png'] and of['loose.jpg'] is None
    for image in images:
        read_photograph(tmp_path / 'base' / image['file_name'], (image['width'], image['height']))
    faces = json.loads((tmp_path / 'base' / 'ingest.json').read_text())['faces']
    assert faces.startswith('the check for faces did not run')


def test_a_second_run_changes_nothing_and_an_added_photograph_is_added(tmp_path):
    photos = write(tmp_path, {'p1/a.jpg': jpeg(drawn(1)), 'p2/b.jpg': jpeg(drawn(2))})
    assert into_base(tmp_path) == 0
    before = contents(tmp_path / 'base')
    assert into_base(tmp_path, '--lossless') == 0  # those that are there are not made again
    assert contents(tmp_path / 'base') == before
    annotated = json.loads(before['all.json'])
    annotated['annotations'] = [{'id': 1, 'image_id': annotated['images'][0]['id'], 'category_id': 1}]
    annotated['images'][0]['record'] = {'age': 61}
    (tmp_path / 'base' / 'all.json').write_text(json.dumps(annotated))
    shutil.move(photos / 'p1', photos / 'renamed')
    assert into_base(tmp_path, '--patients', 'folder') == 0
    known = json.loads((tmp_path / 'base' / 'all.json').read_text())
    assert all(image['patient_id'] for image in known['images'])  # they were not known in the first run
    write(tmp_path, {'p3/c.jpg': jpeg(drawn(3))})
    assert into_base(tmp_path, '--patients', 'folder') == 0
    after = json.loads((tmp_path / 'base' / 'all.json').read_text())
    assert len(after['images']) == 3 and after['annotations'] == annotated['annotations']
    assert [image for image in after['images'] if image in known['images']] == known['images']
    assert [image['record'] for image in after['images'] if 'record' in image] == [{'age': 61}]


def test_a_run_says_what_was_made_what_is_new_and_whose_patient_nobody_names(tmp_path, capsys):
    def said():
        assert into_base(tmp_path, '--patients', 'folder') == 0
        return capsys.readouterr().out
    write(tmp_path, {'p1/a.jpg': jpeg(drawn(1)), 'p2/b.jpg': jpeg(drawn(2))})
    first = said()
    assert f'{tmp_path / "key"} was made: back it up now' in first and 'no patient' not in first
    assert f'2 of 2 files are in {tmp_path / "base"}, which has 2 photographs (2 of them new) of 2 patients' in first
    assert [f'{what} {"━" * 40} 100%' in first for what in ('reading', 'cleaning')] == [True, True]
    write(tmp_path, {'p1/c.jpg': jpeg(drawn(3)), 'd.jpg': jpeg(drawn(4))})
    second = said()
    assert '4 of 4 files' in second and '4 photographs (2 of them new) of 2 patients' in second
    assert 'was made' not in second and '1 files have no patient' in second
    assert '(0 of them new)' in (third := said()) and 'cleaning' not in third  # nothing is left to do


def test_the_same_photograph_twice_is_said(tmp_path):
    same = jpeg(drawn(1))
    write(tmp_path, {'p1/a.jpg': same, 'p1/b.jpg': same, 'p1/c.jpg': same + b'behind the picture'})
    assert into_base(tmp_path, '--patients', 'folder') == 0
    report = report_of(tmp_path)
    assert report['b.jpg']['remark'].startswith('the same file as ') and report['b.jpg']['file_name']
    assert 'c.jpg' not in report  # equal pixels of one patient: said in the base, by new names
    assert len(json.loads((tmp_path / 'base' / 'ingest.json').read_text())['same_pixels'][0]) == 2


def test_a_photograph_of_two_patients_is_not_taken_in(tmp_path, capsys):
    same = jpeg(drawn(1))
    write(tmp_path, {'p1/a.jpg': same, 'p2/b.jpg': same})
    assert into_base(tmp_path, '--patients', 'folder') == 1
    assert read_dataset(tmp_path / 'base' / 'all.json')['images'] == []
    assert {row['remark'] for row in report_of(tmp_path).values()} == {
        'the same photograph lies with 2 patients; leave it with the one whose it is'}
    (tmp_path / 'photos' / 'p2' / 'b.jpg').write_bytes(same + b'saved again')
    assert into_base(tmp_path, '--patients', 'folder') == 1
    assert 'which is of another patient' in report_of(tmp_path)['b.jpg']['remark']
    assert '2 are said to be of two patients' in capsys.readouterr().err
    shutil.rmtree(tmp_path / 'photos' / 'p1')
    write(tmp_path, {'p3/a.jpg': same})
    assert into_base(tmp_path, '--patients', 'folder') == 1
    assert "was taken in as another patient's" in report_of(tmp_path)['a.jpg']['remark']


def test_patients_whose_names_differ_in_case_alone(tmp_path):
    write(tmp_path, {'p1/a.jpg': jpeg(drawn(1)), 'P1/A.jpg': jpeg(drawn(2)), 'p1/A.jpg': jpeg(drawn(3))})
    assert into_base(tmp_path, '--patients', 'folder') == 0
    assert len(read_dataset(tmp_path / 'base' / 'all.json')['images']) == 3
    assert 'differ only in case' in report_of(tmp_path)['A.jpg']['remark']


def test_odd_files(tmp_path):
    photos = write(tmp_path, {
        'good.jpg': jpeg(), 'cut.jpg': jpeg(drawn(8))[:5000], 'empty.jpg': b'', 'text.txt': b'no photograph',
        'pages.tif': tiff(), 'tags.tif': b'II*\0' + bytes(range(60)) * 4, '.DS_Store': b'made by a desktop',
        'evil.jpg': b'%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n',
        'Фото 口腔.jpg': jpeg(drawn(9)), os.fsdecode(b'latin\xe9.jpg'): jpeg(drawn(10))})
    (photos / 'loop').symlink_to(photos)
    (photos / 'self').symlink_to('self')
    os.mkfifo(photos / 'pipe.jpg')
    cv2.imwrite(str(photos / 'deep.png'), np.full((4, 6, 3), (257 * 10, 257 * 20, 257 * 30), np.uint16))
    cv2.imwrite(str(photos / 'deep.tif'), np.full((4, 6, 3), (257 * 40, 257 * 50, 257 * 60), np.uint16))
    Image.new('CMYK', (16, 16), (0, 255, 255, 0)).save(photos / 'cmyk.jpg', quality=100)
    Image.new('RGBA', (6, 4), (0, 0, 0, 0)).save(photos / 'clear.png')
    assert into_base(tmp_path) == 1
    table = report_of(tmp_path, 'table.csv')
    first = {name: read_photograph(tmp_path / 'base' / row['file_name'])[0, 0].tolist()
             for name, row in table.items() if row['file_name']}
    assert set(first) == {'good.jpg', 'pages.tif', 'deep.png', 'deep.tif', 'cmyk.jpg', 'clear.png', 'Фото 口腔.jpg',
                          'latin\udce9.jpg'}
    assert first['deep.png'] == [10, 20, 30] and first['deep.tif'] == [40, 50, 60] and first['clear.png'] == [255] * 3
    assert first['cmyk.jpg'][2] > 240 and max(first['cmyk.jpg'][:2]) < 12
    report = report_of(tmp_path)
    assert report.pop('pages.tif')['remark'] == 'the first of 2 pages'
    words = {'empty.jpg': 'empty', 'text.txt': 'no JPEG', 'cut.jpg': 'damaged', 'evil.jpg': 'no JPEG', 'tags.tif': '',
             'loop': 'link to a folder', 'self': 'broken link', 'pipe.jpg': 'no regular file'}
    assert {name: word in report[name]['remark'] for name, word in words.items()} == dict.fromkeys(words, True)
    assert set(report) == set(words) and not any(row['file_name'] for row in report.values())


@pytest.mark.parametrize('places, words', [
    (dict(key='base/key'), 'the key must not lie in'), (dict(key='photos/key'), 'the key must not lie in'),
    (dict(table='base/table.csv'), 'the table must not lie in'), (dict(report='base/r.csv'), 'the report must not lie'),
    (dict(base='photos/base'), 'OUT_DIR must not lie in'), (dict(photos='.'), 'OUT_DIR must not lie in'),
    (dict(photos='nowhere'), 'no such folder'), (dict(photos='bare'), 'bare holds no file'),
    (dict(base='other'), 'no base of this tool')])
def test_places_that_would_leak_or_spoil_something(tmp_path, places, words):
    write(tmp_path, {'a.jpg': jpeg()})
    (tmp_path / 'bare').mkdir()
    (tmp_path / 'other').mkdir()
    (tmp_path / 'other' / 'thesis.txt').write_text('mine')
    at = {name: tmp_path / place for name, place in {
        **dict(photos='photos', base='base', key='key', table='t.csv', report='r.csv'), **places}.items()}
    with pytest.raises(ValueError, match=words):
        ingest(at['photos'], at['base'], '--key', at['key'], '--table', at['table'], '--report', at['report'])
    assert not (tmp_path / 'base').exists() and not at['key'].exists()


def test_another_key_is_refused_and_a_lost_one_not_replaced(tmp_path):
    write(tmp_path, {'a.jpg': jpeg()})
    into_base(tmp_path)
    with pytest.raises(ValueError, match='typo: no such file; .*base was made with a key.*restore it from its copy'):
        ingest(tmp_path / 'photos', tmp_path / 'base', '--key', tmp_path / 'typo')
    assert not (tmp_path / 'typo').exists()
    ingest(tmp_path / 'photos', tmp_path / 'second', '--key', tmp_path / 'other')
    with pytest.raises(ValueError, match='was made with another key'):
        ingest(tmp_path / 'photos', tmp_path / 'base', '--key', tmp_path / 'other')
    names = [{path.name for path in (tmp_path / base / 'images').iterdir()} for base in ('base', 'second')]
    assert not names[0] & names[1]


def start(root, out):
    """The tool in a process of its own, with two workers, as a user starts it: Ctrl-C is heard, also where whoever runs
    the tests ignores it, as a shell does for what runs in the background."""
    environment = {**ENVIRONMENT, 'OMP_NUM_THREADS': '1'}
    return subprocess.Popen([*COMMAND, root / 'photos', root / out, '--key', root / 'key', '--report',
                             root / f'{out}.csv'], env=environment, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT,
                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


def workers_of(process):
    try:
        return Path(f'/proc/{process.pid}/task/{process.pid}/children').read_text().split()
    except OSError:  # it has ended
        return []


def wait_for(condition, seconds=600):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def stop_midway(root, how, status, number=16):
    """Stop the tool when some photographs are in the base and others are not; where it was faster, of more."""
    large, images = jpeg(drawn(size=(1400, 1000))), root / 'stopped' / 'images'
    write(root, {'text.txt': b'no photograph', **{f'{i}.jpg': large + i.to_bytes(2, 'big') for i in range(number)}})
    stopped = start(root, 'stopped')
    wait_for(lambda: stopped.poll() is not None or images.is_dir() and len(list(images.glob('*.jpg'))) > 2)
    workers = workers_of(stopped)
    stopped.send_signal(how)
    said, _ = stopped.communicate()
    assert 'Traceback' not in said
    if len(list(images.glob('*.jpg'))) == number:
        assert number < 1024, f'the tool does not stop: {said[-500:]}'
        shutil.rmtree(root / 'stopped')
        return stop_midway(root, how, status, 4 * number)
    assert stopped.returncode == status
    wait_for(lambda: not any(Path(f'/proc/{pid}').exists() for pid in workers))  # nobody stays behind
    return images


@pytest.mark.slow
@pytest.mark.parametrize('how, status', [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)])
def test_stopped_midway_and_run_again_gives_the_same_base(tmp_path, how, status):
    images = stop_midway(tmp_path, how, status)
    (images / 'left.jpg.1.partial').write_bytes(b'half')
    with open(tmp_path / 'stopped' / 'manifest.jsonl', 'a') as file:
        file.write('{"file_name": "images/')  # a line that was cut off
    assert ingest(tmp_path / 'photos', tmp_path / 'stopped', '--key', tmp_path / 'key') == 1
    assert ingest(tmp_path / 'photos', tmp_path / 'whole', '--key', tmp_path / 'key') == 1
    assert contents(tmp_path / 'stopped') == contents(tmp_path / 'whole')


def test_a_photograph_that_was_deleted_is_made_again(tmp_path, capsys):
    write(tmp_path, {'a.jpg': jpeg(drawn(1)), 'b.jpg': jpeg(drawn(2))})
    into_base(tmp_path)
    before = contents(tmp_path / 'base')
    next((tmp_path / 'base' / 'images').iterdir()).unlink()
    assert into_base(tmp_path) == 0
    assert '1 photographs that were taken in are no longer in' in capsys.readouterr().out
    assert contents(tmp_path / 'base') == before


@pytest.mark.parametrize('name', ['all.json', 'ingest.json', 'manifest.jsonl'])
def test_a_damaged_file_of_the_base_is_named(tmp_path, name):
    write(tmp_path, {'a.jpg': jpeg()})
    into_base(tmp_path)
    (tmp_path / 'base' / name).write_text('{"images": [\n')
    with pytest.raises(ValueError, match=f'{name}: no valid json'):
        into_base(tmp_path)


def test_two_runs_at_once_are_refused(tmp_path):
    write(tmp_path, {'a.jpg': jpeg()})
    into_base(tmp_path)
    with FileLock(tmp_path / 'base' / 'ingest.lock'), pytest.raises(ValueError, match='another run is at work'):
        into_base(tmp_path)


def test_a_wrong_command_is_answered_in_one_line(tmp_path):
    done = subprocess.run([*COMMAND, tmp_path / 'nowhere', tmp_path / 'base', '--key', tmp_path / 'key'],
                          env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.count('\n') == 1
    assert done.stderr.endswith('nowhere: no such folder; SOURCE_DIR is where the photographs lie\n')
