"""The parts of a data set as a doctor reads them: what a model would refuse is kept, to be shown."""
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from lopm.curation.doctor.rules import Rule
from lopm.datasets.coco import lesion_key, rater_of
from lopm.datasets.format import is_place, lesion_categories, read_dataset, tasks_of
from lopm.datasets.groups import has_patient
from lopm.datasets.splits import Audit
from lopm.files import read_json
from lopm.structures import LESION
from lopm.tasks import build_tasks

PARTS = ('train', 'val', 'calib', 'test')


@dataclass
class Photograph:
    """An entry of a part, its annotations, and what was measured (``facts.photograph_facts``)."""

    part: str
    folder: Path
    image: dict
    annotations: list
    lesions: list  # positions among the annotations of those that are of a lesion
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
        return self.image['patient_id'] if has_patient(self.image) else f'photograph {self.part}/{self.name}'

    def lesion_rows(self):
        return [self.annotations[i] for i in self.lesions]

    def rated(self):
        """What words were said of, each an entry of the json: the lesions, and the photograph where it has some."""
        return self.lesion_rows() + [self.image] * bool(self.image.get('attributes'))

    def job(self):
        """Arguments of ``facts.photograph_facts``."""
        keys = [(i, str(lesion_key(self.annotations[i])), rater_of(self.annotations[i])) for i in self.lesions
                if not is_place(self.annotations[i])]
        return (str(self.path), (self.image['width'], self.image['height']),
                [None if is_place(each) else each.get('segmentation', []) for each in self.annotations], keys)


@dataclass
class Base:
    """A data set: ``parts``: ``{part: COCO dict}``; ``tasks``: ``{name: Task}`` without masks, None where nobody says
    which words there are; ``rules``: which labels contradict each other (``rules.Rule``); ``record_fields``: how
    a config reads records; ``same_mouths``: ``same_mouth.search.Pair``s of photographs that show one mouth
    by what ``facts.measure`` found."""

    parts: dict
    photographs: list
    tasks: dict | None
    rules: list
    record_fields: dict = field(default_factory=dict)
    categories: frozenset = frozenset({LESION})  # names of the tasks of the config and of the parts
    same_mouths: list = field(default_factory=list)

    @property
    def without_words(self):
        """Those of the tasks that are answered by a number or by a time."""
        return {**self.tasks.numbers, **self.tasks.times} if self.tasks else {}

    def by_part(self):
        """``{part: [Photograph]}``."""
        groups = {part: [] for part in self.parts}
        for photograph in self.photographs:
            groups[photograph.part].append(photograph)
        return groups


def find_parts(paths):
    """The json files that are meant: those named, or of one folder its parts.

    Parts of a folder are those of its ``audit.json``, else train, val, calib and test; of one that was not divided yet
    its ``all.json``, as the converters write it.

    Raises:
        ValueError: A folder without parts, or beside other paths.
    """
    folder = next((path for path in paths if path.is_dir()), None)
    if folder is None:
        return list(paths)
    if len(paths) > 1:
        raise ValueError(f'{folder}: a folder is named alone; name the json files, or run this once for each folder')
    names = PARTS
    if (folder / 'audit.json').is_file():
        names = read_json(folder / 'audit.json', Audit).counts or PARTS
    found = [folder / f'{name}.json' for name in names if (folder / f'{name}.json').is_file()]
    if not found and (folder / 'all.json').is_file():
        return [folder / 'all.json']
    if not found:
        raise ValueError(f'{folder} holds none of {", ".join(f"{name}.json" for name in names)}; name the json files')
    return found


def read_base(files, tasks=None, rules=(), record_fields=None):
    """A ``Base`` of json files, one per part.

    Args:
        tasks: The tasks list of a config; without it the ``info.tasks`` of the first part that has them.
        rules: The rules list of a config. record_fields: How a config reads the patients' records.

    Raises:
        ValueError, FileNotFoundError: A file is no COCO json; two parts of one name.
    """
    parts = {}
    for path in map(Path, files):
        if path.stem in parts:
            raise ValueError(f'{path}: a part {path.stem!r} was read already; give the parts different file names')
        parts[path.stem] = (path.parent, read_dataset(path))
    photographs = [each for part, (folder, content) in parts.items() for each in _photographs(part, folder, content)]
    contents = {part: content for part, (_, content) in parts.items()}
    tasks = _tasks(tasks, parts)
    words = tasks and tasks.answered
    stated = {name for content in contents.values() for name in (content.get('info') or {}).get('tasks') or ()}
    return Base(contents, photographs, words, [Rule(**rule) for rule in rules], record_fields or {},
                frozenset({LESION, *(tasks or ()), *stated}))


def _photographs(part, folder, content):
    of_image = defaultdict(list)
    for annotation in content['annotations']:
        of_image[annotation['image_id']].append(annotation)
    lesion = lesion_categories(content)
    for image in content['images']:
        rows = of_image[image['id']]
        yield Photograph(part, folder, image, rows, [i for i, row in enumerate(rows) if row['category_id'] in lesion])


def _tasks(given, parts):
    stated = (tasks_of(content, folder / f'{part}.json') for part, (folder, content) in parts.items())
    return build_tasks(given) if given is not None else next(filter(None, stated), None)
