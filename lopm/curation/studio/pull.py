"""What people annotated in a Label Studio project, as a data set of lopm."""
import tempfile
from pathlib import Path

from lopm.curation.convert import convert, read_export, write
from lopm.curation.formats import label_studio
from lopm.curation.labels import Labels
from lopm.curation.lesions import OF_IMAGES
from lopm.curation.studio.config import not_asked
from lopm.files import write_json


def pull(studio, project, folder, images, tasks, out):
    """Write ``all.json`` and what the converters write beside it; returns the audit and the report.

    Every person who submitted is a rater; the same lesion of several raters is found by overlap. Photographs that
    nobody submitted go to ``unannotated.json``.

    Args:
        folder, images: As of ``read_source``; patients, visits, records and the answers to what the project does not
            ask (``config.not_asked``) are taken from there.

    Raises:
        ValueError: The server; nothing uploaded of these photographs; what the converter objects to, by task.
    """
    given = {image['file_name']: image for image in images}
    exported = studio.get(f'/api/projects/{project}/export', exportType='JSON', download_all_tasks='true')
    chosen = [_of_data_set(task) for task in exported if task['data'].get('file_name') in given]
    if not chosen:
        raise ValueError(f'project {project} has none of these photographs; name the json, or the folder, that was '
                         'uploaded')
    with tempfile.TemporaryDirectory() as temporary:
        export = read_export(label_studio, write_json(Path(temporary, f'project_{project}.json'), chosen))
    export.notes['photographs of the project that are not among these, left out'] = len(exported) - len(chosen)
    labels, place = Labels(tasks), Named(folder)
    *contents, report = convert(export, place, labels)
    for image in contents[0]['images'] + contents[1]['images']:
        own = given[image['file_name'].removeprefix('images/')]
        image.update({key: own[key] for key in (*OF_IMAGES, 'record') if key in own})
        if answers := not_asked_of(own, tasks):
            image['attributes'] = {**image.get('attributes', {}), **answers}
            report.notes['photographs whose times to an event were taken along, since the project does not ask'] += 1
    return write(Path(out), place, contents, report, labels, 'label_studio', move=False), report


def not_asked_of(image, tasks):
    """The answers of an entry of a json's ``images`` to what the project does not ask."""
    answers = image.get('attributes', {})
    return {name: answers[name] for name in not_asked(tasks) if name in answers}


class Named:
    """A folder whose photographs are called by their very path in it, which is how they were uploaded."""

    def __init__(self, path):
        self.path = Path(path)

    def find(self, name):
        return name if (self.path / name).is_file() else None

    def near(self, name):
        return ''


def _of_data_set(task):
    """An exported task without predictions, its photograph named as in the data set."""
    data = task['data']
    facts = {key: data[key] for key in ('patient_id', 'visit') if data.get(key)}
    return {'id': task['id'], 'data': {'image': data['file_name'], **facts}, 'annotations': task['annotations']}
