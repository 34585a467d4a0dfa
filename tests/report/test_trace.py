"""A feature over its visits: where its points lie against the band of noise, which dates stand below."""
import re
from datetime import date, timedelta

import pytest

from lopm.followup.changes import Change
from lopm.followup.course import Point, Track
from lopm.report.language import Language
from lopm.report.trace import APART, beside, trace_of

FIRST = date(2024, 1, 1)


def track(*values):
    """A visit a year, at which the texture is so many times its noise; None where it is not known."""
    return Track(0, [Point(FIRST + timedelta(365 * i), 'same', {} if value is None else {
        'texture': Change('more', .9, of_noise=value)}) for i, value in enumerate(values, 1)], None, {})


def heights(svg):
    return [float(y) for y in re.findall(r'<circle cx="[^"]+" cy="([^"]+)"', svg)]


def test_what_is_beyond_the_noise_lies_beyond_the_band():
    svg = trace_of(FIRST, track(.5, 3., None, -1.5), 'texture', Language('en'))
    top, high = (float(each) for each in re.search(r'<rect x="[^"]+" y="([^"]+)" width="[^"]+" height="([^"]+)"',
                                                   svg).groups())
    first, within, above, below = heights(svg)
    assert first == pytest.approx(top + high / 2, abs=.2) and top < within < first
    assert 0 < above < top and top + high < below
    assert '>more</text>' in svg and 'aria-label="texture"' in svg and svg.count('2027-12-31') == 1


def test_it_is_said_in_the_language_and_not_drawn_of_nothing():
    assert '>plus</text>' in trace_of(FIRST, track(1.), 'texture', Language('fr'))
    assert trace_of(FIRST, track(None), 'texture', Language('en')) == ''


def test_dates_do_not_lie_upon_each_other():
    days = [FIRST + timedelta(each) for each in (0, 5, 60, 110, 365, 380, 400)]
    kept = beside(days, lambda on: (on - FIRST).days)
    assert kept[0] == days[0] and kept[-1] == days[-1] and len(kept) > 2
    assert all((later - earlier).days >= APART for earlier, later in zip(kept, kept[1:]))
