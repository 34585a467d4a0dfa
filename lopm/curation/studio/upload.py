"""Photographs of a data set into a Label Studio project, each once.

What leaves is a copy: upright, sRGB, JPEG, without any metadata, of the size that outlines are in; named by its hash,
since a file name may be a patient's. The task carries the file's name in the data set, the patient's pseudonym and the
visit, and nothing of the record.
"""
import hashlib
from pathlib import Path

import cv2

from lopm.curation.files import photographs_in
from lopm.datasets.format import read_dataset
from lopm.datasets.photographs import BadPhotograph, read_photograph, read_size

QUALITY = 95  # of the JPEG copy


def read_source(source, images=None):
    """``(folder, images)`` of a data set's json, or of a folder: every photograph below it, by name alone.

    Args:
        images: Folder that the json's ``file_name`` is relative to; default: the folder of the json.

    Raises:
        ValueError: Nothing to read there, or absolute paths, which the server would be told.
    """
    source = Path(source)
    if source.is_dir():
        found = photographs_in(source)
        folder, entries = source, [{'file_name': path.relative_to(source).as_posix()} for path in found]
    else:
        folder, entries = Path(images or source.parent), read_dataset(source)['images']
    if any(Path(image['file_name']).is_absolute() for image in entries):
        raise ValueError(f'{source}: names photographs by absolute paths; name them relative to their folder')
    if not entries:
        raise ValueError(f'{source}: no photograph in it; name a json of a data set, or a folder with photographs')
    return folder, entries


def uploaded(studio, project):
    """``{file_name: task}`` of the photographs that were uploaded to a project."""
    return {task['data']['file_name']: task for task in studio.tasks(project) if 'file_name' in task['data']}


def upload(studio, project, folder, images):
    """Upload the photographs that the project lacks; yields ``(file_name, what became of it)``, one per image.

    What became of it: ``'uploaded'``, ``'there'``, or a ``BadPhotograph`` that says why it was left out.

    Raises:
        ValueError: The server, or: a photograph of that name but of other content is there.
    """
    there = uploaded(studio, project)
    # A run that was stopped between a file and its task has left a file; it is used, not sent again.
    files = {_hash_in(each['file']): each['file'] for each in studio.get(f'/api/projects/{project}/file-uploads',
                                                                         all='true')}
    for image in images:
        name = image['file_name']
        try:
            read_size(folder / name)  # before its bytes: it may be a pipe, or no photograph
            digest = _digest(folder / name)
            if name in there:
                _check_same(there[name], digest, name)
                yield name, 'there'
                continue
            photograph = read_photograph(folder / name, _size(image))
        except BadPhotograph as error:
            yield name, error
            continue
        if digest not in files:
            files[digest] = _send_file(studio, project, digest, photograph)
        height, width = photograph.shape[:2]
        data = {'image': f'/data/{files[digest]}', 'file_name': name, 'sha256': digest, 'width': width,
                'height': height, 'patient_id': str(image.get('patient_id', '')), 'visit': str(image.get('visit', ''))}
        studio.post(f'/api/projects/{project}/import', [{'data': data}])
        yield name, 'uploaded'


def _digest(path):
    """SHA-256 of a file, the first 128 bits in hex."""
    try:
        with path.open('rb') as file:
            return hashlib.file_digest(file, 'sha256').hexdigest()[:32]
    except OSError as error:
        raise BadPhotograph(f'{path}: cannot be read ({error.strerror}); copy it there, or take it away'
                            ) from None


def _check_same(task, digest, name):
    if task['data'].get('sha256') != digest:
        raise ValueError(f'{name}: the server has another photograph of this name (task {task["id"]}), which may be '
                         'outlined already; give the new one a name of its own')


def _size(image):
    return (image['width'], image['height']) if 'width' in image else None


def _send_file(studio, project, digest, photograph):
    """Send a photograph as a JPEG; returns its path on the server."""
    jpeg = cv2.imencode('.jpg', photograph, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
    answer = studio.post(f'/api/projects/{project}/import', files={'file': (f'{digest}.jpg', jpeg, 'image/jpeg')},
                         commit_to_project='false')
    return studio.get(f'/api/import/file-upload/{answer["file_upload_ids"][0]}')['file']


def _hash_in(path):
    """The hash in ``upload/1/317de960-<hash>.jpg``: the server puts eight characters before a file's name."""
    return Path(path).stem.rpartition('-')[2]
