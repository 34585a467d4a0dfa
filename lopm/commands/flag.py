"""Which photographs should a model not be asked about? Blurred, dark, overexposed, without a lesion, not of a mouth.

    lopm flag fit configs/multitask.py best.pth flags.safetensors
    lopm flag check configs/multitask.py best.pth flags.safetensors FOLDER --out flags.csv

"fit" learns from the training photographs of the config what its photographs look like to the model, and from the
validation photographs how far they vary. "check" gives each photograph of a folder a p for each flag: the share of
validation photographs that are as odd. A p below --rate flags it, so that of photographs like those the model was
made for at most that share gets each flag.
"""
import argparse
from pathlib import Path

from lopm.arguments import add_data_argument, add_options_argument, existing_file


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True, metavar='fit|check')
    for name in ('fit', 'check'):
        command = commands.add_parser(name)
        command.add_argument('config', type=existing_file, metavar='CONFIG')
        command.add_argument('checkpoint', type=existing_file, metavar='CHECKPOINT', help='usually best.pth')
        command.add_argument('flags', type=Path, metavar='FLAGS', help='file of "fit", such as flags.safetensors')
        if name == 'check':
            command.add_argument('photographs', type=Path, metavar='FOLDER')
            command.add_argument('--out', type=Path, metavar='FILE', help='a csv with a line per photograph')
            command.add_argument('--rate', type=float, default=0.02, help='default: 0.02')
        add_data_argument(command)
        add_options_argument(command)
    return parser.parse_args(args)


def main(args):
    from lopm.engine.launch import load_config
    from lopm.engine.testing import load_trained
    cfg = load_config(args.config, options=args.cfg_options, folder=args.data, checkpoint=args.checkpoint)
    cfg.predict_with = None  # one network's maps
    model = load_trained(cfg, args.checkpoint)
    (fit if args.command == 'fit' else check)(args, cfg, model)


def fit(args, cfg, model):
    from rich.progress import track

    from lopm.datasets.index import read_images
    from lopm.engine.parts import annotations
    from lopm.engine.photographs import loader_of
    from lopm.evaluation.flags import fit_flags, look_at_all, save_flags
    from lopm.files import sha256
    seen = []
    for part in ('train', 'val'):
        file = Path(annotations(cfg[f'{part}_dataloader'].dataset))
        seen.append(look_at_all(model, track(loader_of(cfg, file.parent, read_images(file)), part)))
    save_flags(args.flags, fit_flags(*seen, sha256(args.checkpoint)))
    print(f'{args.flags}: {len(seen[0]["lesion"])} training and {len(seen[1]["lesion"])} validation photographs')


def check(args, cfg, model):
    from rich.progress import track

    from lopm.engine.photographs import entries_of, loader_of
    from lopm.evaluation.flags import load_flags, look_at_all
    from lopm.files import sha256
    flags, entries = load_flags(args.flags, sha256(args.checkpoint)), entries_of(args.photographs)
    if not entries:
        raise ValueError(f'{args.photographs}: no photograph in it')
    flags.refuse_rate(args.rate)
    found = flags.judge(look_at_all(model, track(loader_of(cfg, args.photographs, entries), 'looking')))
    for flag, p in found.items():
        print(f'{flag:32} {(p < args.rate).sum():6} of {len(p)} photographs')
    any_flag = (sum((p < args.rate).astype(int) for p in found.values()) > 0).sum()
    print(f'{"any flag":32} {any_flag:6} of {len(entries)} photographs')
    if args.out:
        write(args.out, [entry['file_name'] for entry in entries], found, args.rate)


def write(path, names, found, rate):
    from lopm.files import write_table
    rows = ([name, '; '.join(flag for flag, p in found.items() if p[i] < rate), *(float(p[i]) for p in found.values())]
            for i, name in enumerate(names))
    write_table(path, ['photograph', 'flags', *(f'p {flag}' for flag in found)], rows)
