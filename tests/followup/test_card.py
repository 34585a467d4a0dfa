"""Cards that were drawn into a photograph, whose pose and light are known."""
import cv2
import numpy as np
import pytest

from lopm.datasets.visits import draw_views, draw_visit
from lopm.followup import compare, read_card, read_scale
from lopm.followup.card import (
    ASIDE,
    NO_CARD,
    NO_LIGHT,
    NOT_PLANE,
    ONE,
    REASONS,
    TWO,
    UNEVEN,
    find_card,
    gains_between,
)
from lopm.followup.card_face import CORNERS, MARKERS, dictionary, marker_corners
from lopm.followup.comparison import COVERED
from lopm.followup.drawn_card import PAPER, Pose, with_card
from lopm.followup.light import relit
from lopm.report.language import Language
from tests.followup.test_ruler import ruler_on


@pytest.fixture(scope='module')
def mouth():
    return draw_visit(draw_views(1, seed=4)[0], 0).photograph


@pytest.fixture(scope='module')
def large(mouth):
    return cv2.resize(mouth, (1600, 1200), interpolation=cv2.INTER_CUBIC)


def areal(pose, size):
    """Pixels per millimetre by the area of a small square in the middle of the card."""
    square = cv2.perspectiveTransform(np.array([[[-.5, -.5], [.5, -.5], [.5, .5], [-.5, .5]]]), pose.plane(size))[0]
    return cv2.contourArea(square.astype(np.float32)) ** .5


POSES = [Pose((250, 200), 8), Pose((180, 220), 5, turn=100), Pose((260, 190), 9, turn=-35, tilt=30, toward=20),
         Pose((255, 180), 9, turn=200, tilt=45, toward=80, distance=150), Pose((250, 200), 3.5, tilt=20)]


@pytest.mark.parametrize('pose', POSES)
@pytest.mark.parametrize('mirrored', [False, True])
def test_a_card_is_read_wherever_it_lies(mouth, pose, mirrored):
    taken = with_card(mouth, pose, light=(.9, .8, .6), blur=.8, noise=3, quality=85)
    card = read_card(np.ascontiguousarray(taken[:, ::-1]) if mirrored else taken)
    true = areal(pose, (512, 384))
    assert card.reason == '' and card.scale.by == 'card'
    assert card.scale.px_per_mm == pytest.approx(true, rel=.01)
    assert abs(card.scale.px_per_mm - true) < card.scale.of_areas <= card.scale.plus_minus < .4 * true
    corners = cv2.perspectiveTransform(CORNERS[None], pose.plane((512, 384)))[0]
    assert np.abs(card.corners - ([511, 0] + corners * [-1, 1] if mirrored else corners)).max() < 2.5


def test_of_a_large_photograph_the_scale_is_that_of_the_photograph(large):
    pose = Pose((800, 500), 24, turn=10, tilt=10)
    found = find_card(with_card(large, pose, noise=2)).scale
    assert found.px_per_mm == pytest.approx(areal(pose, (1600, 1200)), rel=.003)
    small = Pose((800, 500), 4, turn=10)  # of a picture that shows 40 cm
    assert find_card(with_card(large, small, noise=2)).scale.px_per_mm == pytest.approx(4, rel=.01)


def test_what_is_seen_askew_is_less_sure_of_lengths_above_all(mouth):
    straight, askew = (find_card(with_card(mouth, Pose((250, 200), 8, tilt=tilt))).scale for tilt in (0, 40))
    assert askew.plus_minus > 8 * straight.plus_minus and askew.of_areas > 3 * straight.of_areas
    assert askew.plus_minus > 1.5 * askew.of_areas
    assert straight.plus_minus / straight.px_per_mm == pytest.approx(1.96 * .005, rel=.3)  # what the print is worth
    lengths = [8 * np.cos(np.deg2rad(40)), 8]  # of a millimetre across and along the axis of the tilt
    assert all(abs(each - askew.px_per_mm) < askew.plus_minus for each in lengths)


def test_two_markers_are_enough_one_is_not_and_another_covered_one_changes_little(mouth):
    pose = Pose((250, 200), 8, turn=15, tilt=15)
    taken = with_card(mouth, pose, noise=2)
    middles = cv2.perspectiveTransform(marker_corners().mean(1)[None], pose.plane((512, 384)))[0].round().astype(int)
    for count in (1, 2, 3):
        cv2.circle(taken, middles[count].tolist(), 30, (150, 60, 60), -1)
        card = find_card(taken)
        if count == 3:
            assert card.scale is None and card.reason == ONE
        else:
            assert abs(card.scale.px_per_mm / areal(pose, (512, 384)) - 1) < .01


LIGHT = np.array([1.1, .8, .55])


def test_gains_undo_the_light_where_the_print_is_neutral(mouth):
    card = find_card(with_card(mouth, POSES[2], light=LIGHT, blur=.6, noise=3))
    assert card.gains * LIGHT * PAPER == pytest.approx([1, 1, 1], rel=.04)


def test_between_two_photographs_of_a_card_it_does_not_matter_what_the_printer_made_of_it(mouth):
    """Nor that one patch is clipped in one of them."""
    def gray(light):
        return light ** 1.4
    cards = [find_card(with_card(mouth, pose, light=light, gray=gray, noise=2))
             for pose, light in ((POSES[2], LIGHT), (POSES[0], 1.3 / LIGHT))]
    assert np.isnan(cards[1].patches[1]).all()
    gains, refused = gains_between(*(card.patches for card in cards))
    assert gains == pytest.approx(LIGHT ** 2 / 1.3, rel=.04) and refused == ''
    assert np.abs(cards[0].gains * LIGHT * PAPER - 1).max() > .15


@pytest.mark.parametrize('light', [(4, 4, 4), (.03, .03, .03)])
def test_light_is_refused_where_it_is_too_much_or_too_little_and_the_scale_is_not(mouth, light):
    taken = with_card(mouth, POSES[0], light=light)
    if light[0] < 1:  # a dark photograph that was brightened until the markers are seen, and its blue is gone
        taken = (taken * [6, 6, .5]).clip(0, 255).astype(np.uint8)
    card = find_card(taken)
    assert card.scale and card.gains is None and card.reason == NO_LIGHT


def test_a_shadow_on_a_patch_is_refused_between_two(mouth):
    pose = Pose((250, 200), 8)
    plain = find_card(with_card(mouth, pose))
    shaded = with_card(mouth, pose)
    x = round(250 + 8 * (19.5 - 17))
    shaded[140:260, x:x + 40] = shaded[140:260, x:x + 40] * .8
    assert gains_between(plain.patches, find_card(shaded).patches) == (None, UNEVEN)
    assert gains_between(plain.patches, plain.patches)[0] == pytest.approx([1, 1, 1])


def test_what_is_no_card_of_ours_is_none(mouth):
    assert find_card(mouth).reason == NO_CARD and find_card(np.zeros((1, 1, 3), np.uint8)).scale is None
    own, known = set(MARKERS), cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    others = mouth.copy()
    for i, number in enumerate(sorted({*range(50)} - own)[:12]):  # of the same dictionary, with other numbers
        y, x = 20 + 90 * (i // 4), 20 + 90 * (i % 4)
        others[y:y + 80, x:x + 80] = 255
        others[y + 10:y + 70, x + 10:x + 70] = known.generateImageMarker(number, 60)[..., None]
    assert find_card(others).reason == NO_CARD


def test_what_is_bent_doubled_or_seen_from_the_side_is_refused_with_the_reason(mouth, large):
    two = with_card(with_card(large, Pose((400, 300), 12)), Pose((1100, 800), 12, turn=50))
    assert find_card(two).reason == TWO
    assert find_card(with_card(large, Pose((800, 600), 24, tilt=64))).reason == ASIDE
    bent = with_card(large, Pose((800, 600), 20))
    columns = np.arange(1600, dtype=np.float32)[None].repeat(1200, 0)
    rows = np.arange(1200, dtype=np.float32)[:, None].repeat(1600, 1) + 12 * ((columns - 800) / 340) ** 2
    assert find_card(cv2.remap(bent, columns, rows.astype(np.float32), cv2.INTER_LINEAR)).reason == NOT_PLANE
    loose = mouth.copy()  # markers of ours that nobody has printed as a card
    for number, (y, x) in enumerate([(30, 30), (40, 300), (200, 60), (260, 330)]):
        loose[y:y + 80, x:x + 80] = 255
        loose[y + 10:y + 70, x + 10:x + 70] = dictionary().generateImageMarker(number, 60)[..., None]
    assert find_card(loose).reason == NOT_PLANE


def test_the_card_comes_before_the_ruler_and_the_ruler_before_nothing(mouth, monkeypatch):
    ruled = ruler_on(mouth, 12., 0)
    scale, card = read_scale(ruled)
    assert scale.by == 'ruler' and scale.px_per_mm == pytest.approx(12, rel=.01) and card.reason == NO_CARD
    both = with_card(ruled, Pose((250, 310), 7))
    monkeypatch.setattr('lopm.followup.reading.find_ticks', lambda pixels: 1 / 0)
    assert read_scale(both)[0].by == 'card' and read_scale(both)[0].px_per_mm == pytest.approx(7, rel=.01)


@pytest.fixture(scope='module')
def visits():
    """Two visits whose cards lie elsewhere; at the second one all of the mouth is redder, and the lamp bluer."""
    view, taken = draw_views(12, seed=21)[5], []
    for seed, pose, redder, light in ((1, Pose((110, 310), 5.5), (1, 1, 1), (1, 1, 1)),
                                      (2, Pose((400, 70), 6, turn=80), (1, .7, .7), (.7, .8, 1))):
        visit = draw_visit(view, seed)
        taken.append((with_card(relit(visit.photograph, redder), pose, light=light), list(visit.outlines)))
    return taken


def mucosa(found, part):
    """The median color of what both photographs show of the healthy mucosa."""
    healthy = ~(found.outlines[0].any(0) | found.outlines[1].any(0)) & (found.photographs[1].min(2) > 0)
    healthy[:120] = healthy[260:] = False  # where no card lies
    return np.median(found.photographs[part][healthy], 0)


@pytest.fixture(scope='module')
def by_card(visits):
    return compare(*visits)


def test_by_a_card_in_both_a_change_of_all_of_the_mucosa_is_seen(by_card):
    assert by_card.light == 'card' and by_card.card_refused == '' and not by_card.refused
    earlier, later = mucosa(by_card, 0), mucosa(by_card, 1)
    assert later[0] == pytest.approx(earlier[0], abs=8) and (later[1:] < .9 * earlier[1:]).all()


def test_with_a_card_in_one_alone_mucosa_says_what_the_light_is(visits):
    bare = draw_visit(draw_views(12, seed=21)[5], 2)
    found = compare(visits[0], (bare.photograph, list(bare.outlines)), scales=(None, None))
    assert found.light == 'mucosa' and found.card_refused == ''
    assert mucosa(found, 1) == pytest.approx(mucosa(found, 0), abs=6)


def test_the_card_gives_square_millimetres_and_misleads_nothing(visits, by_card):
    whole = [each for each in by_card.lesions if 'size' in each.axes]
    assert whole and {each.fate for each in by_card.lesions} == {'same'}
    for each in whole:
        assert each.axes['size'].value == pytest.approx(1, rel=.1)
        pixels = visits[0][1][each.earlier[0]].sum()
        assert each.square_millimetres[0] == pytest.approx(pixels / 5.5 ** 2, rel=.02)


def test_of_a_lesion_that_a_card_covers_size_and_borders_are_not_compared(visits):
    taken, outlines = visits[0]
    y, x = (int(each.mean()) for each in np.nonzero(outlines[0]))
    over = with_card(taken, Pose((x, y), 4))
    assert find_card(over).reason == TWO  # the other one is still there
    plain = draw_visit(draw_views(12, seed=21)[5], 1).photograph
    found = compare((plain, outlines), (with_card(plain, Pose((x, y), 4)), outlines), scales=(None, None))
    under = next(each for each in found.lesions if 0 in each.earlier)
    assert COVERED in under.remarks and 'size' not in under.axes
    others = [each for each in found.lesions if 0 not in each.earlier and 'size' in each.axes]
    assert others and not any(COVERED in each.remarks for each in others)


def test_french_knows_every_reason():
    assert not [each for each in REASONS if Language('fr').say(each) == each]
