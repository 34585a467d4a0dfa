"""``--cfg-options KEY=VALUE``: values are read as Python writes them, and are of the kind that the config has."""
import ast
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress

from mmengine.config import Config

KINDS = {bool: 'true or false', float: 'a number', str: 'a text', list: 'a list', dict: 'a dict such as {"age": {}}'}
WORDS = {'true': True, 'false': False, 'none': None}
ABSENT = object()


def apply_options(cfg, options):
    """Change a config by ``['key=value', ...]``, in place.

    A dict takes the place of the config's own, so that ``{}`` empties it; a single value for a list is a list of one.

    Raises:
        ValueError: An option without ``=``, a value that cannot be read, or one of another kind than the config's own.
    """
    for option in options:
        key, equals, text = option.partition('=')
        if not equals or not key:
            raise ValueError(f'--cfg-options {option}: write KEY=VALUE, without spaces around =')
        value = fit(key, read_value(key, text), text, find(cfg, key))
        place, _, last = key.rpartition('.')
        whole = find(cfg, place) if place else cfg
        if isinstance(whole, (list, tuple)):  # which mmengine cannot merge a plain value into
            items = list(whole)
            items[int(last)] = value
            key, value = place, type(whole)(items)
        cfg.merge_from_dict({key: value})


def find(cfg, key):
    """The value that a config has at a dotted key, ``ABSENT`` where it has none.

    Raises:
        ValueError: The key goes through something that has no parts (None: it is left out), or past a list's end.
    """
    value, walked = cfg, []
    for name in key.split('.'):
        if value is ABSENT:
            return ABSENT
        place = '.'.join(walked)
        if isinstance(value, (list, tuple)):
            if not name.isdigit() or int(name) >= len(value):
                raise ValueError(f'--cfg-options {key}: {place} is a list of {len(value)}; write {place}.0 to '
                                 f'{place}.{len(value) - 1}, or the whole list')
            value = value[int(name)]
        elif isinstance(value, (Mapping, Config)):
            value = value.get(name, ABSENT)
        else:
            raise ValueError(f'--cfg-options {key}: {place} is {value!r} and has no part {name!r}')
        walked.append(name)
    return value


def read_value(key, text):
    """A value as Python writes it; words need no quotes, also within brackets: ``[color,texture]``."""
    text = text.strip()
    if text.lower() in WORDS:
        return WORDS[text.lower()]
    with suppress(ValueError, SyntaxError, RecursionError):  # words without quotes, which come next
        return ast.literal_eval(text)
    if text[:1] in '[(':
        if not text.endswith({'[': ']', '(': ')'}[text[0]]):
            raise ValueError(f'--cfg-options {key}={text}: its brackets do not match')
        inner = [read_value(key, part) for part in split_items(text[1:-1])]
        return tuple(inner) if text[0] == '(' else inner
    if text[:1] == '{' or text.startswith('dict('):
        raise ValueError(f'--cfg-options {key}={text}: no dict that Python can read; write words and keys in quotes, '
                         "the whole in single ones: 'KEY={\"age\": {\"center\": 50}}'")
    items = split_items(text)
    return [read_value(key, part) for part in items] if len(items) > 1 else text


def split_items(text):
    """A text at the commas that stand in no bracket."""
    items, depth, start = [], 0, 0
    for i, sign in enumerate(text):
        depth += (sign in '([{') - (sign in ')]}')
        if sign == ',' and depth == 0:
            items.append(text[start:i])
            start = i + 1
    return [item for item in (*items, text[start:]) if item.strip()]


def fit(key, value, text, own):
    """The value in the form of the config's own.

    Raises:
        ValueError: It is of another kind.
    """
    if own is None and isinstance(value, dict):
        return {**value, '_delete_': True}
    if own is ABSENT or own is None or value is None:
        return value
    kind = kind_of(own)
    if kind is str and kind_of(value) is float:  # a folder may be called 2017
        return text
    if kind is list and kind_of(value) in (str, float):
        value = [value]
    if kind is list and isinstance(value, (list, tuple)):
        return type(own)(value)
    if kind is dict and isinstance(value, dict):
        return {**value, '_delete_': True}
    if kind_of(value) is kind or (kind is str and kind_of(value) in (list, bool)):
        return value
    raise ValueError(f'--cfg-options {key}={text}: the config has {shorten(own)} there; give {KINDS[kind]}')


def kind_of(value):
    """Which of ``KINDS`` a value is of."""
    if isinstance(value, bool):
        return bool
    if isinstance(value, (int, float)):
        return float
    if isinstance(value, Mapping):
        return dict
    return list if isinstance(value, Sequence) and not isinstance(value, (str, bytes)) else str


def shorten(value):
    return re.sub(r'^(.{60}).+', r'\1 ...', repr(value), flags=re.DOTALL)
