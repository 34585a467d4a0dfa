"""The built-in photographs as files: JPEGs, one COCO json per part, `audit.json`, `truth.json`."""
import functools
import hashlib
import json
import os
import shutil
from pathlib import Path

import cv2
import numpy as np
from filelock import FileLock
from mmengine.logging import print_log
from pycocotools import mask as coco_mask
from rich.progress import track
from skimage.measure import find_contours

from lopm.datasets.splits import write_json, write_parts
from lopm.datasets.synthetic import camera as cameras
from lopm.datasets.synthetic import labels
from lopm.datasets.synthetic.lesions import draw_lesion, signed_distance
from lopm.datasets.synthetic.mucosa import draw_mucosa, field
from lopm.datasets.synthetic.patients import CANVAS_HEIGHT, CANVAS_WIDTH, HEIGHT, PARTS, WIDTH, draw_photographs
from lopm.workers import start_workers

SOURCE = 'synthetic: drawn by lopm.datasets.synthetic to show that the software works; no patients'
CATEGORIES = [{'id': 1, 'name': 'lesion'}, {'id': 2, 'name': 'mouth_cavity'}]
MIN_AREA = 200     # square pixels; a lesion with less in the frame is not annotated
OUTLINE_ERROR = {'well_defined': .05, 'partly_defined': .07, 'ill_defined': .09}
# The second rater's outline strays by this share of the lesion's radius: Jaccard .88 on average.


def ensure_synthetic(root, num_photographs=800, seed=0, shift=False, workers=2, small=False):
    """Make the photographs in `root` unless they are there; one process makes, all others wait.

    Returns `root` as a Path. Raises ValueError if the folder holds photographs of other settings or of another version
    of the generator, or something else altogether.
    """
    import torch.distributed as dist
    root = Path(root)
    settings = {'num_photographs': num_photographs, 'seed': seed, 'shift': shift, 'small': small,
                'generator': generator_hash()}
    joined = dist.is_available() and dist.is_initialized()
    try:
        if is_free(root) and (not joined or dist.get_rank() == 0):  # a finished folder may be read-only
            root.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f'{root}.lock'):
                if is_free(root):
                    print_log(f'{root}: there is nothing yet; making the built-in photographs there, {num_photographs} '
                              'drawings that show no patient. For photographs of your own say --data DIR', 'current')
                    _make(root, settings, workers)
    finally:
        if joined:
            dist.barrier()
    _check(root, settings)
    return root


def generator_hash():
    """Twelve hex digits of the generator's source files: two tables are comparable where it is equal."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob('*.py')):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def is_free(root):
    """Whether nothing stands there: no folder, or an empty one."""
    return not root.exists() or (root.is_dir() and not any(root.iterdir()))


def _check(root, settings):
    audit = root / 'audit.json'
    made = json.loads(audit.read_text()).get('settings') if audit.is_file() else None
    if not isinstance(made, dict) or 'generator' not in made:
        raise ValueError(f'{root} does not hold the built-in photographs, which this config reads; for photographs of '
                         f'your own say --data {root}')
    if made != settings:
        raise ValueError(f'{root} holds built-in photographs made with {made}, but {settings} is asked for; '
                         'remove that folder, which lopm made, or name another: lopm synthetic DIR')


def _make(root, settings, workers):
    """Everything goes into `<root>.partial`, which takes the name `root` only when it is complete."""
    partial = root.with_name(root.name + '.partial')
    shutil.rmtree(partial, ignore_errors=True)  # of a run that was killed; the lock is ours
    (partial / 'images').mkdir(parents=True)
    try:
        photographs = draw_photographs(settings['num_photographs'], settings['seed'], settings['small'])
        job = functools.partial(_photograph, folder=partial, seed=settings['seed'],
                                shift=settings['shift'])
        results = list(track(_each(job, photographs, workers), 'making photographs',
                             total=len(photographs)))
        _write_json(partial, photographs, results, settings)
        os.rename(partial, root)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _each(job, items, workers):
    """`map` over processes."""
    if workers < 2:
        yield from map(job, items)
        return
    with start_workers(workers) as pool:
        yield from pool.map(job, items, chunksize=4)


def _photograph(photo, folder, seed, shift):
    """Draw, expose and save one photograph. Returns its json image, and its annotations without ids."""
    lab, height, gloss, cavity, distances = draw_view(photo)
    rng = np.random.default_rng([seed, photo.index, 1 + shift])
    camera = cameras.SHIFTED if shift else cameras.USUAL
    matrix, zoom = cameras.draw_pose(np.random.default_rng([seed, photo.index, 0]))
    rgb = cameras.expose(rng, camera, *(cameras.warp(x, matrix) for x in (lab, height, gloss)))
    name = f'images/{photo.patient_id}_{photo.index:05d}.jpg'
    device = cameras.save(folder / name, rgb, rng, camera, photo.date)
    image = {'id': photo.index + 1, 'file_name': name, 'width': WIDTH, 'height': HEIGHT,
             'patient_id': photo.patient_id, 'visit': photo.date.isoformat(), 'device': device,
             'center': 'synthetic', 'outlined': True, 'record': photo.record, 'attributes': {}}
    rater_rng = np.random.default_rng([seed, photo.index, 3])
    annotations = [_annotation(photo, 2, _polygons(cameras.warp(cavity, matrix)), 'r1')]
    for i, (lesion, distance) in enumerate(zip(photo.lesions, distances)):
        distance = cameras.warp(distance, matrix)
        for rater, attributes in photo.ratings.items():
            drawn = distance if rater == 'r1' else _redraw(rater_rng, distance, lesion, zoom)
            annotations.append({**_annotation(photo, 1, _polygons(drawn), rater),
                                'lesion_id': lesion.lesion_id, 'attributes': attributes[i]})
    return image, [a for a in annotations if a['area'] >= MIN_AREA]


def draw_view(photo):
    """The view on its canvas: CIELAB, relief, shine, and the signed distances of cavity and lesions."""
    shape = CANVAS_HEIGHT, CANVAS_WIDTH
    lab, height, tissue, cavity = draw_mucosa(np.random.default_rng(photo.view_seed), photo.site, shape)
    gloss = np.zeros(shape, np.float32)
    room, distances = signed_distance(tissue.astype(np.uint8)), []
    for lesion in photo.lesions:
        distance = draw_lesion(lesion, photo.growth, lab, height, gloss, room)
        room = np.minimum(room, -distance)
        distances.append(distance)
    return lab, height, gloss, signed_distance(cavity.astype(np.uint8)), distances


def _redraw(rng, distance, lesion, zoom):
    """Another rater's outline: strays from the true one by a share of the radius, more if ill-defined."""
    error = OUTLINE_ERROR[lesion.features['border_sharpness']] * lesion.radius * zoom
    return distance + error * (rng.normal(.15, .35) + .8 * field(rng, distance.shape, 45))


def _polygons(distance):
    """The zero line of a signed distance [H, W] as COCO polygons, in pixels, the corner at (0, 0)."""
    x, y, width, height = cv2.boundingRect((distance > 0).astype(np.uint8))
    padded = np.pad(distance, 1, constant_values=-1)[y:y + height + 2, x:x + width + 2]
    polygons = []
    for line in find_contours(padded, 0) if width else []:
        line = np.clip(line[:-1, ::-1] + (x - .5, y - .5), 0, (WIDTH, HEIGHT)).astype(np.float32)
        line = cv2.approxPolyDP(line[:, None], .3, True)[:, 0]
        if len(line) >= 3 and cv2.contourArea(line) > 30:
            polygons.append([round(float(v), 1) for v in line.ravel()])
    return polygons


def _annotation(photo, category, polygons, rater):
    rle = coco_mask.merge(coco_mask.frPyObjects(polygons, HEIGHT, WIDTH)) if polygons else None
    return {'image_id': photo.index + 1, 'category_id': category, 'segmentation': polygons,
            'bbox': coco_mask.toBbox(rle).tolist() if rle else [0, 0, 0, 0],
            'area': int(coco_mask.area(rle)) if rle else 0, 'iscrowd': 0, 'rater': rater}


def _write_json(folder, photographs, results, settings):
    """The parts, with ids that run through them, the truth, and the audit."""
    parts, number = {}, 0
    for part in PARTS:
        pairs = [r for p, r in zip(photographs, results) if p.part == part]
        annotations = [a for _, group in pairs for a in group]
        for annotation in annotations:
            number += 1
            annotation['id'] = number
        parts[part] = {
            'info': {'lopm': 1, 'tasks': labels.TASKS, 'source': SOURCE, 'generator': settings['generator']},
            'images': [image for image, _ in pairs], 'annotations': annotations, 'categories': CATEGORIES}
    lesions = {x.lesion_id: x for p in photographs for x in p.lesions}
    write_json(folder / 'truth.json', {
        key: {'features': x.features, 'diagnosis': x.diagnosis,
              'posterior': labels.posterior(x.features).tolist()} for key, x in lesions.items()})
    write_parts(folder, parts, {
        'settings': settings,
        'near_duplicates_apart': 'by construction: a view is photographed at one patient only'})
