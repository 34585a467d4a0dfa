"""Ten people send photographs at once: is one lost or mixed up, how much memory is used, how fast do pages answer?

    python benchmarks/web_load.py packs/multitask --photographs data/synthetic/images
    python benchmarks/web_load.py packs/multitask --photographs data/synthetic/images --each 50

Starts a page of its own. Each person sends --each photographs, three at a time, as the page itself does. Meanwhile
another one looks at the list of patients, a visit and a case, one page after the other, until all are read. Exit status
1: a photograph was lost, or is with another patient, or has other pixels.
"""
import argparse
import itertools
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from web_clinic import Page, digest_of, digests, figures, load, memory, people

from lopm.arguments import existing_folder, run_tool

AT_ONCE = 3  # photographs that a page sends at a time


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('pack', type=existing_folder, metavar='PACK')
    parser.add_argument('--photographs', type=existing_folder, required=True, metavar='DIR', help='JPEGs')
    parser.add_argument('--users', type=int, default=10)
    parser.add_argument('--each', type=int, default=5, help='photographs of each; default: 5')
    parser.add_argument('--patients', type=int, default=50, help='on the list that is looked at; default: 50')
    parser.add_argument('--database-url', default='', metavar='URL', help='of an empty PostgreSQL database')
    return parser.parse_args()


class Watch(threading.Thread):
    """Megabytes of the page's processes, twice a second, until it is ended."""

    def __init__(self, page):
        super().__init__(daemon=True)
        self.page, self.seen, self.ended = page, [], threading.Event()

    def run(self):
        while not self.ended.wait(.5):
            found = self.page.processes()
            self.seen.append({kind: memory(number for number, each in found.items() if each == kind)
                              for kind in set(found.values())})

    def said(self):
        lines = []
        for kind in ('lopm web', 'server', 'pages', 'worker'):
            values = [each.get(kind, 0) for each in self.seen]
            third = max(len(values) // 3, 1)
            early, late = (sorted(part)[third // 2] for part in (values[:third], values[-third:]))
            lines.append(f'  {kind:9}first {values[0]:6.0f} MB, most {max(values):6.0f}, median of the first third '
                         f'{early:6.0f}, of the last {late:6.0f}')
        total = [sum(each.values()) for each in self.seen]
        return '\n'.join([*lines, f'  all      most {max(total):6.0f} MB, at the end {total[-1]:6.0f}'])


def look(person, paths, ended, times):
    """Look at pages, one after the other."""
    for name, path in itertools.cycle(paths.items()):
        if ended.is_set():
            return
        began = time.perf_counter()
        status, _ = person.ask(path)
        times[name].append(1000 * (time.perf_counter() - began))
        if status != 200:
            times['not 200'].append(status)
        time.sleep(.05)


def send_all(person, visit, files, answers):
    """Send photographs, three at a time; ``[(number, path)]``."""
    def send(path):
        began = time.perf_counter()
        number = person.send(visit, path.read_bytes(), patience=3600)
        answers.append(1000 * (time.perf_counter() - began))
        return number, path
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(send, files))


def main(args):
    files = sorted(args.photographs.glob('*.jpg'))[:args.users * args.each + 5]
    if len(files) < args.users * args.each + 5:
        raise ValueError(f'{args.photographs}: {len(files)} JPEGs, where {args.users * args.each + 5} are wanted')
    more = ['--database-url', args.database_url] if args.database_url else []
    with TemporaryDirectory(prefix='web_load-') as scratch, Page(Path(scratch, 'clinic'), args.pack, *more) as page:
        return run(args, page, files, Path(scratch))


def run(args, page, files, scratch):
    looker, users = people(page, args.users)
    for i in range(args.patients - 1):
        looker.patient(f'L{i:03}')
    seen = looker.visit('L999', '2026-03-14')
    looked = [looker.send(seen, path.read_bytes()) for path in files[-5:]]
    looker.wait(seen)
    paths = {'patients': '/', 'visit': seen, 'case': f'/cases/{looked[0]}/'}
    visits = [person.visit(f'P{i}', '2026-03-14') for i, person in enumerate(users)]
    rest = {name: [] for name in (*paths, 'not 200')}
    quiet = threading.Event()
    threading.Timer(10, quiet.set).start()
    look(looker, paths, quiet, rest)
    print(f'{args.users} people, {args.each} photographs each; {load()}')

    watch, ended, times, answers = Watch(page), threading.Event(), {name: [] for name in rest}, []
    watch.start()
    looking = threading.Thread(target=look, args=(looker, paths, ended, times))
    looking.start()
    began = time.monotonic()
    with ThreadPoolExecutor(args.users) as pool:
        sent = list(pool.map(lambda i: send_all(users[i], visits[i], files[i * args.each:(i + 1) * args.each], answers),
                             range(args.users)))
    taken = time.monotonic() - began
    for person, visit in zip(users, visits):
        person.wait(visit, patience=7200)
    read = time.monotonic() - began
    ended.set()
    looking.join()
    watch.ended.set()
    watch.join()

    wanted, lost, mixed = digests(files, scratch / 'kept'), 0, 0
    for i, (person, visit, pairs) in enumerate(zip(users, visits, sent)):
        there = person.numbers(visit)
        lost += len({number for number, _ in pairs} - set(there))
        for number, path in pairs:
            status, data = person.ask(f'/photographs/{number}/full.jpg')
            title = person.open(f'/cases/{number}/').read().decode()
            mixed += status != 200 or digest_of(data, scratch) != wanted[path] or not re.search(rf'>\s*P{i}\b', title)
            mixed += looker.ask(f'/cases/{number}/')[0] != 404  # who is of another department
        mixed += len(there) != len(pairs)
    count = args.users * args.each
    print(f'{count} photographs: {lost} lost, {mixed} mixed up; taken in {taken:.0f} s, all read after {read:.0f} s '
          f'({read / count:.2f} s each)')
    print(f'answer to a photograph: {figures(answers)}')
    for name in paths:
        print(f'page {name:9}at rest {figures(rest[name])}; while photographs come and are read {figures(times[name])}')
    if times['not 200']:
        print(f'answers that are none: {times["not 200"]}')
    print(f'memory, in {len(watch.seen)} looks:\n{watch.said()}\nat the end {load()}')
    return bool(lost or mixed or times['not 200'])


if __name__ == '__main__':
    run_tool(main, parse_args())
