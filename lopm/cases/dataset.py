"""Cases as a data set of lopm: outlines and words in COCO json, as if a rater of the model's name had given them."""
from itertools import count

from pycocotools import mask as coco_mask

from lopm.datasets.format import task_info
from lopm.structures import LESION
from lopm.tasks import NOT_ASSESSABLE

PREDICTED = 'predicted'  # the source of its words, which no person is


def dataset_of(cases, tasks, about, outlined=True, folder='', facts=None, source=''):
    """The content of a json for ``lopm.datasets.format.write_dataset``; bad photographs are left out.

    Args:
        about: ``Predictor.about``.
        outlined: Whether the model draws outlines; else its words are those of whole photographs.
        folder: Of the photographs, beside the json.
        facts: ``{name: {'patient_id', ...}}``, what entries of photographs hold besides.
        source: Of the photographs, where it is to be said.
    """
    categories = {name: i for i, name in enumerate([LESION, *(name for name in tasks.masks if name != LESION)], 1)}
    images, annotations, number, facts = [], [], count(1), facts or {}
    for case in (case for case in cases if not case.bad):
        spoken = tasks.of('image') if outlined else tasks.answered
        name = f'{folder}/{case.name}' if folder else case.name
        images.append({**facts.get(case.name, {}), 'id': len(images) + 1, 'file_name': name, 'width': case.size[0],
                       'height': case.size[1], 'outlined': outlined, 'record': case.record,
                       'attributes': answers(case.photograph, spoken)})
        for lesion in case.lesions:
            words = answers(lesion, tasks.of('lesion'))
            said = [name for name in words if name not in lesion.corrected]
            annotations += region(lesion.outline['rle'], images[-1], categories[LESION], number, score=lesion.score,
                                  rater=about['version'], attributes=words, source=dict.fromkeys(said, PREDICTED))
        for name, rle in case.masks.items():
            annotations += region(rle, images[-1], categories[name], number, rater=about['version'])
    return {'info': {'lopm': 1, 'source': ', '.join(filter(None, [source, f'predicted by {about["version"]}'])),
                     'tasks': task_info(tasks), 'predicted_by': about},
            'images': images, 'annotations': annotations,
            'categories': [{'id': i, 'name': name} for name, i in categories.items()]}


def region(rle, image, category, number, **more):
    """The annotation of a mask, in a list; of an empty one none."""
    if not coco_mask.area(rle):
        return []
    return [{'id': next(number), 'image_id': image['id'], 'category_id': category, 'segmentation': rle,
             'bbox': coco_mask.toBbox(rle).tolist(), 'area': int(coco_mask.area(rle)), 'iscrowd': 0, **more}]


def answers(findings, tasks):
    """``{task: word, words or number}`` as a json of a data set holds them. A time is left out: a probability of an
    event is no time at which it was seen."""
    return {name: NOT_ASSESSABLE if NOT_ASSESSABLE in findings.said[name] else task.as_json(findings.said[name])
            for name, task in tasks.items() if name in findings.said and name not in findings.times}
