import csv
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from lopm.analysis import pictures
from lopm.analysis.association import association
from lopm.analysis.findings import Finding
from lopm.analysis.measured import measure_parts
from lopm.analysis.prevalence import prevalence
from lopm.analysis.ratings import read_ratings
from lopm.analysis.report import draw_all, write_report
from lopm.analysis.variables import diagnosis_of, features_of
from lopm.commands import features
from tests.analysis.said import alone, ratings_of, write

pytestmark = pytest.mark.slow

SQUARE = [[10, 10, 40, 10, 40, 40, 10, 40]]


def text_of(out):
    return ' '.join((out / 'features.html').read_text().split())


def run(*arguments):
    command = [sys.executable, '-m', 'lopm', 'features', *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture
def base(tmp_path):
    """Twelve patients, two raters; two photographs lack."""
    rng = np.random.default_rng(0)
    lesions = [(i, 'L<1>', rater, {'color': [['white'], ['red']][i % 2], 'border': ['sharp', 'blurred'][i % 3 == 0],
                                   'diagnosis': 'ab'[i % 2]})
               for i in range(1, 13) for rater in ('r1', 'r2')]
    path = write(tmp_path / 'part<1>.json', lesions, source='synthetic: drawn')
    content = json.loads(path.read_text())
    for image in content['images']:
        image.update(width=60, height=50)
        if image['id'] > 2:
            Image.fromarray(rng.integers(0, 256, (50, 60, 3), dtype=np.uint8)).save(tmp_path / image['file_name'])
    for annotation in content['annotations']:
        annotation.update(segmentation=SQUARE, source={'border': 'measured'})
    path.write_text(json.dumps(content))
    return path


def test_a_base_becomes_a_report_and_a_table(base, capsys):
    out = base.parent / 'out'
    features.main(features.parse_args([str(base), '--out', str(out), '--workers', '1']))
    assert '1.jpg: the file is missing' in capsys.readouterr().err
    html = text_of(out)
    assert 'nothing about patients' in html and '12 lesions on 12 photographs, 12 patients, 2 raters' in html
    assert html.count('data:image/png;base64,') == len(re.findall('<img ', html)) > 8
    assert not re.search(r'(src|href)="(?!data:)', html) and 'p7' not in re.sub('base64,[^"]*', '', html)
    assert '2 photographs could not be measured' in html and '1.jpg' not in html  # reports are passed on
    assert 'part&lt;1&gt;.json' in html and 'part<1>' not in html
    assert 'measured on the pixels:</b> border.' in html
    assert 'too few to cross-validate' in html
    with (out / 'features.csv').open() as file:
        rows = list(csv.DictReader(file))
    alpha, = [row for row in rows if (row['statistic'], row['word']) == ('krippendorff_alpha', 'red')]
    assert (alpha['value'], alpha['lesions'], alpha['patients']) == ('1', '12', '12')
    white, = [row for row in rows if (row['statistic'], row['word']) == ('cramers_v', 'white') and row['p']]
    assert float(white['value']) == 1 and float(white['p']) < 0.01
    assert {row['section'] for row in rows} == {'prevalence', 'agreement', 'association', 'redundancy', 'ceiling',
                                               'measured'}


def test_help_is_quick_and_bad_input_is_said_in_a_line(tmp_path):
    command = [sys.executable, '-X', 'importtime', '-m', 'lopm', 'features', '--help']
    help_text = subprocess.run(command, capture_output=True, text=True)
    assert 'discussion with clinicians' in help_text.stdout and 'numpy' not in help_text.stderr
    half = tmp_path / 'half.json'
    half.write_text('{"images": [')
    result = run(half, '--out', tmp_path / 'out')
    assert result.returncode == 1 and 'half.json: no valid json' in result.stderr and 'Traceback' not in result.stderr
    with pytest.raises(ValueError, match='no lesion is outlined or named'):
        read_ratings([write(tmp_path / 'empty.json', [])])
    assert not (tmp_path / 'out').exists()


def test_an_almost_empty_base_has_a_report_that_says_so(tmp_path):
    """One rater, one class, nobody named a patient, an unanswered task, and no photograph."""
    path = write(tmp_path / 'part.json', [(1, 'L1', '', {'border': 'sharp'})], patients=False)
    content = json.loads(path.read_text())
    content['annotations'][0]['segmentation'] = [[1, 1, 5, 1, 5, 5]]
    path.write_text(json.dumps(content))
    features.main(features.parse_args([str(path), '--out', str(tmp_path / 'out'), '--workers', '1']))
    html = text_of(tmp_path / 'out')
    for words in ('patients not named', 'one rater only', 'nobody answered', 'no photograph could be measured'):
        assert words in html
    assert html.count('patients not named') == 1 and 'border: 1 lesions, 1 photographs<' in html


def test_what_stands_under_pictures_is_said_once_for_all_features(tmp_path, monkeypatch):
    notes, plain = {}, pictures.picture
    monkeypatch.setattr(pictures, 'picture', lambda path, title, size, note='': notes.update(
        {title: note}) or plain(path, title, size, note))
    ratings = ratings_of(tmp_path, [(1, 'L1', '', {'color': ['red'], 'diagnosis': 'a'})])
    draw_all(prevalence(ratings, alone(1)), 'drawn')
    assert notes['Was the question answered?'] == 'drawn' and notes['Color'] == notes['Diagnosis'] == ''


def test_what_one_class_alone_leaves_undefined_was_answered_all_the_same(tmp_path):
    ratings = ratings_of(tmp_path, [(i, 'L1', '', {'color': ['red'], 'diagnosis': 'ab'[i % 2]}) for i in range(1, 5)])
    findings = association(features_of(ratings, 'diagnosis'), diagnosis_of(ratings, 'diagnosis'), ratings.lesions,
                           alone(4))
    findings.append(Finding('ceiling', 'resubstitution_ceiling'))
    write_report(tmp_path / 'features.html', findings, ratings, 'diagnosis', ['part.json'])
    row, = re.findall('<tr><td>color: red</td>(.*?)</tr>', text_of(tmp_path))
    assert 'not defined' in row and 'nan' not in row
    assert '4 lesions, 4 photographs, 4 patients' in row and 'nobody answered' not in row


def test_measured_parts_are_kept_unless_a_photograph_lacked(base):
    steps = []

    def progress(photographs, what, total):
        steps.append((what, total))
        return photographs

    values, errors = measure_parts([base], None, base.parent, progress, workers=1)
    assert values.shape[0] == 24 and len(errors) == 2 and np.isnan(values[:4]).all() and not np.isnan(values[4:]).all()
    for number in (1, 2):
        Image.new('RGB', (60, 50)).save(base.parent / f'{number}.jpg')
    again, errors = measure_parts([base], None, base.parent, progress, workers=1)
    kept, _ = measure_parts([base], None, base.parent, progress, workers=1)
    assert not errors and steps == [('measuring part<1>.json', 12)] * 2
    np.testing.assert_allclose(kept, again, rtol=1e-5)
    np.testing.assert_allclose(kept[4:], values[4:], rtol=1e-5)
