"""Checks of what is said of visits and patients, by several photographs together."""
from lopm.curation.doctor.table import ERROR, REMARK, Finding, check
from lopm.datasets.groups import disagreement, has_patient, words_of


@check(ERROR, 'photographs of one visit, or one patient, say different things of it: training refuses the whole part',
       'write the same with each of them, or with one', needs_tasks=True)
def at_odds_within_a_visit(base):
    for part, photographs in base.by_part().items():
        images = [each.image for each in photographs]
        for task in base.tasks.of_groups.values():
            for one, other in words_of(images, task)[1]:
                yield Finding(disagreement(task, one, other),
                              tuple((part, image['file_name']) for image in (one, other)), pair=True)


@check(REMARK, 'nobody knows which photographs belong together: each counts as a visit, or a patient, of its own',
       'fill in patient_id, and visit, the date', needs_tasks=True)
def of_no_patient(base):
    asked = ', '.join(base.tasks.of_groups)
    for part, photographs in base.by_part().items() if asked else ():
        alone = sum(not has_patient(each.image) for each in photographs)
        undated = sum(has_patient(each.image) and 'visit' not in each.image for each in photographs)
        if alone:
            yield Finding(f'part {part}: {alone} photographs name no patient, and {asked} are asked of visits and '
                          'patients')
        if undated:
            yield Finding(f'part {part}: {undated} photographs of known patients name no visit; those of a patient '
                          'count as one')
