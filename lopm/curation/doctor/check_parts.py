"""Checks of photographs against each other: who and what stands in two parts, or twice in one."""
from collections import defaultdict

from lopm.curation.doctor.table import ERROR, REMARK, Finding, check, place
from lopm.curation.near_duplicates import METHOD, cluster_photographs
from lopm.curation.patients import loosely
from lopm.curation.same_mouth.search import METHOD as SAME_MOUTH
from lopm.datasets.groups import has_patient


def _places(photographs):
    return tuple(place(each) for each in photographs)


def _groups(photographs, key):
    """Those photographs that are not alone with their key, None aside: ``{key: [Photograph]}``."""
    groups = defaultdict(list)
    for each in photographs:
        if key(each) is not None:
            groups[key(each)].append(each)
    return {name: members for name, members in groups.items() if len(members) > 1}


def near_duplicates(base):
    """Lists of two photographs or more that hang together by near duplicates."""
    clusters = cluster_photographs([each.facts.get('hashes') for each in base.photographs])
    cluster_of = dict(zip(map(id, base.photographs), clusters.tolist()))
    return list(_groups(base.photographs, lambda each: cluster_of[id(each)]).values())


@check(ERROR, 'what is learned by heart counts as understood: every score of this patient is too good',
       'move all photographs of the patient to one part: lopm split')
def patient_in_two_parts(base):
    for patient, members in _groups(base.photographs, lambda each: each.patient).items():
        parts = {each.part for each in members}
        if len(parts) > 1:
            yield Finding(f'patient {patient} is in parts {", ".join(sorted(parts))}', _places(members))


@check(ERROR, f'a photograph of the test was trained on: its score is too good ({METHOD})',
       'keep one of them, or divide the base again with lopm split, which keeps them together')
def near_duplicate_across_parts(base):
    for members in near_duplicates(base):
        parts = {each.part for each in members}
        if len(parts) > 1:
            yield Finding(f'copies of one photograph are in parts {", ".join(sorted(parts))}', _places(members))


@check(ERROR, 'one file stands twice under two names: it counts twice in training and in every score',
       'keep one of them, with the labels of both')
def duplicate(base):
    for members in _groups(base.photographs, lambda each: each.facts.get('sha256')).values():
        if len({place(each) for each in members}) > 1:
            yield Finding('the files are equal byte by byte', _places(members))


@check(REMARK, f'one of the patients may be the other: then neither parts nor intervals are by patient ({METHOD})',
       'look at them; give both the patient that it is')
def near_duplicate(base):
    for members in near_duplicates(base):
        patients, files = {each.patient for each in members}, {each.facts['sha256'] for each in members}
        if len({each.part for each in members}) == 1 and len(patients) > 1 and len(files) > 1:
            yield Finding(f'copies of one photograph, of {len(patients)} patients', _places(members))


@check(REMARK, 'without a patient nobody can say that parts are apart, and every interval is too narrow',
       'fill in patient_id, a pseudonym')
def patient_unknown(base):
    for part, photographs in base.by_part().items():
        unknown = [each for each in photographs if not has_patient(each.image)]
        if unknown:
            yield Finding(f'{len(unknown)} of {len(photographs)} photographs of part {part} have no patient_id')


@check(REMARK, 'one patient of two ids is two: parts may share the patient, and no check can see it',
       'write one id for both, or make sure that they are two people')
def patients_spelled_alike(base):
    known = [each for each in base.photographs if has_patient(each.image)]
    for members in _groups(known, lambda each: loosely(each.patient)).values():
        ids = sorted({each.patient for each in members})
        if len(ids) > 1:
            yield Finding(f'patients {", ".join(map(repr, ids))} differ only in case, zeros or separators',
                          _places(members))


def _same_mouths(base, is_wanted):
    for i, j, matches, mirrored in base.same_mouths:
        one, other = base.photographs[i], base.photographs[j]
        if is_wanted(one, other):
            how = ', one of them mirrored' if mirrored else ''
            yield Finding(f'{one.name} and {other.name} show the same mouth{how}: {matches} points of one lie where '
                          'they should on the other', _places([one, other]), pair=True)


@check(ERROR, f'a mouth of the test was trained on: its score is too good ({SAME_MOUTH})',
       'give both photographs the patient that it is, or divide the base again with lopm split, which '
       'keeps them together')
def same_mouth_across_parts(base):
    return _same_mouths(base, lambda one, other: one.part != other.part)


@check(REMARK, f'one mouth counts as two patients: neither parts nor intervals are by patient ({SAME_MOUTH})',
       'look at them; give both photographs one patient_id')
def same_mouth(base):
    return _same_mouths(base, lambda one, other: one.part == other.part)
