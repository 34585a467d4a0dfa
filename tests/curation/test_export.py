"""What is exported is what LesionDataset gives, in every format, after every interruption; and no more than that."""
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask
from torch.utils.data import DataLoader, IterableDataset

from lopm.curation.export import shards
from lopm.curation.export.encoded import strip_jpeg
from lopm.curation.export.names import names_of
from lopm.curation.export.shards import export
from lopm.curation.export.tfrecord import encode_example, masked_crc
from lopm.datasets.coco import group_photographs
from lopm.datasets.index import write_index
from lopm.datasets.lesions import LesionDataset
from lopm.tasks import build_tasks
from tests.curation.outlined import LOAD, NAMES, OWN_CODING, RECORD_FIELDS, SECRET, TASKS, image, open_part, write_part

pytest.importorskip('google_crc32c', reason="google-crc32c is not installed: pip install -e '.[base]'")

ROOT = Path(__file__).parents[2]
SETTINGS = dict(part='train', formats=['tfrecord', 'webdataset'], shard_size=3, tasks=TASKS,
                outputs={name: task.num_outputs for name, task in build_tasks(TASKS).items()})


@pytest.fixture(scope='module')
def part(tmp_path_factory):
    return write_part(tmp_path_factory.mktemp('part'))


@pytest.fixture(scope='module')
def exported(part, tmp_path_factory):
    """Folder of an export of ``part`` in three shards."""
    out = tmp_path_factory.mktemp('exported')
    export(open_part(part), out, SETTINGS)
    return out


def hashes(folder):
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob('*') if path.is_file()}


def members(folder):
    """``{key: {name: bytes}}`` of all tar files."""
    samples = {}
    for path in sorted((folder / 'webdataset').glob('*.tar')):
        with tarfile.open(path) as tar:
            for member in tar:
                key, name = member.name.split('.', 1)
                samples.setdefault(key, {})[name] = tar.extractfile(member).read()
    return samples


class Tars(IterableDataset):
    """The tar files in plain PyTorch."""

    def __init__(self, folder):
        self.folder = folder

    def __iter__(self):
        for key, sample in members(self.folder).items():
            yield key, {name: self._decode(name, data) for name, data in sample.items()}

    @staticmethod
    def _decode(name, data):
        kind = name.rpartition('.')[2]
        return json.loads(data) if kind == 'json' else np.load(io.BytesIO(data)) if kind == 'npy' else \
            np.asarray(Image.open(io.BytesIO(data)).convert('RGB' if name.startswith('photograph') else 'L'))


def rater_map(item, rater):
    """A rater's lesion map, drawn here by hand: the smaller on top; who drew nothing follows the other."""
    if not item['outlined']:
        return np.full((item['height'], item['width']), 255, np.uint8)
    masks = [coco_mask.decode(lesion['outlines'].get(rater, list(lesion['outlines'].values())[0]))
             for lesion in item['lesions']]
    drawn = np.zeros((item['height'], item['width']), np.uint8)
    for i in sorted(range(len(masks)), key=lambda i: -int(masks[i].sum())):
        drawn[masks[i] > 0] = i + 1
    return drawn


def test_pytorch_reads_what_the_data_set_gives(part, exported):
    samples = dict(DataLoader(Tars(exported), batch_size=None, num_workers=1, collate_fn=tuple))
    dataset = open_part(part, LOAD)
    assert sorted(samples) == [f'{i:08d}' for i in range(len(NAMES))]
    for i, name in enumerate(NAMES):
        sample, item = samples[f'{i:08d}'], dataset[i]
        photograph, = (sample[key] for key in sample if key.startswith('photograph'))
        assert (photograph == item['img'][..., ::-1]).all(), name
        assert (sample['lesion.png'] == item['gt_seg_map']).all()
        assert (sample['teeth.png'] == item['gt_teeth_map']).all()
        for rater, drawn in enumerate(item['raters']):
            assert (sample[f'lesion.{rater}.png'] == rater_map(item, drawn)).all()
        for kind in ('target', 'image_target'):
            found = {key.split('.')[1]: rows for key, rows in sample.items() if key.startswith(f'{kind}.')}
            np.testing.assert_equal(found, item[f'{kind}s'])
            assert all(rows.dtype == np.float32 for rows in found.values())
        np.testing.assert_equal(sample['record.npy'], item['record'])
        assert len(sample['json']['raters']) == len(item['raters'])
    assert samples['00000000']['lesion.png'].max() == 2 and samples['00000002']['lesion.png'].min() == 255


def test_words_are_exported_as_they_were_given(part, exported):
    names = names_of(part)
    a, b, first, second = names.rater('a'), names.rater('b'), names.lesion('L1'), names.lesion('L2')
    about = [json.loads(sample['json']) for sample in members(exported).values()]
    assert about[0] == dict(
        patient_id=names.patient('P1'), height=40, width=60, outlined=True, raters=[a, b], words={}, lesions=[
            dict(lesion_id=first, words={b: {'color': ['white'], 'homogeneity': 'uneven'}, a: {'sharpness': 'medium'}}),
            dict(lesion_id=second, words={b: {'color': []}})])
    assert about[1]['lesions'][0]['words'][''] == {'diagnosis': {'any_of': ['leukoplakia', 'lichen_planus']}}
    assert about[2]['words'] == {'quality': 'poor', 'diagnosis': 'lichen_planus'} and not about[2]['outlined']


def test_a_photograph_keeps_its_coding(part, exported):
    samples = list(members(exported).values())
    for i, name in enumerate(NAMES):
        own = (part.parent / name).read_bytes()
        data = samples[i].get('photograph.jpg', samples[i].get('photograph.png'))
        kept = OWN_CODING.count(name)
        assert ('photograph.jpg' in samples[i]) == (name.endswith('.jpg') and bool(kept)), name
        if name.startswith(('plain', 'grey')):
            assert data == own
        elif kept:  # the coded picture, without what stood beside it
            scan = own[own.index(b'\xff\xda'):own.index(b'\xff\xd9')] if name.endswith('.jpg') else \
                own[own.index(b'IDAT'):own.index(b'IEND')]
            assert scan in data and len(data) < len(own)


def test_an_index_gives_the_names_of_its_json_and_another_part_others(part, tmp_path):
    write_index(tmp_path / 'x.arrow', group_photographs(part))
    names, index = names_of(part), names_of(tmp_path / 'x.arrow')
    assert names.patient('P1') == index.patient(' P1') != names.lesion('P1') and len(names.patient('P1')) == 17
    content = json.loads(part.read_text())
    content['images'][0]['patient_id'] = 'P2'
    (tmp_path / 'other.json').write_text(json.dumps(content))
    assert names_of(tmp_path / 'other.json').patient('P1') != names.patient('P1')


def test_nothing_of_the_patient_goes_out(part, exported):
    assert SECRET.encode() in (part.parent / 'camera.jpg').read_bytes()
    for path in exported.rglob('*'):
        for word in (SECRET, '2026-02-03', 'plain.jpg', str(part.parent), '"P1"', '"L1"'):
            assert path.is_dir() or word.encode() not in path.read_bytes(), (path, word)


def test_what_cannot_be_stripped_is_recognized():
    assert strip_jpeg(b'\xff\xd8\xff\xe0\x00\x10JFIF') == b''
    scan = b'\xff\xda\x00\x04ab' + b'\x12\xff\x00\xff\xd3\x34'  # with a stuffed byte and a restart marker
    assert strip_jpeg(b'\xff\xd8' + scan + b'\xff\xfe\x00\x03x' + b'\xff\xd9y') == b'\xff\xd8' + scan + b'\xff\xd9'


def test_example_by_hand():
    """Field numbers and wire types of tf.train.Example, as https://protobuf.dev/programming-guides/encoding says."""
    assert encode_example({'a': [300]}).hex() == '0a0d' + '0a0b' + '0a0161' + '1206' + '1a04' + '0a02ac02'
    assert encode_example({'a': np.float32([[1], [-2]])}).hex() == \
        '0a13' + '0a11' + '0a0161' + '120c' + '120a' + '0a08' + '0000803f' + '000000c0'
    assert encode_example({'b': [], 'a': [b'x', b'']}).hex() == \
        '0a17' + '0a0c' + '0a0161' + '1207' + '0a05' + '0a0178' + '0a00' + '0a07' + '0a0162' + '1202' + '0a00'


def test_record_of_the_format():
    """CRC-32C of nine bytes is E3069283 (RFC 3720, B.4 gives others); masked as TFRecord wants."""
    masked = ((0xE3069283 >> 15 | 0xE3069283 << 17) + 0xA282EAD8) % 2 ** 32
    assert masked_crc(b'123456789') == masked.to_bytes(4, 'little')


def test_tensorflow_reads_what_the_data_set_gives(part, exported, tmp_path):
    python = os.environ.get('LOPM_TENSORFLOW')
    if not python:
        pytest.skip('LOPM_TENSORFLOW does not name a Python with TensorFlow: python3 -m venv DIR && '
                    'DIR/bin/pip install tensorflow-cpu; LOPM_TENSORFLOW=DIR/bin/python')
    tasks = {name: count for name, count in SETTINGS['outputs'].items() if name not in ('lesion', 'teeth')}
    run_other(python, ROOT / 'tests/curation/read_tfrecord.py', exported / 'tfrecord', tmp_path / 'read.npz',
              *(f'{name}={count}' for name, count in tasks.items()))
    read, dataset = np.load(tmp_path / 'read.npz'), open_part(part, LOAD)
    assert len({name.split('/')[0] for name in read.files}) == len(NAMES)
    for i, name in enumerate(NAMES):
        item, found = dataset[i], {key.split('/', 1)[1]: read[key] for key in read.files if key.startswith(f'{i:08d}')}
        assert (found['photograph'] == item['img'][..., ::-1]).all(), name
        assert (found['map/lesion'] == item['gt_seg_map']).all() and (found['map/teeth'] == item['gt_teeth_map']).all()
        assert [found[key] for key in ('height', 'width', 'num_lesions', 'num_raters')] == [
            40, 60, len(item['lesions']), len(item['raters'])]
        for rater, drawn in enumerate(item['raters']):
            assert (found['rater_maps'][rater] == rater_map(item, drawn)).all()
        np.testing.assert_equal(found['record'], item['record'])
        for task in tasks:
            np.testing.assert_equal(found[f'target/{task}'].ravel(), item['targets'].get(task, np.zeros(0)).ravel())
            np.testing.assert_equal(found[f'image_target/{task}'],
                                    item['image_targets'].get(task, np.zeros(0)).ravel())
        assert len(json.loads(found['about'].item())['raters']) == len(item['raters'])


@pytest.mark.slow
@pytest.mark.parametrize('example, variable', [('torch_webdataset.py', None), ('keras_tfrecord.py', 'LOPM_TENSORFLOW')])
def test_examples_train(exported, example, variable):
    python = os.environ.get(variable) if variable else sys.executable
    if not python:
        pytest.skip(f'{variable} does not name a Python with TensorFlow')
    said = run_other(python, ROOT / 'examples' / example, exported, 'color')
    losses = [float(value) for value in re.findall(r'\bloss:? (\S+)', said)]
    assert len(losses) == 5 and losses[-1] < losses[0]


def run_other(python, *command):
    done = subprocess.run([python, *map(str, command)], text=True, capture_output=True, timeout=1200,
                          env={**os.environ, 'TF_CPP_MIN_LOG_LEVEL': '3'})
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_run_that_was_stopped_goes_on(part, exported, tmp_path, monkeypatch):
    made, real = [], shards.make_sample

    def stop_at_the_fifth(dataset, row, names):
        made.append(row)
        if len(made) == 5:
            raise KeyboardInterrupt
        return real(dataset, row, names)

    monkeypatch.setattr(shards, 'make_sample', stop_at_the_fifth)
    with pytest.raises(KeyboardInterrupt):
        export(open_part(part), tmp_path, SETTINGS)
    assert sorted(path.name for path in tmp_path.glob('*/*.ta*')) == [
        'train-00000-of-00004.tar', 'train-00001-of-00004.tar.partial']
    made.clear()
    progress = []
    monkeypatch.setattr(shards, 'make_sample',
                        lambda dataset, row, names: (made.append(row), real(dataset, row, names))[1])
    export(open_part(part), tmp_path, SETTINGS, progress=progress.append)
    assert made == [*range(3, len(NAMES))] and progress == [3, 3, 3, 2]
    assert hashes(tmp_path) == hashes(exported)  # the manifest, too
    export(open_part(part), tmp_path, SETTINGS)
    assert made == [*range(3, len(NAMES))]
    (tmp_path / 'tfrecord/train-00001-of-00004.tfrecord').write_bytes(b'cut off')
    export(open_part(part), tmp_path, SETTINGS)
    assert hashes(tmp_path) == hashes(exported)


@pytest.mark.slow
def test_a_killed_run_leaves_no_worker_and_goes_on(tmp_path):
    """SIGKILL of a run by the tool, in the middle of its shards."""
    pytest.importorskip('mlcroissant', reason="mlcroissant is not installed: pip install -e '.[base]'")
    path = write_part(tmp_path)
    content = json.loads(path.read_text())
    more = [image(i, file_name=f'{i}.jpg') for i in range(100, 500)]
    for each in more:
        (tmp_path / each['file_name']).symlink_to('plain.jpg')
    path.write_text(json.dumps({**content, 'images': [*content['images'], *more]}))
    (tmp_path / 'tasks.py').write_text(f'tasks = {TASKS}')
    command = [sys.executable, '-m', 'lopm', 'export', path, tmp_path / 'out', '--to', 'tfrecord',
               '--tasks', tmp_path / 'tasks.py', '--shard-size', '20', '--workers', '2']
    done = range(21)
    while len(done) == 21:  # it was faster
        shutil.rmtree(tmp_path / 'out', ignore_errors=True)
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, 'PYTHONPATH': str(ROOT)})
        while run.poll() is None and len(list(tmp_path.glob('out/*/*.tfrecord'))) < 2:
            time.sleep(0.005)
        children = Path(f'/proc/{run.pid}/task/{run.pid}/children').read_text().split()
        run.kill()
        run.wait()
        done = list(tmp_path.glob('out/*/*.tfrecord'))
    wait_for(lambda: not any(Path(f'/proc/{child}').exists() for child in children))
    settings = json.loads((tmp_path / 'out/export.json').read_text())['settings']
    dataset = LesionDataset(path.name, TASKS, data_root=str(tmp_path), test_mode=True)
    export(dataset, tmp_path / 'out', settings)
    export(dataset, tmp_path / 'whole', settings)
    assert hashes(tmp_path / 'out') == hashes(tmp_path / 'whole')


def wait_for(condition, seconds=600):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_index_gives_the_same_files(part, exported, tmp_path):
    pytest.importorskip('pyarrow', reason="pyarrow is not installed: pip install -e '.[base]'")
    index = part.with_suffix('.arrow')
    write_index(index, group_photographs(part))
    export(open_part(index), tmp_path, SETTINGS)
    assert hashes(tmp_path) == hashes(exported)


def test_other_settings_are_refused(part, exported):
    before = hashes(exported)
    with pytest.raises(ValueError, match=r'holds an export with other settings \(shard_size\); name another folder'):
        export(open_part(part), exported, {**SETTINGS, 'shard_size': 4})
    assert hashes(exported) == before


def test_croissant_describes_it(exported, tmp_path):
    pytest.importorskip('mlcroissant', reason="mlcroissant is not installed: pip install -e '.[base]'")
    from lopm.curation.export.croissant import describe
    manifest = json.loads((exported / 'export.json').read_text())
    described = describe(manifest)
    assert {each['contentUrl'] for each in described['distribution'] if 'contentUrl' in each} == {
        name for name in hashes(exported) if name.startswith(('tfrecord', 'webdataset'))}
    (exported / 'croissant.json').write_text(json.dumps(described))
    code = ('import sys, mlcroissant\nfor name in ("photographs", "lesion_maps", "words"):\n'
            '    records = mlcroissant.Dataset(sys.argv[1]).records(name)\n'
            '    print(name, *sorted(record[f"{name}/key"].decode() for record in records))')
    try:
        done = subprocess.run([sys.executable, '-c', code, exported / 'croissant.json'], text=True, capture_output=True,
                              env={**os.environ, 'CROISSANT_CACHE': str(tmp_path)}, timeout=600)
    finally:
        (exported / 'croissant.json').unlink()
    keys = ' '.join(f'{i:08d}' for i in range(len(NAMES)))
    wanted = [f'{name} {keys}' for name in ('photographs', 'lesion_maps', 'words')]
    assert done.stdout.splitlines() == wanted, done.stderr


@pytest.mark.slow
def test_the_tool_names_what_it_left_out_and_its_workers_write_as_one_process(tmp_path):
    pytest.importorskip('mlcroissant', reason="mlcroissant is not installed: pip install -e '.[base]'")
    path = write_part(tmp_path)
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, 'images': [*content['images'], image(20, file_name='gone.jpg')]}))
    (tmp_path / 'plain.jpg').write_bytes((tmp_path / 'plain.jpg').read_bytes()[:300])
    (tmp_path / 'tasks.py').write_text(f'tasks = {TASKS}\nrecord_fields = {RECORD_FIELDS}')
    command = [sys.executable, '-m', 'lopm', 'export', path, tmp_path / 'out', '--to', 'webdataset',
               '--tasks', tmp_path / 'tasks.py', '--shard-size', '5', '--workers', '2']
    done = subprocess.run(command, text=True, capture_output=True, cwd=ROOT, timeout=1200,
                          env={**os.environ, 'PYTHONPATH': str(ROOT)})
    assert done.returncode == 1 and 'Traceback' not in done.stderr, done.stderr
    assert '2 photographs could not be read' in done.stderr and 'plain.jpg: damaged' in done.stderr
    assert 'gone.jpg: the file is missing' in done.stderr
    assert sorted(members(tmp_path / 'out')) == [f'{i:08d}' for i in range(1, len(NAMES))]
    manifest = json.loads((tmp_path / 'out/export.json').read_text())
    assert [shard['samples'] for shard in manifest['shards'].values()] == [4, 5, 1]
    assert export(open_part(path), tmp_path / 'one', manifest['settings']) == manifest
    assert (tmp_path / 'out/croissant.json').is_file() and not (tmp_path / 'out/tfrecord').exists()
