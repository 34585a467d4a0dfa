"""What can be said about a config before it costs any time."""
import difflib
import re
from contextlib import contextmanager

import mmengine.registry
from mmengine.registry import Registry

UNKNOWN_TYPE = re.compile(r'([\w.]+) is not in the [\w-]+::([\w -]+) registry')


@contextmanager
def near_names():
    """Let the error about an unknown ``type`` in a config say which known name is near."""
    try:
        yield
    except KeyError as error:
        unknown = UNKNOWN_TYPE.search(str(error))
        if not unknown:
            raise
        name = unknown[1].rpartition('.')[2]
        near = difflib.get_close_matches(name, known_names(unknown[2]), n=3, cutoff=0.5)
        raise KeyError(f'the config names type {unknown[1]!r}, which is no {unknown[2]}; ' + (
            f'did you mean {" or ".join(near)}?' if near else 'check its spelling and its prefix')) from error


def known_names(registry_name):
    """All names of the registries of that name (one in each package), with the prefix that a config needs."""
    roots = [each for each in vars(mmengine.registry).values() if isinstance(each, Registry)]
    registries = [each for root in roots for each in (root, *root.children.values())]
    return {name if registry.scope in ('lopm', 'mmengine') else f'{registry.scope}.{name}'
            for registry in registries if registry.name == registry_name for name in registry.module_dict}
