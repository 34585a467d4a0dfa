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

    ``lesion`` holds the attributes of annotations, ``image`` those of photographs, ``record`` the patients' records.
    The weight sums 1 / raters over annotations (every lesion counts once), 1 over photographs. The place is where the
    answer stands first. A key with over 10,000 distinct answers is None.
    """

    def __init__(self, lesion=None, image=None, record=None):
        self.lesion, self.image, self.record = lesion or {}, image or {}, record or {}

    def add_lesions(self, annotations):
        """Count what is said of the lesions of one photograph."""
        raters = Counter(map(lesion_key, annotations))
        for annotation in annotations:
            _count(self.lesion, annotation.get('attributes', {}), 1 / raters[lesion_key(annotation)],
                   f'annotation {annotation["id"]}')

    def add_photograph(self, image):
        """Count what is said of one photograph as a whole, and of its patient."""
        _count(self.image, image.get('attributes') or {}, 1, image['file_name'])
        _count(self.record, image.get('record') or {}, 1, image['file_name'])


def answers_of(content):
    """The ``Answers`` of a json's content (``read_json``). No outline is drawn."""
    annotations = defaultdict(list)
    for annotation in content['annotations']:
        annotations[annotation['image_id']].append(annotation)
    answers = Answers()
    for group in annotations.values():
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
