"""Charts of a report as svg, to be read in grey: what features add to a diagnosis, where a measure lies."""
from markupsafe import Markup, escape

ROW, LABEL, WIDTH = 17, 118, 330  # pixels of a page at 96 to the inch
DARK, LIGHT = '#222', '#b8b8b8'


def chart_of(added, titles):
    """Bars of what each feature adds for each of two diagnoses.

    Args:
        added: ``[(feature, [number, ...])]``, by diagnosis. titles: Of the diagnoses.
    """
    most = max((abs(value) for _, values in added for value in values), default=0) or 1
    half = (WIDTH - LABEL) / 2
    middle, scale = LABEL + half, (half - 30) / most
    thick = (ROW - 3) / len(titles)
    height = ROW * len(added) + 12 * len(titles) + 4
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" role="img" '
             f'font-family="sans-serif" font-size="9" aria-label="{escape(" / ".join(titles))}">',
             f'<path d="M{middle} 0 V{ROW * len(added)}" stroke="#666" stroke-width=".7"/>']
    for i, (feature, values) in enumerate(added):
        parts.append(f'<text x="{LABEL - 6}" y="{ROW * i + ROW * .68}" text-anchor="end">{escape(feature)}</text>')
        for k, value in enumerate(values):
            long = abs(value) * scale
            top, left = ROW * i + 1.5 + k * thick, middle - long if value < 0 else middle
            parts.append(f'<rect x="{left:.1f}" y="{top:.1f}" width="{long:.1f}" height="{thick:.1f}" '
                         f'fill="{(DARK, LIGHT)[k]}" stroke="{DARK}" stroke-width=".5"/>')
    return Markup(''.join(parts) + legend(titles, ROW * len(added) + 12) + '</svg>')


def legend(titles, y):
    """A square and a title for each of two, one below the other."""
    return ''.join(f'<rect x="2" y="{y + 12 * i - 7}" width="8" height="8" fill="{color}" stroke="{DARK}" '
                   f'stroke-width=".5"/><text x="14" y="{y + 12 * i}">{escape(title)}</text>'
                   for i, (color, title) in enumerate(zip((DARK, LIGHT), titles)))


def risk_curve(points, title, unit):
    """A probability over the years, straight between them, from 0 in the beginning; the scale goes to 100 %.

    Args:
        points: ``[(years, probability)]``, ascending. title: What the svg is called to who cannot see it.
        unit: Of the years, in words.
    """
    wide, high, left, right, top, foot = 240, 108, 34, 12, 8, 26
    end = points[-1][0]

    def x(years):
        return left + (wide - left - right) * years / end

    def y(p):
        return top + (high - top - foot) * (1 - p)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" role="img" '
             f'font-family="sans-serif" font-size="8" aria-label="{escape(title)}">']
    for p in (0, .5, 1):
        parts.append(f'<path d="M{left} {y(p):.1f} H{wide - right}" stroke="{LIGHT}" stroke-width=".6"/><text '
                     f'x="{left - 4}" y="{y(p) + 3:.1f}" text-anchor="end">{100 * p:.0f}\N{NO-BREAK SPACE}%</text>')
    parts.append(f'<polyline fill="none" stroke="{DARK}" stroke-width="1.5" points="'
                 + ' '.join(f'{x(years):.1f},{y(p):.1f}' for years, p in [(0, 0), *points]) + '"/>')
    for years, p in points:
        parts.append(f'<circle cx="{x(years):.1f}" cy="{y(p):.1f}" r="2.2" fill="{DARK}"/><text x="{x(years):.1f}" '
                     f'y="{high - foot + 11}" text-anchor="middle">{years:g}</text>')
    parts.append(f'<text x="{(left + wide - right) / 2}" y="{high - 3}" text-anchor="middle">{escape(unit)}</text>')
    return Markup(''.join(parts) + '</svg>')


def strip_of(value, ranges):
    """Where a measure lies: a dot, above the usual range of each of two diagnoses, its middle marked.

    Args:
        ranges: ``[Range or None]``.
    """
    known = [each for each in ranges if each]
    ends = [value, *(each.low for each in known), *(each.high for each in known)]
    low, high = min(ends), max(ends)
    span = (high - low) or 1
    wide, high_px = 120, 14

    def x(number):
        return 5 + (wide - 10) * (number - low) / span
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high_px}" width="{wide}" role="img" '
             'aria-hidden="true">']
    for k, each in enumerate(ranges):
        if each:
            y = 5 + 5 * k
            parts.append(f'<rect x="{x(each.low):.1f}" y="{y}" width="{max(x(each.high) - x(each.low), 1):.1f}" '
                         f'height="3.5" fill="{(DARK, LIGHT)[k]}" stroke="{DARK}" stroke-width=".4"/>')
    parts.append(f'<path d="M{x(value):.1f} 0 V{high_px}" stroke="#000" stroke-width="1.6"/>')
    return Markup(''.join(parts) + '</svg>')
