"""What a worker does to follow a place over visits: photographs laid upon the first, curves, words, a page to print."""
import time

import cv2
import msgspec
from django.conf import settings

from lopm.case import Case, Lesion
from lopm.drawn import outline_of
from lopm.files import read_json, whole_file, write_json, write_text
from lopm.followup import Scale, load_noise, read_scale
from lopm.followup.card import NO_CARD
from lopm.followup.course import CARD_SAYS, course
from lopm.followup.noise import SHIPPED, SHIPPED_BY_MODEL
from lopm.report.course import course_page, labels_of, said
from lopm.report.language import Language, languages
from lopm.report.photograph import outlines_of
from lopm.report.write import as_pdf
from lopm.sentence import Sentence
from lopm.web import spots
from lopm.web.models import Photograph, Spot
from lopm.web.reading import BadPhotograph, scale_of
from lopm.web.speech_follow import said_of

QUALITY = 90  # of the JPEG
SLICE = 60  # seconds


def follow(job, predictor):
    """Compare the photographs of a place; or, of a job with a ``language``, write the page of it as PDF.

    A place that was given up, or is no more what was asked about, is nothing to do. Of what was deleted meanwhile, and
    of what stood before, nothing stays.
    """
    spot, key = Spot.objects.filter(pk=job.given['spot']).select_related('patient').first(), job.given['key']
    if spot is None or not holds(spot, key):
        return
    found = spots.taken(spot)
    try:
        if job.given['language']:
            print_page(spot, key, job.given['language'])
        else:
            compare(spot, found, key, predictor.pack.noise)
    except FileNotFoundError:
        pass  # a photograph was deleted, and with it all that was made of its patient; the page asks again
    except BadPhotograph:
        if holds(spot, key):
            raise
    spots.forget(spot, but=spots.key_of(spots.taken(spot)))
    for each in found:
        if not Photograph.objects.filter(pk=each.photograph.pk).exists():
            spots.scale_file(each.photograph, spot.patient_id).unlink(missing_ok=True)


def holds(spot, key):
    """Whether the photographs of a place still are what a key stands for."""
    return spots.key_of(spots.taken(spot)) == key


def print_page(spot, key, language):
    """The page of a place as PDF."""
    html = spots.file_of(spot, key, f'{language}.html').read_text(encoding='utf-8')
    with whole_file(spots.file_of(spot, key, f'{language}.pdf'), 0o600) as partial:
        partial.write_bytes(as_pdf(html))


def compare(spot, found, key, packed):
    """Write all that is shown of a place, its json last. Looking for rulers takes long: after ``SLICE`` the rest is
    left to the next job, so that others have their turn.

    Args:
        found: ``[Taken]``. packed: ``Noise`` of the pack, or None: one that is shipped.
    """
    standing, until = spots.standing(found), time.monotonic() + SLICE
    spots.file_of(spot, key, 'json').parent.mkdir(mode=0o700, exist_ok=True)
    scales, remarks = {}, []
    for each in standing:
        if time.monotonic() > until:
            return
        scales[each.on], remark = scale_in(each.photograph, spot.patient_id)
        remarks += [Sentence(CARD_SAYS, on=each.on, reason=Sentence(remark))] if remark else []
    cases = {each.on: msgspec.convert(each.photograph.readings.get(number=each.reading).case, Case)
             for each in standing}
    noise = packed or shipped(cases.values())
    compared = course([(each.on, settings.PLACE.photograph(each.photograph.pk), cases[each.on]) for each in standing],
                      noise, scales=scales, flagged=[(each.on, each.flags) for each in found
                                                     if each.state == spots.FLAGGED])
    compared.notes.extend(remarks)
    write(spot, key, standing, compared, noise, cases)


def scale_in(photograph, patient):
    """``(Scale or None, what a card is no good for)``: as a person has said it, else as a card or a ruler in the
    photograph says it, which is read once."""
    if photograph.pixels_per_mm:
        return scale_of(photograph), ''
    path = spots.scale_file(photograph, patient)
    if not path.is_file():
        scale, card = read_scale(settings.PLACE.photograph(photograph.pk))
        write_json(path, {'scale': scale, 'card': '' if card.reason == NO_CARD else card.reason})
    kept = read_json(path)
    return kept['scale'] and Scale(*kept['scale']), kept['card']


def write(spot, key, standing, compared, noise, cases):
    """Pictures, pages to print, and what the page says. Args: ``compared``: ``Course``. cases: ``{date: Case}``."""
    pictures = {}
    for each in standing:
        pixels, pictures[str(each.photograph.pk)] = picture_of(compared, each.on)
        with whole_file(spots.file_of(spot, key, f'{each.photograph.pk}.jpg'), 0o600) as partial:
            partial.write_bytes(cv2.imencode('.jpg', cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR),
                                             [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1])
    for code in languages():
        words = {on: said(case, Language(code)) for on, case in cases.items()}
        write_text(spots.file_of(spot, key, f'{code}.html'),
                   course_page(f'{spot.patient.code} · {spot.name}', compared, noise, words, Language(code)))
    write_json(spots.file_of(spot, key, 'json'), {'pictures': pictures, 'said': said_of(compared, noise)})


def shipped(cases):
    """The floor of exact outlines where persons have drawn all of them; else that of outlines of a model."""
    by_model = any(lesion.score is not None for case in cases for lesion in case.lesions)
    return load_noise(SHIPPED_BY_MODEL if by_model else SHIPPED)


def picture_of(compared, on):
    """The photograph of a visit as it lies upon the first, uint8 RGB, and ``{'laid': whether it does, 'outlines': svg,
    'width', 'height'}``; one that was refused as it is.

    Args:
        compared: ``Course``. on: Date of the visit.
    """
    part = int(on != compared.first)
    comparison = compared.comparisons[on] if part else max(compared.comparisons.values(),
                                                           key=lambda each: each.registration is not None)
    pixels, outlines = comparison.photographs[part], comparison.outlines[part]
    shown = [(Lesion(outline=outline_of(mask)), label)
             for mask, label in zip(outlines, labels_of(comparison, part, 0)) if mask.any()]
    height, width = pixels.shape[:2]
    parts = outlines_of([lesion for lesion, _ in shown], [label for _, label in shown], (width, height))
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" aria-hidden="true">'
    return pixels, {'laid': not part or comparison.registration is not None, 'width': width, 'height': height,
                    'outlines': f'{svg}{"".join(parts)}</svg>'}
