"""What a data set costs to open and to train from, as a json and as its index, at several sizes.

    python benchmarks/index.py --out index
    python benchmarks/index.py --out index --sizes 1000 10000 --json-up-to 10000

Photographs are generated entries of 1024 x 768 (the pictures need not exist): 1.5 lesions on average, outlined with 48
points, 20 % by two raters. Files stay in --out and are used again. Every line is measured in processes of its own:

    made      the index of the json, by lopm index: seconds, peak memory
    opened    LesionDataset with the tasks of configs/multitask.py: seconds (without imports), peak memory
    forked,   two workers that read 5,055 photographs each in random order: memory of a worker beyond the same worker's
    spawned   with one photograph; private (USS), and with its share of what is shared (PSS)
    item      milliseconds for one get_data_info in the forked worker
    parts     seconds of check_parts and training_prior together
"""
import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from lopm.arguments import run_tool
from lopm.files import whole_file

CONFIG = Path(__file__).parents[1] / 'configs' / 'multitask.py'
READS = 5055  # of each worker: up to the moment before it lets go of the pages it has seen


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=Path, required=True, metavar='DIR', help='folder for the generated files')
    parser.add_argument('--sizes', type=int, nargs='+', default=[1000, 10_000, 100_000, 1_000_000],
                        help='photographs; default: 1000 10000 100000 1000000')
    parser.add_argument('--json-up-to', type=int, default=100_000, metavar='N',
                        help='largest json that is opened, too: a million photographs take some 20 GB; default: 100000')
    parser.add_argument('--measure', type=Path, metavar='FILE', help=argparse.SUPPRESS)
    return parser.parse_args()


def generate(number):
    """``(image, annotations with polygons)`` of each photograph, always the same."""
    import numpy as np
    rng = np.random.default_rng(0)
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    pool = []
    for _ in range(500):
        radius = rng.uniform(60, 160) * (1 + 0.1 * np.sin(5 * angle + rng.uniform(0, 6)))
        center = rng.uniform((200, 200), (824, 568))
        points = np.stack([np.cos(angle), np.sin(angle)], 1) * radius[:, None] + center
        pool.append([points.round(1).ravel().tolist()])
    colors, grades = [['white'], ['red'], ['white', 'red'], []], ['homogeneous', 'intermediate', 'non_homogeneous']
    annotation = 0
    for i in range(number):
        image = {'id': i, 'file_name': f'images/{i // 1000:04d}/{i:07d}.jpg', 'width': 1024, 'height': 768,
                 'patient_id': f'P{i // 4:06d}', 'record': {'age': 20 + i % 70, 'sex': 'female'}, 'attributes': {}}
        rows = []
        for number_of_lesion in range(1 + i % 2):
            for rater in ('r1', 'r2')[:1 + (i % 5 == 0)]:
                rows.append({'id': annotation, 'image_id': i, 'category_id': 1, 'iscrowd': 0, 'rater': rater,
                             'lesion_id': f'P{i // 4:06d}-L{number_of_lesion}',
                             'segmentation': pool[annotation % len(pool)],
                             'attributes': {'color': colors[annotation % 4], 'homogeneity': grades[annotation % 3],
                                            'diagnosis': 'lichen_planus'}})
                annotation += 1
        yield image, rows


def write_json(path, number):
    """The json, written entry by entry."""
    with whole_file(path) as partial, partial.open('w') as file:
        file.write('{"info": {"lopm": 1}, "categories": [{"id": 1, "name": "lesion"}], "images": [')
        for i, (image, _) in enumerate(generate(number)):
            file.write(',' * (i > 0) + json.dumps(image))
        file.write('], "annotations": [')
        for i, (_, rows) in enumerate(generate(number)):
            file.write(',' * (i > 0) + ','.join(map(json.dumps, rows)))
        file.write(']}')


def make(out, number):
    """The json and the index of one size, unless they are there; what making the index took."""
    source, index = out / f'{number}.json', out / f'{number}.arrow'
    if not source.exists():
        write_json(source, number)
    if index.exists():
        return ''
    start = time.perf_counter()
    code = ('import resource, sys; from lopm.cli import main; main(["index", sys.argv[1]]); '
            'print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)')
    said = subprocess.run([sys.executable, '-c', code, source], check=True, text=True, stdout=subprocess.PIPE)
    return f'{time.perf_counter() - start:.0f} s, {int(said.stdout.split()[-1]) / 1e6:.1f} GB'


def measure(path):
    """Open one file in this process and read it in others: all figures of one line."""
    import multiprocessing
    import pickle
    import resource

    from lopm.datasets.lesions import LesionDataset
    from lopm.datasets.prior import training_prior
    from lopm.datasets.splits import check_parts
    from lopm.engine.launch import load_config
    cfg = load_config(CONFIG)
    start = time.perf_counter()
    dataset = LesionDataset(path.name, cfg.tasks, data_root=str(path.parent), record_fields=cfg.record_fields)
    opened = time.perf_counter() - start
    figures = dict(opened=opened, peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
                   photographs=len(dataset), pickled=len(pickle.dumps(dataset)))
    for start_method in ('fork', 'spawn'):
        context = multiprocessing.get_context(start_method)
        ready, results = context.Barrier(2), context.Queue()
        workers = [context.Process(target=work, args=(dataset, seed, ready, results)) for seed in range(2)]
        for worker in workers:
            worker.start()
        figures[start_method] = [sum(values) / 2 for values in zip(results.get(), results.get())]
        for worker in workers:
            worker.join()
    start = time.perf_counter()
    check_parts([path])
    training_prior(dataset.tasks.with_words, path)
    return {**figures, 'parts': time.perf_counter() - start}


def work(dataset, seed, ready, results):
    """One worker: reads at random, then tells its private and its proportional memory in MB, and ms per item."""
    import random
    places = random.Random(seed)
    start = time.perf_counter()
    for _ in range(READS):
        dataset.get_data_info(places.randrange(len(dataset)))
    took = 1000 * (time.perf_counter() - start) / READS
    ready.wait()  # both have read and both still live: what they share counts half for each
    memory = dict(line.split()[:2] for line in Path('/proc/self/smaps_rollup').read_text().splitlines()[1:])
    ready.wait()
    private = int(memory['Private_Clean:']) + int(memory['Private_Dirty:'])
    results.put((private / 1e3, int(memory['Pss:']) / 1e3, took))


def main(args):
    if args.measure:
        print(json.dumps(measure(args.measure)))
        return
    args.out.mkdir(parents=True, exist_ok=True)
    baseline = {}
    print(f'{"":>14} {"file MB":>8} {"made":>22} {"opened s":>9} {"peak GB":>8} {"forked USS PSS MB":>18} '
          f'{"spawned USS PSS MB":>19} {"item ms":>8} {"parts s":>8} {"pickled MB":>11}')
    for number in (1, *args.sizes):
        made = make(args.out, number)
        for kind in ('json', 'arrow') if number <= args.json_up_to else ('arrow',):
            path = args.out / f'{number}.{kind}'
            run = subprocess.run([sys.executable, __file__, '--out', args.out, '--measure', path], check=True,
                                 text=True, stdout=subprocess.PIPE)
            figures = json.loads(run.stdout.splitlines()[-1])
            show(path, made if kind == 'arrow' else '', figures, baseline.setdefault(kind, figures))


def show(path, made, figures, baseline):
    """One line of the table."""
    forked, spawned = ('{:.0f} {:.0f}'.format(*(figures[key][i] - baseline[key][i] for i in (0, 1)))
                       for key in ('fork', 'spawn'))
    size = path.stat().st_size / 1e6
    print(f'{path.name:>14} {size:8.1f} {made:>22} {figures["opened"]:9.2f} {figures["peak"]:8.2f} '
          f'{forked:>18} {spawned:>19} {figures["fork"][2]:8.2f} {figures["parts"]:8.2f} '
          f'{figures["pickled"] / 1e6:11.3f}', flush=True)


if __name__ == '__main__':
    run_tool(main, parse_args())
