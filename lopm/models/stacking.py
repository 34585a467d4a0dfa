"""Separate networks under one meta head: each feature has a network of its own, of any backbone."""
import torch
from torch import nn

from lopm.losses import global_mean
from lopm.models.assignment import OUTLINE
from lopm.models.base import LesionModel
from lopm.registry import MODELS
from lopm.structures import OUT_OF_FOLD, concat_lesions
from lopm.weights import load_model


@MODELS.register_module()
class StackedModel(LesionModel):
    """A network for the outline, a network a feature, and a meta head that reads them; used like ``MultiTaskModel``.

    Frozen networks are not run in training: the meta head learns from what networks that never saw the photograph said
    of it (``StackingDataset``), since on their own training photographs they are surer than they will be in service
    (Wolpert, Neural Networks 1992). Trainable ones learn with it, as one large model; a head that reads some maps alone
    leaves parts of its network's neck idle, so distributed training wants ``find_unused_parameters=True`` then. What
    grows with the number of networks is everything: memory, time of a step and of a prediction.

    Args:
        tasks: The tasks list of the config.
        networks: ``{name: config of a MultiTaskModel without meta head}``, one of them called ``outline``, whose
            lesions the others look at. ``checkpoint`` in a config: its weights, loaded when training begins.
        meta_head: As of ``MultiTaskModel``.
        frozen: Networks stay as they are.
        in_fold: Let the meta head of frozen networks learn from what they say of photographs that they may have been
            trained on. Only to see how much that flatters.
        task_weights, balancing, imbalance, prior_from, regions, instances: As of ``MultiTaskModel``.
    """

    def __init__(self, tasks=None, networks=(), meta_head=None, frozen=True, in_fold=False, task_weights=None,
                 balancing=None, imbalance=None, prior_from=None, regions=None, predicted_odds=0.5, instances=None,
                 second_look=None, data_preprocessor=None, init_cfg=None):
        super().__init__(tasks, regions, predicted_odds, instances, data_preprocessor, init_cfg, second_look)
        self.frozen, self.in_fold = frozen, in_fold
        if OUTLINE not in networks:
            raise ValueError(f'StackedModel: no network is called {OUTLINE!r}; it has {", ".join(networks)}. Name the '
                             'one whose outlines the others look at')
        if not networks[OUTLINE].get('outline_head'):
            raise ValueError(f'networks.{OUTLINE}: the others look at its outlines; give it an outline_head')
        self.checkpoints = {name: cfg.get('checkpoint') for name, cfg in networks.items()}
        self.networks = nn.ModuleDict({name: self.build_network(name, cfg) for name, cfg in networks.items()})
        self.features = {}
        for name, network in self.networks.items():
            twice = sorted(self.features.keys() & network.features.keys())
            if twice:
                raise ValueError(f'networks.{name}: task {twice[0]!r} is answered by two networks; take it out of one')
            self.features.update(network.features)
            if name != OUTLINE and network.outline_head:  # its outlines are not asked for: nothing would train them
                network.outline_head.requires_grad_(False)
        self.channels = sum(network.channels for network in self.networks.values())
        self.networks.requires_grad_(False) if frozen else None
        self.build_reading(meta_head, task_weights=task_weights, balancing=balancing, imbalance=imbalance,
                           prior_from=prior_from)

    def build_network(self, name, cfg):
        cfg = {key: value for key, value in cfg.items() if key != 'checkpoint'}
        if cfg.get('meta_head'):
            raise ValueError(f'networks.{name}: has a meta head of its own; set meta_head=None')
        network = MODELS.build({**cfg, 'tasks': self.tasks.values()})
        for key in ('mean', 'std'):
            if not torch.equal(getattr(network.data_preprocessor, key), getattr(self.data_preprocessor, key)):
                raise ValueError(f'networks.{name}: its data_preprocessor.{key} differs from that of the whole, which '
                                 'all networks share; write it alike')
        return network

    def init_weights(self):
        """Load the networks' checkpoints; called once, before training."""
        super().init_weights()
        for name, checkpoint in self.checkpoints.items():
            if checkpoint:
                load_model(self.networks[name], checkpoint)
            elif self.frozen:
                raise ValueError(f'networks.{name}: frozen and without a checkpoint, it would stay as random as it is; '
                                 f'give model.networks.{name}.checkpoint, or set frozen=False')

    def train(self, mode=True):
        super().train(mode)
        if self.frozen:
            self.networks.eval()
        return self

    def extract_feats(self, inputs, data_samples=None):
        """``{network: pyramid}``."""
        return {name: network.extract_feats(inputs) for name, network in self.networks.items()}

    @property
    def outline_head(self):
        return self.networks[OUTLINE].outline_head

    def outline(self, feats):
        return self.outline_head(feats[OUTLINE])

    @property
    def loss_names(self):
        return [self.meta_head.task.name] if self.frozen else super().loss_names

    def separate_losses(self, inputs, data_samples):
        """Losses of everything, or of the meta head alone where the networks are frozen."""
        if not self.frozen:
            return super().separate_losses(inputs, data_samples)
        head, task = self.meta_head, self.meta_head.task
        probabilities, pooled = self.concepts_in_training(inputs, data_samples)
        found = torch.stack([~p.isnan().any(1) for p in probabilities.values()]).all(0)
        given = head.given({name: concat_lesions(data_samples, name) for name in head.concepts})
        record = torch.cat([sample.record.expand(len(sample.gt_lesions), -1) for sample in data_samples]) \
            if head.record_fields else None
        measured = torch.cat([sample.gt_lesions.measured for sample in data_samples]) if head.measured else None
        probabilities = {name: p.nan_to_num() for name, p in probabilities.items()}
        logits = head(probabilities, given, record=record, measured=measured, pooled=pooled)
        loss = self.weighing.loss_of(task, logits, concat_lesions(data_samples, task.name))
        return self.weighing.times_weights(global_mean({task.name: loss.where(found)}))

    @torch.no_grad()
    def concepts_in_training(self, inputs, data_samples):
        """``{task: [L, K]}`` that the meta head of frozen networks learns from, and pooled feature maps where it reads
        them; nan of a lesion that was not found."""
        names = list(self.meta_head.concepts)
        if all(OUT_OF_FOLD + name in data_samples[0].gt_lesions for name in names):
            if self.meta_head.residual is not None:
                raise ValueError('StackedModel: out-of-fold predictions hold no feature maps for the residual; set '
                                 'meta_head.residual=0')
            return {name: torch.cat([sample.gt_lesions[OUT_OF_FOLD + name] for sample in data_samples])
                    for name in names}, None
        if not self.in_fold:
            raise ValueError('StackedModel: the samples carry no out-of-fold predictions, and what the networks say of '
                             'their own training photographs flatters them: use StackingDataset with the predictions '
                             'of lopm crossval, or set model.in_fold=True to do it all the same')
        feats = self.extract_feats(inputs)
        regions = self.training_regions(self.outline(feats), data_samples)
        logits, pooled = self.read_features(self.evidence(inputs, feats, regions, data_samples))
        return {name: self.tasks[name].probabilities(logits[name]) for name in names}, pooled

    def evidence(self, inputs, feats, regions, data_samples):
        """What the heads of every network read; regions and photograph are the same for all."""
        own = {name: network.evidence(inputs, feats[name], regions, data_samples)
               for name, network in self.networks.items()}
        return {**own[OUTLINE], 'networks': own}

    def read_features(self, evidence, copies=None):
        logits = {}
        for name, network in self.networks.items():
            logits.update(network.read_features(evidence['networks'][name])[0])
        return logits, None if self.meta_head.residual is None else self.pool_regions(evidence, 'lesion')

    def pool_regions(self, evidence, level):
        """Means of the feature maps of all networks inside each lesion or photograph, ``[L, channels]``."""
        return torch.cat([network.pool_regions(evidence['networks'][name], level)
                          for name, network in self.networks.items()], 1)
