"""Index a data set that is too large to be parsed whenever it is opened, some 50,000 photographs and more.

    lopm index data/large/train.json

Writes train.arrow beside train.json. Name it in its place, in a config (ann_file='train.arrow') or to a tool: it opens
in a moment, all worker processes share it, and memory does not grow with the number of photographs. All that is
checked when a json is opened is checked here, once. After a change of the json, run it again: an index that does not
fit is refused. An index that fits is left as it is.
"""
import argparse
from pathlib import Path

from lopm.arguments import existing_file


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('dataset', type=existing_file, metavar='DATASET.json', help='json of one part')
    parser.add_argument('--out', type=Path, metavar='FILE.arrow', help='default: beside the json, by its name')
    return parser.parse_args(args)


def main(args):
    from rich.progress import track

    from lopm.datasets.coco import group_content
    from lopm.datasets.format import read_dataset, tasks_of
    from lopm.datasets.groups import spread_words
    from lopm.datasets.index import SUFFIX, PhotographIndex, describe_source, is_index, write_index
    from lopm.tasks import Tasks
    out = args.out or args.dataset.with_suffix(SUFFIX)
    if not is_index(out):
        raise ValueError(f'--out {out}: an index is known by its name; end it with {SUFFIX}')
    source = describe_source(args.dataset)
    if fits(out, source):
        print(f'{out}: fits {args.dataset} already')
        return
    print(f'{args.dataset}: reading, checking and drawing outlines')
    content = read_dataset(args.dataset, compact=True)
    info = content.get('info')
    spread_words(content['images'], tasks_of(content, args.dataset) or Tasks(), args.dataset)
    photographs = group_content(content, args.dataset)
    write_index(out, track(photographs, 'writing'), info, source)
    print(f'{out}: {len(PhotographIndex(out))} photographs, {out.stat().st_size / 1e6:.1f} MB')


def fits(path, source):
    """Whether the index is there, and of this json."""
    from lopm.datasets.index import PhotographIndex
    try:
        return PhotographIndex(path).header()['source'] == source
    except (FileNotFoundError, ValueError):
        return False
