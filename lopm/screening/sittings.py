"""A folder of sessions: whose photographs of which day lie in it, by its folders or by a table."""
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from lopm.curation.dates import DATE, date_in
from lopm.curation.files import is_junk, not_taken_in, photographs_in
from lopm.screening.sessions_table import (
    Line,
    folders_of,
    read_lines,
    refuse_two_patients,
    refuse_unlisted,
)


@dataclass
class Sitting:
    """The photographs of one patient on one day.

    Attributes:
        patient, visit: As folders or the table call them; ``visit`` is a date, or '' where nobody says when.
        photographs: ``{name relative to the folder: path}``.
        views: ``{name: view}`` as the table states it.
    """

    patient: str
    visit: str
    photographs: dict[str, Path] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)

    @property
    def name(self):
        return f'{self.patient}_{self.visit}' if self.visit else self.patient


def sittings_in(folder, protocol, table=None):
    """``([Sitting], remarks, [names of folders without a photograph])`` of a folder.

    Args:
        folder: ``PATIENT/DATE/*.jpg``, ``PATIENT/*.jpg`` or the photographs of one session, each perhaps in folders
            that are called by their views.
        table: csv with the columns file, and perhaps patient, visit, view; where it has patient or visit it has a line
            for every photograph.

    Raises:
        ValueError: No photograph; a date that is none; a view that is none; a line twice; a folder of one patient whose
            photographs are of two by the table.
    """
    folder = Path(folder)
    paths = {path.relative_to(folder).as_posix(): path for path in photographs_in(folder)}
    lines, remarks = read_lines(table, folder, protocol) if table else ({}, [])
    refuse_unlisted(paths, lines, table)
    refuse_two_patients(lines, protocol)
    found = {}
    for name, path in paths.items():
        line = lines.get(name, Line())
        key = whose(name, line, folder, protocol)
        sitting = found.setdefault(key, Sitting(*key))
        sitting.photographs[name], sitting.views[name] = path, line.view
    refuse_same_name(found.values())
    return list(found.values()), remarks, without_photograph(folder, paths)


def whose(name, line, folder, protocol):
    """``(patient, visit)`` of a photograph, by its line, else by its folders."""
    if line.patient and line.visit:
        return line.patient, line.visit
    parts = folders_of(name, protocol)
    if len(parts) == 1 and DATE.fullmatch(parts[0]):
        parts = folder.resolve().name, parts[0]  # FOLDER is the folder of one patient
    elif len(parts) > 1 and not (line.visit or date_in(parts[1], f'{name}: the folder')) or len(parts) > 2:
        raise ValueError(f'{name}: lies in {"/".join(parts)}, and folders are PATIENT/DATE, such as P12/2026-03-14; '
                         'rename them, or give --sessions CSV with the columns file, patient and visit')
    patient, visit = (*parts, '', '')[:2]
    return (line.patient or patient or folder.resolve().name,
            line.visit or str(date_in(visit, f'{name}: the folder') or ''))


def refuse_same_name(sittings):
    """Refuse names that would be one file, and those that are none."""
    seen = {}
    for each in sittings:
        if '/' in each.name or each.name.startswith('.'):
            raise ValueError(f'patient {each.patient!r}: pages are called by it; write it without "/" and without a '
                             'dot in front')
        if seen.setdefault(each.name.casefold(), each) is not each:
            raise ValueError(f'two sessions would be called {each.name}; rename a patient')


def without_photograph(folder, names):
    """Folders of patients and visits in which there is no photograph, the outermost, each with what to do."""
    with_some = {parent for name in names for parent in PurePosixPath(name).parents}
    empty = {}
    for path in sorted(each for each in folder.rglob('*') if each.is_dir()):
        name = PurePosixPath(path.relative_to(folder).as_posix())
        if name not in with_some and not any(is_junk(part) for part in name.parts) and not empty.keys() & {
                *name.parents}:
            empty[name] = f'{name}: no photograph in it{not_taken_in(path)}'
    return list(empty.values())
