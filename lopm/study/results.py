"""All numbers of a study, from its two files of predictions: what was tested, and what was validated."""
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from lopm.evaluation import calibration as cal
from lopm.evaluation import conformal, operating, selective
from lopm.evaluation.intervals import estimate_outlines, estimate_words
from lopm.evaluation.predictions import fill_missed
from lopm.evaluation.rows import decided, labelled, owners, place_of, stack_task, unit_of
from lopm.evaluation.subgroups import BY, estimate_subgroups
from lopm.statistics.draws import interval, resample
from lopm.statistics.means import weighted_mean
from lopm.tasks import build_tasks
from lopm.wording import score_in_words

NOTHING = 'nothing labelled'
TRUE_OUTLINES = 'true outlines'  # where words are scored, beside what ``rows.place_of`` says
ALPHA = 0.1
SENSITIVITY = 0.9
THRESHOLDS = np.linspace(0.02, 0.6, 30)  # of acting on a probability


class Result(NamedTuple):
    """A line of study.csv. Empty fields do not apply; nan: cannot be said."""

    section: str
    task: str
    score: str
    of: str = ''  # outlines, fold, class, group, method
    value: float = float('nan')
    low: float = float('nan')
    high: float = float('nan')
    lesions: int = 0
    photographs: int = 0
    patients: int = 0

    @property
    def counted(self):
        """Of how much, in words: "17 lesions, 12 photographs, 9 patients"."""
        return ', '.join(f'{getattr(self, unit)} {unit}' for unit in ('lesions', 'photographs', 'patients')
                         if getattr(self, unit)) or NOTHING

    def in_words(self, sign=''):
        """The value with its interval, or why it is not defined; ``sign`` as of ``wording.decimal``."""
        return score_in_words('' if self.counted == NOTHING else self.score, self.value, self.low, self.high, sign)


@dataclass
class Study:
    """What a study is made of.

    Attributes:
        tasks: ``{name: Task}`` with words. numbers, times: Those that are answered by a number, by a time to an event.
        rows, validation: ``Row`` lists of all folds, the prior in place of lesions that were not found; of one fold,
            validation is what its checkpoint was chosen on.
        calibrated: ``rows`` after scaling, fitted fold by fold on its validation.
        scaling: ``{fold: calibration}``.
        scaled_validation: ``{fold: its validation}``, scaled as its test part is. The scaling was fitted on it: with
            one to twelve numbers for all lesions that hardly matters, and no other lesions are left.
        about: Of the file of predictions.
    """

    tasks: dict
    numbers: dict
    rows: list
    validation: list
    about: dict
    calibrated: list = field(default_factory=list)
    scaling: dict = field(default_factory=dict)
    scaled_validation: dict = field(default_factory=dict)
    times: dict = field(default_factory=dict)

    @property
    def judged(self):
        """The task whose decisions are shown: the last with words, the diagnosis by custom; None without words."""
        return next(reversed(self.tasks.values()), None)

    @property
    def folds(self):
        return sorted({row.fold for row in self.rows})

    def of_fold(self, rows, fold):
        return [row for row in rows if row.fold == fold]


def in_unit(result, unit):
    """A ``Result`` whose answers are counted in ``rows.unit_of``: of photographs no lesions are said."""
    if unit == 'lesions':
        return result
    return result._replace(lesions=0, photographs=result.photographs or result.lesions)


def make_study(tested, validated, method='temperature'):
    """A ``Study`` of two files of predictions as ``read_predictions`` gives them, calibrated."""
    (rows, about), (validation, said) = tested, validated
    asked = build_tasks(about['tasks']).answered
    asked = asked.but({name for name in asked if not any(name in row.on_pred for row in rows)})
    tasks = asked.with_words
    study = Study(tasks, asked.numbers, fill_missed(rows, about), fill_missed(validation, said), about,
                  times=asked.times)
    for row in study.rows + study.validation:
        odd = [name for name in asked if name in row.on_pred and np.isnan(row.on_pred[name]).any()]
        if odd:
            raise ValueError(f'{row.file_name}: an answer to {odd[0]!r} is nan, the model of fold {row.fold} has '
                             'diverged: see the losses in its log.txt, and train it again with a smaller learning rate')
    for fold in study.folds:
        fitted_to = study.of_fold(study.validation, fold)
        scaling = study.scaling[fold] = cal.fit_calibration(fitted_to, tasks, method)
        study.calibrated += cal.calibrate(study.of_fold(study.rows, fold), tasks, scaling)
        study.scaled_validation[fold] = cal.calibrate(fitted_to, tasks, {**scaling, 'patients': []})
    return study


def all_results(study):
    """``[Result]`` of all sections."""
    results = [Result('outline', 'lesion', name, '', *each) for name, each in estimate_outlines(study.rows).items()]
    for task in study.tasks.values():
        own = scores_of(study, task, 'words') + by_fold(study, task) + calibration_of(study, task)
        own += abstention_of(study, task) + (conformal_of(study, task) if task.exclusive else [])
        own += operating_of(study, task) + subgroups_of(study, task)
        results += [in_unit(each, unit_of(task, study.rows)) for each in own]
    for task in study.numbers.values():
        own = scores_of(study, task, 'numbers') + by_fold(study, task) + intervals_of(study, task)
        results += [in_unit(each, unit_of(task, study.rows)) for each in own + subgroups_of(study, task)]
    for task in study.times.values():
        own = scores_of(study, task, 'times') + by_fold(study, task) + subgroups_of(study, task)
        results += [in_unit(each, unit_of(task, study.rows)) for each in own]
    return results


def scores_of(study, task, section):
    """Every score of a task as predicted, and on true outlines where there are some."""
    outlined = task.level == 'lesion' and any(row.outlined.any() for row in study.rows)
    places = {'on_pred': place_of(task, study.rows), **({'on_true': TRUE_OUTLINES} if outlined else {})}
    return [Result(section, task.name, score, place, *each) for side, place in places.items()
            for score, each in estimate_words(task, study.rows, side).items()]


def by_fold(study, task):
    """By what the task is judged, AUROC, R2 or concordance, of each fold alone."""
    results = []
    for fold in study.folds:
        rows = study.of_fold(study.rows, fold)
        answers, owner = stack_task(rows, task), owners(rows, task)
        known = answers.labelled
        if known.any():
            score = task.score(answers.targets[known], answers.on_pred[known])[task.judge]
            own = np.unique(owner[known])
            results.append(Result('folds', task.name, task.judge, f'fold {fold}', score, lesions=int(known.sum()),
                                  photographs=len(own), patients=len({rows[i].patient_id for i in own})))
    return results


def calibration_of(study, task):
    """Distances of what is said from what is true, before scaling and after it."""
    results = []
    for when, rows in (('before', study.rows), ('after', study.calibrated)):
        targets, probs, patients = labelled(rows, task)
        if len(targets):
            drawn = resample(patients)
            weights = drawn.weights
            scores = {'ece': cal.ece(*cal.confidences(task, targets, probs, weights)),
                      'classwise_ece': cal.classwise_ece(task, targets, probs, weights),
                      'brier': cal.brier(task, targets, probs, weights),
                      'log_loss': cal.log_loss(task, targets, probs, weights)}
            results += [Result('calibration', task.name, score, f'{when} scaling', *interval(values),
                               lesions=len(targets), patients=drawn.number)
                        for score, values in scores.items()]
    return results


def abstention_of(study, task):
    """How often the surest answers are wrong, and the area under the risk-coverage curve."""
    confidence, wrong, weights = wrongness(study, task)
    if not len(confidence):
        return []
    covered, risk = selective.risk_coverage(confidence, wrong, weights)
    results = [Result('abstention', task.name, 'aurc', '', selective.area(confidence, wrong, weights))]
    return results + [Result('abstention', task.name, 'risk', f'{share:.0%} answered',
                             float(risk[min(np.searchsorted(covered, share - 1e-9), len(risk) - 1)]))
                      for share in (1, 0.9, 0.8, 0.5)]


def wrongness(study, task):
    """``(confidence, wrong, weights)`` of calibrated answers."""
    targets, probs, _ = labelled(study.calibrated, task)
    if not len(targets):
        return (np.zeros(0),) * 3
    confidence, right, weights = cal.confidences(task, targets, probs)
    if not task.exclusive:  # of a class that is said not to be there, 1 - p is the confidence
        right = np.where(confidence > 0.5, right, 1 - right)
        confidence = np.maximum(confidence, 1 - confidence)
    return confidence, 1 - right, weights


def conformal_of(study, task):
    """Measured coverage and size of sets at 90 %, limits from each fold's validation."""
    results = []
    for method, by_class in (('lac', False), ('aps', False), ('raps', False), ('lac', True)):
        sets, truth, patients = [], [], []
        for fold in study.folds:
            tested, wanted, who = decided(study.of_fold(study.calibrated, fold), task)
            probs, named, _ = decided(study.scaled_validation[fold], task)
            if len(probs) and len(tested):
                limit = conformal.fit(probs, named, ALPHA, method, by_class=by_class, seed=fold)
                sets, truth = [*sets, conformal.predict(limit, tested)], [*truth, wanted]
                patients.append(who)
        if sets:
            name = method + (' by class' if by_class else '')
            results += coverage_of(task, name, *map(np.concatenate, (sets, truth, patients)))
    return results


def intervals_of(study, task):
    """Measured coverage and width of a number's intervals at 90 %, moved by what each fold's validation asks for."""
    held, width, patients = [], [], []
    for fold in study.folds:
        targets, answers, who = labelled(study.of_fold(study.rows, fold), task)
        fitted, said, _ = labelled(study.of_fold(study.validation, fold), task)
        if len(targets) and len(fitted):
            margin = conformal.fit_margin(np.nanmean(fitted[..., 0], 1), said[:, 0], said[:, -1], ALPHA)
            low, high = (answers[:, [0, -1]] + [-margin, margin]).clip(task.low, task.high).T
            truth = np.nanmean(targets[..., 0], 1)
            held, width = [*held, (low <= truth) & (truth <= high)], [*width, high - low]
            patients.append(who)
    if not held:
        return []
    held, width, patients = (np.concatenate(each).astype(kind) for each, kind in
                             ((held, float), (width, float), (patients, object)))
    weights = resample(patients).weights
    return [Result('conformal', task.name, score, 'cqr', *interval(weighted_mean(values, weights)), lesions=len(values),
                   patients=len(np.unique(patients))) for score, values in (('coverage', held), ('width', width))]


def coverage_of(task, name, sets, truth, patients):
    """How many of the sets ``[N, C]`` hold the truth, and how large they are: of all lesions and of each class."""
    held, size = np.take_along_axis(sets, truth[:, None], 1)[:, 0].astype(float), sets.sum(1).astype(float)
    weights = resample(patients).weights
    chosen = {name: np.ones(len(truth), bool)}
    chosen.update({f'{name}: {task.classes[number]}': truth == number for number in np.unique(truth)})
    return [Result('conformal', task.name, score, of, *interval(weighted_mean(values, weights * inside)),
                   lesions=int(inside.sum()), patients=len(np.unique(patients[inside])))
            for of, inside in chosen.items() for score, values in (('coverage', held), ('set size', size))]


def operating_of(study, task):
    """Each class against the rest at the threshold that finds 90 % of it in validation, fold by fold."""
    results = []
    for number, word in enumerate(task.classes):
        probs, truth, patients, limits = [], [], [], []
        for fold in study.folds:
            p, t, who = one_class(study.of_fold(study.calibrated, fold), task, number)
            chosen_on, named, _ = one_class(study.scaled_validation[fold], task, number)
            if not named.any() or not len(p):
                continue
            limits.append(np.full(len(p), operating.threshold_at(SENSITIVITY, chosen_on, named)))
            probs, truth, patients = [*probs, p], [*truth, t], [*patients, who]
        if not probs or not 0 < np.concatenate(truth).sum() < len(np.concatenate(truth)):
            continue
        point = operating.operate(np.concatenate(limits), *map(np.concatenate, (probs, truth, patients)))
        results += [Result('operating point', task.name, score, word, *getattr(point, score),
                           lesions=sum(map(len, truth)), patients=len(np.unique(np.concatenate(patients))))
                    for score in ('sensitivity', 'specificity', 'ppv', 'npv')]
    return results


def one_class(rows, task, number):
    """``(probability, whether it is there, patients)`` of one class, of lesions where more raters than not agree."""
    targets, probs, patients = labelled(rows, task)
    if not len(targets):
        return np.zeros(0), np.zeros(0, bool), np.zeros(0, object)
    said = np.nanmean(task.class_probabilities(targets)[..., number], 1)
    known = ~np.isnan(said)
    return task.class_probabilities(probs)[known, number], said[known] > 0.5, patients[known]


def subgroups_of(study, task):
    """AUROC, of numbers R2, of times concordance, by site, device, center, sex and age, where photographs say so."""
    results = []
    for by in BY:
        found = estimate_subgroups(task, study.rows, by)
        for group, scores in found.items() if len(found) > 1 else ():
            counted = isinstance(scores, int)
            results.append(Result('subgroups', task.name, task.judge, f'{by}: {group}', *(
                () if counted else scores[task.judge]), **({'lesions': scores} if counted else {})))
    return results
