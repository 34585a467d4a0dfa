"""Gradient surgery and balancing on the two-task toy problem of the papers (CAGrad, NeurIPS 2021; Nash-MTL, ICML 2022).

    python benchmarks/two_tasks.py --out two_tasks.png

Two losses of two numbers, each with a steep valley that the other one's gradient crosses: there the sum of the losses
creeps or gets stuck. The best both can do together is the line from (-7, -8.3) to (7, -8.3). Each method starts from
five places with Adam, through the copies that the model hands to its heads. The table says where it ends, and how far
from the line.

from lopm.arguments import run_tool
"""
import argparse
from pathlib import Path

from lopm.arguments import run_tool

STARTS = (-8.5, 7.5), (-8.5, -5.), (0., 0.), (9., 9.), (10., -8.)
METHODS = 'sum', 'PCGrad', 'CAGrad', 'AlignedMTL', 'UncertaintyBalancing', 'FAMOBalancing'
OFFSET = 25.  # losses are positive for the balancings that want it; gradients stay as they are


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=Path, metavar='PICTURE', default=Path('two_tasks.png'))
    parser.add_argument('--steps', type=int, default=15000, help='default: 15000')
    parser.add_argument('--lr', type=float, default=5e-3, help='of Adam; default: 0.005')
    return parser.parse_args()


def losses_of(point):
    """The two losses of a point ``[..., 2]``, each ``[...]``."""
    import torch
    x, y = point[..., 0], point[..., 1]
    up, down = (torch.maximum((sign * y).tanh(), torch.zeros(())) for sign in (0.5, -0.5))  # at 0: half a gradient each
    valleys = [(0.5 * (-x - 7) - (-y).tanh()).abs(), (0.5 * (-x + 3) - (-y).tanh() + 2).abs()]
    bowls = [((-x + 7) ** 2 + 0.1 * (-y - 8) ** 2) / 10 - 20, ((-x - 7) ** 2 + 0.1 * (-y - 8) ** 2) / 10 - 20]
    return [up * (valley.clamp(min=5e-6).log() + 6) + down * bowl for valley, bowl in zip(valleys, bowls)]


def descend(method, start, steps, lr):
    """Where a method comes from a start: ``[steps, 2]``, every hundredth."""
    import torch

    from lopm.registry import MODELS
    point = torch.tensor(start, requires_grad=True)
    surgery = MODELS.build(dict(type=method)) if method in ('PCGrad', 'CAGrad', 'AlignedMTL') else None
    kind = method if method.endswith('Balancing') else 'FixedBalancing'
    balancing = MODELS.build(dict(type=kind, names=['one', 'two']))
    optimizer = torch.optim.Adam([point, *balancing.parameters()], lr=lr)
    there, path = dict.fromkeys(['one', 'two'], torch.tensor(True)), []

    def named(values):
        return {name: value + OFFSET for name, value in zip(('one', 'two'), values)}
    for step in range(steps):
        if step % 100 == 0:
            path.append(point.detach().clone())
        if surgery:
            copies = surgery([point], [0, 1])
            values = [losses_of(copies[i][0])[i] for i in (0, 1)]
        else:
            values = losses_of(point)
        optimizer.zero_grad()
        sum(balancing(named(values), there)[0].values()).backward()
        optimizer.step()
        balancing.after_step(lambda: named(losses_of(point.detach())))
    return torch.stack([*path, point.detach()])


def distance(point):
    """From the line that no point is better than for both losses."""
    x, y = float(point[0]), float(point[1])
    return ((abs(x) - 7) ** 2 * (abs(x) > 7) + (y + 8.3) ** 2) ** 0.5


def draw(paths, out):
    import numpy as np
    import torch

    from lopm.pictures.style import BLUE, GREY, INK, picture
    side = torch.linspace(-11, 11, 300)
    grid = torch.stack(torch.meshgrid(side, side, indexing='xy'), -1)
    height = sum(losses_of(grid)).numpy()
    with picture(out, 'Two losses of two numbers', (11, 7.4)) as figure:
        for axis, (method, each) in zip(figure.subplots(2, 3).ravel(), paths.items()):
            axis.contour(side, side, height, 25, colors=GREY, linewidths=0.4)
            axis.plot([-7, 7], [-8.3, -8.3], color=INK, lw=3, alpha=0.3)
            for path in each:
                axis.plot(*np.array(path).T, color=BLUE, lw=1.2)
                axis.plot(*np.array(path[-1]), 'o', color=BLUE, ms=5)
            axis.set(title=method, xlim=(-11, 11), ylim=(-11, 11), aspect='equal')
            axis.grid(False)


def main(args):
    import torch
    from rich.progress import track
    torch.set_num_threads(1)
    paths = {method: [] for method in METHODS}
    for method, start in track([(method, start) for method in METHODS for start in STARTS], 'descending'):
        paths[method].append(descend(method, start, args.steps, args.lr))
    for method, each in paths.items():
        ends = [path[-1] for path in each]
        print(f'{method:21}', '  '.join(f'({end[0]:6.2f}, {end[1]:6.2f}) {distance(end):5.2f}' for end in ends),
              f' {sum(distance(end) < 0.5 for end in ends)} of {len(ends)} on the line')
    draw(paths, args.out)


if __name__ == '__main__':
    run_tool(main, parse_args())
