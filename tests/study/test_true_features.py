"""The meta head on words alone: a rule that is in the words is found, without any photograph."""
import csv
import json
from pathlib import Path

import numpy as np
import pytest

from lopm.commands import true_features as command
from lopm.engine.launch import load_config
from lopm.study.true_features import study_true_features

ROOT = Path(__file__).parents[2]
COLORS, DIAGNOSES = ['white', 'red'], ['erythroplakia', 'lichen_planus']


def write_part(path, number, seed, told=0.9):
    """Red lesions are erythroplakia with a probability of ``told``, white ones with the rest; photographs: none."""
    rng = np.random.default_rng(seed)
    images, rows = [], []
    for i in range(number):
        red = rng.integers(2)
        diagnosis = DIAGNOSES[int(rng.random() > (told if red else 1 - told))]
        images.append({'id': i, 'file_name': f'{path.stem}{i}.jpg', 'width': 60, 'height': 40,
                       'patient_id': f'{path.stem}{i // 2}', 'record': {'age': 40 + i % 30} if i % 3 else {}})
        rows += [{'id': 2 * i + k, 'image_id': i, 'category_id': 1, 'lesion_id': f'L{i}', 'rater': f'r{k}',
                  'segmentation': [[5, 5, 20, 5, 20, 20]],
                  'attributes': {'color': [COLORS[red]], **({'diagnosis': diagnosis} if k == 0 else {})}}
                 for k in range(1 + i % 2)]
    path.write_text(json.dumps({'images': images, 'annotations': rows, 'categories': [{'id': 1, 'name': 'lesion'}]}))


@pytest.fixture
def parts(tmp_path):
    for i, (part, number) in enumerate((('train', 240), ('val', 20), ('test', 200))):
        write_part(tmp_path / f'{part}.json', number, i)
    return tmp_path


@pytest.mark.slow
def test_what_the_words_tell_is_found(parts, capsys):
    command.main(command.parse_args([str(ROOT / 'configs/multitask.py'), '--data', str(parts), '--out',
                                     str(parts / 'x.csv')]))
    with open(parts / 'x.csv') as file:
        lines = {(row['inputs'], row['score']): row for row in csv.DictReader(file)}
    found = lines['features', 'balanced_accuracy']
    assert float(found['value']) == pytest.approx(0.9, abs=0.06)
    assert float(found['low']) < float(found['value']) < float(found['high'])
    assert found['lesions'] == '200' and found['patients'] == '100'
    assert float(lines['features and record', 'auroc']['value']) > 0.85  # the record says nothing, and does no harm
    assert 'features             auroc' in capsys.readouterr().out


def test_a_part_without_a_diagnosis_is_named(parts):
    content = json.loads((parts / 'test.json').read_text())
    for row in content['annotations']:
        row['attributes'].pop('diagnosis', None)
    (parts / 'test.json').write_text(json.dumps(content))
    cfg = load_config(ROOT / 'configs/multitask.py', folder=parts)
    with pytest.raises(ValueError, match="test.json: no lesion has a label of 'diagnosis'"):
        study_true_features(cfg)
