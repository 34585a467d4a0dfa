"""Which lesions of the training look most like one: neighbors among what the network sees of them."""
from typing import NamedTuple

import numpy as np
from safetensors.numpy import load, save

from lopm.files import whole_file
from lopm.seal import check_seal, sealed


class Alike(NamedTuple):
    """A training lesion beside the one that is asked about: its place in the index, and how much they look alike, the
    cosine of their differences from the mean lesion: 1 the same, 0 nothing in common."""

    place: int
    similarity: float


class Index:
    """Training lesions to compare with.

    Args:
        vectors: ``[N, F]``, the means of feature maps inside each.
        patients: ``[N]``, numbers that stand for their patients.
    """

    def __init__(self, vectors, patients):
        self.vectors, self.patients = np.asarray(vectors, np.float32), np.asarray(patients)
        some = self.vectors if len(self.vectors) else np.zeros((1, self.vectors.shape[1]), np.float32)
        self.center, self.spread = some.mean(0), np.maximum(some.std(0), 1e-6)
        self.directions = self.direct(self.vectors)

    def direct(self, vectors):
        standard = (vectors - self.center) / self.spread
        return standard / np.maximum(np.linalg.norm(standard, axis=-1, keepdims=True), 1e-6)

    def nearest(self, vector, among, count=3, but=()):
        """The ``Alike`` of one lesion ``[F]``, the most alike first, never two of one patient.

        Args:
            among: bool ``[N]``, who may be named. but: Patients who may not.
        """
        similarity = self.directions @ self.direct(np.asarray(vector, np.float32))
        found, taken = [], set(but)
        for place in np.argsort(-similarity, kind='stable'):
            if among[place] and self.patients[place] not in taken:
                found.append(Alike(int(place), float(similarity[place])))
                taken.add(self.patients[place])
                if len(found) == count:
                    break
        return found


def save_index(path, index):
    """Write a safetensors file: half precision, two bytes a number."""
    arrays = {'vectors': index.vectors.astype(np.float16), 'patients': index.patients.astype(np.int64)}
    with whole_file(path) as partial:
        partial.write_bytes(sealed(save, arrays))


def load_index(path):
    data = path.read_bytes()
    check_seal(data, path)
    arrays = load(data)
    return Index(arrays['vectors'], arrays['patients'])
