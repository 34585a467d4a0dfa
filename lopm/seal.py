"""A safetensors file that knows when it was damaged: the SHA-256 of its tensors stands among its metadata.

The format has no checksum: a flipped bit is another weight, and nobody is told.
"""
import hashlib
import json

SEAL = 'sha256'


class Damaged(ValueError):
    """A file that is not what was written; the message names it."""


def sealed(save, tensors, metadata=None):
    """The bytes of a file of tensors with its seal.

    Args:
        save: ``safetensors.torch.save`` or ``safetensors.numpy.save``.
    """
    return save(tensors, {**(metadata or {}), SEAL: _digest(*_divide(save(tensors, metadata)))})


def check_seal(data, path):
    """``{name: text}`` of the metadata of a file's bytes.

    Raises:
        Damaged: Cut off, or not the tensors that it was sealed with. A file that was never sealed passes.
    """
    try:
        table, tensors = _divide(data)
        metadata = table.get('__metadata__', {})
    except (ValueError, AttributeError):
        raise Damaged(f'{path}: no safetensors file, or its head is damaged; copy it again') from None
    if SEAL in metadata and metadata[SEAL] != _digest(table, tensors):
        raise Damaged(f'{path}: damaged, its tensors are not those that were written; copy it again')
    return metadata


def _divide(data):
    """The head of a file, a dict, and the bytes of its tensors."""
    end = 8 + int.from_bytes(data[:8], 'little')
    return json.loads(data[8:end]), memoryview(data)[end:]


def _digest(table, tensors):
    names = {name: about for name, about in table.items() if name != '__metadata__'}
    digest = hashlib.sha256(json.dumps(names, sort_keys=True).encode())
    digest.update(tensors)
    return digest.hexdigest()
