"""Tests a checkpoint and writes what came out."""
from mmengine.dist import is_main_process

from lopm.datasets.splits import require_audit
from lopm.engine.checks import near_names
from lopm.engine.launch import build_runner, unwrap
from lopm.engine.weights import load_model
from lopm.evaluation.report import write_metrics


@near_names()
def test(cfg, checkpoint, out=None, show_dir=None, launcher='none', unaudited=False):
    """The scores of a checkpoint on the config's test part, ``{name: value}``; nan where nothing is known.

    Args:
        out: Json file for the scores.
        show_dir: Folder for pictures of outlines, words and confusions.
        unaudited: Test also a part that no audit vouches for (``require_audit``).
    """
    text = cfg.pretty_text
    cfg.load_from, cfg.resume = None, False
    cfg.custom_hooks = [hook for hook in cfg.get('custom_hooks', []) if hook['type'] == 'BadPhotographsHook']
    if show_dir:
        cfg.custom_hooks.append(dict(type='PictureHook', out_dir=str(show_dir)))
    runner = build_runner(cfg, launcher)
    if not unaudited:
        require_audit(runner.test_loop.dataloader.dataset.ann_file)
    load_model(unwrap(runner.model), checkpoint)
    scores = runner.test()
    if out and is_main_process():
        write_metrics(out, scores, (cfg.filename, text), checkpoint)
    return scores
