"""The second look: each lesion cut out of a larger copy of its photograph, and seen again by the same network.

A lesion fills a few percent of a photograph of a mouth, and at the size that a network sees nothing is left of its
border and its surface: networks that outline on whole photographs reach an F1 of 0.59 where those that see crops reach
0.83 (clinical literature). Found lesions are cut out with a margin, outlined anew, and described from there; what is
said of the photograph as a whole stays with the first look. Time grows with the number of lesions.
"""
from typing import NamedTuple

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage

from lopm.datasets.views import view_of
from lopm.models.answers import Answer, Reading
from lopm.structures import UNKNOWN

AT_ONCE = 16  # lesions that the network sees in one pass


def answer_from_near(network, inputs, samples, answers):
    """``{field: (Answer, counts)}`` of those that have lesions, with what is read from near (``lopm.models.closer``) in
    the place of what was read from afar; predicted lesions are outlined anew first."""
    require_fine(samples)
    outline_again(network, inputs, samples)
    maps = {'pred_lesions': [sample.pred_map for sample in samples]}
    if 'true_lesions' in answers:
        maps['true_lesions'] = [sample.ori_maps['lesion'] for sample in samples]
    near = network.second_look.get('tasks')
    return {field: (merged(far, answer, near) if near else with_photographs(answer, far), counts)
            for field, (far, counts) in answers.items()
            if (answer := answer_closer(network, inputs, samples, maps[field], counts))}


class View(NamedTuple):
    """Where a lesion is seen from near: its photograph in the batch, its number there, and ``(top, bottom, left,
    right)`` of what is cut out, in pixels of the photograph."""

    photo: int
    lesion: int
    box: tuple[int, int, int, int]


def views_of(maps, counts, options):
    """The ``View`` of every lesion of the photographs' maps ``[[H, W], ...]``."""
    return [View(photo, i, view_of(lesion_map, i, **options)) for photo, (lesion_map, count) in
            enumerate(zip(maps, counts)) for i in range(1, count + 1)]


def cut_out(network, samples, maps, views, size):
    """What the network sees of some views: ``(inputs [L, 3, H, W], samples, lesion map [L, H, W])``.

    In the map 1 is the lesion, 255 are others, the padding and the unknown.
    """
    images, seen, regions = [], [], []
    for photo, lesion, (top, bottom, left, right) in views:
        lesion_map, fine = maps[photo], samples[photo].fine
        scale = fine.shape[1] / lesion_map.shape[0], fine.shape[2] / lesion_map.shape[1]
        rows, columns = (slice(int(low * by), max(int(np.ceil(high * by)), int(low * by) + 1))
                         for (low, high), by in zip(((top, bottom), (left, right)), scale))
        own = fine[:, rows, columns]
        shape = fit(own.shape[1:], size)
        image = F.interpolate(own[None].float(), shape, mode='bilinear', antialias=True, align_corners=False)[0]
        region = lesion_map[top:bottom, left:right]
        region = np.where(region == lesion, 1, np.where(region == 0, 0, UNKNOWN)).astype(np.uint8)
        region = cv2.resize(region, shape[::-1], interpolation=cv2.INTER_NEAREST)
        pad = 0, size[1] - shape[1], 0, size[0] - shape[0]
        images.append(F.pad(image.round().clamp(0, 255).byte(), pad))
        regions.append(F.pad(torch.from_numpy(region), pad, value=UNKNOWN))
        seen.append(like(samples[photo], shape))
    inputs = network.data_preprocessor({'inputs': images, 'data_samples': seen}, False)['inputs']
    return inputs, seen, torch.stack(regions).to(inputs.device)


def fit(shape, size):
    scale = min(size[0] / shape[0], size[1] / shape[1])
    return max(round(shape[0] * scale), 1), max(round(shape[1] * scale), 1)


def like(sample, shape):
    """A sample of a part of the photograph that another one shows: of its record and of this shape."""
    own = type(sample)(metainfo=dict(img_shape=shape, ori_shape=shape, map_names=[]))
    own.record = sample.record
    return own


def outline_again(network, inputs, samples):
    """Draw the predicted outlines anew, each from near: ``pred_map`` and the scores of the samples, in place.

    A lesion is what is found from near and hangs together with what was found from afar; the latter where nothing is.
    """
    maps = [sample.pred_map for sample in samples]
    counts = [len(sample.pred_lesions) for sample in samples]
    threshold = network.instance_options.get('threshold', 0.5)
    drawn = [np.zeros_like(each) for each in maps]
    scores = [sample.pred_lesions.scores.clone() for sample in samples]
    for views, (crops, seen, _) in in_passes(network, samples, maps, counts, inputs):
        masks = network.find_masks(crops, network.extract_feats(crops, seen))[:, 0].cpu().numpy()
        for (photo, lesion, (top, bottom, left, right)), mask, own in zip(views, masks, seen):
            height, width = own.img_shape
            before = maps[photo][top:bottom, left:right]
            mask = cv2.resize(mask[:height, :width], before.shape[::-1], interpolation=cv2.INTER_LINEAR)
            found = together((mask > threshold) & ((before == 0) | (before == lesion)), before == lesion)
            if not found.any():
                found = before == lesion
            drawn[photo][top:bottom, left:right][found & (drawn[photo][top:bottom, left:right] == 0)] = lesion
            scores[photo][lesion - 1] = float(mask[found].mean())
    for sample, own, score in zip(samples, drawn, scores):
        sample.pred_map, sample.pred_lesions.scores = own, score


def together(mask, seed):
    """The components of a mask that touch a seed."""
    labels, _ = ndimage.label(mask)
    return np.isin(labels, np.setdiff1d(labels[seed & mask], 0)) & mask


def in_passes(network, samples, maps, counts, inputs):
    """Yield ``(views, cut_out(...))``, some lesions at once."""
    views = views_of(maps, counts, {key: network.second_look[key] for key in ('zoom', 'margin')})
    for start in range(0, len(views), AT_ONCE):
        own = views[start:start + AT_ONCE]
        yield own, cut_out(network, samples, maps, own, tuple(inputs.shape[-2:]))


def answer_closer(network, inputs, samples, maps, counts):
    """The ``Answer`` on the lesions of the photographs' maps ``[[H, W], ...]``, each from near; None without any."""
    parts = []
    for views, (crops, seen, regions) in in_passes(network, samples, maps, counts, inputs):
        parts.append(network.answer(crops, network.extract_feats(crops, seen), seen, regions, [1] * len(views)))
    return joined(parts) if parts else None


def joined(parts):
    """Answers one after the other as one."""
    if len(parts) == 1:
        return parts[0]

    def rows(values):
        return None if values[0] is None else torch.cat(values)
    readings = []
    for own in zip(*(part.readings for part in parts)):
        inputs = {key: {name: rows([each.inputs[key][name] for each in own]) for name in value} if isinstance(
            value, dict) else rows([each.inputs[key] for each in own]) for key, value in own[0].inputs.items()}
        readings.append(Reading(own[0].head, inputs))
    return Answer({name: rows([part.probabilities[name] for part in parts]) for name in parts[0].probabilities},
                  readings, rows([part.pooled for part in parts]), passes=tuple(
                      joined(each) for each in zip(*(part.passes for part in parts))))


def with_photographs(near, far):
    """An answer from near with the whole photographs as they are seen from afar."""
    return near._replace(photographs=far.photographs, areas=far.areas,
                         passes=tuple(map(with_photographs, near.passes, far.passes)))


def merged(far, near, tasks):
    """The ``Answer`` of lesions whose ``tasks`` are read from near and the others from afar; the diagnosis is read
    again from both, its other inputs from afar."""
    readings = []
    for one, other in zip(far.readings, near.readings):
        concepts = {name: (other if name in tasks else one).inputs['probabilities'][name]
                    for name in one.inputs['probabilities']}
        readings.append(Reading(one.head, {**one.inputs, 'probabilities': concepts}))
    answers = {name: (near if name in tasks else far).probabilities[name] for name in far.probabilities}
    for name in {reading.head.task.name for reading in readings} - set(tasks):
        answers[name] = torch.stack([reading.head.task.probabilities(reading.head(**reading.inputs))
                                     for reading in readings if reading.head.task.name == name]).mean(0)
    return Answer(answers, readings, far.pooled, far.photographs, far.areas,
                  tuple(merged(one, other, tasks) for one, other in zip(far.passes, near.passes)))


def require_fine(samples):
    """Raise a ValueError where the photographs came without their larger copies."""
    if any('fine' not in sample for sample in samples):
        raise ValueError('the model takes a second look, and its photographs came without a larger copy: give '
                         'FitPhotograph(fine=...) in the test pipeline, or say second_look in the config, which does')
