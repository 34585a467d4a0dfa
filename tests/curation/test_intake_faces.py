"""OpenCV's detector class on the real YuNet, and on a toy network that takes red patches for faces."""
import csv
import json
import os
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from lopm.curation.intake.faces import count_faces, load_detector
from tests.curation.clinic import drawn, ingest

onnx = pytest.importorskip('onnx', reason='onnx is not installed: it writes the toy network')


@pytest.fixture(scope='module')
def model(tmp_path_factory):
    """A network with YuNet's twelve outputs, whose scores are how much redder than blue a cell is."""
    from onnx import TensorProto, helper
    nodes = [helper.make_node('Split', ['input'], ['blue', 'green', 'red'], axis=1, num_outputs=3),
             helper.make_node('Sub', ['red', 'blue'], ['difference']),
             helper.make_node('Relu', ['difference'], ['redder']),
             helper.make_node('Mul', ['redder', 'scale'], ['score'])]
    outputs = []
    for stride in (8, 16, 32):
        cls, obj, bbox, kps = (f'{name}_{stride}' for name in ('cls', 'obj', 'bbox', 'kps'))
        nodes += [helper.make_node('AveragePool', ['score'], [f'pool{stride}'], kernel_shape=[stride] * 2,
                                   strides=[stride] * 2),
                  helper.make_node('Reshape', [f'pool{stride}', 'column'], [cls]),
                  helper.make_node('Identity', [cls], [obj]),
                  helper.make_node('Concat', [cls] * 4, [f'four{stride}'], axis=2),
                  helper.make_node('Mul', [f'four{stride}', 'zero'], [bbox]),
                  helper.make_node('Concat', [cls] * 10, [kps], axis=2)]
        outputs += [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, None, width])
                    for name, width in ((cls, 1), (obj, 1), (bbox, 4), (kps, 10))]
    constants = [helper.make_tensor('scale', TensorProto.FLOAT, [], [1 / 255]),
                 helper.make_tensor('zero', TensorProto.FLOAT, [], [0.0]),
                 helper.make_tensor('column', TensorProto.INT64, [3], [1, -1, 1])]
    taken = helper.make_tensor_value_info('input', TensorProto.FLOAT, [1, 3, None, None])
    graph = helper.make_graph(nodes, 'toy', [taken], outputs, constants)
    path = tmp_path_factory.mktemp('model') / 'toy.onnx'
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid('', 18)], ir_version=9), path)
    return path


def photograph(path, red):
    image = Image.new('RGB', (1500, 1000), (120, 120, 120))
    if red:
        image.paste((255, 0, 0), (300, 200, 900, 800))
    image.save(path)
    return path


def test_faces_are_counted_and_only_where_they_are(model, tmp_path):
    assert count_faces(photograph(tmp_path / 'a.jpg', red=True), str(model)) > 0
    assert count_faces(photograph(tmp_path / 'b.jpg', red=False), str(model)) == 0
    Image.fromarray(np.zeros((1, 2000, 3), np.uint8)).save(tmp_path / 'thin.png')
    assert count_faces(tmp_path / 'thin.png', str(model)) == 0


def test_the_base_lists_photographs_to_look_at(model, tmp_path, capsys):
    (tmp_path / 'photos').mkdir()
    photograph(tmp_path / 'photos' / 'a.png', red=True)
    drawn(1).convert('L').save(tmp_path / 'photos' / 'b.png')
    arguments = [tmp_path / 'photos', tmp_path / 'base', '--key', tmp_path / 'key']
    assert ingest(*arguments) == 0 and 'check for faces did not run' in capsys.readouterr().out
    assert ingest(*arguments, '--face-model', model) == 0  # also those that were there before
    faces = json.loads((tmp_path / 'base' / 'ingest.json').read_text())['faces']
    assert (faces['checked'], faces['not_checked'], len(faces['to_look_at'])) == (2, 0, 1)
    assert Image.open(tmp_path / 'base' / faces['to_look_at'][0]).size == (1500, 1000)
    assert '1 photographs may show a face' in capsys.readouterr().out
    drawn(2).convert('L').save(tmp_path / 'photos' / 'c.png')
    assert ingest(*arguments) == 0 and '1 were not checked' in capsys.readouterr().out


@pytest.mark.skipif('LOPM_FACE_MODEL' not in os.environ,
                    reason='LOPM_FACE_MODEL names no file of the real YuNet (face_model.sh)')
def test_the_real_detector_lists_a_face_and_nothing_else(tmp_path):
    """The astronaut, far away, upside down and at 12 megapixels; a cat, a cup of coffee and drawn lesions."""
    (tmp_path / 'photos').mkdir()
    face = Image.fromarray(skimage.data.astronaut())
    wide = Image.new('RGB', (2400, 1600), (120, 120, 120))
    wide.paste(face, (300, 900))
    faces = {'face': face, 'far': wide, 'turned': face.rotate(180), 'large': face.resize((3464, 3464))}
    others = {'cat': Image.fromarray(skimage.data.chelsea()), 'cup': Image.fromarray(skimage.data.coffee()),
              'lesion': drawn(1)}
    for name, image in {**faces, **others}.items():
        image.convert('RGB').save(tmp_path / 'photos' / f'{name}.png')
    table = tmp_path / 'table.csv'
    assert ingest(tmp_path / 'photos', tmp_path / 'base', '--key', tmp_path / 'key', '--table', table,
                  '--face-model', os.environ['LOPM_FACE_MODEL']) == 0
    listed = json.loads((tmp_path / 'base' / 'ingest.json').read_text())['faces']['to_look_at']
    with table.open(newline='') as file:
        names = {row['file_name']: Path(row['path']).stem for row in csv.DictReader(file)}
    assert {names[each] for each in listed} == set(faces)


def test_what_is_no_model_is_refused(tmp_path):
    from onnx import TensorProto, helper
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, None, None]) for name in ('input', 'output')]
    graph = helper.make_graph([helper.make_node('Relu', ['input'], ['output'])], 'other', ends[:1], ends[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 18)], ir_version=9)
    onnx.save(model, tmp_path / 'other.onnx')
    (tmp_path / 'text.onnx').write_bytes(b'no network')
    for name in ('text.onnx', 'other.onnx'):
        with pytest.raises(ValueError, match=f'{name}: no face detector that OpenCV reads'):
            load_detector(tmp_path / name)
