"""Where a head looked: what each place of its feature maps and of its colors adds to the word that it says.

HiResCAM (Draelos and Carin, 2021): gradient times value, place by place. Grad-CAM averages the gradient over all places
first, and then also shows places that no head has read, since features are pooled in a lesion. Colors count as their
difference to the mucosa around. One backward pass a lesion and task, through the heads alone.
"""
import cv2
import numpy as np
import torch

from lopm.models.closer import in_passes
from lopm.models.regions import build_regions, resize
from lopm.structures import UNKNOWN, stack_maps


@torch.enable_grad()
def where_it_looks(network, inputs, feats, samples, lesion_map, counts, said):
    """``({task: [L, h, w]}, {task: [L]})``: maps that sum to 1, at the regions' resolution, and which share of each is
    inside of its lesion; a cell of a coarse map may be larger than that. Where nothing speaks for the word, 0.

    Args:
        network: A ``LesionModel``. feats: Of its ``extract_feats``; lesion_map, counts: As of its ``answer``.
        said: ``{task: [L, K]}``, what each task answers; it is asked for what speaks for its word (``output_of``).
    """
    regions = build_regions(lesion_map, counts, **network.region_options)
    maps = {}
    for part, own in parts_of(network, feats):
        leaves = [each.detach().float().requires_grad_() for each in own]
        evidence = part.evidence(inputs, leaves, regions, samples)
        lab = evidence['lesion'].lab = evidence['lesion'].lab.detach().requires_grad_()
        logits, _ = part.read_features(evidence)
        around = evidence['lesion'].lab_around[0].detach()
        for name in (name for name in logits if name in said):
            index, sign = output_of(network.tasks[name], said[name])
            logit = logits[name].gather(1, index[:, None])[:, 0] * sign
            maps[name] = torch.stack([look(logit[i], leaves, lab, around[i], regions, i)
                                      for i in range(len(regions.photo))]) if len(logit) else regions.inside
    shares = {name: (each * regions.inside.clamp(0, 1)).sum((1, 2)) for name, each in maps.items()}
    return maps, shares


def output_of(task, p):
    """Which output speaks for the likeliest word of answers ``[L, K]``, and by which sign, both ``[L]``: of grades that
    it is above the one before; of the least grade, and of the first of two words, that it is not above it."""
    if task.num_outputs == len(task.classes):
        return p.argmax(1), torch.ones(len(p), device=p.device)
    above = (p > 0.5).sum(1)
    return (above - 1).clamp(min=0), torch.where(above > 0, 1., -1.)


def parts_of(network, feats):
    """``(network, its feature maps)`` of one network, or of each in a stack."""
    if hasattr(network, 'networks'):
        return [(part, feats[name]) for name, part in network.networks.items()]
    return [(network, feats)]


def look(logit, leaves, lab, around, regions, i):
    """One lesion's map ``[h, w]`` of one logit."""
    photo, size = regions.photo[i], regions.inside.shape[-2:]
    grads = torch.autograd.grad(logit, [*leaves, lab], retain_graph=True, allow_unused=True)
    added = torch.zeros(size, device=lab.device)
    for grad, value in zip(grads, [*leaves, lab - around[None, :, None, None]]):
        if grad is not None:
            own = (grad[photo] * value[photo]).sum(0)[None].detach()
            cells = own.numel() / added.numel()  # so that a coarse map adds as much as it does to the logit
            added += resize(own, size)[0] * cells if own.shape[-2:] != size else own[0]
    added = added.relu()
    return added / added.sum().clamp(min=1e-12)


def from_afar(network, inputs, samples, counts, said):
    """Where the heads of a network looked on the lesions of a batch that it has predicted on, or that a person has
    drawn: of each lesion ``{task: (map [h, w] of the photograph, share inside)}``; arguments as of ``where_it_looks``.
    """
    drawn = 'gt_sem_seg' in samples[0]
    lesion_map = stack_maps(samples, 'lesion') if drawn else as_batch(inputs, samples)
    with torch.no_grad():
        feats = network.extract_feats(inputs)
    maps, shares = where_it_looks(network, inputs, feats, samples, lesion_map, counts, said)
    return by_lesion(maps, shares, [sample for sample, count in zip(samples, counts) for _ in range(count)], inputs)


def from_near(network, inputs, samples, counts, said):
    """As ``from_afar``, of a network that takes a second look (``lopm.models.closer``): the maps are still of the whole
    photograph, dark where it has not looked again."""
    drawn = 'gt_sem_seg' in samples[0]
    lesion_maps = [sample.ori_maps['lesion'] if drawn else sample.pred_map for sample in samples]
    found = []
    for views, (crops, seen, regions) in in_passes(network, samples, lesion_maps, counts, inputs):
        with torch.no_grad():
            feats = network.extract_feats(crops, seen)
        own = {name: each[len(found):len(found) + len(views)] for name, each in said.items()}
        looked = by_lesion(*where_it_looks(network, crops, feats, seen, regions, [1] * len(views), own), seen, crops)
        found += [{name: (placed(each, view.box, lesion_maps[view.photo].shape), share)
                   for name, (each, share) in of_lesion.items()} for view, of_lesion in zip(views, looked)]
    return found


def by_lesion(maps, shares, samples, inputs):
    """What ``where_it_looks`` gave, lesion by lesion; ``samples``: of the photograph that each is on, of which the
    padding of the network's ``inputs`` is cut off."""
    size, found = next((each.shape[1:] for each in maps.values()), (0, 0)), []
    for i, sample in enumerate(samples):
        height, width = (max(round(side * own / whole), 1) for side, own, whole in
                         zip(size, sample.img_shape, inputs.shape[-2:]))
        found.append({name: (each[i, :height, :width].cpu().numpy(), float(shares[name][i]))
                      for name, each in maps.items()})
    return found


def as_batch(inputs, samples):
    """The predicted lesion maps at the size of the inputs, ``[B, H, W]``, unknown in the padding."""
    maps = np.full((len(inputs), *inputs.shape[-2:]), UNKNOWN, np.uint8)
    for own, sample in zip(maps, samples):
        height, width = sample.img_shape[:2]
        own[:height, :width] = cv2.resize(sample.pred_map, (width, height), interpolation=cv2.INTER_NEAREST)
    return torch.from_numpy(maps).to(inputs.device)


def placed(part, box, shape):
    """The map of a part of a photograph within one of the whole, at about the part's own resolution."""
    top, bottom, left, right = box
    scale = part.shape[0] / (bottom - top), part.shape[1] / (right - left)
    whole = np.zeros([max(round(side * by), own) for side, by, own in zip(shape, scale, part.shape)], part.dtype)
    row, column = (min(round(at * by), all_ - own) for at, by, all_, own in
                   zip((top, left), scale, whole.shape, part.shape))
    whole[row:row + part.shape[0], column:column + part.shape[1]] = part
    return whole
