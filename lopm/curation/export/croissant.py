"""The description of an export that data set search engines and loaders read: Croissant 1.0 (mlcommons.org/croissant).

All shards are listed with their sizes and SHA-256. What is in the tar files is described, so that ``mlcroissant`` loads
photographs, maps and words from them, each with the number that joins them; a TFRecord cannot be described
beyond its bytes.
"""
import json

from lopm.extra import need

FORMATS = {'tfrecord': 'application/octet-stream', 'webdataset': 'application/x-tar'}
# Record set: names of its members in the tar files, their formats, what they are.
MEMBERS = {
    'photographs': ('*.photograph.*', ['image/jpeg', 'image/png'], 'The photograph, upright, sRGB.'),
    'lesion_maps': ('*.lesion.png', ['image/png'], 'uint8: 0 background, i the i-th lesion, 255 unknown.'),
    'words': ('*.json', ['application/json'], 'Ids, size, raters, and the words of each lesion and rater.')}


def describe(manifest):
    """The content of ``croissant.json`` for the manifest of ``lopm.curation.export.shards.export``."""
    mlc = need('mlcroissant')
    settings, shards = manifest['settings'], manifest['shards'].values()
    files = {file: found for shard in shards for file, found in shard['files'].items()}
    objects = [mlc.FileObject(id=file, name=file, content_url=file, content_size=f'{found["bytes"]} B',
                              encoding_formats=[FORMATS[file.split('/')[0]]], sha256=found['sha256'])
               for file, found in sorted(files.items())]
    tars = [file for file in sorted(files) if file.startswith('webdataset/')]
    described = mlc.Metadata(
        name=f'lopm-{settings["part"]}', version='1.0.0', distribution=objects + (_sets(mlc, tars) if tars else []),
        record_sets=[_records(mlc, name) for name in MEMBERS] if tars else [],
        description=f'{sum(shard["samples"] for shard in shards)} photographs of lesions with outlines and clinical '
                    f'features, exported by lopm. Tasks: {json.dumps(settings["tasks"])}')
    return described.to_json()


def _sets(mlc, tars):
    return [mlc.FileSet(id=f'{name}_files', name=f'{name}_files', contained_in=tars, includes=[names],
                        encoding_formats=formats) for name, (names, formats, _) in MEMBERS.items()]


def _records(mlc, name):
    """A record per member: its content, and the number of the photograph, which begins its name."""
    _, formats, says = MEMBERS[name]
    kind = mlc.DataType.IMAGE_OBJECT if 'image/png' in formats else mlc.DataType.TEXT
    number = mlc.Source(file_set=f'{name}_files', extract=mlc.Extract(file_property='filename'),
                        transforms=[mlc.Transform(regex=r'^(\d+)\.')])
    content = mlc.Source(file_set=f'{name}_files', extract=mlc.Extract(file_property='content'))
    return mlc.RecordSet(id=name, name=name, description=says, fields=[
        mlc.Field(id=f'{name}/key', name=f'{name}/key', data_types=[mlc.DataType.TEXT], source=number),
        mlc.Field(id=f'{name}/content', name=f'{name}/content', data_types=[kind], source=content)])
