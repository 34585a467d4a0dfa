"""What is pulled out of a project has what only the uploaded data set knows, and a table is where that comes from."""
import pytest
from mmengine.config import Config
from PIL import Image

from lopm.commands.convert import masks
from lopm.curation.studio.pull import pull
from lopm.curation.studio.upload import read_source
from lopm.datasets.format import read_dataset
from lopm.tasks import build_tasks
from tests.curation.studio_help import ROOT

CONFIG = ROOT / 'configs/patients.py'
TABLE = '''photograph,patient_id,visit,transformation
a.png,P1,2020-01-01,3.2
b.png,P1,2020-06-01,
c.png,P2,2021-01-01,5+
d.png,P3,2021-01-01,
'''


@pytest.fixture
def source(tmp_path):
    """A data set that ``lopm convert masks`` makes of a table with times, of patients or of a visit of theirs."""
    (tmp_path / 'clinic').mkdir()
    for i, name in enumerate('abcd'):
        Image.new('RGB', (60, 40), (200, 100, 10 * i)).save(tmp_path / f'clinic/{name}.png')
    (tmp_path / 'table.csv').write_text(TABLE)
    masks.main(masks.parse_args([str(each) for each in (
        tmp_path / 'table.csv', tmp_path / 'mine', '--photographs', tmp_path / 'clinic', '--tasks', CONFIG)]))
    return tmp_path / 'mine/all.json'


class Submitted:
    """A server on which somebody has submitted all photographs but the last, and said of one how urgent a referral
    is."""

    def __init__(self, images):
        said = {'id': 'x', 'from_name': 'referral', 'to_name': 'image', 'type': 'choices',
                'value': {'choices': ['urgent']}}
        self.tasks = [{'id': i, 'data': {'file_name': image['file_name'], 'image': 'x', 'patient_id': 'P'},
                       'annotations': [{'id': i, 'completed_by': 7, 'result': [said] * (i == 1)}] * (i < 4)}
                      for i, image in enumerate(images, 1)]

    def get(self, path, **query):
        return self.tasks


def test_times_come_by_a_table_and_through_a_project(source, tmp_path):
    folder, images = read_source(source)
    tasks = build_tasks(Config.fromfile(CONFIG).tasks)
    _, report = pull(Submitted(images), 1, folder, images, tasks, tmp_path / 'annotated')
    done, left = (read_dataset(tmp_path / f'annotated/{name}.json')['images'] for name in ('all', 'unannotated'))
    said = {image['file_name'][-5:]: (image['patient_id'], image.get('attributes', {})) for image in done}
    assert said == {
        'a.png': ('P1', {'referral': 'urgent', 'transformation': {'event': True, 'time': 3.2}}), 'b.png': ('P1', {}),
        'c.png': ('P2', {'transformation': {'event': False, 'time': 5}})}
    assert [image['file_name'][-5:] for image in left] == ['d.png']
    assert '2 photographs whose times to an event were taken along' in report.text()
    assert read_dataset(tmp_path / 'annotated/all.json')['info']['tasks']['transformation']['kind'] == 'time'


def test_what_people_are_asked_is_not_taken_from_what_was_uploaded(source, tmp_path):
    folder, images = read_source(source)
    images[1]['attributes'] = {'referral': 'none'}
    pull(Submitted(images), 1, folder, images, build_tasks(Config.fromfile(CONFIG).tasks), tmp_path / 'annotated')
    assert 'attributes' not in read_dataset(tmp_path / 'annotated/all.json')['images'][1]
