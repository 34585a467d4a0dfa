"""Two drawn visits, from photographs and outlines to words."""
import json

import cv2
import numpy as np
import pytest

from lopm.datasets.masks import encode_mask
from lopm.datasets.photographs import BadPhotograph
from lopm.datasets.visits import draw_views, draw_visit
from lopm.followup import compare
from lopm.followup.given import visit_of

NO_SCALES = None, None


def given(visit):
    return visit.photograph, list(visit.outlines)


@pytest.fixture(scope='module')
def view():
    """A view of lesions that lie in the middle of it."""
    return draw_views(12, seed=21)[5]


@pytest.fixture(scope='module')
def first(view):
    return draw_visit(view, 1)


@pytest.fixture(scope='module')
def unchanged(view, first):
    return compare(given(first), given(draw_visit(view, 2)), scales=NO_SCALES)


@pytest.fixture(scope='module')
def changed(view, first):
    return compare(given(first), given(draw_visit(view, 3, area=1.4, redder=1)), scales=NO_SCALES)


def whole(comparison):
    return [each for each in comparison.lesions if 'size' in each.axes]


def test_what_has_not_changed_is_the_same(unchanged):
    assert not unchanged.refused and {each.fate for each in unchanged.lesions} == {'same'}
    assert whole(unchanged)
    assert {each.axes['size'].word for each in whole(unchanged)} == {'same within noise'}
    words = [change.word for each in unchanged.lesions for change in each.axes.values()]
    assert np.mean([word == 'same within noise' for word in words]) > .7  # one in twenty is not, and axes go together
    assert 'drawings' in unchanged.noise


def test_growth_and_color_are_found(changed):
    for each in whole(changed):
        assert each.axes['size'].word in ('more', 'clearly more') and each.axes['size'].how == 'larger'
        assert each.axes['size'].low < each.axes['size'].value < each.axes['size'].high
        assert each.axes['color'].word != 'same within noise' and each.axes['color'].how in ('redder', 'darker')
    assert np.median([each.axes['size'].value for each in whole(changed)]) == pytest.approx(1.4, rel=.1)


def test_the_later_photograph_lies_upon_the_earlier_in_its_light(changed, first):
    earlier, later = changed.photographs
    assert (earlier == first.photograph).all() and later.shape == earlier.shape
    healthy = ~(changed.outlines[0].any(0) | changed.outlines[1].any(0)) & (later.min(2) > 0)
    one, other = (cv2.cvtColor(each.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[healthy] for each in (earlier, later))
    assert np.abs(np.median(one - other, axis=0)).max() < 2.5


def test_it_can_be_kept_as_json(changed):
    kept = json.loads(json.dumps(changed.to_json()))
    assert kept['lesions'][0]['axes']['color']['word'] == changed.lesions[0].axes['color'].word
    assert 'off' not in kept['lesions'][0] and kept['refused'] == '' and kept['quality'] > .25


def test_another_mouth_is_refused_and_nothing_is_said(first):
    found = compare(given(first), given(draw_visit(draw_views(12, seed=21)[1], 2)), scales=NO_SCALES)
    assert 'another place or another patient' in found.refused and not found.lesions and found.registration is None


def test_a_mirrored_photograph_is_turned_round(view, first):
    later = draw_visit(view, 2)
    turned = np.ascontiguousarray(later.photograph[:, ::-1]), [each[:, ::-1] for each in later.outlines]
    found = compare(given(first), turned, scales=NO_SCALES)
    assert found.mirrored and {each.fate for each in found.lesions} == {'same'}


def test_a_lesion_at_the_edge_has_no_size(view, first):
    later = draw_visit(view, 2)
    ys, xs = np.nonzero(later.outlines.any(0))
    cut = int((xs.min() + xs.max()) / 2)
    outlines = [each[:, :cut] for each in later.outlines if each[:, :cut].any()]
    found = compare(given(first), (np.ascontiguousarray(later.photograph[:, :cut]), outlines), scales=NO_SCALES)
    edge = [each for each in found.lesions if any('edge of a photograph' in remark for remark in each.remarks)]
    assert edge and all('size' not in each.axes for each in edge)


def test_a_lesion_that_is_gone_is_looked_for_where_it_was(first, view):
    later = draw_visit(view, 2)
    found = compare(given(first), (later.photograph, []), scales=NO_SCALES)
    assert {each.fate for each in found.lesions} <= {'gone', 'not shown by the other photograph'} and found.lesions


@pytest.fixture
def discs():
    """Two plain photographs of a disc, of radius 40 and 44, which nothing surrounds."""
    photographs = []
    for radius in (40, 44):
        photograph = np.full((200, 300, 3), (190, 110, 105), np.uint8)
        mask = cv2.circle(np.zeros((200, 300), np.uint8), (150, 100), radius, 1, -1)
        photograph[mask > 0] = 230
        photographs.append((photograph, mask > 0))
    return photographs


def test_scales_alone_compare_sizes_and_say_so(discs):
    found = compare(*discs, scales=(10., 10.))
    (lesion,) = found.lesions
    assert found.refused and set(lesion.axes) == {'size', 'overall'}
    assert lesion.axes['size'].value == pytest.approx(1.21, rel=.02) and lesion.axes['size'].word != 'same within noise'
    assert lesion.square_millimetres == pytest.approx((np.pi * 16, np.pi * 4.4 ** 2), rel=.02)
    assert 'taken from you' in lesion.remarks[0]
    smaller = compare(*discs, scales=(10., 11.)).lesions[0]  # nearer to the camera, not larger
    assert smaller.axes['size'].word == 'same within noise'
    assert not compare(*discs, scales=(10., None)).lesions


def test_a_box_is_less_sure_than_an_outline(discs):
    boxes = [(photograph, {'box': [150 - r, 100 - r, 2 * r, 2 * r]}) for (photograph, _), r in zip(discs, (40, 44))]
    by_box, by_outline = (compare(*each, scales=(10., 10.)).lesions[0].axes['size'] for each in (boxes, discs))
    assert by_box.value == pytest.approx(by_outline.value, rel=.02)
    assert by_box.word == 'same within noise' and by_box.high - by_box.low > 2 * (by_outline.high - by_outline.low)
    corners = [[150 - 40, 60, 190, 60, 190, 140, 110, 140]]
    assert compare((discs[0][0], corners), boxes[1], scales=(10., 10.)).lesions[0].axes['size'] == by_box


def test_outlines_are_given_as_masks_polygons_or_rle(discs):
    photograph, mask = discs[0]
    ring = np.stack([150 + 44 * np.cos(np.linspace(0, 6.2, 90)), 100 + 44 * np.sin(np.linspace(0, 6.2, 90))], 1)
    areas = [visit_of(photograph, each).outlines.sum((1, 2)).tolist() for each in (
        discs[1][1], [discs[1][1]], encode_mask(discs[1][1]), [ring.ravel().tolist()], [[ring.ravel().tolist()]])]
    assert [area for (area,) in areas] == pytest.approx([areas[0][0]] * 5, rel=.03)
    assert not visit_of(photograph, discs[1][1]).boxes.any()
    assert visit_of(photograph, {'box': [9, 9, 50, 40]}).boxes.all()


@pytest.mark.parametrize('size', [(1, 1), (3, 2000), (4000, 2)])
def test_what_is_too_small_or_thin_is_refused(size):
    photograph = np.random.default_rng(0).integers(0, 255, (*size, 3), dtype=np.uint8)
    assert 'is found again' in compare((photograph, []), (photograph, []), scales=NO_SCALES).refused


@pytest.mark.parametrize(('outlined', 'words'), [
    (None, 'outlines None: are none'), ({'box': [5, 5]}, 'is none; give'), ({'box': [5, 5, -3, 4]}, 'is none; give'),
    ({'box': [5, 5, float('nan'), 4]}, 'is none; give'), ([[1, 2, 3]], 'odd number of coordinates'),
    (np.zeros((200, 300)), 'holds no pixel'), (np.zeros((9, 9), bool), 'the photograph has')])
def test_what_is_no_outline_is_refused(discs, outlined, words):
    with pytest.raises(ValueError, match=words):
        visit_of(discs[0][0], outlined)


def test_what_cannot_be_read_is_named(tmp_path, discs):
    with pytest.raises(BadPhotograph, match='missing'):
        visit_of(tmp_path / 'none.jpg', [])
    with pytest.raises(ValueError, match='holds no pixel'):
        visit_of(discs[0][0], [[[900, 900, 950, 900, 950, 950]]])
