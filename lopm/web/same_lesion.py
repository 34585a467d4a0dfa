"""Lesions that are one over visits: a base says so by their ``lesion_id``, the page by a place that is followed.

Neither says more than the other: with several lesions on a photograph of a place, nobody has said which is which.
"""
from collections import Counter, defaultdict

from django.db import transaction
from django.utils.translation import gettext as _

from lopm.web import trail
from lopm.web.models import Spot
from lopm.web.spots import MOST
from lopm.web.words import clinical_language


def ids_of_followed(department, chosen, names, facts):
    """``{photograph's number: lesion_id}``: one for the lesions of all photographs of a place that is followed, where
    each of them shows one, at two visits or more. A photograph of two places says of neither which lesion it is.

    Args:
        chosen: ``[(Photograph, opinions)]`` of a base. names: ``Names``.
        facts: Counts the places that are ``followed`` in the base, and that are ``not_followed``.
    """
    visits = {each.pk: each.visit_id for each, opinions in chosen}
    with_one = {each.pk for each, opinions in chosen if shows_one(opinions)}
    members, places, found = defaultdict(list), Counter(), {}
    for spot, photograph in Spot.photographs.through.objects.filter(
            spot__patient__department=department).values_list('spot_id', 'photograph_id'):
        if photograph in visits:
            members[spot].append(photograph)
            places[photograph] += 1
    for spot, photographs in members.items():
        is_clear = len({visits[each] for each in photographs}) > 1 and all(
            each in with_one and places[each] == 1 for each in photographs)
        facts['followed' if is_clear else 'not_followed'] += 1
        if is_clear:
            found.update(dict.fromkeys(photographs, names.lesion(str(spot))))
    return found


def shows_one(opinions):
    """Whether the first of ``opinions`` that sees a lesion sees one alone."""
    return len(next((each.lesions for each in opinions if each.lesions), ())) == 1


def follow_again(brought, done):
    """Follow what a base has called one lesion at two visits of a patient and more.

    Args:
        brought: ``[(Photograph, {lesion_id})]``; an id that two patients have is of two lesions.
        done: How many of what.
    """
    found = defaultdict(dict)
    for photograph, lesions in brought:
        for lesion in lesions:
            found[photograph.visit.patient_id, lesion][photograph.pk] = photograph
    for photographs in map(dict.values, found.values()):
        if len({each.visit_id for each in photographs}) > 1:
            follow(sorted(photographs, key=lambda each: each.visit.on), done)


def follow(photographs, done):
    """A place of these photographs, in the order of their visits; one that has some of them and no others gets the
    rest, and one that has them all, and maybe more, is left as it is."""
    chosen = to_compare(photographs)
    done[f'photographs of a place beyond the {MOST} that are compared, not followed'] += len(photographs) - len(chosen)
    patient, numbers = chosen[0].visit.patient, {each.pk for each in chosen}
    with transaction.atomic():
        for spot in patient.spots.prefetch_related('photographs'):
            held = {each.pk for each in spot.photographs.all()}
            if held >= numbers:
                return
            if held and held < numbers:
                break
        else:
            spot = Spot.objects.create(patient=patient, name=name_for(patient, chosen))
            done['places that are followed'] += 1
        spot.photographs.add(*chosen)
        trail.note(None, 'place followed', spot.pk, f'{len(chosen)} photographs')


def to_compare(photographs):
    """All, as long as they are not too many; else the first of each visit, as many of the last as can be."""
    of_visit = {each.visit_id: each for each in reversed(photographs)}
    return photographs if len(photographs) <= MOST else list(of_visit.values())[::-1][-MOST:]


def name_for(patient, photographs):
    """The word of the site, where they have one; a number where the patient has such a place already."""
    sites = {each.site for each in photographs}
    name = clinical_language().word(*sites) if len(sites) == 1 and '' not in sites else _('Place')
    return f'{name} {patient.spots.count() + 1}' if patient.spots.filter(name=name).exists() else name
