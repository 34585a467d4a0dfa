"""What stands on the page of a place that is followed, in every language, as plain data; made where it is compared."""
from lopm.followup.changes import AXES, OVERALL, WORDS
from lopm.followup.fates import MERGED, REGROUPED, SAME, SPLIT
from lopm.report.course import BORROWED, LIMITS, curve_of, in_words, lights_of
from lopm.report.language import Language, languages
from lopm.report.scale import scale_said
from lopm.report.trace import trace_of

TREND = 'In a year: {times} times ({low} to {high}); of lesions that do not change, {share} seem to change less.'
SEVERAL = SPLIT, MERGED, REGROUPED
SINCE = 'beyond the noise since {date}'


def said_of(found, noise):
    """``{language: facts}`` of a ``Course`` whose words rest on a ``Noise``."""
    return {code: facts_of(found, noise, Language(code)) for code in languages()}


def facts_of(found, noise, language):
    """The facts of a page: what has changed of each lesion in words, and the numbers behind them."""
    say = language.say
    return {'lesions': [lesion_facts(found, tracks, language) for tracks in together(found.tracks)],
            'refused': {f'{on}': say(each.refused) for on, each in found.comparisons.items() if each.refused},
            'notes': [say(note) for note in found.notes], 'appeared': [f'{on}' for on, _ in found.appeared],
            'lights': lights_of(found, language),
            'scales': [(f'{on}', scale_said(scale, language)) for on, scale in found.scales.items()],
            'noise': say(noise.said), 'borrowed': say(BORROWED) if noise.drawn else '', 'limits': say(LIMITS)}


def together(tracks):
    """``[[Track]]``, in one list those of lesions that were measured as one at every visit."""
    groups = []
    for track in tracks:
        is_one = any(point.fate in SEVERAL for point in track.points)
        same = next((group for group in groups if is_one and group[0].points == track.points), None)
        if same:
            same.append(track)
        else:
            groups.append([track])
    return groups


def lesion_facts(found, tracks, language):
    """The facts of a lesion, or of some that are one: ``name``, as on the pictures (``1``, ``1, 2``), and

    ``on``: the last visit at which it was compared. ``changed``: ``[(axis, words, since when)]`` of what is beyond the
    noise there. ``same``: the other axes. ``fates``, ``remarks``: by visit. ``several``: whether several were measured
    as one. ``curve``, ``traces``: svg. ``sizes``: the data of the curve. ``table``: words of all axes and visits.
    """
    say, number, track = language.say, language.number, tracks[0]
    last = next((point for point in reversed(track.points) if point.axes), None)
    axes = {axis: last.axes[axis] for axis in AXES if axis in last.axes} if last else {}
    changed = {axis: change for axis, change in axes.items() if change.word != WORDS[0]}
    trend = track.trend
    return {
        'name': ', '.join(f'{each.number + 1}' for each in tracks), 'on': f'{last.on}' if last else '',
        'changed': [(language.word(axis), in_words(change, language),
                     say(SINCE, date=track.left[axis]) if axis in track.left else '') for axis, change in
                    changed.items()],
        'same': [language.word(axis) for axis in axes if axis not in changed], 'same_word': say(WORDS[0]),
        'several': any(point.fate in SEVERAL for point in track.points),
        'fates': [(f'{point.on}', say(point.fate)) for point in track.points if point.fate != SAME],
        'remarks': [(f'{point.on}', say(remark)) for point in track.points for remark in point.remarks],
        'trend': say(TREND, times=number(trend.per_year), low=number(trend.low), high=number(trend.high),
                     share=language.percent(trend.probability)) if trend else '',
        'curve': curve_of(found, track, language), 'sizes': sizes(track, language),
        'traces': [(language.word(axis), svg) for axis in AXES if axis != 'size'
                   if (svg := trace_of(found.first, track, axis, language))],
        'days': [f'{point.on}' for point in track.points],
        'table': [(language.word(axis), [in_words(point.axes.get(axis), language) for point in track.points])
                  for axis in (*AXES, OVERALL)]}


def sizes(track, language):
    """``[(date, times the first area, low, high, square millimetres or '')]`` of the visits where a size is known."""
    known = [(point, point.axes['size']) for point in track.points if 'size' in point.axes]
    return [(f'{point.on}', *(language.number(each) for each in (change.value, change.low, change.high)),
             language.number(point.square_millimetres) if point.square_millimetres else '')
            for point, change in known]
