"""Write the cases of a department of the clinic's page as a data set.

    lopm web-export clinic data/clinic --department "Oral Medicine"
    lopm check data/clinic/all.json
    lopm split data/clinic/all.json data/parts

Writes OUT/all.json and OUT/images; the page may go on meanwhile. Lesions that a person has outlined and words that a
person has said are that person's; what the model alone has said is marked as predicted, and its photographs as not
outlined. Second readers are further raters. A photograph from which a person has taken every lesion is free of lesions.
The lesion of a place that is followed has one id at all visits, where each photograph of it shows one. What is left out
is counted.

Patients, photographs and people have keyed names, the same in every export; the days of a patient are all moved back by
the same, by up to a year. The record is in it, and photographs show mouths.
"""
import argparse
import os
from pathlib import Path

from lopm.arguments import existing_folder

LEFT_OUT = {'copies': 'photographs with the pixels of another one',
            'unknown_words': 'words that the model of today does not know',
            'own_second_readings': 'second readings by who has signed the case as it stands',
            'not_followed': 'places that are followed and do not show one lesion on each photograph, at two visits'}


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('folder', type=existing_folder, metavar='FOLDER', help='the --folder of lopm web')
    parser.add_argument('out', type=Path, metavar='OUT', help='folder of the data set; it is made')
    parser.add_argument('--department', required=True, metavar='NAME', help='whose cases')
    parser.add_argument('--every', action='store_true',
                        help='all photographs that were read, not those alone of which a person has said something')
    parser.add_argument('--database-url', default=os.environ.get('LOPM_DATABASE_URL', ''), metavar='URL',
                        help='as for lopm web; default: LOPM_DATABASE_URL of the environment')
    return parser.parse_args(args)


def main(args):
    from lopm.extra import need
    need('django', 'web')
    from lopm.web.department import open_department
    from lopm.web.place import Place
    place = Place(args.folder.resolve(), args.database_url)
    department = open_department(place, args.department)
    from lopm.web import trail
    from lopm.web.base import NAME, base_of, write_folder
    if (args.out / NAME).exists():
        raise ValueError(f'{args.out / NAME}: is there already; name another folder')
    base = base_of(department, place, args.every)
    trail.note(None, 'base written', department.pk, f'{base.facts["photographs"]} photographs')
    print(f'{write_folder(base, args.out)}: {base.facts["photographs"]} photographs of {base.facts["patients"]} '
          f'patients, {base.facts["lesions"]} lesions' + ''.join(
              f'; left out: {base.facts[name]} {what}' for name, what in LEFT_OUT.items() if base.facts.get(name)))
