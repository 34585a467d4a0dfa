"""A ruler in a photograph, read by the spacing of its millimetre ticks, wherever it lies and however it is turned."""
from typing import NamedTuple

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lopm.followup.given import pixels_of
from lopm.followup.scale import RULER, Scale
from lopm.followup.ticks import follow
from lopm.followup.turned import steps_along, turned_by

SIDES = 640, 1280  # pixels of the longer side: a small copy is enough for most rulers, and quick
TURNS = np.arange(0, 180, 3.)  # degrees that are tried; ticks are long enough to be seen askew
WINDOWS = 96, 192  # pixels in which ticks have to come back at one distance
ROWS = 4  # pixels between the lines that are looked along
SPACINGS = 4 * 1.02 ** np.arange(120)  # pixels between two ticks, up to a fifth of a window
REPEATS = 4  # how often the pattern has to come back
LEAST_SCORE = .3  # of a place that is worth a closer look
PLACES = 6  # that are looked at closely
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
        chains = [chain for place in _places(small) for chain in follow(small, *place)]
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
        steps = steps_along(turned_by(grey, turn), 9)[::ROWS]
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


def _as_ticks(chain, factor):
    places = np.stack([chain.at, np.full_like(chain.at, chain.row)], 1) @ chain.back[:, :2].T + chain.back[:, 2]
    number = np.array([0, len(chain.at) - 1])
    slopes = np.polyval(np.polyder(chain.fit), number)  # of a ruler that is seen askew they differ
    spacing = slopes.mean()
    uncertainty = 1.96 * np.hypot(chain.error, SURE_OF_SPACING * spacing) + abs(np.diff(slopes)[0]) / 2
    return Ticks((places + .5) / factor - .5, Scale(float(spacing / factor), float(uncertainty / factor), RULER))
