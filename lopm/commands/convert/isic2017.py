"""Convert ISIC 2017 (real skin lesions with expert outlines and diagnoses) into train, val and test parts.

    lopm convert isic2017 DOWNLOAD data/isic2017

DOWNLOAD holds the official files: ISIC-2017_Training_Data/, ISIC-2017_Training_Part1_GroundTruth/,
ISIC-2017_Training_Part3_GroundTruth.csv and ISIC-2017_Training_Data_metadata.csv. OUT gets train.json, val.json,
test.json, audit.json, and a link `images` to the photographs, which are not copied. A run that was stopped goes on
where it was.

The set has no color, texture or border labels. Values measured on the pixels, cut in three at the training part's
terciles, stand in, marked "source": "measured": they exercise the heads and are evidence of nothing.
"""
import argparse
import csv
import functools
import json
from pathlib import Path

from lopm.shipped import CONFIGS

NAME = 'ISIC-2017_Training'
# Task: the measured value that stands in, and the words from its low to its high third; the words are those of
# TASKS.
TASKS = CONFIGS / '_base_/isic2017_tasks.py'
STAND_INS = {
    'color': ('contrast', ['near_skin', 'intermediate', 'far_from_skin']),
    'texture': ('glcm_contrast', ['fine', 'intermediate', 'coarse']),
    'border_sharpness': ('rim_gradient', ['ill_defined', 'partly_defined', 'well_defined']),
    'border_regularity': ('compactness', ['irregular', 'intermediate', 'regular']),
    'homogeneity': ('dispersion', ['homogeneous', 'intermediate', 'non_homogeneous'])}
MEASURED_SIZE = 512  # pixels of the longer side on which values are measured


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('download', type=Path, help='folder of the official files')
    parser.add_argument('out', type=Path, help='folder for the json parts; the data_root of configs/isic2017.py')
    parser.add_argument('--seed', type=int, default=0, help='of the division into parts; default: 0')
    parser.add_argument('--shares', type=float, nargs=3, default=[0.7, 0.1, 0.2], metavar=('TRAIN', 'VAL', 'TEST'),
                        help='default: 0.7 0.1 0.2')
    parser.add_argument('--workers', type=int, default=2, help='processes; default: 2')
    return parser.parse_args(args)


def read_cases(download):
    """``[{name, diagnosis, record}]`` of all photographs.

    Raises:
        ValueError: All files that are missing or left over, by name.
    """
    photographs = {path.stem for path in _folder(download / f'{NAME}_Data').glob('*.jpg')}
    masks = {path.stem.removesuffix('_segmentation')
             for path in _folder(download / f'{NAME}_Part1_GroundTruth').glob('*_segmentation.png')}
    labels = _rows(download / f'{NAME}_Part3_GroundTruth.csv', 'image_id', 'melanoma', 'seborrheic_keratosis')
    metadata = download / f'{NAME}_Data' / f'{NAME}_Data_metadata.csv'  # where the official archive has it
    records = _rows(metadata if metadata.is_file() else download / f'{NAME}_Data_metadata.csv',
                    'image_id', 'age_approximate', 'sex')
    problems = [f'{name}: {problem}' for found, problem in (
        (photographs - masks, 'the photograph has no mask in Part1'),
        (photographs - set(labels), 'the photograph has no row in Part3'),
        (masks - photographs, 'the mask has no photograph'),
        (set(labels) - photographs, 'the row of Part3 has no photograph')) for name in sorted(found)]
    _refuse(problems, download)
    return [{'name': name, 'diagnosis': _diagnosis(labels[name]), 'record': _record(records.get(name, {}))}
            for name in sorted(photographs)]


def _folder(path):
    if not path.is_dir():
        raise ValueError(f'{path}: no such folder; DOWNLOAD has to hold the unpacked official files')
    return path


def _rows(path, key, *columns):
    if not path.is_file():
        raise ValueError(f'{path}: no such file; DOWNLOAD has to hold the official files')
    with open(path, newline='', encoding='utf-8-sig') as file:
        reader = csv.DictReader(file)
        missing = {key, *columns} - set(reader.fieldnames or ())
        if missing:
            raise ValueError(f'{path}: column {sorted(missing)[0]!r} is missing; found {reader.fieldnames}')
        return {row[key]: row for row in reader}


def _refuse(problems, download):
    if problems:
        more = f'\n  and {len(problems) - 20} more' if len(problems) > 20 else ''
        raise ValueError(f'{download}: {len(problems)} problems; complete the download, or take these files out:\n  '
                         + '\n  '.join(problems[:20]) + more)


def _diagnosis(row):
    if float(row['melanoma']):
        return 'melanoma'
    return 'seborrheic_keratosis' if float(row['seborrheic_keratosis']) else 'nevus'


def _record(row):
    age, sex = row.get('age_approximate', ''), row.get('sex', '')
    return {'age': float(age) if age.replace('.', '', 1).isdigit() else None,
            'sex': sex if sex in ('female', 'male') else None}


def read_lesion(name, download):
    """Size, outline as RLE and measured values of one photograph, or what is wrong with its files."""
    import numpy as np
    from pycocotools import mask as coco_mask

    from lopm.datasets.photographs import BadPhotograph, read_photograph
    path = download / f'{NAME}_Part1_GroundTruth' / f'{name}_segmentation.png'
    try:
        photograph = read_photograph(download / f'{NAME}_Data' / f'{name}.jpg')
        mask = read_photograph(path)[..., 0]
    except BadPhotograph as error:
        return {'problem': str(error)}
    if mask.shape != photograph.shape[:2]:
        return {'problem': f'{path}: {mask.shape[1]} x {mask.shape[0]}, the photograph is '
                           f'{photograph.shape[1]} x {photograph.shape[0]}'}
    if not mask.any() or set(np.unique(mask)) - {0, 255}:
        return {'problem': f'{path}: has values {np.unique(mask)[:5].tolist()}, wanted are 0 and 255'}
    rle = coco_mask.encode(np.asfortranarray(mask > 0))
    return {'size': mask.shape[::-1], 'area': int(coco_mask.area(rle)), 'bbox': coco_mask.toBbox(rle).tolist(),
            'segmentation': {'size': rle['size'], 'counts': rle['counts'].decode()},
            'measured': measure_stand_ins(photograph, (mask > 0).astype(np.uint8))}


def measure_stand_ins(photograph, lesion_map):
    """``{task: value}``; a value that cannot be taken, as there is no skin around, is left out."""
    import cv2
    import numpy as np

    from lopm.measure import NAMES, measure
    scale = min(1, MEASURED_SIZE / max(lesion_map.shape))
    rgb = cv2.resize(photograph, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[..., ::-1]
    lesion_map = cv2.resize(lesion_map, rgb.shape[1::-1], interpolation=cv2.INTER_NEAREST_EXACT)
    values = measure(np.ascontiguousarray(rgb), lesion_map, 1)[0]
    found = {task: float(values[NAMES.index(value)]) for task, (value, _) in STAND_INS.items()}
    return {task: value for task, value in found.items() if np.isfinite(value)}


def read_lesions(names, download, workers, journal):
    """``{name: lesion}`` of all photographs, in parallel; each goes to the journal, from which a new run goes on."""
    from rich.progress import track

    from lopm.workers import start_workers
    lines = journal.read_text().split('\n')[:-1] if journal.is_file() else []  # what follows the last \n is cut off
    lesions = dict(json.loads(line) for line in lines)
    journal.write_text(''.join(f'{line}\n' for line in lines))
    todo = [name for name in names if name not in lesions]
    with start_workers(workers) as pool, open(journal, 'a') as notes:
        found = pool.map(functools.partial(read_lesion, download=download), todo, chunksize=4)
        for name, lesion in track(zip(todo, found), 'reading and measuring', total=len(todo)):
            lesions[name] = lesion
            if 'problem' not in lesion:
                notes.write(json.dumps([name, lesion]) + '\n')
    _refuse([lesion['problem'] for lesion in lesions.values() if 'problem' in lesion], download)
    return lesions


def terciles(lesions):
    """``{task: (lower, upper)}`` of the measured values of the training lesions."""
    import numpy as np
    return {task: np.quantile([lesion['measured'][task] for lesion in lesions if task in lesion['measured']],
                              [1 / 3, 2 / 3]).tolist() for task in STAND_INS}


def to_coco(cases, lesions, cuts, tasks):
    """One part as a COCO dict; ``tasks`` as of ``task_info``."""
    images, annotations = [], []
    for case in cases:
        lesion, number = lesions[case['name']], int(case['name'].removeprefix('ISIC_'))
        words = {task: STAND_INS[task][1][sum(value > cut for cut in cuts[task])]
                 for task, value in lesion['measured'].items()}
        images.append({'id': number, 'file_name': f'images/{case["name"]}.jpg', 'width': lesion['size'][0],
                       'height': lesion['size'][1], 'outlined': True, 'record': case['record'], 'attributes': {}})
        annotations.append({'id': number, 'image_id': number, 'category_id': 1, 'iscrowd': 0, 'bbox': lesion['bbox'],
                            'area': lesion['area'], 'segmentation': lesion['segmentation'],
                            'attributes': {**words, 'diagnosis': case['diagnosis']},
                            'source': dict.fromkeys(words, 'measured')})
    return {'info': {'lopm': 1, 'tasks': tasks, 'source': 'ISIC 2017, CC0, arXiv 1710.05006'}, 'images': images,
            'annotations': annotations, 'categories': [{'id': 1, 'name': 'lesion'}]}


def link_photographs(download, out):
    """``OUT/images`` leads to the photographs, so that one folder is the data root and nothing is copied."""
    link, target = out / 'images', (download / f'{NAME}_Data').resolve()
    if link.is_symlink():
        link.unlink()
    if link.exists():
        raise ValueError(f'{link} is there already and no link; remove it, or name another OUT')
    link.symlink_to(target, target_is_directory=True)


def main(args):
    from mmengine.config import Config

    from lopm.datasets.format import task_info
    from lopm.datasets.splits import split_groups, write_parts
    from lopm.tasks import build_tasks
    cases = read_cases(args.download)
    args.out.mkdir(parents=True, exist_ok=True)
    journal = args.out / 'isic2017.journal'
    lesions = read_lesions([case['name'] for case in cases], args.download, args.workers, journal)
    part_of = split_groups({case['name']: case['diagnosis'] for case in cases},
                           dict(zip(('train', 'val', 'test'), args.shares)), args.seed)
    members = {part: [case for case in cases if part_of[case['name']] == part] for part in ('train', 'val', 'test')}
    cuts = terciles([lesions[case['name']] for case in members['train']])
    link_photographs(args.download, args.out)
    tasks = task_info(build_tasks(Config.fromfile(TASKS).tasks))
    audit = write_parts(args.out, {part: to_coco(some, lesions, cuts, tasks) for part, some in members.items()}, {
        'source': 'ISIC 2017', 'seed': args.seed, 'shares': args.shares,
        'measured_terciles_of_train': {f'{task} ({STAND_INS[task][0]})': cut for task, cut in cuts.items()},
        'near_duplicates_apart': 'not checked'})
    journal.unlink()
    print(json.dumps(audit['counts'], indent=1))
