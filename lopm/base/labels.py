"""The label map: what the names and words of a source mean in the tasks of a config. Data, in a YAML file:

```yaml
version: 1
include: [sites.yaml]                 # other such files, beside this one
attributes:                           # names in the source -> what they are, one or several
  colour: color                       #   a task,
  patient: patient_id                 #   a field: patient_id, visit, device, center, lesion_id, rater, record.age ...
  label: [category, diagnosis]        #   the kind of region: lesion, another mask task, or ignore
words:                                # of tasks and fields
  color:
    white: [blanc, whitish]           #   class: spellings
    white + red: [mixed]              #   classes together; a / b are alternatives
    not_assessable: [hidden]
  record.age: number                  #   or text, boolean, visit
keep: {diameter_mm: number}           # attributes that are no task and shall come along
qualifiers: {site: laterality}        # 'left' may stand within the words of a site
codes: {site: {buccal: C06.0}}        # goes into the info of the json
```

Task names, class names and fields match themselves. What is not listed is left out and counted: free text may name
patients.
"""
import hashlib
import json
from pathlib import Path

import yaml

from lopm.base.source import SourceError
from lopm.base.words import NONE, Scalar, UnknownWord, Vocabulary, fold
from lopm.structures import LESION
from lopm.tasks import NOT_ASSESSABLE, Mask

CATEGORY, IGNORE = 'category', 'ignore'
FIELDS = {'patient_id': 'text', 'visit': 'visit', 'device': 'text', 'center': 'text', 'lesion_id': 'text',
          'rater': 'text'}
SECTIONS = {'attributes', 'words', 'keep', 'qualifiers', 'codes'}


def read_map(path):
    """A label map and those it includes as one dict of its sections.

    Raises:
        ValueError: No YAML, or a section that is unknown.
    """
    try:
        content = yaml.safe_load(Path(path).read_text(encoding='utf-8')) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f'{path}: no readable label map ({error})') from None
    unknown = set(content) - SECTIONS - {'version', 'include'} if isinstance(content, dict) else {'a list'}
    if unknown:
        raise ValueError(f'{path}: unknown section {sorted(map(str, unknown))[0]!r}; known: version, include, '
                         + ', '.join(sorted(SECTIONS)))
    for section in SECTIONS:
        if not isinstance(content.get(section) or {}, dict):
            raise ValueError(f'{path}: {section} is no mapping; write "name: meaning" lines')
    merged = {section: dict(content.get(section) or {}) for section in SECTIONS}
    for name in content.get('include', []):
        for section, entries in read_map(Path(path).parent / name).items():
            merged[section] = {**entries, **merged[section]}
    return merged


class Labels:
    """Reads the words of a source.

    ``file`` and ``sha256`` say which map, with what it includes, made a data set.

    Args:
        tasks: ``{name: Task}`` of the config.
        path: Label map, or None.
    """

    def __init__(self, tasks, path=None):
        self.tasks = tasks
        self.file = path and Path(path).name
        spec = read_map(path) if path else dict.fromkeys(SECTIONS, {})
        self.sha256 = hashlib.sha256(json.dumps(spec, sort_keys=True, default=str).encode()).hexdigest()
        self.codes = spec['codes']
        self.masks = {LESION, *(name for name, task in tasks.items() if isinstance(task, Mask))}
        self.vocabularies = {}
        words = {**FIELDS, **spec['keep'], **spec['words']}
        for target in sorted({*words, *tasks, CATEGORY} - self.masks, key=lambda name: name in spec['qualifiers']):
            try:
                self.vocabularies[target] = self._vocabulary(target, words.get(target), spec['qualifiers'].get(target))
            except ValueError as error:
                raise ValueError(f'{path}: words of {target}: {error}') from None
        self.vocabularies.update({f'{name}.source': Scalar('text') for name in self.vocabularies})
        self.targets = {fold(target): [target] for target in self.vocabularies} | {'label': [CATEGORY]}
        for name, targets in spec['attributes'].items():
            self.targets[fold(name)] = [targets] if isinstance(targets, str) else targets
        unknown = sorted({target for targets in self.targets.values() for target in targets} - set(self.vocabularies))
        if unknown:
            known = sorted(name for name in self.vocabularies if not name.endswith('.source'))
            raise ValueError(f'{path}: attributes name {unknown[0]!r}, which is no task, no field and has no words; '
                             f'known: {", ".join(known)}')

    def _vocabulary(self, target, words, qualifier):
        if isinstance(words, str):
            return Scalar(words)
        if not isinstance(words or {}, dict):
            raise ValueError(f'{words!r} is neither a type nor "class: [spellings]" lines')
        qualifier = qualifier and (qualifier, self.vocabularies[qualifier])
        if target not in self.tasks:  # the words of the map are the classes
            signs = {NONE, NOT_ASSESSABLE}
            classes = [word for word in words or () if word not in signs and '+' not in word and '/' not in word]
            if target == CATEGORY:
                classes += [name for name in (*self.masks, IGNORE) if name not in classes]
            return Vocabulary(classes, target == CATEGORY or target.startswith('record.'), words, qualifier)
        task = self.tasks[target]
        return Vocabulary(task.classes, task.exclusive, words, qualifier)

    def read(self, words, place, report):
        """``{target: [meanings]}`` of words; what is unknown goes to the report.

        Raises:
            SourceError: The label of a region is unknown: it may be a lesion, or a tooth.
        """
        said = {}
        for name, values in words.items():
            targets = self.targets.get(fold(name), [])
            if not targets:
                report.unmapped[name] += 1
            for raw in values if targets else ():
                if fold(raw) == '':
                    continue
                found = self._meanings(targets, raw)
                if not found:
                    self._unknown(name, raw, targets, place, report)
                for target, meaning in found:
                    said.setdefault(target, []).append(meaning)
        return said

    def _unknown(self, name, raw, targets, place, report):
        known = (name, str(raw)) in report.words
        near = None if known else next(filter(None, (self.vocabularies[x].nearest(raw) for x in targets)), None)
        if CATEGORY in targets:
            raise SourceError(f'the label {raw!r} is unknown{f", the nearest is {near!r}" if near else ""}; say in the '
                              'label map (words: category:) what it is, or that it is to "ignore"')
        secret = any(target.startswith('record.') for target in targets)  # a patient's record reaches no report
        report.unknown_word(name, '(not shown)' if secret else raw, place, near)

    def _meanings(self, targets, raw):
        found = []
        for target in targets:
            try:
                found += [(other or target, meaning) for other, meaning in self.vocabularies[target].parse(raw)]
            except UnknownWord:
                continue
        return found

    def values(self, said, place, report):
        """``{target: json value}`` of what was said; what cannot be written goes to the report."""
        values = {}
        for target, meanings in said.items():
            vocabulary = self.vocabularies[target]
            try:
                value = vocabulary.value(vocabulary.combine(meanings))
                if target in self.tasks:
                    self.tasks[target].encode(value)
            except (KeyError, TypeError, ValueError) as error:
                report.unusable.append(f'{place}: {target}: {error}')
            else:
                values[target] = value
        return values
