"""The page of a study of times to an event alone, and of one without a label."""
from dataclasses import replace

import numpy as np

from lopm.evaluation.rows import Row
from lopm.study.page import write_page
from lopm.study.results import all_results, make_study
from tests.study import test_results as words

ABOUT = dict(tasks=[dict(name='relapse', kind='time', level='patient', cuts=[1, 3], horizons=[3])], config='c.py',
             priors={0: {'relapse': [2.5, .3, .1, .3]}}, config_sha256='0' * 64, checkpoints={0: 'f' * 64})


def rows(part, event):
    return [Row(i, f'{part}{i}', targets={'relapse': np.array([[[2., event, event, event]]])},
                on_true={'relapse': np.full((1, 4), np.nan)}, on_pred={'relapse': np.array([[2.5, p, p / 2, p]])})
            for i, p in enumerate(np.linspace(.1, .9, 12))]


def page(tmp_path, event):
    study = make_study((rows('t', event), ABOUT), (rows('v', event), ABOUT))
    return write_page(tmp_path / 'page.html', study, all_results(study), {}).read_text()


def test_times_have_their_curves_and_their_calibration(tmp_path):
    text = page(tmp_path, 1.)
    assert 'observed and predicted, overall and in thirds of risk' in text and text.count('data:image/png') == 2
    assert 'no curve is drawn' not in text


def test_where_nobody_has_the_event_the_page_says_so(tmp_path):
    text = page(tmp_path, 0.)
    assert 'Relapse: none of 12 patients had the event within 3 years: no curve is drawn' in text
    assert 'data:image/png' not in text


def test_where_nothing_is_labelled_the_page_is_written_without_its_pictures(tmp_path):
    tested = [replace(row, targets={name: np.full(each.shape, np.nan) for name, each in row.targets.items()})
              for row in words.rows('t', 12, 0)]
    study = make_study((tested, words.ABOUT), (words.rows('v', 12, 1), words.ABOUT))
    text = write_page(tmp_path / 'page.html', study, all_results(study), {}).read_text()
    assert 'not scored' in text and 'alt="Share right against confidence"' not in text
    assert 'alt="Share wrong against share answered"' not in text
