"""Whether changes between two visits are found, where nothing has changed none is, and other mouths are refused.

    python benchmarks/followup.py                                   # drawn visits, whose truth is known: 100 views
    python benchmarks/followup.py --nevi DIR                        # rulers and sizes of real moles over visits
    python benchmarks/followup.py --mouths DIR                      # real mouths photographed twice, and other mouths
    python benchmarks/followup.py --noise lopm/followup/noise.json  # also write the noise floor of drawn repeats
    python benchmarks/followup.py --model PACK --views 40           # outlined by a trained model, not by the truth

Drawings: the noise floor is that of repeats of one set of views; everything else is of other views, every second pair
by another camera. Their mucosa is stretched, their teeth move, pose, light and focus differ. With --model all is said
against two floors: that of repeats outlined by it, and the shipped one of exact outlines. Drawings prove the software,
never medicine. DIR: folders as ../shared/data describes them (visits.csv and changes.csv; same_mouth.csv).
"""
import argparse
import csv
import random
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lopm.arguments import run_tool
from lopm.commands.predict import existing_path

GROWTH, OTHERS = 1.2, 200
OVERLAP = .5  # of what an outline and a lesion cover together, from which it is that lesion
FLAT = 'measuring the noise'


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--views', type=int, default=100, help='drawn views, and as many for the noise; default: 100')
    parser.add_argument('--model', type=existing_path, metavar='MODEL',
                        help='a pack, or the folder of a run, whose outlines are taken instead of the true ones')
    parser.add_argument('--nevi', type=Path, metavar='DIR', help='moles over visits, instead of drawings')
    parser.add_argument('--mouths', type=Path, metavar='DIR', help='mouths photographed twice, instead of drawings')
    parser.add_argument('--noise', type=Path, metavar='FILE', help='where to write the noise floor')
    parser.add_argument('--workers', type=int, default=2, help='processes; default: 2')
    return parser.parse_args()


def begin():
    import cv2
    import torch
    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def flat_noise():
    """A noise floor that stands for none: what is wanted is by how much photographs differ."""
    from lopm.followup.changes import AXES, OVERALL
    from lopm.followup.noise import Noise
    return Noise(FLAT, 0, {name: 1. for axis in AXES.values() for name in axis},
                 {axis: [1.] for axis in (*AXES, OVERALL)})


@cache
def predictor_of(model):
    from lopm.predictor import Predictor
    return Predictor(model, flags=False, measured=False)


def outlines_on(visit, model):
    """What is compared of a drawn visit: outlines bool ``[L, H, W]``, and which true lesion each one is, -1 of none.
    The true ones, or those that a model draws, which are a lesion where the two share half of what they cover."""
    from pycocotools import mask as coco_mask
    true = visit.outlines
    if not model:
        return true, np.arange(len(true))
    drawn = [coco_mask.decode(each.outline['rle']) for each in predictor_of(model)(visit.photograph).lesions]
    drawn = np.array(drawn, bool).reshape(-1, *true.shape[1:])
    both = np.einsum('lhw,mhw->lm', drawn.astype(np.float32), true.astype(np.float32))
    shared = both / (drawn.sum((1, 2))[:, None] + true.sum((1, 2)) - both).clip(1)
    return drawn, np.where(shared.max(1) >= OVERLAP, shared.argmax(1), -1)


class Pair(NamedTuple):
    """Of two drawn visits: why they were ``refused`` or '', ``lesions`` ``[(Lesions, true growth)]`` (nan where it is
    not known), ``errors`` of registration inside of lesions, ``outlined``: how many outlines of the earlier visit are a
    true lesion, how many are none, how many lesions there are."""

    refused: str
    lesions: list
    errors: list
    outlined: tuple


def drawn_pair(job):
    """``Pair`` of one job: a view, what it is compared with, a seed, what has changed, a model or None."""
    from lopm.datasets.visits import draw_visit
    from lopm.followup import compare
    view, other, seed, what, model = job
    earlier, later = draw_visit(view, seed), draw_visit(other, seed + 1, **what)
    (one, known), (two, known_later) = (outlines_on(each, model) for each in (earlier, later))
    found = compare((earlier.photograph, list(one)), (later.photograph, list(two)), scales=(None, None),
                    noise=flat_noise())
    outlined = int((known >= 0).sum()), int((known < 0).sum()), len(earlier.outlines)
    if view is not other or found.refused:
        return Pair(str(found.refused), [], [], outlined)
    size = earlier.photograph.shape[1::-1]
    place = found.registration.upon(later.place, size)
    shown = found.registration.upon(np.ones(size[::-1], np.float32), size) > .99
    off = np.linalg.norm(place - earlier.place, axis=-1) / np.hypot(*size)
    compared = [(each, list(each.earlier), list(each.later)) for each in found.lesions if each.axes]
    errors = [float(np.sqrt((off[shown & one[here].any(0)] ** 2).mean())) for _, here, _ in compared]
    changed = {name for name, value in what.items() if name != 'shifted' and value}
    lesions = [(each, true_growth(earlier, later, set(known[here]), set(known_later[there])) if changed else 1.)
               for each, here, there in compared]
    return Pair('', lesions, errors, outlined)


def true_growth(earlier, later, here, there):
    """By how much some lesions have grown; nan where outlines of both visits are not of the same ones, or of none."""
    if here != there or -1 in here:
        return float('nan')
    return float(later.areas[[*there]].sum() / earlier.areas[[*here]].sum())


def drawn(args, pool):
    from lopm.datasets.visits import draw_views
    from lopm.followup.noise import DRAWN, DRAWN_BY_MODEL, load_noise, noise_of
    views, tested = draw_views(args.views, seed=11), draw_views(args.views, seed=12)

    def run(views, seed, what, others=None):
        jobs = [(view, (others or views)[i], seed, {**what, 'shifted': i % 2 == 1}, args.model)
                for i, view in enumerate(views)]
        return list(pool.map(drawn_pair, jobs, chunksize=2))
    repeats = run(views, 1, {})
    noise = noise_of([each.off for pair in repeats for each, _ in pair.lesions],
                     (DRAWN_BY_MODEL if args.model else DRAWN).format(views=args.views))
    say_floor(noise)
    if args.noise:
        noise.save(args.noise)
    floors = [noise, load_noise()] if args.model else [noise]
    if args.model:
        say_floor(load_noise())
    same = run(tested, 21, {})
    good, false, there = np.sum([pair.outlined for pair in same], axis=0)
    print(f'outlines on the earlier photographs: {good} of {there} lesions, {false} outlines are none of them')
    report_axes('unchanged', same, floors)
    report_axes(f'{GROWTH} times the area', run(tested, 31, {'area': GROWTH}), floors, GROWTH)
    report_axes(f'1/{GROWTH} of the area', run(tested, 41, {'area': 1 / GROWTH}), floors, 1 / GROWTH)
    report_axes('redder by 11 deltaE', run(tested, 51, {'redder': 1}), floors)
    errors = [each for pair in same for each in pair.errors]
    print(f'registration error inside of lesions, share of the diagonal: median {np.median(errors):.4f}, 95 % '
          f'{np.quantile(errors, .95):.4f}, most {max(errors):.4f}; under 0.02 {np.mean(np.less(errors, .02)):.3f} of '
          f'{len(errors)}')
    apart = [run(tested, 61 + k, {}, tested[k + 1:] + tested[:k + 1])[: OTHERS // 2] for k in range(2)]
    refused = [bool(pair.refused) for each in apart for pair in each]
    print(f'other mouths refused: {sum(refused)} of {len(refused)}')


def say_floor(noise):
    print(f'noise floor of {noise.count} lesions, {noise.source}: '
          + ', '.join(f'{name} {value:.3g}' for name, value in noise.spread.items()), flush=True)


def report_axes(name, pairs, floors, growth=1.):
    """How often each axis is said to be more, less or the same against each noise floor, of the lesions that have grown
    as they should: one that meets a neighbor or the teeth has not."""
    from lopm.followup.changes import AXES, OVERALL, changes
    refused = sum(bool(pair.refused) for pair in pairs)
    lesions = [each.off for pair in pairs for each, true in pair.lesions if abs(np.log(true / growth)) < .02]
    print(f'{name}: {len(pairs)} pairs, {refused} refused; {len(lesions)} lesions compared, '
          f'{sum("area" in off for off in lesions)} of them whole on both photographs')
    for noise in floors:
        print(f'  beyond {noise.source}:')
        judged = [changes(off, noise) for off in lesions]
        for axis in (*AXES, OVERALL):
            said = [axes[axis].word for axes in judged if axis in axes]
            share = [np.mean([word.endswith(end) for word in said]) for end in ('more', 'less', 'noise')]
            print(f'    {axis:12} more {share[0]:.3f}  less {share[1]:.3f}  same {share[2]:.3f}  of {len(said)}',
                  flush=True)


def read_rows(path):
    with open(path, newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


def nevus(job):
    from lopm.followup import read_ruler
    folder, row = job
    return read_ruler(folder / row['file'])


def nevi(args, pool):
    from lopm.followup import compare
    rows = read_rows(args.nevi / 'visits.csv')
    scales = dict(zip((row['file'] for row in rows), pool.map(nevus, [(args.nevi, row) for row in rows])))
    ruled = [row for row in rows if row['px_per_mm']]
    read = [row for row in ruled if scales[row['file']]]
    off = np.array([scales[row['file']].px_per_mm / float(row['px_per_mm']) - 1 for row in read])
    wrong = sum(bool(scales[row['file']]) for row in rows) - len(read)
    print(f'rulers read: {len(read)} of {len(ruled)}; where none is, {wrong} of {len(rows) - len(ruled)}; pixels per '
          f'millimetre off by {np.abs(off).mean():.2%} on average, {np.abs(off).max():.2%} at most')
    by_ruler = []
    for row in read:
        x0, y0, x1, y1 = map(float, row['long_axis_px'].split())
        millimetres = np.hypot(x1 - x0, y1 - y0) / scales[row['file']].px_per_mm
        by_ruler.append((millimetres - float(row['diameter_mm_by_ruler']), float(row['diameter_plus_minus_mm'])))
    apart, allowed = np.array(by_ruler).T
    print(f'long axis in mm against the table: {np.abs(apart).mean():.3f} mm off on average, '
          f'{int((np.abs(apart) <= allowed).sum())} of {len(apart)} within its uncertainty')
    by_file = {Path(row['file']).stem: row for row in rows}
    same_day = [(one, other) for one, other in combinations(read, 2)
                if one['series'] == other['series'] and one['visit'] == other['visit']]
    pairs = [(by_file[row['from']], by_file[row['to']], row['size_by_ruler_only']) for row in
             read_rows(args.nevi / 'changes.csv') if row['size_by_ruler_only'] and row['confidence'] != 'low']
    pairs += [(one, other, 'same within error') for one, other in same_day]
    right = 0
    for one, other, wanted in pairs:
        found = compare(*((args.nevi / row['file'], {'box': box_of(row)}) for row in (one, other)),
                        scales=(scales[one['file']], scales[other['file']]))
        change = found.lesions[0].axes.get('size') if found.lesions else None
        said = change.word if change else 'not compared'
        agrees = direction(said) == direction(wanted)
        right += agrees
        wide = change and [value ** .5 for value in (change.value, change.low, change.high)]
        print(f'  {Path(one["file"]).stem} {Path(other["file"]).stem}: {said}'
              + (f' ({wide[0]:.2f} times as wide, {wide[1]:.2f} to {wide[2]:.2f})' if wide else '')
              + f'; the table: {wanted}{"" if agrees else "   <<"}' + ' (registered)' * bool(found.registration))
    print(f'direction of size: {right} of {len(pairs)} as the table has it by rulers alone ({len(same_day)} of them of '
          'one day)')


def direction(word):
    """'more', 'less' or 'same' of a word of ours or of the table."""
    return next(each for each in ('same', 'more', 'less') if each in word)


def box_of(row):
    x0, y0, x1, y1 = (float(row[name]) for name in ('x0', 'y0', 'x1', 'y1'))
    return [x0, y0, x1 - x0, y1 - y0]


def mouths_pair(job):
    """Of a pair of photographs: why it was refused or '', and how many outlines a model, or none, has drawn on both."""
    from lopm.followup import compare
    *paths, model = job
    outlines = [[each.outline['polygons'] for each in predictor_of(model)(path).lesions] if model else []
                for path in paths]
    return compare(*zip(paths, outlines), scales=(None, None)).refused, sum(map(len, outlines))


def mouths(args, pool):
    rows = read_rows(args.mouths / 'same_mouth.csv')
    folder = args.mouths / 'photographs'
    twice = [(folder / row['one'], folder / row['other'], args.model) for row in rows]
    refused, outlined = zip(*pool.map(mouths_pair, twice))
    print(f'one mouth twice: {sum(not each for each in refused)} of {len(rows)} registered; {sum(outlined)} outlines')
    names = sorted(path.name for path in folder.iterdir())
    known = {frozenset((row['one'], row['other'])) for row in rows}
    rng, others = random.Random(0), []
    while len(others) < OTHERS:
        pair = rng.sample(names, 2)
        if frozenset(pair) not in known:
            others.append(pair)
    apart = [(*(folder / name for name in pair), args.model) for pair in others]
    refused, outlined = zip(*pool.map(mouths_pair, apart))
    print(f'other mouths: {sum(map(bool, refused))} of {len(others)} refused; {sum(outlined)} outlines')
    for pair, each in zip(others, refused):
        if not each:
            print('  not refused:', *pair)


def main(args):
    from concurrent.futures import ProcessPoolExecutor
    with ProcessPoolExecutor(args.workers, initializer=begin) as pool:
        (nevi if args.nevi else mouths if args.mouths else drawn)(args, pool)


if __name__ == '__main__':
    run_tool(main, parse_args())
