"""A real Label Studio server on loopback, and a small data set of two raters to send to it."""
import ctypes
import json
import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import numpy as np
from PIL import Image

from lopm.case import Case, Lesion
from lopm.datasets.masks import encode_mask
from lopm.drawn import outline_of
from lopm.findings import findings_of

ROOT = Path(__file__).parents[2]
TOKEN = '0123456789abcdef0123456789abcdef01234567'
SIZE = WIDTH, HEIGHT = 640, 480
SECRET = 'GPS-and-name-of-a-patient'
CONFIG = f'''_base_ = ['{ROOT}/configs/multitask.py']
tasks = _base_.tasks + [
    dict(name='mouth_cavity', kind='mask', level='image'),
    dict(name='quality', kind='ordinal', level='image', classes=['good', 'fair', 'poor'])]
model = dict(feature_heads=dict(quality=dict(type='FeatureHead', tasks=['quality'])))
test_dataloader = dict(num_workers=0, persistent_workers=False)
'''


@contextmanager
def running(env, data):
    """``(url, process)`` of a server with its own data folder; ended, with its children, at the end."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    environment = {**os.environ, 'COLLECT_ANALYTICS': 'false', 'LATEST_VERSION_CHECK': 'false',
                   'FEATURE_FLAGS_OFFLINE': 'true', 'SENTRY_DSN': '', 'FRONTEND_SENTRY_DSN': '',
                   'DJANGO_DB': 'sqlite', 'LABEL_STUDIO_BASE_DATA_DIR': str(data), 'PYTHONPATH': ''}
    command = [f'{env}/bin/label-studio', 'start', '--no-browser', '--internal-host', '127.0.0.1', '-p', str(port),
               '--data-dir', str(data), '--username', 'first@example.org', '--password', os.urandom(12).hex(),
               '--user-token', TOKEN, '--enable-legacy-api-token']
    with (data / 'server.log').open('w') as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True,
                                   preexec_fn=die_with_parent)
    try:
        url = f'http://127.0.0.1:{port}'
        wait(process, url, data / 'server.log')
        yield url, process
    finally:
        stop(process)


def die_with_parent():
    """Let Linux end the server when the tests are killed: PR_SET_PDEATHSIG."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def wait(process, url, log, seconds=180):
    for _ in range(seconds * 4):
        try:
            return urlopen(f'{url}/health').close()
        except OSError:
            time.sleep(0.25)
        if process.poll() is not None:
            break
    raise RuntimeError(f'Label Studio did not start:\n{log.read_text()[-2000:]}')


def stop(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def polygon(*points):
    return [[float(each) for point in points for each in point]]


def write_data(folder):
    """Three photographs, the first with EXIF, and what raters 1 and 2 outlined and said; returns the json's path."""
    noise = np.random.default_rng(0)
    for i in range(3):
        exif = Image.Exif()
        exif[0x010e] = SECRET
        pixels = noise.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f'p{i}.jpg', exif=exif if i == 0 else b'')
    first = polygon((50, 60), (200, 70), (190, 210), (60, 180))
    second = polygon((350.5, 250.25), (500, 260), (430, 401.75))
    words = {'color': ['white', 'red'], 'texture': [], 'border_sharpness': 'ill_defined',
             'homogeneity': 'not_assessable', 'diagnosis': 'lichen_planus'}
    rows = [
        (1, 'lesion', '1', first, words),
        (1, 'lesion', '1', second, {'color': ['red'], 'diagnosis': 'erythroplakia'}),
        (1, 'mouth_cavity', '1', polygon((5, 5), (630, 5), (630, 470), (5, 470)), {}),
        (1, 'lesion', '2', polygon((55, 65), (205, 70), (190, 200), (60, 180)), {'texture': ['velvety', 'ulcerated']}),
        (2, 'lesion', '2', first, {'border_regularity': 'regular', 'texture': 'not_assessable'})]
    images = [{'id': i, 'file_name': f'p{i - 1}.jpg', 'width': WIDTH, 'height': HEIGHT, 'patient_id': f'P{i}',
               'visit': i, 'record': {'age': 60 + i}} for i in (1, 2, 3)]
    images[1]['attributes'] = {'quality': 'fair'}
    annotations = [{'id': i, 'image_id': image, 'category_id': 1 + (label != 'lesion'), 'rater': rater, 'iscrowd': 0,
                    'segmentation': outline, 'attributes': said}
                   for i, (image, label, rater, outline, said) in enumerate(rows, start=1)]
    path = folder / 'all.json'
    path.write_text(json.dumps({'images': images, 'annotations': annotations, 'categories': [
        {'id': 1, 'name': 'lesion'}, {'id': 2, 'name': 'mouth_cavity'}]}))
    return path


def predicted(tasks, lesions=2):
    """A predicted case: a white, homogeneous box, a red disc, half a mouth cavity, a good photograph."""
    y, x = np.ogrid[:HEIGHT, :WIDTH]
    lesion_map = np.zeros((HEIGHT, WIDTH), np.uint8)
    lesion_map[100:200, 50:250] = 1
    lesion_map[(x - 400) ** 2 + (y - 300) ** 2 < 80 ** 2] = 2
    rows = dict(color=[[0.8, 0.1, 0, 0, 0, 0], [0.3, 0.7, 0, 0, 0, 0.6]],
                texture=[[0.1] * 7, [0] * 6 + [0.95]], homogeneity=[[0.2, 0.1], [0.9, 0.8]],
                diagnosis=[[0.75, 0.05, 0.05, 0.05, 0.05, 0.05], [0, 0, 1, 0, 0, 0]])
    found = [findings_of({name: row[i] for name, row in rows.items()}, tasks) for i in range(lesions)]
    return Case('p2.jpg', list(SIZE), photograph=findings_of({'quality': [0.1, 0.05], 'color': [0.9] * 6}, tasks),
                masks={'mouth_cavity': encode_mask(np.broadcast_to(x < 320, lesion_map.shape))},
                lesions=[Lesion(**vars(said), score=score, outline=outline_of(lesion_map == i))
                         for i, (said, score) in enumerate(zip(found, (0.9, 0.6)), 1)])
