"""Two photographs of one place, at two visits: laid upon each other, and what has changed of each lesion."""
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from lopm.case import Case
from lopm.followup.card import gains_between
from lopm.followup.changes import Change, changes, differences
from lopm.followup.fates import SAME, Fate, fates
from lopm.followup.given import BOX, visit_of
from lopm.followup.light import MUCOSA, in_the_light_of, relit
from lopm.followup.noise import load_noise
from lopm.followup.registration import NotRegistered, Registration, register
from lopm.followup.ruler import find_ticks
from lopm.followup.scale import CARD
from lopm.followup.view import hidden, view_of
from lopm.measure import NAMES, measure
from lopm.measure.lesion import depth_in
from lopm.sentence import Sentence

SIZE = 'area'
READ = 'read'  # instead of a scale: what lies in the photograph says it
EDGE = 'it reaches the edge of a photograph: its size and borders are not compared'
COVERED = 'a card covers part of it: its size and borders are not compared'
AT_EDGE = 'area', 'compactness', 'solidity'  # what is not known of a lesion that is cut off, or covered
LEAST_COVERED = .01  # of a lesion, that a card covers and more than an outline beside it may seem to
BY_SCALE = ('sizes alone are compared, by the scales in both photographs; that both show one lesion is taken from you, '
            'the photographs do not show it')
LEAST_AROUND = 4  # of eight directions in which something next to a lesion has to be found again
NO_LIGHT = 'both photographs show too little healthy mucosa to bring them to one light: colors are not compared'
ALONE = 'too little next to it was found again to say where it lies: it is not compared'
SCALES_DISAGREE = ('by the scales its area is {scaled} times what it was, by what surrounds it {laid} times: look at '
                   'both photographs')
DISAGREE = 3.  # standard deviations between the growth by rulers and by the surroundings that are remarked on


@dataclass(frozen=True)
class Lesions:
    """What became of one lesion, or of several that split or merged.

    Attributes:
        earlier, later: Their numbers at both visits, from 0.
        fate: Of ``fates.FATES``.
        axes: ``{axis: Change}``, and "overall"; empty where nothing can be compared.
        square_millimetres: Area at both visits, None where there is no scale.
        remarks: Sentences (``str``, ``Sentence``) on what could not be compared, and why.
    """

    earlier: tuple
    later: tuple
    fate: str
    axes: dict[str, Change] = field(default_factory=dict)
    square_millimetres: tuple = (None, None)
    remarks: tuple = ()
    off: dict[str, float] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Comparison:
    """What two visits show.

    Attributes:
        lesions: ``[Lesions]``.
        refused: Why the photographs cannot be laid upon each other (a ``Sentence``), else ``''``. Then sizes alone are
            compared, and only where both have a scale and one lesion.
        registration: ``Registration``, or None.
        photographs: The earlier one and the later one as the earlier shows it, in its light; uint8 RGB ``[H, W, 3]``,
            reduced to 1,280 pixels. Of a refused pair, both as they are.
        outlines: bool ``[L, H, W]`` and ``[M, H, W]`` upon them.
        noise: Whose repeats the words rest on.
        light: What the later photograph was brought to the light of the earlier one by: a ``card`` in both, else the
            ``mucosa`` that both show; ``''``: nothing.
        card_refused: Why it was not the card, of two photographs that show one; else ``''``.
        mirrored: Whether the later photograph is the mirror image of what the earlier one shows, as dental mirrors and
            selfie cameras make it; it was turned round.
    """

    lesions: list[Lesions]
    refused: str = ''
    registration: Registration | None = None
    photographs: tuple = field(default=(), repr=False)
    outlines: tuple = field(default=(), repr=False)
    noise: str = ''
    light: str = ''
    card_refused: str = ''
    mirrored: bool = False

    def to_json(self) -> dict[str, Any]:
        """All but the pictures, as json holds it."""
        lesions = [asdict(each) for each in self.lesions]
        return {'lesions': [{key: value for key, value in each.items() if key != 'off'} for each in lesions],
                'refused': self.refused, 'noise': self.noise, 'light': self.light, 'mirrored': self.mirrored,
                'quality': self.registration and self.registration.quality}


def compare(earlier, later, photographs=None, scales=(READ, READ), noise=None) -> Comparison:
    """Compare two visits. No model is needed.

    Args:
        earlier, later: ``(photograph, outlines)`` each, see ``given.visit_of``; or a ``Case`` each, with their
            ``photographs``.
        photographs: Of the two cases.
        scales: Of both photographs: ``Scale``, pixels per millimetre, None, or 'read': by the card or the ruler in it.
        noise: ``Noise`` of repeats of one day; None: that of drawn ones, which are no clinic's.

    Time is that of a few seconds, most for the ruler and the registration; memory that of the two photographs.

    Raises:
        BadPhotograph, ValueError: A photograph or an outline cannot be read.
    """
    noise = noise or load_noise()
    one, other = (visit_of(*_pair(each, photographs, i)) for i, each in enumerate((earlier, later)))
    one, other = (_with_scale(visit, scale) for visit, scale in zip((one, other), scales))
    try:
        registration, other, mirrored = _laid_upon(one, other)
    except NotRegistered as refusal:
        return _by_scale_alone(one, other, refusal.args[0], noise)
    size = one.pixels.shape[1::-1]
    upon = registration.upon(other.pixels, size)
    shown = registration.upon(np.ones(other.pixels.shape[:2], np.float32), size) > .99
    # depths, not masks: an outline that is laid upon another photograph must not get ragged
    outlines = np.array([shown & (registration.upon(depth_in(mask), size) > 0) for mask in other.outlines],
                        bool).reshape(-1, *shown.shape)
    covered = registration.upon(other.covered.astype(np.float32), size) > 0
    healthy = shown & ~hidden(one.pixels, one.foreign) & ~hidden(upon, [*outlines, covered])
    later, light, card_refused = _in_one_light(one, other, upon, healthy)
    pictures = _Pictures(one.pixels, later, shown, covered, light)
    lesions = [_compared(fate, one, other, pictures, outlines, noise, registration)
               for fate in fates(one.outlines, outlines, shown)]
    return Comparison(lesions, '', registration, (pictures.earlier, pictures.later), (one.outlines, outlines),
                      noise.source, light, card_refused, mirrored)


@dataclass(frozen=True)
class _Pictures:
    """Both photographs on the grid of the earlier one, what both show, where a card lies in the later one, and by what
    they are in one light."""

    earlier: np.ndarray
    later: np.ndarray
    shown: np.ndarray
    covered: np.ndarray
    light: str


def _in_one_light(one, other, upon, healthy):
    """``(later photograph, by what, why not by the card in both)``; ``upon``: it, as the earlier one shows it."""
    gains, refused = gains_between(one.card.patches, other.card.patches)
    if gains is not None:
        return relit(upon, gains), CARD, ''
    refused = '' if one.card.corners is None or other.card.corners is None else refused
    later = in_the_light_of(one.pixels, upon, healthy)
    return (upon, '', refused) if later is None else (later, MUCOSA, refused)


def _laid_upon(one, other):
    """``(Registration, the later visit, whether it had to be mirrored for it)``.

    Raises:
        NotRegistered: Of the photograph as it is.
    """
    here = view_of(one.pixels, one.foreign)
    try:
        return register(here, view_of(other.pixels, other.foreign)), other, False
    except NotRegistered as refusal:
        turned = other.mirrored()
        try:
            return register(here, view_of(turned.pixels, turned.foreign)), turned, True
        except NotRegistered:
            raise refusal from None


def _compared(fate: Fate, one, other, pictures, outlines, noise, registration):
    areas = _square_millimetres(one, other, fate)
    if not (fate.earlier and fate.later):
        return Lesions(*fate, square_millimetres=areas)
    here, there = one.outlines[list(fate.earlier)].any(0), outlines[list(fate.later)].any(0)
    if registration.surrounds(here) < LEAST_AROUND:
        return Lesions(*fate, {}, areas, (ALONE,))
    values = [_measured(pixels, mask, lesions.any(0), known) for pixels, mask, lesions, known in (
        (pictures.earlier, here, one.outlines, ~one.covered),
        (pictures.later, there, outlines, pictures.shown & ~pictures.covered))]
    off, remarks = differences(*values), []
    if not pictures.light:
        off = {name: each for name, each in off.items() if not name.startswith('contrast')}
        remarks.append(NO_LIGHT)
    cut = _at_edge(here) or _at_edge(there) or _at_edge(other.outlines[list(fate.later)].any(0))
    if cut or _covered(here, one.covered) or _covered(there, pictures.covered):
        off = {name: each for name, each in off.items() if name not in AT_EDGE}
        remarks.append(EDGE if cut else COVERED)
    if SIZE in off and SIZE in noise.spread and None not in areas:
        apart = np.log(areas[1] / areas[0]) - off[SIZE]
        if abs(apart) > DISAGREE * np.hypot(noise.spread[SIZE], _scale_error(one, other)):
            remarks.append(Sentence(SCALES_DISAGREE, scaled=areas[1] / areas[0], laid=float(np.exp(off[SIZE]))))
    return Lesions(*fate, changes(off, noise, {SIZE: _box_error(one, other, fate)}), areas, tuple(remarks), off)


def _by_scale_alone(one, other, refusal, noise):
    """What two photographs say that cannot be laid upon each other, if both have a scale and one lesion."""
    pictures, outlines = (one.pixels, other.pixels), (one.outlines, other.outlines)
    if not (one.scale and other.scale and len(one.outlines) == len(other.outlines) == 1):
        return Comparison([], refusal, None, pictures, outlines, noise.source)
    fate = Fate((0,), (0,), SAME)
    areas = _square_millimetres(one, other, fate)
    cut = _at_edge(one.outlines[0]) or _at_edge(other.outlines[0])
    if cut or _covered(one.outlines[0], one.covered) or _covered(other.outlines[0], other.covered):
        lesion = Lesions(*fate, {}, areas, (BY_SCALE, EDGE if cut else COVERED))
        return Comparison([lesion], refusal, None, pictures, outlines, noise.source)
    off = {SIZE: float(np.log(areas[1] / areas[0]))}
    found = changes(off, noise, {SIZE: float(np.hypot(_scale_error(one, other), _box_error(one, other, fate)))})
    lesion = Lesions(*fate, found, areas, (BY_SCALE,), off)
    return Comparison([lesion], refusal, None, pictures, outlines, noise.source)


def _pair(given, photographs, i):
    if isinstance(given, Case):
        if photographs is None:
            raise ValueError(f'{given.name}: a case holds no pixels; give photographs=(earlier, later) as well')
        return photographs[i], given
    return given


def _with_scale(visit, scale):
    if isinstance(scale, str):
        ticks = None if visit.card.scale else find_ticks(visit.pixels)
        scale = ticks.scale.resized(1 / visit.factor) if ticks else visit.card.scale
    return visit.scaled(scale)


def _measured(pixels, mask, lesions, known):
    numbers = np.where(mask, 1, np.where(lesions, 2, np.where(known, 0, 255))).astype(np.uint8)
    return dict(zip(NAMES, measure(pixels, numbers, 1)[0].tolist()))


def _square_millimetres(one, other, fate):
    return tuple(float(visit.square_millimetres(visit.outlines[list(members)].any(0).sum())) if visit.scale else None
                 for visit, members in ((one, fate.earlier), (other, fate.later)))


def _scale_error(one, other):
    """Standard deviation of the log of the ratio of two areas by their scales."""
    return float(np.hypot(one.scale.uncertainty(2), other.scale.uncertainty(2)))


def _box_error(one, other, fate):
    """The same of what is known by boxes, by these."""
    return float(np.hypot(*(BOX * visit.boxes[list(members)].any() for visit, members in (
        (one, fate.earlier), (other, fate.later)))))


def _covered(mask, card):
    return (mask & card).sum() > LEAST_COVERED * mask.sum()


def _at_edge(mask):
    return bool(mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any())
