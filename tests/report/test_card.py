"""The page of cards as a printer gets it: in its true size, each card one that is read."""
import re

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from lopm.commands import card as command
from lopm.followup.card import TWO, find_card
from lopm.followup.card_face import HIGH, WIDE
from lopm.report.card import ACROSS, ALL, APART, BAR, BAR_TOP, DOWN, INCH, LEFT, PAPER, TOP
from lopm.report.language import Language


@pytest.fixture(scope='module')
def pages(tmp_path_factory):
    """``{ending: path}`` of the page in each format."""
    folder = tmp_path_factory.mktemp('cards')
    for name in ('card.pdf', 'card.png', 'card.svg'):
        command.main(command.parse_args([str(folder / name)]))
    return {path.suffix: path for path in folder.iterdir()}


def as_pixels(path):
    """``(uint8 RGB [H, W, 3], pixels per millimetre)`` of a page in the size in which it is to be printed."""
    if path.suffix == '.png':
        image = Image.open(path)
        assert image.info['dpi'] == pytest.approx((600, 600), abs=.1)
        return np.asarray(image.convert('RGB')), 600 / INCH
    page = pypdfium2.PdfDocument(path)[0]
    assert [side / 72 * INCH for side in page.get_size()] == pytest.approx(PAPER, abs=.01)
    return np.asarray(page.render(scale=300 / 72).to_pil().convert('RGB')), 300 / INCH


@pytest.mark.parametrize('ending', ['.pdf', '.png'])
def test_every_card_is_read_in_the_size_in_which_it_is_printed(pages, ending):
    pixels, scale = as_pixels(pages[ending])
    for number in range(ACROSS * DOWN):
        row, column = divmod(number, ACROSS)
        left, top = LEFT + column * (WIDE + APART), TOP + row * (HIGH + APART)
        cut = pixels[round(scale * top):round(scale * (top + HIGH)), round(scale * left):round(scale * (left + WIDE))]
        card = find_card(np.pad(cut, [(60, 60), (60, 60), (0, 0)], constant_values=90))
        assert card.scale.px_per_mm == pytest.approx(scale, rel=.004) and card.scale.plus_minus < .02 * scale
        assert np.isnan(card.patches[1]).all()  # paper that nothing shades is white, and tells nothing
        assert card.gains == pytest.approx([1, 1, 1], abs=.01)
    assert find_card(pixels).reason == TWO


@pytest.mark.parametrize('ending', ['.pdf', '.png'])
def test_the_bar_measures_what_it_says(pages, ending):
    pixels, scale = as_pixels(pages[ending])
    rows = pixels[round(scale * (BAR_TOP - .3)):round(scale * (BAR_TOP + .3)), :round(scale * (LEFT + BAR + 3)), 0]
    dark = np.nonzero(rows.min(0) < 128)[0]
    assert (np.ptp(dark) + 1) / scale == pytest.approx(BAR, abs=.3) and len(dark) == np.ptp(dark) + 1
    assert dark[0] / scale == pytest.approx(LEFT, abs=.2)


def test_the_svg_says_its_size(pages):
    width, height = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', pages['.svg'].read_text()).groups()
    assert [float(each) / 72 * INCH for each in (width, height)] == pytest.approx(PAPER, abs=.01)


def test_the_page_says_how_to_print_it_in_both_languages(pages, tmp_path):
    command.main(command.parse_args([str(tmp_path / 'new/carte.pdf'), '--language', 'fr']))
    for path, said in ((pages['.pdf'], ['must measure 50 mm', '34 x 18 mm', '10 and 36 %', 'no validated device']),
                       (tmp_path / 'new/carte.pdf', ['doit mesurer 50 mm', 'pas un dispositif validé'])):
        text = pypdfium2.PdfDocument(path)[0].get_textpage().get_text_range()
        text = ' '.join(text.replace('\N{NO-BREAK SPACE}', ' ').split())
        assert not [each for each in said if each not in text], text
    assert not [each for each in ALL if Language('fr').say(each) == each]


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r'card\.jpg: cards are written as \.pdf, \.svg, \.png'):
        command.main(command.parse_args([str(tmp_path / 'card.jpg')]))
    assert not list(tmp_path.iterdir())
