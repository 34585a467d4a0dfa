"""Remarks on a photograph that came: copies of it, and the same mouth with another patient.

Time is that of ``NEAREST`` comparisons, a tenth of a second each; finding whom to compare grows with the photographs of
the department, 4 KB each.
"""
import numpy as np

from lopm.web.models import Photograph
from lopm.web.mouths import alike, is_same, points_of

NEAREST = 8  # photographs that are compared
MOST = 5  # copies that are remarked on


def remarks_on(photograph, pixels, points, place):
    """``[{'kind': 'copy' or 'mouth', 'photograph', 'patient'}]``: copies in the department, and photographs of other
    patients that show the same mouth.

    Args:
        pixels: SHA-256 of its pixels. points: Of ``points_of``.
    """
    others = Photograph.objects.filter(visit__patient__department=photograph.patient.department).exclude(
        pk=photograph.pk)
    copies = list(others.filter(pixels=pixels).select_related('visit')[:MOST])
    asked = others.filter(state=Photograph.State.READ).exclude(visit__patient=photograph.patient).exclude(
        pk__in=[each.pk for each in copies])
    mouths = [each for each in nearest(points, asked) if is_same(points, points_of(place.photograph(each.pk, 'thumb')))]
    return [{'kind': kind, 'photograph': str(each.pk), 'patient': str(each.visit.patient_id)}
            for kind, found in (('copy', copies), ('mouth', mouths)) for each in found]


def nearest(points, photographs):
    """The photographs whose points are described most like some, the nearest first."""
    rows = [row for row in photographs.values_list('pk', 'look') if len(row[1])]
    if not rows or not len(points):
        return []
    order = np.argsort(-alike(points, np.stack([np.frombuffer(look, np.int8) for _, look in rows])), kind='stable')
    chosen = [rows[i][0] for i in order[:NEAREST]]
    found = photographs.select_related('visit').in_bulk(chosen)
    return [found[number] for number in chosen]
