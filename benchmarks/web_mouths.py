"""Whether the clinic's page knows a mouth again that was put with another patient, and whom it takes for it by mistake.

    python benchmarks/web_mouths.py --data MOUTHS                  # real photographs, with same_mouth.csv beside them
    python benchmarks/web_mouths.py --drawings data/synthetic --write   # the kinds of points that lopm ships, anew

MOUTHS: a folder of photographs and same_mouth.csv with the columns one and other. Of every known pair: how many others
are described more alike (8 are compared), and how many points verify it. False: of every second photograph the eight
nearest, those that verify and are no known pair; each is named, to be looked at.
"""
import argparse
import csv
import tempfile
import time
from pathlib import Path

from lopm.arguments import existing_folder, run_tool

WORDS, DRAWINGS = 32, 100
NEAREST = 8  # as lopm.web.remarks compares


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument('--data', type=existing_folder, metavar='MOUTHS', help='photographs with same_mouth.csv')
    what.add_argument('--drawings', type=existing_folder, metavar='DIR', help='built-in photographs')
    parser.add_argument('--write', action='store_true', help='write lopm/web/mouth_kinds.npy from the drawings')
    return parser.parse_args()


def points_in(paths):
    """The points of photographs, as the page has them: on pictures of 480 pixels."""
    import cv2

    from lopm.web.mouths import THUMB, points_of
    found = []
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder, 'small.jpg')
        for path in paths:
            image = cv2.imread(str(path))
            factor = min(1, THUMB / max(image.shape[:2]))
            cv2.imwrite(str(small), cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA),
                        [cv2.IMWRITE_JPEG_QUALITY, 85])
            found.append(points_of(small))
    return found


def learn(folder, write):
    import numpy as np

    from lopm.curation.same_mouth import candidates
    from lopm.web import mouths
    paths = sorted(folder.rglob('*.jpg'))
    points = points_in(paths[::max(1, len(paths) // DRAWINGS)][:DRAWINGS])
    candidates.WORDS = WORDS
    kinds = candidates.find_kinds(points).astype(np.float16)
    target = Path(mouths.__file__).with_name('mouth_kinds.npy')
    if write:
        np.save(target, kinds)
    print(f'{len(kinds)} kinds of points of {len(points)} drawings' + f', written to {target}' * write)


def measure(folder):
    import numpy as np

    from lopm.curation.same_mouth.geometry import verified_matches
    from lopm.web.mouths import alike, is_same, look_of
    with open(folder / 'same_mouth.csv', encoding='utf-8') as file:
        pairs = [(Path(row['one']).name, Path(row['other']).name) for row in csv.DictReader(file)]
    paths = sorted(path for path in folder.rglob('*') if path.suffix.lower() in ('.jpg', '.png'))
    names, points = [path.name for path in paths], points_in(paths)
    looks = np.stack([look_of(each) for each in points])
    likeness = np.stack([alike(each, looks) for each in points])
    np.fill_diagonal(likeness, -np.inf)
    for one, other in pairs:
        i, j = names.index(one), names.index(other)
        print(f'{one} {other}: {int((likeness[i] > likeness[i, j]).sum())} described more alike, '
              f'{verified_matches(points[i], points[j])} points verify it')
    known, began, compared, false = {frozenset(pair) for pair in pairs}, time.perf_counter(), 0, []
    for i in range(0, len(names), 2):
        for j in np.argsort(-likeness[i])[:NEAREST].tolist():
            compared += 1
            if frozenset((names[i], names[j])) not in known and is_same(points[i], points[j]):
                false.append(f'{names[i]} {names[j]}')
    print(f'{len(names)} photographs, {compared} pairs compared, {len(false)} not known as one mouth verify', *false,
          sep='\n  ')
    print(f'{(time.perf_counter() - began) / compared:.3f} s a pair')


def main(args):
    if args.data:
        measure(args.data)
    else:
        learn(args.drawings, args.write)


if __name__ == '__main__':
    run_tool(main, parse_args())
