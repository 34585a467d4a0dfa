"""Photographs that a model should not be asked about: taken badly, without a lesion, or unlike all it was trained on.

Each flag is a number of a photograph and the side on which it is odd. How odd is a rank among the validation
photographs: p = (1 + those as odd or odder) / (1 + all), so that a share of at most ``rate`` of such photographs as the
model is made for gets a given flag (conformal anomaly detection: Laxhammar and Falkman, 2015).
"""
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load, save
from sklearn.covariance import LedoitWolf

from lopm.files import whole_file
from lopm.measure.light import measure_light, small_copy
from lopm.seal import Damaged, check_seal, sealed

HIGH, LOW = 1, -1
FLAGS = {'unlike the training photographs': ('distance', HIGH), 'no lesion': ('lesion', LOW), 'blurred': ('blur', HIGH),
         'dark': ('brightness', LOW), 'bright': ('brightness', HIGH), 'overexposed': ('white', HIGH)}
KEY = 'checkpoint_sha256'
RATE = 0.02  # share of usual photographs that a flag may be raised on, where nobody says another


@torch.no_grad()
def look(model, batch):
    """What flags are read from, of a batch of photographs: ``maps`` ``[B, C]``, and ``[B]`` of each number.

    ``maps``: means of the model's feature maps over the photograph. ``lesion``: the largest probability of a pixel to
    belong to one; 1 without an outline head. ``blur``, ``brightness``, ``white``: of the photograph as the model sees
    it (``lopm.measure.light``).
    """
    data = model.data_preprocessor(batch, False)
    inputs = data['inputs']
    feats = model.extract_feats(inputs)
    maps = torch.cat([each.float().mean((2, 3)) for each in feats], 1)
    masks = model.find_masks(inputs, feats)
    lesion = inputs.new_ones(len(inputs)) if masks is None else masks[:, 0].amax((1, 2))
    pixels = (inputs * model.data_preprocessor.std + model.data_preprocessor.mean).flip(1)  # BGR
    pixels = pixels.round().clamp(0, 255).byte().permute(0, 2, 3, 1).cpu().numpy()
    light = [measure_light(small_copy(each), np.zeros(0, bool)) for each in pixels]
    seen = {'maps': maps.cpu().numpy(), 'lesion': lesion.cpu().numpy()}
    return seen | {name: np.array([each[name] for each in light]) for name in ('blur', 'brightness', 'white')}


def stack(seen):
    """What was seen of photographs, ``[{number: value}]``, as ``{number: [N]}``."""
    return {name: np.stack([each[name] for each in seen]) for name in seen[0]}


def unstack(numbers):
    """``{number: [B]}`` of a batch as a dict for each photograph: the reverse of ``stack``."""
    return [dict(zip(numbers, each)) for each in zip(*numbers.values())]


@dataclass
class Flags:
    """What photographs like those of the training look like.

    Attributes:
        center: ``[C]`` mean of the training photographs' maps; ``whiten`` ``[C, C]``: by which their difference is
            multiplied so that it has unit covariance.
        usual: ``{number: [N]}`` of the validation photographs.
        checkpoint: SHA-256 of the weights.
    """

    center: np.ndarray
    whiten: np.ndarray
    usual: dict
    checkpoint: str = ''

    def distance(self, maps):
        """Mahalanobis distance to the training photographs ``[N]`` (Lee et al., NeurIPS 2018, of one class)."""
        return np.linalg.norm((maps - self.center) @ self.whiten, axis=1)

    def refuse_rate(self, rate):
        """Raise ValueError if no p can be below a rate, since there are too few validation photographs."""
        fewest = min(map(len, self.usual.values()))
        smallest = 1 / (1 + fewest)
        if smallest >= rate:
            raise ValueError(f'fitted to {fewest} validation photographs, the smallest p is {smallest:.2g}: none is '
                             f'below a rate of {rate:g}, however odd. Fit the flags to more of them, or raise --rate')

    def judge(self, seen):
        """``{flag: p [N]}`` of photographs, from ``stack``."""
        numbers = {**seen, 'distance': self.distance(seen['maps'])}
        return {flag: odds(numbers[name], self.usual[name], side) for flag, (name, side) in FLAGS.items()}


def odds(values, usual, side):
    """The rank of each value among the usual ones, ``(1 + as odd or odder) / (1 + N)``."""
    ordered = np.sort(side * usual)
    odder = len(ordered) - np.searchsorted(ordered, side * values, side='left')
    return (1 + odder) / (1 + len(ordered))


def fit_flags(train, validation, checkpoint=''):
    """``Flags`` from ``stack`` of the training and of the validation photographs.

    The covariance is shrunk (Ledoit and Wolf, J. Multivariate Analysis 2004): there are about as many photographs as
    channels.
    """
    covariance = LedoitWolf().fit(train['maps'])
    squares, vectors = np.linalg.eigh(covariance.covariance_)
    flags = Flags(covariance.location_, vectors / np.sqrt(np.maximum(squares, 1e-12)), {}, checkpoint)
    numbers = {**validation, 'distance': flags.distance(validation['maps'])}
    flags.usual = {name: numbers[name] for name, _ in FLAGS.values()}
    return flags


def save_flags(path, flags):
    """Write a safetensors file."""
    arrays = {'center': flags.center, 'whiten': flags.whiten, **{f'usual {k}': v for k, v in flags.usual.items()}}
    arrays = {name: np.ascontiguousarray(each, np.float64) for name, each in arrays.items()}
    with whole_file(path) as partial:
        partial.write_bytes(sealed(save, arrays, {KEY: flags.checkpoint}))


def load_flags(path, checkpoint):
    """The ``Flags`` of a file.

    Args:
        checkpoint: SHA-256 of the weights that they are used with.

    Raises:
        ValueError: No such file, or one of other weights.
    """
    try:
        data = Path(path).read_bytes()
        fitted_to, arrays = check_seal(data, path).get(KEY), load(data)
    except (OSError, Damaged, SafetensorError) as error:
        raise ValueError(f'{path}: no file of flags ({error}); write it with lopm flag fit') from None
    if fitted_to != checkpoint:
        raise ValueError(f'{path}: was fitted to other weights than these; fit it again with this checkpoint')
    return Flags(arrays['center'], arrays['whiten'],
                 {name: arrays[f'usual {name}'] for name in {name for name, _ in FLAGS.values()}}, fitted_to)
