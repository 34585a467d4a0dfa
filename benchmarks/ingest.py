"""How fast lopm ingest takes in photographs of 12 megapixels, and what its JPEG costs in color.

The photographs are drawn, noisy and JPEG of 4 to 5 MB, as phones write them: lying on their side, half of them in
Display P3 and half in sRGB. Wall-clock time, with the start of the processes; other programs at work slow it down. The
second run finds that all are there.

The color lost is CIEDE2000 per pixel on four real photographs of scikit-image (no medicine): what a camera's JPEG
(quality 92, 4:2:0) loses of the picture, and what the intake's JPEG loses of that.

    python benchmarks/ingest.py
    python benchmarks/ingest.py --photographs 40 --workers 1 2
"""
import argparse

from lopm.arguments import run_tool


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--photographs', type=int, default=24, help='default: 24')
    parser.add_argument('--workers', type=int, nargs='+', default=[1, 2], help='default: 1 2')
    return parser.parse_args()


def main(args):
    import subprocess
    import sys
    import tempfile
    import time
    from pathlib import Path
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        size = write_photographs(root / 'photos', args.photographs)
        print(f'{args.photographs} photographs of 12 MP, {size / 1e6:.1f} MB each')
        for workers in args.workers:
            for run in ('first', 'second'):
                start = time.perf_counter()
                command = [sys.executable, '-m', 'lopm', 'ingest', root / 'photos', root / f'base{workers}',
                           '--key', root / 'key', '--workers', str(workers)]
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                seconds = time.perf_counter() - start
                print(f'{workers} workers, {run} run: {seconds:.1f} s, {args.photographs / seconds:.1f} per second')
    report_color_lost()


def write_photographs(folder, number):
    """Write the photographs; the mean size of a file in bytes."""
    import numpy as np
    from PIL import ExifTags, Image, ImageCms
    folder.mkdir()
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 5, (3000, 4000, 1))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes()
    wide = srgb.replace(b'\0\0\x6f\xa0', b'\0\0\x83\xdd', 1)  # another red colorant: as costly to convert as Display P3
    for i in range(number):
        coarse = Image.fromarray(rng.integers(60, 220, (30, 40, 3), dtype=np.uint8))
        smooth = np.asarray(coarse.resize((4000, 3000), Image.Resampling.BICUBIC))
        Image.fromarray((smooth + noise).clip(0, 255).astype(np.uint8)).save(
            folder / f'{i}.jpg', quality=92, exif=exif, icc_profile=wide if i % 2 else srgb)
    return sum(path.stat().st_size for path in folder.iterdir()) / number


def report_color_lost():
    import io
    import tempfile
    from pathlib import Path

    import numpy as np
    from PIL import Image
    from skimage import color, data

    from lopm.curation.intake.clean import clean
    from lopm.datasets.photographs import read_photograph

    def difference(a, b):
        values = color.deltaE_ciede2000(color.rgb2lab(a), color.rgb2lab(b))
        return f'mean {values.mean():.2f}, 99 % of pixels under {np.quantile(values, 0.99):.2f}'

    for name in ('astronaut', 'coffee', 'chelsea', 'rocket'):
        photograph = getattr(data, name)()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, 'a.jpg')
            file = io.BytesIO()
            Image.fromarray(photograph).save(file, 'JPEG', quality=92)
            path.write_bytes(file.getvalue())
            clean(path, Path(folder, 'b'))
            before, after = (read_photograph(Path(folder, f'{which}.jpg'))[..., ::-1] for which in 'ab')
        print(f'{name}: camera {difference(photograph, before)}; intake {difference(before, after)}')


if __name__ == '__main__':
    run_tool(main, parse_args())
