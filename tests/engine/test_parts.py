import pytest

from lopm.engine.parts import follow_record, hand_out, use_folder


def config(**changes):
    part = dict(dataset=dict(type='LesionDataset', data_root='elsewhere', ann_file='train.json'))
    return dict(tasks=['t'], record_fields=dict(age={}), data_root='base', randomness=dict(seed=7),
                model=dict(type='MultiTaskModel'), train_dataloader=part, val_evaluator=dict(type='LesionMetric'),
                val_dataloader=dict(dataset=dict(type='SyntheticLesionDataset', ann_file='val.json'))) | changes


def test_what_the_parts_share_stands_once():
    cfg = hand_out(config())
    assert cfg['model']['tasks'] == ['t']
    assert cfg['train_dataloader']['dataset'] == dict(
        type='LesionDataset', data_root='base', ann_file='train.json', tasks=['t'], record_fields=dict(age={}), seed=7)
    assert cfg['val_evaluator'] == dict(type='LesionMetric', tasks=['t'], prior_from='base/train.json',
                                        limits_from='base/val.json')


def test_the_limits_of_an_indexed_part_come_from_its_json():
    cfg = config()
    cfg['val_dataloader']['dataset']['ann_file'] = 'val.arrow'
    assert hand_out(cfg)['val_evaluator']['limits_from'] == 'base/val.json'


def test_what_a_run_is_judged_by_stands_once_and_may_differ_for_one():
    hooks = [dict(type='SeedHook'), dict(type='ResumableEarlyStoppingHook', monitor='own')]
    cfg = hand_out(config(judged_by=['color/auroc'], custom_hooks=hooks,
                       default_hooks=dict(checkpoint=dict(type='AtomicCheckpointHook'))))
    assert cfg['default_hooks']['checkpoint']['monitor'] == ['color/auroc']
    assert cfg['custom_hooks'] == [dict(type='SeedHook'), dict(type='ResumableEarlyStoppingHook', monitor='own')]


def test_what_a_part_states_itself_stays():
    cfg = config(model=dict(tasks=['own']))
    cfg['train_dataloader']['dataset'].update(seed=3, tasks=['own'])
    hand_out(cfg)
    assert cfg['model']['tasks'] == ['own']
    assert cfg['train_dataloader']['dataset']['seed'] == 3 and cfg['train_dataloader']['dataset']['tasks'] == ['own']


def test_a_wrapped_data_set_is_refused():
    cfg = dict(tasks=[], train_dataloader=dict(dataset=dict(type='RepeatDataset', times=2, dataset=dict())))
    with pytest.raises(ValueError, match='train_dataloader: RepeatDataset wraps'):
        hand_out(cfg)


@pytest.fixture
def base(tmp_path):
    (tmp_path / 'mine').mkdir()
    for part in ('train', 'val', 'test'):
        (tmp_path / 'mine' / f'{part}.json').write_text('{}')
    return tmp_path / 'mine'


def synthetic(root):
    dataset = dict(type='SyntheticLesionDataset', data_root='drawn', synthetic=dict(seed=1), ann_file='x.json')
    loaders = {f'{part}_dataloader': dict(dataset=dict(dataset)) for part in ('train', 'val', 'test')}
    return dict(data_root=root, **loaders)


def test_a_folder_of_parts_takes_the_place_of_the_built_in_photographs(base):
    assert hand_out(use_folder(dict(synthetic('drawn'), val_dataloader=None), base))['val_dataloader'] is None
    cfg = hand_out(use_folder(synthetic('drawn'), base))
    assert cfg['val_dataloader']['dataset'] == dict(
        type='LesionDataset', data_root=str(base), ann_file='val.json', data_prefix=dict(img=''))


def test_a_folder_without_parts_is_refused_with_the_way_to_make_them(tmp_path, base):
    with pytest.raises(ValueError, match='neither train.json.*lopm convert'):
        use_folder(synthetic('drawn'), tmp_path)
    (tmp_path / 'all.json').write_text('{}')
    with pytest.raises(ValueError, match=f'lopm split {tmp_path}/all.json PARTS'):
        use_folder(synthetic('drawn'), tmp_path)
    whole = use_folder(synthetic('drawn'), tmp_path, undivided=True)
    assert {whole[f'{part}_dataloader']['dataset']['ann_file'] for part in ('train', 'val', 'test')} == {'all.json'}
    (base / 'all.json').write_text('{}')
    assert use_folder(synthetic('drawn'), base, undivided=True)['test_dataloader']['dataset']['ann_file'] == 'test.json'


def test_a_mistyped_folder_is_never_filled_with_drawings(tmp_path, base):
    with pytest.raises(ValueError, match=f'no such folder; did you mean {base}.*--data DIR.*lopm synthetic'):
        hand_out(synthetic(str(tmp_path / 'mien')))
    assert not (tmp_path / 'mien').exists()
    hand_out(synthetic(str(base)))  # what stands there is judged when it is opened
    hand_out(synthetic('drawn'))    # where the config's file says


def test_the_size_goes_where_none_is_stated():
    own, left_out = dict(type='FitPhotograph', size=(8, 8)), dict(type='FitPhotograph', ratio_range=(1, 1.5))
    load, crop = dict(type='LoadPhotograph'), dict(type='mmseg.RandomCrop')
    parts = {'train': [dict(load), left_out, crop], 'val': [dict(load), own], 'test': [dict(load, at_least=None)]}
    cfg = hand_out(dict(size=20, **{f'{part}_dataloader': dict(dataset=dict(type='LesionDataset', pipeline=pipeline))
                                 for part, pipeline in parts.items()}))
    train, val, test = (cfg[f'{part}_dataloader']['dataset']['pipeline'] for part in parts)
    assert train == [dict(load, at_least=[30, 30]), dict(left_out, size=(20, 20)), dict(crop, crop_size=(20, 20))]
    assert val == [dict(load, at_least=[12, 12]), own] and test == [dict(load, at_least=None)]
    for wrong in ('64', 0, (1, 2, 3), 2.5, True):
        with pytest.raises(ValueError, match='give the side of a square'):
            hand_out(dict(size=wrong))


def test_a_meta_head_reads_the_record_as_it_is_changed():
    before = dict(age=dict(center=50))
    cfg = dict(record_fields=dict(age=dict(center=40)), model=dict(meta_head=dict(record_fields=dict(before))))
    follow_record(cfg, before)
    assert cfg['model']['meta_head']['record_fields'] == cfg['record_fields']
    own = dict(cfg, model=dict(meta_head=dict(record_fields={})))
    follow_record(own, before)
    assert own['model']['meta_head']['record_fields'] == {}


def test_an_option_about_the_data_holds_beside_a_folder_or_is_refused(tmp_path):
    for part in ('train', 'val', 'test'):
        (tmp_path / f'{part}.json').touch()
    parts = {f'{part}_dataloader': dict(dataset=dict(type='LesionDataset', ann_file=f'{part}.arrow'))
             for part in ('train', 'val', 'test')}
    cfg = use_folder(config(**parts), tmp_path, options=['train_dataloader.dataset.ann_file=train.arrow', 'seed=1'])
    assert cfg['train_dataloader']['dataset']['ann_file'] == 'train.arrow'
    assert cfg['test_dataloader']['dataset']['ann_file'] == 'test.json'
    for option in ('data_root=other', 'val_dataloader.dataset.data_root=other'):
        with pytest.raises(ValueError, match=f'{option.partition("=")[0]} is given beside the folder .*one of the two'):
            use_folder(config(**parts), tmp_path, options=[option])
