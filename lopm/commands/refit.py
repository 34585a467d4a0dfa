"""Fit the meta head anew to a finished network, in seconds: the second run of sequential training, or another reader.

    python tools/train.py configs/multitask.py --cfg-options model.meta_head.mode=detached
    lopm refit configs/multitask.py work_dirs/multitask/best.pth sequential.pth
    python tools/test.py configs/multitask.py sequential.pth --out metrics.json

The network stays as it is. The head of the config is fitted to what the network says of the training photographs, on
true outlines and without augmentation; with model.meta_head.mode=independent to what raters said of them, with
=intervention to a mixture. Any reader and extra inputs will do:

    --cfg-options model.meta_head.reader.type=AdditiveReader model.meta_head.measured=35

Test the result with the same options. A network knows its training photographs better than others; where that matters,
configs/stacking.py reads predictions out of fold.
"""
import argparse
from pathlib import Path

from lopm.arguments import add_data_argument, add_options_argument, existing_file


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', type=existing_file, metavar='CONFIG', help='with the meta head that is wanted')
    parser.add_argument('checkpoint', type=existing_file, metavar='CHECKPOINT', help='of its network, usually best.pth')
    parser.add_argument('out', type=Path, metavar='OUT', help='.pth or .safetensors')
    parser.add_argument('--decay', type=float, default=0.05,
                        help='weight decay; a small network on a thousand lesions wants 1; default: 0.05')
    add_data_argument(parser)
    add_options_argument(parser)
    return parser.parse_args(args)


def main(args):
    from lopm.engine.launch import load_config
    from lopm.engine.testing import load_trained
    from lopm.study.refit import read_training, refit
    from lopm.weights import notes_of, read_checkpoint, write_weights
    cfg = load_config(args.config, options=args.cfg_options, folder=args.data, checkpoint=args.checkpoint)
    if cfg.model.type != 'MultiTaskModel' or not cfg.model.get('meta_head'):
        raise ValueError(f'{args.config}: its model is no MultiTaskModel with a meta head; a stack fits its own on '
                         'predictions out of fold')
    cfg.predict_with = None
    model = load_trained(cfg, args.checkpoint, but='meta_head')
    table = read_training(cfg, model)
    model.meta_head = refit(model.meta_head.cpu(), table, model.meta_head.mode, args.decay)
    write_weights(model.state_dict(), args.out, notes_of(read_checkpoint(args.checkpoint)))
    print(f'{args.out}: the network of {args.checkpoint}, and its meta head fitted to {len(table.lesions)} lesions '
          f'({model.meta_head.mode})')
