"""All scores of a test, on true outlines and on predicted ones, so that the two sources of error stand apart."""
import sys
from pathlib import Path

import numpy as np
from mmengine.evaluator import BaseMetric

from lopm.datasets.prior import training_prior
from lopm.evaluation.outlines import WHOLE, average_precision
from lopm.evaluation.rows import score_photograph, stack_task
from lopm.files import read_json
from lopm.registry import METRICS
from lopm.statistics.means import known_mean, ratio
from lopm.tasks import build_tasks

CHANCE_IS_HALF = 'auroc', 'concordance'


@METRICS.register_module()
class LesionMetric(BaseMetric):
    """Scores outlines per photograph and words per true lesion; every value is a float, nan where nothing is known.

    A true lesion that no predicted outline matches (one-to-one, IoU at least 0.1) gets the training prior and stays in.

    Args:
        tasks: The tasks list of the config.
        prior_from: Json of the training part, which gives the prior; None: every class equally often.
        prior: The prior itself, ``{task: [K]}``, as a checkpoint brings it (``lopm.engine.prior``).
        limits_from: Json of the part that is tested, where it is synthetic: the generator then gives the best that any
            reader of the true features can reach, ``<task>/limit_auroc``, and ``<task>/share_of_way`` is how far
            from chance to there the model is.

    After ``evaluate`` the main process finds the photographs' ``Row`` in ``rows``.
    """

    default_prefix = ''  # mmengine warns of a metric without a prefix

    def __init__(self, tasks=None, prior_from=None, limits_from=None, prior=None, collect_device='cpu', prefix=None,
                 collect_dir=None):
        super().__init__(collect_device, prefix, collect_dir)
        self.tasks = build_tasks(tasks).answered
        self.prior_from, self.limits_from = prior_from, limits_from
        self.prior = prior and check_prior(self.tasks, prior)
        if prior_from and not Path(prior_from).is_file():  # said before hours of inference, not after
            raise FileNotFoundError(f'{prior_from}: no such file; name the json of the part that the model was trained '
                                    'on: test_evaluator.prior_from=FILE')
        self.rows, self.size = [], sys.maxsize

    def evaluate(self, size):
        """Scores of all rows, of which there may be more than ``size``: a sampler repeats some to give every rank as
        many, and which these are, only their names tell where ranks have patients of more and of fewer photographs."""
        self.size = size
        return super().evaluate(sys.maxsize)

    def process(self, data_batch, data_samples):
        """One ``Row`` per photograph, whatever is wrong with it, so that ranks and batch sizes always agree."""
        self.results.extend(score_photograph(sample, self.tasks) for sample in data_samples)

    def compute_metrics(self, results):
        """``{name: float}`` from the rows of all ranks."""
        if len(results) > self.size:
            results = list({(row.image_id, row.file_name): row for row in reversed(results)}.values())[::-1]
        self.rows = results
        self.prior = self.read_prior()
        scores = score_rows(results, self.tasks, self.prior)
        if self.limits_from:
            scores.update(compare_with_limits(scores, self.limits_from))
        return scores

    def read_prior(self):
        """``{task: [K]}``, what is said of a lesion that was not found; of a part that is made only when training
        begins."""
        if self.prior:
            return self.prior
        if self.prior_from:
            return training_prior(self.tasks, self.prior_from)
        return {name: task.uniform_prior() for name, task in self.tasks.items()}


def check_prior(tasks, prior):
    """``{task: [K]}`` as arrays.

    Raises:
        ValueError: It is the prior of other tasks.
    """
    for name, task in tasks.items():
        if len(prior.get(name, ())) != task.num_outputs:
            raise ValueError(f'the prior that the checkpoint brings has {len(prior.get(name, ()))} entries for {name}, '
                             f'and the config {task.num_outputs}: it was trained for other tasks; test it with '
                             'the config that it was trained with')
    return {name: np.array(prior[name]) for name in tasks}


def score_rows(rows, tasks, prior):
    """Every score of the photographs' ``Row``, ``{name: float}``.

    Args:
        tasks: ``{name: Task}`` without masks.
        prior: ``{task: [K]}``, what is said of a lesion that was not found.
    """
    scores = {**count(rows), **score_outlines(rows), **score_masks(rows)}
    for name, task in tasks.items():
        scores.update(score_answers(task, stack_task(rows, task), prior[name]))
        scores.update(score_table(task, rows))
    return {key: float(value) for key, value in scores.items()}


def count(rows):
    """How much was tested; patients nan where photographs name none. Lesions are those with an outline, boxes those
    with a place instead; of whole photographs the words are known alone."""
    patients = {row.patient_id for row in rows} - {None} - {f'photograph {row.image_id}' for row in rows}
    outlines = [row.outline for row in rows if row.outline]
    placed = np.concatenate([[], *(row.same[~row.outlined] for row in rows)])
    return {'n/photographs': len(rows), 'n/outlined': len(outlines), 'n/boxes': (placed != WHOLE).sum(),
            'n/whole_photographs': (placed == WHOLE).sum(), 'n/bad': sum(bool(row.bad) for row in rows),
            'n/patients': len(patients) or np.nan, 'n/lesions': sum(len(outline.found) for outline in outlines),
            'n/both_empty': sum(np.isnan(outline.jaccard) for outline in outlines)}


def score_outlines(rows):
    """Overlap per photograph, then the mean; lesions found over all photographs."""
    outlines = [row.outline for row in rows if row.outline]
    found = np.concatenate([[], *(outline.found for outline in outlines)])
    touching = np.concatenate([[], *(outline.touching for outline in outlines)]) > 0
    ap, ap50 = average_precision(outlines)
    return {'outline/jaccard': known_mean([outline.jaccard for outline in outlines]),
            'outline/dice': known_mean([outline.dice for outline in outlines]),
            'outline/rater_jaccard': known_mean([row.rater_jaccard for row in rows]),
            'outline/sensitivity': known_mean(found),
            'outline/sensitivity_touching': known_mean(found[touching]),
            'outline/false_positives': known_mean([outline.false_positives for outline in outlines]),
            'outline/ap': ap, 'outline/ap50': ap50}


def score_masks(rows):
    """Overlap of the other mask tasks, ``<name>/jaccard`` and ``<name>/dice``."""
    names = {name: None for row in rows for name in row.masks}
    return {f'{name}/{metric}': known_mean([row.masks[name][i] for row in rows if name in row.masks])
            for name in names for i, metric in enumerate(('jaccard', 'dice'))}


def score_answers(task, answers, prior):
    """One task's scores on predicted outlines, ``<task>/...``, and on true ones, ``true_outline/<task>/...``."""
    missed = answers.matched == 0
    on_pred = np.where(missed[:, None], prior, answers.on_pred)
    labelled = answers.labelled
    scores = {f'{task.name}/{key}': value
              for key, value in task.score(answers.targets[labelled], on_pred[labelled]).items()}
    scores.update({f'{task.name}/{key}': value for key, value in task.rater_scores(answers.targets).items()})
    scores[f'{task.name}/n'] = labelled.sum()
    if task.level == 'lesion':
        scores[f'{task.name}/matched'] = known_mean(answers.matched[labelled])
        outlined = labelled & answers.outlined
        scores.update({f'true_outline/{task.name}/{key}': value for key, value in
                       task.score(answers.targets[outlined], answers.on_true[outlined]).items()})
    return scores


def score_table(task, rows):
    """Scores of what follows from the lesions' words by ``Ordinal.by_table``, ``by_table/<task>/...``; none without."""
    rows = [row for row in rows if len(row.by_table.get(task.name, ()))]
    if not rows:
        return {}
    targets = stack_task(rows, task).targets
    labelled = ~np.isnan(targets).all((1, 2))
    said = np.concatenate([row.by_table[task.name] for row in rows])
    return {f'by_table/{task.name}/{key}': value
            for key, value in task.score(targets[labelled], said[labelled]).items()}


def compare_with_limits(scores, part):
    """The generator's limits beside what was reached."""
    compared = {}
    for key, limit in limits_of(part).items():
        task, metric = key.split('/')
        compared[f'{task}/limit_{metric}'] = limit
        if metric in CHANCE_IS_HALF:
            for outlines in ('', 'true_outline/'):
                if f'{outlines}{key}' in scores:
                    way = ratio(scores[f'{outlines}{key}'] - 0.5, limit - 0.5)
                    compared[f'{outlines}{task}/share_of_way'] = float(way)
    return compared


def limits_of(part):
    """The limits of a part of the built-in photographs, or of the built-in patients."""
    from lopm.datasets import outcomes
    from lopm.datasets.synthetic import labels
    settings = read_json(Path(part).with_name('audit.json')).get('settings') or {}
    return (outcomes if 'num_patients' in settings else labels).limits(part)
