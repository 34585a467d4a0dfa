"""What lopm writes, read by Datumaro, which CVAT itself reads with, and by LabelMe's own code."""
import importlib
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from lopm.curation.outlines import rectangle
from lopm.curation.source import Photograph, Region
from tests.curation.drawn_exports import NAMES, SIZE, disc, draw_photographs, pixels, two_photographs

pytestmark = pytest.mark.skipif('LOPM_READERS' not in os.environ,
                                reason='LOPM_READERS names no environment with Datumaro and LabelMe (readers_env.sh)')


def written(form, folder, photographs):
    importlib.import_module(f'lopm.curation.formats.{form}').write(photographs, folder)


def read(form, path):
    run = subprocess.run([os.environ['LOPM_READERS'], Path(__file__).with_name('read_by_peers.py'), form, path],
                         text=True, capture_output=True)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def assert_regions(found, photograph):
    """Points within a hundredth of a pixel, masks of the same area, labels and raters."""
    assert len(found) == len(photograph.regions)
    for each, region in zip(sorted(found, key=lambda each: str(each['attributes']['rater'])), photograph.regions):
        assert each['label'] == region.words['label'][0]
        assert str(each['attributes']['rater']) == region.rater
        if isinstance(region.segmentation, dict):
            assert each['pixels'] == pixels(region).sum()
        else:
            assert np.abs(np.subtract(each['points'], region.segmentation[0])).max() <= 0.01


def test_datumaro_reads_cvat(tmp_path):
    photographs = two_photographs()
    written('cvat', tmp_path, photographs)
    draw_photographs(tmp_path / 'images')  # where a CVAT export has them
    found = read('cvat', tmp_path)
    assert set(found) == {str(Path(name).with_suffix('')) for name in NAMES}
    regions = found[str(Path(NAMES[0]).with_suffix(''))]
    assert_regions(regions, photographs[0])
    assert regions[0]['attributes'] | {'color': 'white\nred', 'diameter_mm': 23.5, 'biopsied': True,
                                       'note': 'fissured, at the rim'} == regions[0]['attributes']


def test_datumaro_reads_coco(tmp_path):
    photographs = two_photographs()
    written('coco', tmp_path, photographs)
    (tmp_path / 'annotations').mkdir()
    (tmp_path / 'coco.json').rename(tmp_path / 'annotations/instances_all.json')  # as Datumaro lays a COCO set out
    draw_photographs(tmp_path / 'images/all')
    found = read('coco', tmp_path)
    regions = found[str(Path(NAMES[0]).with_suffix(''))]
    assert_regions(regions, photographs[0])
    (polygon,) = [each for each in regions if 'points' in each]
    assert polygon['attributes'] | {'color': ['white', 'red'], 'diameter_mm': 23.5, 'biopsied': True} \
        == polygon['attributes']


def test_labelme_reads_labelme(tmp_path):
    photographs = two_photographs()
    written('labelme', tmp_path, photographs)
    draw_photographs(tmp_path)
    (found,) = read('labelme', tmp_path / '000001_p1.json').values()
    assert_regions(found, photographs[0])
    assert found[0]['attributes'] == {'color': ['white', 'red'], 'diameter_mm': 23.5, 'biopsied': True,
                                      'note': 'fissured, at the rim', 'rater': '1'}


@pytest.mark.parametrize('form', ['cvat', 'labelme'])
def test_lesions_named_in_words_come_with_numbers(form, tmp_path):
    """Both know groups as numbers only."""
    regions = [Region(rectangle(10, 10, 20, 10) + rectangle(50, 40, 10, 10), {'label': ['lesion']}, 'a', 'left cheek'),
               Region(disc(), {'label': ['lesion']}, 'a', '1'), Region(disc(30, 90), {'label': ['lesion']}, 'a')]
    written(form, tmp_path, [Photograph(NAMES[0], *SIZE, regions)])
    draw_photographs(tmp_path / 'images' if form == 'cvat' else tmp_path, NAMES[:1])
    (found,) = read(form, tmp_path if form == 'cvat' else next(tmp_path.glob('*.json'))).values()
    assert [each['group'] or 0 for each in found] == [2, 2, 1, 0]
