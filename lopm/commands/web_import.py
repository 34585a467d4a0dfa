"""Bring a data set of lopm into a department of the clinic's page, with what raters have said.

    lopm web-import data/mine/all.json clinic --department "Oral Medicine"
    lopm web-import data/mine/all.json clinic --department "Oral Medicine" --date 2026-03-14

Patients get their patient_id as code, photographs lie at the visit of their day. The page reads them one after the
other as soon as it is up, beside those that are sent. Outlines and words of the first rater become a version of the
case; those of further raters, and of second readers of a page (lopm web-export), second readings, also of who sees no
lesion. What is one lesion at two visits of a patient is followed. What is there already is left as it is: after a stop
the same command goes on.

The model says which words there are: the page has to have been started once. Words that it does not know, answers that
leave open what holds, places without an outline, and what else the page cannot hold are left out, and counted.
"""
import argparse
import os

from lopm.arguments import existing_file, existing_folder


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('dataset', type=existing_file, metavar='DATASET.json', help='photographs lie where it says')
    parser.add_argument('folder', type=existing_folder, metavar='FOLDER', help='the --folder of lopm web')
    parser.add_argument('--department', required=True, metavar='NAME', help='which they shall be of')
    parser.add_argument('--date', type=day, metavar='DATE',
                        help='such as 2026-03-14: of the visit of photographs that name no day of one')
    parser.add_argument('--database-url', default=os.environ.get('LOPM_DATABASE_URL', ''), metavar='URL',
                        help='as for lopm web; default: LOPM_DATABASE_URL of the environment')
    return parser.parse_args(args)


def day(text):
    """An argparse type: a date as ISO writes it."""
    from datetime import date
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'{text!r} is no date; write 2026-03-14') from None


def main(args):
    from lopm.extra import need
    need('django', 'web')
    from lopm.web.department import open_department
    from lopm.web.place import Place
    place = Place(args.folder.resolve(), args.database_url)
    department = open_department(place, args.department)
    from lopm.web.bring import bring_in
    done = bring_in(args.dataset, department, place, args.date)
    print(f'{args.folder}, {args.department}: ' + ', '.join(f'{count} {what}' for what, count in done.items() if count))
