"""Every tool ends with a sentence: on a path that is missing, a folder, a pipe, no data; on a place that is denied."""
import os
import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / 'tests/engine'))  # of the toy config
MULTITASK, TASKS = ROOT / 'configs/multitask.py', ROOT / 'configs/_base_/oral_tasks.py'

# What each tool reads is at BAD, what it writes at OUT.
READS = {
    'train.py': ['BAD'], 'test.py': [MULTITASK, 'BAD'], 'crossval.py': ['BAD'], 'study.py': ['BAD'],
    'intervene.py': [MULTITASK, 'BAD'], 'refit_head.py': [MULTITASK, 'BAD', 'OUT'],
    'browse_dataset.py': ['BAD', '--out', 'OUT'],
    'flag_photographs.py': ['fit', MULTITASK, 'BAD', 'OUT'], 'split_dataset.py': ['BAD', 'OUT'],
    'check_dataset.py': ['BAD', '--out', 'OUT'], 'export_dataset.py': ['BAD', 'OUT', '--tasks', TASKS],
    'measure.py': ['BAD', '--out', 'OUT'], 'ingest.py': ['BAD', 'OUT', '--key', 'KEY'],
    'index_dataset.py': ['BAD', '--out', 'OUT.arrow'], 'export_weights.py': ['BAD', 'OUT.pth'],
    'label_studio.py': ['--token-file', 'BAD', 'create', 'http://127.0.0.1:1', MULTITASK, '--title', 'Some title'],
    'analysis/bottleneck.py': [MULTITASK, 'BAD'], 'analysis/compare.py': ['BAD', 'BAD'],
    'analysis/features.py': ['BAD', '--out', 'OUT'], 'analysis/learning_curve.py': ['BAD'],
    'analysis/twins.py': ['BAD'], 'analysis/true_features.py': ['BAD'],
    'benchmark/kill_resume.py': ['BAD'], 'print_config.py': ['BAD'], 'dataset_converters/isic2017.py': ['BAD', 'OUT'],
    **{f'dataset_converters/{name}.py': ['BAD', 'OUT'] for name in (
        'coco', 'cvat', 'folders', 'label_studio', 'labelme', 'masks', 'via', 'yolo')}}
WRITES = {
    'split_dataset.py': ['JSON', 'DENIED'], 'check_dataset.py': ['JSON', '--out', 'DENIED'],
    'export_dataset.py': ['JSON', 'DENIED', '--tasks', TASKS], 'measure.py': ['JSON', '--out', 'DENIED'],
    'index_dataset.py': ['JSON', '--out', 'DENIED.arrow'], 'export_weights.py': ['WEIGHTS', 'DENIED.pth'],
    'make_synthetic.py': ['DENIED', '--num-photographs', '1'], 'ingest.py': ['PHOTOGRAPHS', 'DENIED', '--key', 'KEY'],
    'analysis/features.py': ['JSON', '--out', 'DENIED', '--tasks', TASKS],
    'dataset_converters/coco.py': ['JSON', 'DENIED'],
    'train.py': [ROOT / 'tests/engine/toy_config.py', '--work-dir', 'DENIED'],
    'benchmark/kill_resume.py': [ROOT / 'tests/engine/toy_config.py', '--work-dir', 'DENIED']}


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
    """The status and words with which a tool ends; any other error passes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('LABEL_STUDIO_API_KEY', 'x')
    told = [str(places.get(str(each).partition('.')[0], each)) + (
        f'.{each.partition(".")[2]}' if str(each).startswith(('OUT.', 'DENIED.')) else '') for each in arguments]
    monkeypatch.setattr(sys, 'argv', [name, *told])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / 'tools' / name), run_name='__main__')
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


def test_the_tables_have_every_tool():
    tools = {str(path.relative_to(ROOT / 'tools')) for path in (ROOT / 'tools').rglob('*.py')}
    assert {name for name in tools if not name.startswith('benchmark/')} <= READS.keys() | WRITES.keys()
