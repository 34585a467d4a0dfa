"""What lies in a photograph to measure by: a card of ``lopm card``, else a ruler."""
from lopm.followup.card import find_card
from lopm.followup.given import pixels_of
from lopm.followup.ruler import find_ticks


def read_card(photograph):
    """The ``Card`` that lies in a photograph: pixels per millimetre in its plane, the light that falls on it, and where
    it says less than that, why.

    Args:
        photograph: A path, the bytes of a file, uint8 RGB ``[H, W, 3]`` or a PIL image.

    Raises:
        BadPhotograph, ValueError: It cannot be read.
    """
    return find_card(pixels_of(photograph))


def read_scale(photograph):
    """``(Scale, Card)`` of a photograph: by the card, which is quick, else by a ruler, which takes two seconds; None
    where neither is read. Argument and errors as of ``read_card``."""
    pixels = pixels_of(photograph)
    card = find_card(pixels)
    ticks = None if card.scale else find_ticks(pixels)
    return ticks.scale if ticks else card.scale, card
