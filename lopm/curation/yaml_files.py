"""YAML as a person wrote it, read strictly: every value is text, nothing stands twice, nothing grows.

YAML 1.1 takes ``no`` for false, ``1`` for a number and ``2026-01-02`` for a date; to a label map they are words.
Aliases and tags are refused: the one multiplies what is read, the other asks for more than text.
"""
import yaml

from lopm.bounds import YAML_BYTES, YAML_NESTED, read_bounded

AMISS = 'correct it there; in doubt put texts in quotes'


class Text(str):
    """A text of a file that knows its ``place``: file and line."""

    place = None

    def __new__(cls, text, place):
        self = super().__new__(cls, text)
        self.place = place
        return self


def place_of(value, otherwise):
    """Where a text of a file stands; ``otherwise`` for a text that is of no file."""
    return getattr(value, 'place', None) or otherwise


def read_yaml(path):
    """The content of a YAML file: dicts, lists and ``Text``; an empty value is an empty text.

    Raises:
        ValueError: Not there, no UTF-8, no YAML, a key twice, an alias, a tag, or too much, with file, line and fix.
    """
    try:
        loader = _Strict(read_bounded(path, YAML_BYTES).decode('utf-8-sig'))
        loader.file = path
        return loader.get_single_data()
    except OSError as error:
        raise ValueError(f'{path}: cannot be read ({error.strerror})') from None
    except UnicodeDecodeError as error:
        raise ValueError(f'{path}: no UTF-8 text ({error}); save it as UTF-8') from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ValueError(f'{path}, line {mark.line + 1}: no valid YAML ({error.problem}); {AMISS}') from None
    except yaml.reader.ReaderError as error:
        raise ValueError(f'{path}: no valid YAML (the character {chr(error.character)!r}); {AMISS}') from None


class _Strict(yaml.BaseLoader):
    """PyYAML's loader of texts, lists and dicts, without what multiplies or hides."""

    file, nested = None, 0

    def compose_node(self, parent, index):
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent):
            raise self._error(event.start_mark, f'the alias *{event.anchor}; write the value out')
        if event.tag not in (None, '!'):
            raise self._error(event.start_mark, f'the tag {event.tag}; take it away, all values are text')
        if self.nested >= YAML_NESTED:
            raise self._error(event.start_mark, f'nested more than {YAML_NESTED} times; make it flatter')
        self.nested += 1
        node = super().compose_node(parent, index)
        self.nested -= 1
        return node

    def construct_scalar(self, node):
        return Text(super().construct_scalar(node), f'{self.file}, line {node.start_mark.line + 1}')

    def construct_mapping(self, node, deep=False):
        lines = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self._error(key.start_mark, 'a key that is a list or a mapping; write "name: meaning" lines')
            if key.value in lines:
                raise self._error(key.start_mark, f'the key {key.value!r} stands twice, first in line '
                                                  f'{lines[key.value]}; keep one of the two')
            lines[key.value] = key.start_mark.line + 1
        return super().construct_mapping(node, deep)

    def _error(self, mark, words):
        return ValueError(f'{self.file}, line {mark.line + 1}: {words}')
