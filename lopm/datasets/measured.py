"""All lesions of a json measured, photograph by photograph, each rater's outlines apart."""
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pycocotools import mask as coco_mask

from lopm.datasets.coco import rater_of
from lopm.datasets.index import open_photographs
from lopm.datasets.maps import draw_lesion_map
from lopm.datasets.photographs import BadPhotograph, read_photograph
from lopm.measure.api import measure
from lopm.workers import start_workers


class Measured(NamedTuple):
    """One photograph: ``[(annotation, values [M])]`` by rater, and what is wrong with it, else ``''``."""

    image: dict
    rows: list
    error: str = ''


def measure_dataset(path, folder=None, workers=2):
    """Yield a ``Measured`` per photograph, in the order of the json, or of its index.

    Args:
        folder: Where the photographs are; None: where the json is.
        workers: Processes.
    """
    yield from measure_photographs(open_photographs(path), folder or Path(path).parent, workers)


def measure_photographs(photographs, folder, workers=2):
    """As ``measure_dataset``, of photographs as ``index.open_photographs`` gives them."""
    job = partial(measure_photograph, Path(folder))
    with start_workers(workers) as pool:
        yield from pool.map(job, *zip(*photographs), chunksize=4)


def measure_photograph(folder, image, annotations):
    """The ``Measured`` of one photograph; lesions that one rater outlined are each other's neighbors."""
    try:
        photograph = read_photograph(folder / image['file_name'], (image['width'], image['height']))[..., ::-1]
    except BadPhotograph as error:
        return Measured(image, [], str(error))
    rows = []
    for rater in dict.fromkeys(map(rater_of, annotations['lesion'])):
        own = [annotation for annotation in annotations['lesion'] if rater_of(annotation) == rater]
        masks = [coco_mask.decode(annotation['segmentation']) for annotation in own]
        values = measure(photograph, draw_lesion_map(masks, photograph.shape[:2]), len(masks))
        rows += zip(own, np.asarray(values))
    return Measured(image, rows)
