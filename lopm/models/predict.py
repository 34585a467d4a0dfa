"""From a photograph to answers: where lesions are, and what is said of them, by anything that looks and answers.

A network that predicts has ``extract_feats(inputs, samples)``, ``find_masks(inputs, feats)``, ``answer(...)``,
``instance_options`` and ``other_masks``; ``predict`` does the rest, alike for one network, a stack and an ensemble.
"""
import cv2
import numpy as np
import torch
from mmengine.structures import InstanceData

from lopm.models.closer import answer_from_near
from lopm.models.groups import add_up, groupings, owners
from lopm.models.instances import find_lesions, resize_lesions
from lopm.models.regions import known_pixels, photograph_map
from lopm.structures import UNKNOWN, stack_maps


@torch.no_grad()
def predict(network, inputs, samples):
    """Outlines, and every task's probabilities on predicted outlines, on true ones where there is a truth, and once a
    photograph. Fills the prediction fields of each ``LesionDataSample`` and returns them.
    """
    answers = answer_all(network, inputs, samples)
    attach_answers(answers, samples)
    if network.group_heads:
        attach_groups(network, answers, samples)
    return samples


def attach_answers(answers, samples):
    """Hand what ``answer_all`` gave out to the samples."""
    for field, (answer, counts) in answers.items():
        split_rows(answer.probabilities, samples, field, counts)
    return samples


def attach_groups(network, answers, samples):
    """Hand out what is said of the visits and patients of a batch, by the predicted lesions on all photographs of each:
    ``pred_image``, and ``by_table`` (``Ordinal.by_table``). ``leads``: ``{level: whether a photograph is the first of
    its visit, its patient}``, so that an answer counts once."""
    answer, counts = answers['pred_lesions']
    groups = groupings(samples, answer.pooled.device)
    split_rows(network.answer_groups(groups, answer, counts, samples), samples, 'pred_image', [1] * len(samples))
    split_rows(answer_by_tables(network.tasks, groups, answer, counts), samples, 'by_table', [1] * len(samples))
    for place, sample in enumerate(samples):
        sample.set_metainfo(dict(leads={level: place in group.first for level, group in groups.items()}))


def answer_by_tables(tasks, groups, answer, counts):
    """``{task: [B, K]}`` of grades that follow from words of the lesions: the worst lesion's, where each may be of any
    grade (P(none above k) is the product over lesions)."""
    photo, result = owners(counts, answer.pooled.device), {}
    for name, task in tasks.of_groups.items():
        table = getattr(task, 'by_table', None)
        if table and table['of'] in answer.probabilities:
            said = answer.probabilities[table['of']]
            above = said @ torch.from_numpy(task.grades_of(tasks[table['of']])).to(said)
            group = groups[task.level]
            none = add_up(torch.log1p(-above.clamp(0, 1 - 1e-6)), group.of[photo], len(group))
            result[name] = (1 - none.exp())[group.of]
    return result


@torch.no_grad()
def answer_all(network, inputs, samples):
    """Write the predicted outlines into the samples, and ask of every region: ``{field: (Answer, counts)}``.

    The fields are ``pred_lesions``, ``true_lesions`` (where there is a truth) and ``pred_image``; ``counts`` are the
    rows of each photograph in the answer.
    """
    feats = network.extract_feats(inputs, samples)
    masks, known = network.find_masks(inputs, feats), known_pixels(inputs, samples)
    lesions = find_outlines(network, masks, known, samples)
    fields = {'pred_lesions': (lesions, [len(sample.pred_lesions) for sample in samples])}
    if 'gt_sem_seg' in samples[0]:
        fields['true_lesions'] = stack_maps(samples, 'lesion'), [len(sample.gt_lesions) for sample in samples]
    answers = {field: (network.answer(inputs, feats, samples, lesion_map, counts), counts)
               for field, (lesion_map, counts) in fields.items()}
    if network.second_look and masks is not None:
        answers |= answer_from_near(network, inputs, samples, answers)
    whole = photograph_map(None if masks is None else masks[:, 0], known)
    once = [1] * len(samples)
    return {**answers, 'pred_image': (network.answer(inputs, feats, samples, whole, once, whole=True), once)}


def find_outlines(network, masks, known, samples):
    """Write the predicted outlines into the samples, and give the lesion map ``[B, H, W]``; without masks there are no
    lesions."""
    if masks is None:
        for sample in samples:
            sample.pred_lesions = InstanceData(scores=torch.zeros(0))
        return torch.zeros_like(known, dtype=torch.uint8)
    lesions = find_in_batch(masks, samples, **network.instance_options)
    attach_outlines(masks, lesions, samples, network.other_masks, network.instance_options.get('threshold', 0.5))
    return lesions


def find_in_batch(masks, samples, **options):
    """Predicted lesion maps ``[B, H, W]`` uint8, 255 in the padding, from ``masks`` ``[B, 2 + others, H, W]``."""
    maps = torch.full_like(masks[:, 0], UNKNOWN, dtype=torch.uint8)
    for each, mask, sample in zip(maps, masks[:, :2].cpu().numpy(), samples):
        height, width = sample.img_shape[:2]
        found = find_lesions(*mask[:, :height, :width], **options)
        each[:height, :width] = torch.from_numpy(found).to(each.device)
    return maps


def attach_outlines(masks, lesions, samples, others, threshold=0.5):
    """Write ``pred_map``, ``pred_masks`` and the outlines' scores into the samples, at original size."""
    dropped = (masks[:, 0] > threshold) & (lesions == 0)
    outlines, maps = masks[:, 0].masked_fill(dropped, 0).float().cpu().numpy(), lesions.cpu().numpy()
    for outline, mask, found, sample in zip(outlines, masks, maps, samples):
        height, width = sample.img_shape[:2]
        found = found[:height, :width]
        full = enlarge(outline[:height, :width], sample.ori_shape)
        sample.pred_map = resize_lesions(found, full > threshold)
        sample.pred_masks = {name: enlarge(channel[:height, :width].float().cpu().numpy(), sample.ori_shape) > 0.5
                             for name, channel in zip(others, mask[2:])}
        scores = mean_inside(full, sample.pred_map, int(found.max()))
        sample.pred_lesions = InstanceData(scores=torch.from_numpy(scores))


def enlarge(probability, shape):
    """A map ``[h, w]`` at another size (height, width), bilinear between the centers of pixels."""
    return cv2.resize(probability, shape[1::-1], interpolation=cv2.INTER_LINEAR)


def mean_inside(values, lesion_map, count):
    """The mean ``[count]`` of values ``[H, W]`` in each lesion of a map; 0 in one that has no pixel."""
    x, y, width, height = cv2.boundingRect(lesion_map)
    box = slice(y, y + height), slice(x, x + width)
    where = np.flatnonzero(lesion_map[box])
    lesion = lesion_map[box].ravel()[where]
    area = np.bincount(lesion, minlength=count + 1)[1:]
    return np.bincount(lesion, values[box].ravel()[where], minlength=count + 1)[1:] / np.maximum(area, 1)


def split_rows(probabilities, samples, field, counts):
    """Hand rows ``{task: [sum counts, K]}`` out to the samples' ``field``, in their order."""
    rows = {name: each.cpu().split(counts) for name, each in probabilities.items()}
    for i, sample in enumerate(samples):
        data = sample.get(field) if field in sample else InstanceData()
        for name in rows:
            data[name] = rows[name][i]
        setattr(sample, field, data)


def measure_batch(photographs, lesion_maps, counts):
    """Standardized measured values ``[sum counts, M]`` on the lesions of the maps; runs on the CPU."""
    from lopm.measure import measure, standardize
    rgb = (photographs * 255).round().clamp(0, 255).byte().permute(0, 2, 3, 1).cpu().numpy()
    maps = lesion_maps.cpu().numpy()
    values = [measure(image, each, count) for image, each, count in zip(rgb, maps, counts)]
    return torch.from_numpy(standardize(np.concatenate(values))).to(photographs)
