"""Zips of annotation tools, unpacked only if nothing in them leads elsewhere or grows without end."""
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path

from lopm.bounds import MEMBERS, RATIO, RATIO_FROM, UNPACKED_BYTES
from lopm.curation.source import SourceError


@contextmanager
def unpacked(source, out):
    """The source itself, or, if it is a zip, a temporary folder beside ``out`` with its files.

    Raises:
        SourceError: A damaged archive, a member that would be written elsewhere, or more than there is room for.
    """
    if source.suffix.lower() != '.zip' or not source.is_file():
        yield source
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f'.{out.name}.', dir=out.parent) as folder:
        try:
            with zipfile.ZipFile(source) as archive:
                _refuse_bombs(archive.infolist(), source, out.parent)
                for member in archive.infolist():
                    _refuse_slip(member, source)
                archive.extractall(folder)
        except OSError as error:
            raise SourceError(f'{source}: cannot be unpacked into {out.parent.resolve()} ({error.strerror})') from None
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise SourceError(f'{source}: no readable zip ({error}); half-written, or locked: export again') from None
        yield Path(folder)


def _refuse_bombs(members, source, folder):
    """Refuse what would fill the disk, by the sizes that the zip states; no more than these is ever unpacked."""
    whole = sum(member.file_size for member in members)
    for member in members:
        if member.file_size > RATIO_FROM and member.file_size > RATIO * max(member.compress_size, 1):
            raise SourceError(f'{source}: the member {member.filename!r} grows from {member.compress_size:,} to '
                              f'{member.file_size:,} bytes, which no photograph or export does; unpack and look at it')
    if len(members) > MEMBERS or whole > UNPACKED_BYTES:
        raise SourceError(f'{source}: {len(members):,} files of {whole:,} bytes when unpacked, more than is taken from '
                          'one zip; divide it')
    if sum(member.compress_size for member in members) > source.stat().st_size:
        raise SourceError(f'{source}: its members lie within one another; take only archives that an annotation tool '
                          'wrote')
    free = shutil.disk_usage(folder).free
    if whole > free:
        raise SourceError(f'{source}: {whole:,} bytes when unpacked, but {folder.resolve()} has {free:,} left; name an '
                          'OUT_DIR on another disk')


def _refuse_slip(member, source):
    name = member.filename.replace('\\', '/')
    leaves = name.startswith('/') or re.match(r'[A-Za-z]:', name) or '..' in name.split('/')
    kind = member.external_attr >> 16
    if leaves or stat.S_IFMT(kind) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise SourceError(f'{source}: the member {member.filename!r} is a link, or leads out of the folder it is '
                          'unpacked to; take only archives that an annotation tool wrote')
