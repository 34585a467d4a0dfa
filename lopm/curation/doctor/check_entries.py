"""Checks of the entries of a json: nothing stands twice, and nothing belongs to what is not there."""
import functools
import os
from collections import Counter, defaultdict

from lopm.curation.doctor.table import ERROR, Finding, check, of_photograph
from lopm.datasets.coco import lesion_key, rater_of
from lopm.datasets.splits import same_file


@check(ERROR, 'the entry stands twice: it counts twice in training and in every score', 'remove one of them')
def listed_twice(base):
    for part, photographs in base.by_part().items():
        for key in ('id', 'file_name'):
            values = Counter(str(each.image[key]) for each in photographs)
            for value in (value for value, count in values.items() if count > 1):
                names = dict.fromkeys(each.name for each in photographs if str(each.image[key]) == value)
                yield Finding(f'{values[value]} entries of part {part} have the {key} {value}',
                              tuple((part, name) for name in names))
        for names in _names_of_one_file(photographs):
            yield Finding(f'one file of part {part} has the names {", ".join(names)}',
                          tuple((part, name) for name in names))
        ids = Counter(row['id'] for row in base.parts[part]['annotations'])
        twice = tuple(number for number, count in ids.items() if count > 1)
        if twice:
            yield Finding(f'part {part} has annotations of one id', (), twice)
    for photograph in base.photographs:
        rated = Counter((lesion_key(row), rater_of(row)) for row in photograph.lesion_rows())
        for (lesion, rater), count in rated.items():
            if count > 1:
                rows = [row for row in photograph.lesion_rows() if (lesion_key(row), rater_of(row)) == (lesion, rater)]
                yield of_photograph(photograph, f'lesion {lesion} by rater {rater!r} has {count} annotations; '
                                    'several polygons of a lesion are one annotation', *rows)


def _names_of_one_file(photographs):
    """Lists of different names that lead to one file: ``a/../b.jpg``, a link, a second name of the same file."""
    names, folder = defaultdict(dict), functools.cache(os.path.realpath)
    for each in photographs:
        path = same_file(each.folder, each.name, folder)
        names[_inode(path) or path][each.name] = None
    return [list(one) for one in names.values() if len(one) > 1]


def _inode(path):
    """What hard links of one file have in common; None of a file that is missing."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


@check(ERROR, 'an annotation of no photograph or of no category is lost work, or belongs elsewhere',
       'correct image_id or category_id, or remove it')
def annotation_of_nothing(base):
    for part, content in base.parts.items():
        for key, among in (('image_id', 'images'), ('category_id', 'categories')):
            known = {row['id'] for row in content[among]}
            lost = tuple(row['id'] for row in content['annotations'] if row[key] not in known)
            if lost:
                yield Finding(f'{len(lost)} annotations of part {part} have a {key} that is not among the {among}',
                              (), lost)
