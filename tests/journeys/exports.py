"""Exports as annotation tools write them, of as many photographs as a base needs.

The files of LOPM_FORMATS describe one to seven photographs. Each is repeated for further photographs and patients: the
same file but for the names in it, so that everything else is as the tool wrote it.
"""
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = 800, 600  # of the photographs in LOPM_FORMATS
STEMS = 'p000_v1', 'p001_v1', 'p002_v1', 'p003_v1', 'p004_v1', 'p005_v1'


@dataclass
class Form:
    """A format: its converter, the export in LOPM_FORMATS, and how many copies make a base of a dozen patients."""

    converter: str
    export: str
    copies: int
    options: tuple = ()
    status: int = 0  # of the converter: 1 where the export holds words that the default label map does not know


FORMS = {
    'label_studio': Form('label_studio', 'label_studio_export.json', 4, status=1),
    'cvat': Form('cvat', 'cvat/annotations.xml', 12, status=1),
    'coco': Form('coco', 'coco/annotations/instances_train.json', 4),
    'labelme': Form('labelme', 'labelme/p000_v1.json', 12),
    'via': Form('via', 'via/via_project.json', 12)}


def draw(path, seed):
    """A photograph of soft patches, unlike those of other seeds."""
    rng = np.random.default_rng(seed)
    patches = Image.fromarray(rng.integers(60, 220, (12, 16, 3), dtype=np.uint8))
    patches.resize(SIZE, Image.Resampling.BICUBIC).save(path, quality=90)


def repeat(form, folder):
    """Write ``folder/exports`` and ``folder/photographs``; the two paths."""
    source = Path(os.environ['LOPM_FORMATS'], form.export)
    exports, photographs = folder / 'exports', folder / 'photographs'
    exports.mkdir(parents=True)
    photographs.mkdir()
    text = source.read_text(encoding='utf-8')
    for copy in range(form.copies):
        renamed = text.replace('p00', f'c{copy:02}p00').replace('P00', f'C{copy:02}P00')
        (exports / f'{copy:02}{source.suffix}').write_text(renamed, encoding='utf-8')
        for number, stem in enumerate(STEMS):
            draw(photographs / f'c{copy:02}{stem}.jpg', [copy, number])
    return exports, photographs


def write_masks(folder):
    """The photographs and masks of LOPM_FORMATS as a table, twice: ``folder/table.csv`` beside what it names."""
    folder.mkdir()
    rows = ['photograph,mask,label,patient_id']
    for copy in range(2):
        for number, stem in enumerate(STEMS):
            draw(folder / f'c{copy}{stem}.jpg', [copy, number])
            for kind, label in (('leuko', 'leukoplakia'), ('erythro', 'erythroplakia')):
                name = f'c{copy}{stem}_{kind}.png'
                shutil.copy(Path(os.environ['LOPM_FORMATS'], 'photographs', f'{stem}_{kind}.png'), folder / name)
                rows.append(f'c{copy}{stem}.jpg,{name},{label},C{copy}P{number}')
    (folder / 'table.csv').write_text('\n'.join(rows) + '\n')
    return folder / 'table.csv', folder
