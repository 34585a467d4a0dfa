"""Divide a data set into parts that no patient and no copy of a photograph straddles.

    lopm split all.json data/parts
    lopm split all.json data/parts --shares train=0.7 val=0.1 calib=0.05 test=0.15
    lopm split all.json data/folds --folds 5
    lopm split all.json data/external --by center

Photographs of one patient stay together, and so do near duplicates and photographs of one mouth. Parts get equal shares
of all labels at once. Without more, OUT_DIR gets train.json, val.json and test.json; with --folds K a folder fold0,
fold1, ... for each fold; with --by center (or device) a folder for each, whose test part is that center alone, and of
whose patients nothing is trained on. Every folder is a data_root of a config, with an audit.json of what was checked:
tools/test.py asks for it.

A part that would stay empty is refused, with the number of patients that would do; words that fewer patients have than
there are parts are named.

Photographs are not copied: file names lead to where they are. When photographs were added to all.json, run the same
command again: what stands in a part of OUT_DIR stays there, only new patients are placed.
"""
import argparse
from pathlib import Path

from lopm.arguments import existing_file

SHARES = {'train': 0.7, 'val': 0.1, 'test': 0.2}


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('dataset', type=existing_file, metavar='DATASET.json', help='the whole data set')
    parser.add_argument('out', type=Path, metavar='OUT_DIR', help='folder for the parts')
    way = parser.add_mutually_exclusive_group()
    way.add_argument('--folds', type=int, metavar='K', help='K folds for cross-validation, 3 or more')
    way.add_argument('--by', choices=['center', 'device'], help='test on one of them, train on the others')
    parser.add_argument('--shares', type=share, nargs='+', metavar='PART=SHARE', default=list(SHARES.items()),
                        help='default: train=0.7 val=0.1 test=0.2; with --by the share of test does not count')
    parser.add_argument('--labels', nargs='+', default=[], metavar='TASK',
                        help='what is stratified; default: all labels')
    parser.add_argument('--seed', type=int, default=0, help='of the order among equals; default: 0')
    parser.add_argument('--workers', type=int, default=2, help='processes; default: 2')
    return parser.parse_args(args)


def share(text):
    """An argparse type: ``train=0.7`` as a pair."""
    part, _, number = text.partition('=')
    if not part.isidentifier() or not 0 < float(number or 0) < 1:
        raise argparse.ArgumentTypeError(f'{text!r} is no part and share, such as test=0.2')
    return part, float(number)


def main(args):
    import json

    from lopm.curation import split
    groups, content = split.read_groups(args.dataset, labels=args.labels, workers=args.workers)
    shares = dict(args.shares)
    if args.folds:
        layout = split.folds(groups, args.out, args.folds, args.seed)
    elif args.by:
        layout = split.against_others(groups, args.out, args.by, {'test': 0, **shares}, args.seed)
    else:
        layout = split.named_parts(groups, args.out, shares, args.seed)
    audits = split.write_division(groups, content, args.dataset, args.out, layout, {
        'seed': args.seed, **({'folds': args.folds} if args.folds else {'by': args.by, 'shares': shares})})
    for folder, audit in audits.items():
        print(f'{folder}: {json.dumps(audit["counts"])}')
    if audit['patients_apart'] is not True:
        print(f'patients apart: {audit["patients_apart"]}')
    print(f'{len(groups.photographs)} photographs in {len(groups.sizes)} groups that stay whole; joined '
          + ', '.join(f'by {tie}: {count}' for tie, count in groups.joined.items()))
    for remark in split.thin_labels(groups, layout):
        print(remark)
