"""How long one lesion takes to measure on one core: median and 90th percentile of CPU time in ms.

The photograph has 512 px on its longer side; the lesion is lobed and of the size asked for: 100 px
across is usual, 300 px fills most of the photograph. Other programs at work slow it down.

    python benchmarks/measure.py
    python benchmarks/measure.py --diameter 300 --repeats 100
"""
import argparse

from lopm.arguments import run_tool


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--diameter', type=int, nargs='+', default=[50, 100, 200, 300],
                        help='of the lesion, in px; default: 50 100 200 300')
    parser.add_argument('--repeats', type=int, default=50, help='default: 50')
    return parser.parse_args()


def main(args):
    import os
    os.environ['OMP_NUM_THREADS'] = '1'
    import time

    import cv2
    import numpy as np

    from lopm.measure import NAMES, measure
    cv2.setNumThreads(1)
    for diameter in args.diameter:
        image, lesion_map = draw(diameter)
        times = []
        for _ in range(args.repeats + 1):
            start = time.process_time()
            values = measure(image, lesion_map, num_lesions=1)
            times.append(1000 * (time.process_time() - start))
        median, slow = np.percentile(times[1:], [50, 90])   # the first call warms up
        print(f'lesion of {diameter} px: {median:.1f} ms (90 % under {slow:.1f} ms), '
              f'{np.isfinite(values).sum()} of {len(NAMES)} values taken')


def draw(diameter):
    """A photograph of 384 x 512 px with noise, and the map of one lobed lesion in its middle."""
    import numpy as np
    y, x = np.mgrid[-192:192, -256:256]
    angle, radius = np.arctan2(y, x), np.hypot(y, x)
    lesion_map = (radius < diameter / 2 * (1 + 0.1 * np.cos(7 * angle))).astype(np.uint8)
    image = np.random.default_rng(0).normal((190, 110, 105), 8, (384, 512, 3))
    image[lesion_map > 0] += (35, 95, 90)
    return image.clip(0, 255).astype(np.uint8), lesion_map


if __name__ == '__main__':
    run_tool(main, parse_args())
