"""The command line that all converters share; a format adds its name, its docstring and flags of its own."""
import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from lopm.arguments import existing_file
from lopm.shipped import CONFIGS

TASKS, LABELS = CONFIGS / 'oral_extended.py', CONFIGS / 'labels/oral.yaml'
NO_MAP = 'none'
TO_DO = ('What the label map does not know is not in the data set. --draft-labels FILE writes a map of all words of '
         '{source}, with guesses: correct it (what is not wanted is to "ignore"), and give it back with --labels FILE')


def parse_args(doc, name, args=None, own=None):
    """The arguments of a converter.

    Args:
        doc: What its ``--help`` tells.
        name: Of the module in ``lopm.curation.formats``.
        own: Flags that it alone has, ``{'--flag': what argparse is told}``; ``read`` is given them by name.
    """
    own = own or {}
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('source', type=Path, metavar='SOURCE', help='export: a file, a folder of them, or a zip')
    parser.add_argument('out', type=Path, metavar='OUT_DIR', nargs='?',
                        help='gets all.json, audit.json, report.json, and a link `images` to the photographs')
    parser.add_argument('--photographs', type=Path, metavar='DIR', help='their folder; default: the one of SOURCE')
    parser.add_argument('--tasks', type=existing_file, default=TASKS, metavar='CONFIG',
                        help='config whose tasks the words become; default: configs/oral_extended.py')
    parser.add_argument('--labels', type=_map, default=LABELS, metavar='MAP',
                        help='label map; default: configs/labels/oral.yaml, English and French; none: class names '
                             'match themselves, and nothing else does')
    parser.add_argument('--draft-labels', type=Path, metavar='FILE',
                        help='convert nothing, but write a label map of all words of SOURCE, with guesses where lopm '
                             'does not know them; correct it, then give it back with --labels')
    parser.add_argument('--skip-missing', action='store_true', help='leave out photographs that are not there')
    parser.add_argument('--pixels', action='store_true',
                        help='coordinates are pixels, although all outlines lie in the upper left corner')
    parser.add_argument('--keep-parts', action='store_true',
                        help="write the source's own parts (train.json ...) instead of all.json")
    parser.add_argument('--empty-is-free', action='store_true',
                        help='photographs without any region were looked at and are free of lesions; default: only '
                             'where the source says so')
    for flag, about in own.items():
        parser.add_argument(flag, **about)
    parser.add_argument('--write', action='store_true',
                        help='the other way round: SOURCE is a json of lopm, or the folder of its parts, OUT_DIR gets '
                             'files of this format')
    parser.set_defaults(form=name, own=[flag.strip('-').replace('-', '_') for flag in own])
    args = parser.parse_args(args)
    if not args.out and (args.write or not args.draft_labels):
        parser.error('OUT_DIR is missing: where the data set is to be written')
    return args


def _map(text):
    """The path of a label map; one of lopm may be given by its mere name."""
    if text == NO_MAP:
        return None
    shipped = LABELS.parent / text
    return shipped if shipped.is_file() and not Path(text).exists() else existing_file(text)


def run(args):
    """What the converter of a format was asked for."""
    work = write_format if args.write else draft_labels if args.draft_labels else read_format
    return work(args)


def read_format(args):
    """An export becomes a json of lopm; nothing is written before all of it is read and checked. The exit status is 1
    where words were left out since nobody says what they mean."""
    from lopm.curation.archives import unpacked
    from lopm.curation.convert import convert, write
    from lopm.curation.folder import Folder
    labels = _labels(args)
    with unpacked(args.source, args.out) as source:
        export = _read(args, source)
        folder = Folder(args.photographs or (source if source.is_dir() else source.parent))
        *contents, report = convert(export, folder, labels, args.skip_missing, args.pixels, args.empty_is_free)
        audit = write(args.out, folder, contents, report, labels, args.form, folder.path == source != args.source,
                      args.keep_parts)
    print(json.dumps(audit['counts']))
    print(report.text())
    if report.words or report.unmapped:
        print(TO_DO.format(source=args.source), file=sys.stderr)
    return int(not report.is_complete)


def draft_labels(args):
    """The words of an export become a label map, to be corrected and given back."""
    from lopm.curation.archives import unpacked
    from lopm.curation.draft import write_draft
    with unpacked(args.source, args.draft_labels) as source:
        export = _read(args, source)
    print(write_draft(export, _labels(args), args.draft_labels, args.source))


def _labels(args):
    from mmengine.config import Config

    from lopm.curation.labels import Labels
    from lopm.tasks import build_tasks
    try:
        return Labels(build_tasks(Config.fromfile(args.tasks).tasks), args.labels)
    except ValueError as error:
        if args.labels != LABELS:
            raise
        raise ValueError(f'{error}; the default label map does not fit the tasks of {args.tasks}: name another with '
                         f'--labels, or none') from None


def _read(args, source):
    """The export in a source, read with the options that its format alone has."""
    from lopm.curation.convert import read_export
    from lopm.curation.formats import find_format
    return read_export(find_format(args.form), source, **_own_options(args))


def _own_options(args):
    return {name: getattr(args, name) for name in args.own}


def write_format(args):
    """A json of lopm becomes files of the format, with the photographs or a link ``photographs`` to their folder."""
    from lopm.curation.convert import read_own
    from lopm.curation.formats import Writer, find_format
    form = find_format(args.form)
    if not isinstance(form, Writer):
        raise ValueError(f'lopm reads {args.form} and does not write it; give another format for --write')
    photographs = read_own(args.source)
    if args.out.exists() and (not args.out.is_dir() or any(args.out.iterdir())):
        raise ValueError(f'{args.out} is there already and not empty; name another OUT_DIR')
    args.out.parent.mkdir(parents=True, exist_ok=True)
    origin = args.source if args.source.is_dir() else args.source.parent
    with tempfile.TemporaryDirectory(dir=args.out.parent) as folder:
        whole = Path(folder) / args.out.name
        whole.mkdir()
        said = f'{len(photographs)} photographs'
        if form.PLACED:
            said = _place(form, photographs, whole, origin, _own_options(args))
        else:
            form.write(photographs, whole)
            (whole / 'photographs').symlink_to(origin.resolve(), target_is_directory=True)
        os.replace(whole, args.out)
    print(f'{args.out}: {said}')


def _place(form, photographs, whole, origin, options):
    """Write a format that holds the photographs, and in ``report.json`` what it cannot hold; returns that in words."""
    from lopm.files import write_json
    report = form.write(photographs, whole, origin, **options)
    write_json(whole / 'report.json', report.content())
    return report.text()
