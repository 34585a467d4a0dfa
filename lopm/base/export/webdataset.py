"""WebDataset shards: plain tar files in which the members of a sample share the name before the first dot.

``00000007.jpg`` (or ``.png``), ``00000007.lesion.png`` and one such map per other mask task, ``00000007.lesion.0.png``
per rater, ``00000007.npz`` (targets as ``target/<task>`` float32 [L, R, K], ``image_target/<task>`` [1, 1, K],
``record`` [F]) and ``00000007.json`` (ids, raters, words). The standard library writes and reads them.
"""
import io
import json
import tarfile

import numpy as np


class WebDatasetShard:
    """Appends samples to an open binary file."""

    extension = 'tar'

    def __init__(self, file):
        self.tar = tarfile.open(fileobj=file, mode='w', format=tarfile.USTAR_FORMAT)

    def add(self, sample):
        for name, data in members_of(sample).items():
            member = tarfile.TarInfo(f'{sample.key}.{name}')  # no owner, no time: equal samples give equal bytes
            member.size = len(data)
            self.tar.addfile(member, io.BytesIO(data))

    def close(self):
        self.tar.close()


def members_of(sample):
    """``{name after the key: bytes}``."""
    arrays = io.BytesIO()
    np.savez(arrays, record=sample.record, **{f'target/{task}': rows for task, rows in sample.targets.items()},
             **{f'image_target/{task}': rows for task, rows in sample.image_targets.items()})
    return {
        sample.extension: sample.photograph,
        **{f'{name}.png': png for name, png in sample.maps.items()},
        **{f'lesion.{i}.png': png for i, png in enumerate(sample.rater_maps)},
        'npz': arrays.getvalue(),
        'json': json.dumps(sample.about).encode()}
