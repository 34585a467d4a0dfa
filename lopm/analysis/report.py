"""The report: one html file that needs nothing beside it, written for a clinician."""
import base64
import tempfile
from functools import partial
from pathlib import Path

from jinja2 import Environment

from lopm.analysis import pictures
from lopm.analysis.findings import percent, pick
from lopm.files import write_text
from lopm.pictures.style import SYNTHETIC
from lopm.wording import words

TEMPLATE = Path(__file__).with_name('report.html.j2')


def write_report(path, findings, ratings, diagnosis, files, errors=()):
    """Write the html; it appears complete or not at all.

    Args:
        findings: Of all sections; a section without a number says why.
        files: Names of the parts; ``errors``: photographs that could not be measured, in words.
    """
    note = SYNTHETIC if ratings.synthetic else ''
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    counts = ratings.lesions.count(slice(None))
    environment.filters.update(words=words, number=_number, percent=percent, interval=_interval,
                               of=partial(_of, units=[unit for unit in counts if counts[unit] is not None]))
    html = environment.from_string(TEMPLATE.read_text(encoding='utf-8')).render(
        counts=counts, photographs=len(ratings.photographs.group), files=files,
        raters=len(ratings.lesions.raters), diagnosis=diagnosis, errors=errors, note=note,
        tasks=list(ratings.tasks), computed=ratings.computed, pictures=draw_all(findings, note),
        pick=partial(pick, findings), notes=partial(_missing, findings), measured=_strongest(findings))
    write_text(path, html)


def draw_all(findings, note):
    """``{name: data URI}`` of the pictures that there is something to draw for."""
    said = {(finding.section, finding.statistic) for finding in findings if finding.value == finding.value}
    plan = {'treatment': ('prevalence', 'answered', pictures.draw_treatment),
            'agreement': ('agreement', 'krippendorff_alpha', pictures.draw_agreement),
            'association': ('association', 'cramers_v', pictures.draw_association),
            'profiles': ('association', 'share_given_diagnosis', pictures.draw_profiles),
            'redundancy': ('redundancy', 'cramers_v', pictures.draw_redundancy),
            'ceiling': ('ceiling', 'resubstitution_ceiling', pictures.draw_ceiling),
            'each_feature': ('ceiling', 'alone', pictures.draw_each_feature)}
    drawn = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / 'picture.png'
        for name, (section, statistic, draw) in plan.items():
            if (section, statistic) in said:
                draw(findings, file, note)
                drawn[name] = _data_uri(file)
        if {('measured', 'auroc'), ('measured', 'spearman')} & said:
            pictures.draw_measured(findings, file, note)
            drawn['measured'] = _data_uri(file)
        for task in {finding.feature for finding in findings
                     if finding.statistic == 'share_of_lesions' and finding.value == finding.value}:
            pictures.draw_prevalence(findings, task, file)  # the note stands above, once for all features
            drawn[f'prevalence of {task}'] = _data_uri(file)
    return drawn


def _data_uri(file):
    return 'data:image/png;base64,' + base64.b64encode(file.read_bytes()).decode()


def _missing(findings, section):
    """Why numbers of a section are missing, each reason once."""
    return sorted({finding.note for finding in findings
                   if finding.section == section and finding.value != finding.value and finding.note})


def _strongest(findings):
    """Per feature the measured value that follows it most closely."""
    best = {}
    for finding in findings:
        if finding.section == 'measured' and finding.value == finding.value:
            other = best.get(finding.name)
            if other is None or _strength(finding) > _strength(other):
                best[finding.name] = finding
    return list(best.values())


def _strength(finding):
    return abs(2 * finding.value - 1 if finding.statistic == 'auroc' else finding.value)


def _number(value):
    return '' if value is None or value != value else f'{value:.2f}'


def _interval(finding):
    """The value with its interval in words."""
    if finding.value != finding.value:
        return 'not defined'
    known = finding.low == finding.low
    return _number(finding.value) + (f' ({_number(finding.low)} to {_number(finding.high)})' if known else '')


def _of(findings, units):
    """Of how much, over all findings that say something, or else that could not: "560 to 575 lesions, ..."."""
    asked = [finding for finding in findings if finding.lesions]
    said = [finding for finding in asked if finding.value == finding.value] or asked
    if not said:
        return 'nobody answered'
    return ', '.join(_span([getattr(finding, unit) for finding in said], unit) for unit in units)


def _span(numbers, unit):
    if None in numbers:
        return f'{unit} not named'
    return f'{min(numbers)} {unit}' if min(numbers) == max(numbers) else f'{min(numbers)} to {max(numbers)} {unit}'
