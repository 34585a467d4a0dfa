"""What a data set holds, by part, and how far its raters agree: numbers beside the findings."""
from collections import defaultdict
from itertools import combinations

import numpy as np

from lopm.curation.doctor.check_labels import class_counts, compare_words
from lopm.datasets.coco import lesion_key, rater_of
from lopm.datasets.format import looked_by
from lopm.datasets.groups import has_patient


def part_sizes(base):
    """``{part: {photographs, patients, lesions, annotations}}``."""
    return {part: {'photographs': len(photographs),
                   'patients': len({each.patient for each in photographs if has_patient(each.image)}),
                   'lesions': sum(len({str(lesion_key(row)) for row in each.lesion_rows()}) for each in photographs),
                   'annotations': len(base.parts[part]['annotations'])}
            for part, photographs in base.by_part().items()}


def rater_agreement(base):
    """``{'outline': {pairs, agreement}, task: ...}`` of all pairs of raters of a lesion.

    Agreement is the mean Jaccard of outlines, and the share of pairs with a word in common, not corrected for
    chance; ``lesion``: of lesions that one of two raters who have looked for all has outlined, how many both have.
    """
    found = defaultdict(list)
    for photograph in base.photographs:
        for both_have in lesions_of_both(photograph):
            found['lesion'].append(both_have)
        for i, j, jaccard in photograph.facts['jaccard']:
            both, apart = compare_words(photograph.annotations[i], photograph.annotations[j])
            found['outline'].append(jaccard)
            for task in both:
                found[task].append(task not in apart)
    return {task: {'pairs': len(values), 'agreement': round(float(np.mean(values)), 3)}
            for task, values in found.items()}


def lesions_of_both(photograph):
    """Of each pair of raters who have outlined every lesion that they see, and each lesion that one of them sees:
    whether both do."""
    outlined = defaultdict(set)
    for row in photograph.lesion_rows():
        outlined[lesion_key(row)].add(rater_of(row))
    return [seen.issuperset(pair) for seen in outlined.values() for pair in combinations(looked_by(photograph.image), 2)
            if seen.intersection(pair)]


def never_named(classes):
    """``{task: [class]}`` of ``class_counts`` that nobody named in any part; without tasks of which all were named."""
    unnamed = {task: [word for word, counts in of_task.items() if not any(counts.values())]
               for task, of_task in classes.items()}
    return {task: words for task, words in unnamed.items() if words}


def all_tables(base):
    classes = class_counts(base)
    return {'parts': part_sizes(base), 'classes': classes, 'never_named': never_named(classes),
            'raters': rater_agreement(base)}
