"""Measure color, texture, border, homogeneity and shape of every lesion of a data set.

Writes one row per lesion and rater: file_name, lesion_id, rater, then the measured values. What
each value is, and its unit: lopm/measure/table.py. An empty field is a value that cannot be taken
(no mucosa around the lesion, too few pixels). A photograph that cannot be read is named and left
out.

    lopm measure data/train.json --images data --out measures.csv
    lopm measure data/train.json --images data --out measures.csv --workers 8
"""
import argparse
import sys
from pathlib import Path

from lopm.arguments import existing_file


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('dataset', type=existing_file, metavar='DATASET.json',
                        help='json of the data set (COCO with attributes), or its index')
    parser.add_argument('--images', type=Path, metavar='DIR',
                        help='folder of the photographs; default: the folder of the json')
    parser.add_argument('--out', type=Path, required=True, metavar='CSV', help='file to write')
    parser.add_argument('--workers', type=int, default=2, help='processes; default: 2')
    return parser.parse_args(args)


def main(args):
    import csv

    from rich.console import Console
    from rich.progress import track

    from lopm.datasets.coco import rater_of
    from lopm.datasets.index import open_photographs
    from lopm.datasets.measured import measure_photographs
    from lopm.datasets.photographs import listed
    from lopm.files import whole_file
    from lopm.measure import NAMES
    photographs = open_photographs(args.dataset)
    found = measure_photographs(photographs, args.images or args.dataset.parent, args.workers)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    bad = lesions = 0
    with whole_file(args.out) as partial, partial.open('w', newline='') as file:
        table = csv.writer(file)
        table.writerow(['file_name', 'lesion_id', 'rater', *NAMES])
        for image, rows, error in track(found, 'measuring', len(photographs), console=Console(stderr=True)):
            for annotation, values in rows:
                table.writerow([image['file_name'], annotation.get('lesion_id', ''), rater_of(annotation),
                                *('' if value != value else f'{value:.6g}' for value in values.tolist())])
            lesions += len(rows)
            if error:
                bad += 1
                print(listed(error, args.dataset), file=sys.stderr)
    print(f'{args.out}: {lesions} rows of {len(photographs) - bad} photographs, {bad} left out', file=sys.stderr)
