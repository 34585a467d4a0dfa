"""``Predictor``: a trained model in one object, a photograph in one call.

    from lopm import Predictor
    case = Predictor('work_dirs/multitask')('IMG_0412.jpg', record={'age': 61})
    case.lesions[0].words['color']
"""
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import accumulate, compress
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dataset import pseudo_collate
from PIL import Image

from lopm import __version__
from lopm.case import Case, Lesion, noted
from lopm.curation.files import photographs_in
from lopm.datasets.masks import encode_mask
from lopm.datasets.photographs import BadPhotograph
from lopm.drawn import outline_of
from lopm.engine.runs import open_run, pipeline_of
from lopm.engine.testing import load_trained
from lopm.evaluation.doubt import Doubt
from lopm.evaluation.flags import RATE, load_flags, look, stack, unstack
from lopm.evaluation.rows import as_array
from lopm.files import sha256
from lopm.findings import findings_of
from lopm.followup.covered import covered
from lopm.given import Given, is_path, name_of, say, source_of
from lopm.measure import MEASURES, NAMES, measure
from lopm.models.answers import Reading
from lopm.models.looking import from_afar, from_near
from lopm.models.predict import answer_all, attach_answers
from lopm.pack.format import FLAGS, is_pack
from lopm.pack.open import Pack, open_pack
from lopm.prepared import Prepared, Preparer, pixels_of
from lopm.session import Session, session_of, split
from lopm.structures import UNKNOWN
from lopm.workers import ahead


class Predictor:
    """Outlines lesions on photographs, names their features and proposes a diagnosis: a ``Case`` each.

    Photographs are files (a path, or the bytes of one), uint8 RGB arrays ``[H, W, 3]``, upright, or PIL images. They go
    through the test pipeline of the config, so that what is said is what tools/test.py scores; but of a card of
    ``lopm card`` that lies in them, which is painted over before. Memory grows with the batch, not with the number of
    photographs.

    Args:
        model: A pack (``lopm pack``); or the folder of a run; or a checkpoint of one, which holds its config; or a
            config, with ``checkpoint``. A pack alone says how sure it is: the probabilities of others are as the
            network gives them.
        options: ``['key=value', ...]`` that change a config file.
        flags: File of ``lopm flag fit`` for these weights; None: that of the run's folder, where one is. False: none.
        rate: Share of usual photographs that a flag may be raised on.
        measured: Whether lesions are measured on the pixels of the photograph itself, which is read in full for it.
        batch_size: Photographs that the network sees at once.
        threads: That read photographs ahead, and measure lesions.
        looked: Whether cases say where each head looked (``lopm.models.looking``): one more pass of the network.

    Raises:
        ValueError, FileNotFoundError: No such run; weights of another model; flags of other weights.

    ``about`` says what predicts: versions, and hashes of what the config builds and of the weights. ``draws_outlines``:
    whether it does; else it speaks of whole photographs alone.
    """

    def __init__(self, model, checkpoint=None, options=(), flags=None, rate=RATE, measured=True, batch_size=8,
                 threads=2, looked=False):
        if batch_size < 1:
            raise ValueError(f'batch_size={batch_size}: no photograph would ever be seen; give 1 or more')
        self.pack = Pack(model) if is_pack(model) else None
        self.cfg, self.checkpoint = open_pack(self.pack, checkpoint, options) if self.pack else open_run(
            model, checkpoint, options)
        self.doubt = self.pack.doubt if self.pack else Doubt()
        self.about = describe(self.cfg, self.checkpoint, self.pack)
        self.network = load_trained(self.cfg, self.checkpoint)
        self.tasks = self.network.tasks.answered
        self.first = getattr(self.network, 'members', [self.network])[0]
        self.draws_outlines = self.first.outline_head is not None
        self.judged = self.first.meta_head.task.name if self.first.meta_head else None
        self.preparer = Preparer(self.cfg, self.network.tasks, batch_size, threads)
        self.record_fields = self.preparer.record_fields
        self.measured, self.looked, self.threads, self.rate = measured, looked, threads, rate
        if flags is None and self.checkpoint.with_name(FLAGS).is_file():
            flags = self.checkpoint.with_name(FLAGS)
        self.flags = load_flags(flags, self.about['weights_sha256'][0]) if flags else None
        if self.flags:
            self.flags.refuse_rate(rate)
            self.about['flags_sha256'] = sha256(flags)
        self.told = False

    def __call__(self, photographs, record: dict[str, Any] | None = None) -> Case | list[Case]:
        """The ``Case`` of a photograph; of a folder or a list, a list of them.

        Args:
            record: What is known of the patient, ``{field: value}``; of a folder or a list ``{name: record}``.

        Raises:
            BadPhotograph: The one photograph cannot be read. (Of several, its ``Case`` says so.)
            ValueError: No photograph; a word in a record that the config does not list.
        """
        if isinstance(photographs, list | tuple) or is_path(photographs) and Path(photographs).is_dir():
            return list(self.stream(photographs, record))
        if not (is_path(photographs) or isinstance(photographs, bytes | np.ndarray | Image.Image)):
            raise ValueError(f'a {type(photographs).__name__} is no photograph: give a path, bytes, an array or an '
                             'image, a list of them or a folder; of any other iterable use stream(...)')
        (case,) = self.stream([photographs], {name_of(photographs, 0): record})
        if case.bad:
            raise BadPhotograph(case.bad)
        return case

    def outlined(self, photograph, outlines, record: dict[str, Any] | None = None, before: Case | None = None,
                 by: str = '') -> Case:
        """The ``Case`` of a photograph whose lesions a person has outlined: each is read anew within its outline.

        Args:
            outlines: Of each lesion a mask, bool ``[H, W]``, or polygons ``[[x0, y0, x1, y1, ...], ...]``, in pixels of
                the upright photograph.
            before: What was said until now; its history goes on. by: Who has drawn.

        Raises:
            BadPhotograph: It cannot be read. ValueError: An outline is empty or outside of the photograph.
        """
        given = Given(photograph, name_of(photograph, 0) if before is None else before.name, record or {})
        prepared = self.preparer.prepare(self.preparer.note(given), outlines)
        if prepared.bad:
            raise BadPhotograph(prepared.bad)
        (case,) = self.answer([prepared])
        drawn = [lesion.outline['polygons'] for lesion in before.lesions] if before else []
        return replace(case, history=[*(before.history if before else ()), noted(by, before={'outlines': drawn})])

    def stream(self, photographs: Path | str | Iterable, records: dict | None = None,
               folder: Path | str | None = None) -> Iterator[Case]:
        """Yield the ``Case`` of each photograph, in their order, of any number of them.

        Args:
            photographs: A folder, or any iterable.
            records: ``{name: record}``; the name is that of the file, relative to the folder, or the number.
            folder: Of files that are given one by one, where their names are to tell that.
        """
        if self.first.group_heads and not self.told:
            self.told = True
            together = ', '.join(name for head in self.first.group_heads.values() for name in head.tasks)
            say(f'{together}: of a visit or a patient, and photographs are looked at one by one here; lopm screen, or '
                'Predictor.session, answers them')
        for batch in self.preparer.batches(photographs, records, folder):
            yield from self.answer(batch)

    def session(self, photographs: Path | str | Iterable, record: dict[str, Any] | None = None,
                visits: dict[str, str] | None = None, folder: Path | str | None = None,
                usable: Callable[[Case], bool] | None = None) -> Session:
        """What is said of the photographs of one patient together: a ``Session``.

        Args:
            photographs: A folder, or files. record: What is known of the patient.
            visits: ``{name: visit}`` of each photograph; None: all are of one visit.
            folder: As of ``stream``.
            usable: Whether a photograph counts for its visit and the patient, by its case; None: each that can be read.

        Raises:
            ValueError: A photograph is of no visit.
        """
        if is_path(photographs):
            photographs, folder = photographs_in(photographs), photographs
        photographs = list(photographs)
        names = [name_of(each, i, folder) for i, each in enumerate(photographs)]
        if visits is not None and (lacking := [name for name in names if name not in visits]):
            raise ValueError(f'{lacking[0]}: of no visit; name the visit of each of the {len(names)} photographs')
        cases, seen = [], []
        for batch in self.preparer.batches(photographs, dict.fromkeys(names, record), folder):
            for each in batch:
                if not each.bad:
                    each.data['data_samples'].set_metainfo(dict(
                        patient_id='', visit=str(visits[each.given.name]) if visits else ''))
            cases += self.answer(batch, seen)
        read = [case for case in cases if not case.bad]
        counted = [usable is None or usable(case) for case in read]
        return session_of(self, cases, list(compress(seen, counted)), [case.name for case in compress(read, counted)],
                          record)

    def seen(self, photographs, folder=None):
        """Yield ``(name, {number: value} that flags are read from, why it is bad)`` of each photograph; None or '' is
        what does not apply. Arguments as of ``stream``."""
        for batch in self.preparer.batches(photographs, None, folder):
            found = iter(self.look_at([each.data for each in batch if not each.bad]))
            for each in batch:
                yield each.given.name, None if each.bad else next(found), each.bad

    def answer(self, batch: list[Prepared], seen: list | None = None) -> Iterator[Case]:
        """The ``Case``s of ``Prepared`` photographs; ``seen``: where to note what ``session_of`` reads."""
        data = [each.data for each in batch if not each.bad]
        found = iter(self.look(data, seen) if data else ())
        pairs = [(each, None if each.bad else next(found)) for each in batch]
        yield from ahead(lambda pair: self.case_of(*pair), pairs, self.threads, len(pairs))

    def case_of(self, prepared, found):
        """The ``Case`` of a photograph, in full size; ``found``: of ``look``."""
        given = prepared.given
        case = Case(given.name, prepared.size, prepared.bad, record=given.record, model=self.about)
        return case if prepared.bad else self.fill(case, prepared, *found)

    def look(self, data, seen=None):
        """``(sample, rows, flags)`` of each photograph of a batch; ``rows``: ``{'lesions': [[Reading of a row], ...],
        'photograph': ..., 'pooled': [L, F]}``."""
        flags = self.raised(data) if self.flags else [None] * len(data)
        batch = self.network.data_preprocessor(pseudo_collate(data), False)
        answers = answer_all(self.network, batch['inputs'], batch['data_samples'])
        samples = attach_answers(answers, batch['data_samples'])
        if seen is not None:
            seen += zip(samples, split(*answers['pred_lesions']), answers['pred_lesions'][1])
        lesions, counts = answers.get('true_lesions', answers['pred_lesions'])  # drawn by a person; else predicted
        rows = {'lesions': single_rows(lesions, counts), 'photograph': single_rows(*answers['pred_image']),
                'pooled': [each.numpy() for each in lesions.pooled.float().cpu().split(counts)],
                'looked': self.look_where(batch['inputs'], samples, lesions, counts)}
        return [(sample, {field: each[i] for field, each in rows.items()}, flags[i])
                for i, sample in enumerate(samples)]

    def look_where(self, inputs, samples, lesions, counts):
        """Where each head looked: of each photograph ``[{task: (map [h, w], share inside)}, ...]``, of each lesion."""
        if not self.looked or not any(counts):
            return [[{}] * count for count in counts]
        asked = {name: lesions.probabilities[name] for name in self.first.features
                 if name in lesions.probabilities and name in self.tasks.with_words}
        found = (from_near if self.first.second_look else from_afar)(self.first, inputs, samples, counts, asked)
        ends = list(accumulate(counts))
        return [found[end - count:end] for end, count in zip(ends, counts)]

    def raised(self, data):
        """The flags of each photograph of a batch, ``[{flag: p}]``."""
        judged = self.flags.judge(stack(self.look_at(data)))
        return [{flag: float(p[i]) for flag, p in judged.items() if p[i] < self.rate} for i in range(len(data))]

    def look_at(self, data):
        """What flags are read from, ``[{number: value}]``, by the maps of the first network."""
        return unstack(look(self.first, pseudo_collate(data))) if data else []

    def fill(self, case, prepared, sample, readings, flags):
        """A photograph's ``Case`` with what was predicted on its sample."""
        def rows(field, i):
            return {name: as_array(field[name][i]) for name in self.tasks if name in field}
        drawn = 'true_lesions' in sample
        lesions = sample.true_lesions if drawn else sample.pred_lesions
        scores = [None] * len(readings['lesions']) if drawn else as_array(lesions.scores).tolist()
        lesion_map = None if not scores else as_array(sample.ori_maps['lesion'] if drawn else sample.pred_map)
        try:
            measured = self.measure(prepared, lesion_map, len(scores))
        except BadPhotograph as error:  # it was read once, and is gone since
            return replace(case, bad=str(error))
        case.flags = flags
        doubt = dict(doubt=self.doubt, record=case.record, flags=tuple(flags or ()))
        case.photograph = findings_of(rows(sample.pred_image, 0), self.tasks, readings=readings['photograph'][0],
                                      **doubt)
        case.masks = {name: encode_mask(mask) for name, mask in sample.get('pred_masks', {}).items()}
        for i, score in enumerate(scores):
            said = findings_of(rows(lesions, i), self.tasks, readings=readings['lesions'][i], **doubt)
            case.lesions.append(Lesion(**vars(said), score=score, outline=outline_of(lesion_map == i + 1),
                                       measured=measured[i], alike=self.alike(said, readings['pooled'][i]),
                                       looked={name: share for name, (_, share) in readings['looked'][i].items()}))
            case.lesions[-1].read.maps = {name: seen for name, (seen, _) in readings['looked'][i].items()}
        return case

    def alike(self, said, pooled):
        """The training lesions most like one, of its likeliest diagnosis and of the next."""
        if not self.pack or self.judged not in said.probabilities:
            return {}
        odds = said.probabilities[self.judged]
        return self.pack.alike(pooled, self.judged, sorted(odds, key=odds.get, reverse=True)[:2])

    def measure(self, prepared, lesion_map, count):
        """What is measured of each lesion, ``[{name: {'value', 'unit'}}]``."""
        if not self.measured or not count:
            return [{}] * count
        image = pixels_of(source_of(prepared.given))
        if prepared.card is not None:
            card = covered(prepared.card, lesion_map.shape)
            lesion_map = np.where(card & (lesion_map == 0), UNKNOWN, lesion_map)
        values = measure(image[..., ::-1], lesion_map, count)
        return [{name: {'value': float(value), 'unit': each.unit} for name, value, each in zip(NAMES, row, MEASURES)}
                for row in values]


def describe(cfg, checkpoint, pack=None):
    """What predicts: the name of its config or folder, a version that differs where what it builds or its weights do,
    and the hashes of these."""
    text = json.dumps([cfg.get(key) for key in ('model', 'tasks', 'record_fields', 'predict_with')]
                      + [pipeline_of(cfg)], default=str, sort_keys=True)
    others = (cfg.get('predict_with') or {}).get('others', ())
    hashes = [hashlib.sha256(text.encode()).hexdigest(), *(sha256(each) for each in (checkpoint, *others))]
    name = Path(cfg.filename).stem if cfg.filename else checkpoint.resolve().parent.name
    if pack:
        name, hashes = pack.content.name, [*hashes, pack.content.sha256]
    return {'lopm': __version__, 'model': name,
            'version': f'{name} {hashlib.sha256("".join(hashes).encode()).hexdigest()[:8]}',
            'config_sha256': hashes[0], 'weights_sha256': hashes[1:len(others) + 2],
            **({'pack_sha256': pack.content.sha256} if pack else {})}


def single_rows(answer, counts):
    """The ``Reading``s of each row of an answer, by photograph: ``[[[Reading of a row], ...] of a photograph]``."""
    def row(reading, i):
        def cut(values):
            return None if values is None else values[i:i + 1].cpu()
        inputs = {key: {name: cut(each) for name, each in value.items()} if isinstance(value, dict) else cut(value)
                  for key, value in reading.inputs.items()}
        return Reading(reading.head, inputs)
    ends = list(accumulate(counts))
    return [[[row(reading, i) for reading in answer.readings] for i in range(end - count, end)]
            for end, count in zip(ends, counts)]
