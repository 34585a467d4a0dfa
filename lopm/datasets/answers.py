"""The distinct answers of a part and how often each was given: what is asked of all its words at once.

A million lesions have a few hundred distinct answers. So a prior, or the check that every word is known, need not
read every lesion.
"""
import json
from collections import Counter, defaultdict

from lopm.datasets.coco import lesion_key

MOST = 10_000  # distinct answers of one key: beyond, it is free text or a measured value, and no longer counted


class Answers:
    """``answers.lesion``, ``.image``, ``.record``: ``{key: {answer as json: [weight, place]}}``.

    ``lesion`` holds the attributes of annotations, ``image`` those of photographs, ``record`` the patients' records;
    ``outlines`` counts the outlines of each category, ``{name: weight}``.
    The weight sums 1 / raters over annotations (every lesion counts once), 1 over photographs. The place is where the
    answer stands first. A key with over 10,000 distinct answers is None.
    """

    def __init__(self, lesion=None, image=None, record=None, outlines=None):
        self.lesion, self.image, self.record, self.outlines = lesion or {}, image or {}, record or {}, outlines or {}

    def add_lesions(self, groups):
        """Count what is said of the lesions and other regions of one photograph, ``{category: [annotation]}``."""
        for category, annotations in groups.items():
            raters = Counter(map(lesion_key, annotations))
            for annotation in annotations:
                weight = 1 / raters[lesion_key(annotation)]
                _count(self.lesion, annotation.get('attributes') or {}, weight, f'annotation {annotation["id"]}')
                if annotation.get('segmentation'):
                    self.outlines[category] = self.outlines.get(category, 0) + weight

    def add_photograph(self, image):
        """Count what is said of one photograph as a whole, and of its patient."""
        _count(self.image, image.get('attributes') or {}, 1, image['file_name'])
        _count(self.record, image.get('record') or {}, 1, image['file_name'])


def answers_of(content):
    """The ``Answers`` of a json's content (``read_json``). No outline is drawn."""
    names = {category['id']: category['name'] for category in content['categories']}
    groups = defaultdict(lambda: defaultdict(list))
    for annotation in content['annotations']:
        groups[annotation['image_id']][names.get(annotation['category_id'])].append(annotation)
    answers = Answers()
    for group in groups.values():
        answers.add_lesions(group)
    for image in content['images']:
        answers.add_photograph(image)
    return answers


def _count(counts, words, weight, place):
    for key, value in words.items():
        given = counts.setdefault(key, {})
        if given is not None:
            given.setdefault(json.dumps(value, sort_keys=True), [0, place])[0] += weight
            if len(given) > MOST:
                counts[key] = None
