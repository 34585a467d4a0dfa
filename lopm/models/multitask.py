"""The model: one backbone, an outline head, feature heads and a meta head; ``loss`` is a whole training step."""
import difflib

import torch
import torch.nn.functional as F
from mmengine.model import BaseModel
from mmengine.structures import InstanceData
from torch import nn

from lopm.engine.packages import check_normalization
from lopm.models.evidence import Evidence
from lopm.models.losses import global_mean
from lopm.models.predict import attach_outlines, find_in_batch, measure_batch, split_rows
from lopm.models.probe import build_backbone, build_neck
from lopm.models.regions import (
    build_regions,
    known_pixels,
    photograph_map,
    predicted_map,
    whole_photographs,
    whole_places,
)
from lopm.models.weighing import Weighing
from lopm.models.wiring import OUTLINE, check_heads, check_inputs, choose_concepts
from lopm.registry import MODELS
from lopm.structures import UNKNOWN, concat_lesions, stack_maps
from lopm.tasks import Mask, build_tasks

GT = {'lesion': 'gt_lesions', 'image': 'gt_image'}
RESIDUAL = 'residual'  # who reads pooled feature maps for the meta head, among the readers that surgery is between


@MODELS.register_module()
class MultiTaskModel(BaseModel):
    """Outlines lesions, names their features and proposes a diagnosis, in one forward pass over shared feature maps.

    Args:
        tasks: The tasks list of the config; the first mask task is the outline.
        backbone: Any backbone of mmpretrain, mmseg or timm (``TimmBackbone``).
        neck: Optional, any that maps the backbone's maps to a list of maps.
        outline_head: ``OutlineHead`` config. None: no outlines are learned; in training features are pooled in the true
            ones, where there are any, and a prediction is of the whole photograph.
        feature_heads: ``{name: config}``, each with ``tasks=[names]``; None as config leaves a head out. Every task but
            the meta head's needs one.
        meta_head: ``MetaHead`` config with ``task=name``, and optionally ``concepts=[names]`` (default: all tasks of
            the feature heads that are of its task's level). None: no meta head.
        task_weights, balancing, imbalance, prior_from: How much each loss counts, see ``Weighing``.
        surgery: How conflicts of the heads at the shared feature maps are settled (``lopm.models.surgery``); None:
            their gradients are summed.
        regions: Options of ``build_regions``.
        predicted_odds: Share of training photographs whose features are pooled in the predicted outline, since that
            is what the heads will see in service. Where no outline is known they always are.
        instances: Options of ``find_lesions``.
    """

    def __init__(self, tasks=None, backbone=None, outline_head=None, feature_heads=None, meta_head=None, neck=None,
                 task_weights=None, balancing=None, imbalance=None, prior_from=None, surgery=None, regions=None,
                 predicted_odds=0.5, instances=None, data_preprocessor=None, init_cfg=None):
        super().__init__(data_preprocessor, init_cfg)
        self.tasks = build_tasks(tasks)
        self.region_options, self.instance_options = regions or {}, instances or {}
        self.predicted_odds = predicted_odds
        check_normalization(backbone, self.data_preprocessor)
        self.backbone, pyramid = build_backbone(backbone)
        self.neck, pyramid = build_neck(neck, pyramid)
        self.channels = sum(pyramid.channels)
        masks = [task for task in self.tasks.values() if isinstance(task, Mask)]
        self.outline_head = MODELS.build(
            {**outline_head, 'pyramid': pyramid, 'mask_tasks': masks}) if outline_head else None
        self.feature_heads = nn.ModuleDict(
            {name: self.build_head(name, cfg, pyramid.channels) for name, cfg in (feature_heads or {}).items() if cfg})
        self.features = {name: head.tasks[name] for head in self.feature_heads.values() for name in head.tasks}
        check_heads(self.tasks, self.outline_head, self.feature_heads,
                    meta_head and self.find_task(meta_head['task'], 'meta_head').name)
        self.meta_head = self.build_meta_head(meta_head) if meta_head else None
        self.weighing = Weighing(self.tasks, self.loss_names, self.find_task, task_weights, balancing, imbalance,
                                 prior_from)
        self.surgery = MODELS.build(surgery) if surgery else None

    @property
    def loss_names(self):
        """What ``separate_losses`` gives."""
        outlines = [OUTLINE, *self.outline_head.others] if self.outline_head else []
        return [*outlines, *self.features, *([self.meta_head.task.name] if self.meta_head else [])]

    def build_head(self, name, cfg, channels):
        tasks = [self.find_task(task, f'feature_heads.{name}') for task in cfg['tasks']]
        return MODELS.build({**cfg, 'tasks': tasks, 'channels': channels})

    def build_meta_head(self, cfg):
        task = self.tasks[cfg['task']]
        concepts = choose_concepts(cfg.get('concepts'), self.features, task)
        check_inputs(cfg, concepts, task)
        return MODELS.build({**cfg, 'task': task, 'residual_channels': self.channels, 'concepts': concepts})

    def find_task(self, name, place):
        if name not in self.tasks:
            near = difflib.get_close_matches(name, self.tasks, n=1, cutoff=0)[0]
            raise ValueError(f'{place}: unknown task {name!r}, did you mean {near!r}? '
                             f'The tasks list has {list(self.tasks)}')
        return self.tasks[name]

    def forward(self, inputs, data_samples=None, mode='tensor'):
        if mode == 'loss':
            return self.loss(inputs, data_samples)
        if mode == 'predict':
            return self.predict(inputs, data_samples)
        feats = self.extract_feats(inputs)
        return self.outline(feats) if self.outline_head else feats

    def extract_feats(self, inputs):
        """The pyramid ``[[B, C, h, w], ...]``, finest first."""
        return self.neck(self.backbone(inputs))

    def outline(self, feats):
        """Logits ``[B, 2 + others, h, w]`` of lesion, core, and the other masks."""
        return self.outline_head(feats)

    def loss(self, inputs, data_samples):
        """One training step's losses: ``{'outline.loss': ..., '<task>.loss': ...}``."""
        self.batch = inputs, data_samples  # a balancing may look at it again when the step is done
        means, present = self.separate_losses(inputs, data_samples)
        return self.weighing(means, present)

    def separate_losses(self, inputs, data_samples):
        """``{task: scalar}`` times ``task_weights``, and which tasks have a label on any rank, ``{task: bool}``."""
        feats = self.extract_feats(inputs)
        copies = self.surgery(feats, [OUTLINE, *self.feature_heads, RESIDUAL]) if self.surgery else None
        outline = self.outline(copies[OUTLINE] if copies else feats) if self.outline_head else None
        losses = self.outline_head.loss(outline, data_samples) if self.outline_head else {}
        if self.features or self.meta_head:
            regions = self.training_regions(outline, data_samples)
            evidence = self.evidence(inputs, feats, regions, data_samples)
            logits, pooled = self.read_features(evidence, copies)
            targets = {name: concat_lesions(data_samples, name, GT[self.tasks[name].level]) for name in logits}
            for name, task in self.features.items():
                loss, known = self.weighing.loss_of(task, logits[name], targets[name])
                losses[name] = loss, (known & evidence[task.level].regions.has_rim) if task.needs_rim else known
            if self.meta_head:
                task = self.meta_head.task
                given = self.meta_head.given({name: targets[name] for name in self.meta_head.concepts})
                diagnosis = self.diagnose(logits, pooled, evidence[task.level].regions, data_samples, given)
                truth = concat_lesions(data_samples, task.name, GT[task.level])
                losses[task.name] = self.weighing.loss_of(task, diagnosis, truth)
        means, present = global_mean({k: v[0] for k, v in losses.items()}, {k: v[1] for k, v in losses.items()})
        return self.weighing.times_weights(means), present

    def training_regions(self, outline_logits, data_samples):
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

    def evidence(self, inputs, feats, regions, data_samples):
        """What the heads of each level read, in full precision; image-level heads read the photograph."""
        mean, std = self.data_preprocessor.mean, self.data_preprocessor.std
        photograph = (inputs * std + mean) / 255
        feats = [each.float() for each in feats]
        whole = whole_photographs(known_pixels(inputs, data_samples), **self.stride)
        return {'lesion': Evidence(feats, photograph, regions), 'image': Evidence(feats, photograph, whole)}

    def read_features(self, evidence, copies=None):
        """Logits ``{task: [L, K]}`` of the feature heads, and pooled maps ``[L, C]`` for the meta head's residual.

        Without mixed precision: covariances, dispersions and Lab are differences of near numbers. ``copies``: Feature
        maps of each head's own, ``{head: maps}``, as surgery hands them out.
        """
        logits = {}
        with torch.autocast(evidence['lesion'].photograph.device.type, enabled=False):
            for name, head in self.feature_heads.items():
                own = evidence[head.level]
                logits.update(head(own.over(copies[name]) if copies else own))
            if self.meta_head is None or self.meta_head.residual is None:
                return logits, None
            own = evidence[self.meta_head.task.level]
            return logits, self.pool(own.over(copies[RESIDUAL]) if copies else own)

    def pool(self, evidence):
        """Means of all feature maps inside each region of an ``Evidence``, ``[L, channels]``."""
        return torch.cat([evidence.regions.pool(each, 'inside')[:, 0] for each in evidence.feats], 1)

    def diagnose(self, logits, pooled, regions, data_samples, given=None, measured=None):
        """The meta head's logits ``[L, K]`` from the features' logits, and what else it is configured to read."""
        head = self.meta_head
        record = torch.stack([sample.record for sample in data_samples])[regions.photo] if head.record_fields else None
        if head.measured and measured is None:
            if any('measured' not in sample.gt_lesions for sample in data_samples):
                raise ValueError('the meta head reads measured values: set measure=True in PackLesions')
            measured = torch.cat([sample.gt_lesions.measured for sample in data_samples])
        probabilities = {name: task.probabilities(logits[name]) for name, task in head.concepts.items()}
        return head(probabilities, given, record=record, measured=measured, pooled=pooled)

    @torch.no_grad()
    def predict(self, inputs, data_samples):
        """Outlines, and every task's probabilities on predicted outlines and, where there is a truth, on true ones.

        Fills the prediction fields of ``LesionDataSample`` and returns the samples.
        """
        feats = self.extract_feats(inputs)
        lesions, photographs = self.find_outlines(inputs, feats, data_samples)
        found = [len(sample.pred_lesions) for sample in data_samples]
        self.answer(inputs, feats, data_samples, lesions, found, 'pred_lesions')
        if 'gt_sem_seg' in data_samples[0]:
            true = [len(sample.gt_lesions) for sample in data_samples]
            self.answer(inputs, feats, data_samples, stack_maps(data_samples, 'lesion'), true, 'true_lesions')
        self.answer_by_photograph(inputs, feats, data_samples, photographs)
        return data_samples

    def find_outlines(self, inputs, feats, data_samples):
        """Write the predicted outlines into the samples. Two lesion maps ``[B, H, W]``: lesion by lesion, and
        ``photograph_map``; without an outline head there is no lesion."""
        known = known_pixels(inputs, data_samples)
        if not self.outline_head:
            for sample in data_samples:
                sample.pred_lesions = InstanceData(scores=torch.zeros(0))
            return torch.zeros_like(known, dtype=torch.uint8), photograph_map(None, known)
        masks = self.find_masks(inputs, feats)
        lesions = find_in_batch(masks, data_samples, **self.instance_options)
        threshold = self.instance_options.get('threshold', 0.5)
        attach_outlines(masks, lesions, data_samples, self.outline_head.others, threshold)
        return lesions, photograph_map(masks[:, 0], known)

    def find_masks(self, inputs, feats):
        """Probabilities ``[B, 2 + others, H, W]`` of lesion, core, and the other masks, at the size of the inputs."""
        logits = self.outline(feats).float()
        return F.interpolate(logits, inputs.shape[-2:], mode='bilinear', align_corners=False).sigmoid()

    def answer(self, inputs, feats, data_samples, lesion_map, counts, field):
        """Every lesion-level task on the lesions of a map, into ``field`` of the samples."""
        split_rows(self.answer_lesions(inputs, feats, data_samples, lesion_map, counts), data_samples, field, counts)

    def answer_by_photograph(self, inputs, feats, data_samples, photographs):
        """Every task once a photograph, lesion tasks on its ``photograph_map``: ``pred_image``."""
        answers = self.answer_photographs(inputs, feats, data_samples, photographs)
        split_rows(answers, data_samples, 'pred_image', [1] * len(data_samples))

    def answer_lesions(self, inputs, feats, data_samples, lesion_map, counts):
        """``{task: [sum counts, K]}`` of all lesion-level tasks on the lesions of a map ``[B, H, W]``."""
        regions = build_regions(lesion_map, counts, **self.region_options)
        evidence = self.evidence(inputs, feats, regions, data_samples)
        measured = measure_batch(evidence['lesion'].photograph, lesion_map, counts) if self.measures else None
        return self.probabilities(evidence, data_samples, measured, 'lesion')

    def answer_photographs(self, inputs, feats, data_samples, photographs):
        """``{task: [B, K]}`` of all tasks, those of lesions on a map with one lesion a photograph."""
        regions = build_regions(photographs, [1] * len(photographs), **self.region_options)
        evidence = self.evidence(inputs, feats, regions, data_samples)
        measured = inputs.new_full((len(inputs), self.meta_head.measured), float('nan')) if self.measures else None
        return self.probabilities(evidence, data_samples, measured)

    def probabilities(self, evidence, data_samples, measured, level=None):
        """``{task: [L, K]}`` of all tasks of a level (None: of all), the diagnosis included."""
        logits, pooled = self.read_features(evidence)
        result = {name: self.tasks[name].probabilities(each) for name, each in logits.items()
                  if level in (None, self.tasks[name].level)}
        if self.meta_head and level in (None, self.meta_head.task.level):
            task = self.meta_head.task
            logits = self.diagnose(logits, pooled, evidence[task.level].regions, data_samples, measured=measured)
            result[task.name] = task.probabilities(logits)
        return result

    @property
    def stride(self):
        return {key: value for key, value in self.region_options.items() if key == 'stride'}

    @property
    def measures(self):
        return self.meta_head is not None and self.meta_head.measured > 0
