"""The label map: what the names and words of a source mean in the tasks of a config. Data, in a YAML file:

```yaml
version: 1
include: [oral.yaml]                  # other such files, beside this one or of lopm; what stands here counts more
attributes:                           # names in the source -> what they are, one or several
  colour: color                       #   a task,
  patient: patient_id                 #   a field: patient_id, visit, device, center, lesion_id, rater, outlined,
                                      #   source_part, record.age ...
  label: [category, diagnosis]        #   the kind of region: lesion, another mask task, ignore, or unknown: it may be a
                                      #   lesion, so that its photograph counts as not outlined
  remark: ignore                      #   or nothing that is wanted
words:                                # of tasks and fields
  color:
    white: [blanc, whitish]           #   class: spellings
    white + red: [mixed]              #   classes together; a / b are alternatives
    not_assessable: [hidden]
    ignore: [see letter]              #   no word of this task: as if it had not been said
  record.age: number                  #   or text, boolean, visit
keep: {diameter_mm: number}           # attributes that are no task and shall come along
qualifiers: {site: laterality}        # 'left' may stand within the words of a site
codes: {site: {buccal: C06.0}}        # goes into the info of the json
```

Every value is text, also ``yes``, ``no`` and ``1``. Task names, class names and fields match themselves. What is not
listed is left out and counted: free text may name patients.
"""
import hashlib
import json
from pathlib import Path

from lopm.curation.label_map import SECTIONS, read_map
from lopm.curation.source import OUTLINED, PART, SourceError
from lopm.curation.words import IGNORE, NONE, Scalar, UnknownWord, Vocabulary, WrongSpelling, fold, guess
from lopm.curation.yaml_files import place_of
from lopm.structures import LESION
from lopm.tasks import NOT_ASSESSABLE
from lopm.tasks.time_labels import read_label

CATEGORY, UNKNOWN_KIND = 'category', 'unknown'
FIELDS = {'patient_id': 'text', 'visit': 'visit', 'device': 'text', 'center': 'text', 'lesion_id': 'text',
          'rater': 'text', OUTLINED: {'yes': [], 'no': []}, PART: 'text'}


class Labels:
    """Reads the words of a source.

    ``file`` and ``sha256`` say which map, with what it includes, made a data set.

    Args:
        tasks: ``{name: Task}`` of the config.
        path: Label map, or None.
    """

    def __init__(self, tasks, path=None):
        self.tasks = tasks
        self.path = path
        self.file = path and Path(path).name
        spec = read_map(path) if path else dict.fromkeys(SECTIONS, {})
        self.sha256 = hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()
        self.codes = spec['codes']
        self.masks = {LESION, *tasks.masks}
        self._refuse_words_of_masks(spec['words'], path)
        self.vocabularies = {}
        words = {**FIELDS, **spec['keep'], **spec['words']}
        for target in sorted({*words, *tasks, CATEGORY} - self.masks, key=lambda name: name in spec['qualifiers']):
            try:
                self.vocabularies[target] = self._vocabulary(target, words.get(target), spec['qualifiers'].get(target))
            except WrongSpelling as error:
                raise ValueError(f'{place_of(error.word, path)}: words of {target}: {error}') from None
        self.vocabularies.update({f'{name}.source': Scalar('text') for name in self.vocabularies})
        self.targets = {fold(target): [target] for target in self.vocabularies} | {'label': [CATEGORY]}
        self.targets.update(spec['attributes'])
        self._refuse_unknown_targets(path)

    def _refuse_words_of_masks(self, words, path):
        for target in words:
            if target in self.masks:
                raise ValueError(f'{place_of(target, path)}: words of {target}, which is a kind of region; write its '
                                 f'spellings under words: {CATEGORY}: {target}')

    def _refuse_unknown_targets(self, path):
        for target in sorted({each for targets in self.targets.values() for each in targets}):
            if target not in self.vocabularies and target != IGNORE:
                known = sorted(name for name in self.vocabularies if not name.endswith('.source'))
                raise ValueError(f'{place_of(target, path)}: attributes name {target!r}, which is no task, no field '
                                 f'and has no words; known: {IGNORE}, {", ".join(known)}')

    def _vocabulary(self, target, words, qualifier):
        if isinstance(words, str):
            return Scalar(words)
        if qualifier and qualifier not in self.vocabularies:
            raise WrongSpelling(f'{qualifier!r}, which may stand among them, has no words', qualifier)
        qualifier = qualifier and (qualifier, self.vocabularies[qualifier])
        if target not in self.tasks:  # the words of the map are the classes
            signs = {NONE, NOT_ASSESSABLE, IGNORE}
            classes = [word for word in words or () if word not in signs and '+' not in word and '/' not in word]
            given = {CATEGORY: (*self.masks, IGNORE, UNKNOWN_KIND), OUTLINED: FIELDS[OUTLINED]}.get(target, ())
            classes += [name for name in given if name not in classes]
            exclusive = target in (CATEGORY, OUTLINED) or target.startswith('record.')
            return Vocabulary(classes, exclusive, words, qualifier)
        task = self.tasks[target]
        if not task.classes:
            return Scalar('text' if target in self.tasks.times else 'number')  # "5+": the task reads it
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
                if name not in report.unmapped:
                    report.near[name] = self.nearest_name(name)
                report.unmapped[name] += 1
            report.understood += bool(targets)
            report.notes[f'times {name!r} is said, which the label map ignores'] += targets == [IGNORE]
            for raw in values if targets and targets != [IGNORE] else ():
                if fold(raw) == '':
                    continue
                known, found = self._meanings(targets, raw)
                if not known:
                    self._unknown(name, raw, targets, place, report)
                report.notes['words that the label map ignores'] += known and not found
                for target, meaning in found:
                    said.setdefault(target, []).append(meaning)
        return said

    def nearest_name(self, name):
        """The known name that a name is taken for, for a person to look at, or None."""
        return guess(name, {known: tuple(targets) for known, targets in self.targets.items()
                            if not known.endswith('.source')})

    def _unknown(self, name, raw, targets, place, report):
        known = (name, str(raw)) in report.words
        near = None if known else next(filter(None, (self.vocabularies[x].nearest(raw) for x in targets)), None)
        if CATEGORY in targets:
            raise SourceError(f'the label {raw!r} is unknown{f", the nearest is {near!r}" if near else ""}; say in the '
                              'label map (words: category:) what it is, or that it is to "ignore"; --draft-labels '
                              'writes a map to begin with')
        secret = any(target.startswith('record.') for target in targets)  # a patient's record reaches no report
        report.unknown_word(name, '(not shown)' if secret else raw, place, near)

    def _meanings(self, targets, raw):
        """Whether one of the targets knows a word, and what they understand: nothing, of a word that is ignored."""
        known, found = False, []
        for target in targets:
            try:
                found += [(other or target, meaning) for other, meaning in self.vocabularies[target].parse(raw)]
            except UnknownWord:
                continue
            known = True
        return known, found

    def values(self, said, place, report):
        """``{target: json value}`` of what was said; what cannot be written goes to the report."""
        values = {}
        for target, meanings in said.items():
            vocabulary = self.vocabularies[target]
            try:
                value = vocabulary.value(vocabulary.combine(meanings))
                if target in self.tasks.times and value != NOT_ASSESSABLE:
                    value = dict(zip(('time', 'event'), read_label(target, value)))
                if target in self.tasks:
                    self.tasks[target].encode(value)
            except (KeyError, TypeError, ValueError) as error:
                report.unusable.append(f'{place}: {target}: {error}')
            else:
                values[target] = value
        return values
