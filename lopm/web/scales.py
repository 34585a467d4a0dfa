"""The scale of a photograph, as its row keeps it."""
from lopm.followup import Scale


def set_scale(photograph, scale):
    """Give a row the ``Scale`` of its photograph; None: there is none."""
    if scale:
        photograph.pixels_per_mm, photograph.scale_error, photograph.scale_by = (
            scale.px_per_mm, scale.plus_minus, scale.by)


def scale_of(photograph):
    """The ``Scale`` that is known of a photograph, or None."""
    return Scale(photograph.pixels_per_mm, photograph.scale_error, photograph.scale_by) if photograph.pixels_per_mm \
        else None
