"""The parts of a data set as a doctor reads them: what a model would refuse is kept, to be shown."""
import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from lopm.base.doctor.rules import Rule
from lopm.datasets.coco import lesion_key, rater_of, read_json
from lopm.datasets.splits import has_patient
from lopm.structures import LESION
from lopm.tasks import Mask, build_tasks

PARTS = ('train', 'val', 'calib', 'test')


@dataclass
class Photograph:
    """An entry of a part, its annotations, and what was measured (``facts.photograph_facts``)."""

    part: str
    folder: Path
    image: dict
    annotations: list
    lesions: list  # positions among the annotations of those that outline a lesion
    facts: dict = field(default_factory=dict)

    @property
    def name(self):
        return self.image['file_name']

    @property
    def path(self):
        return self.folder / self.name

    @property
    def patient(self):
        """What photographs of one patient have in common; a photograph without a patient stands alone."""
        return str(self.image['patient_id']) if has_patient(self.image) else f'photograph {self.part}/{self.name}'

    def lesion_rows(self):
        return [self.annotations[i] for i in self.lesions]

    def job(self):
        """Arguments of ``facts.photograph_facts``."""
        keys = [(i, str(lesion_key(self.annotations[i])), rater_of(self.annotations[i])) for i in self.lesions]
        return (str(self.path), (self.image['width'], self.image['height']),
                [each.get('segmentation') for each in self.annotations], keys)


@dataclass
class Base:
    """A data set: ``parts``: ``{part: COCO dict}``; ``tasks``: ``{name: Task}`` without masks, None where nobody says
    which words there are; ``rules``: which labels contradict each other (``rules.Rule``)."""

    parts: dict
    photographs: list
    tasks: dict | None
    rules: list

    def by_part(self):
        """``{part: [Photograph]}``."""
        groups = {part: [] for part in self.parts}
        for photograph in self.photographs:
            groups[photograph.part].append(photograph)
        return groups


def find_parts(paths):
    """The json files that are meant: those named, or of one folder its parts.

    Parts of a folder are those of its ``audit.json``, else train, val, calib and test.
    """
    if len(paths) > 1 or not paths[0].is_dir():
        return list(paths)
    folder = paths[0]
    names = PARTS
    if (folder / 'audit.json').is_file():
        names = json.loads((folder / 'audit.json').read_text(encoding='utf-8')).get('counts', PARTS)
    found = [folder / f'{name}.json' for name in names if (folder / f'{name}.json').is_file()]
    if not found:
        raise ValueError(f'{folder} holds none of {", ".join(f"{name}.json" for name in names)}; name the json files')
    return found


def read_base(files, tasks=None, rules=()):
    """A ``Base`` of json files, one per part.

    Args:
        tasks: The tasks list of a config; without it the ``info.tasks`` of the first part that has them.
        rules: The rules list of a config.

    Raises:
        ValueError, FileNotFoundError: A file is no COCO json; two parts of one name.
    """
    parts = {}
    for path in map(Path, files):
        if path.stem in parts:
            raise ValueError(f'{path}: a part {path.stem!r} was read already; give the parts different file names')
        parts[path.stem] = (path.parent, read_json(path))
    photographs = [each for part, (folder, content) in parts.items() for each in _photographs(part, folder, content)]
    contents = {part: content for part, (_, content) in parts.items()}
    return Base(contents, photographs, _tasks(tasks, contents), [Rule(**rule) for rule in rules])


def _photographs(part, folder, content):
    of_image = defaultdict(list)
    for annotation in content['annotations']:
        of_image[annotation['image_id']].append(annotation)
    lesion = {category['id'] for category in content['categories'] if category['name'] == LESION}
    for image in content['images']:
        rows = of_image[image['id']]
        yield Photograph(part, folder, image, rows, [i for i, row in enumerate(rows) if row['category_id'] in lesion])


def _tasks(given, contents):
    if given is None:
        stated = [(content.get('info') or {}).get('tasks') for content in contents.values()]
        given = next(([dict(name=name, **task) for name, task in tasks.items()] for tasks in stated if tasks), None)
    if given is None:
        return None
    return {name: task for name, task in build_tasks(given).items() if not isinstance(task, Mask)}
