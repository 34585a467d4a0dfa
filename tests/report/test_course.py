"""The page of a course, and the command: from photographs in folders to html, with a network of known outlines."""
import html
import json
import re
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from lopm import Predictor
from lopm.commands import follow as command
from lopm.datasets.visits import draw_views, draw_visit
from lopm.followup import Card, Scale, load_noise, registration
from lopm.followup.changes import AXES
from lopm.followup.comparison import Comparison, Lesions
from lopm.followup.course import course
from lopm.followup.fates import UNSEEN
from lopm.followup.noise import DRAWN_BY_MODEL, LEAST
from lopm.models.base import LesionModel
from lopm.report import course as report
from lopm.report.course import course_page, lights_of, said
from lopm.report.language import Language
from lopm.sentence import Sentence, Share
from tests.packing.tiny_pack import pack as make
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
            'The noise floor is that of drawings: what a real camera']),
    ('fr', ['nettement plus, plus grande', 'au-delà du bruit depuis le 2025-01-10', 'pas un dispositif médical'])])
def test_the_page_says_what_has_changed_in_both_languages(found, code, said):
    html = course_page('<place>', found, load_noise(), {date(2025, 1, 10): 'white'}, Language(code))
    text = html.replace('&#39;', "'")
    assert all(each in text for each in said)
    assert html.count('<figure>') == 3 and '<polyline' in html and 'white' in html
    assert '&lt;place&gt;' in html and '<place>' not in html and 'http' not in html.replace('http://www.w3.org', '')


def test_pictures_number_lesions_as_the_tables_do(found, monkeypatch):
    written = []
    monkeypatch.setattr(report, 'write_label', lambda picture, label, *more: written.append(label))
    page = course_page('place', found, load_noise(), {}, Language('en'))
    assert written == 3 * [str(track.number + 1) for track in found.tracks]
    assert all(f'<h2>Lesion {number}</h2>' in page for number in written)


def test_what_splits_merges_or_appears_keeps_the_numbers_of_the_first_visit():
    masks = np.ones((5, 4, 4), bool)
    compared = Comparison([Lesions((0,), (1, 2), 'split'), Lesions((1, 2), (0,), 'merged'), Lesions((3,), (), 'gone'),
                           Lesions((), (3,), 'appeared'), Lesions((), (4,), UNSEEN)], outlines=(masks[:4], masks))
    assert report.labels_of(compared, 0, by=0) == ['1', '2', '3', '4']
    assert report.labels_of(compared, 1, by=0) == ['2, 3', '1', '1', '+', '']
    assert report.labels_of(compared, 0, by=1) == ['2, 3', '1', '1', '']  # as on the page of a case


def test_a_label_is_written_beside_its_outline(found):
    compared = found.comparisons[date.fromisoformat(DAYS[1])]
    assert report.outlined(compared, 1, 0) != report.outlined(replace(compared, lesions=[]), 1, 0)


def test_french_has_a_word_for_all_that_is_said():
    from lopm.followup.card import REASONS as OF_CARDS
    from lopm.followup.changes import AXES, HOW, OVERALL, WORDS
    from lopm.followup.comparison import ALONE, BY_SCALE, COVERED, EDGE, NO_LIGHT, SCALES_DISAGREE
    from lopm.followup.course import NOTES
    from lopm.followup.fates import FATES
    from lopm.followup.noise import SOURCES
    from lopm.followup.registration import REASONS
    from lopm.report.course import BORROWED, IN_THE_LIGHT
    sentences = {*WORDS.values(), *FATES, *(word for pair in HOW.values() for word in pair), EDGE, COVERED, ALONE,
                 NO_LIGHT, BY_SCALE, SCALES_DISAGREE, BORROWED, *AXES, OVERALL, *NOTES, *REASONS, *OF_CARDS, *SOURCES,
                 *IN_THE_LIGHT.values()} - {'texture'}
    french = Language('fr')
    assert not [each for each in sentences if french.say(each) == each and french.word(each) == each]


class Silent:
    """A catalog that says nothing but what is filled in: what is still to be read was never asked of a catalog."""

    @staticmethod
    def gettext(sentence):
        return ' '.join(re.findall(r'{\w+}', sentence)) or '§'


def silenced(monkeypatch, code='fr'):
    language = Language(code)
    monkeypatch.setitem(language.__dict__, 'catalog', Silent)
    return language


def visible(page):
    """The words of a page, without markup and style."""
    body = re.sub(r'<style.*?</style>', ' ', page, flags=re.DOTALL)
    return re.findall(r'[^\W\d_]{2,}', html.unescape(re.sub(r'<[^>]+>', ' ', body)))


@pytest.fixture(scope='module')
def awkward(visits):
    """A course with a refused photograph, a mirrored one, a lesion at the edge, scales that do not agree."""
    first, second, third = visits
    other = draw_visit(draw_views(12, seed=21)[1], 7)
    cut = np.nonzero(second.outlines.any(0))[1].mean().astype(int)
    days = [date(2020 + year, 1, 10) for year in range(4)]
    with pytest.MonkeyPatch.context() as patch:
        scales = iter([Scale(10., .1), Scale(20., .1), Scale(10., .1), None])
        patch.setattr('lopm.followup.course.read_scale', lambda photograph: (next(scales), Card()))
        return course([
            (days[0], first.photograph, list(first.outlines)),
            (days[1], np.ascontiguousarray(third.photograph[:, ::-1]), [each[:, ::-1] for each in third.outlines]),
            (days[2], np.ascontiguousarray(second.photograph[:, :cut]),
             [each[:, :cut] for each in second.outlines if each[:, :cut].any()]),
            (days[3], other.photograph, list(other.outlines))], load_noise())


def test_all_that_a_page_says_is_asked_of_the_catalog(awkward, monkeypatch):
    """So a page in French holds no English sentence of ours: refusals, mirrors, remarks, the source of the noise."""
    said = [str(each) for each in awkward.notes] + [str(each) for track in awkward.tracks for point in track.points
                                                     for each in point.remarks]
    for known in ('not compared with', 'is a mirror image', 'it reaches the edge', 'by the scales its area is'):
        assert any(known in each for each in said), (known, said)
    own = replace(load_noise(), source='repeats of one day in Clinique')
    drawn = replace(load_noise(), source=DRAWN_BY_MODEL.format(views=40))
    for noise, left in ((load_noise(), set()), (own, {'Clinique'}), (drawn, set())):
        page = course_page('Gauche', awkward, noise, {}, silenced(monkeypatch))
        assert set(visible(page)) - {'Gauche'} == left


def test_by_what_light_and_scale_are_known_is_said_of_each_visit(found, visits):
    days = [date.fromisoformat(day) for day in DAYS]
    by = {days[1]: 'card', days[2]: 'mucosa'}
    found = replace(found, comparisons={on: replace(each, light=by[on]) for on, each in found.comparisons.items()},
                   scales={days[0]: Scale(18.5, .4, 'card', .2)})
    text = ' '.join(visible(course_page('x', found, load_noise(), {}, Language('en'))))
    for words in ('by the card that both show How bright', 'by the mucosa that both show', 'Scale by the card in'):
        assert words in text
    lights = lights_of(found, Language('fr'))
    assert [DAYS[1] in lights[0], DAYS[2] in lights[0], DAYS[2] in lights[1]] == [True, False, True]
    assert found.to_json()['scales'] == {DAYS[0]: dict(px_per_mm=18.5, plus_minus=.4, by='card', of_areas=.2)}


def test_a_refused_pair_is_refused_in_french(awkward):
    text = html.unescape(course_page('Gauche', awkward, load_noise(), {}, Language('fr')))
    text = text.replace('\N{NO-BREAK SPACE}', ' ')
    reason = awkward.comparisons[date(2023, 1, 10)].refused
    share = Language('fr').percent(reason.values['share']).replace('\N{NO-BREAK SPACE}', ' ')
    assert f'2023-01-10 : non comparée à celle du 2020-01-10 : de ce que les deux devraient montrer, {share}' in text
    assert "l'image est en miroir" in text and 'prises répétées dessinées de 100 vues' in text


def test_flags_and_no_lesion_are_said_by_the_catalog(monkeypatch):
    for case in (SimpleNamespace(flags={'blurred': .01}), SimpleNamespace(flags=None, lesions=[])):
        assert not visible(said(case, silenced(monkeypatch)))


@pytest.mark.parametrize('reason', registration.REASONS)
def test_a_reason_is_said_again_in_french_with_its_numbers(reason):
    said = Sentence(reason, share=Share(.131), places=7, least=Share(.25), fewest=25)
    french = Language('fr').say(said).replace('\N{NO-BREAK SPACE}', ' ')
    assert '13%' in said and '13 %' in french and not set(said.split()) & {'photograph', 'glare'} & set(french.split())


@pytest.fixture
def follow(tmp_path, monkeypatch):
    """Run the command on PATIENTS; its exit status."""
    monkeypatch.setattr(LesionModel, 'find_masks', find_red)
    monkeypatch.setattr('lopm.followup.course.read_scale', lambda photograph: (None, Card()))
    save_run(tmp_path / 'run')

    def run(*arguments, model=tmp_path / 'run'):
        return command.main(command.parse_args([str(each) for each in (
            model, tmp_path / 'patients', '--out', tmp_path / 'out', '--no-pdf', *arguments)]))
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


def flag(monkeypatch, *flags):
    """The photographs of PATIENTS are flagged so, one after the other."""
    monkeypatch.setattr(Predictor, 'raised', lambda self, data: [dict.fromkeys(own, .01) for own in flags])
    init = Predictor.__init__

    def flagging(self, *arguments, **more):
        init(self, *arguments, **more)
        self.flags = True
    monkeypatch.setattr(Predictor, '__init__', flagging)


def test_a_flagged_photograph_is_left_out_and_said(follow, visits, tmp_path, monkeypatch, capsys):
    """On page, in json and terminal, with its flags; its repeat stands for the day; that no lesion is found is no
    reason."""
    keep(visits, tmp_path / 'patients', [f'{day}.png' for day in DAYS])
    keep(visits[1:2], tmp_path / 'patients', [f'{DAYS[1]}b.png'])
    flag(monkeypatch, [], ['blurred', 'dark'], [], ['no lesion'])
    assert follow('--language', 'fr') == 0
    written, note = capsys.readouterr(), f'{DAYS[1]}: a photograph is flagged and was left out: blurred, dark'
    assert f'patients: {note}' in written.err
    assert 'places followed, 1 flagged photographs left out (--keep-flagged compares them)' in written.out
    content = json.loads((tmp_path / 'out/patients.json').read_text())
    assert note in content['notes'] and list(content['comparisons']) == list(DAYS[1:])
    page = html.unescape((tmp_path / 'out/patients.html').read_text())
    assert f'{DAYS[1]} : une photographie est signalée et a été laissée de côté : floue, sombre' in page
    assert 'Signalée : sans lésion' in page  # of the one that is compared


@pytest.mark.parametrize('options, compared', [([], [DAYS[1]]), (['--keep-flagged'], [*DAYS[1:]])])
def test_flagged_photographs_are_kept_if_that_is_asked_for(options, compared, follow, visits, tmp_path, monkeypatch):
    keep(visits, tmp_path / 'patients', [f'{day}.png' for day in DAYS])
    flag(monkeypatch, [], [], ['unlike the training photographs'])
    assert follow(*options) == 0
    content = json.loads((tmp_path / 'out/patients.json').read_text())
    assert list(content['comparisons']) == compared
    assert any('was left out: unlike the training photographs' in each for each in content['notes']) == (not options)


def test_a_place_of_flagged_photographs_says_why_there_is_nothing_to_follow(
        follow, visits, tmp_path, monkeypatch, capsys):
    keep(visits[:2], tmp_path / 'patients', [f'{day}.png' for day in DAYS[:2]])
    flag(monkeypatch, [], ['dark'])
    assert follow() == 1
    said = capsys.readouterr().err
    assert f'nothing to follow; two visits are the fewest; {DAYS[1]}: a photograph is flagged' in said


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


def test_the_floor_of_a_pack_comes_after_repeats_and_before_the_drawn_one(follow, packed, visits, tmp_path, capsys,
                                                                         monkeypatch):
    keep(visits[:2], tmp_path / 'patients', [f'{day}.png' for day in DAYS[:2]])
    replace(load_noise(), source='a clinic of ours').save(tmp_path / 'noise.json')
    make(packed[0], tmp_path / 'pack', noise=load_noise(tmp_path / 'noise.json'))
    page = tmp_path / 'out/patients.html'
    assert follow(model=tmp_path / 'pack') == 0
    assert 'Taken instead: the noise floor of the pack (a clinic of ours)' in capsys.readouterr().out
    assert 'a clinic of ours' in page.read_text() and 'The noise floor is that of drawings' not in page.read_text()
    replace(load_noise(), source='another clinic').save(tmp_path / 'noise.json')
    assert follow('--noise', tmp_path / 'noise.json', model=tmp_path / 'pack') == 0
    assert 'another clinic' in page.read_text() and 'of ours' not in page.read_text()
    repeat = {name: .1 for axis in AXES.values() for name in axis}
    monkeypatch.setattr('lopm.followup.course.repeats', lambda visits: [repeat] * LEAST)
    assert follow(model=tmp_path / 'pack') == 0
    assert 'repeats of one day in patients' in page.read_text() and 'of ours' not in page.read_text()
