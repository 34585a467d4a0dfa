"""The page of a course, and the command: from photographs in folders to html, with a network of known outlines."""
import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from PIL import Image

from lopm.commands import follow as command
from lopm.datasets.visits import draw_views, draw_visit
from lopm.followup import load_noise
from lopm.followup.course import course
from lopm.models.base import LesionModel
from lopm.report.course import course_page
from lopm.report.language import Language
from tests.tiny_run import find_red, save_run

DAYS = '2024-01-10', '2025-01-10', '2026-01-10'


@pytest.fixture(scope='module')
def visits():
    view = draw_views(12, seed=21)[5]
    return [draw_visit(view, 100 + i, area=1 + .4 * i) for i in range(3)]


@pytest.fixture(scope='module')
def found(visits):
    return course([(date.fromisoformat(day), each.photograph, list(each.outlines)) for day, each in zip(DAYS, visits)],
                  load_noise(), rulers=False)


@pytest.mark.parametrize(('code', 'said'), [
    ('en', ['clearly more, larger', 'beyond the noise since 2025-01-10', 'no medical device',
            'The noise floor is that of drawings with exact outlines']),
    ('fr', ['nettement plus, plus grande', 'au-delà du bruit depuis le 2025-01-10', 'pas un dispositif médical'])])
def test_the_page_says_what_has_changed_in_both_languages(found, code, said):
    html = course_page('<place>', found, load_noise(), {date(2025, 1, 10): 'white'}, Language(code))
    text = html.replace('&#39;', "'")
    assert all(each in text for each in said)
    assert html.count('<figure>') == 3 and '<polyline' in html and 'white' in html
    assert '&lt;place&gt;' in html and '<place>' not in html and 'http' not in html.replace('http://www.w3.org', '')


def test_french_has_a_word_for_all_that_is_said():
    from lopm.followup.changes import AXES, HOW, OVERALL, WORDS
    from lopm.followup.comparison import ALONE, BY_SCALE, EDGE, NO_LIGHT
    from lopm.followup.fates import FATES
    from lopm.report.course import BORROWED
    sentences = {*WORDS.values(), *FATES, *(word for pair in HOW.values() for word in pair), EDGE, ALONE, NO_LIGHT,
                 BY_SCALE, BORROWED, *AXES, OVERALL} - {'texture'}
    french = Language('fr')
    assert not [each for each in sentences if french.say(each) == each and french.word(each) == each]


@pytest.fixture
def follow(tmp_path, monkeypatch):
    """Run the command on PATIENTS; its exit status."""
    monkeypatch.setattr(LesionModel, 'find_masks', find_red)
    monkeypatch.setattr('lopm.followup.course.read_ruler', lambda photograph: None)
    save_run(tmp_path / 'run')

    def run(*arguments):
        return command.main(command.parse_args([str(each) for each in (
            tmp_path / 'run', tmp_path / 'patients', '--out', tmp_path / 'out', '--no-pdf', *arguments)]))
    return run


def keep(visits, folder, names):
    folder.mkdir(parents=True, exist_ok=True)
    for each, name in zip(visits, names):
        Image.fromarray(each.photograph).save(folder / name)


def test_folders_of_visits_become_pages(follow, visits, tmp_path, capsys):
    keep(visits, tmp_path / 'patients/left', [f'{day}.png' for day in DAYS])
    keep(visits[:1], tmp_path / 'patients/alone', ['IMG_20240110_1.png'])
    assert follow() == 1
    said = capsys.readouterr()
    assert '1 of 2 places followed' in said.out and 'drawn repeats' in said.out
    assert 'alone: 1 photographs of 1 day: there is nothing to follow' in said.err
    assert (tmp_path / 'out/left.html').is_file() and not (tmp_path / 'out/alone.html').exists()
    assert json.loads((tmp_path / 'out/left.json').read_text())['first'] == DAYS[0]


def test_a_table_says_when(follow, visits, tmp_path):
    keep(visits[:2], tmp_path / 'patients', ['a.png', 'b.png'])
    with pytest.raises(ValueError, match=r'a\.png: neither its name nor that of its folder says when it was taken'):
        follow()
    table = tmp_path / 'visits.csv'
    table.write_text(f'file,visit\na.png,{DAYS[1]}\n')
    with pytest.raises(ValueError, match=r'b\.png: is in PATIENTS and not in the table of visits'):
        follow('--visits', table)
    table.write_text(f'file,visit\na.png,{DAYS[1]}\nb.png,last spring\n')
    with pytest.raises(ValueError, match="visit 'last spring' is no date"):
        follow('--visits', table)
    table.write_text(f'file,visit\na.png,{DAYS[1]}\nb.png,{DAYS[0]}\n')
    assert follow('--visits', table) == 0
    assert json.loads((tmp_path / 'out/patients.json').read_text())['first'] == DAYS[0]


def test_too_few_repeats_are_no_noise_floor(follow, visits, tmp_path):
    keep(visits, tmp_path / 'patients', [f'{DAYS[0]}.png', f'{DAYS[0]}b.png', f'{DAYS[1]}.png'])
    with pytest.raises(ValueError, match='8 are the fewest that say how much is noise'):
        follow('--write-noise', tmp_path / 'noise.json')
    assert not (tmp_path / 'noise.json').exists()


def test_a_photograph_that_is_none_is_said_and_left_out(follow, visits, tmp_path, capsys):
    keep(visits[:2], tmp_path / 'patients', [f'{day}.png' for day in DAYS])
    (tmp_path / f'patients/{DAYS[2]}.png').write_bytes(b'no photograph')
    assert follow() == 0 and f'{DAYS[2]}.png: the file is empty or no image' in capsys.readouterr().err
    assert np.all([on != DAYS[2] for on in json.loads((tmp_path / 'out/patients.json').read_text())['comparisons']])


def test_a_noise_floor_that_is_given_is_the_one_that_counts(follow, visits, tmp_path, monkeypatch):
    """Also where the photographs hold repeats enough for one of their own."""
    monkeypatch.setattr('lopm.followup.course.repeats', lambda visits: 1 / 0)
    keep(visits[:2], tmp_path / 'patients', [f'{day}.png' for day in DAYS[:2]])
    replace(load_noise(), source='a clinic of ours').save(tmp_path / 'noise.json')
    assert follow('--noise', tmp_path / 'noise.json') == 0
    page = (tmp_path / 'out/patients.html').read_text()
    assert 'a clinic of ours' in page and 'The noise floor is that of drawings' not in page
    with pytest.raises(SystemExit):
        follow('--noise', tmp_path / 'noise.json', '--write-noise', tmp_path / 'other.json')


def test_a_line_of_no_photograph_is_said(follow, visits, tmp_path, capsys):
    keep(visits[:2], tmp_path / 'patients', ['a.png', 'b.png'])
    (tmp_path / 'visits.csv').write_text(f'file,visit\na.png,{DAYS[1]}\nb.png,{DAYS[0]}\nc.png,{DAYS[0]}\n')
    assert follow('--visits', tmp_path / 'visits.csv') == 0
    assert 'visits.csv: 1 lines are of no photograph in' in capsys.readouterr().err
