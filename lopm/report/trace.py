"""How much a feature of a lesion has changed over its visits, as svg, against the noise of photographs."""
from markupsafe import Markup, escape

from lopm.followup.changes import WORDS

WIDE, HIGH, LEFT, RIGHT, FOOT = 420, 96, 52, 46, 16  # pixels
LEAST = 2  # times the noise that the chart shows to either side
APART = 62  # pixels between the middles of two dates, to be read


def trace_of(first, track, axis, language):
    """An svg of one axis: 0 at the first visit, above it more and below it less; the band is what 19 of 20 photographs
    of one day stay within. '' where it is known of no visit.

    Args:
        first: Date of the first visit. track: ``Track``. language: ``Language``.
    """
    points = [(first, 0.)] + [(point.on, point.axes[axis].of_noise) for point in track.points if axis in point.axes]
    if len(points) < 2:
        return ''
    most = 1.1 * max(LEAST, *(abs(value) for _, value in points))
    days = points[-1][0].toordinal() - first.toordinal()

    def x(on):
        return LEFT + (WIDE - LEFT - RIGHT) * (on.toordinal() - first.toordinal()) / days

    def y(value):
        return (HIGH - FOOT) * (most - value) / (2 * most)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" width="{WIDE}" role="img" '
             f'font-family="sans-serif" font-size="9" aria-label="{escape(language.word(axis))}">',
             f'<rect x="{LEFT}" y="{y(1):.1f}" width="{WIDE - LEFT - RIGHT}" height="{y(-1) - y(1):.1f}" '
             'fill="#ddd"/>',
             f'<path d="M{LEFT} {y(0):.1f} H{WIDE - RIGHT}" stroke="#888" stroke-dasharray="3 3"/>',
             *(f'<text x="{LEFT - 6}" y="{y(side * most * .7) + 3:.1f}" text-anchor="end">'
               f'{escape(language.say(WORDS[side]))}</text>' for side in (1, -1)),
             '<polyline fill="none" stroke="#222" stroke-width="1.5" points="'
             + ' '.join(f'{x(on):.1f},{y(value):.1f}' for on, value in points) + '"/>']
    parts += [f'<circle cx="{x(on):.1f}" cy="{y(value):.1f}" r="3" fill="#222"/>' for on, value in points]
    parts += [f'<text x="{x(on):.1f}" y="{HIGH - 4}" text-anchor="middle">{on}</text>'
              for on in beside([on for on, _ in points], x)]
    return Markup(''.join(parts) + '</svg>')


def beside(days, x):
    """Those of some days, ascending, whose dates can stand beside each other at ``x(day)``; the first and the last are
    among them."""
    kept = [days[0]]
    for on in days[1:-1]:
        if x(on) - x(kept[-1]) >= APART and x(days[-1]) - x(on) >= APART:
            kept.append(on)
    return [*kept, days[-1]]
