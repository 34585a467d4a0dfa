"""Reading weights that somebody was given: nothing but tensors is loaded, and a file that does not fit is an error.

mmengine falls back to unpickling anything when a file does not pass as weights, and goes on when half of the names
do not match; ``lopm.openmmlab`` lets it read by ``read_checkpoint``.
"""
import hashlib
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from safetensors.torch import load, save

from lopm.files import whole_file
from lopm.packages import is_packaged, named_as_timm, packaged_file
from lopm.seal import Damaged, check_seal, sealed

# What has to be known of a training wherever its weights go: the tasks that the model was built without, and how often
# each word was right among the lesions that it learned from (``lopm.engine.left_out``, ``lopm.engine.prior``).
NOTES = ('left_out', 'prior')


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
    """A checkpoint of mmengine or a file of weights, from a path, a URL or ``package:NAME``, as a dict.

    Raises:
        FileNotFoundError, ValueError: no such file; an empty or truncated one; one that holds more than weights, or
            weights that are not finite.
    """
    checkpoint = read_file(find_file(source), map_location)
    if is_packaged(source):
        checkpoint = {'state_dict': named_as_timm(checkpoint, source)}
    check_finite(weights_of(checkpoint), source)
    return checkpoint


def find_file(source):
    """The local file of a path, a URL or ``package:NAME``."""
    if is_packaged(source):
        return packaged_file(source)
    path = download(source) if str(source).startswith(('http://', 'https://')) else Path(source).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f'{path}: no such file of weights; check the path')
    return path


def read_file(path, map_location):
    """What a file of weights holds, as a dict; nothing of it is run."""
    try:
        if path.suffix == '.safetensors':
            data = path.read_bytes()
            notes = {name: json.loads(text) for name, text in check_seal(data, path).items() if name in NOTES}
            return {'state_dict': {name: value.to(map_location) for name, value in load(data).items()}, 'meta': notes}
        check_records(path)
        with torch.serialization.safe_globals(SAFE_GLOBALS):
            checkpoint = torch.load(path, map_location=map_location, weights_only=True)
    except pickle.UnpicklingError as error:
        reason = str(error).split('WeightsUnpickler error: ')[-1].partition(' was not an allowed')[0]
        raise ValueError(f'{path}: not loaded, since it is no file of weights or holds objects that could run code '
                         f'({reason}). Ask for the weights alone, or for safetensors') from error
    except Damaged:
        raise
    except Exception as error:  # zip, pickle and safetensors have a dozen ways to say that a file is cut off
        reason = str(error).partition('\n')[0] or type(error).__name__
        raise ValueError(f'{path}: cannot be read ({reason}). The file is cut off or no checkpoint: copy or '
                         'download it again') from error
    if not isinstance(checkpoint, dict):
        raise ValueError(f'{path}: holds a {type(checkpoint).__name__}, not a dict of weights by name')
    return checkpoint


def check_records(path):
    """Refuse a checkpoint whose records are not those that were written; torch reads them without a look at their sums.

    One of the old form, which is no zip, has none.
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if archive.testzip():
                raise Damaged(f'{path}: damaged, its weights are not those that were written; copy it again')


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


def weights_of(checkpoint):
    """The tensors by name, wherever common tools keep them in a checkpoint."""
    for key in ('state_dict', 'model'):
        checkpoint = checkpoint.get(key, checkpoint)
    return {name.removeprefix('module.'): value for name, value in checkpoint.items() if torch.is_tensor(value)}


def load_weights(source):
    """``{name: tensor}`` of a ``.pth`` or ``.safetensors`` file, wherever ``read_checkpoint`` reads; no code runs."""
    return weights_of(read_checkpoint(source))


def check_finite(weights, source):
    """Raise a ValueError that names the tensors with values that are no numbers: all that reads them becomes nan."""
    broken = [name for name, value in weights.items() if not value.isfinite().all()]
    if broken:
        raise ValueError(f'{source}: {len(broken)} of {len(weights)} tensors hold nan or infinity '
                         f'({examples(broken)}), left by a training that failed; take an earlier checkpoint')


def share_found(wanted, found):
    """Which share of the tensors ``wanted`` is among those ``found``: of their number, or of their values if less.

    What is not learned weighs nothing: whole numbers, such as counters of batches or indices, which each model makes
    itself. Norm layers weigh by number, kernels by their values.
    """
    learned = {name: value.numel() for name, value in wanted.items() if value.is_floating_point()}
    common = learned.keys() & found.keys()
    return min(len(common) / max(len(learned), 1), sum(map(learned.get, common)) / max(sum(learned.values()), 1))


def check_fits(model, weights, source):
    """Raise a ValueError that names what differs, unless the weights have the model's names and shapes."""
    own = model.state_dict()
    differences = {
        'missing in the file': sorted(own.keys() - weights.keys()),
        'unknown to the model': sorted(weights.keys() - own.keys()),
        'of another shape': [f'{name} {tuple(weights[name].shape)} for {tuple(value.shape)}'
                             for name, value in own.items()
                             if name in weights and weights[name].shape != value.shape]}
    found = [f'{len(names)} {what} ({examples(names)})' for what, names in differences.items() if names]
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
        source: A local path, a URL or ``package:NAME``.
        prefix: What stands before the module's names in the file, for example ``'backbone.'``.
        min_share: The least share of the module that the file must hold, see ``share_found``.

    Returns:
        In words, how many tensors were loaded.

    Raises:
        FileNotFoundError, ValueError: as ``load_weights``; or too little is found by name, or shapes differ.
    """
    weights = load_weights(source)
    wanted = {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
    own, share = module.state_dict(), share_found(module.state_dict(), wanted)
    matched = len(own.keys() & wanted.keys())
    report = f'{source}: {matched} of {len(own)} tensors'
    if share < min_share:
        raise ValueError(
            f'{report} of {type(module).__name__} found under prefix {prefix!r}, {share:.0%} of what it learns, '
            f'and {min_share:.0%} are needed. '
            f'The module has {examples(own)}; the file has {examples(weights)}. {near_prefix(own, weights)}')
    try:
        module.load_state_dict(wanted, strict=False)  # the modules' own hooks may resize position embeddings here
    except RuntimeError as error:
        lines = [line.strip() for line in str(error).splitlines() if 'size mismatch' in line]
        raise ValueError(f'{report} match {type(module).__name__} by name, but shapes differ: '
                         + ' '.join(lines[:3] or [str(error)])) from error
    missing = {name: value for name, value in own.items() if name not in wanted and value.is_floating_point()}
    return f'{report} loaded' + (f'; from scratch: {examples(missing)}' if missing else '')


def examples(weights):
    names = list(weights)
    return ', '.join(names[:3]) + (', ...' if len(names) > 3 else '') if names else 'no tensors'


def near_prefix(own, weights):
    """Which prefix would have worked, as a sentence; empty if none."""
    name = next(iter(own))
    prefixes = [other.removesuffix(name) for other in weights if other.endswith('.' + name)]
    return f'Try prefix {prefixes[0]!r}.' if prefixes else 'It is another architecture.'


def export_weights(checkpoint, out):
    """Write a checkpoint's weights alone: what may be given to others."""
    content = read_checkpoint(checkpoint)
    write_weights(weights_of(content), out, notes_of(content))


def notes_of(checkpoint):
    """What a checkpoint says of its training, ``{name: value}``: those of ``NOTES`` that it holds."""
    meta = checkpoint.get('meta') or {}
    return {name: meta[name] for name in NOTES if meta.get(name)}


def write_weights(weights, out, notes=None):
    """Write ``{name: tensor}`` as ``.safetensors`` or ``.pth``, by the ending of ``out``; whole or not at all.

    Args:
        notes: What is to be known of their training, as ``notes_of`` reads it.
    """
    notes = notes or {}
    with whole_file(out) as partial:
        if Path(out).suffix == '.safetensors':
            tensors = {name: value.contiguous() for name, value in weights.items()}
            partial.write_bytes(sealed(save, tensors, {name: json.dumps(value) for name, value in notes.items()}))
        else:
            torch.save({'state_dict': weights, 'meta': notes}, partial)
