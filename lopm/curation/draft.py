"""A draft of a label map: the words of an export and what they are taken for, to be corrected and given back.

Nothing of a patient gets into it: of fields and records the names alone, and values only where they look like answers
to a question, being few and short.
"""
import json
import re
import textwrap
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from lopm.curation.label_map import SHIPPED
from lopm.curation.labels import CATEGORY, UNKNOWN_KIND
from lopm.curation.words import IGNORE, NO, YES, Vocabulary, fold, guess, written
from lopm.files import write_text
from lopm.structures import LESION

KNOWN, UNKNOWN = 'known', 'unknown'
FEW, SHORT = 40, 40  # words of a question, characters of a word
PRIVATE = re.compile(r'\d{4}|@')  # a date, a number of a patient, an address
PERSON = re.compile(r'[^\W\d_a-z][\w.]*[ ,-]+[^\W\d_a-z]')  # two capitals in a row: it may be a name
MOST_NAMES, MOST_WORDS = 500, 500  # of a draft that a person reads
PLAIN = re.compile(r'[^\W\d][\w ]*(?: [+/] [\w ]+)*')

HEAD = '''# Draft of a label map: the words of {source} and what they are taken for, with their counts.
# Correct it and give it back with --labels. "guessed" may be wrong; "unknown" is left out as long as it stands under
# ignore: move it to what it is, or leave it there. A label of regions under unknown may be a lesion: photographs with
# such regions count as not outlined. Names and words marked "known" need no change. Not shown are words that may be a
# patient's: long ones, those with four digits in a row, and those of names that have too many to be answers.
# The grammar: lopm/curation/labels.py
version: 1
include: [{include}]
'''


@dataclass
class Said:
    """What an export says under one name; ``answered`` if it says so of a region, or by a person who annotated."""

    name: str
    values: Counter = field(default_factory=Counter)
    answered: bool = False


def write_draft(export, labels, path, source):
    """Write a draft; the map of ``labels`` is included, so that corrections add to it. Returns a sentence about it.

    Raises:
        ValueError: The file is there already, or the map would not be found from it.
    """
    if path.exists():
        raise ValueError(f'{path} is there already and may hold your corrections; name another file')
    included = labels.path and Path(labels.path).resolve()
    if included and included.parent not in (SHIPPED.resolve(), path.parent.resolve()):
        raise ValueError(f'{path} is to include {included.name}; write it into the same folder, {included.parent}')
    every = names_of(export)
    said = dict(list(every.items())[:MOST_NAMES])
    taken = {key: _taken_for(each, labels) for key, each in said.items()}
    words, hidden = _words(said, taken, labels)
    lines = [HEAD.format(source=quoted(source.name), include=included.name if included else ''),
             *_attribute_lines(said, taken, hidden, labels),
             *([f'  # and {len(every) - len(said)} names that are said less often'] if len(said) < len(every) else []),
             '', *_word_lines(words, labels)]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, '\n'.join(lines) + '\n')
    names = _counts(mark for _, mark in taken.values())
    marked = _counts(mark for own in words.values() for each in own.values() for _, _, mark in each.values())
    return (f'{path}: names: {names}; words: {marked}. Correct it, then run this again with OUT_DIR and '
            f'--labels {path}')


def names_of(export):
    """``{folded name: Said}`` of an export, what is said most first."""
    said = {}
    for photograph in export.photographs:
        for answered, words in [*((bool(rater), words) for rater, words in photograph.words.items()),
                                *((True, region.words) for region in photograph.regions)]:
            for name, values in words.items():
                each = said.setdefault(fold(name), Said(str(name)))
                each.answered |= answered
                each.values.update(map(str, values))
    return dict(sorted(said.items(), key=lambda item: -item[1].values.total()))


def _taken_for(said, labels):
    """``(targets, mark)``: what a name is taken for, and why."""
    if fold(said.name) in labels.targets:
        return labels.targets[fold(said.name)], KNOWN
    near = labels.nearest_name(said.name)
    if near:
        return labels.targets[near], f'guessed, near {near!r}'
    by_words = _task_of(said, labels)
    return ([by_words], 'guessed by its words') if by_words else ([IGNORE], UNKNOWN)


def _task_of(said, labels):
    """The one task that knows most of the words, at least half of them."""
    words = [value for value in said.values if fold(value) not in YES + NO]
    if len(words) > FEW:
        return None
    shares = sorted(((sum(_knows(labels.vocabularies[name], word) for word in words), name)
                     for name in labels.tasks if name in labels.vocabularies), reverse=True)
    (most, name), (second, _) = [*shares, (0, None), (0, None)][:2]
    return name if most > second and 2 * most >= len(words) else None


def _knows(vocabulary, word):
    try:
        vocabulary.parse(word)
    except ValueError:
        return False
    return True


def _questions(targets, labels):
    """The targets whose words are answers to a question, not a patient's, nor free."""
    return [target for target in targets if isinstance(labels.vocabularies.get(target), Vocabulary)
            and not target.startswith('record.')]


def _words(said, taken, labels):
    """``{target: {expression: {folded word: [word, count, mark]}}}``, and of each name how many words are not there."""
    found, hidden = {}, Counter()
    for key, each in said.items():
        targets = _questions(taken[key][0], labels)
        words = _parts(each.values, targets, labels) if targets else Counter()
        shown = _shown_of(words, taken[key][1] == KNOWN or CATEGORY in targets)
        hidden[key] = len(words) - len(shown)
        for word in shown:
            for target, expression, mark in _placed(word, targets, labels):
                entry = found.setdefault(target, {}).setdefault(expression, {}).setdefault(fold(word), [word, 0, mark])
                entry[1] += words[word]
    return found, hidden


def _parts(values, targets, labels):
    """Words with their counts; of lists with an unknown member their members."""
    words = Counter()
    for value, count in values.items():
        known = any(_knows(labels.vocabularies[target], value) for target in targets)
        for part in [value] if known else re.split('[,;+]', value):
            words[part.strip()] += count
    return Counter({word: count for word, count in words.items() if fold(word)})


def _shown_of(words, asked):
    """The words that may be answers: none that may be a patient's; all, if ``asked``, or few."""
    shown = [word for word, _ in words.most_common() if len(word) <= SHORT and not PRIVATE.search(word)]
    return shown[:MOST_WORDS] if asked else shown if len(shown) <= FEW else []


def _placed(word, targets, labels):
    """``[(target, expression, mark)]``: where a word stands in the map."""
    known, guessed = [], []
    for target in targets:
        vocabulary = labels.vocabularies[target]
        try:
            meanings = [meaning for _, meaning in vocabulary.parse(word)]
            known.append((target, written(meanings[0]) if meanings else IGNORE, KNOWN))
        except ValueError:
            near = guess(word, vocabulary.meanings)
            guessed += [(target, written(vocabulary.meanings[near]), f'guessed, near {near!r}')] if near else []
    if known or not guessed:
        return known or [(CATEGORY, UNKNOWN_KIND, UNKNOWN) if CATEGORY in targets else (targets[0], IGNORE, UNKNOWN)]
    lesion = CATEGORY in targets and CATEGORY not in {target for target, _, _ in guessed}
    return guessed + ([(CATEGORY, LESION, guessed[0][2])] if lesion else [])


def quoted(text):
    """A text as YAML reads it back, on one line."""
    text = str(text)
    return text if PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=not text.isprintable())


def _attribute_lines(said, taken, hidden, labels):
    targets = sorted(name for name in labels.vocabularies if not name.endswith('.source'))
    yield from _comment('what a name of the source is: ', [IGNORE, *targets], '')
    yield 'attributes:'
    for key, each in said.items():
        own, mark = taken[key]
        line = f'{quoted(each.name)}: {own[0] if len(own) == 1 else "[" + ", ".join(own) + "]"}'
        shown = _shown(each) if mark == UNKNOWN else f', {hidden[key]} words not shown' if hidden[key] else ''
        yield f'  {"" if len(each.name) <= SHORT else "# "}{line}  # {each.values.total()} x, {mark}{shown}'


def _comment(title, words, indent):
    return textwrap.wrap(title + ', '.join(words), 118, initial_indent=f'{indent}# ', subsequent_indent=f'{indent}#   ')


def _shown(said):
    """The values of an unknown name, where they look like answers to a question and not like a patient's."""
    values = said.values
    if said.answered and 2 <= len(values) <= min(FEW, values.total() / 2) and not any(
            len(value) > SHORT or PRIVATE.search(value) or PERSON.search(value) for value in values):
        return ': ' + ', '.join(f'{quoted(value)} ({count})' for value, count in values.most_common())
    return f', {len(values)} different values, not shown'


def _word_lines(words, labels):
    yield 'words:'
    for target, expressions in sorted(words.items()):
        classes = dict.fromkeys(map(written, labels.vocabularies[target].meanings.values()))
        yield f'  {quoted(target)}:'
        yield from _comment('', {**classes, IGNORE: None}, '    ')
        for expression, own in sorted(expressions.items(), key=lambda item: item[0] in (IGNORE, UNKNOWN_KIND)):
            yield f'    {quoted(expression)}:'
            for word, count, mark in sorted(own.values(), key=lambda entry: -entry[1]):
                yield f'      {"# " if mark == KNOWN else ""}- {quoted(word)}  # {count} x, {mark}'


def _counts(marks):
    counts = Counter(mark.split()[0].rstrip(',') for mark in marks)
    return ', '.join(f'{count} {mark}' for mark, count in sorted(counts.items())) or 'none'
