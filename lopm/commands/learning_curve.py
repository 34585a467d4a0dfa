"""How much would more photographs help? The same training on more and more of them.

    lopm learning-curve configs/isic2017.py --sizes 100 300 1000 --seeds 0 1 2

Trains on that many photographs of the training part, whole patients in a random order, for as many steps each (more
epochs on fewer photographs, or the steps that the config counts), and tests on the test part. WORK_DIR gets
learning_curve.csv and .png: every task against the number of photographs, seeds averaged, 95 % intervals over the
patients of the test part. Start the same command again after a stop.
"""
import argparse
from pathlib import Path

from lopm.arguments import add_data_argument, add_options_argument, existing_file


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', type=existing_file, metavar='CONFIG', help='such as configs/isic2017.py')
    parser.add_argument('--work-dir', type=Path, metavar='DIR', help='default: work_dirs/<name of the config>_learning')
    parser.add_argument('--sizes', type=int, nargs='+', default=[100, 300, 1000], metavar='N',
                        help='photographs; default: 100 300 1000')
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2], metavar='S', help='default: 0 1 2')
    parser.add_argument('--workers', type=int, default=1, help='trainings at once; default: 1')
    add_data_argument(parser)
    add_options_argument(parser)
    return parser.parse_args(args)


def main(args):
    from lopm.engine.launch import load_config
    from lopm.engine.parts import annotations
    from lopm.pictures.curves import draw_learning
    from lopm.pictures.style import note_on
    from lopm.study.learning_curve import learning_curve, write_points
    from lopm.wording import score_in_words
    out = args.work_dir or Path('work_dirs') / f'{args.config.stem}_learning'
    points = learning_curve(args.config, args.cfg_options, out, args.sizes, args.seeds, args.workers,
                            args.data)
    write_points(out / 'learning_curve.csv', points)
    part = annotations(load_config(args.config, options=args.cfg_options, folder=args.data).test_dataloader.dataset)
    draw_learning(points, out / 'learning_curve.png', note_on(part))
    for each in points:
        print(f'{each.photographs:6} photographs, {each.patients:5} patients: {each.task:20} {each.score} '
              + score_in_words(each.score, each.value, each.low, each.high))
    print(f'{points[0].seeds} seeds averaged; tested on {points[0].tested} patients (photographs, where none is named)')
