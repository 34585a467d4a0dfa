"""What a worker does to follow a place over visits: photographs laid upon the first, curves, words, a page to print."""
import contextlib
import time

import cv2
from django.conf import settings

from lopm.case import Lesion
from lopm.datasets.photographs import BadPhotograph
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
from lopm.web import floor, spots
from lopm.web.models import Photograph, Reading, Spot
from lopm.web.scales import scale_of
from lopm.web.speech_follow import said_of

QUALITY = 90  # of the JPEG
SLICE = 60  # seconds


def follow(job, predictor):
    """Compare the photographs of a place, and measure the repeats of its department before, from which the noise floor
    is made. Both take long: after ``SLICE`` the rest is left to the next job, so that others have their turn."""
    spot, key, begun = spot_of(job), job.given['key'], time.monotonic()
    if spot is None or not holds(spot, key):
        return
    with left_clean(spot, key) as found:
        floor.refresh(spot, predictor.about['version'], begun + SLICE / 2)
        if holds(spot, key) and spots.result_of(spot, key) is None and len(spots.standing(found)) > 1:
            compare(spot, found, key, predictor, begun + SLICE)


def print_page(job):
    """Write the page of a place as PDF, in the language of who asked."""
    spot, key, language = spot_of(job), job.given['key'], job.given['language']
    if spot is None or not holds(spot, key):
        return
    with left_clean(spot, key):
        html = spots.file_of(spot, key, f'{language}.html').read_text(encoding='utf-8')
        with whole_file(spots.file_of(spot, key, f'{language}.pdf'), 0o600) as partial:
            partial.write_bytes(as_pdf(html))


def spot_of(job):
    """The place that a job is of; None: it was given up."""
    return Spot.objects.filter(pk=job.given['spot']).select_related('patient__department').first()


def holds(spot, key):
    """Whether the photographs of a place, and what they are compared by, still are what a key stands for."""
    return spots.key_of(spots.taken(spot)) == key


@contextlib.contextmanager
def left_clean(spot, key):
    """Something is written of a place, of which ``[Taken]`` is given. Of what was deleted meanwhile, and of what stood
    before, nothing stays."""
    found = spots.taken(spot)
    try:
        yield found
    except (FileNotFoundError, Reading.DoesNotExist):
        pass  # a photograph was deleted, and with it all that was made of its patient; the page asks again
    except BadPhotograph:
        if holds(spot, key):
            raise
    spots.forget(spot, but=spots.key_of(spots.taken(spot)))
    for each in found:
        if not Photograph.objects.filter(pk=each.photograph.pk).exists():
            spots.scale_file(each.photograph, spot.patient_id).unlink(missing_ok=True)


def compare(spot, found, key, predictor, until):
    """Write all that is shown of a place, its json last; nothing where looking for rulers takes longer.

    Args:
        found: ``[Taken]``. until: Time of ``time.monotonic``.
    """
    standing = spots.standing(found)
    spots.file_of(spot, key, 'json').parent.mkdir(mode=0o700, exist_ok=True)
    scales, remarks = {}, []
    for each in standing:
        if time.monotonic() > until:
            return
        scales[each.on], remark = scale_in(each.photograph, spot.patient_id)
        remarks += [Sentence(CARD_SAYS, on=each.on, reason=Sentence(remark))] if remark else []
    cases = {each.on: floor.case_of(each) for each in standing}
    noise = noise_for(spot, cases.values(), predictor)
    compared = course([(each.on, settings.PLACE.photograph(each.photograph.pk), cases[each.on]) for each in standing],
                      noise, scales=scales, flagged=[(each.on, each.flags) for each in found
                                                     if each.state == spots.FLAGGED])
    compared.notes.extend(remarks)
    write(spot, key, standing, compared, noise, cases)


def noise_for(spot, cases, predictor):
    """The department's own floor, else that of the pack, else one that is shipped."""
    own = floor.own_floor(spot.patient.department_id, cases, predictor.about['version'])
    return own or predictor.pack.noise or shipped(cases)


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
    return load_noise(SHIPPED_BY_MODEL if floor.by_model(cases) else SHIPPED)


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
