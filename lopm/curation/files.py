"""Files of a source: which there are, and where its photographs are put."""
import os
import shutil
from pathlib import Path

from lopm.curation.source import SourceError

PHOTOGRAPHS = {'.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.tif', '.tiff', '.webp', '.bmp', '.avif'}
NOT_TAKEN_IN = {'.heic', '.heif', '.hif', '.dcm'}  # photographs that lopm ingest makes readable
DICOM = slice(128, 132), b'DICM'  # where its files say so: scanners and archives name them by mere numbers
JUNK = {'__MACOSX', 'Thumbs.db', 'desktop.ini'}  # made by desktops, never by a camera or an annotator


def export_files(source, suffix):
    """The annotation files of a source, a file or a folder of them, in order; links to folders are not followed.

    Args:
        suffix: How they end, one or a tuple; None where the source is a folder and it is what is read.

    Raises:
        SourceError: None is there.
    """
    if source.is_dir() and suffix is None or source.is_file() and suffix is not None:
        return [source]
    if not source.is_dir():
        what = 'no such folder of photographs' if suffix is None else 'no such file or folder'
        raise SourceError(f'{source}: ' + ('no regular file' if source.exists() and suffix else what))
    found = sorted(path for path in walk(source) if path.name.lower().endswith(suffix))
    if not found:
        raise SourceError(f'{source}: holds no *{suffix} file; name the export of the annotation tool')
    return found


def is_junk(name):
    """Whether a file or folder is hidden (``.DS_Store``, ``._x.jpg``), or of those that desktops leave everywhere."""
    return name.startswith('.') or name in JUNK


def walk(folder, links=False):
    """The regular files under a folder, without junk.

    Args:
        links: Follow links to folders, each folder once.

    Raises:
        SourceError: A folder that may not be opened: what is in it would be missed.
    """
    seen = set()
    for root, folders, names in os.walk(folder, onerror=_refuse, followlinks=links):
        seen.add(os.path.realpath(root))  # a data set within the folder links back to it
        folders[:] = sorted(name for name in folders
                            if not is_junk(name) and os.path.realpath(Path(root, name)) not in seen)
        for path in (Path(root, name) for name in names if not is_junk(name)):
            if path.is_file():  # no pipe, at which one would wait for ever
                yield path


def photographs_in(folder):
    """Paths of the photographs under a folder, by name.

    Raises:
        SourceError: There is none.
    """
    if not Path(folder).is_dir():
        raise SourceError(f'{folder}: no such folder of photographs')
    found = sorted(path for path in walk(folder, links=True) if path.suffix.lower() in PHOTOGRAPHS)
    if not found:
        raise SourceError(f'{folder}: no photograph in it; name a folder with photographs '
                          f'({", ".join(sorted(PHOTOGRAPHS))})' + not_taken_in(folder))
    return found


def not_taken_in(folder):
    """What to do about photographs under a folder that nothing reads yet; '' where there are none."""
    found = sorted(path for path in walk(folder, links=True) if awaits_intake(path))
    return f'. Not read: {len(found)} such as {found[0]}; lopm ingest makes them readable' if found else ''


def awaits_intake(path):
    """Whether a file is a photograph, by its ending or as DICOM, that can be read once it was taken in."""
    ending = path.suffix.lower()
    if ending in PHOTOGRAPHS | NOT_TAKEN_IN:
        return ending in NOT_TAKEN_IN
    place, word = DICOM
    try:
        with open(path, 'rb') as file:
            return file.read(place.stop)[place] == word
    except OSError:  # no photograph of which anything can be said
        return False


def _refuse(error):
    raise SourceError(f'{error.filename}: the folder cannot be opened ({error.strerror}); make it readable, or take it '
                      'away')


def place_photographs(folder, out, move):
    """``OUT/images`` leads to the photographs, so that one folder is the data root and nothing is copied.

    Photographs from a zip are moved there, without the annotations.
    """
    images = out / 'images'
    if move:
        photographs = {path for path in walk(folder) if path.suffix.lower() in PHOTOGRAPHS}
        for root, _, names in os.walk(folder):
            for path in {Path(root, name) for name in names} - photographs:
                path.unlink()
        shutil.move(folder, images)
        folder.mkdir()  # its owner takes it away
    elif images.resolve() != folder.resolve():
        if images.is_symlink():
            images.unlink()
        images.symlink_to(folder.resolve(), target_is_directory=True)


def refuse_occupied(folder, out):
    """Refuse, before anything is written, an OUT whose ``images`` are others."""
    images = out / 'images'
    if images.exists() and not images.is_symlink() and images.resolve() != folder.resolve():
        raise SourceError(f'{images} is there already and no link; remove it, or name another OUT_DIR')
