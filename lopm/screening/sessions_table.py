"""A table that says of photographs whose they are, of which day, and which view they show."""
from collections import defaultdict
from pathlib import PurePosixPath
from typing import NamedTuple

from lopm.curation.dates import DATE, as_date
from lopm.curation.folder import Folder
from lopm.curation.tables import read_table
from lopm.curation.words import fold


class Line(NamedTuple):
    """What a table says of a photograph; '' is nothing."""

    patient: str = ''
    visit: str = ''
    view: str = ''


def read_lines(path, folder, protocol):
    """``({photograph: Line}, remarks)`` of a table."""
    photographs, found, missing = Folder(folder, 'FOLDER'), {}, []
    for number, row in read_table(path, ['file']):
        place, row = f'{path}, line {number}', {fold(name): cell for name, cell in row.items()}
        name = photographs.find(row['file'])
        if name is None:
            missing.append(row['file'])
        elif name in found:
            raise ValueError(f'{place}: {name} stands there twice; keep one line')
        else:
            visit = row.get('visit', '')
            found[name] = Line(row.get('patient', ''), str(as_date(visit, f'{place}: visit')) if visit else '',
                               protocol.stated(row.get('view', ''), place))
    remarks = [f'{path}: {len(missing)} lines are of no photograph in {folder}, such as {missing[0]}'
               + photographs.near(missing[0])] if missing else []
    return found, remarks


def folders_of(name, protocol):
    """The folders that a photograph lies in, without a last one that names its view."""
    parts = PurePosixPath(name).parent.parts
    return parts[:-1] if parts and protocol.view_of(parts[-1]) and not DATE.search(parts[-1]) else parts


def refuse_unlisted(paths, lines, table):
    if any(line.patient or line.visit for line in lines.values()) and (lacking := sorted(paths.keys() - lines.keys())):
        raise ValueError(f'{lacking[0]}: is in FOLDER and not in {table}, which says whose photographs are; add a line '
                         f'for each of {len(lacking)} such photographs, or move them away')


def refuse_two_patients(lines, protocol):
    """Refuse a folder PATIENT whose photographs the table gives to two: one of both is a slip."""
    of_folder = defaultdict(set)
    for name, line in lines.items():
        parts = folders_of(name, protocol)
        if line.patient and parts and not DATE.fullmatch(parts[0]):
            of_folder[parts].add(line.patient)
    for parts, patients in of_folder.items():
        if len(patients) > 1:
            raise ValueError(f'{"/".join(parts)}: the table gives its photographs to {len(patients)} patients, '
                             f'{" and ".join(sorted(patients)[:2])}; a session is of one: correct the table, or move '
                             'the photographs of the other away')
