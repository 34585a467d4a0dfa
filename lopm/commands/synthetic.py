"""Make the built-in photographs: drawn oral lesions with labels, to try the software on.

Writes OUT/images/*.jpg, OUT/{train,val,test}.json (COCO with attributes), OUT/truth.json (the drawn
features and P(diagnosis | features), never used for training) and OUT/audit.json. Equal settings give
equal files. Training makes them by itself on first use; this tool makes other ones, or looks at them.

    lopm synthetic data/synthetic
    lopm synthetic data/shifted --shift --num-photographs 200 --seed 1
    lopm synthetic data/small --small
    lopm synthetic data/synthetic --contact-sheets sheets/
    lopm synthetic data/visits --visits 3
    lopm synthetic data/patients --patients 200

With --visits 3: three places in mouths at four visits each, DIR/PLACE/DATE.jpg, the first visit photographed twice on
its day, for lopm follow; DIR/truth.json says by how much the lesions of each have grown.

With --patients: patients over one to four visits of one to four photographs, as a data set in the same parts, with
labels of visits (distribution, referral, histology) and of patients (proliferative, transformation) besides those of
lesions; OUT/truth.json says what they were drawn from. They are drawn, too, and say nothing about patients.
"""
import argparse
import warnings
from pathlib import Path


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('out', type=Path, help='folder to make; kept as it is if it is there already')
    number = parser.add_mutually_exclusive_group()
    number.add_argument('--num-photographs', type=int, default=800, help='default: 800')
    number.add_argument('--visits', type=int, metavar='PLACES',
                        help='instead, so many places in mouths, each at four visits')
    number.add_argument('--patients', type=int, metavar='N',
                        help='instead, so many patients over several visits, about five photographs each; 10 or more')
    parser.add_argument('--seed', type=int, default=0, help='default: 0')
    parser.add_argument('--shift', action='store_true',
                        help='another camera: darker, other casts, softer; the same lesions and labels')
    parser.add_argument('--small', action='store_true', help='small lesions, of 1 to 6 %% of a photograph')
    parser.add_argument('--workers', type=int, default=2, help='processes; default: 2')
    parser.add_argument('--contact-sheets', type=Path, metavar='DIR',
                        help='also write DIR/<task>.png: a row of training lesions per word')
    args = parser.parse_args(args)
    if args.patients is not None and (args.shift or args.small):
        parser.error('--patients are drawn by the usual camera, lesions of the usual size; leave out --shift, --small')
    return args


def write_visits(root, places, seed):
    """Photographs of places over visits; of every second place the lesions grow by a fifth from visit to visit."""
    from datetime import date, timedelta

    from PIL import Image
    from rich.progress import track

    from lopm.datasets.visits import draw_views, draw_visit
    from lopm.files import write_json
    if root.exists() and any(root.iterdir()):
        raise ValueError(f'{root}: is not empty; name a folder that is not there')
    truth = {}
    for number, view in enumerate(track(draw_views(places, seed), 'making visits')):
        place = f'place_{number + 1:03}'
        (root / place).mkdir(parents=True)
        for visit, again in ((0, ''), (0, '_again'), (1, ''), (2, ''), (3, '')):
            on = date(2024, 1, 10) + timedelta(200 * visit)
            area = 1.2 ** visit if number % 2 == 0 else 1.
            drawn = draw_visit(view, 10 * seed + visit + 5 * bool(again), area, shifted=visit == 2)
            Image.fromarray(drawn.photograph).save(root / place / f'{on}{again}.jpg', quality=92)
            truth[f'{place}/{on}{again}.jpg'] = [int(each) for each in drawn.areas]
    write_json(root / 'truth.json', {'areas of the lesions, in pixels of the mouth': truth}, indent=1)
    print(f'{root}: {places} places, 5 photographs each; lopm follow MODEL {root} --out DIR')


def write_contact_sheets(root, out, per_word=10, size=160):
    """One sheet per task: each row shows lesions of one true word, cut out with their surroundings."""
    import json

    import cv2
    import numpy as np

    from lopm.datasets.synthetic.labels import TASKS
    part = json.loads((root / 'train.json').read_text())
    truth = json.loads((root / 'truth.json').read_text())
    names = {image['id']: root / image['file_name'] for image in part['images']}
    lesions = {a['lesion_id']: a for a in part['annotations'] if 'lesion_id' in a}
    out.mkdir(parents=True, exist_ok=True)
    for task, definition in TASKS.items():
        rows = []
        for word in definition['classes']:
            said = ({**truth[key]['features'], 'diagnosis': truth[key]['diagnosis']}.get(task, [])
                    for key in lesions)
            shown = [a for a, value in zip(lesions.values(), said) if word in np.atleast_1d(value)]
            tiles = [_tile(cv2.imread(str(names[a['image_id']])), a['bbox'], size)
                     for a in shown[:per_word]]
            blank = np.full((size, size, 3), 255, np.uint8)
            title = cv2.putText(blank.copy(), word[:18], (4, size // 2), cv2.FONT_HERSHEY_SIMPLEX, .45,
                                (0, 0, 0), 1, cv2.LINE_AA)
            rows.append(np.hstack([title, *tiles, *[blank] * (per_word - len(tiles))]))
        cv2.imwrite(str(out / f'{task}.png'), np.vstack(rows))


def _tile(image, bbox, size):
    """A square cut-out around a box, a third larger than the box."""
    import cv2
    import numpy as np
    x, y, w, h = bbox
    half = .67 * max(w, h)
    scale = size / (2 * half)
    matrix = np.float32([[scale, 0, size / 2 - scale * (x + w / 2)],
                         [0, scale, size / 2 - scale * (y + h / 2)]])
    return cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_AREA)


def in_words(limits):
    """Scores as text; those that are nan, for want of photographs or patients, by name alone."""
    known = [f'{key} {value:.3f}' for key, value in limits.items() if value == value]
    unknown = [key for key, value in limits.items() if value != value]
    return ', '.join(known) + f'. So few do not define: {", ".join(unknown)}' * bool(unknown)


def main(args):
    if args.visits:
        return write_visits(args.out, args.visits, args.seed)
    if args.patients is not None:
        from lopm.datasets.drawn_patients import ensure_patients
        from lopm.datasets.outcomes import limits
        ensure_patients(args.out, args.patients, args.seed, args.workers)
    else:
        from lopm.datasets.synthetic.generate import ensure_synthetic
        from lopm.datasets.synthetic.labels import limits
        ensure_synthetic(args.out, args.num_photographs, args.seed, args.shift, args.workers, args.small)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', RuntimeWarning)  # numpy's, of a mean of nothing: said in words below
        best = limits(args.out / 'test.json')
    print(f'{args.out}: any reader of the true features reaches at best, on the test part, {in_words(best)}')
    if args.contact_sheets:
        write_contact_sheets(args.out, args.contact_sheets)
