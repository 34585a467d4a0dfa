"""A thousand damaged, disguised and oversized files sent to a clinic's page: what becomes of each?

    python benchmarks/web_uploads.py packs/multitask
    python benchmarks/web_uploads.py packs/multitask --count 1000 --seed 3

Starts a page of its own. Wanted of each file: it is read, or refused in words; no answer of 500 or more, no job without
an end, no end of the worker; and of the names, dates and places that were planted in the files not a byte in the page's
folder, its database, or what its processes have printed. Exit status 1: one of that is not so.
"""
import argparse
import json
import sqlite3
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from web_clinic import Page, load, memory, people

from lopm.arguments import existing_folder, run_tool


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('pack', type=existing_folder, metavar='PACK')
    parser.add_argument('--count', type=int, default=1000, help='default: 1000')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--seconds', type=float, default=120, help='that one file may take; default: 120')
    return parser.parse_args()


def main(args):
    with TemporaryDirectory(prefix='web_uploads-') as scratch:
        with Page(Path(scratch, 'clinic'), args.pack) as page:
            faults = run(args, page)
        faults += planted(page)
    print('\n'.join(faults) or 'none of it went wrong')
    return bool(faults)


def run(args, page):
    """Send the files, and wait for each; what has gone wrong."""
    from tests.web.hostile import hostile
    _, (person,) = people(page, 1)
    visit, faults, ends, longest, most = person.visit('P07', '2026-03-14'), [], Counter(), (0, ''), 0
    workers = {number for number, kind in page.processes().items() if kind == 'worker'}
    for i, (what, data) in enumerate(hostile(args.count, args.seed, large=True)):
        if i % 100 == 99:
            visit = person.visit(f'P{i}', '2026-03-14')
        began = time.monotonic()
        status, said = person.send_once(visit, data, uuid4())
        if status not in (200, 201):
            ends[f'answered {status}'] += 1
            faults += [f'{what}: {status} {said}'] * (status >= 500 or status == 0 or not said.get('problem'))
            continue
        while status == 201 and person.waiting(visit) != []:
            most = max(most, memory(number for number, kind in page.processes().items() if kind == 'worker'))
            if time.monotonic() > began + args.seconds:
                faults.append(f'{what}: no end after {args.seconds:.0f} s')
                break
            time.sleep(.05)
        longest = max(longest, (time.monotonic() - began, what))
        found = json.loads(person.ask(f'/cases/{said["id"]}/state/', headers={'X-Lopm': '1'})[1])
        ends[found['state']] += 1
        if found['state'] == 'failed' and len(found['problem']) < 10 or 'has ended' in found['problem']:
            faults.append(f'{what}: {found["problem"]}')
    if workers != {number for number, kind in page.processes().items() if kind == 'worker'}:
        faults.append('the worker has ended')
    print(f'{args.count} files, seed {args.seed}: {dict(ends)}; the longest {longest[0]:.1f} s ({longest[1]}); '
          f'worker at most {most:.0f} MB; {load()}')
    return faults


def planted(page):
    """Where the words stand that were planted in the files."""
    from tests.curation.clinic import SECRETS
    from tests.curation.test_ingest_leaks import told
    found = [f'{word} stands in the folder of the page' for word, _ in told(page.folder)]
    with sqlite3.connect(page.folder / 'lopm.sqlite3') as database:
        dump = '\n'.join(database.iterdump())
    log = page.folder.with_suffix('.log').read_text()
    found += [f'{word} stands in the database' for word in SECRETS if word in dump]
    found += [f'{word} was printed' for word in SECRETS if word in log]
    return found + ['a traceback was printed'] * ('Traceback' in log)


if __name__ == '__main__':
    run_tool(main, parse_args())
