"""The files of a label map: one, and those it includes, as one dict of sections; grammar: ``lopm.curation.labels``.

Where two files speak of one word, the including one counts; spellings of a class add up. So a map of a clinic's own
words begins with ``include: [oral.yaml]`` and holds nothing but what differs.
"""
from pathlib import Path

from lopm.curation.words import fold
from lopm.curation.yaml_files import place_of, read_yaml
from lopm.shipped import CONFIGS

SHIPPED = CONFIGS / 'labels'
SECTIONS = 'attributes', 'words', 'keep', 'qualifiers', 'codes'
ONE_EACH = {'keep': '{diameter_mm: number}', 'qualifiers': '{site: laterality}'}  # sections of one text a name


def read_map(path):
    """A label map and those it includes; names of attributes are folded.

    Raises:
        ValueError: No YAML, an unknown section, an include that is not there or that comes back to where it began.
    """
    merged = {section: {} for section in SECTIONS}
    for content in _with_included(Path(path)):
        for section in SECTIONS:
            merged[section] = {**content[section], **merged[section]}
        merged['words'].update({target: _added(merged['words'][target], words)
                                for target, words in content['words'].items()})
    return merged


def _added(own, included):
    """The words of a target with those of an included map, but for spellings that have a meaning already."""
    if own is included or not isinstance(own, dict) or not isinstance(included, dict):
        return own
    taken = {fold(spelling) for spellings in own.values() for spelling in spellings}
    added = {meaning: [spelling for spelling in spellings if fold(spelling) not in taken]
             for meaning, spellings in included.items()}
    return {meaning: [*own.get(meaning, []), *added.get(meaning, [])] for meaning in {**own, **added}}


def _with_included(path, above=(), seen=None):
    """The sections of a file, then those of each file that it includes, once."""
    seen = set() if seen is None else seen
    seen.add(path.resolve())
    content = read_yaml(path)
    if not isinstance(content or {}, dict):
        raise ValueError(f'{path}: is no label map, which has sections; write "words:" and what follows it')
    content = dict(content or {})
    yield {section: _section(content.get(section), section, path) for section in SECTIONS}
    unknown = next((name for name in content if name not in (*SECTIONS, 'version', 'include')), None)
    if unknown is not None:
        raise ValueError(f'{place_of(unknown, path)}: unknown section {unknown!r}; known: version, include, '
                         + ', '.join(SECTIONS))
    for name in _names(content.get('include'), path):
        other = _found(name, path)
        ring = [*above, path.resolve()]
        if other.resolve() in ring:
            raise ValueError(f'{place_of(name, path)}: {name!r} is included by itself, through '
                             f'{" and ".join(each.name for each in ring)}; take one of the includes away')
        if other.resolve() not in seen:
            yield from _with_included(other, ring, seen)


def _names(include, path):
    names = [include] if _is_text(include) else include or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f'{path}: include is no list of file names; write include: [oral.yaml]')
    return names


def _found(name, path):
    """The included file: beside the one that includes it, else among those of lopm."""
    if Path(name).is_absolute() or '..' in Path(name).parts:
        raise ValueError(f'{place_of(name, path)}: {name!r} leads out of the folder; copy it beside {path.name} and '
                         'include it by its name')
    found = next((folder / name for folder in (path.parent, SHIPPED) if (folder / name).is_file()), None)
    if not found:
        shipped = ', '.join(sorted(each.name for each in SHIPPED.glob('*.yaml')))
        raise ValueError(f'{place_of(name, path)}: the included map {name!r} is neither in {path.parent.resolve()} nor '
                         f'one of {shipped}; copy it there, or correct the name')
    return found


def _section(content, section, path):
    """A section as a dict, each meaning of words with its list of spellings."""
    content = content or {}
    if not isinstance(content, dict):
        raise ValueError(f'{path}: {section} is no mapping; write "name: meaning" lines')
    if section == 'attributes':
        return _attributes(content, path)
    if section == 'words':
        return {name: _words(name, each, path) for name, each in content.items()}
    wrong = next((name for name, each in content.items() if section in ONE_EACH and not _is_text(each)), None)
    if wrong is not None:
        raise ValueError(f'{place_of(wrong, path)}: {section} gives {wrong!r} {content[wrong]!r}; write '
                         f'{section}: {ONE_EACH[section]}')
    return dict(content)


def _is_text(value):
    return isinstance(value, str) and value != ''


def _attributes(content, path):
    """``{folded name: [targets]}``."""
    attributes = {}
    for name, targets in content.items():
        targets = [targets] if _is_text(targets) else targets
        if not isinstance(targets, list) or not targets or not all(isinstance(each, str) for each in targets):
            raise ValueError(f'{place_of(name, path)}: the attribute {name!r} is given {targets!r}; write what it is: '
                             'a task, a field, several of them as [a, b], or ignore')
        if attributes.setdefault(fold(name), targets) != targets:
            raise ValueError(f'{place_of(name, path)}: the attribute {name!r} stands twice, spelled in two ways; keep '
                             'one')
    return attributes


def _words(target, words, path):
    """``{meaning: [spellings]}`` of a target, or the name of a type."""
    if _is_text(words):
        return words
    if not isinstance(words or {}, dict):
        raise ValueError(f'{place_of(target, path)}: words of {target}: {words!r} is neither a type nor '
                         '"class: [spellings]" lines')
    return {meaning: _spellings(spellings, f'{place_of(meaning, path)}: words of {target}')
            for meaning, spellings in (words or {}).items()}


def _spellings(spellings, place):
    if not isinstance(spellings or [], list):
        raise ValueError(f'{place}: {spellings!r} is no list of spellings; write [...]')
    for spelling in spellings or []:
        if not isinstance(spelling, str):
            raise ValueError(f'{place}: {spelling!r} is no text; put it in quotes')
    return spellings or []
