"""Measure color, texture, border, homogeneity and shape of every lesion of a data set.

Writes one row per lesion and rater: file_name, lesion_id, rater, then the measured values. What
each value is, and its unit: lopm/measure/table.py. An empty field is a value that cannot be taken
(no mucosa around the lesion, too few pixels). A photograph that cannot be read is named and left
out.

    python tools/measure.py data/train.json --images data --out measures.csv
    python tools/measure.py data/train.json --images data --out measures.csv --workers 8
"""
import argparse
import sys
from pathlib import Path

from lopm.engine.arguments import existing_file


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('dataset', type=existing_file, metavar='DATASET.json',
                        help='json of the data set (COCO with attributes), or its index')
    parser.add_argument('--images', type=Path, metavar='DIR',
                        help='folder of the photographs; default: the folder of the json')
    parser.add_argument('--out', type=Path, required=True, metavar='CSV', help='file to write')
    parser.add_argument('--workers', type=int, default=2, help='processes; default: 2')
    return parser.parse_args()


def main(args):
    import csv
    from concurrent.futures import ProcessPoolExecutor

    from lopm.datasets.index import open_photographs
    from lopm.measure import NAMES
    photographs = open_photographs(args.dataset)
    folder = args.images or args.dataset.parent
    jobs = [(folder / image['file_name'], image, annotations['lesion'])
            for image, annotations in photographs]
    args.out.parent.mkdir(parents=True, exist_ok=True)
    bad = lesions = 0
    with ProcessPoolExecutor(args.workers) as pool, args.out.open('w', newline='') as file:
        table = csv.writer(file)
        table.writerow(['file_name', 'lesion_id', 'rater', *NAMES])
        for i, (rows, error) in enumerate(pool.map(measure_photograph, jobs, chunksize=4), start=1):
            table.writerows(rows)
            lesions += len(rows)
            if error:
                bad += 1
                print(f'\n{error}', file=sys.stderr)
            print(f'\r{i} of {len(jobs)} photographs', end='', file=sys.stderr, flush=True)
    print(f'\n{args.out}: {lesions} rows of {len(jobs) - bad} photographs, {bad} left out',
          file=sys.stderr)


def measure_photograph(job):
    """Rows of one photograph, and None; or no rows, and what is wrong with the photograph."""
    import cv2

    from lopm.datasets.photographs import BadPhotograph, read_photograph
    path, image, annotations = job
    cv2.setNumThreads(1)    # the processes share the cores already
    try:
        photograph = read_photograph(path, (image['width'], image['height']))
    except BadPhotograph as error:
        return [], error
    raters = dict.fromkeys(annotation.get('rater', '') for annotation in annotations)
    rows = []
    for rater in raters:
        own = [annotation for annotation in annotations if annotation.get('rater', '') == rater]
        rows += measure_rater(photograph[..., ::-1], image['file_name'], own)
    return rows, None


def measure_rater(image, file_name, annotations):
    """Rows of the lesions that one rater outlined; they are each other's neighbors."""
    from pycocotools import mask as coco_mask

    from lopm.datasets.maps import draw_lesion_map
    from lopm.measure import measure
    masks = [coco_mask.decode(annotation['segmentation']) for annotation in annotations]
    values = measure(image, draw_lesion_map(masks, image.shape[:2]), len(masks))
    return [[file_name, annotation.get('lesion_id', ''), annotation.get('rater', ''),
             *('' if value != value else f'{value:.6g}' for value in row)]
            for annotation, row in zip(annotations, values.tolist())]


if __name__ == '__main__':
    main(parse_args())
