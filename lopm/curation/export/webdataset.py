"""WebDataset shards: plain tar files in which the members of a sample share the name before the first dot.

- ``00000007.photograph.jpg`` or ``.png``
- ``00000007.lesion.png``, and a map of its own for any other mask task; ``00000007.lesion.0.png`` ... of each rater
- ``00000007.target.<task>.npy`` float32 [L, R, K], ``00000007.image_target.<task>.npy`` [1, 1, K],
  ``00000007.record.npy`` [F]
- ``00000007.json``: ids, raters, words

The standard library writes and reads them. (Not one ``.npz``: a tar that ends in a zip is taken for a zip by some.)
"""
import io
import json
import tarfile
from contextlib import contextmanager

import numpy as np


@contextmanager
def webdataset_writer(file):
    """A function that appends a sample to an open binary file."""
    with tarfile.open(fileobj=file, mode='w', format=tarfile.USTAR_FORMAT) as tar:
        def add(sample):
            for name, data in members_of(sample).items():
                member = tarfile.TarInfo(f'{sample.key}.{name}')  # no owner, no time: equal samples give equal bytes
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))

        yield add


def members_of(sample):
    """``{name after the key: bytes}``."""
    return {
        f'photograph.{sample.extension}': sample.photograph,
        **{f'{name}.png': png for name, png in sample.maps.items()},
        **{f'lesion.{i}.png': png for i, png in enumerate(sample.rater_maps)},
        **{f'target.{task}.npy': _npy(rows) for task, rows in sample.targets.items()},
        **{f'image_target.{task}.npy': _npy(rows) for task, rows in sample.image_targets.items()},
        'record.npy': _npy(sample.record),
        'json': json.dumps(sample.about).encode()}


def _npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()
