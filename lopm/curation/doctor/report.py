"""The doctor's report: lines on the screen, a json for programs, one html file for people."""
import base64
import json
from pathlib import Path

import cv2
import jinja2
import numpy as np
from rich.progress import track

from lopm.curation.doctor.examination import by_photograph, has_errors, of_parts
from lopm.curation.doctor.outlines import draw_inside, encode_outlines
from lopm.curation.doctor.table import CHECKS, ERROR
from lopm.curation.doctor.tables import all_tables
from lopm.datasets.photographs import BadPhotograph, read_photograph
from lopm.datasets.splits import lopm_version
from lopm.files import sha256, write_text
from lopm.wording import words

THUMBNAIL = 280  # pixels of the longer side
SHOWN = 300  # photographs in the html, about 15 KB each; the json has all
SHOWN_PAIRS = 100
GREEN, RED = (80, 200, 60), (40, 40, 230)  # BGR: outlines, and those that a finding is about


def content(base, findings, files):
    """The report as a dict: what the json holds, and what the html is made of."""
    return {
        'lopm': 1, 'version': lopm_version(), 'errors': has_errors(findings),
        'sha256': {str(path): sha256(path) for path in files},
        'checks': [{'name': name, 'severity': check.severity, 'why': check.why, 'fix': check.fix,
                    'found': len(findings[name]) if name in findings else None}
                   for name, check in sorted(CHECKS.items(), key=lambda item: item[1].severity != ERROR)],
        'parts': [_row(*each) for each in of_parts(findings)],
        'pairs': [_row(CHECKS[name], finding) for name, found in findings.items() for finding in found if finding.pair],
        'photographs': [{'part': part, 'photograph': name, 'findings': [_row(*each) for each in rows]}
                        for (part, name), rows in by_photograph(findings)],
        'tables': all_tables(base)}


def _row(check, finding):
    return {'check': check.name, 'severity': check.severity, 'words': finding.words,
            'photographs': [list(place) for place in finding.photographs], 'annotations': list(finding.annotations)}


def lines(report, most=20):
    """The report in lines of text: how much of what, then the worst photographs."""
    for check in report['checks']:
        if check['found']:
            yield f'{check["severity"]:6}  {check["found"]:5}  {check["name"]}: {check["why"]}; {check["fix"]}'
    for found, what in ((0, 'nothing found by'), (None, 'not run, as no tasks are known (give --tasks CONFIG)')):
        names = [check['name'] for check in report['checks'] if check['found'] == found]
        if names:
            yield f'{what}: {", ".join(names)}'
    for row in report['parts']:
        yield f'{row["severity"]}: {row["words"]}'
    for entry in report['photographs'][:most]:
        yield f'{entry["part"]}: {entry["photograph"]}'
        yield from (f'    {row["severity"]}: {row["check"]}: {row["words"]}' for row in entry['findings'])
    if len(report['photographs']) > most:
        yield f'and {len(report["photographs"]) - most} photographs more'


def write_report(out, base, findings, files):
    """Write ``report.json`` and ``report.html``, one file with its pictures in it; returns the report."""
    report = content(base, findings, files)
    write_text(out / 'report.json', json.dumps(report, indent=1))
    entries = {(each.part, each.name): each for each in base.photographs}
    shown = report['photographs'][:SHOWN]
    pictures = [thumbnail(entries[row['part'], row['photograph']], row['findings'])
                for row in track(shown, 'drawing thumbnails')]
    pairs = [(row, [thumbnail(entries[tuple(place)]) for place in row['photographs']])
             for row in track(report['pairs'][:SHOWN_PAIRS], 'drawing pairs')] if report['pairs'] else []
    page = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        Path(__file__).with_name('report.html').read_text(encoding='utf-8'))
    write_text(out / 'report.html', page.render(report, shown=list(zip(shown, pictures)), shown_pairs=pairs,
                                                words=words))
    return report


def thumbnail(photograph, findings=()):
    """The photograph with its outlines as a data URI, those that findings are about in red; '' if it cannot be read."""
    try:
        pixels = read_photograph(photograph.path, at_least=(THUMBNAIL, THUMBNAIL))
    except BadPhotograph:
        return ''
    scale = min(1, THUMBNAIL / max(pixels.shape[:2]))
    pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    concerned = {number for row in findings for number in row['annotations']}
    rows = sorted(photograph.lesion_rows(), key=lambda row: row['id'] in concerned)  # red is drawn last
    width, height = photograph.image['width'], photograph.image['height']
    rles = encode_outlines([row.get('segmentation') for row in rows], height, width)
    for row, rle in zip(rows, rles):
        cv2.drawContours(pixels, _contours(rle, pixels.shape[:2]), -1, RED if row['id'] in concerned else GREEN, 1)
    data = cv2.imencode('.jpg', pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])[1]
    return 'data:image/jpeg;base64,' + base64.b64encode(data).decode()


def _contours(rle, size):
    if rle is None:
        return []
    inside = draw_inside([rle], size).astype(np.uint8)
    return cv2.findContours(inside, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0]
