"""Photographs on their way into the network: read ahead, a card in them painted over, through the test pipeline."""
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import cv2
import numpy as np
from mmengine.dataset import Compose

from lopm.curation.files import not_taken_in, photographs_in
from lopm.datasets.augmentation import build_pipeline
from lopm.datasets.items import Items
from lopm.datasets.photographs import BadPhotograph, read_photograph, read_size
from lopm.datasets.record import out_of_range
from lopm.drawn import as_lesions
from lopm.engine.runs import pipeline_of
from lopm.followup.card import find_card
from lopm.followup.covered import without_card
from lopm.given import Given, is_path, say, source_of, with_records
from lopm.workers import ahead

ENOUGH = 1280  # pixels of either side of a photograph in which a card is looked for


class Prepared(NamedTuple):
    """A photograph on its way into the network; ``data`` is None where it could not be read. ``card``: the corners of
    the card in it, or None."""

    given: Given
    size: list[int]
    bad: str
    data: dict | None
    card: np.ndarray | None = None


class Preparer:
    """Makes of photographs, as a caller gives them, what a network is shown.

    Args:
        cfg: Of the run, whose test pipeline they go through.
        tasks: All of the network.
        batch_size: Photographs that it sees at once.
        threads: That read photographs ahead.

    ``record_fields``: what of a record the network reads.
    """

    def __init__(self, cfg, tasks, batch_size, threads):
        self.record_fields = cfg.test_dataloader.dataset.get('record_fields') or {}
        self.items = Items(tasks, self.record_fields, test_mode=True, source='photograph')
        self.pipeline = Compose(build_pipeline(pipeline_of(cfg), []))
        self.batch_size, self.threads = batch_size, threads
        self.unread = set()

    def batches(self, photographs, records=None, folder=None) -> Iterator[list[Prepared]]:
        """Yield photographs as lists of ``Prepared``, read ahead by threads; arguments as of ``Predictor.stream``."""
        if is_path(photographs):
            photographs, folder = photographs_in(photographs), photographs
            if closed := not_taken_in(folder):
                say(f'{folder}{closed}')
        given = with_records(photographs, records or {}, folder)
        prepared = ahead(self.prepare, map(self.note, given), self.threads, 2 * self.batch_size)
        while batch := list(islice(prepared, self.batch_size)):
            yield batch

    def note(self, given: Given) -> Given:
        """Say what of a record is not read: a field that the model does not know, once; a number that nobody has."""
        unknown = sorted(given.record.keys() - self.record_fields.keys() - self.unread)
        if unknown:
            self.unread.update(unknown)
            reads = ', '.join(self.record_fields) or 'no record'
            say(f'{", ".join(unknown)}: not read by this model (it reads {reads}); kept with the case')
        missing = out_of_range(given.record, {k: f for k, f in self.record_fields.items() if 'words' not in f})
        if missing:
            say(f'photograph {given.name}: {", ".join(missing)} of its record is a number that nobody has; read as '
                'missing')
        return given

    def prepare(self, given: Given, outlines=None) -> Prepared:
        """A photograph through the test pipeline; ``outlines``: as of ``Predictor.outlined``, or None."""
        size = []
        try:
            image = source_of(given)
            size = list(image.shape[1::-1] if isinstance(image, np.ndarray) else read_size(image))
            card = card_in(source_of(given), size)
            if card is not None:
                image = without_card(pixels_of(image), card)
        except BadPhotograph as error:
            return Prepared(given, size, str(error), None)
        item = self.items.unlabelled(given.name, size, given.record, as_lesions(outlines or (), size))
        item.update({'img': image} if isinstance(image, np.ndarray) else {'img_path': image})
        data = self.pipeline(item)
        if outlines is None:
            del data['data_samples'].gt_sem_seg  # nobody drew anything, and what is not there is not predicted on
        return Prepared(given, size, data['data_samples'].bad, data, card)


def pixels_of(source):
    """uint8 BGR ``[H, W, 3]`` of what ``source_of`` gives."""
    return source if isinstance(source, np.ndarray) else read_photograph(source)


def card_in(source, size):
    """Corners ``[4, 2]`` of the card in a photograph of a size (width, height), or None; a smaller copy will do."""
    pixels = source if isinstance(source, np.ndarray) else read_photograph(source, at_least=[ENOUGH] * 2)
    card = find_card(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))
    return None if card.corners is None else card.corners * size[0] / pixels.shape[1]
