"""Make the folder of a clinic's page, and its database, from a backup.

    lopm web-restore backups/clinic.zip clinic
    lopm web-restore backups/clinic.zip clinic --database-url postgresql://lopm@localhost/lopm

FOLDER must not be there, or be empty; a PostgreSQL database as well. A file that is not what lopm web-backup has
sealed is refused. The database is brought up to this lopm, everybody signs in again, and the log is looked at: whether
it is as it was written. Then start lopm web with FOLDER.

Exit status: 0 it is there; 1 it is not, or lines of the log were changed.
"""
import argparse
import os
from pathlib import Path

from lopm.arguments import existing_file


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('source', type=existing_file, metavar='IN', help='a file of lopm web-backup')
    parser.add_argument('folder', type=Path, metavar='FOLDER', help='the --folder of lopm web to be')
    parser.add_argument('--database-url', default=os.environ.get('LOPM_DATABASE_URL', ''), metavar='URL',
                        help='of an empty PostgreSQL database, for a backup of one; default: LOPM_DATABASE_URL of the '
                             'environment')
    return parser.parse_args(args)


def main(args):
    from lopm.extra import need
    need('django', 'web')
    from lopm.web.backup import restore
    from lopm.web.place import Place
    found = restore(args.source, Place(args.folder.resolve(), args.database_url))
    print(f'{args.folder}: {found["photographs"]} photographs, {found["lines"]} lines of the log')
    if found['broken'] is not None:
        print(f'line {found["broken"]} of the log was changed before the backup, or one before it is missing')
    return found['broken'] is not None
