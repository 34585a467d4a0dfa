"""Where a head looked: what each place of its feature maps and of its colors adds to the word that it says.

HiResCAM (Draelos and Carin, 2021): gradient times value, place by place. Grad-CAM averages the gradient over all places
first, and then also shows places that no head has read, since features are pooled in a lesion. Colors count as their
difference to the mucosa around. One backward pass a lesion and task, through the heads alone.
"""
import torch

from lopm.models.regions import build_regions, resize


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
