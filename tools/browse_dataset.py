"""Draw photographs as the model will see them: after the pipeline, with outlines, maps and labels in words.

    python tools/browse_dataset.py configs/multitask.py --out browse
    python tools/browse_dataset.py configs/multitask.py --out browse --part test --number 48 --data DIR

Writes sheet_00.png, sheet_01.png, ... Each photograph stands there twice: as it is, and with its maps: the outline in
green (unknown pixels darkened), in training also the region that features are pooled from in yellow, and the core in
blue. Below it: who, and each lesion's labels, a rater per line; "?" is not known.
"""
import argparse
from pathlib import Path

from lopm.engine.arguments import add_data_argument, add_options_argument, existing_file, run_tool

GREEN, YELLOW, BLUE = (0, 220, 60), (255, 210, 0), (60, 120, 255)
COLUMNS, ROWS, WIDTH, LINE = 4, 4, 440, 13  # of a sheet; pixels of a photograph's cell, and of a line of text


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', type=existing_file, metavar='CONFIG', help='a Python config file')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR', help='folder for the sheets')
    parser.add_argument('--part', choices=['train', 'val', 'test'], default='train', help='default: train')
    parser.add_argument('--number', type=int, default=32, help='how many photographs; default: 32')
    parser.add_argument('--epoch', type=int, default=0, help='whose random numbers augmentation uses; default: 0')
    add_data_argument(parser)
    add_options_argument(parser)
    return parser.parse_args(args)


def words_of(task, rows):
    """A lesion's targets ``[R, K]`` of one task in words, one string per rater."""
    import numpy as np
    said = []
    for row in rows:
        known = ~np.isnan(row)
        words = [word for word, _ in task.words(np.nan_to_num(row))] if known.any() else ['?']
        said.append('+'.join(words) or ('none' if known.all() else '?'))
    return said


def describe(packed, tasks):
    """The lines of text below a photograph."""
    sample = packed['data_samples']
    if sample.bad:
        return [f'BAD: {sample.bad}']
    record = ' '.join(f'{value:.2g}' for value in sample.record.tolist())
    lines = [f'{sample.image_id}  {sample.patient_id}  record: {record or "none"}']
    for i, lesion in enumerate(sample.lesion_ids):
        said = [words_of(task, sample.gt_lesions[name][i].numpy())
                for name, task in tasks.items() if name in sample.gt_lesions]
        lines += [f'{i + 1} {lesion} {rater}: ' + ', '.join(words) for rater, words in zip(sample.raters, zip(*said))]
    for name in sample.gt_image.keys():
        lines.append(f'{name}: {words_of(tasks[name], sample.gt_image[name][0].numpy())[0]}')
    return lines


def draw_photograph(packed, tasks):
    """A PIL image: the photograph, the photograph with its maps, and the text."""
    import textwrap

    import cv2
    import numpy as np
    from PIL import Image, ImageDraw
    plain = packed['inputs'].numpy()[::-1].transpose(1, 2, 0)
    size = WIDTH // 2 - 2, round((WIDTH // 2 - 2) * plain.shape[0] / plain.shape[1])
    maps = {name: cv2.resize(each.numpy(), size, interpolation=cv2.INTER_NEAREST_EXACT)
            for name, each in packed['data_samples'].maps().items()}
    plain = cv2.resize(np.ascontiguousarray(plain), size, interpolation=cv2.INTER_CUBIC)
    drawn = np.where(maps['lesion'][..., None] == 255, plain // 3, plain)
    for name, color in (('core', BLUE), ('region', YELLOW), ('lesion', GREEN)):
        if name in maps:
            cv2.drawContours(drawn, outlines(maps[name]), -1, color, 1)
    lines = [part for line in describe(packed, tasks) for part in textwrap.wrap(line, WIDTH // 4)]
    cell = Image.new('RGB', (WIDTH, size[1] + LINE * len(lines) + 8), 'white')
    cell.paste(Image.fromarray(plain), (0, 0))
    cell.paste(Image.fromarray(drawn), (WIDTH // 2, 0))
    ImageDraw.Draw(cell).multiline_text((2, size[1] + 2), '\n'.join(lines), 'black', spacing=2, font_size=LINE - 3)
    return cell


def outlines(lesion_map):
    """Contours of every lesion of a map."""
    import cv2
    import numpy as np
    masks = [(lesion_map == i).astype(np.uint8) for i in np.unique(lesion_map) if 0 < i < 255]
    return [contour for mask in masks
            for contour in cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0]]


def write_sheets(cells, out):
    """Paste cells in columns, sheet by sheet; returns the paths."""
    from PIL import Image
    paths = []
    for start in range(0, len(cells), COLUMNS * ROWS):
        rows = [cells[i:i + COLUMNS] for i in range(start, min(start + COLUMNS * ROWS, len(cells)), COLUMNS)]
        heights = [max(cell.height for cell in row) for row in rows]
        sheet = Image.new('RGB', (COLUMNS * (WIDTH + 8), sum(heights)), 'white')
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                sheet.paste(cell, (c * (WIDTH + 8), sum(heights[:r])))
        paths.append(out / f'sheet_{len(paths):02d}.png')
        sheet.save(paths[-1])
    return paths


def main(args):
    from rich.progress import track

    from lopm.engine.launch import load_config
    from lopm.registry import DATASETS
    cfg = load_config(args.config, options=args.cfg_options, folder=args.data)
    dataset = DATASETS.build(cfg[f'{args.part}_dataloader'].dataset)
    indices = range(min(args.number, len(dataset)))
    cells = [draw_photograph(dataset[(args.epoch, i)], dataset.tasks) for i in track(indices, 'drawing')]
    args.out.mkdir(parents=True, exist_ok=True)
    for path in write_sheets(cells, args.out):
        print(path)


if __name__ == '__main__':
    run_tool(main, parse_args())
