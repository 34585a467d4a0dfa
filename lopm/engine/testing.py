"""Tests a checkpoint and writes what came out."""
import hashlib
from pathlib import Path

import torch
from mmengine.dist import is_main_process
from mmengine.registry import init_default_scope

from lopm.datasets.splits import require_audit
from lopm.engine.checks import near_names
from lopm.engine.described import describe_software, describe_training
from lopm.engine.identity import identity
from lopm.engine.pictures import find_metric
from lopm.engine.runner import build_runner, unwrap
from lopm.evaluation.predictions import write_predictions
from lopm.evaluation.report import write_metrics
from lopm.files import sha256
from lopm.registry import MODELS
from lopm.weights import load_model


@near_names()
def test(cfg, checkpoint, out=None, show_dir=None, launcher='none', unaudited=False, predictions=None):
    """The scores of a checkpoint on the config's test part, ``{name: value}``; nan where nothing is known.

    Args:
        out: Json file for the scores.
        show_dir: Folder for pictures of outlines, words and confusions.
        unaudited: Test also a part that no audit vouches for (``require_audit``).
        predictions: Parquet file for what was predicted on every photograph (``lopm.evaluation.predictions``).
    """
    text = cfg.pretty_text
    cfg.load_from, cfg.resume = None, False
    cfg.custom_hooks = [hook for hook in cfg.get('custom_hooks', []) if hook['type'] == 'BadPhotographsHook']
    if show_dir:
        cfg.custom_hooks.append(dict(type='PictureHook', out_dir=str(show_dir)))
    use_ensemble(cfg)
    runner = build_runner(cfg, launcher)
    if not unaudited:
        require_audit(runner.test_loop.dataloader.dataset.ann_file)
    load_all(unwrap(runner.model), cfg, checkpoint)
    part = runner.test_loop.dataloader.dataset
    runner.logger.info(f'Testing {checkpoint} on {getattr(part, "ann_file", type(part).__name__)}' + (
        f', without {", ".join(cfg.left_out)}: nothing labelled it in training' if cfg.get('left_out') else ''))
    scores = runner.test()
    if out and is_main_process():
        write_metrics(out, scores, (cfg.filename, text), checkpoint)
    if predictions and is_main_process():
        metric = find_metric(runner.test_loop)
        write_predictions(predictions, metric.rows, describe(cfg, text, checkpoint, metric.prior))
    return scores


@near_names()
def load_trained(cfg, checkpoint, but=None):
    """The model of a config with the weights of a checkpoint, ready to predict, on the GPU where there is one.

    Args:
        but: Name of a part that is not loaded (``load_model``).
    """
    if not cfg.get('model') or not cfg.get('test_dataloader'):
        raise ValueError(f'{cfg.filename or checkpoint}: no model and test data in it; give the config that the '
                         'checkpoint was trained with')
    init_default_scope('lopm')
    use_ensemble(cfg)
    model = MODELS.build(cfg.model)
    load_all(model, cfg, checkpoint, but)
    model.eval()
    return model.cuda() if torch.cuda.is_available() else model


def use_ensemble(cfg):
    """Let a config with ``predict_with=dict(flips=[...], others=[checkpoints])`` predict by the mean of several passes.

    ``flips``: mirrorings of the photograph. ``others``: checkpoints of trainings of the same config with other seeds.
    """
    if cfg.get('predict_with'):
        members = [cfg.model] * (1 + len(cfg.predict_with.get('others', ())))
        cfg.model = dict(type='Ensemble', members=members, flips=cfg.predict_with.get('flips', ['none']),
                         data_preprocessor=cfg.model['data_preprocessor'])


def load_all(model, cfg, checkpoint, but=None):
    """Load a checkpoint, and those of ``predict_with.others`` into the other members of an ensemble."""
    paths = [checkpoint, *(cfg.get('predict_with') or {}).get('others', ())]
    for member, path in zip(getattr(model, 'members', [model]), paths):
        load_model(member, path, but)


def describe(cfg, text, checkpoint, prior):
    """What predictions are of: tasks, config, data, training, weights, what predicted (``identity``), and the prior of
    the training part."""
    ann_file = Path(cfg.test_dataloader.dataset.get('data_root', ''), cfg.test_dataloader.dataset.ann_file)
    return {'tasks': [dict(task) for task in cfg.tasks], 'config': Path(cfg.filename).name,
            'config_sha256': hashlib.sha256(text.encode()).hexdigest(), 'data': {ann_file.name: sha256(ann_file)},
            'training': describe_training(cfg), 'software': describe_software(),
            'checkpoints': {0: sha256(checkpoint)}, 'predicts': identity(cfg, checkpoint),
            'priors': {0: {name: p.tolist() for name, p in prior.items()}}}
