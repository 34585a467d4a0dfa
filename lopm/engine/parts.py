"""What the parts of a config share stands in it once."""
import difflib
from pathlib import Path

from lopm.datasets.lesions import BUILT_IN, NO_PHOTOGRAPHS
from lopm.datasets.sizes import share_size
from lopm.engine.second_look import share_second_look

PARTS = ('train', 'val', 'test')
WHOLE = 'all.json'  # a data set that was not divided into parts
JUDGES = 'AtomicCheckpointHook', 'ResumableEarlyStoppingHook'


def hand_out(cfg):
    """Hand ``tasks``, ``record_fields``, ``data_root``, ``size`` and the seed to the model, data sets and evaluators,
    and ``judged_by`` to the hooks that choose the best checkpoint and stop the run, in place.

    So a tasks file and a data file combine without more lines, and ``--cfg-options size=224`` changes all parts.
    What a part states itself stays, but for ``data_root``.
    """
    if cfg.get('model') and 'tasks' in cfg:
        cfg['model'].setdefault('tasks', cfg['tasks'])
    datasets = {part: cfg[f'{part}_dataloader']['dataset'] for part in PARTS if cfg.get(f'{part}_dataloader')}
    share_second_look(cfg)
    share_size(cfg.get('size'), [dataset.get('pipeline') or [] for dataset in datasets.values()])
    for part, dataset in datasets.items():
        if 'dataset' in dataset or 'datasets' in dataset:
            raise ValueError(f'{part}_dataloader: {dataset.get("type")} wraps other data sets, which is not read here; '
                             'take MixedDataset for training on several bases')
        if 'data_root' in cfg:
            refuse_mistyped(dataset, cfg['data_root'])
            dataset['data_root'] = cfg['data_root']
        shared = {'tasks': cfg.get('tasks'), 'record_fields': cfg.get('record_fields'),
                  'seed': (cfg.get('randomness') or {}).get('seed') if 'tasks' in cfg else None}
        for key, value in shared.items():
            if value is not None:
                dataset.setdefault(key, value)
        if part == 'train' and (cfg.get('model') or {}).get('imbalance') and cfg.get('data_root', '') is not None:
            cfg['model'].setdefault('prior_from', annotations(dataset))
        evaluator = cfg.get(f'{part}_evaluator')
        if isinstance(evaluator, dict) and evaluator['type'] == 'LesionMetric':
            complete_metric(evaluator, dataset, datasets.get('train'))
    for hook in [(cfg.get('default_hooks') or {}).get('checkpoint'), *(cfg.get('custom_hooks') or [])]:
        if hook and hook['type'] in JUDGES and 'judged_by' in cfg:
            hook.setdefault('monitor', cfg['judged_by'])
    return cfg


def refuse_torn_patients(cfg):
    """Refuse heads of visits or patients whose photographs come in batches as they come: each would be told of a part
    of a visit.

    Raises:
        ValueError: Names the loader and the two lines that it needs.
    """
    if not any(((cfg.get('model') or {}).get('group_heads') or {}).values()):
        return
    for part in PARTS:
        loader = cfg.get(f'{part}_dataloader')
        if loader and (loader.get('batch_sampler') or {}).get('type') != 'PatientBatches':
            raise ValueError(f'{part}_dataloader: the model has group_heads, which read all photographs of a patient, '
                             "and batches may hold some of them; set sampler=dict(type='PatientSampler', shuffle="
                             f"{part == 'train'}), batch_sampler=dict(type='PatientBatches')")


def follow_record(cfg, before):
    """Let a meta head that reads the config's record read it as changed, in place; ``before``: as it was."""
    meta = (cfg.get('model') or {}).get('meta_head')
    if before and meta and meta.get('record_fields') == before:
        meta['record_fields'] = cfg['record_fields']


def use_folder(cfg, folder, undivided=False, options=()):
    """Let a config read ``train.json``, ``val.json``, ``test.json`` of a folder instead of its own data, in place.

    ``{fold}`` anywhere in it becomes the folder's name, such as ``fold0``.

    Args:
        undivided: Take ``all.json`` for every part where there are no parts, for those who divide it themselves.
        options: ``['key=value', ...]`` that changed the config: an ``ann_file`` among them, such as an index, stays.

    Raises:
        ValueError: The folder holds no parts; says how they are made. An option names another folder.
    """
    whole = refuse_undivided(Path(folder), undivided)
    given = {option.partition('=')[0] for option in options if names_data(option)}
    elsewhere = [key for key in sorted(given) if not key.endswith('ann_file')]
    if elsewhere:
        raise ValueError(f'{elsewhere[0]} is given beside the folder {folder}, which says where the data lie; give one '
                         'of the two')
    cfg.update({key: _fill(value, Path(folder).name) for key, value in cfg.items()})
    cfg['data_root'] = str(folder)
    for part in (part for part in PARTS if cfg.get(f'{part}_dataloader')):
        dataset = cfg[f'{part}_dataloader']['dataset']
        dataset.update(data_root=str(folder), data_prefix=dict(img=''))
        if f'{part}_dataloader.dataset.ann_file' not in given:
            dataset['ann_file'] = whole or f'{part}.json'
        if dataset['type'] in BUILT_IN:
            dataset['type'] = 'LesionDataset'
            dataset.pop('synthetic', None)
    return cfg


def names_data(option):
    """Whether a ``key=value`` says where the config's own data lie: of no use to who brings other data."""
    return option.partition('=')[0].rpartition('.')[2] in ('ann_file', 'data_root', 'data_prefix')


def refuse_undivided(folder, undivided):
    """None where the folder holds parts; ``all.json`` where it holds that alone and it will do."""
    if any((folder / f'{part}.json').is_file() for part in PARTS):
        return None
    whole = folder / WHOLE
    if not whole.is_file():
        raise ValueError(f'{folder}: neither train.json, val.json, test.json nor {WHOLE} in it; lopm convert '
                         'writes a data set, lopm split divides it')
    if not undivided:
        raise ValueError(f'{folder}: {WHOLE} is not divided into parts yet: run lopm split {whole} '
                         'PARTS, and say --data PARTS')
    return WHOLE


def refuse_mistyped(dataset, data_root):
    """Built-in photographs are made where the config's file says; elsewhere they have to be there."""
    own = dataset.get('data_root')
    if dataset['type'] not in BUILT_IN or own in (None, data_root) or Path(data_root).exists():
        return
    root = Path(data_root)
    neighbors = [str(other) for other in root.parent.iterdir() if other.is_dir()] if root.parent.is_dir() else []
    near = difflib.get_close_matches(str(root), neighbors, n=1)
    raise ValueError(f'data_root={root}: no such folder' + (f'; did you mean {near[0]}? ' if near else '. ')
                     + f'Photographs of your own are read with --data DIR; the built-in ones are made in {own}, and '
                     f'elsewhere by lopm synthetic {root}')


def _fill(value, fold):
    if isinstance(value, str):
        return value.replace('{fold}', fold)
    if isinstance(value, dict):
        return type(value)({key: _fill(each, fold) for key, each in value.items()})
    return type(value)(_fill(each, fold) for each in value) if isinstance(value, (list, tuple)) else value


def complete_metric(evaluator, dataset, train):
    """Tell the metric the tasks, where the training prior is read, and, for built-in photographs, the limits."""
    evaluator.setdefault('tasks', dataset['tasks'])
    if train and train.get('data_root', '') is not None and 'prior' not in evaluator:
        evaluator.setdefault('prior_from', annotations(train))
    if dataset['type'] in BUILT_IN:
        json_of_part = Path(annotations(dataset)).with_suffix('.json')  # an index does not hold the generator's truth
        evaluator.setdefault('limits_from', str(json_of_part))


def annotations(dataset):
    """Path of a data set's json.

    Raises:
        ValueError: The config leaves it to ``--data`` where that lies.
    """
    if dataset.get('data_root', '') is None:
        raise ValueError(NO_PHOTOGRAPHS)
    return str(Path(dataset.get('data_root', '')) / dataset['ann_file'])
