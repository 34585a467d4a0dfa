"""Photographs that belong together: those of one visit, those of one patient.

A word for a visit or a patient stands with its photographs, ``images[].attributes``, on one of them or on each; so
whatever carries photographs carries it, too. ``spread_words`` brings it to all of them.
"""
import json
from typing import NamedTuple

import numpy as np


def has_patient(image):
    return image.get('patient_id') not in (None, '')


def key_of(image, level):
    """Whose photograph it is at a ``level``: the patient, or the patient and the date of the visit.

    A photograph without a patient is one of its own; photographs of a patient without a date are one visit.
    """
    if not has_patient(image):
        return 'photograph', image['file_name']
    return ('patient', image['patient_id'], *([str(image.get('visit', ''))] if level == 'visit' else []))


def spread_words(images, tasks, path):
    """Give every photograph the words of its visit and its patient, in place.

    Args:
        images: Entries of photographs. tasks: ``Tasks``. path: Where they stand, for errors.

    Raises:
        ValueError: Two photographs of a visit, or of a patient, say different things of it.
    """
    for task in tasks.of_groups.values():
        said, disagreeing = words_of(images, task)
        for one, other in disagreeing:
            raise ValueError(f'{path}: {disagreement(task, one, other)}; write the same with both, or with one of them')
        for image in images:
            first = said.get(key_of(image, task.level))
            if first:
                image['attributes'] = {**(image.get('attributes') or {}), task.name: first['attributes'][task.name]}


def words_of(images, task):
    """``({key: image}, [(image, image)])``: the first photograph of each visit or patient that answers a task, and that
    one with each other that says something else."""
    said, disagreeing = {}, []
    for image in images:
        answer = (image.get('attributes') or {}).get(task.name)
        if answer is not None:
            first = said.setdefault(key_of(image, task.level), image)
            if first['attributes'][task.name] != answer:
                disagreeing.append((first, image))
    return said, disagreeing


def disagreement(task, one, other):
    """What two photographs of a visit or a patient say, in words."""
    stands = [f'{json.dumps(image["attributes"][task.name], ensure_ascii=False)} with {image["file_name"]}'
              for image in (one, other)]
    return f'{task.name} is asked of a {task.level}, and of one {task.level} stands {" and ".join(stands)}'


class Patients(NamedTuple):
    """Which photographs are whose: patient i has ``order[starts[i]:starts[i + 1]]``, in the order of the data set.

    Two arrays, whatever the number of patients: nothing else of a sampler grows with it.
    """

    order: np.ndarray  # int32 [N], positions of photographs
    starts: np.ndarray  # int64 [P + 1]

    def __len__(self):
        return len(self.starts) - 1

    def of(self, patient):
        """Positions of a patient's photographs, int ``[n]``."""
        return self.order[self.starts[patient]:self.starts[patient + 1]]


def patients_of(names):
    """The ``Patients`` of photographs by the names of whose each is, in the order in which they appear first."""
    numbers = {}
    codes = np.fromiter((numbers.setdefault(name, len(numbers)) for name in names), np.int32)
    order = np.argsort(codes, kind='stable').astype(np.int32)
    return Patients(order, np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=len(numbers)))]))
