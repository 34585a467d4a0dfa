"""Kill -9 what a clinic's page runs on, again and again, while people send photographs and correct cases.

    python benchmarks/web_kills.py packs/multitask --photographs data/synthetic/images
    python benchmarks/web_kills.py packs/multitask --photographs data/synthetic/images --postgres

Three people send photographs, say other words and draw other outlines, and try again where nobody answers. By turns,
the server, one of its two processes, the worker with the model, ``lopm web`` itself and, with --postgres, a PostgreSQL
server of its own are killed. What a person was told is kept (answered 200, 201 or 202) is looked for at the end, and
whether anything is half there. Exit status 1: something is lost, or half there.
"""
import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import threading
import time
from collections import Counter
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

import psycopg
from web_clinic import Page, digest_of, digests, load, people

from lopm.arguments import existing_folder, run_tool

SQUARE = [[20, 20, 90, 20, 90, 90, 20, 90]]


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('pack', type=existing_folder, metavar='PACK')
    parser.add_argument('--photographs', type=existing_folder, required=True, metavar='DIR', help='JPEGs')
    parser.add_argument('--kills', type=int, default=30, help='default: 30')
    parser.add_argument('--postgres', action='store_true', help='on a PostgreSQL server, which is killed as well')
    parser.add_argument('--seed', type=int, default=0)
    return parser.parse_args()


class Person(threading.Thread):
    """Sends and corrects until it is ended. ``told``: ``{number: path}`` of photographs that the page has confirmed;
    ``asked``: ``[(photograph, job, kind)]`` of corrections; ``doing``: what it waits for an answer to, just now."""

    def __init__(self, client, visit, files, model, seed):
        super().__init__(daemon=True)
        self.client, self.visit, self.files, self.model = client, visit, files, model
        self.random, self.ended = random.Random(seed), threading.Event()
        self.told, self.asked, self.doing, self.answers = {}, [], '', Counter()

    def run(self):
        while not self.ended.is_set():
            if self.files and self.random.random() < .5 or not self.told:
                self.send()
            else:
                self.correct(self.random.choice(list(self.told)))
            time.sleep(self.random.random())

    def send(self):
        """Send a photograph as the page does, under one number until somebody answers."""
        path, number = self.files.pop() if self.files else None, str(uuid4())
        while path and not self.ended.is_set():
            self.doing = 'upload'
            status, said = self.client.send_once(self.visit, path.read_bytes(), number, timeout=30)
            self.doing = ''
            self.answers[f'upload {status}'] += 1
            if status in (200, 201):
                self.told[said['id']] = path
                return
            time.sleep(.5)

    def correct(self, number):
        """Say another word, or draw another outline."""
        status, state = self.ask(f'/cases/{number}/state/')
        if status != 200 or not state.get('reading'):
            return
        if self.random.random() < .6:
            task = self.random.choice(self.model['tasks'])
            word = self.random.choice(task['words'])
            kind, given = 'words', {'lesion': 0, 'words': {task['name']: [word] if task['several'] else word}}
        else:
            kind, given = 'outlines', {'lesions': [{'polygons': SQUARE, 'origin': None}]}
        self.doing = 'save'
        status, said = self.ask(f'/cases/{number}/{kind}/', {'seen': state['reading'], **given})
        self.doing = ''
        self.answers[f'{kind} {status}'] += 1
        if status == 202:
            self.asked.append((number, said['job'], kind))

    def ask(self, path, given=None):
        data = None if given is None else json.dumps(given).encode()
        status, said = self.client.ask(path, data, {'X-Lopm': '1', 'Content-Type': 'application/json'}, timeout=30)
        with contextlib.suppress(ValueError):
            return status, json.loads(said)
        return status, {}


class Killer:
    """Kills by turns. ``done``: ``[(what, what was under way)]``."""

    def __init__(self, page, cluster, persons, seed):
        self.page, self.cluster, self.persons, self.random, self.done = page, cluster, persons, random.Random(seed), []
        self.kinds = ['server', 'pages', 'worker', 'lopm web'] + ['postgres'] * bool(cluster)

    def kill(self):
        """Kill the next one when something is under way, and have it started again as a system would."""
        kind, wanted = self.kinds[len(self.done) % len(self.kinds)], self.random.choice(('upload', 'save', 'reading'))
        before = self.count('done')
        self.wait(lambda: self.count('done') > before, 60)  # the worker has its model again
        time.sleep(self.random.uniform(0, 3))
        self.wait(lambda: wanted in self.under_way(), 10)
        time.sleep(self.random.uniform(0, .3 if wanted == 'reading' else .02))
        found = self.under_way()
        if kind == 'postgres':
            self.cluster.kill()
            self.cluster.begin()
        else:
            self.wait(lambda: kind in self.page.processes().values(), 60)  # the last one that was killed is up again
            os.kill(next(number for number, each in self.page.processes().items() if each == kind), signal.SIGKILL)
        if kind == 'lopm web':
            self.page.process.wait()
            self.page.begin()
        self.done.append((kind, found))
        print(f'{len(self.done):3} {kind:9} with {", ".join(sorted(found)) or "nothing"} under way', flush=True)
        self.page.ready()

    def under_way(self):
        return {each.doing for each in self.persons} - {''} | ({'reading'} if self.count('running') else set())

    @staticmethod
    def wait(what, seconds):
        until = time.monotonic() + seconds
        while not what() and time.monotonic() < until:
            time.sleep(.005)

    def count(self, state):
        """How many jobs are in a state; 0 where the database does not answer."""
        asked = f"SELECT count(*) FROM web_job WHERE state = '{state}'"
        with contextlib.suppress(sqlite3.Error, psycopg.Error):
            if self.cluster:
                with psycopg.connect(self.page.more[1], connect_timeout=2) as database:
                    return database.execute(asked).fetchone()[0]
            path = f'file:{self.page.folder}/lopm.sqlite3?mode=ro'
            with contextlib.closing(sqlite3.connect(path, uri=True, timeout=1)) as database:
                return database.execute(asked).fetchone()[0]
        return 0


def main(args):
    scratch = Path(mkdtemp(prefix='web_kills-'))
    files = sorted(args.photographs.glob('*.jpg'))
    random.Random(args.seed).shuffle(files)
    with contextlib.ExitStack() as stack:
        cluster = None
        if args.postgres:
            from tests.web.cluster import Cluster
            cluster = stack.enter_context(Cluster(fsync=True))
        more = ['--database-url', cluster.database()] if cluster else []
        with Page(scratch / 'clinic', args.pack, *more) as page:
            persons, done = disturb(args, page, cluster, files)
        faults = look(page, more, persons, scratch)
    under_way = Counter(each for _, found in done for each in found)
    print(f'{len(done)} kills: {dict(Counter(kind for kind, _ in done))}; under way: {dict(under_way)}; {load()}')
    print(f'answers: {dict(sum((each.answers for each in persons), Counter()))}')
    print('\n'.join(faults) or 'nothing that was confirmed is lost, and nothing is half there')
    shutil.rmtree(scratch)
    return bool(faults)


def disturb(args, page, cluster, files):
    """Let people work and kill; ``(persons, [(what was killed, what was under way)])`` once all has settled."""
    model = json.loads((page.folder / 'model.json').read_text())
    _, clients = people(page, 3)
    persons = [Person(client, client.visit(f'P{i}', '2026-03-14'), files[i::3], model, args.seed + i)
               for i, client in enumerate(clients)]
    killer = Killer(page, cluster, persons, args.seed)
    for each in persons:
        each.start()
    while len(killer.done) < args.kills:
        killer.kill()
    for each in persons:
        each.ended.set()
    for each in persons:
        each.join()
        each.client.wait(each.visit, patience=1800)
    killer.wait(lambda: not killer.count('running') and not killer.count('waiting'), 600)
    return persons, killer.done


def look(page, more, persons, scratch):
    """What is lost, or half there."""
    from lopm.web.place import Place
    from lopm.web.serve import prepare
    prepare(Place(page.folder, *more[1:]))
    from lopm.web import trail
    from lopm.web.models import Entry, Job, Photograph
    place, rows = Place(page.folder), {str(each.pk): each for each in Photograph.objects.all()}
    told = {number: path for each in persons for number, path in each.told.items()}
    asked = [(number, job) for each in persons for number, job, _ in each.asked]
    jobs = {each.pk: each for each in Job.objects.all()}
    wanted = digests(set(told.values()), scratch / 'kept')
    faults = [f'photograph {number} was confirmed and is not there' for number in told.keys() - rows.keys()]
    for number, row in rows.items():
        found = faults_of(row, place, wanted.get(told.get(number)), scratch)
        faults += [f'photograph {number} {fault}' for fault in found]
    faults += [f'correction {job} was confirmed and is not there' for _, job in asked if job not in jobs]
    faults += [f'job {each.pk} is {each.state}' for each in jobs.values() if each.state in ('waiting', 'running')]
    done = Counter(number for number, job in asked if job in jobs and jobs[job].state == 'done')
    faults += [f'photograph {number} has fewer versions than corrections that were done' for number in done
               if rows[number].readings.count() - 1 < done[number]]
    if (broken := trail.broken()) is not None:
        faults.append(f'line {broken} of the log does not hold')
    if Entry.objects.filter(what='photograph added').count() != len(rows):
        faults.append('the log has not a line of each photograph')
    refused = Counter(each.problem for each in jobs.values() if each.state == 'failed')
    versions = sum(each.readings.count() for each in rows.values())
    orphans = [path for path in place.photographs.glob('*/*') if path.name[:36] not in rows]
    print(f'{len(told)} photographs and {len(asked)} corrections were confirmed; {len(rows)} photographs are there '
          f'with {versions} versions; refused: {dict(refused) or "none"}\n'
          f'{len(list(place.incoming.iterdir()))} files of uploads that were cut short and {len(orphans)} of pixels '
          'without a row are there, which the page removes within the hour')
    return faults


def faults_of(row, place, wanted, scratch):
    """What is half there of a photograph. ``wanted``: SHA-256 of the pixels that were sent, or None."""
    if row.state != 'read':
        return [f'is {row.state}: {row.problem}']
    numbers = list(row.readings.order_by('number').values_list('number', flat=True))
    if not numbers or numbers != list(range(1, len(numbers) + 1)):
        return [f'has versions {numbers}']
    path = place.photograph(row.pk)
    if not path.is_file() or not place.photograph(row.pk, 'thumb').is_file():
        return ['has no file']
    found = {digest_of(path.read_bytes(), scratch), row.pixels, wanted or row.pixels}
    return ['has other pixels'] * (len(found) > 1)


if __name__ == '__main__':
    run_tool(main, parse_args())
