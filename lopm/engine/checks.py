"""What can be said about a config before it costs any time."""
import difflib
import re
from contextlib import contextmanager

import mmengine.registry
from mmengine.registry import Registry
from torch.utils.data import DataLoader

from lopm.models.defaults import constructor_names

UNKNOWN_TYPE = re.compile(r'([\w.]+) is not in the [\w-]+::([\w -]+) registry')
UNKNOWN_ARGUMENT = re.compile(r"(\w+)\.__init__\(\) got an unexpected keyword argument '(\w+)'")


@contextmanager
def near_names():
    """Let the error about an unknown ``type`` in a config, or an argument that it does not take, say which one is near.
    """
    try:
        yield
    except KeyError as error:
        unknown = UNKNOWN_TYPE.search(str(error))
        if not unknown:
            raise
        near = nearest(unknown[1].rpartition('.')[2], known_names(unknown[2]))
        raise ValueError(f'the config names type {unknown[1]!r}, which is no {unknown[2]}; '
                         + (near or 'check its spelling and its prefix')) from error
    except TypeError as error:
        unknown = UNKNOWN_ARGUMENT.search(str(error))
        if not unknown:
            raise
        names = {name for each in classes_named(unknown[1]) for name in constructor_names(each)}
        raise ValueError(f'the config gives {unknown[1]} {unknown[2]!r}, which it does not take; '
                         + (nearest(unknown[2], names) or 'check its spelling')) from error


def nearest(name, known):
    """A question for those known names that are near; nothing where none is."""
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f'did you mean {" or ".join(near)}?' if near else ''


def classes_named(name):
    """The classes of that name which configs may name."""
    return [each for registry in all_registries() for each in registry.module_dict.values()
            if getattr(each, '__name__', '') == name] + [each for each in (DataLoader,) if each.__name__ == name]


def known_names(registry_name):
    """All names of the registries of that name (one in each package), with the prefix that a config needs."""
    return {name if registry.scope in ('lopm', 'mmengine') else f'{registry.scope}.{name}'
            for registry in all_registries() if registry.name == registry_name for name in registry.module_dict}


def all_registries():
    """mmengine's, and those of all packages below them."""
    roots = [each for each in vars(mmengine.registry).values() if isinstance(each, Registry)]
    return [each for root in roots for each in (root, *root.children.values())]
