"""A data set written shard by shard: streaming, in several processes, and gone on with where it was killed.

``export.json`` in the folder says what was asked for, what a reader needs (tasks, fields of the record) and which
shards are finished. It is written anew after every shard; a shard gets its name when it is complete. Equal settings
give equal bytes.
"""
import json
import os
from concurrent.futures import as_completed
from contextlib import ExitStack

from lopm.curation.export.names import names_of
from lopm.curation.export.sample import make_sample
from lopm.curation.export.tfrecord import tfrecord_writer
from lopm.curation.export.webdataset import webdataset_writer
from lopm.datasets.photographs import BadPhotograph
from lopm.files import sha256, sole_run, write_json
from lopm.workers import start_workers

FORMATS = {'tfrecord': ('tfrecord', tfrecord_writer), 'webdataset': ('tar', webdataset_writer)}  # extension, writer
MANIFEST = 'export.json'


def export(dataset, out, settings, workers=1, progress=lambda photographs: None):
    """Write all shards of a data set that are not finished yet.

    Args:
        dataset: A ``LesionDataset`` in test mode without a pipeline.
        settings: What the manifest notes and a later run must repeat; of it are read here ``part`` (name of the
            shards), ``formats`` and ``shard_size`` (photographs).
        workers: Processes.
        progress: Called with the number of photographs of every shard that is finished, also earlier.

    Returns:
        The manifest: ``settings`` and ``shards``, ``{name: dict(samples, files={path: dict(bytes, sha256)},
        left_out={number of a photograph: what is wrong with it})}``.

    Raises:
        ValueError: The folder holds an export of something else.
    """
    with sole_run(out):
        manifest = _begin(out, settings)
        finished = {name: shard for name, shard in manifest['shards'].items() if _complete(out, shard)}
        plan = _plan(len(dataset), settings)
        for name in finished:
            progress(len(plan[name]))
        rest = [(name, rows) for name, rows in plan.items() if name not in finished]
        given = dataset, names_of(dataset.ann_file), out, settings['formats']
        for name, shard in _write_each(given, rest, workers) if rest else ():
            finished[name] = shard
            manifest['shards'] = dict(sorted(finished.items()))
            write_json(out / MANIFEST, manifest)
            progress(len(plan[name]))
        return manifest


def write_shard(dataset, names, out, formats, name, rows):
    """One shard in every format; returns its entry in the manifest. A photograph is read once for all formats."""
    left_out = {}
    with ExitStack() as stack:
        files = {f'{format}/{name}.{FORMATS[format][0]}': FORMATS[format][1] for format in formats}
        add_to = []
        for file, writer in files.items():
            (out / file).parent.mkdir(exist_ok=True)
            opened = stack.enter_context(open(out / f'{file}.partial', 'wb'))
            add_to.append(stack.enter_context(writer(opened)))
        for row in rows:
            try:
                sample = make_sample(dataset, row, names)
            except BadPhotograph as error:
                left_out[f'{row:08d}'] = str(error)
                continue
            for add in add_to:
                add(sample)
    entry = dict(samples=len(rows) - len(left_out), left_out=left_out,
                 files={file: _describe(out / f'{file}.partial') for file in files})
    for file in files:
        os.replace(out / f'{file}.partial', out / file)
    return entry


def _begin(out, settings):
    settings = json.loads(json.dumps(settings))
    out.mkdir(parents=True, exist_ok=True)
    file = out / MANIFEST
    manifest = json.loads(file.read_text()) if file.is_file() else dict(settings=settings, shards={})
    differ = sorted(key for key in settings if manifest['settings'].get(key) != settings[key])
    if differ:
        raise ValueError(f'{out} holds an export with other settings ({", ".join(differ)}); name another folder, '
                         'or delete it')
    write_json(file, manifest)
    return manifest


def _complete(out, shard):
    return all((out / file).is_file() and (out / file).stat().st_size == found['bytes']
               for file, found in shard['files'].items())


def _plan(count, settings):
    """``{name of the shard: range of photographs}``."""
    size = settings['shard_size']
    starts = range(0, count, size)
    return {f'{settings["part"]}-{i:05d}-of-{len(starts):05d}': range(start, min(start + size, count))
            for i, start in enumerate(starts)}


def _write_each(given, rest, workers):
    """``(name, entry)`` of each shard, as they are finished."""
    if workers < 2 or len(rest) < 2:
        for name, rows in rest:
            yield name, write_shard(*given, name, rows)
        return
    with start_workers(workers, _keep, *given) as pool:
        names = {pool.submit(_in_worker, name, rows): name for name, rows in rest}
        for future in as_completed(names):
            yield names[future], future.result()


def _keep(*given):
    """A worker keeps what all its shards have in common, which is sent to it once."""
    global _given
    _given = given


def _in_worker(name, rows):
    return write_shard(*_given, name, rows)


def _describe(path):
    return dict(bytes=path.stat().st_size, sha256=sha256(path))
