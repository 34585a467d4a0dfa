"""What stands on the page of a course: photographs laid upon the first, a curve, what has changed in words."""
from types import SimpleNamespace

import cv2
from jinja2 import Environment
from markupsafe import Markup, escape

from lopm.drawn import outline_of
from lopm.followup.changes import AXES, OVERALL
from lopm.followup.fates import APPEARED
from lopm.followup.light import MUCOSA
from lopm.followup.scale import CARD
from lopm.report.photograph import as_uri, place_number
from lopm.report.scale import scale_said
from lopm.report.trace import beside
from lopm.report.write import HERE

SHOWN = 420  # pixels of the longer side of a photograph on the page
FONT, LABEL = cv2.FONT_HERSHEY_SIMPLEX, .05  # of numbers on it, and their height as a share of its longer side
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
WIDE, HIGH, LEFT, FOOT = 420, 150, 46, 22  # pixels of the curve
NOTE = 'This page helps a person who decides. It is no medical device.'
LIMITS = ('It says what has changed between photographs, not why. A lesion that lasts for more than two weeks is '
          'referred, whatever stands here.')
BORROWED = ('The noise floor is that of drawings: what a real camera and the outlines of another model add counts as '
            'change here. Photograph lesions twice on one day to have a floor of your own.')
IN_THE_LIGHT = {  # by what a later photograph was brought to it
    CARD: 'In the light of {first}, by the card that both show: {dates}. How bright it is depends on how the card was '
          'turned to the lamp.',
    MUCOSA: 'In the light of {first}, by the mucosa that both show: {dates}.'}


def course_page(name, found, noise, words, language):
    """The html of a ``Course``.

    Args:
        name: What it is called. noise: ``Noise`` that its words rest on. words: ``{date: text}``, what a model says of
            a visit. language: ``Language``.
    """
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((HERE / 'course.html.j2').read_text(encoding='utf-8'))
    style = Markup((HERE / 'case.css').read_text(encoding='utf-8'))
    return template.render(
        name=name, found=found, noise=noise, said=words, language=language, _=language.say, style=style,
        borrowed=BORROWED if noise.drawn else '',
        pictures=pictures_of(found), lights=lights_of(found, language),
        scales=[(on, scale_said(scale, language)) for on, scale in found.scales.items()],
        axes=(*AXES, OVERALL), limits=LIMITS, note=NOTE,
        curves={track.number: curve_of(found, track, language) for track in found.tracks},
        in_words=lambda change: in_words(change, language))


def in_words(change, language, times=True):
    """A ``Change``, such as "more, larger, 1.3 times (97 %)"; without ``times`` "more, larger (97 %)"."""
    if change is None:
        return '–'
    how = f', {language.say(change.how)}' if change.how and ':' not in change.how else ''
    is_factor = times and change.unit == 'times' and change.how
    factor = f', {language.number(change.value)} {language.say("times")}' if is_factor else ''
    return f'{language.say(change.word)}{how}{factor} ({language.percent(change.probability)})'


def pictures_of(found):
    """``[(date, data URI)]``: the first visit, and every later one as it lies upon the first, outlined."""
    shown = [(on, each) for on, each in found.comparisons.items() if each.registration]
    pictures = [(found.first, outlined(shown[0][1], 0, 0))] if shown else []
    return pictures + [(on, outlined(each, 1, 0)) for on, each in shown]


def lights_of(found, language):
    """Sentences on what the later photographs were brought to the light of the first one by."""
    dates = {by: [f'{on}' for on, each in found.comparisons.items() if each.light == by] for by in IN_THE_LIGHT}
    return [language.say(IN_THE_LIGHT[by], dates=', '.join(own), first=found.first) for by, own in dates.items() if own]


def outlined(comparison, part, by):
    """A data URI of the earlier (0) or later photograph (1) of a ``Comparison`` that are laid upon each other; its
    lesions are numbered as those of the photograph ``by``."""
    picture = cv2.cvtColor(comparison.photographs[part], cv2.COLOR_RGB2BGR)
    thick = max(1, round(max(picture.shape) / 400))
    shown = [(mask, label) for mask, label in zip(comparison.outlines[part], labels_of(comparison, part, by))
             if mask.any()]
    lesions = [SimpleNamespace(outline=outline_of(mask)) for mask, _ in shown]
    for mask, _ in shown:
        rings = cv2.findContours(mask.astype('u1'), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
        for color, width in ((WHITE, 3 * thick), (BLACK, thick)):
            cv2.drawContours(picture, rings, -1, color, width, cv2.LINE_AA)
    for i, (_, label) in enumerate(shown):
        if label:
            write_label(picture, label, lesions, i, thick)
    factor = min(1, SHOWN / max(picture.shape))
    return as_uri(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))


def labels_of(comparison, part, by):
    """What stands beside each outline of a photograph: the number that its lesion, or those that it was, has on the
    photograph ``by``; + of one that has appeared since; nothing where that photograph does not show it."""
    labels = [''] * len(comparison.outlines[part])
    for lesion in comparison.lesions:
        members = lesion.earlier, lesion.later
        for i in members[part]:
            called = [i] if part == by else members[by]
            labels[i] = ', '.join(str(number + 1) for number in called) or '+' * (lesion.fate == APPEARED)
    return labels


def write_label(picture, label, lesions, i, thick):
    """Write the label of a lesion in a disc just outside of its outline."""
    scale = cv2.getFontScaleFromHeight(FONT, round(LABEL * max(picture.shape)))
    wide, high = cv2.getTextSize(label, FONT, scale, thick)[0]
    radius = round(.7 * max(high, wide))
    x, y = map(round, place_number(lesions, i, radius, picture.shape[1::-1]).tolist())
    for color, width in ((WHITE, cv2.FILLED), (BLACK, thick)):
        cv2.circle(picture, (x, y), radius, color, width, cv2.LINE_AA)
    cv2.putText(picture, label, (x - wide // 2, y + high // 2), FONT, scale, BLACK, thick, cv2.LINE_AA)


def curve_of(found, track, language):
    """An svg of the area over time, times that of the first visit, with 95 % intervals; '' where no size is known."""
    points = [(found.first, 1., 1., 1.)] + [(each.on, change.value, change.low, change.high) for each in track.points
                                            if (change := each.axes.get('size'))]
    if len(points) < 2:
        return ''
    first, last = points[0][0].toordinal(), points[-1][0].toordinal()
    top, bottom = (end(value for point in points for value in point[1:]) for end in (max, min))
    pad = .1 * (top - bottom) or .1

    def x(on):
        return LEFT + (WIDE - LEFT - 30) * (on.toordinal() - first) / (last - first)

    def y(value):
        return 8 + (HIGH - FOOT - 16) * (top + pad - value) / (top - bottom + 2 * pad)
    title = escape(language.say('Area, times that of the first visit'))
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" width="{WIDE}" role="img" '
             f'font-family="sans-serif" font-size="9" aria-label="{title}">',
             f'<path d="M{LEFT} {y(1):.1f} H{WIDE - 20}" stroke="#888" stroke-dasharray="3 3"/>',
             '<polyline fill="none" stroke="#222" stroke-width="1.5" points="'
             + ' '.join(f'{x(on):.1f},{y(value):.1f}' for on, value, *_ in points) + '"/>']
    for on, value, low, high in points:
        parts.append(f'<path d="M{x(on):.1f} {y(low):.1f} V{y(high):.1f}" stroke="#222"/>'
                     f'<circle cx="{x(on):.1f}" cy="{y(value):.1f}" r="3" fill="#222"/>')
    parts += [f'<text x="{x(on):.1f}" y="{HIGH - 6}" text-anchor="middle">{on}</text>'
              for on in beside([on for on, *_ in points], x)]
    apart = 12 * (top - bottom + 2 * pad) / (HIGH - FOOT - 16)  # of two numbers, not to lie upon each other
    for value in {1., *(end for end in (top, bottom) if abs(end - 1) > apart)}:
        parts.append(f'<text x="{LEFT - 6}" y="{y(value) + 3:.1f}" text-anchor="end">{language.number(value)}</text>')
    return Markup(''.join(parts) + '</svg>')


def said(case, language):
    """The likeliest word of each feature of the largest lesion, as a line; or why the model should not be asked."""
    if case.flags:
        return f'{language.say("Flagged:")} {", ".join(map(language.word, case.flags))}'
    if not case.lesions:
        return language.say('No lesion was found. That does not say that there is none.')
    lesion = max(case.lesions, key=lambda each: each.outline['box'][2] * each.outline['box'][3])
    return ', '.join(language.word(next(iter(words))) for words in lesion.words.values() if words)
