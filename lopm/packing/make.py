"""From a finished run to a pack."""
import datetime
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from lopm.datasets.prior import training_prior
from lopm.datasets.splits import require_audit
from lopm.engine.described import describe_software
from lopm.engine.identity import single, to_plain
from lopm.engine.parts import PARTS, annotations
from lopm.engine.runs import pipeline_of
from lopm.engine.testing import load_trained
from lopm.evaluation.doubt import AUTO, EVERYBODY, fit_doubt
from lopm.evaluation.flags import RATE, fit_flags, save_flags
from lopm.evaluation.predictions import fill_missed
from lopm.files import sha256
from lopm.followup.noise import Noise
from lopm.pack.alike import Index, save_index
from lopm.pack.format import CARD, FLAGS, INDEX, NOISE, Known, weights_of, write_content
from lopm.packing.card import card_of, write_card
from lopm.packing.parts import loader_of, read_part
from lopm.packing.ranges import ranges_of, words_of
from lopm.weights import export_weights, notes_of, read_checkpoint


class Wanted(NamedTuple):
    """What a pack is to be like.

    Attributes:
        name: What it is called. licence: Of the photographs, in words.
        scaling: A way of calibrating, or ``auto``. level: Share of lesions, visits, patients whose sets hold the truth.
        sets_by: ``everybody``, ``class``, or a field of the record.
        photographs: Whether names of training photographs may be shown.
        unaudited: Take also a test part that no audit vouches for.
        noise: The noise floor of lesions that the model is to follow, or None.
    """

    name: str
    licence: str = ''
    scaling: str = AUTO
    level: float = 0.9
    sets_by: str = EVERYBODY
    photographs: bool = False
    unaudited: bool = False
    noise: Noise | None = None


def make_pack(cfg, checkpoint, out, wanted, progress=lambda steps, title, total: steps):
    """Write the pack of a trained config to the folder ``out``, which appears whole or not at all.

    Args:
        cfg: Its parts are read: the training part for look-alikes and ranges, the validation part for doubt and flags,
            the test part for the scores of the card.
        progress: Called with an iterable, what it does, and its length.

    Returns:
        ``(Content, [text])``, and what a reader should know of it.

    Raises:
        ValueError: ``out`` is there already; a part is not; its test part was not audited, or shares patients.
    """
    refuse(cfg, out, wanted)
    network = load_trained(cfg, checkpoint)
    about = {'tasks': [dict(task) for task in cfg.tasks], 'priors': {0: prior_of(cfg, checkpoint, network.tasks)}}
    parts, bad = {}, []
    for part in PARTS:
        loader, file = loader_of(cfg, part), annotations(cfg[f'{part}_dataloader'].dataset)
        for step in progress(read_part(loader, network, file, part == 'train'), f'{part}: {file}', len(loader) + 1):
            parts[part] = step
        bad += [row.bad for row in parts[part].rows if row.bad]
        parts[part].rows = fill_missed([row for row in parts[part].rows if not row.bad], about)
    tasks = learned(network.tasks.answered.with_words, parts['train'].rows)
    doubt, few = fit_doubt(parts['val'].rows, tasks, wanted.scaling, 1 - wanted.level, wanted.sets_by)
    card, remarks = card_of(cfg, network.tasks, parts, doubt, few, wanted)
    remarks += [f'left out: {each}' for each in bad]
    with whole_folder(out) as folder:
        checkpoints = [checkpoint, *(cfg.get('predict_with') or {}).get('others', ())]
        for i, each in enumerate(checkpoints):
            export_weights(each, folder / weights_of(i))
        remarks += save_usual(folder / FLAGS, parts, sha256(folder / weights_of(0)))
        known = save_known(folder / INDEX, parts['train'], tasks, wanted.photographs)
        if wanted.noise:
            wanted.noise.save(folder / NOISE)
        write_card(folder / CARD, card)
        content = write_content(
            folder, name=wanted.name, made=datetime.date.today().isoformat(), config=config_of(cfg, len(checkpoints)),
            doubt=doubt.tasks, ranges=ranges_of(parts['train'], tasks), known=known, card=card,
            versions=describe_software())
    if not known:
        remarks.append('no training lesion has an outline: there are no look-alikes, and no ranges of what is measured')
    return content, remarks


def prior_of(cfg, checkpoint, tasks):
    """What is said of a lesion that was not found, ``{task: [K]}``: as the training noted it, or by its part."""
    noted = notes_of(read_checkpoint(checkpoint)).get('prior')
    return noted or training_prior(tasks.answered, annotations(cfg.train_dataloader.dataset))


def learned(tasks, rows):
    """The tasks that the network answers: not those that it was trained without."""
    return tasks.but({name for name in tasks if not any(name in row.on_pred for row in rows)})


def refuse(cfg, out, wanted):
    """Refuse what would fail only after an hour of reading."""
    if Path(out).exists():
        raise ValueError(f'{out}: is there already; name a folder that is not')
    if not 0 < wanted.level < 1:
        raise ValueError(f'level {wanted.level:g}: the share of lesions whose sets hold the truth is between 0 and 1')
    fields = cfg.test_dataloader.dataset.get('record_fields') or {}
    if wanted.sets_by not in ('everybody', 'class', *fields):
        raise ValueError(f'sets by {wanted.sets_by!r}: give everybody, class, or a field of the record that the model '
                         f'reads ({", ".join(fields) or "this one reads none"})')
    for part in PARTS:
        if not cfg.get(f'{part}_dataloader'):
            raise ValueError(f'{cfg.filename or "this run"}: no {part}_dataloader, and a pack is fitted to all parts')
        file = Path(annotations(cfg[f'{part}_dataloader'].dataset))
        if not file.is_file():
            raise ValueError(f'{file}: no such file; a pack is fitted to the parts of the training: say --data PARTS')
    if not wanted.unaudited:
        require_audit(annotations(cfg.test_dataloader.dataset))


def config_of(cfg, members):
    """What the network is built from, and how it sees a photograph: plain data, without a path."""
    dataset = cfg.test_dataloader.dataset
    fields = msgspec.to_builtins(dict(dataset.get('record_fields') or {}))
    ensemble = cfg.get('predict_with')
    return to_plain({
        'model': single(cfg), 'tasks': cfg.tasks, 'record_fields': fields,
        'test_dataloader': {'dataset': {'type': 'LesionDataset', 'record_fields': fields,
                                        'pipeline': pipeline_of(cfg)}},
        'custom_imports': cfg.get('custom_imports'),
        **({'predict_with': {'flips': ensemble.get('flips', ['none']), 'members': members}} if ensemble else {})})


def save_usual(path, parts, checkpoint):
    """Write the flags; where the validation part is too small for any to be raised none, and a remark, in a list."""
    flags = fit_flags(parts['train'].seen, parts['val'].seen, checkpoint)
    try:
        flags.refuse_rate(RATE)
    except ValueError:
        return [f'{len(parts["val"].rows)} validation photographs: too few to tell what is odd; none is flagged']
    save_flags(path, flags)
    return []


def save_known(path, part, tasks, photographs):
    """Write the index of a part's outlined lesions; gives them as ``[Known]``."""
    patients, lesions = {}, []
    for row, words in words_of(part, tasks):
        number = patients.setdefault(str(row.patient_id), len(patients))
        lesions.append(Known(words, number, Path(row.file_name).name if photographs else ''))
    chosen = ~np.isnan(part.pooled).any(1)
    known = [each for each, there in zip(lesions, chosen) if there]
    save_index(path, Index(part.pooled[chosen], [each.patient for each in known]))
    return known


@contextmanager
def whole_folder(path):
    """A temporary folder beside ``path`` that takes its place when the block has ended well."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f'.{path.name}.', dir=path.parent))
    try:
        yield partial
        partial.chmod(0o755)
        os.rename(partial, path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
