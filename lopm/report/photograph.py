"""A photograph with its outlines as one picture of a page: the photograph as it is, the outlines drawn over it."""
import base64

import cv2
import numpy as np
from markupsafe import Markup, escape

from lopm.pictures.panel import shrink
from lopm.report.scale import bar_of

LONGEST = 1400  # pixels of the longer side
QUALITY = 88  # of the JPEG
THUMBNAIL = 260  # pixels of the longer side of where a head has looked
DARK = 0.25  # light of a place that nothing was seen at


def picture_of(case, image, longest=LONGEST, first=1, bold=1, scale=None, language=None):
    """An svg of a ``Case``, complete in itself.

    Outlines are black within white, and each lesion has its number: they are seen on any mucosa, and printed in grey.

    Args:
        image: The photograph, uint8 BGR ``[H, W, 3]``. longest: Pixels of its longer side.
        first: Number of the first lesion. bold: Times the width of strokes and the size of numbers.
        scale: ``Scale``, of which a bar is drawn in a ``language``; None: no bar.
    """
    width, height = case.size
    unit = bold * max(width, height) / 1000
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
             f'aria-label="{escape(case.name)}">',
             f'<image href="{as_uri(shrink(image, longest))}" width="{width}" height="{height}"/>']
    parts += outlines_of(case.lesions, range(first, first + len(case.lesions)), case.size, bold)
    if scale:
        parts.append(bar_of(scale, (width, height), unit, language))
    return Markup(''.join(parts) + '</svg>')


def outlines_of(lesions, labels, size, bold=1):
    """Svg parts: the outline of each lesion, black within white, and beside it its label, where it has one.

    Args:
        labels: Numbers, or short texts of ours. size: (width, height) of the photograph. bold: As of ``picture_of``.
    """
    unit, parts = bold * max(size) / 1000, []
    for i, (lesion, label) in enumerate(zip(lesions, labels)):
        rings = [' '.join(map(str, ring)) for ring in rings_of(lesion)]
        for color, thick in (('#fff', 7), ('#000', 3)):
            parts += [f'<polygon points="{ring}" fill="none" stroke="{color}" stroke-width="{thick * unit:.1f}" '
                      'stroke-linejoin="round"/>' for ring in rings]
        if label:
            high, half = 34 * unit, 34 * unit * max(.7, .3 * len(f'{label}'))
            left, top = place_number(lesions, i, half / .7, size)
            parts.append(f'<rect x="{left - half:.1f}" y="{top - .7 * high:.1f}" width="{2 * half:.1f}" '
                         f'height="{1.4 * high:.1f}" rx="{.7 * high:.1f}" fill="#fff" stroke="#000" '
                         f'stroke-width="{2 * unit:.1f}"/><text x="{left:.1f}" y="{top + high * .36:.1f}" '
                         f'font-size="{high:.1f}" text-anchor="middle" font-family="sans-serif" '
                         f'font-weight="bold">{label}</text>')
    return parts


def rings_of(lesion):
    """The polygons of a lesion; the box of one that is thinner than a polygon can be."""
    x, y, wide, high = lesion.outline['box']
    return lesion.outline['polygons'] or [[x, y, x + wide, y, x + wide, y + high, x, y + high]]


def spotlight(case, image, lesion, seen):
    """The surroundings of a lesion as a data URI, lit where a head has looked and dark elsewhere.

    Args:
        image: The photograph, uint8 BGR. seen: Map ``[h, w]`` over all of it.
    """
    x, y, wide, high = lesion.outline['box']
    left, top = max(int(x - wide / 2), 0), max(int(y - high / 2), 0)
    right, bottom = min(int(x + 1.5 * wide), case.size[0]), min(int(y + 1.5 * high), case.size[1])
    light = cv2.resize(seen / max(seen.max(), 1e-12), case.size, interpolation=cv2.INTER_LINEAR)[top:bottom, left:right]
    lit = image[top:bottom, left:right] * (DARK + (1 - DARK) * np.sqrt(light))[..., None]
    return as_uri(shrink(lit.astype(np.uint8), THUMBNAIL))


def place_number(lesions, i, size, within):
    """Where the number of a lesion stands: just outside of its outline, at the corner farthest from the others."""
    centers = np.array([(x + wide / 2, y + high / 2) for x, y, wide, high in (each.outline['box'] for each in lesions)])
    corners = np.reshape(rings_of(lesions[i])[0], (-1, 2))
    others = np.delete(centers, i, 0)
    free = np.linalg.norm(corners[:, None] - others, axis=2).min(1) if len(others) else -corners.sum(1)
    corner = corners[free.argmax()]
    away = (corner - centers[i]) / max(np.linalg.norm(corner - centers[i]), 1)
    return np.clip(corner + size * away, size, np.array(within) - size)


def as_uri(image):
    """A photograph as a data URI."""
    encoded = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
    return 'data:image/jpeg;base64,' + base64.b64encode(encoded.tobytes()).decode()
