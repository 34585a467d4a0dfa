"""Millimetres on the page of a case: a bar upon the photograph, sizes beside their pixels."""
import math

from markupsafe import escape

from lopm.followup.scale import CARD, RULER

WIDEST = .3  # of the photograph, that a bar takes at most
SAID = {  # of a scale, by what it is known
    '': 'Scale, as it was given: {pixels} pixels per millimetre, in one plane.',
    RULER: 'Scale, by the ruler in the picture: {pixels} ± {error} pixels per millimetre (95 %). It holds in the plane '
           'of the ruler.',
    CARD: 'Scale, by the card in the picture: {pixels} ± {error} pixels per millimetre (95 %, in any direction). It '
          'holds in the plane of the card, if that was printed in its true size.'}
SIZES = {'feret_diameter': ('greatest length', 1), 'area': ('area', 2)}  # their names, and how many lengths they are


def bar_of(scale, size, unit, language):
    """Svg parts, in pixels of the photograph: a bar of 1, 2 or 5 times a power of ten millimetres, with its length.

    Args:
        scale: ``Scale``. size: (width, height) of the photograph. unit: Pixels of a stroke. language: ``Language``.
    """
    width, height = size
    millimetres = longest(WIDEST * width / scale.px_per_mm)
    long, left, y = millimetres * scale.px_per_mm, 24 * unit, height - 30 * unit
    text = f'{language.number(millimetres)}\N{NO-BREAK SPACE}mm'
    path = f'M{left:.1f} {y - 8 * unit:.1f} V{y + 8 * unit:.1f} M{left:.1f} {y:.1f} H{left + long:.1f} '
    path += f'M{left + long:.1f} {y - 8 * unit:.1f} V{y + 8 * unit:.1f}'
    strokes = ''.join(f'<path d="{path}" fill="none" stroke="{color}" stroke-width="{thick * unit:.1f}" '
                      'stroke-linecap="square"/>' for color, thick in (('#fff', 10), ('#000', 4)))
    return strokes + (f'<text x="{left + long / 2:.1f}" y="{y - 16 * unit:.1f}" font-size="{30 * unit:.1f}" '
                      'text-anchor="middle" font-family="sans-serif" font-weight="bold" stroke="#fff" '
                      f'stroke-width="{6 * unit:.1f}" paint-order="stroke">{escape(text)}</text>'
                      f'<text x="{left + long / 2:.1f}" y="{y - 16 * unit:.1f}" font-size="{30 * unit:.1f}" '
                      f'text-anchor="middle" font-family="sans-serif" font-weight="bold">{escape(text)}</text>')


def longest(millimetres):
    """The longest of 1, 2 and 5 times powers of ten that is no longer than so many millimetres."""
    power = 10. ** math.floor(math.log10(millimetres))
    return power * max(each for each in (1, 2, 5) if each * power <= millimetres * (1 + 1e-9))


def scale_said(scale, language):
    """A sentence on a ``Scale``: how many pixels a millimetre has, how sure that is, and where it holds."""
    return language.say(SAID[scale.by], pixels=language.number(scale.px_per_mm),
                        error=language.number(scale.plus_minus, 2))


def sizes(lesion, scale, language):
    """``[(what, pixels, millimetres)]`` of a lesion, in words."""
    found = []
    for name, (called, times) in SIZES.items():
        value = (lesion.measured.get(name) or {}).get('value')
        if value is not None and value == value:
            known = value / scale.px_per_mm ** times
            error = f' ± {language.number(1.96 * known * scale.uncertainty(times), 2)}'
            power = '' if times == 1 else '²'
            found.append((language.say(called), f'{language.number(value)} px{power}',
                          f'{language.number(known)}{error if scale.plus_minus else ""} mm{power}'))
    return found
