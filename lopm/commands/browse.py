"""Draw photographs as the model will see them: after the pipeline, with outlines, maps and labels in words.

    lopm browse configs/multitask.py --out browse
    lopm browse configs/multitask.py --out browse --part test --number 48 --data DIR

Writes sheet_00.png, sheet_01.png, ... Each photograph stands there twice: as it is, and with its maps, whose colors the
head of the sheet explains. Below it: whose it is, what is known of the record, and of each lesion, a rater per line:
"a or b" are alternatives, "a + b" holds together, "+ ?" says that there may be more.
"""
import argparse
from pathlib import Path

from lopm.arguments import add_data_argument, add_options_argument, existing_file

GREEN, YELLOW, BLUE, DARK = (0, 220, 60), (255, 210, 0), (60, 120, 255), (70, 70, 70)
LEGEND = {  # the maps that are drawn, the first over the others
    'lesion': (GREEN, 'outline of a lesion'), 'region': (YELLOW, 'where its features are looked for in training'),
    'core': (BLUE, 'its core'), 'unknown': (DARK, 'darkened: outlined by nobody, or padding')}
COLUMNS, ROWS, WIDTH, LINE = 4, 4, 440, 13  # of a sheet; pixels of a photograph's cell, and of a line of text
LETTERS = 82  # of a line


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


def describe(packed, tasks, record_fields):
    """The lines of text below a photograph: what is known of it."""
    from lopm.datasets.record import decode_record
    from lopm.wording import in_words
    sample = packed['data_samples']
    if sample.bad:
        return [f'BAD: {sample.bad}']
    whole = f'photograph {sample.image_id}'
    record = decode_record(sample.record.numpy(), record_fields)
    lines = [', '.join([whole, *[f'patient {sample.patient_id}'] * (sample.patient_id != whole),
                        *(f'{name} {in_words(value)}' for name, value in record.items())])]
    for i, lesion in enumerate(sample.lesion_ids):
        who = 'as a whole' if lesion == whole else f'{i + 1} {lesion}'
        said = [labels(tasks, {name: sample.gt_lesions[name][i, r] for name in tasks if name in sample.gt_lesions})
                for r in range(len(sample.raters))]
        lines += [f'{who} {rater}'.strip() + f': {own}' for rater, own in zip(sample.raters, said) if own] or [
            f'{who}: no label']
    said = labels(tasks, {name: rows[0, 0] for name, rows in sample.gt_image.items()})
    return lines + [said] * bool(said)


def labels(tasks, targets):
    """The known ones of ``{task: target [K]}`` in words."""
    from lopm.wording import label, words
    return '; '.join(f'{words(name)} {label(tasks[name], target.numpy())}' for name, target in targets.items()
                     if not target.isnan().all())


def draw_photograph(packed, tasks, record_fields):
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
    for name, (color, _) in reversed(LEGEND.items()):
        if name in maps:
            cv2.drawContours(drawn, outlines(maps[name]), -1, color, 1)
    lines = [part for line in describe(packed, tasks, record_fields) for part in textwrap.wrap(line, LETTERS)]
    cell = Image.new('RGB', (WIDTH, size[1] + LINE * len(lines) + 8), 'white')
    cell.paste(Image.fromarray(plain), (0, 0))
    cell.paste(Image.fromarray(drawn), (WIDTH // 2, 0))
    pen = ImageDraw.Draw(cell)
    pen.multiline_text((2, size[1] + 2), '\n'.join(lines), 'black', spacing=2, font_size=LINE - 3)
    for i in set(np.unique(maps['lesion'])) - {0, 255}:
        y, x = np.argwhere(maps['lesion'] == i).mean(0)
        pen.text((WIDTH // 2 + x, y), str(i), 'white', anchor='mm', stroke_width=1, stroke_fill='black', font_size=LINE)
    return cell


def outlines(lesion_map):
    """Contours of every lesion of a map."""
    import cv2
    import numpy as np
    masks = [(lesion_map == i).astype(np.uint8) for i in np.unique(lesion_map) if 0 < i < 255]
    return [contour for mask in masks
            for contour in cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0]]


def draw_legend(maps):
    """The head of a sheet: which color is which of the ``maps``, names of ``LEGEND``."""
    from PIL import Image, ImageDraw
    head = Image.new('RGB', (COLUMNS * (WIDTH + 8), 2 * LINE), 'white')
    pen, x = ImageDraw.Draw(head), 4
    for color, words in (LEGEND[name] for name in LEGEND if name in maps):
        pen.rectangle((x, LINE - 2, x + 24, LINE + 1), color)
        pen.text((x + 30, LINE), words, 'black', anchor='lm', font_size=LINE)
        x += 60 + int(pen.textlength(words, font_size=LINE))
    return head


def write_sheets(cells, out, legend):
    """Paste cells in columns below the legend, sheet by sheet; returns the paths."""
    from PIL import Image
    paths = []
    for start in range(0, len(cells), COLUMNS * ROWS):
        rows = [cells[i:i + COLUMNS] for i in range(start, min(start + COLUMNS * ROWS, len(cells)), COLUMNS)]
        heights = [max(cell.height for cell in row) for row in rows]
        sheet = Image.new('RGB', (legend.width, legend.height + sum(heights)), 'white')
        sheet.paste(legend, (0, 0))
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                sheet.paste(cell, (c * (WIDTH + 8), legend.height + sum(heights[:r])))
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
    cells, maps = [], {'unknown'}
    for packed in (dataset[(args.epoch, i)] for i in track(indices, 'drawing')):
        cells.append(draw_photograph(packed, dataset.tasks, dataset.record_fields))
        maps.update(packed['data_samples'].map_names)
    args.out.mkdir(parents=True, exist_ok=True)
    for path in write_sheets(cells, args.out, draw_legend(maps)):
        print(path)
