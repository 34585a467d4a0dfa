from datetime import date

import numpy as np
import pytest

from lopm.datasets.visits import draw_views, draw_visit
from lopm.followup import Card, Scale, load_noise
from lopm.followup.changes import OVERALL, WORDS
from lopm.followup.course import by_day, course, repeats

DAYS = date(2024, 1, 10), date(2024, 8, 1), date(2025, 2, 1), date(2026, 2, 1)
AREAS = 1., 1., 1.3, 1.69


@pytest.fixture(scope='module')
def visits():
    view = draw_views(12, seed=21)[5]
    drawn = [draw_visit(view, 100 + i, area=area) for i, area in enumerate(AREAS)]
    return [(on, each.photograph, list(each.outlines)) for on, each in zip(DAYS, drawn)]


@pytest.fixture(scope='module')
def found(visits):
    return course(visits[::-1], load_noise(), rulers=False)  # in whatever order


def test_growth_is_followed_from_the_first_visit(found):
    assert found.first == DAYS[0] and list(found.comparisons) == list(DAYS[1:])
    track = next(each for each in found.tracks if all('size' in point.axes for point in each.points))
    assert [point.axes['size'].word.split()[-1] for point in track.points] == ['noise', 'more', 'more']
    assert track.left['size'] == DAYS[2]
    assert track.trend.low > 1.1 and track.trend.low < track.trend.per_year < track.trend.high
    assert track.trend.per_year == pytest.approx(1.3, abs=.1) and track.trend.probability > .99


def test_it_is_plain_data(found):
    kept = found.to_json()
    assert kept['first'] == '2024-01-10' and kept['tracks'][0]['points'][0]['on'] == '2024-08-01'


def test_one_day_is_no_course_and_its_photographs_are_repeats(visits):
    one_day = [(DAYS[0], *rest) for _, *rest in visits[:2]]
    with pytest.raises(ValueError, match='2 photographs of 1 day: there is nothing to follow'):
        course(one_day, load_noise(), rulers=False)
    assert by_day(one_day)[DAYS[0]][0][0] is one_day[0][1]
    assert len(repeats(one_day)) >= 1 and not repeats(visits)
    assert np.isfinite(list(repeats(one_day)[0].values())).all()


def test_another_mouth_among_them_is_noted_and_left_out(visits):
    other = draw_visit(draw_views(12, seed=21)[1], 7)
    stranger = date(2027, 1, 1), other.photograph, list(other.outlines)
    found = course([*visits[:2], stranger], load_noise(), rulers=False)
    assert len(found.notes) == 1 and found.notes[0].startswith('2027-01-01: not compared')
    assert all(len(track.points) == 1 for track in found.tracks)


def test_scales_that_are_known_are_taken_and_nothing_is_looked_for(visits, monkeypatch):
    monkeypatch.setattr('lopm.followup.course.read_scale', lambda photograph: (Scale(20., .1), Card()))
    found = course(visits[:2], load_noise(), scales={DAYS[0]: Scale(10., .1), DAYS[1]: None})
    assert found.scales == {DAYS[0]: Scale(10., .1)}
    found = course(visits[:2], load_noise(), scales={DAYS[0]: Scale(10., .1)})
    assert found.scales == {DAYS[0]: Scale(10., .1), DAYS[1]: Scale(20., .1)}


def test_a_change_says_how_many_times_the_noise_it_is(found):
    changes = [(axis, change) for track in found.tracks for point in track.points for axis, change in
               point.axes.items() if axis != OVERALL]
    for _, change in changes:
        assert (abs(change.of_noise) > 1) == (change.word != WORDS[0]), change
        assert change.word == WORDS[0] or (change.of_noise < 0) == ('less' in change.word.split())
    assert max(change.of_noise for axis, change in changes if axis == 'size') > 2
