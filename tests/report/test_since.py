"""The change since an earlier photograph, and millimetres, on the page of a case."""
import html
import re
from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image

from lopm import Predictor
from lopm.commands import report as command
from lopm.datasets.synthetic.generate import SOURCE
from lopm.datasets.visits import draw_views, draw_visit
from lopm.followup import Card, Scale, compare, load_noise
from lopm.followup.comparison import Comparison, Lesions
from lopm.followup.drawn_card import Pose, with_card
from lopm.pack.format import read_content
from lopm.pack.open import Pack
from lopm.report import since as page
from lopm.report.facts import facts_of, trained_on
from lopm.report.language import Language
from lopm.report.scale import SAID, longest, scale_said
from lopm.report.write import render
from tests.report.test_course import silenced, visible
from tests.tiny_run import find_red, photograph

DISC = photograph((90, 60, 30))  # of radius 30


@pytest.fixture(scope='module')
def pair():
    """Two drawn visits whose lesions have grown by half."""
    view = draw_views(12, seed=21)[5]
    return draw_visit(view, 1), draw_visit(view, 3, area=1.5)


@pytest.fixture(scope='module')
def predictor(packed):
    from lopm.models.base import LesionModel
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LesionModel, 'find_masks', find_red)
        yield Predictor(packed[1], looked=True)


@pytest.fixture(scope='module')
def cases(predictor, pair):
    return [predictor.outlined(each.photograph, list(each.outlines)) for each in pair]


def shown(predictor, case, image, language, scale=None, since=None):
    facts = facts_of(case, np.ascontiguousarray(image[..., ::-1]), predictor, language, scale, since)
    return render([facts], language), facts


def text_of(text):
    text = html.unescape(re.sub(r'<style>.*?</style>|<[^>]+>', ' ', text, flags=re.DOTALL))
    return ' '.join(text.replace('\N{NO-BREAK SPACE}', ' ').split())


def since(cases, pair, language, scales=(None, None), noise=None):
    return page.since('then.png', cases, [each.photograph for each in pair], scales, noise, language)


@pytest.mark.parametrize(('code', 'said'), [
    ('en', ['Change since then.png', 'clearly more, larger', 'times (', 'The noise floor is that of drawings',
            'why it came about is not known', 'same, ']),
    ('fr', ['Évolution depuis then.png', 'nettement plus, plus grande', 'fois (', 'Le bruit de fond est celui de'])])
def test_the_page_says_what_has_changed_since(predictor, cases, pair, code, said):
    language = Language(code)
    facts = since(cases, pair, language, scales=(Scale(10., .1), Scale(10., .1)), noise=load_noise())
    made, _ = shown(predictor, cases[1], pair[1].photograph, language, since=facts)
    assert not [each for each in said if each not in text_of(made)], text_of(made)
    assert facts['light'] == language.say(page.IN_THE_LIGHT['mucosa']) and facts['light'] in text_of(made)
    assert len(facts['pictures']) == 2 and made.count('<div class="thumbs pair">') == 1
    found = compare(*cases, photographs=[each.photograph for each in pair], scales=(None, None))
    size = next(each.axes['size'] for each in found.lesions if 'size' in each.axes)
    row = next(row for each in facts['lesions'] for row in each['rows'] if row[0] == language.word('size'))
    assert row[2] == (f'{language.number(size.value)} {language.say("times")} ({language.number(size.low)} – '
                      f'{language.number(size.high)})') and size.low < 1.5 < size.high
    before, after = re.findall(r'([\d.,]+) → ([\d.,]+) mm²', facts['lesions'][0]['millimetres'])[0]
    areas = [case.lesions[0].measured['area']['value'] / 100 for case in cases]
    assert [float(each.replace(',', '.')) for each in (before, after)] == pytest.approx(areas, rel=.02)


def test_the_floor_is_the_one_of_the_pack(cases, pair):
    own = replace(load_noise(), source='repeats of one day in Clinique')
    facts = since(cases, pair, Language('fr'), noise=own)
    assert facts['noise'] == "prises répétées d'un même jour dans Clinique"
    assert not facts['notes'] and since(cases, pair, Language('fr'))['notes']


def other_mouth(predictor):
    visit = draw_visit(draw_views(12, seed=21)[1], 7)
    return visit, predictor.outlined(visit.photograph, list(visit.outlines))


def test_another_mouth_is_refused_with_the_reason(predictor, cases, pair):
    other, case = other_mouth(predictor)
    facts = since((case, cases[1]), (other, pair[1]), Language('fr'))
    assert facts['notes'][0].startswith('Non comparées : de ce que les deux devraient montrer')
    assert not facts['lesions'] and not facts['pictures']


@pytest.mark.parametrize(('code', 'earlier', 'this'), [
    ('en', 'The earlier photograph, then.png, is flagged (blurred, dark): its outlines',
     'This photograph is flagged (blurred, dark): its outlines'),
    ('fr', 'La première photographie, then.png, est signalée (floue, sombre) : ses contours',
     'Cette photographie est signalée (floue, sombre) : ses contours')])
def test_which_photograph_is_flagged_is_said_and_nothing_compared(cases, pair, monkeypatch, code, earlier, this):
    monkeypatch.setattr(page, 'compare', lambda *args, **kwargs: 1 / 0)
    for flagged, said in (((0,), [earlier]), ((1,), [this]), ((0, 1), [earlier, this])):
        both = [replace(case, flags={'blurred': .01, 'dark': .01} if i in flagged else None)
                for i, case in enumerate(cases)]
        facts = since(both, pair, Language(code))
        assert not facts['lesions'] and len(facts['notes']) == len(said)
        assert all(note.startswith(each) for note, each in zip(facts['notes'], said)), facts['notes']


def test_nothing_is_outlined(predictor):
    plain = photograph()
    cases = [predictor(plain)] * 2
    found = page.since('then.png', cases, (plain, plain), (None, None), None, Language('en'))
    assert 'On neither photograph is a lesion outlined: there is nothing to compare.' in found['notes']


def texts(facts):
    """All strings within some facts."""
    if isinstance(facts, str):
        return [facts]
    return [text for each in (facts.values() if isinstance(facts, dict) else facts) for text in texts(each)]


def test_the_change_is_asked_of_the_catalog(predictor, cases, pair, monkeypatch):
    """All that is said of it: a French page holds no English sentence of ours."""
    other, case = other_mouth(predictor)
    turned = replace(pair[1], photograph=np.ascontiguousarray(pair[1].photograph[:, ::-1]))
    mirror = predictor.outlined(turned.photograph, [each[:, ::-1] for each in pair[1].outlines])
    scales = Scale(10., .1), Scale(20., .1)
    for both, visits in ((cases, pair), ((case, cases[1]), (other, pair[1])), ((cases[0], mirror), (pair[0], turned))):
        facts = since(both, visits, silenced(monkeypatch), scales)
        assert set(visible(' '.join(texts({**facts, 'pictures': []})))) <= {'then', 'png', 'mm²'}


def test_french_knows_every_sentence_of_it():
    french = Language('fr')
    for each in (*page.FLAGGED, page.NO_OUTLINE, page.REFUSED, page.MIRRORED, page.NOT_BY_CARD,
                 *page.IN_THE_LIGHT.values(), *SAID.values(), 'greatest length', 'area'):
        assert french.say(each) != each


@pytest.mark.parametrize('code', ['en', 'fr'])
def test_millimetres_stand_beside_pixels(predictor, code):
    case, language = predictor(DISC), Language(code)
    made, facts = shown(predictor, case, DISC, language, Scale(10., .2))
    length, area = (case.lesions[0].measured[name]['value'] for name in ('feret_diameter', 'area'))
    assert (length, area) == pytest.approx((60, np.pi * 900), rel=.05)
    say, number = language.say, language.number
    wanted = [
        (say('greatest length'), f'{number(length)} px', f'{number(length / 10)} ± {number(length * .002, 2)} mm'),
        (say('area'), f'{number(area)} px²', f'{number(area / 100)} ± {number(area * .0004, 2)} mm²')]
    assert facts['lesions'][0]['sizes'] == wanted and all(each in text_of(made) for row in wanted for each in row)
    bar = re.search(r'M([\d.]+) [\d.]+ H([\d.]+) ', made)
    assert float(bar[2]) - float(bar[1]) == pytest.approx(50, abs=.2) and '5\N{NO-BREAK SPACE}mm</text>' in made


def test_no_scale_no_bar(predictor):
    made, facts = shown(predictor, predictor(DISC), DISC, Language('en'))
    assert facts['scale'] == '' and 'mm</text>' not in made and not facts['lesions'][0]['sizes']


def test_where_a_scale_comes_from_is_said():
    assert 'by the ruler in the picture: 18.5 ± 0.4 pixels' in scale_said(Scale(18.5, .4, 'ruler'), Language('en'))
    assert "d'après la carte sur l'image : 18,5 ± 0,4 pixels" in scale_said(Scale(18.5, .4, 'card', .2), Language('fr'))
    assert "telle qu'elle a été donnée : 18,5 pixels" in scale_said(Scale(18.5, 0.), Language('fr'))


@pytest.mark.parametrize(('room', 'length'), [(1, 1), (1.9, 1), (2, 2), (4.99, 2), (5, 5), (37, 20), (.3, .2)])
def test_a_bar_is_of_a_round_length(room, length):
    assert longest(room) == pytest.approx(length)


@pytest.fixture
def report(packed, tmp_path, pair, known_outlines):
    """Run the command; its exit status."""
    for each, name in zip(pair, ('then.png', 'now.png')):
        Image.fromarray(each.photograph).save(tmp_path / name)
    (tmp_path / 'folder').mkdir()

    def run(*arguments, of='now.png'):
        return command.main(command.parse_args([str(each) for each in (
            packed[1], tmp_path / of, '--out', tmp_path / 'out', '--no-pdf', *arguments)]))
    return run


def scale_of(path):
    return Scale(20. if path.name == 'then.png' else 10., .1, 'ruler'), Card()


def test_the_command_compares_with_an_earlier_photograph(report, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr('lopm.followup.read_scale', scale_of)
    assert report() == 0 and 'Change since' not in (tmp_path / 'out/now.png.html').read_text()
    assert report('--before', tmp_path / 'then.png') == 0  # the page that is there has not said it
    text = text_of((tmp_path / 'out/now.png.html').read_text())
    assert 'Change since then.png' in text and 'by the ruler in the picture: 10 ± 0.1' in text
    assert 'Not compared: outlines and glare cover' in text  # of a network that outlines all that is red
    with pytest.raises(ValueError, match='folder: a folder, and --before is of one photograph; lopm follow takes'):
        report('--before', tmp_path / 'then.png', of='folder')
    (tmp_path / 'then.png').write_bytes(b'no photograph')
    assert report('--before', tmp_path / 'then.png') == 1 and 'then.png' in capsys.readouterr().err


def test_the_earlier_one_comes_first_and_the_floor_is_the_packs(report, tmp_path, monkeypatch):
    given = []
    monkeypatch.setattr('lopm.report.since.since', lambda *args: given.append(args) or None)
    monkeypatch.setattr('lopm.followup.read_scale', scale_of)
    opened = Pack.__init__

    def with_noise(self, folder):
        opened(self, folder)
        self.noise = 'a floor'
    monkeypatch.setattr(Pack, '__init__', with_noise)
    assert report('--before', tmp_path / 'then.png') == 0
    ((name, cases, photographs, scales, noise, language),) = given
    assert name == 'then.png' and [path.name for path in photographs] == ['then.png', 'now.png']
    assert [case.name for case in cases] == ['then.png', 'now.png'] and [each.px_per_mm for each in scales] == [20, 10]
    assert noise == 'a floor' and language.code == 'en'


def test_a_scale_that_is_given_is_not_looked_for(report, tmp_path, monkeypatch):
    monkeypatch.setattr('lopm.followup.read_scale', lambda photograph: 1 / 0)
    assert report('--px-per-mm', '12.5') == 0
    assert 'as it was given: 12.5 pixels per millimetre' in (tmp_path / 'out/now.png.html').read_text()
    with pytest.raises(ValueError, match='px_per_mm is 12.5 there and 13.0 here'):
        report('--px-per-mm', '13')
    for wrong in ('0', '-3', 'nan', 'inf', 'x'):
        with pytest.raises(SystemExit):
            report('--px-per-mm', wrong)


def test_a_card_in_the_picture_gives_millimetres_and_says_so(report, tmp_path, pair, capsys):
    image = cv2.resize(pair[1].photograph, (1024, 768))
    Image.fromarray(with_card(image, Pose((300, 620), 8))).save(tmp_path / 'now.png')
    assert report('--language', 'fr') == 0
    text = text_of((tmp_path / 'out/now.png.html').read_text())
    assert "d'après la carte sur l'image : 8" in text and 'règle' not in text and 'mm²' in text
    Image.fromarray(with_card(image, Pose((300, 600), 11, tilt=63))).save(tmp_path / 'then.png')
    assert report('--language', 'fr', of='then.png') == 0
    assert 'then.png: the card is seen from too far aside' in capsys.readouterr().err
    assert 'pixels par millim' not in (tmp_path / 'out/then.png.html').read_text()


def test_lesions_come_in_the_order_of_their_numbers(monkeypatch):
    given = [Lesions((0,), (1, 2), 'split'), Lesions((2,), (), 'gone'), Lesions((1,), (0,), 'same')]
    monkeypatch.setattr(page, 'compare', lambda *cases, **others: Comparison(given))
    facts = page.since('then.png', [SimpleNamespace(flags=None, lesions=[1])] * 2, (), (), None, Language('en'))
    assert [each['title'] for each in facts['lesions']] == [
        'Lesion 1', 'Lesion 2, 3', 'A lesion of the earlier photograph']


def test_where_the_training_photographs_come_from_is_french(packed):
    card = read_content(packed[1]).card
    assert 'aucun patient' in trained_on({**card, 'source': SOURCE}, Language('fr'))
