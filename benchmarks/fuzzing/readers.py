"""Sound files of every kind that lopm reads, and how each is read: ``make_readers``.

A reader returns what it read as plain values, ``content``, and ``said``: what it told the user besides.
"""
import contextlib
import importlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).parents[2]
WRITTEN = 'label_studio', 'cvat', 'coco', 'labelme', 'via', 'masks'


@dataclass
class Reader:
    """How a damaged copy of ``source`` is read; ``read(path) -> (content, said)``. ``beside``: only under its own name,
    with what lies beside it."""

    name: str
    source: Path
    read: Callable
    beside: bool = False

    def named(self, path):
        """The name that an error about a damaged copy says."""
        return self.source.name if self.beside else path.name


def make_readers(folder, formats=None):
    """``[Reader]`` of small files, which are written to ``folder``; with exports of real tools from ``formats``."""
    from lopm.datasets.synthetic.generate import ensure_synthetic
    base = ensure_synthetic(folder / 'base', num_photographs=12, workers=1)
    return [*_exports(folder, base, formats), *_own_files(folder, base)]


def _exports(folder, base, formats):
    from lopm.curation.formats import find_format
    for name in WRITTEN:
        out = folder / name
        if not out.exists():
            with contextlib.redirect_stdout(io.StringIO()):
                converter(name, base / 'train.json', out, '--write')
        module = find_format(name)
        for path in sorted(path for path in out.rglob(f'*{module.SUFFIX}') if 'photographs' not in path.parts)[:2]:
            yield Reader(f'{name}, written by lopm', path, _Convert(name, base))
    real = {'label_studio': 'label_studio_export.json', 'cvat': 'cvat/annotations.xml',
            'labelme': 'labelme/p000_v1.json', 'via': 'via/via_project.json',
            'coco': 'coco/annotations/instances_train.json'}
    for name, path in real.items() if formats else ():
        yield Reader(f'{name}, written by its tool', Path(formats, path), _Convert(name, Path(formats, 'photographs')))


def converter(name, *words):
    """Run the converter of a format as its command does."""
    command = importlib.import_module(f'lopm.commands.convert.{name}')
    command.main(command.parse_args([str(word) for word in words]))


@dataclass
class _Convert:
    """Reads an export as its converter does."""

    name: str
    photographs: Path

    def __call__(self, path):
        with tempfile.TemporaryDirectory() as temporary:
            out = Path(temporary, 'out')
            with contextlib.redirect_stdout(io.StringIO()):
                converter(self.name, path, out, '--photographs', self.photographs)
            parts = [json.loads(part.read_text()) for part in (out / 'all.json', out / 'unannotated.json')
                     if part.is_file()]
            report = json.loads((out / 'report.json').read_text())
        return {key: [row for part in parts for row in part[key]] for key in ('images', 'annotations')}, report


def _own_files(folder, base):
    """What lopm writes and reads again."""
    from lopm.curation.intake.manifest import Manifest
    from lopm.curation.label_map import read_map
    from lopm.datasets.index import PhotographIndex, describe_source, write_index
    from lopm.datasets.splits import require_audit
    from lopm.evaluation.calibration import read_calibration, write_calibration
    train = base / 'train.json'
    yield Reader('data set', train, _data_set)
    yield Reader('audit', base / 'audit.json', lambda path: (_beside(require_audit, path, train), ''), True)
    index = folder / 'train.arrow'
    if not index.exists():
        from lopm.datasets.coco import group_photographs
        write_index(index, group_photographs(train), source=describe_source(train))
    yield Reader('index', index, lambda path: ([repr(row) for row in PhotographIndex(path)], ''))
    calibration = write_calibration(folder / 'calibration.json', {
        'method': 'beta', 'photographs': ['a'], 'patients': ['b'],
        'tasks': {'color': {'scale': [[1.0, 1.0]], 'bias': [0.1]}, 'texture': {'scale': [[0.5]], 'bias': [0.0]}}})
    yield Reader('calibration', calibration, lambda path: (read_calibration(path), ''))
    manifest = folder / 'intake/manifest.jsonl'
    if not manifest.exists():
        (folder / 'intake').mkdir()
        images = json.loads(train.read_text())['images']
        shutil.copytree(base / 'images', folder / 'intake/images')
        manifest.write_text(''.join(json.dumps({
            'file_name': image['file_name'], 'patient_id': image['patient_id'], 'width': image['width'],
            'height': image['height'], 'sha256': '0' * 64, 'format': 'JPEG'}) + '\n' for image in images))
    yield Reader('manifest', manifest, lambda path: (
        _in_place(lambda at: _rows_and_gone(Manifest(at)), path, 'manifest.jsonl')), True)
    for name in ('oral.yaml', 'sites.yaml'):
        yield Reader('label map', REPO / 'configs/labels' / name, lambda path: (
            _in_place(lambda at: read_map(at / path.name), path, path.name, REPO / 'configs/labels'), ''))
    yield from _binary(folder)


def _rows_and_gone(manifest):
    return manifest.rows, f'{manifest.gone} gone'


def _binary(folder):
    import numpy as np
    import torch

    from lopm.evaluation.flags import FLAGS, Flags, load_flags, save_flags
    from lopm.weights import load_weights, write_weights
    flags = folder / 'flags.safetensors'
    save_flags(flags, Flags(np.arange(4.), np.eye(4), {name: np.arange(9.) for name, _ in FLAGS.values()}, 'weights'))
    yield Reader('flags', flags, lambda path: (repr(vars(load_flags(path, 'weights'))), ''))
    weights = {'a.weight': torch.arange(600.).reshape(20, 30), 'a.bias': torch.ones(20)}
    for name in ('weights.safetensors', 'weights.pth'):
        write_weights(weights, folder / name)
        yield Reader('weights', folder / name, lambda path: (
            {key: value.tolist() for key, value in load_weights(path).items()}, ''))


def _data_set(path):
    """As training opens it: read, drawn, every word looked up. Photographs are not read."""
    from mmengine.config import Config

    from lopm.datasets.lesions import LesionDataset
    tasks = Config.fromfile(REPO / 'configs/oral_extended.py').tasks
    dataset = LesionDataset(str(path), tasks, serialize_data=False)
    rows = [dataset.get_data_info(i) for i in range(len(dataset))]
    return {'images': [repr([row['img_path'], row['words'], row['record'].tolist()]) for row in rows],
            'annotations': [repr(lesion) for row in rows for lesion in row['lesions']]}, ''


def _beside(check, path, train):
    """Check an audit with the part that it was written for beside it."""
    return _in_place(lambda at: check(at / 'train.json'), path, 'audit.json', train)


def _in_place(read, path, name, others=None):
    """Read a damaged file under its own name, with what lies beside it."""
    with tempfile.TemporaryDirectory() as temporary:
        at = Path(temporary)
        beside = [] if others is None else [others] if others.is_file() else list(others.iterdir())
        for other in beside:
            shutil.copy(other, at / other.name)
        if name == 'manifest.jsonl':
            os.symlink(path.parents[1] / 'intake/images', at / 'images')
        shutil.copy(path, at / name)
        return read(at)
