"""Say of photographs where lesions are, their features in words, and a proposed diagnosis.

    lopm predict work_dirs/multitask PHOTOGRAPHS --out predicted
    lopm predict packs/multitask PHOTOGRAPHS --out calibrated
    lopm predict best.pth PHOTOGRAPHS --out predicted --records patients.csv --flags flags.safetensors
    lopm predict configs/oral.py PHOTOGRAPHS --checkpoint best.pth --out predicted --cfg-options size=224

The probabilities of a run are the network's own; a pack (lopm pack) calibrates them, as in lopm report, and may say
other words. Writes to DIR, for each photograph cases/NAME.json (all of it: outlines, every word's probability, what
each feature adds to the diagnosis, measured values) and pictures/NAME.jpg; of all lesions.csv, photographs.csv and
predictions.json, a data set that lopm check and training read. A photograph that cannot be read is said and left out,
and the exit status is 1. Started again, it predicts what is new, was replaced, or has another record.
"""
import argparse
import sys
from pathlib import Path

from lopm.arguments import add_options_argument, existing_file
from lopm.shipped import CONFIGS

LABELS = CONFIGS / 'labels/oral.yaml'
PARTS = 'train.json', 'val.json', 'test.json', 'all.json'


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('model', type=existing_path, metavar='MODEL',
                        help="a pack, a run's folder, a checkpoint of one, or a config; options change a config alone")
    parser.add_argument('photographs', type=existing_path, metavar='PHOTOS', help='a folder, or one photograph')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR', help='folder for what is predicted')
    parser.add_argument('--checkpoint', type=existing_file, metavar='FILE', help='the weights, where MODEL is a config')
    parser.add_argument('--records', type=existing_file, metavar='CSV',
                        help='a line per photograph: its name, age, sex ... of the patient, patient_id')
    parser.add_argument('--flags', type=existing_file, metavar='FILE',
                        help="of lopm flag fit; default: flags.safetensors in the run's folder")
    parser.add_argument('--batch-size', type=positive, default=8, metavar='N', help='default: 8')
    parser.add_argument('--no-pictures', action='store_true', help='draw none; they take longer than the rest')
    add_options_argument(parser)
    return parser.parse_args(args)


def existing_path(text):
    """An argparse type: a folder or a file that is there."""
    return Path(text) if Path(text).is_dir() else existing_file(text)


def positive(text):
    """An argparse type: a number from 1 on."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f'{text}: give 1 or more')
    return number


def main(args):
    from lopm.curation.files import not_taken_in, photographs_in, place_photographs, refuse_occupied
    from lopm.files import sole_run
    from lopm.predictor import Predictor
    from lopm.study.settings import keep_settings
    one = args.photographs.is_file()
    folder = args.photographs.parent if one else args.photographs
    if args.out.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f'{args.out}: lies within {folder}, and its pictures would be photographs the next time; name '
                         'another folder')
    paths = [args.photographs] if one else photographs_in(folder)
    refuse_occupied(folder, args.out)
    predictor = Predictor(args.model, args.checkpoint, args.cfg_options, args.flags, batch_size=args.batch_size)
    facts = read_facts(args.records, folder, predictor.record_fields) if args.records else {}
    if closed := not_taken_in(folder) if not one else '':
        print(f'{folder}{closed}', file=sys.stderr)
    with sole_run(args.out):
        keep_settings(args.out, {**predictor.about, 'photographs': str(args.photographs.resolve())})
        place_photographs(folder, args.out, move=False)
        return predict(args, predictor, folder, paths, facts)


def read_facts(path, folder, fields):
    """``{photograph: {'record', 'patient_id', ...}}`` of a table; says what of it is left out."""
    from lopm.curation.folder import Folder
    from lopm.curation.labels import Labels
    from lopm.curation.records import read_records
    from lopm.tasks import build_tasks
    facts, left_out = read_records(path, Folder(folder, 'PHOTOS'), Labels(build_tasks([]), LABELS), fields)
    for each in left_out:
        print(f'{path}: left out: {each}', file=sys.stderr)
    return facts


def predict(args, predictor, folder, paths, facts):
    """Predict what is new, and write what all of it comes to; the exit status."""
    from lopm.cases.folder import CaseFolder
    print(on_probabilities(predictor))
    cases = CaseFolder(args.out / 'cases')
    paths = {path.relative_to(folder).as_posix(): path for path in paths}
    records = {name: facts.get(name, {}).get('record', {}) for name in paths}
    waiting = [name for name, path in paths.items() if not cases.is_done(name, path, records[name])]
    found = predictor.stream([paths[name] for name in waiting], {name: records[name] for name in waiting}, folder)
    bad, flagged = keep(cases, tracked(found, 'predicting', len(waiting)))
    note = note_on(folder)
    write(args.out, predictor, lambda: (bad.get(name) or cases.read(name) for name in paths), facts, note)
    if not args.no_pictures:
        draw(args.out, predictor, cases, {name: path for name, path in paths.items() if name not in bad}, note)
    said = [f'{len(waiting) - len(bad)} photographs predicted', f'{flagged} of them flagged' * (flagged > 0),
            f'{len(paths) - len(waiting)} were there', f'{len(bad)} left out']
    print(f'{args.out}: {", ".join(filter(None, said))}')
    return int(bool(bad))


def on_probabilities(predictor):
    """A sentence on whether the probabilities are calibrated: a run and its pack may say different words."""
    if not predictor.pack:
        return ("Probabilities are the network's own, not calibrated; the pack that lopm pack makes of the run "
                'calibrates them, and may say other words')
    raw = [name for name in predictor.tasks.with_words if name not in predictor.doubt.tasks]
    but = f', but for {", ".join(raw)}: of these too few were labelled' if raw else ''
    return f'Probabilities are calibrated by the pack, on the validation part{but}'


def keep(cases, found):
    """Write the cases of photographs; gives those of bad ones by name, and how many were flagged."""
    bad, flagged = {}, 0
    for case in found:
        flagged += bool(case.flags)
        if case.bad:
            bad[case.name] = case
            print(case.bad, file=sys.stderr)
        else:
            cases.write(case)
    return bad, flagged


def write(out, predictor, cases, facts, note):
    """The tables and the data set of all ``cases()``."""
    from lopm.cases.dataset import dataset_of
    from lopm.cases.tables import write_lesions, write_photographs
    from lopm.datasets.format import write_dataset
    tasks = predictor.network.tasks
    write_lesions(out / 'lesions.csv', cases(), tasks)
    write_photographs(out / 'photographs.csv', cases(), tasks)
    write_dataset(out / 'predictions.json', dataset_of(
        cases(), tasks, predictor.about, predictor.draws_outlines, 'images', facts, 'synthetic' if note else ''))


def draw(out, predictor, cases, paths, note):
    """The pictures that are not there yet, or older than their case."""
    from lopm.datasets.photographs import BadPhotograph, read_photograph
    from lopm.pictures.case import draw_case
    pictures = {name: out / 'pictures' / f'{name}.jpg' for name in paths}
    old = [name for name, path in pictures.items()
           if not path.is_file() or path.stat().st_mtime < cases.path_of(name).stat().st_mtime]
    for name in tracked(old, 'drawing', len(old)):
        try:
            image = read_photograph(paths[name])
        except BadPhotograph as error:
            print(error, file=sys.stderr)
            continue
        draw_case(cases.read(name), image, predictor.network.tasks, pictures[name], note, predictor.draws_outlines)


def note_on(folder):
    """What has to stand under pictures of photographs of this folder, where a data set in it or above it says so."""
    from lopm.pictures.style import note_on
    found = [each / part for each in (folder, folder.resolve().parent) for part in PARTS if (each / part).is_file()]
    return note_on(found[0]) if found else ''


def tracked(items, title, total):
    from rich.console import Console
    from rich.progress import track
    return track(items, title, total, console=Console(stderr=True)) if total else ()
