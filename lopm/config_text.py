"""A config as Python text: what runs print, keep beside their results and write into checkpoints.

mmengine has yapf lay that text out, which took 0.5 to 2 seconds at every checkpoint; this takes a few milliseconds.
"""
from keyword import iskeyword

WIDTH = 120


def config_text(config):
    """Text that reads as the same config; names in order, so that equal configs have equal texts.

    >>> print(config_text({'val': [1, 2.5], 'model': dict(type='A', depth=18)}), end='')
    model = dict(type='A', depth=18)
    val = [1, 2.5]
    """
    return ''.join(lay_out(f'{name} = ', config[name], '') for name in sorted(config))


def lay_out(before, value, indent, after=''):
    """Lines of one value: a single one where it fits, else one for each thing in it.

    Args:
        before: What stands in front of the value, such as its name.
        after: What stands behind it.
    """
    line = f'{indent}{before}{inline(value)}{after}\n'
    if len(line) <= WIDTH + 1 or not value or not isinstance(value, dict | list | tuple):
        return line
    opening, things, closing = parts(value)
    within = ''.join(lay_out(name, thing, indent + '    ', ',') for name, thing in things)
    return f'{indent}{before}{opening}\n{within}{indent}{closing}{after}\n'


def inline(value):
    if isinstance(value, dict | list | tuple):
        opening, things, closing = parts(value)
        lone = ',' if isinstance(value, tuple) and len(value) == 1 else ''
        return opening + ', '.join(name + inline(thing) for name, thing in things) + lone + closing
    if isinstance(value, type):
        return value.__name__ if value.__module__ == 'builtins' else f'{value.__module__}.{value.__name__}'
    return repr(value) if isinstance(value, str) else str(value)


def parts(value):
    """A container's opening, its things as ``(name in front, value)``, and its closing; a dict with its type first."""
    if not isinstance(value, dict):
        opening, closing = '[]' if isinstance(value, list) else '()'
        return opening, [('', thing) for thing in value], closing
    keys = sorted(value, key=lambda key: (key != 'type', str(key)))
    if all(isinstance(key, str) and key.isidentifier() and not iskeyword(key) for key in keys):
        return 'dict(', [(f'{key}=', value[key]) for key in keys], ')'
    return '{', [(f'{key!r}: ', value[key]) for key in keys], '}'
