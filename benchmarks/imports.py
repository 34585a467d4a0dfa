"""The house as a picture: a box for each part of lopm, on its floor, and an arrow for each part that it imports.

    python benchmarks/imports.py --out docs/pictures/imports.svg

Floors are those of tests/test_layers.py, which refuses an arrow that points upward. The thicker an arrow, the more
imports; a part's size is its lines of code.
"""
import argparse
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=Path, required=True, metavar='PNG', help='the picture')
    return parser.parse_args()


def lines_of(part):
    """Lines of code of a part."""
    path = ROOT / 'lopm' / part
    files = path.rglob('*.py') if path.is_dir() else [path.with_suffix('.py')]
    return sum(len(file.read_text(encoding='utf-8').splitlines()) for file in files)


def count_imports():
    """``{(importing part, imported part): how often}``."""
    from tests.test_layers import ORDER, imports
    pairs = ((part, name.split('.')[1]) for _, _, part, name in imports())
    return Counter(pair for pair in pairs if pair[0] != pair[1] and set(pair) <= set(ORDER))


def draw(found, out):
    from lopm.pictures.style import BLUE, GREY, INK, PALE, VERMILION, picture
    from tests.test_layers import FLOORS, ORDER
    width = max(map(len, FLOORS.values()))
    place = {part: ((width - len(parts)) / 2 + i + 0.5, floor) for floor, parts in enumerate(FLOORS.values())
             for i, part in enumerate(parts)}
    upward = [(one, other) for one, other in found if ORDER.index(other) > ORDER.index(one)]
    title = f'{len(found)} arrows, {len(upward)} of them upward'
    with picture(out, f'What imports what in lopm: {title}', (14, 9)) as figure:
        axis = figure.subplots()
        for (one, other), count in found.items():
            bend = 0.15 if place[one][1] != place[other][1] else -0.25
            axis.annotate('', place[other], place[one], arrowprops=dict(
                arrowstyle='-|>', color=VERMILION if (one, other) in upward else BLUE, alpha=0.35, shrinkA=16,
                shrinkB=16, linewidth=0.5 + count ** 0.5 / 2, connectionstyle=f'arc3,rad={bend}'))
        for part, (x, y) in place.items():
            axis.text(x, y, f'{part}\n{lines_of(part):,}', ha='center', va='center', fontsize=9, color=INK,
                      bbox=dict(boxstyle='round,pad=0.35', facecolor='white', edgecolor=GREY))
        for floor, says in enumerate(FLOORS):
            axis.axhline(floor + 0.5, color=PALE, linewidth=0.8)
            axis.text(width + 0.1, floor, says, va='center', fontsize=8.5, color=GREY, style='italic')
        axis.set(xlim=(0, width + 2.6), ylim=(-0.9, len(FLOORS) - 0.5))
        axis.axis('off')


if __name__ == '__main__':
    sys.path.insert(0, str(ROOT))
    draw(count_imports(), parse_args().out)
