"""What the key holder should look at among the files of a clinic that are in the base."""
from collections import defaultdict

from lopm.curation.intake.names import tidy
from lopm.curation.patients import loosely


def find_doubts(copies, owners, rows):
    """``{path: [remark]}`` of photographs of which two patients are said: patients could not be kept apart.

    Args:
        copies: ``{name of the photograph: [paths]}``, equal files being one photograph.
        owners: ``{name of the photograph: [keyed patients with whom it lies]}``.
        rows: The manifest's, by name.
    """
    doubts, same_pixels = defaultdict(list), defaultdict(list)
    for row in rows.values():
        same_pixels[row['sha256']].append(row)
    for name, (first, *_) in copies.items():
        row = rows.get(name)
        if row is None:
            continue
        if set(owners[name]) - {row['patient_id']}:
            doubts[first].append("was taken in as another patient's, and stays so")
        doubts[first] += [f'the same pixels as {other["file_name"]}, which is of another patient or of none'
                          for other in same_pixels[row['sha256']] if other['patient_id'] != row['patient_id']]
    return doubts


def find_remarks(copies, patients, rows):
    """``{path: [remark]}`` of the rest: copies, patients of nearly the same id, pages that were left out."""
    remarks = defaultdict(list)
    alike = _spelled_alike(patients.values())
    for name in copies.keys() & rows.keys():
        first, *others = copies[name]
        for path in others:
            remarks[path].append(f'the same file as {first}')
        for path in copies[name]:
            if patients[path] in alike:
                remarks[path].append('its patient and another one differ only in case, zeros or separators')
        if 'pages' in rows[name]:
            remarks[first].append(f'the first of {rows[name]["pages"]} pages')
    return remarks


def _spelled_alike(patients):
    """Ids that differ from another one only in case, zeros or separators: one patient, it may be, taken for two."""
    spellings = defaultdict(set)
    for patient in set(filter(None, patients)):
        spellings[loosely(tidy(patient))].add(patient)
    return set().union(*(some for some in spellings.values() if len(set(map(tidy, some))) > 1))
