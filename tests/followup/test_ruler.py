"""Rulers that were drawn, whose spacing is known, and real ones."""
import csv
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from lopm.datasets.visits import draw_views, draw_visit
from lopm.followup import read_ruler
from lopm.followup.ruler import find_ticks

NEVI = os.environ.get('LOPM_NEVUS_VISITS')


def ruler_on(photograph, spacing, turn, longer=(5, 10), ticks=22):
    """The photograph with a pale strip across it; every tick of ``longer`` is longer than the others."""
    high, wide = photograph.shape[:2]
    length = round(spacing * (ticks + 1))
    strip = np.full((52, length, 3), 235, np.uint8)
    for i in range(ticks):
        reach = 15 + sum(8 * (i % every == 0) for every in longer)
        x = spacing * (i + 1)
        cv2.line(strip, (round(16 * x), 0), (round(16 * x), 16 * reach), (30, 30, 30), 2, cv2.LINE_AA, 4)
    matrix = cv2.getRotationMatrix2D((length / 2, 26), turn, 1)
    matrix[:, 2] += (wide / 2 - length / 2, high / 2 - 26)
    there = cv2.warpAffine(np.ones(strip.shape[:2], np.float32), matrix, (wide, high))[..., None]
    laid = cv2.warpAffine(strip, matrix, (wide, high))
    return (photograph * (1 - there) + laid * there).astype(np.uint8)


@pytest.fixture(scope='module')
def mouth():
    return draw_visit(draw_views(1, seed=4)[0], 0).photograph


@pytest.mark.parametrize(('spacing', 'turn'), [(12., 0), (9.3, 37), (15.6, -80), (7.4, 141)])
def test_a_ruler_is_read_wherever_it_lies(mouth, spacing, turn):
    scale = read_ruler(ruler_on(mouth, spacing, turn))
    assert scale.px_per_mm == pytest.approx(spacing, rel=.01)
    assert abs(scale.px_per_mm - spacing) < scale.plus_minus < .05 * spacing


def test_ticks_are_given_where_they_are(mouth):
    ticks = find_ticks(ruler_on(mouth, 14., 0, ticks=16))
    x = 256 - 14 * 17 / 2 + 14 * np.arange(1, 17)
    found = np.sort(ticks.places[:, 0])
    assert len(found) >= 12 and np.abs(found[:, None] - x).min(1).max() < 1


def test_what_is_seen_askew_is_less_sure(mouth):
    askew = np.float32([[1, .05, 0], [0, 1, 0], [3e-4, 0, 1]])
    laid = cv2.warpPerspective(ruler_on(mouth, 14., 0, ticks=30), askew, (512, 384))
    assert find_ticks(laid).scale.plus_minus > 2 * find_ticks(ruler_on(mouth, 14., 0, ticks=30)).scale.plus_minus


def test_inches_are_no_millimetres(mouth):
    assert read_ruler(ruler_on(mouth, 12., 12, longer=(2, 4, 8, 16), ticks=30)) is None


def test_where_no_ruler_is_none_is_read(mouth):
    assert read_ruler(mouth) is None
    assert read_ruler(np.full((300, 400, 3), 128, np.uint8)) is None
    assert read_ruler(np.zeros((1, 1, 3), np.uint8)) is None


@pytest.mark.skipif(not NEVI, reason='LOPM_NEVUS_VISITS names no folder of real moles with rulers')
@pytest.mark.parametrize('name', ['N1A', 'DN6A', 'DN10E', 'M7C', 'M10C', 'M11E', 'M5A', 'M7B'])
def test_real_rulers_are_read_as_a_person_reads_them(name):
    with open(Path(NEVI) / 'visits.csv', encoding='utf-8') as file:
        row = next(row for row in csv.DictReader(file) if Path(row['file']).stem == name)
    scale = read_ruler(Path(NEVI) / row['file'])
    if not row['px_per_mm']:
        assert scale is None
    else:
        assert abs(scale.px_per_mm - float(row['px_per_mm'])) < max(scale.plus_minus, .02 * scale.px_per_mm)
