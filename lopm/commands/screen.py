"""Screen mouths: a session of photographs against the views of a protocol, lesions by site, and whether to refer.

    lopm screen work_dirs/patients SESSIONS --out screened
    lopm screen packs/patients SESSIONS --out screened --operating operating.json --language fr
    lopm screen packs/patients SESSIONS --out screened --sessions sessions.csv --records patients.csv

SESSIONS holds PATIENT/DATE/*.jpg, PATIENT/*.jpg, or the photographs of one session. Which view a photograph shows
stands in its name or its folder's (left_buccal.jpg), or in a table with the column file and, as far as they are
known, patient, visit and view. Writes OUT/NAME.html, .pdf and .json of each session, and screened.csv of all. What is
missing or unusable is to be photographed again; nothing says that a mouth is healthy. A session that could not be
screened is said, and the exit status is 1.
"""
import argparse
import sys
from pathlib import Path

from lopm.arguments import existing_file, existing_folder
from lopm.commands.predict import existing_path


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('model', type=existing_path, metavar='MODEL', help='a pack, or the folder of a run')
    parser.add_argument('folder', type=existing_folder, metavar='SESSIONS', help='a folder of sessions, or of one')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR', help='folder for the pages')
    parser.add_argument('--sessions', type=existing_file, metavar='CSV',
                        help='a line per photograph: file, and perhaps patient, visit, view')
    parser.add_argument('--operating', type=existing_file, metavar='FILE', help='of lopm operate, for this model')
    parser.add_argument('--views', type=existing_file, metavar='FILE',
                        help='another protocol; default: configs/labels/views.yaml, eight views')
    parser.add_argument('--records', type=existing_file, metavar='CSV',
                        help='a line per photograph: its name, age, sex ... of the patient')
    parser.add_argument('--language', default='en', metavar='CODE', help='en or fr; default: en')
    parser.add_argument('--no-pdf', action='store_true', help='html alone')
    return parser.parse_args(args)


def main(args):
    from lopm.engine.identity import identity
    from lopm.files import sole_run
    from lopm.predictor import Predictor
    from lopm.report.language import Language
    from lopm.screening.operating_point import read_point
    from lopm.screening.sittings import sittings_in
    from lopm.screening.views import EIGHT_VIEWS, read_protocol
    if args.out.resolve().is_relative_to(args.folder.resolve()):
        raise ValueError(f'{args.out}: lies within {args.folder}, and would be a session the next time; name another '
                         'folder')
    language, protocol = Language(args.language), read_protocol(args.views or EIGHT_VIEWS)
    sittings, remarks, empty = sittings_in(args.folder, protocol, args.sessions)
    for each in [*remarks, *empty]:
        print(each, file=sys.stderr)
    predictor = Predictor(args.model)
    refuse_speechless(predictor, args.model)
    point = read_point(args.operating, predictor.tasks, identity(predictor.cfg, predictor.checkpoint)
                       ) if args.operating else None
    records = records_of(args, predictor, sittings)
    with sole_run(args.out):
        found = [screened(args, sitting, records.get(sitting.name), predictor, protocol, point, language)
                 for sitting in sittings]
        write_overview(args.out / 'screened.csv', sittings, found)
    done = sum(not isinstance(each, str) for each in found)
    print(f'{args.out}: {done} of {len(sittings) + len(empty)} sessions screened')
    return int(done < len(sittings) + len(empty))


def refuse_speechless(predictor, model):
    from lopm.screening.screen import REFERRAL
    if not predictor.draws_outlines and REFERRAL not in predictor.tasks.of('visit'):
        raise ValueError(f'{model}: draws no outlines and has no task {REFERRAL!r} of a visit, so that it has nothing '
                         'to say of a session; take a model of configs/patients.py')


def records_of(args, predictor, sittings):
    """``{session: record}`` of the patient, from the lines of its photographs.

    Raises:
        ValueError: They are of two patients, or say two things of one.
    """
    from lopm.commands.predict import read_facts
    facts = read_facts(args.records, args.folder, predictor.record_fields) if args.records else {}
    found = {}
    for sitting in sittings:
        own = [facts[name] for name in sitting.photographs if name in facts]
        if len({each.get('patient_id') for each in own} - {None, ''}) > 1:
            raise ValueError(f'{args.records}: the photographs of {sitting.name} are of two patients by it; a session '
                             'is of one: correct the table, or move the photographs of the other away')
        record = found.setdefault(sitting.name, {})
        for field, value in (pair for each in own for pair in each.get('record', {}).items()):
            if record.setdefault(field, value) != value:
                raise ValueError(f'{args.records}: {field} differs between photographs of {sitting.name}; write the '
                                 'same with each')
    return found


def screened(args, sitting, record, predictor, protocol, point, language):
    """The ``Screened`` of a session whose page and json are written; why it could not be screened, which is said."""
    from lopm.files import write_json
    from lopm.report.screening import screening_page
    from lopm.report.write import write_report
    from lopm.screening.screen import ask, screen
    from lopm.screening.views import view_shown
    try:
        session = ask(predictor, sitting, args.folder, record)
    except ValueError as nothing:
        print(f'{sitting.name}: {nothing}', file=sys.stderr)
        return str(nothing)
    for case in session.cases:
        if case.bad:
            print(case.bad, file=sys.stderr)
    views = {case.name: view_shown(protocol, case.name, sitting.views[case.name], case) for case in session.cases}
    for name in (name for name, view in views.items() if not view.name):
        print(f'{name}: which view it shows is not known; name it in the file, or give --sessions CSV with the columns '
              'file and view', file=sys.stderr)
    found = screen(sitting, session, views, protocol, predictor.tasks, predictor.judged, point)
    images = {case.name: (case, pixels_of(case, sitting)) for case in session.cases}
    write_report(args.out / sitting.name, screening_page(found, images, predictor, point, language), not args.no_pdf)
    write_json(args.out / f'{sitting.name}.json', found.to_json(), indent=1)
    return found


def pixels_of(case, sitting):
    """A photograph, uint8 BGR; None of one that cannot be read."""
    from lopm.datasets.photographs import BadPhotograph, read_photograph
    try:
        return None if case.bad else read_photograph(sitting.photographs[case.name])
    except BadPhotograph:  # it was read once, and is gone since
        return None


COLUMNS = ('session', 'patient', 'photographs', 'views shown', 'views missing', 'views unusable',
           'photographs of no known view', 'lesions', 'referral', 'probability', 'by table', 'score', 'refer',
           'not screened')


def write_overview(path, sittings, found):
    """screened.csv, for its owner alone: a line for each session, it and the patient called as folders or the table
    call them."""
    from lopm.files import write_table
    rows = [[sitting.name, sitting.patient, len(sitting.photographs), *[None] * 10, each] if isinstance(each, str)
            else line(each) for sitting, each in zip(sittings, found)]
    write_table(path, COLUMNS, rows, 0o600)


def line(found):
    """The line of a ``Screened``."""
    def views(state):
        return '; '.join(view for view, own in found.views.items() if own == state)
    referral, decision = found.referral, found.decision
    said = [referral.word, referral.probabilities[referral.word], referral.table_word] if referral else [None] * 3
    return [found.session, found.patient, len(found.photographs), *map(views, ('shown', 'missing', 'unusable')),
            sum(not photo.view for photo in found.photographs), len(found.lesions), *said,
            *([decision.score, 'yes' if decision.refer else 'no'] if decision else [None] * 2), None]
