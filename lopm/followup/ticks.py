"""Ticks of a ruler, followed one by one along the direction in which they lie."""
from typing import NamedTuple

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lopm.followup.turned import matrix_of, steps_along, turned_by

LEAST_TICKS = 8  # in a row, each like the others
ALIKE = .6  # correlation of a tick with the mean one
DEPTH = 20  # grey levels of a tick against what lies beside it: the blocks of a JPEG have fewer
FEW, LONG = 12, .9  # ticks, fewer than which have to be so many spacings long: papillae in a row are shorter
JITTER = .1  # of a spacing: how far ticks may stray from where they should lie
INCHES, MILLIMETRES = (4, 8), (5, 10)  # every which tick is a longer one


class Chain(NamedTuple):
    """Ticks along a row of a turned picture: where, how their place follows from their number (coefficients; how far
    they stray from it; standard error of their spacing), the way ``back`` to the photograph; whether they are parts of
    ``inches``."""

    at: np.ndarray
    row: int
    fit: np.ndarray
    strays: float
    error: float
    back: np.ndarray
    inches: bool


def follow(grey, turn, spacing):
    """Each ``Chain`` of ticks near a direction and a spacing: the best lies along the ruler."""
    for angle in turn + np.arange(-12, 13, 2.):
        turned = turned_by(grey, angle)
        steps = steps_along(turned, 5)
        length, row, start = _longest(steps, spacing)
        if length < (LEAST_TICKS - 1) * spacing:
            continue
        number, at = _each_tick(steps[row], start, start + length + spacing, spacing)
        if len(at) < LEAST_TICKS:
            continue
        fit, covariance = np.polyfit(number, at, 2 if len(at) > 2 * LEAST_TICKS else 1, cov='unscaled')
        strays = np.std(at - np.polyval(fit, number))
        at = at + _middle(turned[row - 1:row + 2].mean(0), at, spacing)
        depths = _depths(turned, row, at, spacing)
        lengths = _lengths(depths, row)
        is_ruler = np.median(depths[row]) > DEPTH and (len(at) >= FEW or np.median(lengths) > LONG * spacing)
        if strays < JITTER * spacing and is_ruler:
            back = cv2.invertAffineTransform(matrix_of(grey.shape, angle)[0])
            yield Chain(at, row, fit, strays, strays * np.sqrt(covariance[-2, -2]), back,
                         _has_inches(lengths, number))


def _longest(steps, spacing):
    """``(length, row, start)`` of the longest stretch of a row in which each piece is like the next one."""
    lag = round(spacing)
    kernel = 2 * lag + 1, 1
    here, there = steps[:, :-lag], steps[:, lag:]
    likeness = cv2.blur(here * there, kernel) / (cv2.blur((here ** 2 + there ** 2) / 2, kernel) + 1e-3)
    alike = likeness > ALIKE - .1
    column = np.arange(alike.shape[1])
    runs = column - np.maximum.accumulate(np.where(alike, -1, column), axis=1)  # length of the run that ends here
    row, end = np.unravel_index(runs.argmax(), runs.shape)
    return int(runs[row, end]), int(row), int(end - runs[row, end] + 1)


def _each_tick(band, start, stop, spacing):
    """Number and place of every tick of a row that looks like the mean of all, ``[N]`` each; thrice, to settle."""
    first, reach = start + spacing / 2, np.arange(-round(spacing / 2), round(spacing / 2) + 1)
    line = np.array([spacing, first])
    number = np.arange(int((stop - start) / spacing) - 1)
    for _ in range(3):
        at = np.polyval(line, number)
        cells = np.stack([np.interp(at + shift, np.arange(len(band)), band) for shift in
                          np.arange(reach[0] * 2, reach[-1] * 2 + 1)], 1)  # a spacing more on each side
        mean = _unit(cells[:, len(reach) // 2:len(reach) // 2 + len(reach)].mean(0))
        likeness = np.stack([(_unit(window) * mean).sum(-1) for window in
                             sliding_window_view(cells, len(reach), axis=1).transpose(1, 0, 2)], 1)
        peak = np.clip(likeness.argmax(1), 1, likeness.shape[1] - 2)
        left, top, right = (likeness[number, peak + shift] for shift in (-1, 0, 1))
        shift = peak + (right - left) / (4 * top - 2 * left - 2 * right + 1e-9) - len(reach) // 2
        good = (top > ALIKE) & (np.abs(shift) < .35 * spacing)
        if good.sum() < LEAST_TICKS:
            return number[:0], at[:0]
        at = at + shift
        line = np.polyfit(number[good], at[good], 1)
    return number[good], at[good]


def _unit(cells):
    cells = cells - cells.mean(-1, keepdims=True)
    return cells / (np.linalg.norm(cells, axis=-1, keepdims=True) + 1e-6)


def _middle(line, at, spacing):
    """Where in each piece of a row the tick stands: a tick is narrower than what lies between two."""
    aside = np.arange(-round(spacing / 2), round(spacing / 2) + 1)
    piece = np.interp(at[:, None] + aside, np.arange(len(line)), line).mean(0)
    return aside[np.abs(piece - np.median(piece)).argmax()]


def _depths(turned, row, at, spacing):
    """Grey levels by which ticks stand out from both of their sides, in every row of the picture: ``[H, N]``."""
    columns = np.stack([np.rint(at + shift).astype(int) for shift in (-spacing / 2, 0, spacing / 2)])
    left, tick, right = turned[:, columns.clip(0, turned.shape[1] - 1)].transpose(1, 0, 2)
    depths = (left + right) / 2 - tick
    return depths * np.sign(np.median(depths[row]))  # there are white ticks on black rulers


def _lengths(depths, row):
    """Rows in which each tick stands out at least half as much as in its own: ``[N]``."""
    there = depths > depths[row] / 2
    return sum(np.logical_and.accumulate(side).sum(0) for side in (there[row::-1], there[row:]))


def _has_inches(lengths, number):
    """Whether every fourth or eighth tick is longer, and not every fifth or tenth."""
    length = np.full(number.max() + 1, np.nan)
    length[number] = lengths
    length -= np.nanmedian(length)
    length = length.clip(0, np.nanpercentile(length, 90))  # how much longer than most: what ticks run into is not it

    def repeats(every):
        pairs = length[:-every] * length[every:]
        return np.nanmean(pairs) / (np.nanmean(length ** 2) + 1e-9) if np.isfinite(pairs).any() else 0
    if number.max() < 2 * max(INCHES):
        return False
    inches, millimetres = (max(map(repeats, group)) for group in (INCHES, MILLIMETRES))
    return inches > max(.5, millimetres + .2)
