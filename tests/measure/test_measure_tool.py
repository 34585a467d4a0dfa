import csv
import json
import subprocess
import sys

import cv2
import numpy as np
import pytest
from PIL import Image

from lopm.measure import NAMES, measure
from tests.measure.drawn import RED, WHITE, disc, painted


def run(*arguments):
    command = [sys.executable, '-m', 'lopm', 'measure', *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture
def base(tmp_path):
    """A sideways photograph with two lesions, one outlined by two raters, and a truncated photograph."""
    upright = painted(disc(96, 15, (40, 30)), WHITE)
    upright[disc(96, 8, (70, 70)) > 0] = RED
    exif = Image.Exif()
    exif[274] = 6       # the camera was turned: a viewer turns it by 90 degrees clockwise
    Image.fromarray(np.rot90(upright)).save(tmp_path / 'a.png', exif=exif)
    (tmp_path / 'b.png').write_bytes((tmp_path / 'a.png').read_bytes()[:200])

    def outline(mask):
        return [cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0][0].ravel().tolist()]

    annotations = [('L1', 'r1', 1, disc(96, 15, (40, 30))), ('L1', 'r2', 1, disc(96, 13, (40, 30))),
                   ('L2', 'r1', 1, disc(96, 8, (70, 70))), ('L3', 'r1', 2, disc(96, 8))]
    content = {
        'images': [{'id': i, 'file_name': name, 'width': 96, 'height': 96}
                   for i, name in ((1, 'a.png'), (2, 'b.png'))],
        'annotations': [{'id': i, 'image_id': image, 'category_id': 1, 'lesion_id': lesion, 'rater': rater,
                         'segmentation': outline(mask), 'iscrowd': 0}
                        for i, (lesion, rater, image, mask) in enumerate(annotations, start=1)],
        'categories': [{'id': 1, 'name': 'lesion'}]}
    (tmp_path / 'base.json').write_text(json.dumps(content))
    return tmp_path, upright


@pytest.mark.slow
def test_csv_of_a_base(base):
    folder, upright = base
    result = run(folder / 'base.json', '--out', folder / 'new' / 'out.csv')
    assert result.returncode == 0, result.stderr
    assert 'b.png: damaged' in result.stderr and f'(listed in {folder / "base.json"})' in result.stderr
    assert '3 rows of 1 photographs, 1 left out' in result.stderr
    assert len(result.stderr.splitlines()) == 3  # what was bad, and two at the end: a file is no screen
    with (folder / 'new' / 'out.csv').open() as file:
        rows = list(csv.DictReader(file))
    assert [(row['file_name'], row['lesion_id'], row['rater']) for row in rows] == [
        ('a.png', 'L1', 'r1'), ('a.png', 'L2', 'r1'), ('a.png', 'L1', 'r2')]
    assert list(rows[0])[3:] == list(NAMES)
    # RGB and upright: the first lesion is white, the second red
    assert float(rows[0]['white']) > 0.9 and float(rows[1]['red']) > 0.9
    assert float(rows[0]['area']) > float(rows[2]['area']) > float(rows[1]['area'])
    assert rows[1]['fractal_dimension'] == ''       # too small for it
    image, lesion_map = upright, disc(96, 15, (40, 30))
    assert float(rows[0]['contrast']) == pytest.approx(
        measure(image, lesion_map, 1)[0, NAMES.index('contrast')], rel=0.02)


def test_a_missing_json_is_named():
    result = run('nowhere.json', '--out', 'out.csv')
    assert result.returncode == 2 and 'nowhere.json' in result.stderr
