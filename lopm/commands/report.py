"""Write a report of each photograph: outlines, features in words, a proposed diagnosis with its doubt and its reasons.

    lopm report packs/multitask PHOTOGRAPHS --out reports
    lopm report packs/multitask IMG_0412.jpg --out reports --language fr --paper letter
    lopm report packs/multitask PHOTOGRAPHS --out reports --records patients.csv --session
    lopm report packs/multitask 2026-09-20.jpg --out reports --before 2026-03-14.jpg   # and what has changed since

PACK is what lopm pack makes of a run: it alone knows how far its words may be believed. Writes DIR/NAME.html and
DIR/NAME.pdf of each photograph, or, with --session, session.html and session.pdf of all together; with --fhir also
what a hospital's system reads. Where a card (lopm card) or a ruler lies in the picture, or --px-per-mm says it, there
are millimetres beside pixels. Nothing in them is fetched from outside. Started again, it goes on where it was. A
photograph that cannot be read is said and left out, and the exit status is 1.
"""
import argparse
import sys
from pathlib import Path

from lopm.arguments import existing_file
from lopm.commands.predict import existing_path

SESSION = 'session'


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('pack', type=existing_path, metavar='PACK', help='folder of lopm pack')
    parser.add_argument('photographs', type=existing_path, metavar='PHOTOS', help='a folder, or one photograph')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR', help='folder for the reports')
    parser.add_argument('--language', default='en', metavar='CODE', help='en or fr; default: en')
    parser.add_argument('--paper', choices=('A4', 'letter'), default='A4', help='of the PDF; default: A4')
    parser.add_argument('--records', type=existing_file, metavar='CSV',
                        help='a line per photograph: its name, age, sex ... of the patient')
    parser.add_argument('--before', type=existing_file, metavar='PHOTO',
                        help='an earlier photograph of the same place: what has changed since, beyond the noise floor '
                             'that the pack keeps (lopm pack --noise) or that of drawn repeats; of one photograph')
    parser.add_argument('--px-per-mm', type=above_zero, metavar='NUMBER',
                        help='pixels per millimetre of all PHOTOS; default: read off a card or a ruler in the picture')
    parser.add_argument('--session', action='store_true', help='all photographs in one report')
    parser.add_argument('--fhir', action='store_true', help='beside each NAME.fhir.json, a Bundle of HL7 FHIR R4')
    parser.add_argument('--no-pdf', action='store_true', help='html alone')
    return parser.parse_args(args)


def above_zero(text):
    """An argparse type: a number above 0."""
    number = float(text)
    if not 0 < number < float('inf'):
        raise argparse.ArgumentTypeError(f'{text}: give a number above 0')
    return number


def main(args):
    from lopm.commands.predict import read_facts
    from lopm.curation.files import photographs_in
    from lopm.files import sole_run
    from lopm.pack.format import is_pack
    from lopm.predictor import Predictor
    from lopm.report.language import Language
    from lopm.study.settings import keep_settings
    language = Language(args.language)
    if not args.pack.is_dir() or not is_pack(args.pack):
        raise ValueError(f'{args.pack}: no pack, and only a pack knows how far its words may be believed; make one '
                         f'with lopm pack {args.pack} OUT')
    one = args.photographs.is_file()
    if args.before and not one:
        raise ValueError(f'{args.photographs}: a folder, and --before is of one photograph; lopm follow takes folders '
                         'of visits')
    folder = args.photographs.parent if one else args.photographs
    paths = [args.photographs] if one else photographs_in(folder)
    predictor = Predictor(args.pack, looked=True)
    if args.before and not predictor.draws_outlines:
        raise ValueError(f'{args.pack}: draws no outlines, and without there is nothing to compare; take one that does')
    facts = read_facts(args.records, folder, predictor.record_fields) if args.records else {}
    records = {name: each.get('record', {}) for name, each in facts.items()}
    with sole_run(args.out):
        keep_settings(args.out, {**predictor.about, 'language': args.language, 'paper': args.paper,
                                 **({'px_per_mm': args.px_per_mm} if args.px_per_mm else {})})
        write = write_session if args.session else write_each
        bad, count = write(args, predictor, language, folder, paths, records)
    print(f'{args.out}: {count}' + (f', {bad} photographs left out' if bad else ''))
    return int(bool(bad))


def write_each(args, predictor, language, folder, paths, records):
    """A report of each photograph that has none, or an older one; ``(bad ones, what was done)``."""
    from lopm.report.write import render, write_report
    targets = {path: args.out / path.relative_to(folder) for path in paths}
    endings = ['.html', *['.pdf'] * (not args.no_pdf), *['.fhir.json'] * args.fhir]
    # a page that is there may be without the change, or of another earlier photograph
    waiting = [path for path in paths if args.before or not is_done(targets[path], path, endings)]
    bad = 0
    for path, facts in told(args, predictor, language, folder, waiting, records):
        if facts is None:
            bad += 1
            continue
        targets[path].parent.mkdir(parents=True, exist_ok=True)
        write_report(targets[path], render([facts], language, args.paper), not args.no_pdf)
    return bad, f'{len(waiting) - bad} reports written, {len(paths) - len(waiting)} were there'


def write_session(args, predictor, language, folder, paths, records):
    """One report of all photographs; memory grows with their number, some 0.3 MB each."""
    from lopm.report.write import render, write_report
    found = [facts for _, facts in told(args, predictor, language, folder, paths, records)]
    good = [facts for facts in found if facts is not None]
    if not good:
        raise ValueError(f'{args.photographs}: none of {len(paths)} photographs can be read')
    write_report(args.out / SESSION, render(good, language, args.paper), not args.no_pdf)
    return len(found) - len(good), f'{SESSION}.html of {len(good)} photographs'


def told(args, predictor, language, folder, paths, records):
    """Yield each path with the facts of its page; None of a photograph that cannot be read, which is said."""
    from lopm.commands.predict import tracked
    from lopm.datasets.photographs import BadPhotograph, read_photograph
    from lopm.followup import Scale
    from lopm.report.facts import facts_of
    names = {path.relative_to(folder).as_posix() for path in paths}
    records = {name: each for name, each in records.items() if name in names}
    cases = predictor.stream(paths, records, folder)
    for path, case in zip(paths, tracked(cases, 'reporting', len(paths))):
        try:
            if case.bad:
                raise BadPhotograph(case.bad)
            scale = Scale(args.px_per_mm, 0.) if args.px_per_mm else scale_in(path)
            since = since_before(args.before, path, case, scale, predictor, language) if args.before else None
            facts = facts_of(case, read_photograph(path), predictor, language, scale, since)
            if args.fhir:
                write_fhir(args.out / f'{case.name}.fhir.json', case)
            yield path, facts
        except BadPhotograph as error:
            print(error, file=sys.stderr)
            yield path, None


def since_before(before, path, case, scale, predictor, language):
    """The facts of what has changed since an earlier photograph, whose scale is read off it."""
    from lopm.report.since import since
    return since(before.name, (predictor(before), case), (before, path), (scale_in(before), scale),
                 predictor.pack.noise, language)


def scale_in(path):
    """The ``Scale`` that a card or a ruler in a photograph gives, or None; of a card that gives none it is said why."""
    from lopm.followup import read_scale
    from lopm.followup.card import NO_CARD
    scale, card = read_scale(path)
    if not card.scale and card.reason != NO_CARD:
        print(f'{path.name}: {card.reason}', file=sys.stderr)
    return scale


def write_fhir(path, case):
    """The case as FHIR; a site of its record is coded as configs/labels/sites.yaml has it."""
    from lopm.cases.fhir import bundle_of
    from lopm.curation.yaml_files import read_yaml
    from lopm.files import write_json
    from lopm.shipped import CONFIGS
    site = case.record.get('site')
    codes = read_yaml(CONFIGS / 'labels/sites.yaml')['codes']['site']
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, bundle_of(case, (site, codes[site]) if site in codes else None), indent=1)


def is_done(target, photograph, endings):
    """Whether all files of a report are there and newer than its photograph."""
    files = [target.with_name(target.name + ending) for ending in endings]
    return all(file.is_file() and file.stat().st_mtime >= photograph.stat().st_mtime for file in files)
