"""The page of a study: one html file that needs nothing beside it."""
import base64
import tempfile
from pathlib import Path

from jinja2 import Environment

from lopm.datasets.splits import lopm_version
from lopm.evaluation import calibration, operating, selective
from lopm.evaluation.outlines import WHOLE
from lopm.evaluation.rows import labelled, unit_of
from lopm.files import write_table, write_text
from lopm.pictures import judging
from lopm.pictures.confusion import draw_confusion
from lopm.pictures.scatter import draw_scatter
from lopm.pictures.survival import draw_calibration, draw_survival, no_curve
from lopm.study import results as res
from lopm.study.errors import worst_errors
from lopm.study.remarks import grouped
from lopm.study.tripod import items
from lopm.wording import is_defined, score_in_words, words

TEMPLATE = Path(__file__).with_name('page.html.j2')
SECTIONS = {'outline': 'Outlines', 'words': 'Words', 'numbers': 'Numbers', 'times': 'Times to an event',
            'folds': 'Fold by fold', 'calibration': 'Calibration',
            'conformal': 'Sets of classes that hold the true one in 90 %', 'abstention': 'Abstention',
            'operating point': 'Each class at the threshold that finds 90 % of it in validation',
            'subgroups': 'Subgroups', 'twins': 'Together or alone',
            'labels': 'What was labelled', 'known': 'What is known of the photographs',
            'fitted': 'Fitted to how many labels of each validation part'}
EMPTY = {'outline': 'Nothing is outlined, or the model draws no outlines.',
         'twins': 'No twins were trained (--no-twins): there is nothing to compare with.',
         'subgroups': 'There is nothing to divide by: site, device, center, sex and age are unknown, or alike.',
         'known': 'Neither record, device, center nor site of any photograph is known.'}


def write_page(path, study, found, folders, note='', remarks=()):
    """Write the html; it appears complete or not at all.

    Args:
        found: ``[Result]`` of ``results.all_results``.
        folders: ``{fold: folder}`` of the parts, for the photographs of the worst errors.
        remarks: ``[Remark]`` on what rests on little, of ``folds.unnamed_patients``, ``folds.rare_classes`` and
            ``counts.remarks_on``.
    """
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(words=words, interval=_interval)
    facts = facts_of(study)
    html = environment.from_string(TEMPLATE.read_text(encoding='utf-8')).render(
        facts=facts, note=note, pictures=draw_all(study, found, note), sections=SECTIONS, empty=EMPTY,
        tasks=list(study.tasks), numbers=list(study.numbers),
        times={name: no_curve(study.rows, task) for name, task in study.times.items()},
        by_section={name: pivot([each for each in found if each.section == name]) for name in SECTIONS},
        remarks=grouped(remarks), tripod=items(facts),
        errors=worst_errors(study.rows, study.judged, folders) if study.judged else [],
        judged=study.judged.name if study.judged else [*study.numbers, *study.times][-1])
    return write_text(path, html)


def pivot(found):
    """Results of a section as a table: ``{'scores': [names], 'rows': [(task, of, {score: Result}, first Result)]}``."""
    rows = {}
    for each in found:
        rows.setdefault((each.task, each.of), {})[each.score] = each
    return {'scores': list(dict.fromkeys(each.score for each in found)),
            'rows': [(*key, scores, next(iter(scores.values()))) for key, scores in rows.items()]}


def facts_of(study):
    """What the head of the page and the checklist say of the study, in words."""
    rows = study.rows
    return {'config': study.about.get('config', ''), 'config_sha256': study.about['config_sha256'][:12],
            'photographs': len(rows), 'lesions': int(sum((row.outlined | (row.same != WHOLE)).sum() for row in rows)),
            'patients': len({row.patient_id for row in rows}), 'bad': sum(bool(row.bad) for row in rows),
            'folds': len(study.folds),
            'tasks': ', '.join(words(name) for name in [*study.tasks, *study.numbers, *study.times]),
            'training': study.about.get('training', {}), 'software': study.about.get('software', {}),
            'scaling': next(iter(study.scaling.values()))['method'], 'version': lopm_version(),
            'checkpoints': ', '.join(f'fold {fold} {sha[:12]}' for fold, sha in study.about['checkpoints'].items())}


def draw_all(study, found, note):
    """``{name: data URI}``."""
    drawn = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / 'picture.png'

        def draw(name, function, *args):
            function(*args, file, note)
            if file.is_file():
                drawn[name] = 'data:image/png;base64,' + base64.b64encode(file.read_bytes()).decode()
                file.unlink()
        draw('twins', judging.draw_twins, [each for each in found if each.section == 'twins'])
        if study.tasks:
            draw('scores', judging.draw_scores, [each for each in found if each.section == 'words'])
            draw('reliability', judging.draw_reliability, reliability_of(study))
            draw('risk', judging.draw_risk, {
                name: selective.risk_coverage(*res.wrongness(study, task))
                for name, task in study.tasks.items() if len(res.wrongness(study, task)[0])})
        for name, task in study.tasks.items():
            draw(f'confusion of {name}', draw_confusion, study.rows, task)
        for name, task in study.numbers.items():
            draw(f'scatter of {name}', draw_scatter, study.rows, task)
        for name, task in study.times.items():
            draw(f'survival of {name}', draw_survival, study.rows, task)
            draw(f'calibration of {name}', draw_calibration, study.rows, task)
        classes = told_apart(study, study.judged) if study.judged else {}
        if classes:
            draw('roc', judging.draw_roc, classes, unit_of(study.judged, study.rows))
            curves = {word: operating.net_benefit(*each, res.THRESHOLDS) for word, each in classes.items()}
            draw('benefit', judging.draw_net_benefit, curves, res.THRESHOLDS)
    return drawn


def reliability_of(study):
    """``{task: {'before', 'after': [bins, 3]}}``."""
    curves = {}
    for name, task in study.tasks.items():
        sides = {}
        for when, rows in (('before', study.rows), ('after', study.calibrated)):
            targets, probs, _ = labelled(rows, task)
            if len(targets):
                sides[when] = calibration.reliability(*calibration.confidences(task, targets, probs), bins=10)
        if sides:
            curves[name] = sides
    return curves


def told_apart(study, task):
    """``{class: (calibrated probabilities, whether it is there)}`` of a task's classes that occur and are absent."""
    classes = {word: res.one_class(study.calibrated, task, number)[:2] for number, word in enumerate(task.classes)}
    return {word: (probs, truth) for word, (probs, truth) in classes.items() if 0 < truth.sum() < len(truth)}


def write_csv(path, found):
    """All numbers, a line each."""
    write_table(path, res.Result._fields, found)


def _interval(each, first):
    """A number with its interval, and of how many where these are not those of its line's ``first`` number."""
    if not is_defined(each.value):
        return 'not scored'
    if isinstance(each.value, int):
        return str(each.value)
    own, others = each.lesions or each.photographs, first.lesions or first.photographs
    return score_in_words(each.score, each.value, each.low, each.high) + (f', of {own}' if own != others else '')
