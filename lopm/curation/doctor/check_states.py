"""Checks of what is known of a photograph: outlined, free of lesions, or neither (docs/dataset_format.md)."""
from collections import Counter

from lopm.curation.doctor.table import ERROR, REMARK, Finding, check, of_photograph
from lopm.datasets.format import is_outlined, is_place, looked_by


@check(ERROR, 'no task reads what is outlined on these photographs: the work is lost, and a lesion may be among it',
       'rename the category (the outlines of lesions are "lesion"), convert the export with a label map that says what '
       'it is or that it is to "ignore", add a mask task of this name, or say "outlined" of each photograph')
def category_unread(base):
    for part, photographs in base.by_part().items():
        names = {row['id']: row['name'] for row in base.parts[part]['categories']}
        unread = Counter()
        for each in photographs:
            drawn = {names.get(row['category_id']) for row in each.annotations if not is_place(row)}
            if 'outlined' not in each.image and not drawn & base.categories:
                unread.update(drawn - {None})
        for name, count in sorted(unread.items()):
            yield Finding(f'part {part}: on {count} photographs nothing but {name!r} is outlined, which no task reads')


@check(REMARK, 'free of lesions and a word about a lesion cannot both be true',
       'outline the lesion, take the word away, or set "outlined" to false', needs_tasks=True)
def free_and_named(base):
    for photograph in base.photographs:
        words = sorted(task for task in photograph.image.get('attributes') or {}
                       if task in base.tasks and base.tasks[task].level == 'lesion')
        if words and not photograph.lesions and is_outlined(photograph.image, []):
            yield of_photograph(photograph, f'is outlined and free of lesions, and named are {", ".join(words)}')


@check(REMARK, 'who has outlined every lesion knows what is outside of them, and "outlined" says that nobody does',
       'set "outlined" to true, or take the rater out of "looked"')
def looked_and_not_outlined(base):
    for photograph in base.photographs:
        looked = ', '.join(map(repr, looked_by(photograph.image)))
        if looked and not is_outlined(photograph.image, photograph.lesion_rows()):
            yield of_photograph(photograph, f'was looked at by {looked}, and is not outlined')


@check(REMARK, 'all that is known of outlines is where none is: a model learns to find nothing',
       'outline some lesions, or set "outlined" to false where nobody did')
def nothing_outlined(base):
    for part, photographs in base.by_part().items():
        free = sum(is_outlined(each.image, each.lesion_rows()) for each in photographs)
        if free and all(is_place(row) for each in photographs for row in each.lesion_rows()):
            yield Finding(f'part {part}: no lesion has an outline, and {free} photographs are said to be outlined')
