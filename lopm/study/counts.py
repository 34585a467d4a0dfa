"""On how much a study stands: what was labelled, what is known of patients, what was fitted on how many lesions."""
import numpy as np

from lopm.evaluation.calibration import LEAST_SCALED
from lopm.evaluation.rows import decided, owners, stack_task, unit_of
from lopm.study.remarks import Remark
from lopm.study.results import ALPHA, TRUE_OUTLINES, Result, in_unit, one_class
from lopm.wording import words

LEAST_IN_SETS = round(1 / ALPHA) - 1  # below, a limit is infinite: the sets hold every class
LEAST_FOUND = 10  # lesions of a class below which a threshold hangs on one or two of them


def counts(study):
    """``[Result]`` of the sections ``labels``, ``known`` and ``fitted``."""
    results = known_of(study)
    for task in [*study.tasks.values(), *study.numbers.values(), *study.times.values()]:
        results += [in_unit(each, unit_of(task, study.rows)) for each in labels_of(study, task)]
    for task in study.tasks.values():
        results += fitted_of(study, task)
    return results


def labels_of(study, task):
    """How many of the tested lesions have a label, and each class of it, by any rater; the share is of all lesions,
    that of a class of the labelled ones."""
    answers, owner = stack_task(study.rows, task), owners(study.rows, task)
    known = answers.labelled
    if not len(known):
        return []
    results = [_counted(study, task, 'labelled', known, owner, len(known))]
    if task.classes:
        said = np.zeros((len(known), len(task.classes)), bool)
        said[known] = np.nan_to_num(task.class_probabilities(answers.targets[known])).max(1) > 0.5
        results += [_counted(study, task, word, said[:, number], owner, known.sum())
                    for number, word in enumerate(task.classes)]
    return results


def _counted(study, task, of, chosen, owner, total):
    photographs, number = np.unique(owner[chosen]), int(chosen.sum())
    return Result('labels', task.name, 'share', of, number / total if total else np.nan, lesions=number,
                  photographs=len(photographs), patients=len({study.rows[i].patient_id for i in photographs}))


def known_of(study):
    """Of how many photographs something is known: fields of the record, device, center, visit, site."""
    rows = [row for row in study.rows if not row.bad]
    said = [{**{f'record {name}': value for name, value in (row.about.get('record') or {}).items()},
             **{name: value for name, value in row.about.items() if name != 'record'}} for row in rows]
    names = sorted({name for each in said for name in each})
    return [Result('known', name, 'share', '', len(found) / len(rows), photographs=len(found),
                   patients=len({row.patient_id for row in found})) for name in names
            for found in [[row for row, each in zip(rows, said) if each.get(name) not in (None, '', [])]]]


def fitted_of(study, task):
    """Lesions of each fold's validation part that its scaling, its sets and its thresholds (of the rarest class that
    occurs) were fitted to."""
    results = []
    for fold in study.folds:
        rows = study.of_fold(study.validation, fold)
        answers = stack_task(rows, task)
        scaled = study.scaled_validation[fold]
        numbers = {'scaling': int((answers.labelled & (answers.matched != 0)).sum())}
        if task.exclusive:
            numbers['sets'] = len(decided(scaled, task)[1])
        found = [int(one_class(scaled, task, number)[1].sum()) for number in range(len(task.classes))]
        numbers['thresholds'] = min(filter(None, found), default=0)
        results += [Result('fitted', task.name, what, f'fold {fold}', number) for what, number in numbers.items()]
    return results


def remarks_on(found):
    """``[Remark]`` on numbers that should not be taken at their face: pooled scores apart from those of every fold, and
    what was fitted to too few lesions."""
    pooled = {each.task: each.value for each in found if (each.section, each.score) == ('words', 'auroc')
              and each.of != TRUE_OUTLINES}
    remarks = []
    for task, value in pooled.items():
        folds = [each.value for each in found if (each.section, each.task) == ('folds', task)]
        remarks += _apart(task, value, [each for each in folds if each == each])
    needed = {'scaling': (LEAST_SCALED, 'a scaling was fitted to fewer than {} labels and follows chance'),
              'sets': (LEAST_IN_SETS, 'sets of classes were fitted to fewer than {} labels and hold every class'),
              'thresholds': (LEAST_FOUND, 'a threshold was chosen on fewer than {} labels of the rarest class, of '
                                          'which one or two move it')}
    for what, (least, says) in needed.items():
        few = {}
        for each in found:
            if (each.section, each.score) == ('fitted', what) and each.value < least:
                few.setdefault(each.task, []).append(each.value)
        remarks += [Remark(says.format(least), f'{words(task)} ({_span(values)} in {_folds(values)})')
                    for task, values in few.items()]
    return remarks


def _apart(task, pooled, folds):
    if len(folds) > 1 and not min(folds) <= pooled <= max(folds):
        side = 'below' if pooled < min(folds) else 'above'
        yield Remark(f'the AUROC of all folds together is {side} that of every fold, as the models of the folds do '
                     'not speak on one scale; the folds are what a single model reaches',
                     f'{words(task)} ({pooled:.3f}; folds {min(folds):.3f} to {max(folds):.3f}, mean '
                     f'{np.mean(folds):.3f})')


def _folds(values):
    return f'{len(values)} fold{"s" * (len(values) > 1)}'


def _span(numbers):
    return str(min(numbers)) if min(numbers) == max(numbers) else f'{min(numbers)} to {max(numbers)}'
