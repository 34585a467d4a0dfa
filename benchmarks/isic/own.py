"""lopm's run: configs/isic2017.py without the record, and what the trained network says of each photograph."""
from pathlib import Path

import numpy as np

CONFIG = Path(__file__).parents[2] / 'configs' / 'isic2017.py'


def load_config(args, run):
    """configs/isic2017.py of a run's backbone and size, with a meta head that does not read the record.

    Last epoch, no average of weights, no validation: as the peers are trained.
    """
    from isic.backbones import of_lopm
    from lopm.engine import launch
    cfg = launch.load_config(CONFIG, options=[
        f'data_root={args.data}', f'size={run.size}', f'train_cfg.max_epochs={args.epochs}'])
    cfg.model.backbone = of_lopm(run.backbone)
    del cfg.model.meta_head['record_fields']
    for part in ('val', 'test'):
        cfg[f'{part}_cfg'] = cfg[f'{part}_evaluator'] = None
    cfg.val_dataloader = None
    cfg.default_hooks = dict(checkpoint=None, logger=dict(type='LoggerHook', interval=10))
    cfg.custom_hooks = [dict(type='SeedHook'), dict(type='BadPhotographsHook', max_share=0.02)]
    cfg.visualizer = None
    cfg.train_dataloader.update(num_workers=0, persistent_workers=False)
    if args.amp:
        launch.use_amp(cfg)
    return cfg


def train(cfg, out, seed, limit):
    """The trained model and, as test loaders, ``{part: loader}`` of the training and test photographs."""
    from lopm.engine.launch import build_runner
    loaders = {part: dict(cfg.test_dataloader, num_workers=0, persistent_workers=False, dataset=dict(
        cfg.test_dataloader.dataset, ann_file=f'{part}.json', indices=limit)) for part in ('train', 'test')}
    cfg.train_dataloader.dataset.update(seed=seed, indices=limit)
    cfg.test_dataloader = None
    cfg.update(work_dir=str(out), randomness=dict(seed=seed), experiment_name=out.name)
    runner = build_runner(cfg)
    runner.train()
    model = runner.model.eval()
    return model, {part: runner.build_dataloader(loader) for part, loader in loaders.items()}


def read(model, samples):
    """One dict per photograph: ``outline`` (bool map at original size), ``record``, ``target``, and of the predicted
    lesion that matches the true one ``tasks`` ``{task: [K]}`` and ``measured`` ``[M]`` (nan where none does).
    """
    from lopm.datasets.photographs import read_photograph
    from lopm.evaluation.rows import score_photograph
    from lopm.measure import NAMES, measure, standardize
    tasks = model.tasks.with_words
    readings = []
    for sample in samples:
        row, lesions = score_photograph(sample.to_dict(), tasks), sample.pred_map
        rgb = np.ascontiguousarray(read_photograph(sample.img_path)[..., ::-1])
        same = row.same[0]
        only = (lesions == same + 1).astype(np.uint8) if same >= 0 else np.zeros_like(lesions)
        measured = measure(rgb, only, 1)[0] if same >= 0 else np.full(len(NAMES), np.nan)
        readings.append(dict(
            name=Path(sample.img_path).stem, outline=lesions > 0, record=sample.record.cpu().numpy(),
            tasks={name: row.on_pred[name][0] for name in tasks}, measured=standardize(measured[None])[0],
            matched=bool(same >= 0), target=row.targets['diagnosis'][0, 0]))
    return readings
