"""How long the doctor takes on many photographs of 3 megapixels.

    python benchmarks/check_dataset.py --out many                       # 1,000 photographs, two processes
    python benchmarks/check_dataset.py --out many --photographs 10000

Makes photographs of 2048 x 1536 px, each another (a built-in photograph, enlarged, with its own light and noise and a
disc in its own place), with two outlines of 60 points each. The whole examination of them is timed: reading and
measuring, the checks, the report. For 10,000 it is extrapolated from fewer: reading and checks grow with their number,
the report shows 300 at most. What could grow faster, the search for near duplicates, is timed on 10,000 and 100,000
hashes: those of the photographs, and copies of them with 15 % of the bits flipped.
"""
import argparse
import time
from pathlib import Path

from lopm.arguments import run_tool

WIDTH, HEIGHT = 2048, 1536
TARGET = 10_000


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=Path, required=True, metavar='DIR', help='folder for the photographs')
    parser.add_argument('--photographs', type=int, default=1000, help='default: 1000')
    parser.add_argument('--workers', type=int, default=2, help='processes; default: 2')
    return parser.parse_args()


def make(folder, number):
    """The json of ``number`` photographs; those that are there already are kept."""
    import cv2
    import numpy as np
    from rich.progress import track

    from lopm.datasets.splits import write_json
    from lopm.datasets.synthetic.generate import ensure_synthetic
    sources = sorted((ensure_synthetic(folder / 'built_in', 40) / 'images').glob('*.jpg'))
    images, annotations = [], []
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    for i in track(range(number), 'making photographs'):
        rng = np.random.default_rng(i)
        center, name = rng.uniform((400, 400), (WIDTH - 400, HEIGHT - 400), (2, 2)), f'{i:06d}.jpg'
        if not (folder / name).is_file():
            source = cv2.imread(str(sources[i % len(sources)]))
            pixels = cv2.resize(source, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
            grain = rng.integers(-9, 10, (HEIGHT, WIDTH, 1), dtype=np.int8)
            light = cv2.resize(rng.normal(0, 25, (6, 8, 3)).astype(np.float32), (WIDTH, HEIGHT))
            pixels = (pixels + light + grain).clip(0, 255).astype(np.uint8)
            cv2.circle(pixels, center[0].astype(int).tolist(), 150, (200, 210, 230), -1)
            cv2.imwrite(str(folder / name), pixels, [cv2.IMWRITE_JPEG_QUALITY, 88])
        images.append({'id': i, 'file_name': name, 'width': WIDTH, 'height': HEIGHT, 'patient_id': f'P{i}'})
        for j, middle in enumerate(center):
            outline = middle + 200 * np.stack([np.cos(angle), np.sin(angle)], 1)
            annotations.append({'id': 2 * i + j, 'image_id': i, 'category_id': 1, 'lesion_id': f'L{2 * i + j}',
                                'segmentation': [outline.round(1).ravel().tolist()],
                                'attributes': {'color': ['white']}})
    return write_json(folder / f'{number}.json', {'images': images, 'annotations': annotations,
                                                  'categories': [{'id': 1, 'name': 'lesion'}]})


def time_search(facts, number):
    """Seconds that the search for near duplicates takes among ``number`` hashes."""
    import numpy as np

    from lopm.curation.near_duplicates import near_clusters
    known = np.array([[list(bytes.fromhex(text)) for text in each['hashes']] for each in facts], np.uint8)
    rng = np.random.default_rng(0)
    hashes = known[np.arange(number) % len(known)]
    for hashes_of_copy in hashes[len(known):]:
        hashes_of_copy ^= np.packbits(rng.random((*known.shape[1:], 8)) < .15, -1)[..., 0]
    start = time.perf_counter()
    near_clusters(hashes)
    return time.perf_counter() - start


def main(args):
    from lopm.curation.doctor.dataset import read_base
    from lopm.curation.doctor.examination import examine
    from lopm.curation.doctor.facts import gather_facts
    from lopm.curation.doctor.report import write_report
    args.out.mkdir(parents=True, exist_ok=True)
    file = make(args.out, args.photographs)
    size = sum((args.out / f'{i:06d}.jpg').stat().st_size for i in range(args.photographs)) / args.photographs / 1e6
    cache = args.out / 'report/facts.jsonl'
    cache.unlink(missing_ok=True)
    start = time.perf_counter()
    base = read_base([file])
    facts = gather_facts([each.job() for each in base.photographs], cache, args.workers)
    read = time.perf_counter()
    findings = examine(base, cache, args.workers)
    checked = time.perf_counter()
    write_report(cache.parent, base, findings, [file])
    end = time.perf_counter()
    print(f'{args.photographs} photographs of {WIDTH} x {HEIGHT} px ({size:.2f} MB), {args.workers} processes: '
          f'{end - start:.0f} s: reading {read - start:.0f} s, checks {checked - read:.1f} s, '
          f'report {end - checked:.1f} s')
    print('findings: ' + ', '.join(f'{len(found)} {name}' for name, found in findings.items() if found))
    for number in (TARGET, 10 * TARGET):
        print(f'near duplicates among {number} photographs: {time_search(facts, number):.1f} s')
    if args.photographs != TARGET:
        print(f'{TARGET} photographs, extrapolated: '
              f'{((checked - start) / args.photographs * TARGET + end - checked) / 60:.1f} min')


if __name__ == '__main__':
    run_tool(main, parse_args())
