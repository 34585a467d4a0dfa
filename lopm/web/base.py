"""A department's cases as a data set of lopm, which ``lopm check`` passes and training reads (docs/dataset_format.md).

Nothing in it leads back to a person without the page's secret: patients, photographs, lesions and raters have keyed
names, and all days of a patient are moved by the same, between one and 365 days back.

``images[].outlined`` is true where a person has drawn, confirmed or read the photograph: without a lesion it is then
free of lesions, and ``looked`` names each of these persons, also who sees none where others see one. Elsewhere outlines
are the model's, and what is outside of them is not known. ``source`` says of each word, and under ``lesion`` of the
outline, whether it was ``predicted``, or predicted and ``confirmed``; what it does not name is a person's own.
``blind`` stands with what a second reader has said.
"""
import hmac
import json
import shutil
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import NamedTuple

from lopm.cases.dataset import region
from lopm.curation.intake.names import Names
from lopm.curation.outlines import as_text
from lopm.curation.raters import same_masks
from lopm.datasets.format import check_dataset, task_info, tasks_of, write_dataset
from lopm.datasets.masks import encode_segmentation
from lopm.files import read_json, whole_file
from lopm.followup import Scale
from lopm.structures import LESION
from lopm.tasks import Tasks
from lopm.web.models import Photograph
from lopm.web.opinions import fits, second_opinion, standing_opinion
from lopm.web.same_lesion import ids_of_followed
from lopm.web.scales import scale_of
from lopm.web.spots import scale_file

NAME, SITE = 'all.json', 'site'


class Base(NamedTuple):
    """A data set: ``content`` of its json, ``files``: ``{name: path}`` of its photographs, ``facts``: how many of what.
    """

    content: dict
    files: dict
    facts: dict


def base_of(department, place, every=False):
    """The ``Base`` of a department.

    Args:
        every: All photographs that were read; else those alone of which a person has corrected, confirmed or read
            something.

    Raises:
        ValueError: There is no such photograph; no model was there yet.
    """
    model = model_at(place)
    tasks, names, facts = tasks_at(place), names_of(department, place), Counter()
    found = [(photograph, opinions_of(photograph, tasks, facts)) for photograph in photographs_of(department)]
    chosen = [(photograph, opinions) for photograph, opinions in without_copies(found, facts)
              if every or any(each.who for each in opinions)]
    if not chosen:
        raise ValueError('No photograph was read yet.' if every else 'No person has corrected, confirmed or read a '
                         'photograph yet.')
    writer = Writer(tasks, names, ids_of_followed(department, chosen, names, facts), facts)
    files = {writer.add(*each): place.photograph(each[0].pk) for each in chosen}
    return Base({'info': {'lopm': 1, 'source': f'lopm web, predicted by {model["version"]}', 'tasks': task_info(tasks)},
                 'images': writer.images, 'annotations': writer.annotations,
                 'categories': [{'id': 1, 'name': LESION}]},
                files, {**facts, 'patients': len({image['patient_id'] for image in writer.images})})


def without_copies(found, facts):
    """Yield of photographs with the same pixels one, of which persons have said most: twice it would count twice.

    Args:
        found: ``[(Photograph, opinions)]``.
    """
    seen = set()
    for photograph, opinions in sorted(found, key=lambda each: -sum(bool(opinion.who) for opinion in each[1])):
        if photograph.pixels in seen:
            facts['copies'] += 1
        else:
            seen.add(photograph.pixels)
            yield photograph, opinions


def model_at(place):
    """What the page's worker has said of its model.

    Raises:
        ValueError: None was up yet.
    """
    if not place.model.is_file():
        raise ValueError(f'{place.folder}: no model has been loaded there yet; start it once: lopm web --pack PACK '
                         f'--folder {place.folder}')
    return read_json(place.model)


def tasks_at(place):
    """The ``Tasks`` of the page's model; of the regions that it draws the lesion alone, which persons draw, too."""
    tasks = tasks_of({'info': {'tasks': model_at(place)['definitions']}}, place.model)
    return tasks.but(tasks.masks.but([LESION]))


def names_of(department, place):
    """The keyed ``Names`` of a department: the same in every export."""
    return Names(hmac.digest(place.secret.encode(), f'base of department {department.pk}'.encode(), 'sha256'))


def photographs_of(department):
    """Those that were read, in an order that tells nothing."""
    return Photograph.objects.filter(visit__patient__department=department, state=Photograph.State.READ).select_related(
        'visit__patient').order_by('pk').iterator(chunk_size=200)


def opinions_of(photograph, tasks, facts):
    """The version that stands, then second readings by others.

    Where a second reader has said which lesions there are, a lesion that the model alone has seen is none. Nobody is
    two raters: of who has signed the version that stands a second reading is left out, and counted.
    """
    standing = standing_opinion(photograph, tasks)
    said = [second_opinion(each) for each in photograph.second_readings.all()]
    seconds = [each for each in said if each.who != standing.who]
    facts['own_second_readings'] += len(said) - len(seconds)
    if seconds and not standing.whole:
        standing = standing._replace(lesions=[each for each in standing.lesions if each.by_person])
    return [standing, *seconds]


@dataclass
class Writer:
    """Writes photographs and what is said of them.

    Attributes:
        followed: ``{photograph's number: lesion_id}`` of lesions that are followed over visits (``same_lesion``).
        facts: Counts what is written, and what is left out.
    """

    tasks: Tasks
    names: Names
    followed: dict
    facts: Counter
    images: list = field(default_factory=list)
    annotations: list = field(default_factory=list)

    def add(self, photograph, opinions):
        """Write one photograph; what it is called in the base."""
        name = f'images/{self.names.photograph(photograph.pk.bytes)}.jpg'
        image = self.image(photograph, name, opinions)
        rows = list(self.rows(photograph, image, opinions))
        self.images.append(image)
        self.annotations += rows
        self.facts.update({'photographs': 1, 'by_persons': any(each.who for each in opinions),
                           'lesions': len({row['lesion_id'] for row in rows}), 'free': image['outlined'] and not rows})
        return name

    def image(self, photograph, name, opinions):
        """The entry of a photograph."""
        patient = str(photograph.visit.patient_id)
        on = photograph.visit.on - moved_by(self.names, patient)
        looked = {self.names.rater(each.who): {} if each.blind is None else {'blind': each.blind}
                  for each in opinions if each.whole}
        more = {'attributes': self.known(opinions[0].photograph), 'looked': looked, 'scale': scale_said(photograph),
                SITE: photograph.site}
        return {'id': len(self.images) + 1, 'file_name': name, 'width': photograph.width, 'height': photograph.height,
                'patient_id': self.names.patient(patient), 'visit': on.isoformat(), 'outlined': bool(looked),
                'record': photograph.visit.record, **{key: said for key, said in more.items() if said}}

    def rows(self, photograph, image, opinions):
        """Yield what each reader says of each lesion; outlines of one lesion by several readers have its id in common.
        """
        rles = {i: [as_rle(each.segmentation, photograph.width, photograph.height) for each in opinion.lesions]
                for i, opinion in enumerate(opinions)}
        numbers, after = same_masks(rles), count(len(self.annotations) + 1)
        for i, opinion in enumerate(opinions):
            for lesion, rle, same in zip(opinion.lesions, rles[i], numbers[i]):
                more = {'lesion_id': self.lesion_id(photograph, image, same),
                        'rater': self.names.rater(opinion.who) if lesion.by_person else opinion.model,
                        **self.said(lesion, photograph.site)}
                more |= {} if opinion.blind is None else {'blind': opinion.blind}
                for row in region(rle, image, 1, after, **more):
                    yield {**row, 'segmentation': lesion.segmentation}  # polygons as they were drawn

    def lesion_id(self, photograph, image, number):
        """What a lesion is called; ``number``: that on its photograph."""
        if number == 1 and photograph.pk in self.followed:
            return self.followed[photograph.pk]
        return f'{Path(image["file_name"]).stem}-{number}'

    def said(self, lesion, site):
        """Words of a lesion, and the source of those that are not a person's; the ``site`` is one's."""
        site = {SITE: [site]} if site else {}
        words = self.known({**lesion.words, **site})
        return {'attributes': words, 'source': {name: each for name, each in lesion.source.items()
                                                if name == LESION or name in words and name not in site}}

    def known(self, said):
        """Of words those that the model of today knows; of what it does not ask all."""
        words = {name: word for name, word in said.items() if name not in self.tasks or fits(self.tasks[name], word)}
        self.facts['unknown_words'] += len(said) - len(words)
        return words


def moved_by(names, patient):
    """By how much the days of a patient are moved back."""
    return timedelta(1 + int.from_bytes(hmac.digest(names.key, f'days of {patient}'.encode(), 'sha256')) % 365)


def scale_said(photograph):
    """The ``Scale`` of a photograph as plain data, None where none is known: a person's or a card's, else that of a
    ruler that was found when a place was followed."""
    scale, kept = scale_of(photograph), scale_file(photograph, photograph.visit.patient_id)
    if scale is None and kept.is_file():
        found = read_json(kept)['scale']
        scale = Scale(*found) if found else None
    return scale and {name: value for name, value in scale._asdict().items() if value is not None}


def as_rle(segmentation, width, height):
    """Polygons drawn; what is drawn already as it is."""
    return segmentation if isinstance(segmentation, dict) else as_text(
        encode_segmentation(segmentation, height, width))


def write_folder(base, folder):
    """The base as a folder, as ``lopm split`` reads it. Returns the path of its json."""
    for name, path in base.files.items():
        target = Path(folder, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(target) as partial:
            shutil.copyfile(path, partial)
    return write_dataset(Path(folder, NAME), base.content)


def write_zip(base, path):
    """The same as a zip, for its owner alone. When a photograph came is not said."""
    check_dataset(base.content, path)
    with whole_file(path, 0o600) as partial, zipfile.ZipFile(partial, 'w') as archive:
        with archive.open(entry(NAME, zipfile.ZIP_DEFLATED), 'w') as target:
            target.write(json.dumps(base.content).encode())
        for name, file in base.files.items():
            with open(file, 'rb') as source, archive.open(entry(name), 'w', force_zip64=True) as target:
                shutil.copyfileobj(source, target)
    return path


def entry(name, compression=zipfile.ZIP_STORED):
    found = zipfile.ZipInfo(name)  # of 1980, as all that say no date
    found.compress_type, found.external_attr = compression, 0o600 << 16
    return found
