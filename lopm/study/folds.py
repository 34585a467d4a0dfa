"""The folds of a study: the photographs of all parts of a config together, divided by patient and near duplicate."""
import os
from collections import defaultdict
from pathlib import Path

import numpy as np

from lopm.curation import split
from lopm.datasets.format import read_dataset, write_dataset
from lopm.datasets.groups import has_patient
from lopm.engine.parts import PARTS, annotations
from lopm.registry import DATASETS
from lopm.study.remarks import Remark
from lopm.wording import words

LEAST = 3  # patients: one to train on, one to choose the checkpoint on, one to test


def make_folds(cfg, out, count, inner=0, seed=0, workers=2):
    """Write ``out/fold0`` and so on, each with its ``train.json``, ``val.json``, ``test.json`` and ``audit.json``.

    Every photograph is tested in one fold, and validates in another. The folds of a second call with the same data and
    seed are the same.

    Args:
        cfg: Config whose parts are put together as ``out/all.json``.
        count: Number of folds, 3 or more.
        inner: Number of folds that the training part of each fold is divided into, under ``fold<i>/inner``; 0: none.
            They validate on the validation part of their outer fold, and never see its test part.

    Returns:
        The folders, ``[Path]``.

    Raises:
        ValueError: ``out`` was divided from other data, or into another number.
    """
    out.mkdir(parents=True, exist_ok=True)
    content, whole = join_parts(cfg, out), out / 'all.json'
    if whole.is_file() and read_dataset(whole) != content:
        raise ValueError(f'{out} was divided from other data than the config names now; name another folder, or '
                         'restore the data to go on')
    write_dataset(whole, content)
    folders = divide(split.folds, [whole], out, count, seed, workers)
    for folder in folders if inner else ():
        divide(split.inner_folds, [folder / 'train.json', folder / 'val.json'], folder / 'inner', inner, seed, workers)
    return folders


def divide(way, sources, out, count, seed, workers):
    """The folders of ``count`` folds of some json files, by a way of ``lopm.curation.split``."""
    groups, content = split.read_groups(*sources, workers=workers)
    layout = way(groups, out, count, seed)
    return list(split.write_division(groups, content, sources[0], out, layout, {'seed': seed, 'folds': count}))


def join_parts(cfg, out):
    """The parts of a config as one COCO dict, ids counted anew, file names relative to ``out``.

    Raises:
        ValueError: The parts name their categories differently.
    """
    return join_content(parts_of(cfg), out)


def join_content(datasets, out):
    """As ``join_parts``, of some data sets of a config."""
    joined = {'images': [], 'annotations': []}
    for dataset in datasets:
        path = Path(annotations(dataset)).with_suffix('.json')  # also where an index of it is read
        content = read_dataset(path)
        joined.setdefault('info', content.get('info', {}))
        if joined.setdefault('categories', content['categories']) != content['categories']:
            raise ValueError(f'{path}: its categories differ from those of the part before; name them alike')
        folder = Path(dataset.get('data_root', ''), (dataset.get('data_prefix') or {}).get('img', ''))
        number = {}
        for image in content['images']:
            number[image['id']] = len(joined['images']) + 1
            name = os.path.relpath((folder / image['file_name']).resolve(), out.resolve())
            joined['images'].append({**image, 'id': number[image['id']], 'file_name': name})
        first = len(joined['annotations']) + 1
        joined['annotations'] += [{**row, 'id': i, 'image_id': number[row['image_id']]}
                                  for i, row in enumerate(content['annotations'], first)]
    return joined


def unnamed_patients(folders):
    """A ``Remark``, in a list, if photographs name no patient: folds cannot keep a patient's together then."""
    images = [image for folder in folders for image in read_dataset(folder / 'test.json')['images']]
    unnamed = sum(not has_patient(image) for image in images)
    return [Remark(f'{unnamed} of {len(images)} photographs have no patient_id: each counts as a patient, whose other '
                   'photographs may have been trained on, and intervals are too narrow')] if unnamed else []


def rare_classes(tasks, folders):
    """A ``Remark`` for every class that too few patients have for every fold: what is said of it rests on little.

    Args:
        tasks: ``{name: Task}``. folders: Of the folds, as ``make_folds`` gives them.
    """
    patients, tested = defaultdict(set), defaultdict(set)
    for fold, folder in enumerate(folders):
        content = read_dataset(folder / 'test.json')
        of_image = {image['id']: _patient(image) for image in content['images']}
        given = [(of_image[row['image_id']], row.get('attributes') or {}) for row in content['annotations']]
        given += [(_patient(image), image.get('attributes') or {}) for image in content['images']]
        for patient, attributes in given:
            for name in attributes.keys() & tasks.keys():
                for word in _words(tasks[name], attributes[name]):
                    patients[name, word].add(patient)
                    tested[name, word].add(fold)
    silent = [name for name, task in tasks.items() if not any(patients[name, word] for word in task.classes)]
    return [Remark('nobody has a label; no fold learns or tests it', words(name)) for name in silent] + [
        _rare(f'{words(name)} {words(word)}', len(patients[name, word]), len(tested[name, word]), len(folders))
        for name, task in tasks.items() if name not in silent for word in task.classes
        if len(tested[name, word]) < len(folders) and not (task.ordered and not patients[name, word])]


def _rare(where, patients, tested, folds):
    if not patients:
        return Remark('nobody is labelled so; no fold learns or tests the class', where)
    where = f'{where} ({patients} patient{"s" * (patients > 1)}'
    if patients < LEAST:
        return Remark('too few patients are labelled so to train on the class, choose a checkpoint on it and test it',
                      f'{where})')
    return Remark('not every fold tests the class', f'{where}, {tested} of {folds} folds)')


def _patient(image):
    return image['patient_id'] if has_patient(image) else image['file_name']


def _words(task, answer):
    """The classes that an answer says are there."""
    target = task.class_probabilities(np.nan_to_num(task.encode(answer)))
    known = not np.isnan(task.encode(answer)).all()
    return [word for word, there in zip(task.classes, target) if known and there > 0.5]


def parts_of(cfg):
    """The data sets of a config's parts, each file once; built-in photographs are made if they are not there."""
    datasets = {}
    for part in PARTS:
        dataset = cfg[f'{part}_dataloader']['dataset']
        if not Path(annotations(dataset)).is_file():
            DATASETS.build(dataset)
        datasets.setdefault(annotations(dataset), dataset)
    return datasets.values()
