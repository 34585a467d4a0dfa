"""Configs of borrowed modules: what they leave out is filled in, what they state is checked."""
import inspect
from difflib import SequenceMatcher

from lopm.models.decoders import READ_SEVERAL_MAPS
from lopm.models.pyramid import as_list
from lopm.registry import MODELS


def fill_neck(cfg, pyramid):
    """A neck's config with ``in_channels`` (and ``num_outs``) as the pyramid has them."""
    names = constructor_names(find_class(cfg, 'neck'))
    cfg = complete(cfg, {'in_channels': list(pyramid.channels)}, names, 'the backbone gives')
    return with_defaults(cfg, {'num_outs': len(pyramid.channels)}, names)


def fill_decode_head(cfg, pyramid, num_classes):
    """A decode head's config with what it leaves out, as far as its constructor has names for it.

    ``in_index`` is every map for heads that read several, else the coarsest; ``in_channels`` and ``feature_strides``
    follow it, ``c1_in_channels`` is the finest map's (0 switches it off), ``channels`` is 128.

    Raises:
        ValueError: a stated value that is not true; names the key, the stated and the true value.
    """
    names = constructor_names(find_class(cfg, 'decode head'))
    kind = cfg['type'].rpartition('.')[2]
    several = kind in READ_SEVERAL_MAPS or cfg.get('input_transform')
    index = list(range(len(pyramid.channels))) if several else -1
    cfg = with_defaults(cfg, {'in_index': index, 'channels': 128}, names)
    if kind == 'LRASPPHead':  # the one such head that leaves it to the config to say so
        cfg.setdefault('input_transform', 'multiple_select')
    index = cfg.get('in_index', -1)
    cfg = complete(cfg, {'in_channels': pick(pyramid.channels, index), 'feature_strides': pick(pyramid.strides, index)},
                   names, f'of {pyramid}, in_index = {index} gives')
    cfg = complete(cfg, {'num_classes': num_classes, 'out_channels': num_classes}, names, 'the tasks need')
    if cfg.get('c1_in_channels') == 0:
        return cfg
    return complete(cfg, {'c1_in_channels': pyramid.channels[0]}, names, 'the finest map has')


def complete(cfg, truth, names, source):
    """A copy of ``cfg`` with the true values it leaves out, among ``names``; a stated one that differs is an error."""
    for key, value in truth.items():
        stated = cfg.get(key)
        if key in names and stated is not None and as_list(stated) != as_list(value):
            raise ValueError(
                f'{cfg["type"]}: the config states {key} = {stated}, but {source} {value}; leave {key} out')
    return with_defaults(cfg, truth, names)


def with_defaults(cfg, defaults, names):
    """A copy of ``cfg`` with the defaults it leaves out, among ``names``."""
    left_out = {key: value for key, value in defaults.items() if key in names and cfg.get(key) is None}
    return {**cfg, **left_out}


def pick(values, index):
    """The value at one index, or the list of those at several."""
    try:
        return [values[i] for i in index] if isinstance(index, (list, tuple)) else values[index]
    except IndexError:
        raise ValueError(f'in_index = {index}, but there are {len(values)} maps, counted from 0') from None


def find_class(cfg, what):
    """The class that a config's ``type`` names, prefixed by its package (``mmseg.``, ``mmpretrain.``)."""
    prefix, _, name = cfg['type'].rpartition('.')
    with MODELS.switch_scope_and_registry(prefix or 'lopm') as registry:
        cls = registry.get(name)
    if cls is not None:
        return cls
    known = list(MODELS.module_dict)
    for package in ('mmpretrain', 'mmseg'):
        with MODELS.switch_scope_and_registry(package) as registry:
            registry.import_from_location()
            known += [f'{package}.{key}' for key in registry.module_dict]
    near = sorted(known, key=lambda key: SequenceMatcher(None, key.rpartition('.')[2], name).ratio(), reverse=True)
    raise ValueError(f'unknown {what} {cfg["type"]!r}; near are {", ".join(near[:3])}. timm\'s backbones are '
                   'dict(type="TimmBackbone", name=...)')


def constructor_names(cls):
    """Names of the arguments that a class takes, with those that it hands on to its parents."""
    names = set()
    for parent in cls.__mro__:
        if '__init__' in vars(parent):
            parameters = inspect.signature(parent.__init__).parameters.values()
            names |= {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
            if not any(p.kind is p.VAR_KEYWORD for p in parameters):
                break
    return names - {'self'}
