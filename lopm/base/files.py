"""Files of a source: exports, and the photographs that a source names in its own way."""
import os
import posixpath
import re
import shutil
import unicodedata
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from lopm.base.source import SourceError

PHOTOGRAPHS = {'.jpg', '.jpeg', '.png', '.tif', '.tiff', '.webp', '.bmp'}
UPLOAD = re.compile(r'/upload/\d+/([0-9a-f]{8}-)?')  # Label Studio prefixes what is uploaded to it


def export_files(source, suffix):
    """The annotation files of a source, a file or a folder of them, in order; links to folders are not followed.

    Raises:
        SourceError: None is there.
    """
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise SourceError(f'{source}: no such file or folder')
    found = sorted(path for path in _walk(source) if path.suffix.lower() == suffix)
    if not found:
        raise SourceError(f'{source}: holds no *{suffix} file; name the export of the annotation tool')
    return found


def _walk(folder, links=False):
    seen = set()
    for root, folders, names in os.walk(folder, followlinks=links):
        seen.add(os.path.realpath(root))  # a data set within the folder links back to it
        folders[:] = sorted(name for name in folders if os.path.realpath(Path(root, name)) not in seen)
        yield from (Path(root, name) for name in names)


def names_of(name):
    """The relative paths that a photograph's name in a source may stand for, as tuples of parts, likeliest first."""
    if UPLOAD.search(name):
        plain = UPLOAD.split(name)[-1]
        return list(dict.fromkeys([_parts(unquote(posixpath.basename(name))), _parts(unquote(plain))]))
    address = urlsplit(name) if '://' in name or name.startswith('/data/') else None
    if address:
        name = unquote(parse_qs(address.query).get('d', [address.path])[0])
    return [_parts(name)]


def _parts(name):
    """``..\\img\\X.jpg``, ``C:/img/X.jpg`` and ``../img/X.jpg`` alike: ('img', 'X.jpg'), composed characters."""
    name = unicodedata.normalize('NFC', re.sub(r'^[A-Za-z]:', '', name.replace('\\', '/')))
    return tuple(part for part in name.split('/') if part not in ('', '.', '..')) or ('',)


class Folder:
    """The photographs of a folder, found by what a source calls them.

    A photograph fits a name where one of the two paths ends with the other: ``img/x.jpg`` fits ``../img/x.jpg`` and
    ``a/img/x.jpg``, but ``b/x.jpg`` does not: it may be another patient's. The longest fit counts.

    Args:
        option: The flag that names the folder, for errors.
    """

    def __init__(self, path, option='--photographs'):
        self.path = Path(path)
        self.option = option
        if not self.path.is_dir():
            raise SourceError(f'{path}: no such folder of photographs; name it with {option}')
        self.files = {}
        for file in sorted(_walk(self.path, links=True)):
            if file.suffix.lower() in PHOTOGRAPHS:
                relative = file.relative_to(self.path).as_posix()
                parts = _parts(relative)
                self.files.setdefault(parts[-1], []).append((parts, relative))

    def find(self, name):
        """Relative path of the photograph, or None where none fits.

        Raises:
            SourceError: Several fit equally well.
        """
        for wanted in names_of(name):
            fits = [(min(len(parts), len(wanted)), relative) for parts, relative in self.files.get(wanted[-1], [])
                    if parts[-len(wanted):] == wanted or wanted[-len(parts):] == parts]
            best = [relative for length, relative in fits if length == max(fits)[0]]
            if len(best) > 1:
                raise SourceError(f'{name!r} may be any of {", ".join(best)}; name a narrower folder with '
                                  f'{self.option}')
            if best:
                return best[0]
        return None


def place_photographs(folder, out, move):
    """``OUT/images`` leads to the photographs, so that one folder is the data root and nothing is copied.

    Photographs from a zip are moved there, without the annotations.
    """
    images = out / 'images'
    if move:
        for file in _walk(folder):
            if file.suffix.lower() not in PHOTOGRAPHS:
                file.unlink()
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
