"""Meta heads that read the results of a trained network: sequential training, which costs seconds.

The network stays as it is. Its concepts' probabilities on predicted outlines, the values measured on these outlines and
the record are what a ``MetaHead`` is fitted to on the training photographs, and what it is tested on.
"""
import numpy as np

READERS = {
    'bottleneck only': (),
    '+ measured': ('measured',),
    '+ record': ('record',),
    '+ measured + record': ('measured', 'record')}


def save(out, readings):
    """The readings of both parts, ``OUT/readings.npz``: arrays ``<part>/<what>`` with a row per photograph."""
    arrays = {}
    for part, rows in readings.items():
        for key in ('name', 'record', 'measured', 'matched', 'target'):
            arrays[f'{part}/{key}'] = np.array([row[key] for row in rows])
        for task in rows[0]['tasks']:
            arrays[f'{part}/task/{task}'] = np.array([row['tasks'][task] for row in rows])
    np.savez_compressed(out / 'readings.npz', **arrays)


def fit_readers(file, cfg):
    """``{reader: {photograph: [K] or None}}``; None where no predicted outline matches the lesion."""
    arrays = dict(np.load(file))
    return {name: predict(fit(arrays, cfg, extras), arrays, extras) for name, extras in READERS.items()}


def fit(arrays, cfg, extras):
    """A ``MetaHead`` fitted to the training photographs' readings."""
    import torch

    from lopm.models.heads.meta import MetaHead
    from lopm.study.refit import fit_head
    from lopm.tasks import build_tasks
    tasks = build_tasks(cfg.tasks)
    concepts = [task for name, task in tasks.items() if name not in ('lesion', 'diagnosis')]
    torch.manual_seed(0)
    head = MetaHead(tasks['diagnosis'], concepts, record_fields=cfg.record_fields if 'record' in extras else None,
                    measured=arrays['train/measured'].shape[1] if 'measured' in extras else 0)
    inputs, targets = tensors(arrays, 'train', extras)
    return fit_head(head, inputs, targets[:, None])


def predict(head, arrays, extras):
    import torch
    inputs, _ = tensors(arrays, 'test', extras)
    with torch.no_grad():
        probs = head.task.probabilities(head(**inputs)).numpy()
    found = iter(probs)
    return {str(name): next(found).tolist() if matched else None
            for name, matched in zip(arrays['test/name'], arrays['test/matched'])}


def tensors(arrays, part, extras):
    """What the head takes, and the targets, of the photographs whose lesion was found."""
    import torch
    kept = arrays[f'{part}/matched']
    rows = {key.removeprefix(f'{part}/'): torch.from_numpy(value[kept]).float() for key, value in arrays.items()
            if key.startswith(f'{part}/') and value.dtype.kind == 'f'}
    probabilities = {key.removeprefix('task/'): value for key, value in rows.items() if key.startswith('task/')}
    return dict(probabilities=probabilities, **{name: rows[name] for name in extras}), rows['target']


def record_alone(train, test, fields):
    """Age and sex, and no photograph: logistic regression, ``{photograph: [K]}``."""
    from sklearn.linear_model import LogisticRegression

    from isic.frozen import fit_predict
    from lopm.datasets.record import encode_record

    def encode(photographs):
        values = np.array([encode_record(each.record, fields) for each in photographs])
        return np.hstack([np.nan_to_num(values), np.isnan(values)])
    return fit_predict(LogisticRegression(max_iter=1000), encode(train), encode(test), train, test)
