"""Which photographs should a model not be asked about? Blurred, dark, overexposed, without a lesion, not of a mouth.

    lopm flag fit configs/multitask.py best.pth flags.safetensors
    lopm flag check configs/multitask.py best.pth flags.safetensors FOLDER --out flags.csv

"fit" learns from the training photographs of the config what its photographs look like to the model, and from the
validation photographs how far they vary. "check" gives each photograph of a folder a p for each flag: the share of
validation photographs that are as odd. A p below --rate flags it, so that of photographs like those the model was
made for at most that share gets each flag.
"""
import argparse
import sys
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
    (fit if args.command == 'fit' else check)(args)


def fit(args):
    from lopm.datasets.index import read_images
    from lopm.engine.config import load_config
    from lopm.engine.parts import annotations
    from lopm.evaluation.flags import fit_flags, save_flags
    from lopm.predictor import Predictor
    cfg = load_config(args.config, options=args.cfg_options, folder=args.data, checkpoint=args.checkpoint)
    predictor = Predictor(args.config, args.checkpoint, args.cfg_options, flags=False)
    seen = []
    for part in ('train', 'val'):
        file = Path(annotations(cfg[f'{part}_dataloader'].dataset))
        paths = [file.parent / image['file_name'] for image in read_images(file)]
        seen.append(look(predictor, paths, None, part)[1])
    save_flags(args.flags, fit_flags(*seen, predictor.about['weights_sha256'][0]))
    print(f'{args.flags}: {len(seen[0]["lesion"])} training and {len(seen[1]["lesion"])} validation photographs')


def check(args):
    from lopm.curation.files import photographs_in
    from lopm.predictor import Predictor
    paths = photographs_in(args.photographs)
    predictor = Predictor(args.config, args.checkpoint, args.cfg_options, args.flags, args.rate)
    names, seen = look(predictor, paths, args.photographs, 'looking')
    found = predictor.flags.judge(seen)
    for flag, p in found.items():
        print(f'{flag:32} {(p < args.rate).sum():6} of {len(p)} photographs')
    any_flag = (sum((p < args.rate).astype(int) for p in found.values()) > 0).sum()
    print(f'{"any flag":32} {any_flag:6} of {len(names)} photographs')
    if args.out:
        write(args.out, names, found, args.rate)


def look(predictor, paths, folder, title):
    """Names of the photographs that can be read, and what is seen of them, ``{number: [N]}``; says which cannot.

    Raises:
        ValueError: None can.
    """
    from rich.progress import track

    from lopm.evaluation.flags import stack
    found = {True: [], False: []}
    for name, numbers, bad in track(predictor.seen(paths, folder), title, len(paths)):
        found[not bad].append((name, numbers))
        if bad:
            print(bad, file=sys.stderr)
    if not found[True]:
        raise ValueError(f'{title}: none of {len(paths)} photographs can be read')
    names, seen = zip(*found[True])
    return names, stack(seen)


def write(path, names, found, rate):
    from lopm.files import write_table
    rows = ([name, '; '.join(flag for flag, p in found.items() if p[i] < rate), *(float(p[i]) for p in found.values())]
            for i, name in enumerate(names))
    write_table(path, ['photograph', 'flags', *(f'p {flag}' for flag in found)], rows)
