"""What has changed since an earlier photograph, on the page of a case: ``lopm.followup.compare`` in words."""
from lopm.followup.changes import AXES, OVERALL
from lopm.followup.comparison import compare
from lopm.followup.light import MUCOSA
from lopm.followup.noise import SHIPPED_BY_MODEL, load_noise
from lopm.followup.scale import CARD
from lopm.report.course import BORROWED, in_words, outlined

FLAGGED = (  # the earlier photograph, this one
    'The earlier photograph, {name}, is flagged ({flags}): its outlines are not to be relied on, and nothing is '
    'compared.',
    'This photograph is flagged ({flags}): its outlines are not to be relied on, and nothing is compared.')
NO_OUTLINE = 'On neither photograph is a lesion outlined: there is nothing to compare.'
REFUSED = 'Not compared: {reason}'
MIRRORED = 'One of the two is a mirror image, and was turned round.'
NOT_BY_CARD = 'The light was not compared by the card that both show: {reason}'
IN_THE_LIGHT = {  # by what the later photograph was brought to it
    CARD: 'The later one as the earlier one shows it, in its light by the card that both show. How bright it is '
          'depends on how the card was turned to the lamp.',
    MUCOSA: 'The later one as the earlier one shows it, in its light by the mucosa that both show.',
    '': 'The later one as the earlier one shows it, in its own light.'}


def since(name, cases, photographs, scales, noise, language):
    """The facts of the change since an earlier photograph: ``{name: text or list}``.

    Args:
        name: Of the earlier photograph. cases: ``Case`` of both, the earlier one first. photographs: As of ``compare``.
        scales: ``Scale`` or None of both. noise: ``Noise`` of the pack; None: that of drawn repeats, which is said.

    Raises:
        BadPhotograph: One of them cannot be read.
    """
    facts = {'name': name, 'notes': [], 'pictures': [], 'lesions': [], 'noise': ''}
    if any(case.flags for case in cases):
        return {**facts, 'notes': flagged(name, cases, language)}
    noise = noise or load_noise(SHIPPED_BY_MODEL)
    found = compare(*cases, photographs=photographs, scales=scales, noise=noise)
    return {**facts, 'notes': notes(found, cases, noise, language), 'noise': language.say(noise.said),
            'pictures': [outlined(found, part, 1) for part in (0, 1)] if found.registration else [],
            'light': language.say(IN_THE_LIGHT[found.light]),
            'lesions': [of_lesion(each, language) for each in sorted(found.lesions, key=place)]}


def flagged(name, cases, language):
    """Which of the two photographs is flagged, and as what: a sentence for each that is."""
    return [language.say(sentence, name=name, flags=', '.join(map(language.word, case.flags)))
            for sentence, case in zip(FLAGGED, cases) if case.flags]


def place(lesion):
    """By what ``Lesions`` come in the order of the page's numbers, those of the earlier photograph alone last."""
    return not lesion.later, min(lesion.later or lesion.earlier)


def notes(found, cases, noise, language):
    """What has to be known of a ``Comparison`` before its words."""
    said = []
    if found.refused:
        said.append(language.say(REFUSED, reason=language.say(found.refused)))
    if found.mirrored:
        said.append(language.say(MIRRORED))
    if found.card_refused:
        said.append(language.say(NOT_BY_CARD, reason=language.say(found.card_refused)))
    if not any(case.lesions for case in cases):
        said.append(language.say(NO_OUTLINE))
    if noise.drawn and found.lesions:
        said.append(language.say(BORROWED))
    return said


def of_lesion(lesion, language):
    """The facts of ``Lesions``: their numbers on this page, what became of them, a row for each axis."""
    numbers = ', '.join(str(number + 1) for number in lesion.later)
    rows = [(language.word(axis), in_words(lesion.axes[axis], language, times=False),
             ratio(axis, lesion.axes[axis], language)) for axis in (*AXES, OVERALL) if axis in lesion.axes]
    before, now = lesion.square_millimetres
    known = bool(before and now)
    return {'title': f'{language.say("Lesion")} {numbers}' if numbers else
            language.say('A lesion of the earlier photograph'),
            'fate': language.say(lesion.fate), 'rows': rows, 'remarks': [language.say(each) for each in lesion.remarks],
            'millimetres': f'{language.number(before)} → {language.number(now)} mm²' if known else ''}


def ratio(axis, change, language):
    """By what factor something has changed, with its 95 % interval; '' of what is no factor, or is the same."""
    if change.unit != 'times' or not (change.how or axis == 'size'):
        return ''
    value, low, high = (language.number(each) for each in (change.value, change.low, change.high))
    return f'{value} {language.say("times")} ({low} – {high})'
