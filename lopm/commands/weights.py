"""Write a checkpoint's weights alone, to give to others: without the optimizer's state, the log and the config.

    lopm weights work_dirs/multitask/best.pth multitask.safetensors

The ending of OUT decides the format: .safetensors, or .pth for torch.load(..., weights_only=True).
"""
import argparse

from lopm.arguments import existing_file


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('checkpoint', type=existing_file, metavar='CHECKPOINT')
    parser.add_argument('out', metavar='OUT')
    return parser.parse_args(args)


def main(args):
    from lopm.weights import export_weights
    export_weights(args.checkpoint, args.out)
