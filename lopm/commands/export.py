"""Export a part for training elsewhere: TFRecord (TensorFlow), WebDataset (PyTorch), and a Croissant description.

    lopm export data/synthetic/train.json export --tasks configs/multitask.py
    lopm export data/large/train.arrow export --tasks configs/multitask.py --to tfrecord --workers 8

OUT gets tfrecord/train-00000-of-00012.tfrecord ..., webdataset/train-00000-of-00012.tar ..., export.json (the tasks,
what was exported, what could not be read) and croissant.json. All hold the same photographs, lesion maps and labels,
those of LesionDataset; the fields: lopm/curation/export/sample.py. examples/ trains on them.

A JPEG or PNG that is upright and sRGB keeps its coding, without EXIF and the like; others become PNG. The words of the
tasks are exported, and the record where CONFIG reads it; patients, lesions and raters get keyed names, dates, places,
file names and other attributes stay here (lopm/curation/privacy.py lists it). One folder for each part. A run that
was killed goes on where it was. Exit status 1 where a photograph could not be read and was left out.
"""
import argparse
from pathlib import Path

from lopm.arguments import existing_file


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('dataset', type=existing_file, metavar='DATASET.json', help='json of one part, or its index')
    parser.add_argument('out', type=Path, metavar='OUT_DIR', help='folder for the shards')
    parser.add_argument('--tasks', type=existing_file, required=True, metavar='CONFIG',
                        help='config with the tasks and, if records are wanted, record_fields')
    parser.add_argument('--to', nargs='+', choices=['tfrecord', 'webdataset'], default=['tfrecord', 'webdataset'],
                        metavar='FORMAT', help='tfrecord, webdataset; default: both')
    parser.add_argument('--images', type=Path, metavar='DIR',
                        help='folder of the photographs; default: the folder of the json')
    parser.add_argument('--shard-size', type=int, default=500, metavar='N', help='photographs in a shard; default: 500')
    parser.add_argument('--workers', type=int, default=2, help='processes; default: 2')
    parsed = parser.parse_args(args)
    if parsed.shard_size < 1:
        parser.error(f'--shard-size {parsed.shard_size}: a shard holds 1 photograph or more')
    return parsed


def main(args):
    from mmengine.config import Config
    from rich.progress import Progress

    from lopm.curation.export.croissant import describe
    from lopm.curation.export.shards import export
    from lopm.datasets.index import describe_source
    from lopm.datasets.lesions import LesionDataset
    from lopm.datasets.splits import write_json
    from lopm.extra import need
    for module in ('google_crc32c', 'mlcroissant'):  # said now, not after the last shard
        need(module)
    cfg = Config.fromfile(args.tasks)
    if 'tasks' not in cfg:
        raise ValueError(f'{args.tasks}: it has no tasks list; name a config such as configs/multitask.py')
    dataset = LesionDataset(args.dataset.name, cfg.tasks, data_root=str(args.dataset.parent), test_mode=True,
                            data_prefix=dict(img=str(args.images.resolve()) if args.images else ''),
                            record_fields=cfg.get('record_fields'))
    settings = dict(part=args.dataset.stem, formats=sorted(set(args.to)), shard_size=args.shard_size, tasks=cfg.tasks,
                    outputs={name: task.num_outputs for name, task in dataset.tasks.items()},
                    record_fields=dataset.record_fields, sha256=describe_source(args.dataset)['sha256'])
    with Progress() as bar:
        task = bar.add_task('exporting', total=len(dataset))
        manifest = export(dataset, args.out, settings, args.workers, lambda count: bar.advance(task, count))
    write_json(args.out / 'croissant.json', describe(manifest))
    left_out = [f'{dataset.get_data_info(int(number))["img_path"]}: {problem}'
                for shard in manifest['shards'].values() for number, problem in shard['left_out'].items()]
    print(f'{args.out}: {len(dataset) - len(left_out)} photographs in {len(manifest["shards"])} shards')
    if left_out:
        raise ValueError(f'{len(left_out)} photographs could not be read and were left out:\n' + '\n'.join(left_out))
