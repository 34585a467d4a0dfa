"""Checks of single photographs: can they be read, are they the right ones, are they good enough to judge."""
import functools
import hashlib

from lopm.curation.doctor.table import ERROR, REMARK, check, of_photograph
from lopm.curation.intake.manifest import read_rows
from lopm.datasets.photographs import read_photograph

# Beyond every photograph of ISIC 2017 (1,501) and every built-in one, but for one that is burned out to the eye.
BLUR = 0.75
DARK = 40
WHITE = 0.15
GLARE = 0.2  # a white lesion in good light reaches 0.12


def _problems(base, kind):
    return (of_photograph(each, each.facts['problem'][1]) for each in base.photographs
            if (each.facts['problem'] or [None])[0] == kind)


def _beyond(base, measure, is_bad, words):
    """A finding per photograph that could be measured and is bad; ``words`` is a format string of the value."""
    for each in base.photographs:
        value = each.facts.get(measure)
        if value is not None and is_bad(value):
            yield of_photograph(each, words.format(value))


@check(ERROR, 'the json lists a photograph that is not there: it is not trained on, and not tested',
       'copy the file there, or remove its entry')
def missing_photograph(base):
    return _problems(base, 'missing_photograph')


@check(ERROR, 'the file is damaged or no image: it is not trained on, and not tested',
       'replace the file from its source, or remove its entry')
def unreadable_photograph(base):
    return _problems(base, 'unreadable_photograph')


@check(ERROR, 'outlines are in pixels of a photograph of another size: they lie in the wrong place',
       'use the photograph that was outlined, or outline this one')
def wrong_size(base):
    return _problems(base, 'wrong_size')


@check(ERROR, 'its outlines and words were given to another picture, and what the intake cleaned away may be in it',
       'remove the file and run lopm ingest again, which puts its own back; or remove its entry')
def replaced_after_intake(base):
    manifest = functools.cache(_manifest)
    for each in base.photographs:
        path = each.path.resolve()
        row = manifest(path.parent).get(path) if 'sha256' in each.facts else None
        if row and not _is_as_taken_in(each, row):
            yield of_photograph(each, 'replaced after intake: it is not the photograph that stands in manifest.jsonl')


def _manifest(folder):
    """``{path: Row}`` of the intake that wrote the photographs of a folder: its manifest is there, or one above."""
    return {(place / row['file_name']).resolve(): row for place in (folder.parent, folder)
            for row in read_rows(place / 'manifest.jsonl')}


def _is_as_taken_in(photograph, row):
    if 'file_sha256' in row:
        return photograph.facts['sha256'] == row['file_sha256']
    return hashlib.sha256(read_photograph(photograph.path)).hexdigest() == row['sha256']  # of an earlier intake


@check(REMARK, 'texture and border sharpness cannot be judged on a blurred photograph',
       'take it again, or rate these features "not_assessable"')
def blurred(base):
    return _beyond(base, 'blur', lambda value: value > BLUR,
                   f'blur {{:.2f}} of 1 at 512 px (Crete\'s measure; suspect above {BLUR})')


@check(REMARK, 'color cannot be judged in the dark, nor where the light has burned it out',
       'take it again, or rate color and homogeneity "not_assessable"')
def exposure(base):
    yield from _beyond(base, 'brightness', lambda value: value < DARK,
                       f'too dark: the median brightness is {{:.0f}} of 255 (suspect below {DARK})')
    yield from _beyond(base, 'white', lambda value: value > WHITE,
                       f'too bright: {{:.0%}} of the photograph is burned out (suspect above {WHITE:.0%})')


@check(REMARK, 'reflected light hides the surface of the lesion, and passes for white',
       'dry the mucosa, or turn the flash aside, and take it again; or rate color and texture "not_assessable"')
def glare(base):
    return _beyond(base, 'glare', lambda value: value > GLARE,
                   f'{{:.0%}} of the lesions\' area is burned out (suspect above {GLARE:.0%})')
