"""Write a checkpoint's weights alone, to give to others: without the optimizer's state, the log and the config.

    python tools/export_weights.py work_dirs/multitask/best.pth multitask.safetensors

The ending of OUT decides the format: .safetensors, or .pth for torch.load(..., weights_only=True).
"""
import argparse

from lopm.arguments import existing_file, run_tool


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('checkpoint', type=existing_file, metavar='CHECKPOINT')
    parser.add_argument('out', metavar='OUT')
    return parser.parse_args()


def main(args):
    from lopm.weights import export_weights
    export_weights(args.checkpoint, args.out)


if __name__ == '__main__':
    run_tool(main, parse_args())
