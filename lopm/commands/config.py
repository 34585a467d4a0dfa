"""Print a config as it will run: with every value that files, options and data give it, and what building reads off.

    lopm config configs/multitask.py
    lopm config configs/oral.py --data data/parts --cfg-options size=256 > mine.py

With --data, tasks that nothing in the training part labels are left out, as in a training. What is printed is a config
file again.
"""
import argparse

from lopm.arguments import add_data_argument, add_options_argument, existing_file


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', type=existing_file, metavar='CONFIG', help='such as configs/multitask.py')
    add_data_argument(parser)
    add_options_argument(parser)
    return parser.parse_args(args)


def main(args):
    from mmengine.registry import init_default_scope

    from lopm.engine.launch import load_config
    from lopm.models.completed import complete_model
    cfg = load_config(args.config, options=args.cfg_options, folder=args.data)
    init_default_scope('lopm')
    if cfg.get('model') and cfg.model.type == 'MultiTaskModel':
        print(f'# {complete_model(cfg.model)}')
    print(cfg.pretty_text)
