"""Follow lesions over visits: photographs laid upon the first, and what has changed beyond the noise of photographs.

    lopm follow packs/multitask PATIENTS --out followed
    lopm follow packs/multitask PATIENTS --out followed --visits visits.csv --language fr
    lopm follow packs/multitask PATIENTS --out followed --write-noise clinic.json   # the clinic's own noise floor
    lopm follow packs/multitask PATIENTS --out followed --noise clinic.json

PATIENTS: a folder for each place that is followed (a lesion and what is around it), of photographs over visits; or the
photographs of one place. When each was taken stands in its name or its folder's (2026-03-14), or in a table with the
columns file and visit. How much is noise is said by --noise, else by two photographs of one day (repeats) with eight
lesions and more in them, else by what the pack keeps (lopm pack --noise), else by drawn ones, which are no clinic's. A
card (lopm card) or a ruler in the picture gives millimetres. Writes OUT/NAME.html, .pdf and .json of each place. The
model, a pack or a run, outlines the lesions; photographs that its flags call blurred, dark or unlike the training are
left out, and said.
"""
import argparse
import sys
from pathlib import Path

from lopm.arguments import existing_file, existing_folder
from lopm.commands.predict import existing_path


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('model', type=existing_path, metavar='MODEL', help='a pack, or the folder of a run')
    parser.add_argument('patients', type=existing_folder, metavar='PATIENTS',
                        help='a folder of folders, or of photographs')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR', help='folder for the pages')
    parser.add_argument('--visits', type=existing_file, metavar='CSV', help='a line per photograph: file, visit')
    floor = parser.add_mutually_exclusive_group()
    floor.add_argument('--noise', type=existing_file, metavar='FILE', help='noise floor that was written before')
    floor.add_argument('--write-noise', type=Path, metavar='FILE', help='write that of the repeats in PATIENTS')
    parser.add_argument('--keep-flagged', action='store_true',
                        help='compare photographs that are flagged (blurred, dark, unlike the training ...), too; '
                             'default: they are left out, which the page says')
    parser.add_argument('--language', default='en', metavar='CODE', help='en or fr; default: en')
    parser.add_argument('--no-pdf', action='store_true', help='html alone')
    return parser.parse_args(args)


def main(args):
    from lopm.curation.files import photographs_in
    from lopm.files import sole_run
    from lopm.followup.noise import load_noise
    from lopm.predictor import Predictor
    from lopm.report.language import Language
    language = Language(args.language)
    dates = read_dates(args.visits) if args.visits else {}
    places, paths = {}, photographs_in(args.patients)
    for path in paths:
        name = path.relative_to(args.patients)
        places.setdefault(name.parts[0] if len(name.parts) > 1 else args.patients.resolve().name, []).append(
            (date_of(name, dates), path))
    if unused := sorted(dates.keys() - {path.relative_to(args.patients).as_posix() for path in paths}):
        print(f'{args.visits}: {len(unused)} lines are of no photograph in {args.patients}, such as {unused[0]}',
              file=sys.stderr)
    predictor = Predictor(args.model)
    if not predictor.draws_outlines:
        raise ValueError(f'{args.model}: draws no outlines, and without there is nothing to follow; take one that does')
    with sole_run(args.out):
        seen, flagged = {}, {}
        for place, visits in places.items():
            seen[place], flagged[place] = apart(outlined(predictor, visits), args.keep_flagged)
        noise = load_noise(args.noise) if args.noise else noise_in(args, seen, predictor.pack and predictor.pack.noise)
        written = [write(args, place, visits, flagged[place], noise, language) for place, visits in seen.items()]
    left_out = sum(map(len, flagged.values()))
    print(f'{args.out}: {sum(written)} of {len(places)} places followed'
          + (f', {left_out} flagged photographs left out (--keep-flagged compares them)' if left_out else ''))
    return int(not all(written))


def noise_in(args, seen, packed):
    """The noise floor of the repeats in PATIENTS; where they are too few, the pack's (``packed``), else that of drawn
    ones, which is said."""
    from lopm.followup.course import repeats
    from lopm.followup.noise import LEAST, REPEATS, SHIPPED_BY_MODEL, load_noise, noise_of
    found = [each for visits in seen.values() for each in repeats(visits)]
    if len(found) < LEAST and not args.write_noise:
        noise = packed or load_noise(SHIPPED_BY_MODEL)
        whose = 'the noise floor of the pack' if packed else 'a shipped noise floor'
        print(f'{args.patients}: {len(found)} lesions were photographed twice on one day, and {LEAST} are the fewest '
              f'to say how much is noise. Taken instead: {whose} ({noise.source})')
        return noise
    noise = noise_of(found, REPEATS.format(folder=args.patients.resolve().name))
    if args.write_noise:
        noise.save(args.write_noise)
    return noise


def read_dates(path):
    """``{file: date}`` of a table."""
    from lopm.curation.dates import as_date
    from lopm.curation.tables import read_table
    return {row['file']: as_date(row['visit'], f'{path}: visit') for _, row in read_table(path, ['file', 'visit'])}


def date_of(name, dates):
    """When a photograph was taken, by the table, or by its name or that of its folder."""
    if dates:
        if name.as_posix() not in dates:
            raise ValueError(f'{name}: is in PATIENTS and not in the table of visits; add a line, or move it away')
        return dates[name.as_posix()]
    from lopm.curation.dates import date_in
    found = date_in(name.name, f'{name}: visit') or date_in(name.parent.name, f'{name}: visit')
    if not found:
        raise ValueError(f'{name}: neither its name nor that of its folder says when it was taken (2026-03-14); rename '
                         'it, or give --visits CSV with the columns file and visit')
    return found


def outlined(predictor, visits):
    """``[(date, path, Case)]`` of the photographs that can be read; the others are said."""
    found = []
    for (on, path), case in zip(visits, predictor.stream([path for _, path in visits])):
        if case.bad:
            print(case.bad, file=sys.stderr)
        else:
            found.append((on, path, case))
    return found


def apart(visits, keep_flagged):
    """``(visits, [(date, [flag])])``: what is compared, and of the other photographs why they are not. That no lesion
    is found is no such reason: it may have gone."""
    from lopm.screening.views import unusable
    flags = [[] if keep_flagged else unusable(case) for _, _, case in visits]
    return ([visit for visit, own in zip(visits, flags) if not own],
            [(on, own) for (on, _, _), own in zip(visits, flags) if own])


def write(args, place, visits, flagged, noise, language):
    """Write the page and the data of one place; whether anything on it could be compared."""
    from lopm.files import write_json
    from lopm.followup.course import course
    from lopm.report.course import course_page, said
    from lopm.report.write import write_report
    try:
        found = course(visits, noise, flagged=flagged)
    except ValueError as nothing:
        print(f'{place}: {nothing}', file=sys.stderr)
        return False
    for note in found.notes:
        print(f'{place}: {note}', file=sys.stderr)
    words = {on: said(case, language) for on, _, case in reversed(visits)}  # the first of a day stands for it
    args.out.mkdir(parents=True, exist_ok=True)
    write_report(args.out / place, course_page(place, found, noise, words, language), not args.no_pdf)
    write_json(args.out / f'{place}.json', found.to_json(), indent=1)
    return bool(found.tracks)
