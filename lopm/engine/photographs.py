"""Any photographs, without labels, on their way into a model."""
import tempfile
from pathlib import Path

from lopm.base.files import walk
from lopm.datasets.format import write_dataset
from lopm.datasets.photographs import upright_size
from lopm.engine.runner import LesionRunner
from lopm.structures import LESION


def loader_of(cfg, folder, images):
    """A loader of photographs through the test pipeline of a config, in their order.

    Args:
        cfg: Of its test part the pipeline, batch size and workers are used.
        folder: What ``file_name`` is relative to.
        images: Entries of a json's ``images``; with their record, where the model reads it.
    """
    test = cfg.test_dataloader
    entries = [{**image, 'file_name': str(Path(folder, image['file_name']).resolve())} for image in images]
    with tempfile.TemporaryDirectory() as temporary:
        ann_file = write_dataset(Path(temporary, 'images.json'), {
            'images': entries, 'annotations': [], 'categories': [{'id': 1, 'name': LESION}]})
        dataset = {'type': 'LesionDataset', 'ann_file': str(ann_file), 'test_mode': True,
                   **{key: test.dataset[key] for key in ('tasks', 'record_fields', 'pipeline') if key in test.dataset}}
        return LesionRunner.build_dataloader({**test, 'dataset': dataset})


def entries_of(folder):
    """Entries for ``loader_of`` of all photographs under a folder, by name; files that are none are passed over.

    Raises:
        ValueError: No photograph lies there.
    """
    sizes = {path: upright_size(path) for path in sorted(walk(folder))}
    if not any(sizes.values()):
        raise ValueError(f'{folder}: no photograph lies in it; name the folder of the photographs')
    return [{'id': i, 'file_name': str(path.relative_to(folder)), 'width': size[0], 'height': size[1]}
            for i, (path, size) in enumerate(((p, s) for p, s in sizes.items() if s), 1)]
