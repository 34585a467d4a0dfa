"""The command line that all converters share; a format adds its name and its docstring."""
import argparse
import importlib
import json
import os
import tempfile
from pathlib import Path

from lopm.arguments import existing_file
from lopm.shipped import CONFIGS

TASKS, LABELS = CONFIGS / 'oral_extended.py', CONFIGS / 'labels/oral.yaml'
NO_MAP = 'none'

OPTIONS = {  # of single formats: what their ``read`` is told besides
    'folders': {'--task': dict(default='diagnosis', help='what the class folders name; default: diagnosis')},
    'masks': {'--masks': dict(type=Path, metavar='DIR', help='folder of the masks; default: the one of SOURCE'),
              '--threshold': dict(type=int, metavar='GREY', help='what is so light or lighter (0 to 255) is inside a '
                                  'mask; JPEG masks need one, such as 128; default: a mask has two values')}}

PLACING = 'folders', 'yolo'  # are written with the photographs in their folders; the others with a link to them


def parse_args(doc, name, args=None):
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
    for flag, about in OPTIONS.get(name, {}).items():
        parser.add_argument(flag, **about)
    parser.add_argument('--write', action='store_true',
                        help='the other way round: SOURCE is a json of lopm, or the folder of its parts, OUT_DIR gets '
                             'files of this format')
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


def run(args, name):
    """What the converter of a format was asked for."""
    work = write_format if args.write else draft_labels if args.draft_labels else read_format
    work(args, name)


def read_format(args, name):
    """An export becomes a json of lopm; nothing is written before all of it is read and checked."""
    from lopm.curation.archives import unpacked
    from lopm.curation.convert import convert, write
    from lopm.curation.folder import Folder
    labels = _labels(args)
    with unpacked(args.source, args.out) as source:
        export = _read(args, name, source)
        folder = Folder(args.photographs or (source if source.is_dir() else source.parent))
        *contents, report = convert(export, folder, labels, args.skip_missing, args.pixels, args.empty_is_free)
        audit = write(args.out, folder, contents, report, labels, name, folder.path == source != args.source,
                      args.keep_parts)
    print(json.dumps(audit['counts']))
    print(report.text())


def draft_labels(args, name):
    """The words of an export become a label map, to be corrected and given back."""
    from lopm.curation.archives import unpacked
    from lopm.curation.draft import write_draft
    with unpacked(args.source, args.draft_labels) as source:
        export = _read(args, name, source)
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


def _read(args, name, source):
    """The export in a source, read with the options that its format alone has."""
    from lopm.curation.convert import read_export
    return read_export(importlib.import_module(f'lopm.curation.formats.{name}'), source, **_own_options(args, name))


def _own_options(args, name):
    return {key: getattr(args, key) for key in (flag.strip('-') for flag in OPTIONS.get(name, {}))}


def write_format(args, name):
    """A json of lopm becomes files of the format, with the photographs or a link ``photographs`` to their folder."""
    from lopm.curation.convert import read_own
    photographs = read_own(args.source)
    if args.out.exists() and (not args.out.is_dir() or any(args.out.iterdir())):
        raise ValueError(f'{args.out} is there already and not empty; name another OUT_DIR')
    args.out.parent.mkdir(parents=True, exist_ok=True)
    form = importlib.import_module(f'lopm.curation.formats.{name}')
    origin = args.source if args.source.is_dir() else args.source.parent
    with tempfile.TemporaryDirectory(dir=args.out.parent) as folder:
        whole = Path(folder) / args.out.name
        whole.mkdir()
        said = f'{len(photographs)} photographs'
        if name in PLACING:
            said = _place(form, photographs, whole, origin, _own_options(args, name))
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
