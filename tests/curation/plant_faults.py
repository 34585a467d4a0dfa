"""A sound base, and forty faults of twenty kinds planted in it: what a doctor of data sets has to find.

Written before the doctor, and knows nothing of it. ``sound_base`` makes a small base of two parts from the built-in
photographs, with labels that agree; ``plant_faults`` damages it, two faults of each kind, and says for each what must
be found and where. No photograph gets two faults, but for the classes that vanish from a part.

    python tests/curation/plant_faults.py OUT_DIR       # OUT_DIR/sound, OUT_DIR/planted, OUT_DIR/planted/faults.json
"""
import dataclasses
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps

# Labels that agree with each other, one profile per lesion, in turn: every class stands in both parts.
PROFILES = [
    dict(color=['white'], homogeneity='homogeneous', texture=['smooth_flat'], border_sharpness='well_defined',
         border_regularity='regular', diagnosis='homogeneous_leukoplakia', elementary_lesion=['plaque']),
    dict(color=['white', 'red'], homogeneity='non_homogeneous', texture=['nodular_granular'],
         border_sharpness='partly_defined', border_regularity='irregular',
         diagnosis='non_homogeneous_leukoplakia', elementary_lesion=['papule_nodule']),
    dict(color=['red'], texture=['velvety'], border_sharpness='well_defined', border_regularity='intermediate',
         diagnosis='erythroplakia', elementary_lesion=['macule']),
    dict(color=['white'], homogeneity='intermediate', texture=['wrinkled_corrugated'], border_sharpness='ill_defined',
         border_regularity='irregular', diagnosis={'any_of': ['lichen_planus', 'benign_lesion']},
         elementary_lesion=['plaque']),
    dict(color=['blanched'], texture=['smooth_flat'], border_sharpness='ill_defined', border_regularity='intermediate',
         diagnosis='submucous_fibrosis', elementary_lesion=['macule']),
    dict(color=['red', 'yellow_fibrinous'], texture=['ulcerated'], border_sharpness='partly_defined',
         border_regularity='regular', diagnosis='benign_lesion', elementary_lesion=['ulcer'])]


@dataclass
class Fault:
    """What must be found: some finding of ``kind`` that names all these photographs, annotations and words."""

    kind: str
    photographs: tuple = ()
    annotations: tuple = ()
    words: tuple = ()


def sound_base(folder, photographs=96):
    """``folder/train.json`` and ``folder/test.json`` with their photographs, in which there is nothing to find."""
    from lopm.datasets.synthetic.generate import ensure_synthetic
    folder = ensure_synthetic(folder, photographs, workers=1)
    parts = {name: json.loads((folder / f'{name}.json').read_text()) for name in ('train', 'val', 'test')}
    for key in ('images', 'annotations'):
        parts['test'][key] += parts['val'][key]
    for name in ('train', 'test'):
        _agreeing_labels(parts[name]['annotations'])
        (folder / f'{name}.json').write_text(json.dumps(parts[name]))
    for name in ('val.json', 'truth.json', 'audit.json'):
        (folder / name).unlink()
    return folder


def _agreeing_labels(annotations):
    """Every lesion gets a profile, the same for all its raters and visits."""
    lesions = {}
    for annotation in annotations:
        if 'lesion_id' in annotation:
            number = lesions.setdefault(annotation['lesion_id'], len(lesions))
            annotation['attributes'] = dict(PROFILES[number % len(PROFILES)])


class Planter:
    """Damages a copy of a base; hands out each of its photographs once."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.parts = {name: json.loads((self.folder / f'{name}.json').read_text()) for name in ('train', 'test')}
        self.used, self.faults = set(), []
        self.next_id = 1 + max(row['id'] for part in self.parts.values() for key in ('images', 'annotations')
                               for row in part[key])

    def take(self, part='train', raters=1, lesions=1, but=()):
        """An undamaged photograph, not of the patients ``but``, and its ``{lesion_id: [annotation of each rater]}``."""
        for image in self.parts[part]['images']:
            found = self.lesions(part, image)
            fits = len(found) >= lesions and all(len(rows) == raters for rows in found.values())
            if fits and image['file_name'] not in self.used and image['patient_id'] not in but:
                self.used.add(image['file_name'])
                return image, found
        raise ValueError(f'{self.folder}: no photograph of {part} is left with {lesions} lesions and {raters} raters')

    def lesions(self, part, image):
        found = {}
        for row in self.parts[part]['annotations']:
            if row['image_id'] == image['id'] and 'lesion_id' in row:
                found.setdefault(row['lesion_id'], []).append(row)
        return found

    def pixels(self, image, change):
        """Save the photograph changed."""
        path = self.folder / image['file_name']
        change(upright(path)).save(path, quality=92)

    def copy(self, image, part, to, patient, change=None, quality=95):
        """Another entry in part ``to`` with the photograph's lesions; without ``change`` the file is copied."""
        source = self.folder / image['file_name']
        name = f'images/copy_{self.next_id}.jpg'
        size = image['width'], image['height']
        if change is None:
            shutil.copy(source, self.folder / name)
        else:
            changed = change(upright(source))
            changed.save(self.folder / name, quality=quality)
            size = changed.size
        entry = {**image, 'id': self.next_id, 'file_name': name, 'patient_id': patient,
                 'width': size[0], 'height': size[1]}
        self.parts[to]['images'].append(entry)
        x, y = size[0] / image['width'], size[1] / image['height']
        for rows in self.lesions(part, image).values():
            for row in rows:
                self.next_id += 1
                polygons = [(np.array(p).reshape(-1, 2) * (x, y)).ravel().tolist() for p in row['segmentation']]
                self.parts[to]['annotations'].append({
                    **row, 'id': self.next_id, 'image_id': entry['id'], 'lesion_id': f'{row["lesion_id"]}-copy',
                    'segmentation': polygons})
        self.next_id += 1
        self.used.add(name)
        return entry

    def found(self, kind, photographs=(), annotations=(), words=()):
        self.faults.append(Fault(kind, tuple(each['file_name'] for each in photographs),
                                 tuple(each['id'] for each in annotations), tuple(words)))


def upright(path):
    """Some cameras write their photographs sideways, and how to turn them beside it."""
    return ImageOps.exif_transpose(Image.open(path)).convert('RGB')


def plant_faults(folder):
    """Damage the base in ``folder``; returns the forty ``Fault``."""
    planter = Planter(folder)
    for plant in (files, sizes, copies, patients, outlines, labels, light, raters, classes):
        plant(planter)
    for name, part in planter.parts.items():
        (planter.folder / f'{name}.json').write_text(json.dumps(part))
    return planter.faults


def files(p):
    for part in ('train', 'test'):
        image, _ = p.take(part)
        (p.folder / image['file_name']).unlink()
        p.found('missing_photograph', [image])
    for content in (lambda data: data[:len(data) // 2], lambda data: b'patient list, no photograph'):
        image, _ = p.take()
        path = p.folder / image['file_name']
        path.write_bytes(content(path.read_bytes()))
        p.found('unreadable_photograph', [image])


def sizes(p):
    for size in ((1024, 768), (384, 512)):
        image, _ = p.take()
        image['width'], image['height'] = size
        p.found('wrong_size', [image])


def copies(p):
    def smaller(image):
        return image.resize((360, 270), Image.LANCZOS)

    def mirrored(image):
        return image.transpose(Image.FLIP_LEFT_RIGHT)

    def brighter(image):
        return image.point(lambda value: min(255, round(value * 1.08 + 4)))

    for patient in (None, 'P-other'):
        image, _ = p.take()
        p.found('duplicate', [image, p.copy(image, 'train', 'train', patient or image['patient_id'])])
    for change in (smaller, mirrored):
        image, _ = p.take()
        p.found('near_duplicate', [image, p.copy(image, 'train', 'train', f'P-{change.__name__}', change, 60)])
    for change in (brighter, mirrored):
        image, _ = p.take()
        p.found('near_duplicate_across_parts',
                [image, p.copy(image, 'train', 'test', f'P-test-{change.__name__}', change, 80)])


def patients(p):
    moved = set()
    for _ in range(2):
        image, _ = p.take('test', but=moved)
        other, _ = p.take('train', but=moved)
        moved |= {image['patient_id'], other['patient_id']}
        image['patient_id'] = other['patient_id']
        p.found('patient_in_two_parts', [image], words=[image['patient_id']])


def outlines(p):
    def first(lesions=1, **more):
        image, found = p.take(lesions=lesions, **more)
        return image, [rows[0] for rows in found.values()]

    for shift in ((-1, 0), (0, 1)):  # out of the left and of the lower edge, by half the lesion
        image, (row, *_) = first()
        points = np.array(row['segmentation'][0]).reshape(-1, 2)
        middle = points.mean(0)
        points += np.array([-middle[0], 0] if shift[0] else [0, image['height'] - middle[1]])
        row['segmentation'] = [points.ravel().tolist()]
        p.found('outline_outside', [image], [row])
    image, (row, *_) = first()
    row['segmentation'] = [[100, 100, 103, 100, 103, 103, 100, 103]]
    p.found('outline_tiny', [image], [row])
    image, (row, *_) = first()
    before = 100 * image['height'] + 50
    row['segmentation'] = {'size': [image['height'], image['width']],
                           'counts': [before, 4, image['height'] * image['width'] - before - 4]}
    p.found('outline_tiny', [image], [row])
    for _ in range(2):
        image, (row, *_) = first()
        row['segmentation'] = [[150, 100, 260, 200, 260, 100, 150, 200]]  # a bow tie
        p.found('outline_crosses_itself', [image], [row])
    for share in (1, .5):
        image, (one, other, *_) = first(lesions=2)
        points = np.array(one['segmentation'][0]).reshape(-1, 2)
        other['segmentation'] = [(points.mean(0) + share * (points - points.mean(0))).ravel().tolist()]
        p.found('outlines_overlap', [image], [one, other])
    for polygon in ([100, 100, 180, 160], [100, 100, 180, 160, 1e6, 120]):
        image, (row, *_) = first()
        row['segmentation'] = [polygon]
        p.found('outline_undrawable', [image], [row])


def labels(p):
    for empty in ({}, None):
        image, found = p.take()
        row = next(iter(found.values()))[0]
        if empty is None:
            del row['attributes']
        else:
            row['attributes'] = {}
        p.found('lesion_without_labels', [image], [row])
    speckled = dict(PROFILES[1], homogeneity='homogeneous')
    not_white = dict(PROFILES[2], homogeneity='intermediate')
    for attributes in (speckled, not_white):
        image, found = p.take()
        row = next(iter(found.values()))[0]
        row['attributes'] = attributes
        p.found('contradictory_labels', [image], [row], ['homogeneity', 'color'])
    for task, value, word in (('color', ['whitish', 'red'], 'whitish'),
                              ('diagnosis', {'any_of': ['lichen_planus', 'leucoplakia']}, 'leucoplakia')):
        image, found = p.take()
        row = next(iter(found.values()))[0]
        row['attributes'] = {**row['attributes'], task: value}
        p.found('unknown_word', [image], [row], [task, word])


def light(p):
    for change in (lambda image: image.filter(ImageFilter.GaussianBlur(5)),
                   lambda image: image.filter(ImageFilter.BoxBlur((12, 0))).filter(ImageFilter.BoxBlur((0, 4)))):
        image, _ = p.take()
        p.pixels(image, change)
        p.found('blurred', [image])
    for factor in (.12, 3):
        image, _ = p.take()
        p.pixels(image, lambda picture, factor=factor: picture.point(lambda value: min(255, round(value * factor))))
        p.found('exposure', [image])
    for share in (.3, .5):
        image, found = p.take()
        outline = next(iter(found.values()))[0]['segmentation'][0]
        p.pixels(image, lambda picture, outline=outline, share=share: _with_glare(picture, outline, share))
        p.found('glare', [image])


def _with_glare(picture, outline, share):
    """A soft white patch in the middle of an outline, over ``share`` of its box's inner ellipse."""
    x, y = np.array(outline).reshape(-1, 2).T
    rows, columns = np.indices(picture.size[::-1])
    distance = np.hypot((columns - x.mean()) / np.ptp(x), (rows - y.mean()) / np.ptp(y)) * 2
    white = np.clip((np.sqrt(share) - distance) * 12 + 1, 0, 1)[..., None]
    return Image.fromarray((np.asarray(picture) * (1 - white) + 255 * white).astype(np.uint8))


def raters(p):
    image, found = p.take(raters=2)
    one, other = next(iter(found.values()))
    points = np.array(one['segmentation'][0]).reshape(-1, 2)
    width = np.ptp(points[:, 0])
    aside = width if points[:, 0].max() + width < image['width'] else -width
    other['segmentation'] = [(points + (.8 * aside, 0)).clip(0, (image['width'], image['height'])).ravel().tolist()]
    p.found('raters_disagree', [image], [one, other])
    image, found = p.take(raters=2)
    one, other = next(iter(found.values()))
    one['attributes'], other['attributes'] = dict(PROFILES[0]), dict(PROFILES[5])
    p.found('raters_disagree', [image], [one, other])


def classes(p):
    """A class that only one part knows: in the test part it cannot be scored, in training it cannot be learned."""
    for part, task, word, instead in (('test', 'elementary_lesion', ['ulcer'], ['plaque']),
                                      ('train', 'border_regularity', 'irregular', 'intermediate')):
        for row in p.parts[part]['annotations']:
            if row.get('attributes', {}).get(task) == word:
                row['attributes'] = {**row['attributes'], task: instead}
        p.found('class_missing', words=[part, task, word[0] if isinstance(word, list) else word])


if __name__ == '__main__':
    out = Path(sys.argv[1])
    shutil.copytree(sound_base(out / 'sound'), out / 'planted')
    planted = plant_faults(out / 'planted')
    (out / 'planted' / 'faults.json').write_text(json.dumps([dataclasses.asdict(fault) for fault in planted], indent=1))
    print(f'{len(planted)} faults of {len({fault.kind for fault in planted})} kinds in {out}/planted')
