"""Every command ends with a sentence: on a path that is missing, a folder, a pipe, no data; on a denied place."""
import os
import runpy
import sys
from pathlib import Path

import pytest

from lopm.cli import COMMANDS, FORMATS, HERE, main, module_of

ROOT = Path(__file__).parents[1]
MULTITASK, TASKS = ROOT / 'configs/multitask.py', ROOT / 'configs/_base_/oral_tasks.py'

# What each command reads is at BAD, what it writes at OUT.
READS = {
    'train': ['BAD'], 'test': [MULTITASK, 'BAD'], 'crossval': ['BAD'], 'study': ['BAD'],
    'predict': ['BAD', 'PHOTOGRAPHS', '--out', 'OUT'],
    'intervene': [MULTITASK, 'BAD'], 'refit': [MULTITASK, 'BAD', 'OUT'],
    'browse': ['BAD', '--out', 'OUT'],
    'flag': ['fit', MULTITASK, 'BAD', 'OUT'], 'split': ['BAD', 'OUT'],
    'check': ['BAD', '--out', 'OUT'], 'export': ['BAD', 'OUT', '--tasks', TASKS],
    'measure': ['BAD', '--out', 'OUT'], 'ingest': ['BAD', 'OUT', '--key', 'KEY'],
    'index': ['BAD', '--out', 'OUT.arrow'], 'weights': ['BAD', 'OUT.pth'],
    'studio': ['--token-file', 'BAD', 'create', 'http://127.0.0.1:1', MULTITASK, '--title', 'Some title'],
    'bottleneck': [MULTITASK, 'BAD'], 'compare': ['BAD', 'BAD'],
    'features': ['BAD', '--out', 'OUT'], 'learning-curve': ['BAD'],
    'twins': ['BAD'], 'true-features': ['BAD'],
    'benchmarks/kill_resume.py': ['BAD'], 'config': ['BAD'],
    'pack': ['BAD', 'OUT'], 'report': ['BAD', 'PHOTOGRAPHS', '--out', 'OUT'],
    'follow': ['BAD', 'PHOTOGRAPHS', '--out', 'OUT'], 'dicom': ['BAD', 'PHOTOGRAPHS', '--out', 'OUT'],
    'screen': ['BAD', 'PHOTOGRAPHS', '--out', 'OUT'], 'web': ['--pack', 'BAD', '--folder', 'OUT'],
    'web-backup': ['BAD', 'OUT.zip'], 'web-restore': ['BAD', 'OUT'],
    'web-export': ['BAD', 'OUT', '--department', 'Any'], 'web-import': ['JSON', 'BAD', '--department', 'Any'],
    'operate': ['BAD', 'BAD', '--from', 'urgent', '--out', 'OUT'],
    **{f'convert {name}': ['BAD', 'OUT'] for name in FORMATS}}
WRITES = {
    'split': ['JSON', 'DENIED'], 'check': ['JSON', '--out', 'DENIED'],
    'export': ['JSON', 'DENIED', '--tasks', TASKS], 'measure': ['JSON', '--out', 'DENIED'],
    'index': ['JSON', '--out', 'DENIED.arrow'], 'weights': ['WEIGHTS', 'DENIED.pth'],
    'synthetic': ['DENIED', '--num-photographs', '1'], 'ingest': ['PHOTOGRAPHS', 'DENIED', '--key', 'KEY'],
    'features': ['JSON', '--out', 'DENIED', '--tasks', TASKS],
    'convert coco': ['JSON', 'DENIED'],
    'train': [ROOT / 'tests/engine/toy_config.py', '--work-dir', 'DENIED'], 'card': ['DENIED.pdf'],
    'benchmarks/kill_resume.py': [ROOT / 'tests/engine/toy_config.py', '--work-dir', 'DENIED']}


@pytest.fixture
def places(tmp_path):
    """Paths by the names of the tables."""
    import torch

    from lopm.files import write_json
    (tmp_path / 'folder').mkdir()
    (tmp_path / 'photographs').mkdir()
    (tmp_path / 'photographs/a.jpg').touch()
    (tmp_path / 'file').write_bytes(b'\x00no data')
    (tmp_path / 'empty').touch()
    os.mkfifo(tmp_path / 'pipe')
    torch.save({'state_dict': {'a': torch.zeros(1)}}, tmp_path / 'weights.pth')
    image = {'id': 1, 'file_name': 'a.jpg', 'width': 9, 'height': 9, 'outlined': True}
    write_json(tmp_path / 'all.json', {'info': {}, 'images': [image], 'annotations': [],
                                       'categories': [{'id': 1, 'name': 'lesion'}]})
    return {'OUT': tmp_path / 'out', 'KEY': tmp_path / 'key', 'JSON': tmp_path / 'all.json',
            'WEIGHTS': tmp_path / 'weights.pth', 'PHOTOGRAPHS': tmp_path / 'photographs',
            'DENIED': tmp_path / 'file/inside'}  # root may write everywhere, but not inside of a file


def run(name, arguments, places, monkeypatch, tmp_path):
    """The status and words with which a command ends; any other error passes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('LABEL_STUDIO_API_KEY', 'x')
    told = [str(places.get(str(each).partition('.')[0], each)) + (
        f'.{each.partition(".")[2]}' if str(each).startswith(('OUT.', 'DENIED.')) else '') for each in arguments]
    monkeypatch.setattr(sys, 'argv', [name, *told])
    with pytest.raises(SystemExit) as ended:
        if name.endswith('.py'):
            runpy.run_path(str(ROOT / name), run_name='__main__')
        main([*name.split(), *told])
    return ended.value.code


@pytest.mark.parametrize('name, bad', [
    (name, bad) for name in READS for bad in ('missing', 'folder', 'pipe', 'file', 'empty')])
def test_what_cannot_be_read_is_said(name, bad, places, monkeypatch, tmp_path, capsys):
    code = run(name, READS[name], {**places, 'BAD': tmp_path / bad}, monkeypatch, tmp_path)
    said = f'{code} {capsys.readouterr().err}'
    assert code and 'Traceback' not in said and len(said) > 20


@pytest.mark.parametrize('name', WRITES)
def test_what_cannot_be_written_is_said(name, places, monkeypatch, tmp_path, capsys):
    code = run(name, WRITES[name], places, monkeypatch, tmp_path)
    assert code and 'Traceback' not in f'{code} {capsys.readouterr().err}'


def test_the_tables_and_the_overview_have_every_command(capsys):
    assert set(COMMANDS) <= READS.keys() | WRITES.keys()
    modules = {str(path.relative_to(HERE).with_suffix('')).replace('/', '.') for path in HERE.rglob('*.py')
               if path.stem != '__init__'}
    assert {module_of(command) for command in COMMANDS} == modules
    main(['--help'])
    said = capsys.readouterr().out
    assert all(f'  {command} ' in said for command in COMMANDS)


@pytest.mark.parametrize('said, near', [(['spilt'], 'split'), (['convert', 'yollo'], 'convert yolo')])
def test_a_misspelled_command_is_answered_with_the_near_one(said, near):
    with pytest.raises(SystemExit, match=f'did you mean lopm {near}?'):
        main(said)


def test_debug_shows_where_an_error_comes_from(tmp_path):
    (tmp_path / 'a.json').write_text('{"version": "5", "shapes": [{}], "imagePath": "a.jpg"}')
    arguments = ['convert', 'labelme', str(tmp_path / 'a.json'), str(tmp_path / 'out')]
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert str(tmp_path / 'a.json') in ended.value.code
    with pytest.raises(ValueError, match='a.json'):
        main(['--debug', *arguments])
