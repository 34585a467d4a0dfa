"""How much a lesion has changed along each axis, and whether that is more than two photographs of one day differ."""
from dataclasses import dataclass

import numpy as np

from lopm.measure import MEASURES

# Per axis, what is measured of it, and whether more of it is more of the axis; 0: it has no such direction, and the
# first one decides. More of color: further from the healthy mucosa. More of borders: less regular, less sharp.
AXES = {
    'size': {'area': 1},
    'color': {'contrast': 1, 'contrast_L': 0, 'contrast_a': 0, 'contrast_b': 0},
    'texture': {'glcm_contrast': 1, 'glcm_entropy': 1, 'lbp_irregular': 1},
    'borders': {'compactness': -1, 'solidity': -1, 'rim_sharpness': -1},
    'homogeneity': {'patch_dispersion': -1, 'dispersion': -1}}
OVERALL = 'overall'
GRAVER = {'size': 1, 'color': 1, 'texture': 1, 'borders': 1, 'homogeneity': -1}  # more of which is more overall
WORDS = {-2: 'clearly less', -1: 'less', 0: 'same within noise', 1: 'more', 2: 'clearly more'}
HOW = {'contrast_L': ('darker', 'lighter'), 'contrast_a': ('less red', 'redder'), 'contrast_b': ('bluer', 'yellower'),
       'area': ('smaller', 'larger'), 'glcm_contrast': ('smoother', 'rougher'), 'glcm_entropy': ('smoother', 'rougher'),
       'lbp_irregular': ('smoother', 'rougher'), 'compactness': ('less regular', 'more regular'),
       'solidity': ('less regular', 'more regular'), 'rim_sharpness': ('less sharp', 'sharper'),
       'patch_dispersion': ('more even', 'less even'), 'dispersion': ('more even', 'less even'),
       'contrast': ('nearer to the mucosa around', 'further from the mucosa around')}
MEASURED = {each.name: each for each in MEASURES}


@dataclass(frozen=True)
class Change:
    """Along one axis.

    Attributes:
        word: Of ``WORDS``.
        probability: Share of the repeats of unchanged lesions that differ less than this.
        by: What changed most against its noise, of ``lopm.measure``.
        how: The same in words, such as "redder"; ``''`` of what is the same.
        value, low, high: By how much ``by`` changed, and its 95 % interval: a factor where ``unit`` is "times", else
            a difference in that unit.
        of_noise: How many times what 19 of 20 repeats stay under; below 0: less.
    """

    word: str
    probability: float
    by: str = ''
    how: str = ''
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ''
    of_noise: float | None = None


def differences(earlier, later):
    """``{measure: later minus earlier}`` of two dicts of measured values, of logs where the measure varies by factors;
    what is not known of both is left out."""
    found = {}
    for name in (name for axis in AXES.values() for name in axis):
        one, other = earlier.get(name, np.nan), later.get(name, np.nan)
        if MEASURED[name].log:
            with np.errstate(divide='ignore', invalid='ignore'):
                one, other = np.log(one), np.log(other)
        if np.isfinite(other - one):
            found[name] = float(other - one)
    return found


def changes(off, noise, uncertain=None):
    """``{axis: Change}`` of ``differences``, and of all together under "overall"; axes of which nothing is known are
    left out.

    Args:
        noise: ``Noise``.
        uncertain: ``{measure: standard deviation}`` that comes on top for this pair, such as that of its scales.
    """
    spread = {name: float(np.hypot(noise.spread[name], (uncertain or {}).get(name, 0))) for name in off
              if name in noise.spread}
    scores = {axis: score(axis, off, spread) for axis in AXES}
    found = {axis: _change(axis, off, spread, known, noise) for axis, known in scores.items() if known is not None}
    if found:
        found[OVERALL] = _overall(found, scores, noise)
    return found


def score(axis, off, spread):
    """How many standard deviations the most changed measure of an axis is off, or None where none is known."""
    return max((abs(off[name]) / spread[name] for name in AXES[axis] if name in off and name in spread), default=None)


def overall_score(scores, limits):
    """The most changed axis, in units of what repeats stay under."""
    return max(scores[axis] / limits[axis] for axis in scores if scores[axis] is not None)


def _change(axis, off, spread, known, noise):
    by = max((name for name in AXES[axis] if name in off and name in spread),
             key=lambda name: abs(off[name]) / spread[name])
    first = next(name for name in AXES[axis] if name in off)
    sign = AXES[axis][by] * np.sign(off[by]) or np.sign(off[first]) * (AXES[axis][first] or 1)
    level = _level(known, noise.limits[axis])
    low, high = (off[by] + side * 1.96 * spread[by] for side in (-1, 1))
    values, unit = (off[by], low, high), MEASURED[by].unit
    if MEASURED[by].log:
        values, unit = np.exp(values), 'times'
    return Change(WORDS[int(sign * level)], noise.probability(axis, known), by,
                  HOW[by][int(off[by] > 0)] if level else '', *map(float, values), unit,
                  float(sign * known / noise.limits[axis]))


def _overall(found, scores, noise):
    known = overall_score(scores, noise.limits)
    level = _level(known, noise.limits[OVERALL])
    strongest = max(found, key=lambda axis: scores[axis] / noise.limits[axis])
    sign = GRAVER[strongest] * (-1 if 'less' in found[strongest].word.split() else 1)
    return Change(WORDS[sign * level if level else 0], noise.probability(OVERALL, known), strongest,
                  f'{strongest}: {found[strongest].how}' if level and found[strongest].how else '')


def _level(known, limit):
    """0 within what repeats stay under, 2 where the whole 95 % interval of the change lies beyond it, else 1."""
    return 0 if known <= limit else 1 if known < 2 * limit else 2
