"""Repairs what has one right answer, in a new file; everything else is for a person to decide."""
import re
from collections import Counter

from lopm.curation.doctor.check_outlines import derived_fields
from lopm.curation.doctor.merge import merge_copies
from lopm.datasets.format import write_dataset


def repair(base, files):
    """Write ``<part>.fixed.json`` beside each json that something can be repaired in.

    - A word that is a class but for case, spaces and hyphens becomes that class; a word that stands twice in a list
      stands once.
    - Entries of one file whose words go together become one photograph of several raters (``merge``).
    - ``bbox`` and ``area`` are computed from the outline, ``iscrowd`` becomes 0.

    Returns:
        ``{path: {what: how often}}`` of the files written.

    Raises:
        ValueError: A file would be overwritten.
    """
    written = {}
    for path in files:
        repairs = Counter()
        for photograph in base.by_part()[path.stem]:
            for annotation, measured in zip(photograph.annotations, photograph.facts['outlines']):
                repairs += _repair_fields(annotation, measured)
            for entry in photograph.rated():
                repairs += _repair_words(entry, base.tasks or {})
        repairs += Counter(entries=merge_copies(base.parts[path.stem], base.by_part()[path.stem]))
        if +repairs:
            fixed = path.with_name(f'{path.stem}.fixed.json')
            if fixed.exists():
                raise ValueError(f'{fixed} is there already; move it away, nothing is overwritten')
            written[write_dataset(fixed, base.parts[path.stem])] = dict(+repairs)
    return written


def _repair_fields(annotation, measured):
    changes = {key: value for key, value in derived_fields(measured).items()
               if key in annotation and annotation[key] != value}
    annotation.update(changes)
    return Counter(changes.keys())


def _repair_words(entry, tasks):
    repairs = Counter()
    attributes = entry.get('attributes') or {}
    for name in attributes.keys() & tasks.keys():
        value = attributes[name]
        fixed = _repair_value(value, {_plain(word): word for word in tasks[name].classes})
        if fixed != value:
            attributes[name] = fixed
            repairs['words'] += 1
    return repairs


def _repair_value(value, classes):
    if isinstance(value, str):
        return classes.get(_plain(value), value)
    if isinstance(value, list):
        return list(dict.fromkeys(_repair_value(word, classes) for word in value))
    if isinstance(value, dict):
        return {key: _repair_value(words, classes) if isinstance(words, list) else words
                for key, words in value.items()}
    return value


def _plain(word):
    return re.sub(r'[\s_-]+', '_', word.strip()).casefold()
