"""Train a model from a config file.

    python tools/train.py configs/multitask.py
    python tools/train.py configs/multitask.py --resume             go on where a killed run stopped
    tools/dist_train.sh configs/multitask.py 2                      two processes, on GPUs or CPUs

The work directory holds last.pth (to resume from), best.pth (to test and to use), the log, TensorBoard's files and,
when the run is over, a picture of its curves.
"""
import argparse

from lopm.arguments import add_run_arguments, existing_file


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_run_arguments(parser)
    parser.add_argument('--resume', nargs='?', const=True, type=existing_file, metavar='CKPT',
                        help='go on from this checkpoint, without a value from last.pth of the work directory')
    parser.add_argument('--amp', action='store_true', help='mixed precision: float16 on a GPU, bfloat16 on a CPU')
    return parser.parse_args(args)


def main(args):
    from lopm.engine import launch

    cfg = launch.load_config(args.config, args.work_dir, args.cfg_options, args.data)
    if args.amp:
        launch.use_amp(cfg)
    if args.resume:
        print(launch.resume_from(cfg, None if args.resume is True else args.resume))
    launch.train(cfg, args.launcher)
