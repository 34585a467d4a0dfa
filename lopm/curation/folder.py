"""The photographs of a folder, found by what a source calls them."""
import difflib
import posixpath
import re
import unicodedata
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qs, unquote, urlsplit

from lopm.curation.files import PHOTOGRAPHS, awaits_intake, walk
from lopm.curation.source import SourceError

UPLOAD = re.compile(r'/upload/\d+/([0-9a-f]{8}-)?')  # Label Studio prefixes what is uploaded to it
PREFIX = re.compile(r'(?=[0-9]*[a-f])[0-9a-f]{8}-(?=.)')  # the same elsewhere; with a letter, for it may be a date
SAME_ENDING = {'.jpeg': '.jpg', '.jpe': '.jpg', '.jfif': '.jpg', '.tif': '.tiff'}


def names_of(name):
    """The relative paths that a photograph's name in a source may stand for, as tuples of parts, likeliest first."""
    upload = UPLOAD.search(name)
    if upload:
        names = [posixpath.basename(name), UPLOAD.split(name)[-1]]
    else:
        address = urlsplit(name) if '://' in name or name.startswith('/data/') else None
        names = [parse_qs(address.query).get('d', [unquote(address.path)])[0] if address else name]
    found = [_parts(each) for name in names for each in ([unquote(name)] if upload else [name, unquote(name)])]
    found += [(*parts[:-1], PREFIX.sub('', parts[-1], count=1)) for parts in found if PREFIX.match(parts[-1])]
    return list(dict.fromkeys(found))


def _parts(name):
    """``..\\img\\X.jpg``, ``C:/img/X.jpg`` and ``../img/X.jpg`` alike: ('img', 'X.jpg'), composed characters."""
    name = unicodedata.normalize('NFC', re.sub(r'^[A-Za-z]:', '', name.replace('\\', '/')))
    return tuple(part for part in name.split('/') if part not in ('', '.', '..')) or ('',)


def _loosely(parts):
    """Parts without what systems and programs change: the case, blanks (Label Studio uploads ``a b.jpg`` as
    ``a_b.jpg``), and one ending for another of the same format. Not signs: ``p(1).jpg`` and ``p1.jpg`` may be two."""
    *folders, last = (part.casefold().replace(' ', '_') for part in parts)
    stem, ending = posixpath.splitext(last)
    return (*folders, stem + SAME_ENDING.get(ending, ending))


def spelled_otherwise(name, file):
    """Whether a photograph was found under another file name than the source's."""
    return _parts(file)[-1] not in {parts[-1] for parts in names_of(name)}


class Folder:
    """The photographs of a folder, found by what a source calls them.

    A photograph fits a name where one of the two paths ends with the other: ``img/x.jpg`` fits ``../img/x.jpg`` and
    ``a/img/x.jpg``, but ``b/x.jpg`` does not: it may be another patient's. The longest fit counts. Where none fits,
    case, blanks, ``.jpeg`` for ``.jpg`` and the prefix of an upload make no difference, if one photograph is meant.

    Args:
        option: The flag that names the folder, for errors.
    """

    def __init__(self, path, option='--photographs'):
        self.path = Path(path)
        self.option = option
        if not self.path.is_dir():
            raise SourceError(f'{path}: no such folder of photographs; name it with {option}')
        self.files, self.loose, self.uploads, self.others = {}, {}, {}, {}
        for file in sorted(walk(self.path, links=True)):
            relative = file.relative_to(self.path).as_posix()
            if file.suffix.lower() in PHOTOGRAPHS:
                self._add(relative)
            elif awaits_intake(file):
                self.others[_loosely(_parts(relative))] = relative

    def _add(self, relative):
        parts = _parts(relative)
        self.files.setdefault(parts[-1], []).append((parts, relative))
        self.loose.setdefault(_loosely(parts)[-1], []).append((_loosely(parts), relative))
        if PREFIX.match(parts[-1]):
            plain = _loosely((*parts[:-1], PREFIX.sub('', parts[-1], count=1)))
            self.uploads.setdefault(plain[-1], []).append((plain, relative))

    def names(self):
        """Relative paths of all photographs, sorted."""
        return sorted(relative for files in self.files.values() for _, relative in files)

    def note_others(self, export):
        """Count what is here but in a format that is not read, for sources that say nothing of single photographs."""
        if self.others:
            export.notes[f'photographs that are not read as they are, such as {min(self.others.values())}, left out; '
                         'take them in with lopm ingest first'] += len(self.others)

    def find(self, name):
        """Relative path of the photograph, or None where none fits.

        Raises:
            SourceError: Several fit equally well.
        """
        names = names_of(name)
        loose = [_loosely(parts) for parts in names]
        for wanted, files in [*((parts, self.files) for parts in names), *((parts, self.loose) for parts in loose),
                              (loose[0], self.uploads)]:
            best = _longest(files.get(wanted[-1], []), wanted)
            if len(best) > 1:
                raise SourceError(f'{name!r} may be any of {", ".join(best)}; name a narrower folder with '
                                  f'{self.option}, or rename one')
            if best:
                return best[0]
        return None

    def near(self, name):
        """What else there is of such a name, as the end of a sentence; '' if nothing."""
        last = _loosely(names_of(name)[-1])[-1]
        stem = PurePosixPath(last).stem
        other = [relative for parts, relative in sorted(self.others.items(), key=lambda each: each[0][-1] != last)
                 if PurePosixPath(parts[-1]).stem == stem]
        if other:
            return f'; {other[0]} is, which is not read as it is: take it in with lopm ingest first'
        same = self.loose.get(last)
        if same:
            return f'; {same[0][1]} bears its name, but lies in another folder'
        near = difflib.get_close_matches(last, self.loose, n=1)
        return f'; the nearest is {self.loose[near[0]][0][1]}' if near else ''


def _longest(files, wanted):
    """The files whose paths end with the wanted one, or it with theirs, in as many parts as possible: of these the
    very one, if it is there."""
    fits = [((min(len(parts), len(wanted)), parts == wanted), relative) for parts, relative in files
            if parts[-len(wanted):] == wanted or wanted[-len(parts):] == parts]
    return [relative for length, relative in fits if length == max(fits)[0]]
