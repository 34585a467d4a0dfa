"""What a case can be corrected from, as bytes: with its json and the model that said it, it is as it was.

``Case.correct`` reads diagnoses again from what the meta heads have read. That is some kilobytes of numbers a lesion:
kept beside the json of a case, any process that has the model goes on, without the photograph. Safetensors, nothing
executed.
"""
import json

import msgspec
import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from lopm.case import Case
from lopm.findings import Read
from lopm.models.answers import Reading

INPUTS = 'probabilities', 'record', 'measured', 'pooled'


class AnotherModel(ValueError):
    """The case was said by another model than the one that is to go on with it."""


def keep(case, predictor):
    """The bytes of a ``Case`` that this ``Predictor`` has just said."""
    heads = {id(module): name for name, module in predictor.network.named_modules()}
    tensors, names = {}, []
    for i, findings in enumerate(regions(case)):
        read = findings.read
        if read is None:  # a photograph that could not be read
            continue
        tensors.update({f'{i}/rows/{name}': torch.from_numpy(np.array(row)) for name, row in read.rows.items()})
        tensors.update({f'{i}/maps/{name}': torch.from_numpy(seen.astype(np.float16))
                        for name, seen in read.maps.items()})
        names.append([heads[id(reading.head)] for reading in read.readings])
        for j, reading in enumerate(read.readings):
            for key, value in flat(reading.inputs):
                tensors[f'{i}/{j}/{key}'] = value.contiguous()
    about = {'version': case.model['version'], 'heads': names}
    return _with_about(tensors, about)


def revive(content, data, predictor):
    """The ``Case`` of its json (as Python reads it) and its bytes, ready to be corrected.

    Raises:
        AnotherModel: Said by another model. ValueError: Damaged.
    """
    case = msgspec.convert(content, Case)
    try:
        tensors = load(bytes(data))
        about = json.loads(bytes(tensors.pop('about').numpy()))
    except (SafetensorError, KeyError, ValueError) as error:
        raise ValueError(f'{case.name}: what it was read from is damaged ({error})') from None
    if about['version'] != predictor.about['version']:
        raise AnotherModel(f'{case.name}: said by {about["version"]}, and this is {predictor.about["version"]}')
    modules = dict(predictor.network.named_modules())
    for i, findings in enumerate(regions(case)):
        own = {key.removeprefix(f'{i}/'): value for key, value in tensors.items() if key.startswith(f'{i}/')}
        rows = {key.removeprefix('rows/'): value.numpy() for key, value in own.items() if key.startswith('rows/')}
        maps = {key.removeprefix('maps/'): value.float().numpy() for key, value in own.items()
                if key.startswith('maps/')}
        readings = [Reading(modules[name], nested(own, f'{j}/')) for j, name in enumerate(about['heads'][i])]
        findings.read = Read({name: rows[name] for name in predictor.tasks if name in rows}, predictor.tasks, readings,
                             predictor.doubt, case.record, tuple(case.flags or ()), maps)
    return case


def regions(case):
    """All that is said something of: the photograph, then each lesion."""
    return [case.photograph, *case.lesions]


def flat(inputs):
    """``(path, tensor)`` of what a meta head has read; what it did not read is not there."""
    for key, value in inputs.items():
        if isinstance(value, dict):
            yield from ((f'{key}/{name}', each) for name, each in value.items() if each is not None)
        elif value is not None:
            yield key, value


def nested(tensors, prefix):
    """What ``flat`` has taken apart."""
    found = dict.fromkeys(INPUTS)
    for path, value in tensors.items():
        if path.startswith(prefix):
            key, _, name = path.removeprefix(prefix).partition('/')
            if name:
                found[key] = {**(found[key] or {}), name: value}
            else:
                found[key] = value
    return found


def _with_about(tensors, about):
    return save({**tensors, 'about': torch.frombuffer(bytearray(json.dumps(about).encode()), dtype=torch.uint8)})
