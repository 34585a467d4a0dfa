"""Top-level names of a config: what lopm and mmengine read, what a file only builds other values from, and typos."""
import ast
import difflib
import inspect
from pathlib import Path

from mmengine.runner import Runner

OWN = {'tasks', 'record_fields', 'data_root', 'size', 'judged_by', 'predict_with', 'left_out', 'second_look'}
READ = OWN | set(inspect.signature(Runner.__init__).parameters) - {'self', 'cfg'} | {
    'model_wrapper_cfg', 'sync_bn', 'find_unused_parameters', 'activation_checkpointing', 'efficient_conv_bn_eval',
    'compile', 'custom_imports'}
PARTS_READ = {  # of dicts whose other parts are passed over in silence
    'env_cfg': {'cudnn_benchmark', 'mp_cfg', 'dist_cfg', 'resource_limit'},
    'randomness': {'seed', 'deterministic', 'diff_rank_seed'},
    'predict_with': {'flips', 'others'},
    'second_look': {'zoom', 'margin', 'odds', 'tasks'},
    'optim_wrapper.paramwise_cfg': {
        'custom_keys', 'bias_lr_mult', 'bias_decay_mult', 'norm_decay_mult', 'flat_decay_mult', 'dwconv_decay_mult',
        'dcn_offset_lr_mult', 'bypass_duplicate'}}


def keep_what_is_read(cfg, path, options=()):
    """Take out the names that a config's files only build other values from, in place.

    Args:
        path: Its file. options: ``['key=value', ...]`` that are going to change it.

    Raises:
        ValueError: A name that nothing reads, with the nearest one that something does; an option for a name that is
            used up while the file is read, with what to change instead.
    """
    loads = loads_of(Path(path))
    used = set().union(*loads.values())
    for name in [name for name in cfg if name not in READ]:
        if name not in used:
            raise ValueError(f'{path}: nothing reads {name!r}; did you mean {near(name)}?')
        cfg.pop(name)
    for option in options:
        name = option.partition('=')[0].partition('.')[0]
        if name not in READ and name in loads:
            built = [other for other in READ if name in closure(other, loads)]
            raise ValueError(f'--cfg-options {option}: {name} is used up while the file is read, to build '
                             f'{" and ".join(sorted(built)) or "nothing"}; change that, or {name} in a copy of the '
                             'file')
        if name not in READ:
            raise ValueError(f'--cfg-options {option}: nothing reads {name!r}; did you mean {near(name)}?')


def refuse_unread_parts(cfg):
    """Refuse parts of ``PARTS_READ`` that nothing reads.

    Raises:
        ValueError: Names the part and the nearest one that is read.
    """
    for place, read in PARTS_READ.items():
        value = cfg
        for name in place.split('.'):
            value = (value or {}).get(name)
        for name in set(value or ()) - read:
            raise ValueError(f'{cfg.filename}: nothing reads {place}.{name}; did you mean {place}.{near(name, read)}?')


def near(name, known=READ):
    return difflib.get_close_matches(name, sorted(known), n=1, cutoff=0)[0]


def loads_of(path):
    """``{name: names that its value is built from}`` of a config file and those it inherits from."""
    if path.suffix != '.py' or not path.is_file():
        return {}
    tree = ast.parse(path.read_text(encoding='utf-8'))
    loads = {}
    for base in bases_of(tree):
        merge(loads, loads_of(path.parent / base))
    for statement in tree.body:
        nodes = list(ast.walk(statement))
        found = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        found |= {node.attr for node in nodes if isinstance(node, ast.Attribute) and named(node.value) == '_base_'}
        stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        merge(loads, {name: found for name in stored or {''}})
    return loads


def bases_of(tree):
    """The files that a config inherits from, as it writes them."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and named(statement.targets[0]) == '_base_':
            value = ast.literal_eval(statement.value)
            return [value] if isinstance(value, str) else list(value)
    return []


def named(node):
    return node.id if isinstance(node, ast.Name) else None


def merge(loads, others):
    for name, found in others.items():
        loads[name] = loads.get(name, set()) | found


def closure(name, loads):
    """All names that a value is built from, directly or by others."""
    found, waiting = set(), [name]
    while waiting:
        new = loads.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found
