"""``lopm predict`` in this process, with a network whose outlines are known."""
import json
import os
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from lopm.commands import predict as command
from lopm.evaluation.doubt import Doubt
from lopm.models.base import LesionModel
from tests.tiny_run import find_red, photograph, save_run


@pytest.fixture
def folder(tmp_path):
    """A folder with a photograph of one lesion, one of two, one of none, and a damaged one."""
    folder = tmp_path / 'photographs'
    (folder / 'more').mkdir(parents=True)
    images = {'a.png': photograph((90, 60, 30)), 'more/b.png': photograph((40, 40, 18), (130, 80, 30)),
              'none.png': photograph(blue=True)}
    for name, image in images.items():
        Image.fromarray(image).save(folder / name)
    (folder / 'cut.png').write_bytes((folder / 'a.png').read_bytes()[:9000])
    return folder


@pytest.fixture
def predict(tmp_path, folder, monkeypatch):
    """Run the command on the folder; its exit status."""
    monkeypatch.setattr(LesionModel, 'find_masks', find_red)
    save_run(tmp_path / 'run')

    def run(*arguments, model=tmp_path / 'run', photographs=folder, out=tmp_path / 'out'):
        return command.main(command.parse_args([str(each) for each in (
            model, photographs, '--out', out, '--batch-size', 2, *arguments)]))
    return run


def test_all_that_is_written_and_a_second_start(predict, folder, tmp_path, capsys):
    out = tmp_path / 'out'
    assert predict() == 1
    said = capsys.readouterr()
    assert 'out: 3 photographs predicted, 0 were there, 1 left out' in said.out and 'cut.png: damaged' in said.err
    assert "Probabilities are the network's own, not calibrated; the pack that lopm pack makes" in said.out
    assert 'json' not in said.err  # no json lists a photograph that is predicted on
    names = ['a.png', 'more/b.png', 'none.png']
    assert all((out / f'cases/{name}.json').is_file() and Image.open(out / f'pictures/{name}.jpg') for name in names)
    assert not (out / 'cases/cut.png.json').exists() and not (out / 'pictures/cut.png.jpg').exists()
    content = json.loads((out / 'predictions.json').read_text())
    assert [image['file_name'] for image in content['images']] == [f'images/{name}' for name in names]
    assert [annotation['image_id'] for annotation in content['annotations'] if annotation['category_id'] == 1] == [
        1, 2, 2] and all((out / image['file_name']).is_file() for image in content['images'])
    assert len((out / 'lesions.csv').read_text().splitlines()) == 4
    assert [row.split(',')[0] for row in (out / 'photographs.csv').read_text().splitlines()[1:]] == [
        'a.png', 'cut.png', 'more/b.png', 'none.png']

    kept = {path: path.stat().st_mtime_ns for path in [*out.rglob('cases/**/*.json'), *out.rglob('pictures/**/*.jpg')]}
    before = {name: (out / name).read_bytes() for name in ('lesions.csv', 'photographs.csv', 'predictions.json')}
    Image.fromarray(photograph((90, 60, 20))).save(folder / 'cut.png')  # mended
    assert predict() == 0
    assert 'out: 1 photographs predicted, 3 were there, 0 left out' in capsys.readouterr().out
    assert all(path.stat().st_mtime_ns == time for path, time in kept.items())
    assert all((out / name).read_bytes() != content for name, content in before.items())
    assert len((out / 'lesions.csv').read_text().splitlines()) == 5


@pytest.mark.parametrize('fitted, but', [
    (['color', 'diagnosis'], ''), (['color'], ', but for diagnosis: of these too few were labelled')])
def test_what_the_probabilities_of_a_pack_are(fitted, but):
    predictor = SimpleNamespace(pack=True, tasks=SimpleNamespace(with_words=['color', 'diagnosis']),
                                doubt=Doubt(dict.fromkeys(fitted)))
    assert command.on_probabilities(predictor) == (
        f'Probabilities are calibrated by the pack, on the validation part{but}')


def test_the_help_names_a_pack(capsys):
    with pytest.raises(SystemExit):
        command.parse_args(['--help'])
    said = ' '.join(capsys.readouterr().out.split())
    assert "MODEL a pack, a run's folder" in said and 'a pack (lopm pack) calibrates them' in said


def test_a_record_that_is_another_is_predicted_again(predict, tmp_path, capsys):
    table, case = tmp_path / 'records.csv', tmp_path / 'out/cases/a.png.json'
    table.write_text('photograph;age;Sexe;patient;notes;habits\na.png;61;F;P1;Jane Doe;x\ngone.png;5;;;;\n')
    predict('--records', table, '--no-pictures')
    said = capsys.readouterr()
    assert json.loads(case.read_text())['record'] == {'age': 61, 'sex': 'female'}
    assert 'columns that are no field of a record: notes, habits' in said.err and 'such as gone.png' in said.err
    image = json.loads((tmp_path / 'out/predictions.json').read_text())['images'][0]
    assert image['record'] == {'age': 61, 'sex': 'female'} and image['patient_id'] == 'P1'
    assert not (tmp_path / 'out/pictures').exists()
    table.write_text('photograph;age\na.png;62\n')
    predict('--records', table, '--no-pictures')
    assert '1 photographs predicted, 2 were there' in capsys.readouterr().out
    assert json.loads(case.read_text())['record'] == {'age': 62}
    assert predict(photographs=tmp_path / 'photographs/a.png', out=tmp_path / 'single') == 0
    assert (tmp_path / 'single/cases/a.png.json').is_file()


def test_one_folder_belongs_to_one_model_and_its_photographs(predict, folder, tmp_path):
    predict('--no-pictures')
    with pytest.raises(ValueError, match='out holds runs of other settings: .*weights_sha256'):
        predict(model=save_run(tmp_path / 'other', seed=1))
    with pytest.raises(ValueError, match='photographs is .*photographs.* there and .*more.* here'):
        predict(photographs=folder / 'more')
    with pytest.raises(ValueError, match='inside: lies within .*its pictures would be photographs'):
        predict(out=folder / 'inside')


@pytest.mark.parametrize('source, noted', [('synthetic: drawn', True), ('clinic', False)])
def test_drawings_carry_their_note(predict, folder, tmp_path, monkeypatch, source, noted):
    notes = []
    monkeypatch.setattr('lopm.pictures.case.draw_case', lambda *args: notes.append(args[4]))
    (tmp_path / 'train.json').write_text(json.dumps({'info': {'source': source}}))
    predict()
    assert len(notes) == 3 and all(note.startswith('Synthetic photographs') == noted for note in notes)
    content = json.loads((tmp_path / 'out/predictions.json').read_text())
    assert content['info']['source'].startswith('synthetic') == noted


def test_a_picture_that_is_older_than_its_case_is_drawn_again(predict, folder, tmp_path, capsys):
    predict('--no-pictures')
    predict()
    picture = tmp_path / 'out/pictures/a.png.jpg'
    first = np.asarray(Image.open(picture))
    Image.fromarray(photograph((30, 60, 30))).save(folder / 'a.png')
    os.utime(folder / 'a.png', (4e9, 4e9))
    os.utime(picture, (1e9, 1e9))
    predict()
    assert '1 photographs predicted, 2 were there' in capsys.readouterr().out.splitlines()[-1]
    assert not np.array_equal(np.asarray(Image.open(picture)), first)
