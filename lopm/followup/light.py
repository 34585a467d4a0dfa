"""The later photograph in the light of the earlier one, by a card or by the healthy mucosa that both show."""
import cv2
import numpy as np

CELL = 16  # pixels over which both are averaged: what is not laid upon each other exactly does not matter
LEAST_CELLS = 30
DARK, BRIGHT = 15, 245  # of 255: darker and brighter pixels tell nothing of a gain
MUCOSA = 'mucosa'  # by what two photographs are brought to one light, where it is no card
ROUNDS = 5  # of weighing: cells that differ for other reasons count less each time


def in_the_light_of(earlier, later, healthy):
    """``later`` uint8 RGB ``[H, W, 3]``, laid upon ``earlier``, with its light and its cast; None where too little
    mucosa is shown by both.

    Each channel gains what healthy mucosa says: the log of the gain is a plane over the picture, since lamps are nearer
    to one side, fitted robustly (iteratively reweighted, Huber) to means of cells. Grey world is not assumed: a mouth
    is red. A change of all of the mucosa between two visits is therefore not seen.

    Args:
        healthy: bool ``[H, W]``: shown by both, no lesion, no glare.
    """
    usable = (healthy & (np.minimum(earlier, later).min(2) > DARK) & (np.maximum(earlier, later).max(2) < BRIGHT))
    size = [max(1, side // CELL) for side in usable.shape[::-1]]
    share = cv2.resize(usable.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    good = share > .5
    if good.sum() < LEAST_CELLS:
        return None
    sums = [cv2.resize(linear(each) * usable[..., None], size, interpolation=cv2.INTER_AREA)[good]
            for each in (earlier, later)]
    gains = np.log(sums[0] / sums[1])
    y, x = np.nonzero(good)
    plane = _fit(np.stack([np.ones(len(x)), x / size[0] - .5, y / size[1] - .5], 1), gains)
    across, down = np.meshgrid(*(np.linspace(-.5, .5, side, dtype=np.float32) for side in usable.shape[::-1]))
    field = np.exp(plane[0] + across[..., None] * plane[1] + down[..., None] * plane[2]).astype(np.float32)
    return encoded(linear(later) * field)


def relit(photograph, gains):
    """A photograph uint8 RGB ``[H, W, 3]`` whose light is multiplied by ``gains`` ``[3]``."""
    return encoded(linear(photograph) * np.asarray(gains, np.float32))


def _fit(terms, values):
    """Coefficients ``[K, C]`` of ``values`` ``[N, C]`` over ``terms`` ``[N, K]``, robust against some of them."""
    weights = np.ones(len(terms))
    for _ in range(ROUNDS):
        found = np.linalg.lstsq(terms * weights[:, None], values * weights[:, None], rcond=None)[0]
        off = np.abs(values - terms @ found).max(1)
        limit = 1.5 * np.median(off) + 1e-6
        weights = np.sqrt(np.minimum(1, limit / np.maximum(off, 1e-9)))
    return found


def linear(rgb):
    """sRGB of 0 to 255 as light, 0 to 1 (IEC 61966-2-1)."""
    value = rgb.astype(np.float32) / 255
    return np.where(value <= .04045, value / 12.92, ((value + .055) / 1.055) ** 2.4)


def encoded(light):
    """The reverse of ``linear``, uint8; what is brighter than white is white."""
    light = np.clip(light, 0, 1)
    value = np.where(light <= .0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - .055)
    return (255 * value).round().astype(np.uint8)
