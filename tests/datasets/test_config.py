import pytest

from lopm.datasets.config import share


def config(**changes):
    part = dict(dataset=dict(type='LesionDataset', data_root='elsewhere', ann_file='train.json'))
    return dict(tasks=['t'], record_fields=dict(age={}), data_root='base', randomness=dict(seed=7),
                model=dict(type='MultiTaskModel'), train_dataloader=part, val_evaluator=dict(type='LesionMetric'),
                val_dataloader=dict(dataset=dict(type='SyntheticLesionDataset', ann_file='val.json'))) | changes


def test_what_the_parts_share_stands_once():
    cfg = share(config())
    assert cfg['model']['tasks'] == ['t']
    assert cfg['train_dataloader']['dataset'] == dict(
        type='LesionDataset', data_root='base', ann_file='train.json', tasks=['t'], record_fields=dict(age={}), seed=7)
    assert cfg['val_evaluator'] == dict(type='LesionMetric', tasks=['t'], prior_from='base/train.json',
                                        limits_from='base/val.json')


def test_the_limits_of_an_indexed_part_come_from_its_json():
    cfg = config()
    cfg['val_dataloader']['dataset']['ann_file'] = 'val.arrow'
    assert share(cfg)['val_evaluator']['limits_from'] == 'base/val.json'


def test_what_a_run_is_judged_by_stands_once_and_may_differ_for_one():
    hooks = [dict(type='SeedHook'), dict(type='ResumableEarlyStoppingHook', monitor='own')]
    cfg = share(config(judged_by=['color/auroc'], custom_hooks=hooks,
                       default_hooks=dict(checkpoint=dict(type='AtomicCheckpointHook'))))
    assert cfg['default_hooks']['checkpoint']['monitor'] == ['color/auroc']
    assert cfg['custom_hooks'] == [dict(type='SeedHook'), dict(type='ResumableEarlyStoppingHook', monitor='own')]


def test_what_a_part_states_itself_stays():
    cfg = config(model=dict(tasks=['own']))
    cfg['train_dataloader']['dataset'].update(seed=3, tasks=['own'])
    share(cfg)
    assert cfg['model']['tasks'] == ['own']
    assert cfg['train_dataloader']['dataset']['seed'] == 3 and cfg['train_dataloader']['dataset']['tasks'] == ['own']


def test_a_wrapped_data_set_is_refused():
    cfg = dict(tasks=[], train_dataloader=dict(dataset=dict(type='RepeatDataset', times=2, dataset=dict())))
    with pytest.raises(ValueError, match='train_dataloader: RepeatDataset wraps'):
        share(cfg)
