"""The model: an outline head, feature heads and a meta head on the feature maps of one backbone."""
import torch
from torch import nn

from lopm.models.assignment import OUTLINE, check_heads
from lopm.models.base import LesionModel
from lopm.models.building import build_backbone, build_neck
from lopm.models.evidence import Evidence
from lopm.models.regions import known_pixels, whole_photographs
from lopm.packages import check_normalization
from lopm.registry import MODELS

RESIDUAL = 'residual'  # who reads pooled feature maps for the meta head, among the readers that surgery is between


@MODELS.register_module()
class MultiTaskModel(LesionModel):
    """Outlines lesions, names their features and proposes a diagnosis, in one forward pass over shared feature maps.

    Args:
        tasks, regions, predicted_odds, instances, second_look: As of ``LesionModel``.
        backbone: Any backbone of mmpretrain, mmseg or timm (``TimmBackbone``).
        neck: Optional, any that maps the backbone's maps to a list of maps.
        outline_head: ``OutlineHead`` config. None: no outlines are learned; in training features are pooled in the true
            ones, where there are any, and a prediction is of the whole photograph.
        feature_heads: ``{name: config}``, each with ``tasks=[names]``; None as config leaves a head out. Every task but
            the meta head's that is to be learned needs one.
        meta_head: ``MetaHead`` config with ``task=name``, and optionally ``concepts=[names]`` (default: all tasks of
            the feature heads that are of its task's level). None: no meta head.
        group_heads: ``{name: config}`` of heads of a visit or a patient (``GroupHead``), each with ``tasks=[names]``,
            and optionally ``concepts=[names]`` (default: all words that are said of lesions). They want batches of
            whole patients (``lopm.datasets.patient_sampler``).
        task_weights, balancing, imbalance, prior_from: How much each loss counts, see ``Weighing``.
        surgery: How conflicts of the heads at the shared feature maps are settled (``lopm.models.surgery``); None:
            their gradients are summed.
    """

    def __init__(self, tasks=None, backbone=None, outline_head=None, feature_heads=None, meta_head=None, neck=None,
                 group_heads=None, task_weights=None, balancing=None, imbalance=None, prior_from=None, surgery=None,
                 regions=None, predicted_odds=0.5, instances=None, second_look=None, data_preprocessor=None,
                 init_cfg=None):
        super().__init__(tasks, regions, predicted_odds, instances, data_preprocessor, init_cfg, second_look)
        check_normalization(backbone, self.data_preprocessor)
        self.backbone, pyramid = build_backbone(backbone)
        self.neck, pyramid = build_neck(neck, pyramid)
        self.channels = sum(pyramid.channels)
        self.outline_head = MODELS.build(
            {**outline_head, 'pyramid': pyramid, 'mask_tasks': self.tasks.masks.values()}) if outline_head else None
        self.feature_heads = nn.ModuleDict(
            {name: self.build_head(name, cfg, pyramid.channels) for name, cfg in (feature_heads or {}).items() if cfg})
        self.features = {name: head.tasks[name] for head in self.feature_heads.values() for name in head.tasks}
        check_heads(self.tasks, self.outline_head, self.feature_heads,
                    meta_head and self.find_task(meta_head['task'], 'meta_head').name,
                    [head for head in (group_heads or {}).values() if head])
        self.build_reading(meta_head, group_heads, task_weights=task_weights, balancing=balancing, imbalance=imbalance,
                           prior_from=prior_from)
        self.surgery = MODELS.build(surgery) if surgery else None

    def build_head(self, name, cfg, channels):
        tasks = [self.find_task(task, f'feature_heads.{name}') for task in cfg['tasks']]
        return MODELS.build({**cfg, 'tasks': tasks, 'channels': channels})

    def extract_feats(self, inputs, data_samples=None):
        """The pyramid ``[[B, C, h, w], ...]``, finest first."""
        return self.neck(self.backbone(inputs))

    def outline(self, feats):
        """Logits ``[B, 2 + others, h, w]`` of lesion, core, and the other masks."""
        return self.outline_head(feats)

    def copies_of(self, feats):
        """Feature maps of each reader's own, ``{reader: maps}``, where surgery is between them; None without it."""
        return self.surgery(feats, [OUTLINE, *self.feature_heads, RESIDUAL]) if self.surgery else None

    def evidence(self, inputs, feats, regions, data_samples):
        """What the heads of each level read, in full precision; image-level heads read the photograph."""
        mean, std = self.data_preprocessor.mean, self.data_preprocessor.std
        photograph = (inputs * std + mean) / 255
        feats = [each.float() for each in feats]
        whole = whole_photographs(known_pixels(inputs, data_samples), **self.stride)
        return {'lesion': Evidence(feats, photograph, regions), 'image': Evidence(feats, photograph, whole)}

    def read_features(self, evidence, copies=None):
        """Logits ``{task: [L, K]}`` of the feature heads, and pooled maps ``[L, C]`` for the meta head's residual.

        Without mixed precision: covariances, dispersions and Lab are differences of near numbers. ``copies``: see
        ``copies_of``.
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

    def pool_regions(self, evidence, level):
        """As ``pool``, of the lesions or the photographs of ``evidence(...)``."""
        return self.pool(evidence[level])

    def pool(self, evidence):
        """Means of all feature maps inside each region of an ``Evidence``, ``[L, channels]``."""
        return torch.cat([evidence.regions.pool(each, 'inside')[:, 0] for each in evidence.feats], 1)
