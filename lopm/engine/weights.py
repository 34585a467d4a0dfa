"""Reading weights that somebody was given: nothing but tensors is loaded, and a file that does not fit is an error.

mmengine falls back to unpickling anything when a file does not pass as weights, and goes on when half of the names
do not match. Importing this module replaces its readers of files and of URLs, so that ``load_from``, ``--resume``
and ``init_cfg=dict(type='Pretrained', ...)`` are as strict as ``load_weights``.
"""
import hashlib
import pickle
from pathlib import Path

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner import CheckpointLoader
from safetensors.torch import load_file, save_file


def statistics_method(owner, name):
    """The only attributes that mmengine's log history may look up while a checkpoint is read."""
    if owner is not HistoryBuffer or name not in ('min', 'max', 'current', 'mean'):
        raise pickle.UnpicklingError(f'looks up {name!r} of {owner!r}')
    return getattr(owner, name)


# What mmengine's own checkpoints hold besides tensors and plain values: the history of logged numbers.
SAFE_GLOBALS = [
    HistoryBuffer, (statistics_method, 'builtins.getattr'), np.ndarray, np.dtype, np._core.multiarray._reconstruct,
    np._core.multiarray.scalar, *(type(np.dtype(kind)) for kind in ('f4', 'f8', 'i4', 'i8', 'u4', 'u8', 'bool'))]


def read_checkpoint(source, map_location='cpu'):
    """A checkpoint of mmengine or a file of weights, from a path or a URL, as a dict.

    Raises:
        FileNotFoundError, ValueError: no such file; an empty or truncated one; one that holds more than weights.
    """
    path = download(source) if str(source).startswith(('http://', 'https://')) else Path(source).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f'{path}: no such file of weights; check the path')
    try:
        if path.suffix == '.safetensors':
            return {'state_dict': load_file(path, device=str(map_location))}
        with torch.serialization.safe_globals(SAFE_GLOBALS):
            checkpoint = torch.load(path, map_location=map_location, weights_only=True)
    except pickle.UnpicklingError as error:
        reason = str(error).split('WeightsUnpickler error: ')[-1].partition(' was not an allowed')[0]
        raise ValueError(f'{path}: not loaded, since it is no file of weights or holds objects that could run code '
                         f'({reason}). Ask for the weights alone, or for safetensors') from error
    except Exception as error:  # zip, pickle and safetensors have a dozen ways to say that a file is cut off
        reason = str(error).partition('\n')[0] or type(error).__name__
        raise ValueError(f'{path}: cannot be read ({reason}). The file is cut off or no checkpoint: copy or '
                         'download it again') from error
    if not isinstance(checkpoint, dict):
        raise ValueError(f'{path}: holds a {type(checkpoint).__name__}, not a dict of weights by name')
    return checkpoint


def download(url):
    """The file behind a URL, kept in torch's cache under a name of its own: many URLs end in ``model.safetensors``."""
    name = url.rsplit('/', 1)[-1].split('?')[0]
    path = Path(torch.hub.get_dir()) / 'checkpoints' / f'{hashlib.sha256(url.encode()).hexdigest()[:8]}-{name}'
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            torch.hub.download_url_to_file(url, str(path), progress=False)
        except OSError as error:
            raise FileNotFoundError(
                f'{url}: cannot be downloaded ({error}); download it elsewhere and give its path') from error
    return path


CheckpointLoader.register_scheme(prefixes=['', 'http://', 'https://'], loader=read_checkpoint, force=True)


def weights_of(checkpoint):
    """The tensors by name, wherever common tools keep them in a checkpoint."""
    for key in ('state_dict', 'model'):
        checkpoint = checkpoint.get(key, checkpoint)
    return {name.removeprefix('module.'): value for name, value in checkpoint.items() if torch.is_tensor(value)}


def load_weights(source):
    """``{name: tensor}`` from a local path or a URL (``.pth`` or ``.safetensors``); never runs code from the file."""
    return weights_of(read_checkpoint(source))


def check_fits(model, weights, source):
    """Raise a ValueError that names what differs, unless the weights have the model's names and shapes."""
    own = model.state_dict()
    differences = {
        'missing in the file': sorted(own.keys() - weights.keys()),
        'unknown to the model': sorted(weights.keys() - own.keys()),
        'of another shape': [f'{name} {tuple(weights[name].shape)} for {tuple(value.shape)}'
                             for name, value in own.items()
                             if name in weights and weights[name].shape != value.shape]}
    found = [f'{len(names)} {what} ({", ".join(names[:3])}{", ..." if len(names) > 3 else ""})'
             for what, names in differences.items() if names]
    if found:
        raise ValueError(f'{source} belongs to another model: of {len(own)} tensors, ' + '; '.join(found)
                         + '. Use the config that it was trained with')


def load_model(model, source, but=None):
    """Load weights into exactly the model that they were saved from.

    Args:
        but: Name of a part that keeps what it has, such as ``meta_head``.
    """
    weights, own = load_weights(source), model.state_dict()
    if but:
        weights = {name: value for name, value in weights.items() if not name.startswith(f'{but}.')}
        weights |= {name: value for name, value in own.items() if name.startswith(f'{but}.')}
    check_fits(model, weights, source)
    model.load_state_dict(weights)


def load_pretrained(module, source, prefix='', min_share=0.9):
    """Start a module, such as a backbone, from weights of another training.

    Args:
        source: A local path or a URL.
        prefix: What stands before the module's names in the file, for example ``'backbone.'``.
        min_share: The least share of the module's tensors that the file must hold.

    Returns:
        In words, how many tensors were loaded.

    Raises:
        FileNotFoundError, ValueError: as ``load_weights``; or too few names match, or shapes differ.
    """
    weights = load_weights(source)
    wanted = {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
    own = module.state_dict()
    matched = len(own.keys() & wanted.keys())
    report = f'{source}: {matched} of {len(own)} tensors'
    if matched < min_share * len(own):
        raise ValueError(
            f'{report} of {type(module).__name__} found under prefix {prefix!r}, less than {min_share:.0%}. '
            f'The module has {examples(own)}; the file has {examples(weights)}. {near_prefix(own, weights)}')
    try:
        module.load_state_dict(wanted, strict=False)  # the modules' own hooks may resize position embeddings here
    except RuntimeError as error:
        lines = [line.strip() for line in str(error).splitlines() if 'size mismatch' in line]
        raise ValueError(f'{report} match {type(module).__name__} by name, but shapes differ: '
                         + ' '.join(lines[:3] or [str(error)])) from error
    return report + ' loaded'


def examples(weights):
    return ', '.join(list(weights)[:3]) or 'no tensors'


def near_prefix(own, weights):
    """Which prefix would have worked, as a sentence; empty if none."""
    name = next(iter(own))
    prefixes = [other.removesuffix(name) for other in weights if other.endswith('.' + name)]
    return f'Try prefix {prefixes[0]!r}.' if prefixes else 'It is another architecture.'


def export_weights(checkpoint, out):
    """Write a checkpoint's weights alone: what may be given to others."""
    write_weights(load_weights(checkpoint), out)


def write_weights(weights, out):
    """Write ``{name: tensor}`` as ``.safetensors`` or ``.pth``, by the ending of ``out``."""
    if Path(out).suffix == '.safetensors':
        save_file({name: value.contiguous() for name, value in weights.items()}, out)
    else:
        torch.save({'state_dict': weights}, out)
