"""Start the clinic's page: photographs in, a case to discuss, corrected, printed, kept.

    lopm web --pack packs/multitask --folder clinic
    lopm web --pack packs/multitask --folder clinic --database-url postgresql://lopm@localhost/lopm
    lopm web --pack packs/multitask --folder clinic --host lopm.hospital.example --https   # behind a proxy

Keeps all that it has in FOLDER, accounts and cases in an SQLite database there; with --database-url in PostgreSQL,
where several use it. Prints the address at which the first account is made. It speaks to nobody outside, and to this
machine alone unless a proxy stands before it (docs/web.md has one). Ctrl-C ends it; started again, it goes on. It is
no medical device.
"""
import argparse
import os
from pathlib import Path

from lopm.arguments import existing_folder

ADDRESS = '127.0.0.1:8000'


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--pack', type=existing_folder, required=True, metavar='PACK', help='folder of lopm pack')
    parser.add_argument('--folder', type=Path, default=Path('clinic'), metavar='DIR',
                        help='where all is kept; made at the first start; default: clinic')
    parser.add_argument('--database-url', default=os.environ.get('LOPM_DATABASE_URL', ''), metavar='URL',
                        help='postgresql://...; default: LOPM_DATABASE_URL of the environment, where no list of '
                             'processes shows its password; without both, SQLite in DIR')
    parser.add_argument('--bind', default=ADDRESS, metavar='ADDRESS', help=f'default: {ADDRESS}')
    parser.add_argument('--host', action='append', default=[], metavar='NAME',
                        help='a name that browsers call it by, beside localhost; may be given several times')
    parser.add_argument('--https', action='store_true', help='a proxy before it speaks HTTPS; cookies go by it alone')
    parser.add_argument('--demo', action='store_true',
                        help='to try it: an account, whose password is printed, and patients who are drawings')
    parser.add_argument('--workers', type=int, default=1, metavar='N',
                        help='processes that have the model, some 1.5 GB each; default: 1')
    return parser.parse_args(args)


def main(args):
    from lopm.extra import need
    from lopm.files import sole_run
    need('django', 'web')
    from lopm.web.place import Place
    from lopm.web.serve import prepare, serve
    if not (args.pack / 'pack.json').is_file():  # asked without what reads it, which loads torch
        raise ValueError(f'{args.pack}: no pack; make one with lopm pack RUN OUT')
    if args.database_url and not args.database_url.startswith(('postgresql://', 'postgres://')):
        raise ValueError('--database-url: only postgresql://... is known; without it there is SQLite in the folder')
    place = Place(args.folder.resolve(), args.database_url, (*Place.hosts, *args.host), args.https)
    with sole_run(place.folder):
        prepare(place)
        if args.demo:
            from lopm.web.demo import fill
            if account := fill(place):
                print('name {}, password {}: patients are drawings'.format(*account), flush=True)
        print(welcome(f'http://{args.bind}/'), flush=True)
        serve(place, args.pack.resolve(), args.bind, args.workers)


def welcome(address):
    """Where the page is; before there is an account, where the first one is made."""
    from lopm.web.models import Account
    from lopm.web.views.accounts import token
    return address if Account.objects.exists() else f'{address}setup/{token()}/  makes the first account'
