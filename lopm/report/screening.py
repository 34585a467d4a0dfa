"""The page of a session that was screened: the referral and why, the views in a grid, lesions by site, the patient."""
import datetime
from pathlib import PurePosixPath

import numpy as np
from jinja2 import Environment
from markupsafe import Markup

from lopm.pictures.panel import shrink
from lopm.pictures.style import FROM_DRAWINGS
from lopm.report.facts import trained_on
from lopm.report.person import person_facts
from lopm.report.photograph import as_uri, picture_of
from lopm.report.referral import diagnosis_of, features_of, measured, said, site_of
from lopm.report.write import HERE
from lopm.screening.origin import trained_on_drawings
from lopm.screening.views import MISSING

SHOWN = 420  # pixels of the longer side of a photograph in the grid
BOLD = 2.4  # times the strokes and numbers of a photograph that fills half a page
LIMITS = (
    'It says nowhere that a mouth is healthy. A lesion that lasts for more than two weeks is referred, whatever stands '
    'here.',
    'It confirms no diagnosis, and rules no cancer out: a biopsy does.')
NOT_KNOWN = 'What the model was trained on is not known here: a pack says it (lopm pack).'
NOTHING_FOUND = 'No lesion was found. That does not say that there is none.'


def screening_page(found, images, predictor, point, language):
    """The html of a ``Screened``.

    Args:
        images: ``{name: (Case, photograph uint8 BGR or None)}``. predictor: That said it.
        point: ``OperatingPoint`` or None. language: ``Language``.
    """
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((HERE / 'screening.html.j2').read_text(encoding='utf-8'))
    trained, note = origin(predictor, language)
    return template.render(
        found=found, language=language, _=language.say, style=Markup((HERE / 'case.css').read_text(encoding='utf-8')),
        trained=trained, note=note, limits=LIMITS, today=datetime.date.today().isoformat(),
        said=said(found, language, predictor.draws_outlines, found.referral and predictor.doubt.promise(
            found.referral.task)), again=again(found, language),
        unnamed=unnamed(found, language), grid=grid(found, images, language),
        sites=sites(found, language), nothing=language.say(NOTHING_FOUND) if predictor.draws_outlines else
        language.say('The model draws no outlines; it speaks of the whole photograph.'),
        person=person_facts(found.person, predictor, language) if found.person else None,
        measured=measured(point, language) if point else language.say(
            'No operating point is given: how many of those who need it would be referred is not known.')
        if found.referral else '',
        unflagged='' if predictor.flags else language.say(
            'Whether photographs are blurred, dark or unlike the training was not looked at.'))


def origin(predictor, language):
    """``(what the model was trained on, what has to stand beside that)``."""
    if predictor.pack:
        card = predictor.pack.content.card
        return trained_on(card, language), language.say(card['note']) if card['note'] else ''
    return language.say(NOT_KNOWN), language.say(FROM_DRAWINGS) if trained_on_drawings(predictor.cfg) else ''


def again(found, language):
    """``[(view, why)]`` of what has to be photographed."""
    def why(view):
        reasons = dict.fromkeys(reason for photo in found.photographs if photo.view == view
                                for reason in photo.unusable)
        return ', '.join(map(language.word, reasons)) if reasons else language.say('missing')
    return [(language.word(view), why(view)) for view in found.again]


def unnamed(found, language):
    """How many photographs may show what is called missing, since nobody has named their view; '' where none does."""
    count = sum(not photo.view and not photo.unusable for photo in found.photographs)
    return language.count('{number} photograph shows a view that nobody has named, perhaps one of these.',
                          '{number} photographs show views that nobody has named, perhaps some of these.',
                          count) if count else ''


def grid(found, images, language):
    """``[(view, picture or '', words below it)]``: the views in their order, then photographs whose view is not known.
    """
    numbers, cells = first_numbers(found), {view: [] for view in (*found.views, '')}
    for photo in found.photographs:
        case, image = images[photo.name]
        below = shown_on(photo, language) if photo.view else f'{PurePosixPath(photo.name).name}: ' \
            + shown_on(photo, language)
        cells[photo.view].append((picture(photo, case, image, numbers[photo.name]), below))
    return [(language.word(view) if view else language.say('view not known'), *cell) for view, own in cells.items()
            for cell in own or [('', language.say(MISSING))] * bool(view)]


def shown_on(photo, language):
    """What was found on a ``Photo``, or why it is unusable."""
    if photo.unusable:
        return language.say('unusable: {reasons}', reasons=', '.join(map(language.word, photo.unusable)))
    if not photo.lesions:
        return language.say('none found')
    return language.count('{number} lesion found', '{number} lesions found', photo.lesions)


def first_numbers(found):
    """``{photograph: number of its first lesion}``."""
    ends = np.cumsum([photo.lesions for photo in found.photographs]).tolist()
    return {photo.name: end - photo.lesions + 1 for photo, end in zip(found.photographs, ends)}


def picture(photo, case, image, first):
    """A photograph of the grid, outlined where it is usable; '' of one that cannot be read."""
    if image is None:
        return ''
    if photo.unusable:
        return Markup(f'<img src="{as_uri(shrink(image, SHOWN))}" alt="">')
    return picture_of(case, image, SHOWN, first, BOLD)


def sites(found, language):
    """``[(site, [(number, diagnosis, features)])]``."""
    return [(site_of(found.lesions[numbers[0] - 1], language),
             [(number, diagnosis_of(spot, language), features_of(spot, language)) for number in numbers
              for spot in [found.lesions[number - 1]]]) for numbers in found.sites.values()]
