"""YOLO: a ``data.yaml`` with the names of the classes, photographs, and of each a text file with a line per region.

A line is the number of a class, then shares of the photograph's width and height: 4 are a box (center and size), 6 or
more the points of an outline, 8 that form a rectangle a turned box. ``images/train/x.jpg`` has its labels in
``labels/train/x.txt``, or beside it. An empty file says that someone looked and drew nothing; a photograph without a
file was not looked at. Format: https://docs.ultralytics.com/datasets/
"""
import json
from pathlib import Path, PurePosixPath

import numpy as np

from lopm.curation.files import not_taken_in, walk
from lopm.curation.folder import Folder
from lopm.curation.outlines import along_edges, as_text, polygon, rectangle
from lopm.curation.placing import PARTS, note_words, parts_of, place
from lopm.curation.report import Report
from lopm.curation.source import OUTLINED, PART, Photograph, SourceError, drawn, label_of, plain
from lopm.curation.tables import text_of
from lopm.curation.yaml_files import read_yaml
from lopm.datasets.masks import encode_segmentation
from lopm.datasets.photographs import read_size
from lopm.structures import LESION

SUFFIX = '.yaml', '.yml'
PLACED = True
IMAGES, LABELS = 'images', 'labels'
SQUARE = 2  # pixels by which the diagonals of a rectangle may differ, and their middles lie apart


def read(path, export):
    """Add the photographs of one ``data.yaml``."""
    try:
        content = read_yaml(path)
    except ValueError as error:
        raise SourceError(f'{error}') from None
    classes = _classes(content, path)
    folder = Folder(export.root)
    folder.note_others(export)
    labels = {name: _label_file(export.root, name) for name in folder.names()}
    if not any(labels.values()):
        raise SourceError(f'{path}: none of the {len(labels)} photographs in {export.root} has a label file; they lie '
                          f'in {LABELS}/, as the photographs in {IMAGES}/, or beside these' + not_taken_in(export.root))
    parts = _parts(content, path, folder, export)
    for name, part in parts.items():
        with export.at(f'{path}: {name}'):
            export.photographs.append(_photograph(name, labels.get(name), part, classes, export))
    for lost in sorted({file for file in walk(export.root) if file.suffix == '.txt'
                        and LABELS in file.relative_to(export.root).parts} - set(labels.values())):
        name = lost.relative_to(export.root).with_suffix('').as_posix()
        export.photographs.append(Photograph(f'{name}.*', place=f'{lost}: its photograph'))


def _classes(content, path):
    """``{number: name}``, numbers as text."""
    names = content.get('names') if isinstance(content, dict) else None
    if isinstance(names, list):
        names = {str(number): name for number, name in enumerate(names)}
    if not names or not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise SourceError(f'{path}: no data.yaml of YOLO, which lists the names of the classes under "names"; name the '
                          'right file')
    return names


def _parts(content, path, folder, export):
    """``{name of a photograph: part}``; where the file names no parts, all photographs, of none."""
    entries = [(part, entry) for part in PARTS for entry in _listed(content.get(part))]
    if not entries:
        return dict.fromkeys(folder.names())
    found = {}
    for part, entry in entries:
        names = _names_in(entry, str(content.get('path') or ''), path, folder)
        export.notes['photographs in two parts of the source, kept in the first'] += len(names & found.keys())
        found = {**dict.fromkeys(names, part), **found}
    export.notes['photographs in no part that data.yaml names, left out'] += len(set(folder.names()) - found.keys())
    return dict(sorted(found.items()))


def _listed(value):
    return value if isinstance(value, list) else [value] if value else []


def _names_in(entry, above, path, folder):
    """Names of the photographs in a folder, or in a list of them, that was another path on the machine it is from."""
    steps = [step for step in PurePosixPath(above, entry).parts if step not in ('/', '..', '.')]
    candidates = [base.joinpath(*steps[i:]) for base in (path.parent, folder.path) for i in range(len(steps))]
    place = next((each for each in candidates if each.exists()), None)
    if place is None:
        raise SourceError(f'{path}: {entry!r} is not there; correct the path, or copy the photographs into '
                          f'{folder.path}')
    if place.is_file():
        return {folder.find(line) or line for line in text_of(place).split('\n') if line.strip()}
    return {name for name in folder.names() if (folder.path / name).is_relative_to(place)}


def _label_file(root, name):
    """The label file of a photograph, or None."""
    path = PurePosixPath(name).with_suffix('.txt')
    last = max((i for i, step in enumerate(path.parts) if step == IMAGES), default=None)
    beside = [] if last is None else [Path(root, *path.parts[:last], LABELS, *path.parts[last + 1:])]
    return next((each for each in [*beside, root / path] if each.is_file()), None)


def _photograph(name, labels, part, classes, export):
    place = f'{labels}' if labels else f'{export.root / name}, which has no label file'
    photograph = Photograph(name, annotated=labels is not None, words={'': {PART: [part]}} if part else {}, place=place)
    if labels:
        photograph.width, photograph.height = read_size(export.root / name)
        lines = [(number, tuple(line.split())) for number, line in enumerate(text_of(labels).split('\n'), start=1)]
        once = {line: number for number, line in reversed(lines) if line}
        export.notes['lines that stand twice, read once'] += sum(bool(line) for _, line in lines) - len(once)
        photograph.outlined = None if once else True
        for line, number in reversed(once.items()):
            with export.at(f'{labels}, line {number}'):
                photograph.regions.append(_region(line, classes, photograph, f'{labels}, line {number}'))
    return photograph


def _region(line, classes, photograph, place):
    key, *numbers = line
    if key not in classes:
        raise SourceError(f'the class {key!r} is none of those that data.yaml names: {", ".join(classes)}')
    numbers = np.array(numbers, float)
    if len(numbers) == 5 or len(numbers) < 4 or len(numbers) % 2:
        raise SourceError(f'{len(numbers)} numbers after the class; a box has 4, a turned one 8, an outline two for '
                          'each of its points; confidences and keypoints are not read')
    points = numbers.reshape(-1, 2) * (photograph.width, photograph.height)
    if len(points) == 2:
        return drawn(rectangle(*(points[0] - points[1] / 2), *points[1]), {'label': [classes[key]]}, place, is_box=True)
    return drawn(polygon(points), {'label': [classes[key]]}, place, is_box=_is_rectangle(points))


def _is_rectangle(points):
    """Whether four corners have diagonals of one length and one middle; nobody outlines a lesion so."""
    if len(points) != 4:
        return False
    diagonals, middles = points[2:] - points[:2], (points[2:] + points[:2]) / 2
    lengths = np.hypot(*diagonals.T)
    return bool(abs(lengths[0] - lengths[1]) <= SQUARE and np.hypot(*(middles[0] - middles[1])) <= SQUARE)


def write(photographs, folder, origin):
    """``data.yaml``, and of each photograph whose lesions are all outlined the file in ``images/`` and its outlines in
    ``labels/``; parts have folders of their own.

    Returns:
        A ``Report`` of what the format cannot hold.
    """
    report = Report()
    outlined = [(photograph, part) for photograph, part in zip(photographs, parts_of(photographs, report))
                if part is not None and _is_outlined(photograph, report)]
    if not outlined:
        raise SourceError('no photograph is outlined: there is nothing that YOLO could hold')
    kept, part_of = zip(*outlined)
    classes = sorted({label_of(region) for photograph in kept for region in photograph.regions}) or [LESION]
    paths = place(kept, [folder / IMAGES / part for part in part_of], origin)
    for photograph, path in zip(kept, paths):
        lines = [f'{classes.index(label_of(region))} {_shares(points, photograph)}\n'
                 for region in _once(photograph.regions, report)
                 for points in _polygons(region, photograph, report)]
        labels = folder / LABELS / path.relative_to(folder / IMAGES).with_suffix('.txt')
        labels.parent.mkdir(parents=True, exist_ok=True)
        labels.write_text(''.join(lines), encoding='ascii')
    parts = ''.join(f'{part}: {IMAGES}/{part}\n' for part in PARTS if part in part_of)
    names = json.dumps(classes, ensure_ascii=False)  # which is YAML, too
    (folder / 'data.yaml').write_text(f'{parts}names: {names}\n', encoding='utf-8')
    note_words(kept, {'label', OUTLINED, PART}, report)
    report.states.update({'written': len(kept), 'left out': len(photographs) - len(kept)})
    return report


def _is_outlined(photograph, report):
    """Whether what has no line is known to be no lesion, for so YOLO takes it."""
    said = photograph.words.get('', {}).get(OUTLINED)
    boxes = any(region.box for region in photograph.regions)
    outlined = plain(said) if said else bool(photograph.regions) and not boxes
    report.notes['photographs that are not outlined, left out: what has no line counts as free of lesions'] += (
        not outlined)
    report.notes['photographs with a lesion that only a box marks, left out'] += bool(outlined and boxes)
    return outlined and not boxes


def _once(regions, report):
    """Regions without those of a lesion that another rater outlined, too."""
    rater_of = {}
    for number, region in enumerate(regions):
        lesion = label_of(region), plain(region.words.get('lesion_id', [number]))
        if rater_of.setdefault(lesion, region.rater) == region.rater:
            yield region
        else:
            report.notes["a further rater's outlines of a lesion, left out"] += 1


def _polygons(region, photograph, report):
    """The polygons of a region within the photograph, ``[N, 2]`` pixels; holes are filled."""
    segmentation, size = region.segmentation, (photograph.width, photograph.height)
    shapes = [] if isinstance(segmentation, dict) else [np.reshape(points, (-1, 2)) for points in segmentation]
    if not shapes or any((points < 0).any() or (points > size).any() for points in shapes):
        polygons, holes = along_edges(as_text(encode_segmentation(segmentation, *size[::-1])))
        shapes = [np.reshape(points, (-1, 2)) for points in polygons]
        report.notes['outlines with holes, which YOLO cannot have: filled'] += bool(holes)
    if not shapes:
        raise SourceError(f'{region.place}: the outline covers no pixel of the photograph; remove or correct it')
    report.notes['outlines of several polygons, each a region of its own in YOLO'] += len(shapes) > 1
    return shapes


def _shares(points, photograph):
    """Points as the numbers of a line; four get a fifth, or a rectangle of them would be read as a turned box."""
    if len(points) == 4:
        points = np.insert(points, 1, points[:2].mean(0), axis=0)
    return ' '.join(f'{share:.6f}' for share in (points / (photograph.width, photograph.height)).ravel())
