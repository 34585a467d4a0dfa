"""Where a card lies in a photograph, and the photograph as if none did: a network has never seen one, and would outline
it as a lesion."""
import cv2
import numpy as np

WIDER = 1.08  # than the card: its cut edge and its shadow
SIDE = 256  # pixels of the longer side of the copy that is filled in: what was under the card nobody knows
REACH = 5  # pixels of it around each one that say what it is filled with


def covered(corners, shape):
    """What a card hides of a photograph, and its edge beside it: bool ``[H, W]``.

    Args:
        corners: ``[4, 2]``, of ``Card``. shape: ``(H, W)``.
    """
    middle, card = corners.mean(0), np.zeros(shape, np.uint8)
    cv2.fillConvexPoly(card, (middle + WIDER * (corners - middle)).round().astype(np.int32), 1)
    return card > 0


def without_card(photograph, corners):
    """A photograph uint8 ``[H, W, 3]`` with smooth mucosa in the place of a card, from what is around it (Telea, 2004).
    Arguments as of ``covered``."""
    card = covered(corners, photograph.shape[:2])
    factor = min(1., SIDE / max(card.shape))
    size = [max(1, round(factor * side)) for side in card.shape[::-1]]
    small, hole = (cv2.resize(each, size, interpolation=cv2.INTER_AREA)
                   for each in (photograph, card.astype(np.float32)))
    hole = cv2.dilate((hole > 0).astype(np.uint8), np.ones((3, 3), np.uint8))
    filled = cv2.resize(cv2.inpaint(small, hole, REACH, cv2.INPAINT_TELEA), card.shape[::-1])
    return np.where(card[..., None], filled, photograph)
