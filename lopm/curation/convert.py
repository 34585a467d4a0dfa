"""From an annotation tool's export to one json of lopm, with its audit and a report of what was not understood."""
import os
from collections import Counter
from dataclasses import replace

from lopm.curation.doctor.dataset import PARTS, find_parts
from lopm.curation.files import export_files, not_taken_in, place_photographs, refuse_occupied
from lopm.curation.folder import spelled_otherwise
from lopm.curation.formats import coco
from lopm.curation.lesions import build
from lopm.curation.outlines import refuse_other_units
from lopm.curation.progress import progress
from lopm.curation.pseudonyms import patients_of_intake
from lopm.curation.report import Report
from lopm.curation.source import FAULTS, MALFORMED, MOST, PART, Export, ReaderFault, SourceError
from lopm.curation.states import count_states
from lopm.curation.words import fold
from lopm.datasets.format import task_info, write_dataset
from lopm.datasets.groups import has_patient
from lopm.datasets.photographs import read_size
from lopm.datasets.splits import write_parts
from lopm.files import write_json
from lopm.structures import LESION


def read_export(form, source, **options):
    """All photographs of a source in one format, read with its own options.

    Raises:
        SourceError: No file, no photograph, or all that is wrong, by file and place.
        ReaderFault: The reader is wrong, not what it reads.
    """
    export = Export(source if source.is_dir() else source.parent)
    for path in progress(export_files(source, form.SUFFIX), 'reading annotations'):
        try:
            form.read(path, export, **options)
        except SourceError:
            raise
        except FAULTS as error:
            raise ReaderFault(path, error) from error
        except MALFORMED as error:
            raise SourceError(f'{path}: of another kind, or half-written ({type(error).__name__}: {error}); if it is '
                              'sound, lopm misreads it: lopm --debug convert ... shows where') from error
    export.refuse(source)
    if not export.photographs:
        raise SourceError(f'{source}: the export is empty, it names no photograph; export again'
                          + not_taken_in(export.root))
    return export


def read_own(source):
    """The photographs of a json of lopm, or of the parts in a folder. What a file that is named as a part holds is of
    that part, whatever its own source said."""
    photographs = []
    for path in find_parts([source]):
        for photograph in read_export(coco, path).photographs:
            if path.stem in PARTS:
                photograph.words.setdefault('', {})[PART] = [path.stem]
            photographs.append(photograph)
    return photographs


def locate(export, folder, skip_missing):
    """``{file: photograph}``: photographs found in a folder, their sizes checked, entries of one file joined."""
    found, missing = {}, []
    for photograph in progress(export.photographs, 'finding photographs'):
        with export.at(photograph.place):
            file = folder.find(photograph.name)
            if file is None:
                missing.append(photograph)
                continue
            export.notes['photographs found under a name that is spelled otherwise'] += spelled_otherwise(
                photograph.name, file)
            size = read_size(folder.path / file)
            if (photograph.width or size[0], photograph.height or size[1]) != size:
                raise SourceError(f'outlined on {photograph.width} x {photograph.height}, but {folder.path / file} is '
                                  f'{size[0]} x {size[1]} when upright; use the photograph that was annotated')
            photograph.width, photograph.height = size
            found[file] = _join(found[file], photograph, export) if file in found else photograph
    export.notes['photographs that are missing'] = len(missing)
    if missing and not skip_missing:
        export.problems += [f'{photograph.place}: {photograph.name!r} is not in {folder.path}'
                            + (folder.near(photograph.name) if number < MOST else '')
                            for number, photograph in enumerate(missing)]
        export.problems.append('copy them there, name their folder with --photographs, or leave them out with '
                               '--skip-missing')
    return found


def _join(one, other, export):
    """One photograph of two entries: the work of other raters, or an entry that nobody has annotated."""
    raters = [{*(region.rater for region in each.regions), *(set(each.words) - {''})} for each in (one, other)]
    other_name = one.name != other.name and one.annotated and other.annotated
    if raters[0] & raters[1] or other_name:
        raise SourceError(f'is the same photograph as {one.place}, annotated twice; keep one of the two entries')
    facts = [each.words.get('', {}) for each in (one, other)]
    differing = [name for name in facts[0].keys() & facts[1].keys() if facts[0][name] != facts[1][name]]
    if differing:
        raise SourceError(f'differs from {one.place}, the same photograph, on {differing[0]!r}; correct one of the two')
    export.notes['entries joined with another of the same photograph'] += 1
    words = {**one.words, **other.words, **({'': {**facts[0], **facts[1]}} if any(facts) else {})}
    chief = one if one.annotated else other
    states = {each.outlined for each in (one, other) if each.annotated}
    outlined = next((state for state in (False, True) if state in states), None)
    return replace(chief, regions=one.regions + other.regions, words=words, outlined=outlined)


def convert(export, folder, labels, skip_missing=False, pixels=False, empty_is_free=False):
    """Photographs as COCO dicts ``(annotated, unannotated)``, and the report.

    Those that nobody has looked at stand apart: they are to be annotated, not learned from.

    Args:
        export: As of ``read_export``.
        folder: ``lopm.curation.files.Folder`` of the photographs.
        labels: ``lopm.curation.labels.Labels``.
        skip_missing: Leave out photographs that are not in the folder, and count them.
        pixels: Take coordinates for pixels although all of them are small.
        empty_is_free: Take photographs without any region, of which the source does not say so, as free of lesions.

    Raises:
        SourceError: All that is wrong, by file and place.
    """
    report = Report()
    _refuse_unheard(export.required, labels)
    found = locate(export, folder, skip_missing)
    export.refuse(folder.path)
    if not pixels:
        refuse_other_units(found.values())
    entries = {True: [], False: []}
    for file in progress(sorted(found), 'outlines and words'):
        photograph = found[file]
        if empty_is_free and photograph.outlined is None:
            photograph.outlined = photograph.annotated = True
        entries[photograph.annotated].append(build(photograph, f'images/{file}', labels, export, report))
    _name_patients([image for group in entries.values() for image, _ in group], folder.path, report)
    export.problems += [_unknown(entry) for entry in report.words.values() if entry['attribute'] in export.required]
    export.refuse(folder.path)
    report.notes.update(export.notes)
    report.unread.update(export.unread)
    report.states = count_states(entries)
    report.parts = Counter(image[PART] for image, _ in entries[True] if PART in image)
    return _coco(entries[True], labels), _coco(entries[False], labels), report


def _name_patients(images, folder, report):
    """Fill in the patients of photographs that lopm ingest took in, where the source names none."""
    patients = patients_of_intake(folder)
    for image in images if patients else ():
        patient = patients.get(os.path.realpath(folder / image['file_name'].removeprefix('images/')))
        if patient and not has_patient(image):
            image['patient_id'] = patient
            report.notes['photographs whose patient was named by the intake'] += 1


def _refuse_unheard(names, labels):
    """Refuse a name that is all that a source says, and that the label map does not know."""
    for name in names:
        if fold(name) not in labels.targets:
            raise SourceError(f'{name!r} is no task of the config and no name of the label map; say with --task which '
                              f'it is: {", ".join(sorted(set(labels.tasks) - labels.masks))}')


def _unknown(entry):
    near = f', the nearest is {entry["nearest"]!r}' if entry['nearest'] else ''
    return (f'{entry["first"]}: {entry["word"]!r} is no word of {entry["attribute"]}{near} ({entry["count"]} '
            'photographs); say in a label map what it is, or that it is to "ignore": --draft-labels writes one to '
            'begin with')


def _coco(entries, labels):
    categories = dict.fromkeys([LESION, *sorted(row['category'] for _, rows in entries for row in rows)])
    numbers = {name: number for number, name in enumerate(categories, start=1)}
    images, annotations = [], []
    for image, rows in entries:
        images.append({'id': len(images) + 1, **image})
        for row in rows:
            row = dict(row)
            annotations.append({'id': len(annotations) + 1, 'image_id': len(images),
                                'category_id': numbers[row.pop('category')], **row})
    return {'info': {'lopm': 1, 'tasks': task_info(labels.tasks), 'codes': labels.codes},
            'images': images, 'annotations': annotations,
            'categories': [{'id': number, 'name': name} for name, number in numbers.items()]}


def write(out, folder, contents, report, labels, form, move, keep_parts=False):
    """``all.json``, ``audit.json``, ``report.json``, ``images``, and ``unannotated.json`` where there are any.

    Args:
        keep_parts: Write the parts of the source instead of ``all.json``: its train, val, test.
    """
    content, unannotated = contents
    parts = divided(content) if keep_parts else {'all': content}
    about = {'source': form, 'label_map': labels.file and {'file': labels.file, 'sha256': labels.sha256}}
    refuse_occupied(folder.path, out)
    out.mkdir(parents=True, exist_ok=True)
    place_photographs(folder.path, out, move)
    write_json(out / 'report.json', report.content())
    (out / 'unannotated.json').unlink(missing_ok=True)
    if unannotated['images']:
        unannotated['info'].update(about)
        write_dataset(out / 'unannotated.json', unannotated)
    content['info'].update(about)
    return write_parts(out, parts, {**about, 'near_duplicates_apart': 'not checked',
                                               'report': report.content()['counts']})


def divided(content):
    """``{part: COCO dict}`` by the part that the source put each photograph in.

    Raises:
        SourceError: It put one in none.
    """
    part_of = {image['id']: image.get(PART) for image in content['images']}
    lost = [image['file_name'] for image in content['images'] if PART not in image]
    if lost:
        raise SourceError(f'the source puts {len(lost)} photographs in no part, such as {lost[0]}; leave --keep-parts '
                          'out, and divide with lopm split')
    return {part: {**content, 'images': [row for row in content['images'] if part_of[row['id']] == part],
                   'annotations': [row for row in content['annotations'] if part_of[row['image_id']] == part]}
            for part in dict.fromkeys(part_of.values())}
