"""Write a backup of the clinic's page, which may go on meanwhile: database, photographs and secret, as one file.

    lopm web-backup clinic backups/clinic.zip
    lopm web-backup clinic backups/clinic.zip --database-url postgresql://lopm@localhost/lopm

OUT is for its owner alone, and holds all that the page does: keep it where patients' files are kept. It is sealed by
its SHA-256, which is printed; lopm web-restore refuses a file that has changed. What was there before is replaced once
the new one is whole. Reports and exported bases are not in it: they are made anew.

Exit status: 0 all is in it; 1 it was written, but photographs have no file.
"""
import argparse
import os
from pathlib import Path

from lopm.arguments import existing_folder


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('folder', type=existing_folder, metavar='FOLDER', help='the --folder of lopm web')
    parser.add_argument('out', type=Path, metavar='OUT', help='the file, outside of FOLDER')
    parser.add_argument('--database-url', default=os.environ.get('LOPM_DATABASE_URL', ''), metavar='URL',
                        help='as for lopm web; default: LOPM_DATABASE_URL of the environment')
    return parser.parse_args(args)


def main(args):
    from lopm.extra import need
    need('django', 'web')
    from lopm.web.backup import back_up
    from lopm.web.place import Place
    folder, out = args.folder.resolve(), args.out.resolve()
    if folder in (out, *out.parents):
        raise ValueError(f'{args.out}: in the folder that is backed up; name a place on another disk')
    found = back_up(Place(folder, args.database_url), out)
    print(f'{args.out}: {found["photographs"]} photographs, SHA-256 {found["sha256"]}')
    if found['missing']:
        print(f'{len(found["missing"])} photographs have no file, and are not in it: {", ".join(found["missing"][:5])}')
    return bool(found['missing'])
