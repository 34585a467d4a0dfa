"""The distinct answers of a part and how often each was given: what is asked of all its words at once.

A million lesions have a few hundred distinct answers. So a prior, or the check that every word is known, need not
read every lesion.
"""
import json
from collections import Counter, defaultdict

from lopm.datasets.coco import lesion_key
from lopm.datasets.format import is_outlined
from lopm.datasets.groups import key_of
from lopm.structures import LESION
from lopm.tasks.task import GROUPS

MOST = 10_000  # distinct answers of one key: beyond, it is free text or a measured value, and no longer counted


class Answers:
    """``answers.lesion``, ``.image``, ``.visit``, ``.patient``, ``.record``: ``{key: {answer as json: [weight,
    place]}}``.

    ``lesion`` holds what is said of lesions, by annotations or for a photograph whose only lesion it is then said of;
    ``image`` what is said of photographs, ``visit`` and ``patient`` the same, once for all photographs of one;
    ``record`` the patients' records; ``outlines`` counts the outlines of each category, ``{name: weight}``. The weight
    sums 1 / raters over annotations (every lesion counts once), 1 over photographs. The place is where the answer
    stands first. A key with over 10,000 distinct answers is None.
    """

    def __init__(self, lesion=None, image=None, visit=None, patient=None, record=None, outlines=None):
        self.lesion, self.image, self.visit, self.patient = lesion or {}, image or {}, visit or {}, patient or {}
        self.record, self.outlines = record or {}, outlines or {}
        self._counted = set()  # which key of which visit or patient was: numbers, a few for each

    def as_json(self):
        """Arguments of the constructor."""
        return {name: value for name, value in vars(self).items() if name != '_counted'}

    def add_photograph(self, image, groups):
        """Count what is said of one photograph, of its patient and of its lesions, ``{category: [annotation]}``."""
        said, place, lesions = image.get('attributes') or {}, image['file_name'], groups.get(LESION, [])
        raters = Counter(map(lesion_key, lesions))
        handed_down = said if len(raters) == 1 or not (raters or is_outlined(image, lesions)) else {}
        for annotation in lesions:
            weight, own = 1 / raters[lesion_key(annotation)], annotation.get('attributes') or {}
            _count(self.lesion, own, weight, f'annotation {annotation["id"]}')
            _count(self.lesion, {key: word for key, word in handed_down.items() if key not in own}, weight, place)
        if not lesions:
            _count(self.lesion, handed_down, 1, place)
        _count(self.image, said, 1, place)
        for level in GROUPS:
            _count(getattr(self, level), self._new(said, (level, key_of(image, level))), 1, place)
        _count(self.record, image.get('record') or {}, 1, place)
        for category, annotations in groups.items():
            self._count_outlines(category, annotations)

    def _new(self, said, group):
        """What is said of a visit or a patient for the first time."""
        new = {key: word for key, word in said.items() if hash((group, key)) not in self._counted}
        self._counted.update(hash((group, key)) for key in new)
        return new

    def _count_outlines(self, category, annotations):
        raters = Counter(map(lesion_key, annotations))
        for annotation in annotations:
            if annotation.get('segmentation'):
                self.outlines[category] = self.outlines.get(category, 0) + 1 / raters[lesion_key(annotation)]


def answers_of(content):
    """The ``Answers`` of a json's content. No outline is drawn."""
    names = {category['id']: category['name'] for category in content['categories']}
    groups = defaultdict(lambda: defaultdict(list))
    for annotation in content['annotations']:
        groups[annotation['image_id']][names.get(annotation['category_id'])].append(annotation)
    answers = Answers()
    for image in content['images']:
        answers.add_photograph(image, groups[image['id']])
    return answers


def _count(counts, words, weight, place):
    for key, value in words.items():
        given = counts.setdefault(key, {})
        if given is not None:
            given.setdefault(json.dumps(value, sort_keys=True), [0, place])[0] += weight
            if len(given) > MOST:
                counts[key] = None
