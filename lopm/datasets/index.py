"""The index of a large part: an Arrow file that stands for its json, mapped into memory and read row by row.

A json is parsed, checked and drawn whenever it is opened, and lives in memory as Python objects. Its index is made once
(``lopm index``), with all checks of ``group_photographs``; opening it reads a few kilobytes, whatever
the number of photographs, and all processes share the one copy that the operating system keeps of the file.

One row per photograph. ``file_name`` and ``patient_id`` (as json: a number stays one) are columns, since checks of
whole parts read them. The rest, which may hold any attribute and any field of the record, is one json,
``photograph``: ``[image, {category: [annotation]}]`` with outlines as compressed RLE. The last batch has no row; its
metadata is the header: ``info`` and the distinct answers, known when all rows are written.

What is read is checked: each ``photograph`` begins with the CRC-32 of its rest, the header has one, and holds those of
the columns of every batch.
"""
import json
import mmap
import zlib
from collections import defaultdict
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from lopm.datasets.answers import Answers, answers_of
from lopm.datasets.coco import group_photographs
from lopm.datasets.format import read_dataset
from lopm.extra import need
from lopm.files import read_json, sha256, whole_file

SUFFIX = '.arrow'
VERSION = {b'lopm_index': b'4'}
ROWS = 1024  # of a batch, but for the last
FORGET = 64  # reads after which a process lets go of the pages it has seen, up to half a megabyte for each


def is_index(path):
    return Path(path).suffix == SUFFIX


def open_photographs(path):
    """``[(image, annotations by category name)]`` of a json (``group_photographs``) or of its index."""
    return PhotographIndex(path) if is_index(path) else group_photographs(path)


def read_images(path):
    """The entries of the photographs of a json; of an index ``file_name`` and ``patient_id`` of each."""
    return PhotographIndex(path).images() if is_index(path) else read_dataset(path)['images']


def read_answers(path):
    """The ``Answers`` of a json or of its index."""
    return PhotographIndex(path).answers() if is_index(path) else answers_of(read_dataset(path))


def read_info(path):
    """``info`` of a json or of its index: what the part says of itself."""
    if is_index(path):
        return PhotographIndex(path).header()['info']
    return read_json(path).get('info') or {}


class PhotographIndex(Sequence):
    """The photographs of an index, as the list that ``group_photographs`` gives; a row is decoded when asked for.

    It is small, and pickled as its path: forked and spawned processes map the same file.

    Raises:
        FileNotFoundError, ValueError: No file, no index, or one whose json was changed after it was made.
    """

    def __init__(self, path):
        self.path = Path(path)
        self._map, self._reader = _open(self.path)
        with _naming(self.path):
            self._batches = [self._reader.get_batch(i) for i in range(self._reader.num_record_batches - 1)]
            rows = [batch.num_rows for batch in self._batches]
            if sum(rows) != self.header()['rows'] or any(each != ROWS for each in rows[:-1]):
                raise ValueError('another number of photographs')
        self._rows = range(sum(rows))
        self._reads = 0
        _refuse_stale(self.path, self.header()['source'])

    def __reduce__(self):
        return _restore, (self.path, self._rows)

    def __len__(self):
        return len(self._rows)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return _restore(self.path, self._rows[index])
        batch, row = divmod(self._rows[index], ROWS)
        with _naming(self.path):
            image, groups = json.loads(_checked(_cell(self._batches[batch], row)))
        for annotation in (annotation for group in groups.values() for annotation in group):
            if 'segmentation' in annotation:
                annotation['segmentation']['counts'] = annotation['segmentation']['counts'].encode()
        self._forget()
        return image, defaultdict(list, groups)

    def _forget(self):
        """Pages once read would count as this process's memory. They stay in the system's cache, at no cost."""
        self._reads += 1
        if self._reads % FORGET == 0:
            self._map.madvise(mmap.MADV_DONTNEED)

    def images(self):
        """``{'file_name', 'patient_id'}`` of every photograph of the file, one after the other."""
        for batch, crc in zip(self._batches, self.header()['columns']):
            with _naming(self.path):
                batch['file_name'].validate(full=True)
                batch['patient_id'].validate(full=True)
                if _crc_of_columns(batch) != crc:
                    raise ValueError('its names')
            for name, patient in zip(batch['file_name'].to_pylist(), batch['patient_id'].to_pylist()):
                yield {'file_name': name, **({} if patient is None else {'patient_id': json.loads(patient)})}

    def header(self):
        """``info`` of the json, ``source``: its name, size, time and SHA-256, ``answers``, ``rows``: their number, and
        ``columns``: a checksum of each batch's."""
        with _naming(self.path):
            batch = self._reader.get_batch_with_custom_metadata(self._reader.num_record_batches - 1)
            return json.loads(_checked(bytes.fromhex(batch.custom_metadata[b'header'].decode())))

    def answers(self):
        """The ``Answers`` of the whole file."""
        return Answers(**self.header()['answers'])


def write_index(path, photographs, info=None, source=None):
    """Write an index, row by row: memory does not grow with the number. It appears complete or not at all.

    Args:
        photographs: ``(image, annotations by category name)`` of each, outlines as compressed RLE.
        info: ``info`` of the json.
        source: Of which json it is (``describe_source``); None: of none.
    """
    answers, rows, columns, count = Answers(), [], [], 0
    with _writer(Path(path)) as (writer, batch_of):
        def write():
            batch = batch_of(rows)
            writer.write_batch(batch)
            columns.append(_crc_of_columns(batch))
            rows.clear()
        for image, groups in photographs:
            answers.add_photograph(image, groups)
            rows.append(_row(image, groups))
            count += 1
            if len(rows) == ROWS:
                write()
        if rows:
            write()
        header = dict(info=info or {}, source=source, answers=answers.as_json(), rows=count, columns=columns)
        writer.write_batch(batch_of([]), custom_metadata={'header': _with_crc(json.dumps(header).encode()).hex()})


def describe_source(path):
    """What tells whether a json is still the one that was indexed."""
    stat = path.stat()
    return dict(name=path.name, bytes=stat.st_size, modified=stat.st_mtime_ns, sha256=sha256(path))


def _with_crc(content):
    return zlib.crc32(content).to_bytes(4, 'big') + content


def _checked(content):
    """What ``_with_crc`` was given."""
    if zlib.crc32(content[4:]) != int.from_bytes(content[:4], 'big'):
        raise ValueError('a checksum differs')
    return bytes(content[4:])


def _cell(batch, row):
    """The bytes of one photograph. Arrow itself follows a wrong offset out of the file."""
    _, offsets, data = batch['photograph'].buffers()
    begin, end = np.frombuffer(offsets, np.int32, 2, 4 * row)
    return memoryview(data)[begin:end]


def _crc_of_columns(batch):
    return zlib.crc32(json.dumps([batch['file_name'].to_pylist(), batch['patient_id'].to_pylist()]).encode())


@contextmanager
def _naming(path):
    """Whatever is found to be wrong with the content of an index."""
    try:
        yield
    except (ValueError, LookupError, TypeError, OSError, NotImplementedError) as error:  # Arrow's are all of these
        raise ValueError(f'{path}: a damaged index ({error}); make it again with lopm index') from None


def _restore(path, rows):
    index = PhotographIndex(path)
    index._rows = rows
    return index


def _open(path):
    """The file's memory map and a reader of it."""
    arrow = need('pyarrow')
    try:
        with path.open('rb') as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        reader = arrow.ipc.open_file(arrow.py_buffer(mapped))
    except FileNotFoundError:
        raise FileNotFoundError(f'{path}: no such file; make it with lopm index '
                                f'{path.with_suffix(".json")}, or correct data_root and ann_file') from None
    except (ValueError, OSError, NotImplementedError, arrow.ArrowException) as error:
        raise ValueError(f'{path}: no index, or one that is cut off ({error}); '
                         'make it again with lopm index') from None
    if reader.schema.metadata != VERSION:
        raise ValueError(f'{path}: no index of this version of lopm; make it again with lopm index')
    return mapped, reader


def _refuse_stale(path, source):
    """Where the json lies beside its index, it must be the one that was indexed. Read only if it was touched."""
    beside = source and path.with_name(source['name'])
    if not beside or not beside.is_file():
        return
    stat = beside.stat()
    if (stat.st_size, stat.st_mtime_ns) != (source['bytes'], source['modified']) and \
            describe_source(beside)['sha256'] != source['sha256']:
        raise ValueError(f'{path}: {beside.name} was changed since it was indexed; '
                         f'make the index again: lopm index {beside}')


@contextmanager
def _writer(path):
    """An Arrow writer, and what makes a batch of rows for it."""
    arrow = need('pyarrow')
    schema = arrow.schema([('file_name', arrow.string()), ('patient_id', arrow.string()),
                           ('photograph', arrow.binary())], metadata=VERSION)
    with whole_file(path) as partial, arrow.ipc.new_file(str(partial), schema) as writer:
        yield writer, lambda rows: arrow.RecordBatch.from_pylist(rows, schema=schema)


def _row(image, groups):
    patient = image.get('patient_id')
    return dict(file_name=image['file_name'], patient_id=None if patient is None else json.dumps(patient),
                photograph=_with_crc(json.dumps([image, groups], default=bytes.decode).encode()))
