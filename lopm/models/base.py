"""What every model of lesions does alike, wherever its feature maps come from: ``separate_losses`` is a training step,
``answer`` what it says of lesions."""
import difflib

import torch
import torch.nn.functional as F
from mmengine.model import BaseModel
from torch import Tensor, nn

from lopm.losses import Loss, global_mean
from lopm.models.answers import Answer, Reading
from lopm.models.assignment import OUTLINE, check_concepts, check_inputs, choose_concepts
from lopm.models.groups import Lesions, groupings, owners
from lopm.models.predict import measure_batch, predict
from lopm.models.regions import Regions, build_regions, predicted_map, whole_places
from lopm.models.weighing import Weighing
from lopm.registry import MODELS
from lopm.structures import UNKNOWN, LesionDataSample, concat_lesions, stack_maps
from lopm.tasks import Task, Tasks, build_tasks
from lopm.tasks.task import GROUPS

GT = {'lesion': 'gt_lesions', **dict.fromkeys(('image', *GROUPS), 'gt_image')}


class LesionModel(BaseModel):
    """Base of models that outline lesions, name their features and propose a diagnosis.

    One that derives from it sets ``features`` (``{task: Task}`` of its feature heads), ``outline_head`` (or None) and
    ``channels`` (of all feature maps together), calls ``build_reading``, and has ``extract_feats``, ``outline``,
    ``evidence``, ``read_features`` and ``pool_regions``. Feature maps (``feats``) are of whatever form its
    ``extract_feats`` gives.

    Args:
        tasks: The tasks list of the config; the first mask task is the outline.
        regions: Options of ``build_regions``.
        predicted_odds: Share of training photographs whose features are pooled in the predicted outline, since that
            is what the heads will see in service. Where no outline is known they always are.
        instances: Options of ``find_lesions``.
        second_look: ``dict(zoom=, margin=, tasks=)``: lesions are outlined again from near, and these tasks (None: all)
            read from there (``lopm.models.closer``); None: from the photograph as a whole.
    """

    def __init__(self, tasks, regions, predicted_odds, instances, data_preprocessor, init_cfg, second_look=None):
        super().__init__(data_preprocessor, init_cfg)
        self.tasks = build_tasks(tasks)
        self.region_options, self.instance_options = regions or {}, instances or {}
        self.predicted_odds, self.second_look = predicted_odds, second_look
        self.group_heads = nn.ModuleDict()

    def build_reading(self, meta_head, group_heads=None, **weighing):
        """The meta head on what the features say, the heads of visits and patients on both, and how much each loss
        counts (arguments of ``Weighing``)."""
        self.meta_head = self.build_meta_head(meta_head) if meta_head else None
        self.build_group_heads(group_heads)
        self.weighing = Weighing(self.tasks, self.loss_names, self.find_task, **weighing)

    def build_meta_head(self, cfg):
        task = self.tasks[cfg['task']]
        concepts = choose_concepts(cfg.get('concepts'), self.features, task)
        check_inputs(cfg, concepts, task)
        return MODELS.build({**cfg, 'task': task, 'residual_channels': self.channels, 'concepts': concepts})

    def build_group_heads(self, cfgs):
        """The heads of visits and patients, ``{name: config}``; called when ``meta_head`` is there."""
        of_lesions = Tasks((name, task) for name, task in self.tasks.of('lesion').with_words.items()
                           if name in self.features or self.meta_head and name == self.meta_head.task.name)
        for name, cfg in (cfgs or {}).items():
            if cfg:
                concepts = cfg.get('concepts') if cfg.get('concepts') is not None else list(of_lesions)
                check_concepts(f'group_heads.{name}', concepts, of_lesions)
                self.group_heads[name] = MODELS.build({
                    **cfg, 'tasks': [self.find_task(task, f'group_heads.{name}') for task in cfg['tasks']],
                    'concepts': [of_lesions[each] for each in concepts], 'channels': self.channels})

    def find_task(self, name: str, place: str) -> Task:
        if name not in self.tasks:
            near = difflib.get_close_matches(name, self.tasks, n=1, cutoff=0)[0]
            raise ValueError(f'{place}: unknown task {name!r}, did you mean {near!r}? '
                             f'The tasks list has {list(self.tasks)}')
        return self.tasks[name]

    @property
    def loss_names(self) -> list[str]:
        """What ``separate_losses`` gives."""
        outlines = [OUTLINE, *self.other_masks] if self.outline_head else []
        groups = [task for head in self.group_heads.values() for task in head.tasks]
        return [*outlines, *self.features, *([self.meta_head.task.name] if self.meta_head else []), *groups]

    @property
    def other_masks(self) -> list[str]:
        """Names of the masks besides the outline."""
        return self.outline_head.others if self.outline_head else []

    @property
    def stride(self):
        return {key: value for key, value in self.region_options.items() if key == 'stride'}

    def forward(self, inputs, data_samples=None, mode='tensor'):
        if mode == 'loss':
            return self.loss(inputs, data_samples)
        if mode == 'predict':
            return predict(self, inputs, data_samples)
        feats = self.extract_feats(inputs)
        return self.outline(feats) if self.outline_head else feats

    def loss(self, inputs: Tensor, data_samples: list[LesionDataSample]) -> dict[str, Tensor]:
        """One training step's losses: ``{'outline.loss': ..., '<task>.loss': ...}``."""
        self.batch = inputs, data_samples  # a balancing may look at it again when the step is done
        return self.weighing(self.separate_losses(inputs, data_samples))

    def separate_losses(self, inputs: Tensor, data_samples: list[LesionDataSample]) -> dict[str, Loss]:
        """``{task: Loss}`` of scalars times ``task_weights``, known where any rank has a label."""
        feats = self.extract_feats(inputs)
        copies = self.copies_of(feats)
        outline = self.outline(copies[OUTLINE] if copies else feats) if self.outline_head else None
        losses = self.outline_head.loss(outline, data_samples) if self.outline_head else {}
        if self.features or self.meta_head or self.group_heads:
            regions = self.training_regions(outline, data_samples)
            evidence = self.evidence(inputs, feats, regions, data_samples)
            logits, pooled = self.read_features(evidence, copies)
            targets = {name: concat_lesions(data_samples, name, GT[self.tasks[name].level]) for name in logits}
            for name, task in self.features.items():
                losses[name] = self.weighing.loss_of(task, logits[name], targets[name])
                if task.needs_rim:
                    losses[name] = losses[name].where(evidence[task.level].regions.has_rim)
            if self.meta_head:
                task = self.meta_head.task
                read = self.meta_inputs(logits, pooled, evidence[task.level].regions, data_samples)
                given = self.meta_head.given({name: targets[name] for name in self.meta_head.concepts})
                truth = concat_lesions(data_samples, task.name, GT[task.level])
                logits[task.name] = self.meta_head(**read, given=given)
                losses[task.name] = self.weighing.loss_of(task, logits[task.name], truth)
            if self.group_heads:
                said = {name: self.tasks[name].probabilities(each) for name, each in logits.items()}
                losses |= self.group_losses(said, evidence, data_samples)
        return self.weighing.times_weights(global_mean(losses))

    def group_losses(self, said, evidence, data_samples):
        """``{task: Loss [G]}`` of visits and patients, from what is ``said`` of their lesions."""
        groups = groupings(data_samples, evidence['lesion'].photograph.device)
        regions = evidence['lesion'].regions
        lesions = Lesions(said, regions.photo, self.pool_regions(evidence, 'lesion'), regions.areas)
        logits = self.read_groups(groups, lesions, self.pool_regions(evidence, 'image'), data_samples)
        return {name: self.weighing.loss_of(
            self.tasks[name], each,
            groups[self.tasks[name].level].known(concat_lesions(data_samples, name, 'gt_image')))
            for name, each in logits.items()}

    def read_groups(self, groups, lesions, photographs, data_samples):
        """Logits ``{task: [G, K]}`` of the group heads; arguments as of ``GroupHead``."""
        device = photographs.device
        readable = torch.tensor([not sample.get('bad') for sample in data_samples], device=device)
        record = torch.stack([sample.record for sample in data_samples]).to(device)
        logits = {}
        with torch.autocast(device.type, enabled=False):
            for head in self.group_heads.values():
                logits.update(head(groups[head.level], lesions, photographs.float(), readable,
                                   record if head.record_fields else None))
        return logits

    @torch.no_grad()
    def answer_groups(self, groups, answer, counts, data_samples):
        """``{task: [B, K]}``: of each photograph what is said of its visit, or its patient.

        Args:
            groups: ``groupings`` of the samples. answer: The ``Answer`` to their lesions, ``counts`` in each.
        """
        lesions = Lesions(answer.probabilities, owners(counts, answer.pooled.device), answer.pooled, answer.areas)
        logits = self.read_groups(groups, lesions, answer.photographs, data_samples)
        return {name: self.tasks[name].probabilities(each)[groups[self.tasks[name].level].of]
                for name, each in logits.items()}

    def copies_of(self, feats) -> dict | None:
        """Feature maps of each reader's own, ``{reader: maps}``; None: all read the same."""

    def training_regions(self, outline_logits: Tensor | None, data_samples: list[LesionDataSample]) -> Regions:
        """Regions from the truth or its jitter (``PackLesions`` chose), or from the predicted outline.

        Where a region lies on unknown pixels it is a lesion's place, a box or the whole photograph, and no outline: it
        has no rim.
        """
        given = region_map = stack_maps(data_samples, 'region')
        places = (stack_maps(data_samples, 'lesion') == UNKNOWN) & (given != UNKNOWN)
        if outline_logits is not None:
            use = torch.rand(len(data_samples), device=given.device) < self.predicted_odds
            probability = outline_logits[:, 0].detach().float().sigmoid()
            region_map = predicted_map(probability, stack_maps(data_samples, 'nearest'), given, use, places)
        counts = [len(sample.gt_lesions) for sample in data_samples]
        return build_regions(region_map, counts, **self.region_options).without_rims(
            whole_places(region_map, given, places))

    def meta_inputs(self, logits, pooled, regions, data_samples, measured=None):
        """What the meta head reads of every region: arguments of its ``forward``."""
        head = self.meta_head
        record = torch.stack([sample.record for sample in data_samples])[regions.photo] if head.record_fields else None
        if head.measured and measured is None:
            if any('measured' not in sample.gt_lesions for sample in data_samples):
                raise ValueError('the meta head reads measured values: set measure=True in PackLesions')
            measured = torch.cat([sample.gt_lesions.measured for sample in data_samples])
        probabilities = {name: task.probabilities(logits[name]) for name, task in head.concepts.items()}
        return dict(probabilities=probabilities, record=record, measured=measured, pooled=pooled)

    def find_masks(self, inputs: Tensor, feats) -> Tensor | None:
        """Probabilities ``[B, 2 + others, H, W]`` of lesion, core, and the other masks, at the size of the inputs; None
        without an outline head."""
        if not self.outline_head:
            return None
        logits = self.outline(feats).float()
        return F.interpolate(logits, inputs.shape[-2:], mode='bilinear', align_corners=False).sigmoid()

    def answer(self, inputs: Tensor, feats, data_samples: list[LesionDataSample], lesion_map: Tensor,
               counts: list[int], whole: bool = False) -> Answer:
        """The ``Answer`` to every lesion-level task on the lesions of a map ``[B, H, W]``, ``counts`` in each
        photograph; ``whole``: to every task, where the one lesion of each photograph stands for all of it."""
        regions = build_regions(lesion_map, counts, **self.region_options)
        evidence = self.evidence(inputs, feats, regions, data_samples)
        logits, pooled = self.read_features(evidence)
        asked = {name for name, task in self.tasks.items() if whole or task.level == 'lesion'}
        result = {name: self.tasks[name].probabilities(each) for name, each in logits.items() if name in asked}
        pooled = self.pool_regions(evidence, 'lesion')
        more = (self.pool_regions(evidence, 'image'), regions.areas) if self.group_heads else ()
        if not self.meta_head or self.meta_head.task.name not in asked:
            return Answer(result, [], pooled, *more)
        head, measured = self.meta_head, None
        if head.measured:
            measured = inputs.new_full((len(inputs), head.measured), float('nan')) if whole else measure_batch(
                evidence['lesion'].photograph, lesion_map, counts)
        read = self.meta_inputs(logits, pooled, evidence[head.task.level].regions, data_samples, measured)
        result[head.task.name] = head.task.probabilities(head(**read))
        return Answer(result, [Reading(head, read)], pooled, *more)
