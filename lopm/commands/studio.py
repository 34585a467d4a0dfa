"""Photographs into Label Studio, the model's outlines and words beside them, and what people made of them back.

    export LABEL_STUDIO_API_KEY=...     # from Account & Settings; or --token-file, a file that only you can read
    lopm studio create http://127.0.0.1:8080 configs/multitask.py --title 'Oral lesions'
    lopm studio upload http://127.0.0.1:8080 1 data/oral/train.json
    lopm studio push   http://127.0.0.1:8080 1 data/oral/train.json configs/multitask.py best.pth
    lopm studio pull   http://127.0.0.1:8080 1 data/oral/train.json configs/multitask.py data/annotated

`create` makes a project whose questions are the tasks of a config, or brings the project of that title up to date,
and prints its number; it names what is not asked, a time to an event, and where that is written instead. `upload` sends
the photographs of a data set, or of a folder, that the project lacks: copies without metadata, never the record. `push`
adds the model's outlines and words as pre-annotations; those of the same model are replaced. `pull` writes what people
submitted as a data set, each of them a rater, and takes records and times to an event along from SOURCE; a photograph
that was submitted without an outline has no lesion, one that nobody submitted goes to unannotated.json. Every
sub-command can be stopped and started again. Photographs go to the named server and nowhere else.
"""
import argparse
import sys
from pathlib import Path

from lopm.arguments import add_options_argument, endings, existing_file


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')
    create = _command(commands, 'create', 'make a project, or bring its questions up to date')
    _add_config(create)
    create.add_argument('--title', required=True, help='of the project; three characters or more')
    upload = _command(commands, 'upload', 'send photographs that the project lacks')
    _add_source(upload)
    push = _command(commands, 'push', "add the model's outlines and words as pre-annotations")
    _add_source(push)
    _add_config(push)
    push.add_argument('checkpoint', type=existing_file, metavar='CHECKPOINT', help='usually best.pth')
    push.add_argument('--resume', action='store_true', help='only photographs that lack a pre-annotation of this model')
    add_options_argument(push)
    pull = _command(commands, 'pull', 'write what people annotated as a data set')
    _add_source(pull)
    _add_config(pull)
    pull.add_argument('out', type=Path, metavar='OUT_DIR', help='folder of the data set to write')
    return parser.parse_args(args)


def _command(commands, name, text):
    command = commands.add_parser(name, help=text, description=text)
    command.add_argument('server', metavar='SERVER', help='address, such as http://127.0.0.1:8080')
    if name != 'create':
        command.add_argument('project', type=int, metavar='PROJECT', help='number of the project')
    command.add_argument('--token-file', type=existing_file, metavar='FILE',
                         help='holds your token; default: the environment variable LABEL_STUDIO_API_KEY')
    return command


def _add_source(command):
    command.add_argument('source', type=Path, metavar='SOURCE', help='json of a data set, or a folder of photographs')
    command.add_argument('--images', type=Path, metavar='DIR',
                         help='folder of the photographs; default: the folder of the json')


def _add_config(command):
    command.add_argument('config', type=existing_file, metavar='CONFIG', help='a config, or a tasks file')


def create(args, studio):
    from lopm.curation.studio.config import on_not_asked
    from lopm.curation.studio.project import create
    tasks = read_tasks(args)
    number, became = create(studio, args.title, tasks)
    print(f'project {number} ({args.title}): {became}. {studio.url}/projects/{number}')
    if unasked := on_not_asked(tasks):
        print(unasked)


def upload(args, studio):
    from collections import Counter

    from rich.progress import track

    from lopm.curation.studio.upload import read_source, upload
    from lopm.datasets.photographs import listed
    studio.project(args.project)
    folder, images = read_source(args.source, args.images)
    counts = Counter()
    for _, became in track(upload(studio, args.project, folder, images), 'uploading', total=len(images)):
        if isinstance(became, ValueError):
            print(listed(became, args.source), file=sys.stderr)
        counts[became if isinstance(became, str) else 'left out'] += 1
    print(f'project {args.project}: {counts["uploaded"]} photographs uploaded, {counts["there"]} were there, '
          f'{counts["left out"]} left out')
    return bool(counts['left out'])


def push(args, studio):
    from rich.progress import track

    from lopm.curation.studio.project import find
    from lopm.curation.studio.push import push, waiting
    from lopm.curation.studio.upload import read_source
    from lopm.predictor import Predictor
    tasks = read_tasks(args)
    predictor = Predictor(args.config, args.checkpoint, args.cfg_options, flags=False, measured=False)
    version = predictor.about['version']
    find(studio, args.project, tasks)
    folder, images = read_source(args.source, args.images)
    images = waiting(studio, args.project, images, version if args.resume else None)
    records = {image['file_name']: image.get('record') or {} for image in images}
    cases = zip(images, predictor.stream([folder / image['file_name'] for image in images], records, folder))
    bad = lesions = 0
    for count, wrong in track(push(studio, args.project, cases, tasks, version), 'predicting', total=len(images)):
        if wrong:
            print(wrong, file=sys.stderr)
        bad, lesions = bad + bool(wrong), lesions + count
    print(f'project {args.project}: {lesions} lesions on {len(images) - bad} photographs pre-annotated by {version!r}, '
          f'{bad} left out')
    return bool(bad)


def pull(args, studio):
    import json

    from lopm.curation.studio.project import find
    from lopm.curation.studio.pull import pull
    from lopm.curation.studio.upload import read_source
    tasks = read_tasks(args)
    find(studio, args.project, tasks)
    audit, report = pull(studio, args.project, *read_source(args.source, args.images), tasks, args.out)
    print(json.dumps(audit['counts']['all']))
    print(report.text())


def read_tasks(args):
    from mmengine.config import Config

    from lopm.tasks import build_tasks
    tasks = Config.fromfile(args.config).get('tasks')
    if not tasks:
        raise ValueError(f'{args.config}: no tasks in it; give a config, or a tasks file such as '
                         'configs/_base_/oral_tasks.py')
    return build_tasks(tasks)


def main(args):
    from lopm.curation.studio.client import Studio, in_clear, read_token
    if in_clear(args.server):
        print(f'{args.server}: not encrypted, photographs and token can be read on their way; https:// is better',
              file=sys.stderr)
    with endings():
        studio = Studio(args.server, read_token(args.token_file))
        return {'create': create, 'upload': upload, 'push': push, 'pull': pull}[args.command](args, studio)
