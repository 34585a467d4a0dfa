"""What a network says of the photographs of a part, and what is measured and seen of them, read once."""
from dataclasses import dataclass, field
from itertools import compress

import numpy as np
import torch

from lopm.datasets.photographs import BadPhotograph, read_photograph
from lopm.engine.runner import LesionRunner
from lopm.evaluation.flags import look, stack, unstack
from lopm.evaluation.rows import refuse_unread, score_photograph
from lopm.measure import NAMES, measure
from lopm.models.predict import answer_all, attach_answers, attach_groups
from lopm.workers import ahead

THREADS = 2


@dataclass
class Part:
    """A part of the base, read.

    Attributes:
        file: Its json or index.
        rows: ``[Row]``, of bad photographs, too.
        seen: ``{number: [N]}`` that flags are read from, of the photographs that can be read.
        pooled: ``[L, F]`` float32, of all lesions of the rows one after the other: the means of feature maps inside
            the true outline; nan where a lesion has none.
        measured: ``[L, M]``, on the pixels of the photograph itself inside the true outline.
    """

    file: str
    rows: list = field(default_factory=list)
    seen: dict = field(default_factory=dict)
    pooled: np.ndarray | None = None
    measured: np.ndarray | None = None


def loader_of(cfg, part):
    """A loader of ``train``, ``val`` or ``test``; all go through the test pipeline."""
    own = cfg[f'{part}_dataloader'].dataset
    place = {key: own[key] for key in ('data_root', 'data_prefix', 'ann_file') if key in own}
    return LesionRunner.build_dataloader(dict(cfg.test_dataloader, dataset={**cfg.test_dataloader.dataset, **place}))


def read_part(loader, network, file, measured=False):
    """Yield the number of photographs done, once a batch, and at last the ``Part``.

    Args:
        file: The part's json or index.
        measured: Whether the lesions' pixels are measured; that reads each photograph in full.

    Raises:
        ValueError: No photograph of it can be read.
    """
    found, seen, pooled, values = Part(file), [], [], []
    for batch in loader:
        good = [not sample.bad for sample in batch['data_samples']]
        samples, of_lesions = read_batch(network, batch)
        found.rows += [score_photograph(sample.to_dict(), network.tasks.answered) for sample in samples]
        seen += compress(unstack(look(getattr(network, 'members', [network])[0], batch)), good)
        pooled += compress(of_lesions, good)
        if measured:
            values += ahead(measure_sample, list(compress(samples, good)), THREADS, len(samples))
        yield len(found.rows)
    refuse_unread(found.rows, file)
    nowhere = ~np.concatenate([[], *(row.outlined for row in found.rows)]).astype(bool)[:, None]
    found.seen = stack(seen)
    found.pooled = np.where(nowhere, np.nan, np.concatenate(pooled))
    found.measured = np.where(nowhere, np.nan, np.concatenate(values)) if measured else None
    yield found


@torch.no_grad()
def read_batch(network, batch):
    """The predicted samples of a batch, and the means of feature maps in each one's true lesions, ``[[L, F]]``."""
    data = network.data_preprocessor(batch, False)
    answers = answer_all(network, data['inputs'], data['data_samples'])
    samples = attach_answers(answers, data['data_samples'])
    if network.group_heads:  # batches are whole patients: as at test
        attach_groups(network, answers, samples)
    samples = [sample.cpu() for sample in samples]
    true, counts = answers['true_lesions']
    return samples, [each.numpy() for each in true.pooled.float().cpu().split(counts)]


def measure_sample(sample):
    """What is measured of a sample's true lesions, ``[L, M]``; nan where the photograph is gone."""
    count = len(sample.gt_lesions)
    try:
        image = read_photograph(sample.img_path)
    except BadPhotograph:
        return np.full((count, len(NAMES)), np.nan)
    return measure(np.ascontiguousarray(image[..., ::-1]), np.asarray(sample.ori_maps['lesion']), count)
