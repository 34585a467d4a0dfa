"""Ways to divide a base: named parts, folds, one center against the others; each folder with its audit."""
import os
import re

from lopm.curation.doctor.dataset import read_base
from lopm.curation.doctor.facts import measure
from lopm.curation.groups import Groups, read_earlier
from lopm.curation.near_duplicates import METHOD
from lopm.curation.same_mouth.search import METHOD as SAME_MOUTH
from lopm.datasets.splits import write_parts
from lopm.files import sha256


def read_groups(*parts, labels=(), workers=2):
    """The ``Groups`` of the photographs of some json files, which are read to find near duplicates and views of one
    mouth, and the first one's COCO dict."""
    base = read_base(parts)
    measure(base, parts[0].parent / 'doctor/facts.jsonl', workers)
    return Groups(base.photographs, labels, base.same_mouths), base.parts[parts[0].stem]


def named_parts(groups, out, shares, seed):
    """``{'': {part: [Photograph]}}``: one folder, every part with its share."""
    return {'': groups.place(shares, seed, read_earlier({part: out / f'{part}.json' for part in shares}))}


def folds(groups, out, count, seed):
    """``{'fold0': {part: [Photograph]}, ...}``: every photograph is tested once, and validates once."""
    if count < 3:
        raise ValueError(f'{count} folds: a fold to train on, one to validate and one to test make 3 at least')
    fold = _placed(groups, out, count, seed)
    names = list(fold)
    return {name: {'train': [each for other in names if other not in (name, after) for each in fold[other]],
                   'val': fold[after], 'test': fold[name]} for name, after in zip(names, names[1:] + names[:1])}


def inner_folds(groups, out, count, seed):
    """``{'fold0': {part: [Photograph]}, ...}`` of a training part: every photograph is tested once, and all validate
    on the validation part that stands beside it, so that nothing is lost for training.

    Args:
        groups: Of the files ``train.json`` and ``val.json``, which share no group.
    """
    if count < 2:
        raise ValueError(f'{count} inner folds: one to train on and one to test make 2 at least')
    validating = {group for group, each in zip(groups.of.tolist(), groups.photographs) if each.part == 'val'}
    fold = _placed(groups, out, count, seed, validating)
    val = [each for each in groups.photographs if each.part == 'val']
    return {name: {'train': [each for other in fold if other != name for each in fold[other]],
                   'val': val, 'test': fold[name]} for name in fold}


def _placed(groups, out, count, seed, but=()):
    """``{'fold0': [Photograph], ...}``; photographs that were tested in a fold before stay in it."""
    names = [f'fold{i}' for i in range(count)]
    earlier = read_earlier({name: out / name / 'test.json' for name in names})
    if earlier and (len(earlier) < count or (out / f'fold{count}').exists()):
        raise ValueError(f'{out} was divided into another number of folds than {count}; name an empty folder')
    return groups.place(dict.fromkeys(names, 1 / count), seed, earlier, but)


def against_others(groups, out, key, shares, seed):
    """``{value: {part: [Photograph]}}``: the test part of a folder is one center (or device), the others train.

    Photographs of the others are left out where their group has photographs of the test's, too: a patient who was
    photographed with two devices is in no training.
    """
    values = [each.image.get(key) for each in groups.photographs]
    unknown = [each.name for each, value in zip(groups.photographs, values) if value in (None, '')]
    if unknown:
        raise ValueError(f'{len(unknown)} photographs have no {key}, {unknown[0]} for one; fill it in, or '
                         'take them out')
    names = {value: re.sub(r'[^\w.-]+', '_', str(value)) for value in sorted(set(values), key=str)}
    if len(names) < 2 or len(set(names.values())) < len(names):
        raise ValueError(f'--by {key}: {", ".join(map(str, names))}; it takes two or more, of different names')
    training = {part: share / (1 - shares['test']) for part, share in shares.items() if part != 'test'}
    layout = {}
    for value, name in names.items():
        tested = {group for group, other in zip(groups.of.tolist(), values) if other == value}
        earlier = read_earlier({part: out / name / f'{part}.json' for part in training})
        test = [each for each, other in zip(groups.photographs, values) if other == value]
        layout[name] = {**groups.place(training, seed, earlier, tested), 'test': test}
    return layout


def thin_labels(groups, layout):
    """Sentences about words that fewer groups have than there are parts to learn, choose and test by."""
    parts = len(layout) if len(layout) > 1 else len(layout[''])
    having = dict(zip(groups.labels, (groups.counts > 0).sum(0).tolist()))
    return [f'{task}: {number} of {len(groups.sizes)} groups (patients) {"has" if number == 1 else "have"} {word!r}, '
            f'fewer than the {parts} {"folders" if len(layout) > 1 else "parts"}: some know nothing of it'
            for (task, word), number in having.items() if number < parts]


def write_division(groups, content, source, out, layout, settings):
    """Write every folder of a layout: its parts and an audit. Photographs stay where they are.

    Args:
        content: The COCO dict that was divided, read from ``source``.
        settings: What the audit says about how it was divided.

    Returns:
        ``{folder: audit}``.
    """
    places = {folder / f'{part}.json' for name, parts in layout.items() for part in parts for folder in [out / name]}
    if source.resolve() in {place.resolve() for place in places}:
        raise ValueError(f'{source} would be overwritten by its own part; name another folder')
    audits, group_of = {}, dict(zip(map(id, groups.photographs), groups.of.tolist()))
    for name, parts in layout.items():
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        audits[folder] = write_parts(folder, {part: _content(rows, content, folder) for part, rows in parts.items()}, {
            'divided': {'source': source.name, 'source_sha256': sha256(source),
                        **settings, 'stratified_by': sorted({task for task, _ in groups.labels}),
                        'groups': len(groups.sizes), 'joined_by': groups.joined,
                        'left_out': len(groups.photographs) - sum(map(len, parts.values()))},
            **_near_duplicates(groups, parts), **_same_mouths(groups, parts)},
            {part: len({group_of[id(each)] for each in rows}) for part, rows in parts.items()})
    return audits


def _near_duplicates(groups, parts):
    """What the audit says of near duplicates: found out from the parts, not from how they were made."""
    cluster_of = dict(zip(map(id, groups.photographs), groups.clusters.tolist()))
    clusters = [{cluster_of[id(each)] for each in rows} for rows in parts.values()]
    apart = sum(map(len, clusters)) == len(set().union(*clusters))
    return {'near_duplicates_apart': _unless_unread(apart, parts), 'near_duplicates': {
        'method': METHOD, 'photographs': len(groups.photographs), 'distinct': len(set(groups.clusters.tolist()))}}


def _same_mouths(groups, parts):
    """What the audit says of mouths that were photographed twice: found out from the parts as well."""
    part_of = {id(each): part for part, rows in parts.items() for each in rows}
    ends = [[part_of.get(id(groups.photographs[i])) for i in pair] for *pair, _, _ in groups.same_mouths]
    apart = all(one == other or None in (one, other) for one, other in ends)
    return {'same_mouths_apart': _unless_unread(apart, parts), 'same_mouths': {
        'method': SAME_MOUTH, 'photographs': len(groups.photographs), 'pairs': len(groups.same_mouths),
        'mirrored': sum(pair.mirrored for pair in groups.same_mouths)}}


def _unless_unread(apart, parts):
    """Whether parts are apart, or that nobody knows it of some photographs."""
    unread = sum('hashes' not in each.facts for rows in parts.values() for each in rows)
    return f'unknown for {unread} photographs that cannot be read' if apart and unread else apart


def _content(photographs, content, folder):
    """A part as a COCO dict whose file names lead from its folder to the photographs."""
    images = [{**each.image, 'file_name': os.path.relpath(each.folder.resolve() / each.name, folder.resolve())}
              for each in photographs]
    return {**{key: content[key] for key in ('info', 'categories') if key in content}, 'images': images,
            'annotations': [row for each in photographs for row in each.annotations]}
