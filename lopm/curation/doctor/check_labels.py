"""Checks of the words that raters gave: there at all, known, not at odds with each other or with another rater's."""
from collections import defaultdict

from lopm.curation.doctor.table import ERROR, REMARK, Finding, check, of_photograph
from lopm.curation.doctor.words import is_number, said_of
from lopm.datasets.coco import rater_of

APART = 0.5  # Jaccard of two raters' outlines below which they hardly mean the same lesion
MOST = 0.5  # share of the words on which two raters have nothing in common
LEAST_WORDS = 3  # that both rated


def _lesions(base):
    for photograph in base.photographs:
        for annotation in photograph.lesion_rows():
            yield photograph, annotation


def _rated(base):
    """Lesions, and photographs with words of their own: photograph, entry, and the annotation that it is, if any."""
    for photograph in base.photographs:
        for entry in photograph.rated():
            yield photograph, entry, () if entry is photograph.image else (entry,)


@check(REMARK, 'the outline can be learned from, the features and the diagnosis cannot',
       'name the features; "not_assessable" where the photograph does not show them')
def lesion_without_labels(base):
    for photograph, annotation in _lesions(base):
        if not annotation.get('attributes') and not photograph.image.get('attributes'):
            yield of_photograph(photograph, 'no feature and no diagnosis is named', annotation)


@check(ERROR, 'a word that is no class of the task: training refuses the whole part',
       'correct the word, or give --tasks the config whose words these are; --fix corrects case, spaces and hyphens',
       needs_tasks=True)
def unknown_word(base):
    for photograph, entry, annotation in _rated(base):
        given = {task: value.words for task, value in said_of(entry).items()}
        given |= {task: {value} for task, value in (entry.get('attributes') or {}).items() if is_number(value)}
        for task in given.keys() & base.tasks.keys() - base.without_words.keys():
            unknown = sorted(map(repr, given[task] - set(base.tasks[task].classes)))
            if unknown:
                yield of_photograph(photograph, f'{task}: {", ".join(unknown)} is none of '
                                    + ', '.join(base.tasks[task].classes), *annotation)


@check(ERROR, 'no number, or no time, that the task takes: training refuses the whole part',
       'correct it, or the range (low, high) of the task', needs_tasks=True)
def wrong_number(base):
    for photograph, entry, annotation in _rated(base):
        given = entry.get('attributes') or {}
        for name, task in base.without_words.items():
            try:
                task.encode(given.get(name))
            except ValueError as error:
                yield of_photograph(photograph, str(error), *annotation)


@check(REMARK, 'no task reads these labels', 'rename them to the task that is meant, or give --tasks its config',
       needs_tasks=True)
def unknown_task(base):
    for part in base.parts:
        counts = defaultdict(list)
        for photograph, entry, annotation in _rated(base):
            if photograph.part == part:
                for task in (entry.get('attributes') or {}).keys() - base.tasks.keys():
                    counts[task].append([each['id'] for each in annotation])
        for task, ids in sorted(counts.items()):
            what = 'annotations' if all(ids) else 'annotations or photographs'
            yield Finding(f'part {part}: {len(ids)} {what} have a label {task!r}; '
                          f'tasks are {", ".join(base.tasks)}', (), tuple(ids[0]))


@check(REMARK, 'two labels of one rater do not go together by the definitions of the features',
       'ask the rater, or let a second one rate the lesion', needs_tasks=True)
def contradictory_labels(base):
    rules = [rule for rule in base.rules if rule.applies_to(base.tasks)]
    for photograph, entry, annotation in _rated(base):
        labels = said_of(entry)
        for rule in rules:
            if rule.is_broken_by(labels):
                yield of_photograph(photograph, f'{rule.name} ({rule.describe(labels)})', *annotation)


@check(REMARK, 'two raters see two different things: no model can agree with both',
       'let them look at it together, or a third one decide')
def raters_disagree(base):
    for photograph in base.photographs:
        for i, j, jaccard in photograph.facts['jaccard']:
            one, other = photograph.annotations[i], photograph.annotations[j]
            words = [f'their outlines have a Jaccard of {jaccard:.2f}'] if jaccard < APART else []
            both, apart = compare_words(one, other)
            if len(both) >= LEAST_WORDS and len(apart) > MOST * len(both):
                words.append(f'they have no word in common in {len(apart)} of {len(both)} features: {", ".join(apart)}')
            if words:
                raters = f'{rater_of(one)} and {rater_of(other)}'
                yield of_photograph(photograph, f'{raters}: {"; ".join(words)}', one, other)


def compare_words(one, other):
    """Tasks that two annotations both rated, and those of them in which they have no word in common."""
    mine, yours = said_of(one), said_of(other)
    both = sorted(mine.keys() & yours.keys())
    return both, [task for task in both if mine[task].words != yours[task].words
                  and not mine[task].words & yours[task].words]


def class_counts(base):
    """``{task: {class: {part: lesions}}}``; a lesion counts for a class that any of its raters named, a photograph with
    words of its own as one more."""
    seen = defaultdict(set)
    for photograph, entry, annotation in _rated(base):
        lesion = photograph.name, bool(annotation), entry.get('lesion_id', entry['id'])
        for task, value in said_of(entry).items():
            for word in value.words:
                seen[task, word, photograph.part].add(lesion)
    return {name: {word: {part: len(seen[name, word, part]) for part in base.parts} for word in task.classes}
            for name, task in (base.tasks or {}).items()}


@check(REMARK, 'a class that training lacks cannot be learned, one that a test lacks cannot be scored',
       'divide the base again with lopm split, or collect such lesions', needs_tasks=True)
def class_missing(base):
    for task, classes in class_counts(base).items():
        for part in base.parts:
            missing = [word for word, counts in classes.items() if not counts[part] and any(counts.values())]
            if missing:
                yield Finding(f'part {part} has no lesion with {task}: {", ".join(missing)}, but another part has')
