"""A ruler in a photograph, read by the spacing of its millimetre ticks, wherever it lies and however it is turned."""
from typing import NamedTuple

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lopm.followup.given import pixels_of
from lopm.followup.scale import Scale

SIDES = 640, 1280  # pixels of the longer side: a small copy is enough for most rulers, and quick
TURNS = np.arange(0, 180, 3.)  # degrees that are tried; ticks are long enough to be seen askew
WINDOWS = 96, 192  # pixels in which ticks have to come back at one distance
ROWS = 4  # pixels between the lines that are looked along
SPACINGS = 4 * 1.02 ** np.arange(120)  # pixels between two ticks, up to a fifth of a window
REPEATS = 4  # how often the pattern has to come back
CONTRAST = 6.  # grey levels a pixel; what is stronger counts little more, so that no single edge decides
LEAST_SCORE = .3  # of a place that is worth a closer look
PLACES = 6  # that are looked at closely
LEAST_TICKS = 8  # in a row, each like the others
ALIKE = .6  # correlation of a tick with the mean one
DEPTH = 20  # grey levels of a tick against what lies beside it: the blocks of a JPEG have fewer
FEW, LONG = 12, .9  # ticks, fewer than which have to be so many spacings long: papillae in a row are shorter
JITTER = .1  # of a spacing: how far ticks may stray from where they should lie
INCHES, MILLIMETRES = (4, 8), (5, 10)  # every which tick is a longer one
SURE_OF_SPACING = .005  # relative standard uncertainty of the ruler, its print and the plane in which it lies


class Ticks(NamedTuple):
    """Ticks that were found: ``places`` float ``[N, 2]``, x and y in pixels of the photograph, in order, a millimetre
    apart; ``scale``: the ``Scale`` that follows."""

    places: np.ndarray
    scale: Scale


def read_ruler(photograph):
    """The ``Scale`` of a photograph by the ruler that lies in it; None where there is none that can be read.

    The uncertainty holds for what lies in the plane of the ruler: a lesion 10 mm nearer to a camera at 200 mm looks 5 %
    larger. A ruler whose every fourth tick is longer has inches, and is not read.

    Args:
        photograph: A path, the bytes of a file, uint8 RGB ``[H, W, 3]`` or a PIL image.
    """
    ticks = find_ticks(pixels_of(photograph))
    return ticks.scale if ticks else None


def find_ticks(photograph):
    """``Ticks`` of the ruler in a photograph uint8 RGB ``[H, W, 3]``, or None.

    Every line through the photograph, turned by steps of 3 degrees, is asked whether what it crosses comes back at one
    distance (autocorrelation in windows); the best places are followed tick by tick along their own direction, and
    count where many ticks in a row look alike and lie evenly. Time grows with the pixels of the reduced copy: about a
    second for 640 of them a side.
    """
    grey = cv2.cvtColor(photograph, cv2.COLOR_RGB2GRAY)
    for side in SIDES:
        factor = min(1., side / max(grey.shape))
        size = [max(1, round(factor * length)) for length in grey.shape[::-1]]
        small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        chains = [chain for place in _places(small) for chain in _follow(small, *place)]
        if chains:
            best = max(chains, key=lambda chain: (len(chain.at), -chain.strays))
            return None if best.inches else _as_ticks(best, factor)
        if factor == 1:
            break
    return None


def _places(grey):
    """The best ``(turn, spacing)`` at which a pattern comes back, at most so many, none like another."""
    found = []
    for turn in TURNS:
        steps = _steps(_turned(grey, turn), 9)[::ROWS]
        for width in WINDOWS:
            if steps.shape[1] > width:
                score, spacing = _comes_back(steps, width)
                found += [(score[i], turn, spacing[i]) for i in np.argsort(score)[-3:] if score[i] > LEAST_SCORE]
    chosen = []
    for _, turn, spacing in sorted(found, reverse=True):
        if not any(abs((turn - t + 90) % 180 - 90) < 10 and abs(np.log(spacing / s)) < .1 for t, s in chosen):
            chosen.append((turn, spacing))
    return chosen[:PLACES]


def _comes_back(steps, width):
    """Per spacing: how well what lies in some window comes back at it and its multiples, and not between them."""
    windows = sliding_window_view(steps, width, axis=1)[:, ::width // 3].reshape(-1, width)
    spectrum = np.fft.rfft(windows - windows.mean(1, keepdims=True), 2 * width)
    products = np.fft.irfft(np.abs(spectrum) ** 2)[:, :width] / (1 - np.arange(width) / width).clip(.2)
    energy = products[:, :1] / width
    likeness = products / (products[:, :1] + 1e-3 * width)
    spacings = SPACINGS[SPACINGS * (REPEATS + .5) < .9 * width]
    repeats = np.arange(1, REPEATS + 1)[:, None] * spacings
    score = (_between(likeness, repeats) - _between(likeness, repeats - spacings / 2)) * np.sqrt(energy)
    best = score.max(0)
    for times in (2, 3):  # what comes back at 5 comes back at 10 and 15 as well
        at = np.searchsorted(spacings, times * spacings)
        inner = at < len(spacings)
        for near in (-1, 0, 1):
            k = np.clip(at + near, 0, len(spacings) - 1)
            best[k[inner & (best > .8 * best[k])]] = 0
    return best, spacings


def _between(likeness, lags):
    """Mean over ``lags`` ``[K, S]``, which need not be whole, of ``likeness`` ``[N, W]``: ``[N, S]``."""
    low = lags.astype(int)
    share = lags - low
    return (likeness[:, low] * (1 - share) + likeness[:, low + 1] * share).mean(1)


class _Chain(NamedTuple):
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


def _follow(grey, turn, spacing):
    """Each ``_Chain`` of ticks near a direction and a spacing: the best lies along the ruler."""
    for angle in turn + np.arange(-12, 13, 2.):
        turned = _turned(grey, angle)
        steps = _steps(turned, 5)
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
            back = cv2.invertAffineTransform(_matrix(grey.shape, angle)[0])
            yield _Chain(at, row, fit, strays, strays * np.sqrt(covariance[-2, -2]), back,
                         _has_inches(lengths, number))


def _longest(steps, spacing):
    """``(length, row, start)`` of the longest stretch of a row in which each piece is like the next one."""
    lag = round(spacing)
    kernel = 2 * lag + 1, 1
    here, there = steps[:, :-lag], steps[:, lag:]
    likeness = cv2.blur(here * there, kernel) / (cv2.blur((here ** 2 + there ** 2) / 2, kernel) + 1e-3)
    alike = likeness > ALIKE - .1
    runs = np.zeros(alike.shape, np.int32)  # length of the run that ends here
    count = np.zeros(len(alike), np.int32)
    for column in range(alike.shape[1]):
        count = (count + 1) * alike[:, column]
        runs[:, column] = count
    row, end = np.unravel_index(runs.argmax(), runs.shape)
    return int(runs[row, end]), int(row), int(end - runs[row, end] + 1)


def _each_tick(band, start, stop, spacing):
    """Number and place of every tick of a row that looks like the mean of all, ``[N]`` each; twice, to settle."""
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


def _as_ticks(chain, factor):
    places = np.stack([chain.at, np.full_like(chain.at, chain.row)], 1) @ chain.back[:, :2].T + chain.back[:, 2]
    number = np.array([0, len(chain.at) - 1])
    slopes = np.polyval(np.polyder(chain.fit), number)  # of a ruler that is seen askew they differ
    spacing = slopes.mean()
    uncertainty = 1.96 * np.hypot(chain.error, SURE_OF_SPACING * spacing) + abs(np.diff(slopes)[0]) / 2
    return Ticks((places + .5) / factor - .5, Scale(float(spacing / factor), float(uncertainty / factor)))


def _matrix(shape, angle):
    """The turn of a picture of this shape, and the size of what holds all of it."""
    height, width = shape
    cos, sin = abs(np.cos(np.radians(angle))), abs(np.sin(np.radians(angle)))
    size = int(width * cos + height * sin + 1), int(width * sin + height * cos + 1)
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, 1)
    matrix[:, 2] += (np.array(size) - (width, height)) / 2
    return matrix, size


def _turned(grey, angle):
    matrix, size = _matrix(grey.shape, angle)
    return cv2.warpAffine(grey, matrix, size, borderMode=cv2.BORDER_CONSTANT, borderValue=-1)


def _steps(turned, height):
    """How brightness changes along rows, compressed to -1 to 1; mean of ``height`` rows, 0 beyond the picture."""
    inside = cv2.erode((turned >= 0).astype(np.uint8), np.ones((5, 5), np.uint8),
                       borderType=cv2.BORDER_CONSTANT, borderValue=0)
    steps = cv2.blur(cv2.Sobel(turned, cv2.CV_32F, 1, 0) / 8 * inside, (1, height))
    return steps / (np.abs(steps) + CONTRAST)
