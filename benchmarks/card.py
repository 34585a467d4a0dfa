"""Whether a card of lopm card gives the scale within what it states, and the light; whether one is seen where none is.

    python benchmarks/card.py                             # 400 cards, drawn into drawn mouths
    python benchmarks/card.py --photographs DIR DIR       # into real photographs; and what is seen in these without one
    python benchmarks/card.py --model PACK --cards 60     # what a network outlines on a card, shown and painted over

Each card is photographed twice, by cameras of other pose, light, focus and noise; its grays were made by a printer that
nobody has measured, and on every fourth photograph something covers a marker. Scales are held against the true ones of
the drawing: in the middle of the card; of small areas and of short lengths in any direction on the card, and in its
plane within a centimetre beside it. No card is bent, worn, wet or printed in another size: this proves the software.
"""
import argparse
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from time import perf_counter

import numpy as np

from lopm.arguments import existing_folder, run_tool
from lopm.commands.predict import existing_path

SIDES = 640, 2400  # pixels of the longer side of a photograph
VIEWS = 24  # drawn mouths
BESIDE = 10.  # millimetres
SHORT = 2.  # millimetres of a length


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--cards', type=int, default=400, help='default: 400')
    parser.add_argument('--photographs', type=existing_folder, nargs='+', metavar='DIR',
                        help='folders of photographs without a card; default: drawn mouths')
    parser.add_argument('--model', type=existing_path, metavar='MODEL', help='a pack, or the folder of a run')
    parser.add_argument('--seed', type=int, default=0, help='default: 0')
    parser.add_argument('--workers', type=int, default=2, help='processes; default: 2')
    return parser.parse_args()


def begin():
    import cv2
    cv2.setNumThreads(1)


def faults(pose, rng):
    """How a photograph is taken, as ``with_card`` has it."""
    return dict(light=rng.uniform(.5, 1.15) * np.exp(rng.normal(0, .2, 3)), noise=rng.uniform(0, 6),
                blur=rng.uniform(0, .2) * pose.px_per_mm, quality=int(rng.integers(60, 96)),
                seed=int(rng.integers(1 << 30)))


def pose_in(size, rng):
    from lopm.followup.card_face import HIGH, WIDE
    from lopm.followup.drawn_card import Pose
    scale = max(size) / np.exp(rng.uniform(np.log(50), np.log(180)))  # so many millimetres are seen
    inner = np.array(size) - scale * np.hypot(WIDE, HIGH)
    middle = np.array(size) / 2 + inner.clip(0) * rng.uniform(-.5, .5, 2)
    return Pose(tuple(middle), scale, rng.uniform(0, 360), rng.uniform(0, 45), rng.uniform(0, 360),
                rng.uniform(120, 400))


def printer(rng):
    """What a printer makes of gray: darker or paler; paper stays paper."""
    power = rng.uniform(.75, 1.35)
    return lambda light: light ** power


@cache
def drawn():
    from lopm.datasets.visits import draw_views, draw_visit
    return [draw_visit(view, i).photograph for i, view in enumerate(draw_views(VIEWS, seed=13))]


def background(path, rng):
    """A photograph uint8 RGB of a random size; ``path``: None: a drawn one."""
    import cv2

    from lopm.followup.given import pixels_of
    pixels = pixels_of(path) if path else drawn()[rng.integers(VIEWS)]
    factor = np.exp(rng.uniform(*np.log(SIDES))) / max(pixels.shape)
    return cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA if factor < 1 else
                      cv2.INTER_CUBIC)


def read_twice(job):
    """``([{...} of each photograph], how far the gains are off [3] or None, why there are none)`` of a card."""
    from lopm.followup.card import find_card, gains_between
    from lopm.followup.drawn_card import with_card
    path, seed = job
    rng = np.random.default_rng(seed)
    gray, found, cards, lights = printer(rng), [], [], []
    for _ in range(2):
        picture = background(path, rng)
        pose = pose_in(picture.shape[1::-1], rng)
        how = faults(pose, rng)
        taken = with_card(picture, pose, gray=gray, **how)
        if rng.random() < .25:
            cover(taken, pose, rng)
        cards.append(find_card(taken))
        lights.append(how['light'])
        found.append({'mm': pose.px_per_mm, 'reason': cards[-1].reason, 'scale': cards[-1].scale,
                      'true': truth(pose, picture.shape[1::-1], rng)})
    gains, reason = gains_between(cards[0].patches, cards[1].patches)
    return found, None if gains is None else gains * lights[1] / lights[0] - 1, reason


def seen(pose, size, places):
    """Pixels ``[..., 2]`` of places ``[..., 2]`` in millimetres."""
    import cv2
    return cv2.perspectiveTransform(places.reshape(1, -1, 2), pose.plane(size))[0].reshape(places.shape)


def cover(photograph, pose, rng):
    """Lay something dark upon one of the markers."""
    import cv2

    from lopm.followup.card_face import marker_corners
    middle = seen(pose, photograph.shape[1::-1], marker_corners().mean(1))[rng.integers(4)]
    cv2.circle(photograph, [round(each) for each in middle.tolist()], round(4 * pose.px_per_mm), (120, 50, 50), -1)


def truth(pose, size, rng):
    """Pixels per millimetre, ``{what: [N]}``: in the middle of a card, and of small areas and lengths on it and beside
    it."""
    from lopm.followup.card_face import CORNERS
    found = {'middle': root_areas(pose, size, np.zeros((1, 2)))}
    for place, more in (('on it', 0), ('beside it', BESIDE)):
        at = rng.uniform(CORNERS[0] - more, CORNERS[2] + more, (400, 2))
        at = at[(np.abs(at) > CORNERS[2]).any(1)] if more else at
        angle = rng.uniform(0, np.pi, len(at))
        along = SHORT / 2 * np.stack([np.cos(angle), np.sin(angle)], 1)
        found[f'lengths {place}'] = np.linalg.norm(seen(pose, size, at + along) - seen(pose, size, at - along),
                                                   axis=1) / SHORT
        found[f'areas {place}'] = root_areas(pose, size, at)
    return found


def root_areas(pose, size, places):
    """Of squares of a millimetre about places ``[N, 2]``."""
    square = np.array([[-.5, -.5], [.5, -.5], [.5, .5], [-.5, .5]])
    x, y = np.moveaxis(seen(pose, size, places[:, None] + square), -1, 0)
    return np.sqrt(np.abs((x * np.roll(y, -1, 1) - y * np.roll(x, -1, 1)).sum(1)) / 2)


def outlined_on_cards(args):
    """Print how many outlines of a model lie upon cards, as it is shown them and as a ``Predictor`` shows them."""
    from unittest.mock import patch

    from pycocotools import mask as coco_mask

    from lopm.followup.card import find_card
    from lopm.followup.covered import covered
    from lopm.followup.drawn_card import with_card
    from lopm.predictor import Predictor
    predictor, rng, taken = Predictor(args.model, flags=False, measured=False), np.random.default_rng(args.seed), []
    for _ in range(args.cards):
        picture = background(None, rng)
        pose = pose_in(picture.shape[1::-1], rng)
        taken.append(with_card(picture, pose, **faults(pose, rng)))
    cards = [(each, found.corners) for each in taken if (found := find_card(each)).corners is not None]

    def on_cards():
        masks = [([coco_mask.decode(lesion.outline['rle']) > 0 for lesion in predictor(each).lesions],
                  covered(corners, each.shape[:2])) for each, corners in cards]
        return [sum((mask & card).sum() > .5 * mask.sum() for mask in own) for own, card in masks]
    painted = on_cards()
    with patch('lopm.prepared.card_in', lambda source, size: None):
        shown = on_cards()
    for name, found in (('shown', shown), ('painted over', painted)):
        print(f'{name}: {sum(found)} outlines of which half and more lies on the card, on {np.count_nonzero(found)} of '
              f'{len(cards)} photographs')


def read_plain(path):
    from lopm.followup.card import find_card
    from lopm.followup.given import pixels_of
    pixels = pixels_of(path)
    start = perf_counter()
    return find_card(pixels).reason, perf_counter() - start


def main(args):
    from lopm.curation.files import photographs_in
    if args.model:
        outlined_on_cards(args)
        return
    paths = [path for folder in args.photographs or () for path in photographs_in(folder)]
    chosen = np.random.default_rng(args.seed).permutation(len(paths)) if paths else [0]
    with ProcessPoolExecutor(args.workers, initializer=begin) as pool:
        if paths:
            plain = list(pool.map(read_plain, paths, chunksize=8))
            seen = Counter(reason for reason, _ in plain)
            print(f'no card in {len(paths)} photographs: a scale read in {seen[""]}, said: {dict(seen)}; '
                  f'{np.median([time for _, time in plain]):.2f} s each')
        jobs = [(paths[chosen[i % len(paths)]] if paths else None, args.seed + i) for i in range(args.cards)]
        results = list(pool.map(read_twice, jobs, chunksize=4))
    photographs = [each for found, _, _ in results for each in found]
    report('all', photographs)
    report('under 8 pixels per millimetre', [each for each in photographs if each['mm'] < 8])
    print('not read:', dict(Counter(each['reason'] for each in photographs if each['scale'] is None)))
    off = np.array([np.abs(each).max() for _, each, _ in results if each is not None])
    print(f'gains of pairs: {len(off)} of {len(results)}; the worst channel off by {np.median(off):.1%} (median), '
          f'{np.quantile(off, .95):.1%} (95 %), {off.max():.1%} at most')
    print('no gains:', dict(Counter(reason for _, each, reason in results if each is None)))


def report(name, photographs):
    read = [each for each in photographs if each['scale']]
    off = np.array([each['scale'].px_per_mm / each['true']['middle'][0] - 1 for each in read])
    print(f'{name}: {len(read)} of {len(photographs)} read; in the middle off by {np.median(np.abs(off)):.2%} '
          f'(median), {np.quantile(np.abs(off), .95):.2%} (95 %), {np.abs(off).max():.2%} at most')
    for what in ('middle', 'areas on it', 'areas beside it', 'lengths on it', 'lengths beside it'):
        stated = 'plus_minus' if what.startswith('lengths') else 'of_areas'
        inside = [np.mean(np.abs(each['true'][what] - each['scale'].px_per_mm) <= getattr(each['scale'], stated))
                  for each in read]
        wide = np.median([getattr(each['scale'], stated) / each['scale'].px_per_mm for each in read])
        print(f'  {what:18} {np.mean(inside):.3f} within what is stated, +- {wide:.1%} (median)')


if __name__ == '__main__':
    run_tool(main, parse_args())
