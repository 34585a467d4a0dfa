"""What is exported of one photograph, in every format: its bytes, its maps and its labels in the network's own form."""
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lopm.curation.export.encoded import encode_photograph, encode_png
from lopm.datasets.maps import draw_lesion_map
from lopm.datasets.photographs import BadPhotograph
from lopm.datasets.transforms import LoadLesions, LoadPhotograph, draw_by_rater, hide_places
from lopm.structures import LESION


@dataclass(frozen=True)
class Sample:
    """One photograph of L lesions and R raters.

    - ``key``: its number in the part, eight digits.
    - ``photograph``: JPEG or PNG bytes (``extension``) of ``[H, W]`` pixels, upright, sRGB.
    - ``maps``: ``{mask task: PNG bytes}``, uint8 ``[H, W]``: ``lesion`` (0 background, i the i-th lesion, 255 unknown)
      by the majority of the raters, any other mask task 0, 1, 255.
    - ``rater_maps``: the lesion map of each rater, in their order; a lesion that a rater did not outline is drawn as
      the first who did.
    - ``targets``: ``{task: float32 [L, R, K]}``, ``image_targets``: ``{task: float32 [1, 1, K]}``, in the form of
      ``lopm.tasks``; nan is unknown. A photograph that has words and no outline has one lesion, somewhere.
    - ``record``: float32 ``[F]``.
    - ``about``: as json: keyed ids of patient, lesions and raters (``names``), size, and the words of the tasks as they
      were given. No file name, date, place or free text: lopm.curation.privacy.
    """

    key: str
    photograph: bytes
    extension: str
    maps: dict
    rater_maps: list
    targets: dict
    image_targets: dict
    record: np.ndarray
    about: dict


def make_sample(dataset, index, names):
    """The ``Sample`` of a photograph of a ``LesionDataset`` in test mode, with the ids that ``names`` gives.

    Raises:
        BadPhotograph: It cannot be read; the message does not name it, for it goes into the export.
    """
    item = LoadLesions()(LoadPhotograph()(dataset.get_data_info(index)))
    if item['bad']:
        path = item['img_path']
        raise BadPhotograph(item['bad'].removeprefix(f'{path}: ').replace(path, 'the file'))
    photograph, extension = encode_photograph(Path(item['img_path']), item['img'])
    drawn = {field: encode_png(item[field]) for field in item['seg_fields']}
    return Sample(
        key=f'{index:08d}', photograph=photograph, extension=extension,
        maps={LESION if field == 'gt_seg_map' else field[3:-4]: drawn[field] for field in drawn},
        rater_maps=_rater_maps(item) if len(item['raters']) > 1 else [drawn['gt_seg_map']] * len(item['raters']),
        targets=item['targets'], image_targets=item['image_targets'], record=item['record'], about=_about(item, names))


def _rater_maps(item):
    shape, rater_maps = (item['height'], item['width']), []
    lesions = [draw_by_rater(lesion, shape) for lesion in item['lesions']]
    for rater in item['raters']:
        drawn = draw_lesion_map([lesion.get(rater, next(iter(lesion.values()))) for lesion in lesions], shape)
        hide_places(drawn, item)
        rater_maps.append(encode_png(drawn))
    return rater_maps


def _about(item, names):
    return dict(
        patient_id=names.patient(item['patient_id']), height=item['height'], width=item['width'],
        outlined=item['outlined'], raters=list(map(names.rater, item['raters'])), words=item['words'],
        lesions=[dict(lesion_id=names.lesion(lesion['lesion_id']),
                      words={names.rater(rater): words for rater, words in lesion['words'].items()})
                 for lesion in item['lesions']])
