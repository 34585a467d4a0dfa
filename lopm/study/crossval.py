"""Cross-validation: one run a fold, each resumable, and the predictions of all of them as one file."""
import contextlib
import hashlib
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from rich.progress import track

from lopm.engine import launch, testing
from lopm.engine.parts import names_data
from lopm.evaluation.predictions import read_predictions, score_predictions, write_predictions
from lopm.evaluation.report import write_metrics
from lopm.files import sha256, sole_run
from lopm.study.folds import make_folds, rare_classes, unnamed_patients
from lopm.study.remarks import grouped
from lopm.study.settings import keep_settings
from lopm.tasks import build_tasks
from lopm.workers import run_apart

TESTED, VALIDATED = 'predictions.parquet', 'validation.parquet'  # of a fold's test part, and of its validation part


@dataclass(frozen=True)
class Run:
    """One fold: a config with its options, the folder of its parts, and the folder of its results."""

    config: Path
    options: tuple
    parts: Path
    out: Path
    fold: int

    @property
    def done(self):
        return (self.out / TESTED).is_file() and (self.out / VALIDATED).is_file()

    def __str__(self):
        return f'{self.out}: its log.txt says why; it'


def crossval(config, options, out, folds=5, inner=0, division=None, seed=0, workers=1, data=None):
    """Train and predict on all folds that are not done, inner ones first; scores of all together, ``{name: float}``.

    Args:
        division: Folder whose folds are used, made by another run; None: they are made in ``out``.
        workers: Folds that train at once.
        data: Folder whose parts, or all.json, stand in for the config's.

    Raises:
        ValueError: ``out`` was begun with other settings or other data; a run has failed.
    """
    cfg = launch.load_config(config, out, options, data, undivided=True)
    with sole_run(out):
        folders = find_folds(division, folds, inner) if division else make_folds(cfg, out, folds, inner, seed)
        keep_settings(out, {'config': Path(config).name, 'options': list(options), 'folds': folds, 'inner': inner,
                            'seed': seed, 'config_sha256': hashlib.sha256(cfg.pretty_text.encode()).hexdigest(),
                            'data': {folder.name: sha256(folder / 'audit.json') for folder in folders}})
        runs = plan(config, options, folders, out, inner)
        todo = [each for group in reversed(runs.values()) for each in group if not each.done]
        tasks = build_tasks(cfg.tasks).with_words
        for remark in grouped(unnamed_patients(folders) + rare_classes(tasks, folders)):
            print(remark, file=sys.stderr)
        for _ in track(run_apart(run, todo, workers), f'{len(todo)} runs', total=len(todo)) if todo else ():
            pass
        for folder, group in reversed(runs.items()):
            scores = gather(group, folder, (VALIDATED, TESTED) if folder == out else (TESTED,))
        return scores


def find_folds(division, count, inner):
    """The folders of the folds of another run, which has to have as many."""
    folders = [division / f'fold{i}' for i in range(count)]
    lacking = [folder for folder in folders if not (folder / 'audit.json').is_file()]
    if lacking or (division / f'fold{count}').exists():
        raise ValueError(f'{division} was not divided into {count} folds ({lacking[:1]}); give the --folds of that run')
    if inner and inner != len(list((folders[0] / 'inner').glob('fold*'))):
        raise ValueError(f'{folders[0]} was not divided into {inner} inner folds; give the --inner of that run')
    return folders


def plan(config, options, folders, out, inner=0):
    """The runs on folds, and on their ``inner`` folds: ``{folder of results: [Run]}``."""
    options = [option for option in options if not names_data(option)]  # of the whole, which is divided already
    runs = {out: [Run(config, tuple(options), folder, out / folder.name, i) for i, folder in enumerate(folders)]}
    for folder in folders if inner else ():
        within = [folder / 'inner' / f'fold{i}' for i in range(inner)]
        runs.update(plan(config, options, within, out / folder.name / 'inner'))
    return runs


def run(each):
    """Train on a fold and predict its test part and its validation part; goes on where it was stopped.

    Called in a process of its own; what is printed goes to ``out/log.txt``. Returns the ``Run``.
    """
    each.out.mkdir(parents=True, exist_ok=True)
    with open(each.out / 'log.txt', 'a', encoding='utf-8') as log, contextlib.redirect_stdout(log), \
            contextlib.redirect_stderr(log):
        cfg = launch.load_config(each.config, each.out, each.options, each.parts)
        print(launch.resume_from(cfg))
        launch.train(cfg)
        for part, name in (('val', VALIDATED), ('test', TESTED)):
            best = best_of(each.out)
            cfg = launch.load_config(each.config, each.out / part, each.options, each.parts, checkpoint=best)
            cfg.test_dataloader.dataset.ann_file = f'{part}.json'
            testing.test(cfg, best, each.out / part / 'metrics.json', predictions=each.out / name)
    return each


def best_of(folder):
    """The checkpoint that validation chose; the last one where nothing was validated."""
    return next(path for path in (folder / 'best.pth', folder / 'last.pth') if path.is_file())


def gather(runs, out, names=(VALIDATED, TESTED)):
    """Write the predictions of all folds as one file under ``out``, of the validated parts and of the tested ones.

    Every photograph is in each once, predicted by a model that never saw it; inner folds all validate on the same.

    Returns:
        ``{name: float}`` of all folds together, of the tested parts.
    """
    for name in names:
        rows, about = [], None
        for each in runs:
            of_fold, said = read_predictions(each.out / name)
            rows += [replace(row, fold=each.fold) for row in of_fold]
            about = about or {**said, 'data': {}, 'checkpoints': {}, 'priors': {}}
            about['data'][each.fold] = {path.name: sha256(path) for path in sorted(each.parts.glob('*.json'))}
            about['checkpoints'][each.fold] = said['checkpoints']['0']
            about['priors'][each.fold] = said['priors']['0']
        write_predictions(out / name, rows, about)
    scores = score_predictions(rows, about)
    write_metrics(out / 'metrics.json', scores)
    return scores
