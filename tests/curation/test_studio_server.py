"""Against a real Label Studio server: from a data set to a project, to what two people made of it, and back."""
import io
import json
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.curation.studio_help import CONFIG, ROOT, SECRET, SIZE, TOKEN, predicted, running, stop, write_data

pytest.importorskip('requests', reason="requests is not installed: pip install -e '.[base]'")
from mmengine.config import Config

from lopm.commands import studio as tool
from lopm.curation import brush
from lopm.curation.studio.client import Studio
from lopm.curation.studio.config import words_in
from lopm.curation.studio.push import push
from lopm.curation.studio.regions import outline_results, photograph_results
from lopm.datasets.masks import decode_segmentation
from lopm.engine.launch import load_config
from lopm.predictor import Predictor
from lopm.registry import MODELS
from lopm.tasks import build_tasks

ENV = os.environ.get('LOPM_LABEL_STUDIO', '')
pytestmark = [
    pytest.mark.skipif(not Path(ENV, 'bin/label-studio').is_file(), reason=(
        f'LOPM_LABEL_STUDIO={ENV!r} has no Label Studio; make it: tests/curation/label_studio_env.sh DIR'))]


@pytest.fixture(scope='module')
def server(tmp_path_factory):
    with running(ENV, tmp_path_factory.mktemp('server')) as (url, process):
        yield url, process


@pytest.fixture(scope='module')
def studio(server):
    return Studio(server[0], TOKEN)


@pytest.fixture(scope='module')
def source(tmp_path_factory):
    return write_data(tmp_path_factory.mktemp('photographs'))


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp('config') / 'oral.py'
    path.write_text(CONFIG)
    return path


@pytest.fixture(scope='module')
def tasks(config):
    return build_tasks(Config.fromfile(config).tasks)


@pytest.fixture
def run(server, monkeypatch, capsys):
    """A sub-command as a user gives it; what it prints."""
    monkeypatch.setenv('LABEL_STUDIO_API_KEY', TOKEN)

    def call(command, *arguments, status=None):
        got = tool.main(tool.parse_args([command, server[0], *map(str, arguments)])) or None
        output = capsys.readouterr()
        assert got == status, output
        return output.out + output.err

    return call


@pytest.fixture(scope='module')
def project(studio, tasks, source):
    """A project with all photographs."""
    from lopm.curation.studio.project import create
    from lopm.curation.studio.upload import read_source, upload
    number, _ = create(studio, 'Oral lesions', tasks)
    list(upload(studio, number, *read_source(source)))
    return number


def by_name(studio, project):
    return {task['data']['file_name']: task for task in studio.tasks(project)}


def test_a_project_asks_in_the_words_of_the_tasks(run, studio, config, tasks, tmp_path):
    assert 'created' in run('create', config, '--title', 'Words')
    assert 'up to date' in run('create', config, '--title', 'Words')
    same = [each for each in studio.projects() if each['title'] == 'Words']
    assert len(same) == 1
    found = words_in(same[0]['label_config'])
    masks = list(tasks.masks)
    assert found.pop('outline') == found.pop('brush') == masks
    assert found == {name: [*task.classes, *['none'] * (not task.exclusive), 'not_assessable']
                     for name, task in tasks.items() if name not in masks}
    longer = tmp_path / 'longer.py'
    longer.write_text(CONFIG.replace("['good', 'fair', 'poor']", "['good', 'fair', 'poor', 'useless']"))
    with pytest.raises(SystemExit, match='quality: lacks useless'):
        run('pull', same[0]['id'], tmp_path, longer, tmp_path / 'out')
    assert 'brought up to date' in run('create', longer, '--title', 'Words')
    assert 'useless' in words_in(studio.project(same[0]['id'])['label_config'])['quality']


def test_a_time_to_an_event_is_named_and_not_asked(run, studio):
    config = ROOT / 'configs/patients.py'
    said = run('create', config, '--title', 'Patients')
    assert 'Not asked: transformation, since' in said and 'up to date' in run('create', config, '--title', 'Patients')
    (asked,) = (each['label_config'] for each in studio.projects() if each['title'] == 'Patients')
    assert 'transformation' not in words_in(asked) and 'Not asked here: transformation' in asked
    assert 'referral (of the visit: answer it on one of its photographs)' in asked


def test_photographs_are_uploaded_once_clean_and_without_the_record(run, studio, tasks, source, config):
    run('create', config, '--title', 'Upload')
    number = next(each['id'] for each in studio.projects() if each['title'] == 'Upload')
    assert '3 photographs uploaded' in run('upload', number, source)
    assert '0 photographs uploaded, 3 were there' in run('upload', number, source)
    there = by_name(studio, number)
    assert len(list(studio.tasks(number))) == len(there) == 3
    data = there['p0.jpg']['data']
    assert (data['patient_id'], data['visit'], data['width'], data['height']) == ('P1', '1', *SIZE)
    assert 'record' not in json.dumps(data) and 'p0' not in data['image']
    sent = studio._session.get(studio.url + data['image']).content
    assert SECRET.encode() in (source.parent / 'p0.jpg').read_bytes() and SECRET.encode() not in sent
    assert Image.open(io.BytesIO(sent)).size == SIZE and not Image.open(io.BytesIO(sent)).getexif()


def test_an_interrupted_upload_goes_on(run, studio, source, config, monkeypatch):
    run('create', config, '--title', 'Interrupted')
    number = next(each['id'] for each in studio.projects() if each['title'] == 'Interrupted')
    post, tasks_made = Studio.post, Counter()

    def fail_at_the_second_task(self, path, content=None, files=None, **query):
        if path.endswith('/import') and files is None:
            tasks_made['n'] += 1
            if tasks_made['n'] == 2:
                raise ValueError('the server does not answer')
        return post(self, path, content, files, **query)

    monkeypatch.setattr(Studio, 'post', fail_at_the_second_task)
    with pytest.raises(SystemExit, match='does not answer'):
        run('upload', number, source)
    monkeypatch.setattr(Studio, 'post', post)
    assert '2 photographs uploaded, 1 were there' in run('upload', number, source)
    assert len(studio.get(f'/api/projects/{number}/file-uploads', all='true')) == 3  # the second was not sent again
    assert len({task['data']['image'] for task in studio.tasks(number)}) == 3


def test_bad_photographs_are_named_and_others_of_a_name_refused(run, studio, config, tmp_path):
    run('create', config, '--title', 'Bad')
    number = next(each['id'] for each in studio.projects() if each['title'] == 'Bad')
    Image.new('RGB', (30, 20), 'red').save(tmp_path / 'a.png')
    (tmp_path / 'b.jpg').write_bytes(b'no image')
    output = run('upload', number, tmp_path, status=True)
    assert 'b.jpg: the file is empty or no image' in output and '1 photographs uploaded, 0 were there, 1 left' in output
    Image.new('RGB', (30, 20), 'blue').save(tmp_path / 'a.png')
    with pytest.raises(SystemExit, match='a.png: the server has another photograph of this name'):
        run('upload', number, tmp_path)


def annotate(studio, project, source, second):
    """What the data set's raters outlined and said, as two users of the server would have submitted it."""
    content = json.loads(source.read_text())
    labels = {each['id']: each['name'] for each in content['categories']}
    there = by_name(studio, project)
    for image in content['images'][:2]:
        for rater, user in (('1', 1), ('2', second)):
            rows = [row for row in content['annotations'] if (row['image_id'], row['rater']) == (image['id'], rater)]
            results = []
            for row in rows:
                said = {task: [value] if isinstance(value, str) else value or ['none']
                        for task, value in row['attributes'].items()}
                points = np.reshape(row['segmentation'][0], (-1, 2))
                results += outline_results(f'region{row["id"]}', points, labels[row['category_id']], said, SIZE)
            if image['id'] == 2 and rater == '2':  # this rater paints
                mask = decode_segmentation(rows[0]['segmentation'], *SIZE[::-1])
                results[0].update(type='brushlabels', from_name='brush', value={
                    'format': 'rle', 'rle': brush.encode(mask), 'brushlabels': ['lesion']})
                results += photograph_results({'quality': ['fair']})
            if results:
                studio.post(f'/api/tasks/{there[image["file_name"]]["id"]}/annotations/',
                            {'result': results, 'completed_by': user})
    return content


def test_two_raters_there_and_back(run, studio, project, source, config, tmp_path):
    second = studio.post('/api/users/', {'email': 'second@example.org', 'username': 'second'})['id']
    content = annotate(studio, project, source, second)
    output = run('pull', project, source, config, tmp_path / 'out')
    assert '"photographs": 2' in output
    pulled = json.loads((tmp_path / 'out/all.json').read_text())
    assert [each['file_name'] for each in json.loads((tmp_path / 'out/unannotated.json').read_text())['images']] == [
        'images/p2.jpg']
    for image in pulled['images']:
        original = next(each for each in content['images'] if image['file_name'] == f'images/{each["file_name"]}')
        assert {key: image.get(key) for key in ('width', 'height', 'patient_id', 'visit', 'record', 'attributes')} == {
            key: original.get(key) for key in ('width', 'height', 'patient_id', 'visit', 'record', 'attributes')}
    raters = {'1': '1', '2': str(second)}
    names = {image['id']: image['file_name'].removeprefix('images/') for image in pulled['images']}
    numbers = {image['file_name']: image['id'] for image in content['images']}
    categories = {each['id']: each['name'] for each in pulled['categories']}
    assert len(pulled['annotations']) == len(content['annotations'])
    for row in content['annotations']:
        label = 'lesion' if row['category_id'] == 1 else 'mouth_cavity'
        near = [each for each in pulled['annotations'] if numbers[names[each['image_id']]] == row['image_id']
                and categories[each['category_id']] == label and each['rater'] == raters[row['rater']]
                and each['attributes'] == row['attributes']]
        assert len(near) == 1, row
        if isinstance(near[0]['segmentation'], dict):
            masks = [decode_segmentation(each['segmentation'], *SIZE[::-1]) for each in (row, near[0])]
            assert (masks[0] == masks[1]).all() and row['rater'] == '2'
        else:
            assert np.abs(np.subtract(row['segmentation'], near[0]['segmentation'])).max() < 1e-3
    lesions = Counter(row['lesion_id'] for row in pulled['annotations'] if row.get('lesion_id'))
    assert sorted(lesions.values()) == [1, 2]  # both raters outlined the first lesion of the first photograph
    shorter = tmp_path / 'shorter.py'
    shorter.write_text(CONFIG.replace("'good', 'fair', 'poor'", "'good', 'poor'"))
    with pytest.raises(SystemExit, match=r'said what the tasks no longer have \(quality: fair\)'):
        run('create', shorter, '--title', 'Oral lesions')


def test_predictions_arrive_with_outlines_and_words_and_are_replaced(studio, project, tasks):
    number = by_name(studio, project)['p2.jpg']['id']
    task = {'id': number, 'width': SIZE[0], 'height': SIZE[1]}
    assert list(push(studio, project, [(task, predicted(tasks))], tasks, 'a 1')) == [(2, '')]
    list(push(studio, project, [(task, predicted(tasks))], tasks, 'b 2'))
    list(push(studio, project, [(task, predicted(tasks, lesions=1))], tasks, 'a 1'))
    predictions = studio.get('/api/predictions/', task=number)
    there = {each['model_version']: each for each in predictions}
    versions = Counter(each['model_version'] for each in predictions)
    assert (versions['a 1'], versions['b 2']) == (1, 1)
    assert there['a 1']['score'] == pytest.approx(0.9) and there['b 2']['score'] == pytest.approx(0.6)
    words = {(each['id'], each['from_name']): each['value']['choices'] for each in there['b 2']['result']
             if each['type'] == 'choices'}
    assert words['lesion_2', 'color'] == ['red', 'mucosa_colored'] and words['lesion_1', 'texture'] == ['none']
    box = next(each['value']['points'] for each in there['b 2']['result'] if each['id'] == 'lesion_1')
    assert np.abs(np.subtract(np.ptp(box, axis=0) / 100 * SIZE, (200, 100))).max() < 1
    assert studio.project(project)['model_version'] == 'a 1'


def test_a_checkpoint_answers_every_photograph(run, studio, project, source, config, tmp_path):
    torch.manual_seed(0)
    cfg = load_config(config)
    torch.save({'state_dict': MODELS.build(cfg.model).state_dict()}, tmp_path / 'best.pth')
    version = Predictor(config, tmp_path / 'best.pth').about['version']
    arguments = project, source, config, tmp_path / 'best.pth'
    assert f'on 3 photographs pre-annotated by {version!r}, 0 left out' in run('push', *arguments)
    tasks = list(studio.tasks(project))
    assert all(task['predictions_model_versions'].split(',').count(version) == 1 for task in tasks)
    assert 'on 0 photographs' in run('push', *arguments, '--resume')
    (tmp_path / 'best.pth').write_bytes(b'half')
    with pytest.raises(SystemExit, match='best.pth: cannot be read'):
        run('push', *arguments)


def test_a_personal_access_token_is_as_good(server, studio, project):
    token = studio.post('/api/token/')['token']
    assert token.count('.') == 2
    other = Studio(server[0], token)
    other._session.headers['Authorization'] = 'Bearer expired'
    assert other.project(project)['title'] == 'Oral lesions'


def test_wrong_token_wrong_project_and_photographs_that_are_not_there(run, server, source, config, tmp_path, project,
                                                                      monkeypatch):
    with pytest.raises(SystemExit, match=r'has no project 999 that this token may see; it has .*\(Oral lesions\)'):
        run('upload', 999, source)
    Image.new('RGB', (30, 20)).save(tmp_path / 'new.png')
    with pytest.raises(SystemExit, match='project .* has none of these photographs'):
        run('pull', project, tmp_path, config, tmp_path / 'out')
    assert not (tmp_path / 'out').exists()
    with pytest.raises(SystemExit, match='no token|does not accept the token'):
        monkeypatch.setenv('LABEL_STUDIO_API_KEY', 'wrong')
        tool.main(tool.parse_args(['upload', server[0], str(project), str(source)]))


def test_a_server_that_stops_midway(run, server, project, source, studio):
    """The last test: it ends the server."""
    from lopm.curation.studio.upload import read_source, upload
    uploading = upload(studio, project, *read_source(source))
    assert next(uploading) == ('p0.jpg', 'there')
    stop(server[1])
    with pytest.raises(SystemExit, match='does not answer .*start the same command again'):
        run('upload', project, source)
