"""Unmistakable words, planted in a base, are looked for in everything that the real tools write of it.

``lopm.curation.privacy.ARTEFACTS`` says what each may hold; it holds that, and nothing else.
"""
import contextlib
import io
import json
import shutil
import struct
import tarfile
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from lopm.cli import main
from lopm.curation.privacy import ARTEFACTS, KINDS, OTHERS, table
from lopm.evaluation.predictions import read_predictions
from tests.tiny_run import save_run

pytestmark = pytest.mark.slow

for package in ('pyarrow', 'google_crc32c', 'mlcroissant'):
    pytest.importorskip(package, reason=f"{package} is not installed: pip install -e '.[base]'")

ROOT = Path(__file__).parents[2]
AGE = 83.8125
PLANTED = {'file_name': 'filenameqxz', 'patient_id': 'patientqxz', 'lesion_id': 'lesionqxz', 'rater': 'raterqxz',
           'visit': '1987-06-05', 'device': 'deviceqxz', 'center': 'centerqxz', 'record': str(AGE), 'note': 'noteqxz',
           'exif': 'exifqxz'}
ENCODED_AGE = struct.pack('<f', (AGE - 50) / 20)  # as the record is read


def lopm(*arguments):
    """Run a command in this process; one that finds faults ends with a status."""
    with contextlib.suppress(SystemExit):
        main(map(str, arguments))


def clinic(folder, patients=14):
    """Photographs and masks with a csv, in which all words are planted."""
    rng = np.random.default_rng(0)
    lines = ['photograph,mask,lesion_id,rater,patient_id,visit,device,center,age,color,diagnosis']
    exif = Image.Exif()
    exif[0x010e] = PLANTED['exif']
    for i in range(patients):
        name = f'{PLANTED["file_name"]}_{i}'
        coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
        coarse.resize((64, 48), Image.Resampling.BICUBIC).save(folder / f'{name}.jpg', exif=exif)
        for rater in (1, 2, 3):
            mask = np.zeros((48, 64), np.uint8)
            mask[12:36, 12 * rater:12 * rater + 20] = 255  # raters who disagree, for the doctor
            Image.fromarray(mask).save(folder / f'{name}_{rater}.png')
        lines += [f'{name}.jpg,{name}_{rater}.png,{PLANTED["lesion_id"]} {i},{PLANTED["rater"]} {rater},'
                  f'{PLANTED["patient_id"]} {i},{PLANTED["visit"]},{PLANTED["device"]} {i % 2},'
                  f'{PLANTED["center"]} {i % 2},{AGE},{said}' for rater in (1, 2, 3)
                  for said in [['white,erythroplakia', 'red,lichen planus'][i % 2]]]
    (folder / 'table.csv').write_text('\n'.join(lines))
    return folder / 'table.csv'


def predict(base, out):
    """Predictions of a model as it is before training, on two parts, and scores."""
    from lopm.engine import launch, testing
    config, weights = ROOT / 'tests/study/small_config.py', out / 'weights.pth'
    torch.save(model_of(config, base), weights)
    for part in ('val', 'test'):
        cfg = launch.load_config(config, out / part, [], folder=base)
        cfg.test_dataloader.dataset.ann_file = f'{part}.json'
        cfg.experiment_name = f'privacy_{part}'
        testing.test(cfg, weights, out / f'{part}/metrics.json', predictions=out / f'{part}.parquet')


def model_of(config, base):
    from mmengine.registry import init_default_scope

    from lopm.engine.launch import load_config
    from lopm.registry import MODELS
    init_default_scope('lopm')
    cfg = load_config(config, base / 'unused', [], folder=base)
    return {'state_dict': MODELS.build(cfg.model).state_dict(), 'meta': {'left_out': cfg.left_out}}


def predict_photographs(clinic, out):
    """What ``lopm predict`` makes of one photograph and its record, with an untrained model."""
    (out / 'new').mkdir()
    name = f'{PLANTED["file_name"]}_0.jpg'
    shutil.copy(clinic / name, out / 'new')
    known = {key: PLANTED[key] for key in ('patient_id', 'visit', 'device', 'center', 'note')}
    (out / 'records.txt').write_text(
        f'photograph,age,{",".join(known)}\n{name},{AGE},{",".join(known.values())}\n')
    lopm('predict', save_run(out / 'run'), out / 'new', '--records', out / 'records.txt', '--out', out / 'predicted')
    lopm('report', out / 'pack', out / 'new', '--records', out / 'records.txt', '--out', out / 'reports')
    shutil.rmtree(out / 'new')
    (out / 'records.txt').unlink()


def study(base, out):
    from lopm.study.counts import counts, remarks_on
    from lopm.study.page import write_csv, write_page
    from lopm.study.results import all_results, make_study
    made = make_study(read_predictions(out / 'test.parquet'), read_predictions(out / 'val.parquet'))
    found = counts(made) + all_results(made)
    write_csv(out / 'study.csv', found)
    write_page(out / 'study.html', made, found, {0: base}, remarks=remarks_on(found))


@pytest.fixture(scope='module')
def written(tmp_path_factory):
    """``{artefact: [files]}`` of all that the tools write, and what they said."""
    root = tmp_path_factory.mktemp('privacy')
    (root / 'clinic').mkdir()
    base, parts, out = root / 'base', root / 'parts', root / 'out'
    out.mkdir()
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        lopm('convert', 'masks', clinic(root / 'clinic'), base, '--photographs', root / 'clinic')
        content = json.loads((base / 'all.json').read_text())
        for row in content['annotations']:
            row['attributes']['remark'] = PLANTED['note']
        (base / 'all.json').write_text(json.dumps(content))
        lopm('split', base / 'all.json', parts, '--workers', '1', '--shares', 'train=0.4',
             'val=0.3', 'test=0.3')
        copy = parts / 'again.json'  # all patients are in two parts
        copy.write_bytes((parts / 'train.json').read_bytes())
        lopm('check', parts / 'train.json', copy, '--out', root / 'doctor', '--workers', '1')
        lopm('index', parts / 'test.json')
        lopm('features', parts / 'train.json', '--out', root / 'features', '--workers', '1')
        lopm('measure', parts / 'test.json', '--out', root / 'measures.csv', '--workers', '1')
        lopm('export', parts / 'test.json', root / 'export', '--tasks',
             ROOT / 'configs/multitask.py', '--workers', '1')
        for form in ('yolo', 'folders'):
            lopm('convert', form, parts / 'test.json', root / 'sets' / form, '--write')
        predict(parts, out)
        study(parts, out)
        lopm('pack', ROOT / 'tests/study/small_config.py', out / 'pack', '--checkpoint', out / 'weights.pth',
             '--data', parts)
        predict_photographs(root / 'clinic', out)
    (out / 'said.txt').write_text(said.getvalue())
    kept = [path for path in root.rglob('*') if path.is_file() and root / 'clinic' not in path.parents]
    folders = {'data set': parts, 'doctor': root / 'doctor', 'features': root / 'features', 'export': root / 'export',
               'set for others': root / 'sets', 'reports': out / 'reports'}
    files = {name: [path for path in kept if any(path.match(pattern) for pattern in each.files)
                    and path.is_relative_to(folders.get(name, root))] for name, each in ARTEFACTS.items()}
    files['data set'] = [path for path in files['data set'] if path.name != 'audit.json']
    return files


def texts(path):
    """All bytes of a file, unpacked."""
    data = path.read_bytes()
    yield data
    if path.suffix == '.parquet':
        from pyarrow import parquet
        yield str(parquet.read_table(path).to_pylist()).encode()
    if path.suffix == '.tar':
        with tarfile.open(path) as tar:
            yield from (tar.extractfile(member).read() for member in tar)
    start = -1
    while (start := data.find(b'\x78', start + 1)) >= 0:
        try:
            yield zlib.decompressobj().decompress(data[start:start + 100_000])
        except zlib.error:
            pass


def found_in(path):
    """Which kinds of words stand in a file or in its name."""
    text = b'\n'.join([path.name.encode(), *texts(path)]).lower()
    found = {kind for kind, word in PLANTED.items() if word.encode() in text}
    if any(ENCODED_AGE in each for each in texts(path)):
        found.add('record')
    if any(mark in text for mark in (b'data:image/jpeg', b'\xff\xd8\xff')):
        found.add('pixels')
    return found


@pytest.mark.parametrize('name', ARTEFACTS)
def test_what_is_written_holds_what_the_table_says_and_nothing_else(written, name):
    assert written[name], f'no tool wrote {ARTEFACTS[name].files}'
    found = set().union(*(found_in(path) for path in written[name]))
    assert found == set(ARTEFACTS[name].holds)


def test_predictions_are_for_their_owner(written):
    assert {path.stat().st_mode & 0o777 for path in written['predictions']} == {0o600}


def test_the_table_names_known_kinds_alone():
    every = ARTEFACTS | OTHERS
    assert {kind for each in every.values() for kind in each.holds} <= KINDS.keys()
    assert len(table()) == len(every) and not any('exif' in each.holds for each in every.values())
