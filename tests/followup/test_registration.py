"""Drawn visits, whose truth is known: where things lie, and what is not the same mouth."""
import csv
import os
from pathlib import Path

import numpy as np
import pytest

from lopm.datasets.visits import draw_views, draw_visit
from lopm.followup.given import pixels_of
from lopm.followup.registration import NotRegistered, register
from lopm.followup.view import view_of

MOUTHS = os.environ.get('LOPM_ORAL_MOUTHS')
SIZE = 512, 384


@pytest.fixture(scope='module')
def views():
    return draw_views(10, seed=30)


def view(visit):
    return view_of(visit.photograph, visit.outlines)


def error(here, there, found):
    """Of each lesion that both show: root mean square, in shares of the diagonal."""
    shown = found.upon(np.ones(SIZE[::-1], np.float32), SIZE) > .99
    off = np.linalg.norm(found.upon(there.place, SIZE) - here.place, axis=-1) / np.hypot(*SIZE)
    return [np.sqrt((off[shown & each] ** 2).mean()) for each in here.outlines
            if (shown & each).sum() > 200 and found.surrounds(each) >= 4]


def test_visits_lie_upon_each_other(views):
    errors, refused = [], 0
    for i, each in enumerate(views):
        here, there = draw_visit(each, 1), draw_visit(each, 2, shifted=i % 2 == 1)
        try:
            errors += error(here, there, register(view(here), view(there)))
        except NotRegistered:
            refused += 1
    assert refused <= 1 and len(errors) >= 12
    assert np.median(errors) < .01 and max(errors) < .02


def test_other_mouths_are_refused(views):
    for i in range(4):
        with pytest.raises(NotRegistered, match='another place or another patient'):
            register(view(draw_visit(views[i], 1)), view(draw_visit(views[i + 5], 2)))


def test_a_lesion_that_grows_is_not_pulled_back(views):
    """Only the lesion differs: its growth is all there."""
    found = 0
    for each in views[:6]:
        here, there = draw_visit(each, 1, moved=False), draw_visit(each, 1, area=1.56, moved=False)
        laid = register(view(here), view(there))
        for one, other, areas in zip(here.outlines, there.outlines, zip(here.areas, there.areas)):
            if areas[1] / areas[0] > 1.5 and not other[[0, -1]].any() and not other[:, [0, -1]].any():
                grown = laid.upon(other.astype(np.float32), SIZE).sum() / one.sum()
                assert grown == pytest.approx(areas[1] / areas[0], rel=.04)
                found += 1
    assert found >= 4


def test_points_and_pictures_go_the_same_way(views):
    here, there = draw_visit(views[0], 1), draw_visit(views[0], 2)
    laid = register(view(here), view(there))
    columns = np.broadcast_to(np.arange(SIZE[0], dtype=np.float32), SIZE[::-1])
    shown = laid.upon(np.ascontiguousarray(columns), SIZE)[150, 200]
    assert laid.there([[200, 150]])[0, 0] == pytest.approx(shown, abs=.1)


def test_what_shows_nothing_is_refused():
    flat = view_of(np.full((384, 512, 3), 120, np.uint8), np.zeros((0, 384, 512), bool))
    with pytest.raises(NotRegistered, match='0% is found again'):
        register(flat, flat)


def test_outlines_that_cover_all_are_the_reason_that_is_given(views):
    here = draw_visit(views[0], 1)
    covered = view_of(here.photograph, np.ones((1, 384, 512), bool))
    with pytest.raises(NotRegistered, match='outlines and glare cover 100% of the later photograph'):
        register(view(here), covered)


@pytest.mark.skipif(not MOUTHS, reason='LOPM_ORAL_MOUTHS names no folder of real mouths')
def test_real_mouths_that_were_photographed_twice():
    with open(Path(MOUTHS) / 'same_mouth.csv', encoding='utf-8') as file:
        rows = list(csv.DictReader(file))

    def read(name):
        pixels = pixels_of(Path(MOUTHS) / 'photographs' / name)
        return view_of(pixels, np.zeros((0, *pixels.shape[:2]), bool))
    for i in (1, 6):
        assert register(read(rows[i]['one']), read(rows[i]['other'])).quality > .4
        with pytest.raises(NotRegistered):
            register(read(rows[i]['one']), read(rows[i - 1]['other']))
