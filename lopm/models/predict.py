"""From a batch's tensors back to single photographs at their original size. Test time only."""
import numpy as np
import torch
import torch.nn.functional as F
from mmengine.structures import InstanceData

from lopm.models.instances import find_lesions, resize_lesions
from lopm.structures import UNKNOWN


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
    masks = torch.cat([masks[:, :1].masked_fill(dropped[:, None], 0), masks[:, 1:]], 1)
    for mask, found, sample in zip(masks, lesions, samples):
        height, width = sample.img_shape[:2]
        mask = mask[None, :, :height, :width]
        full = F.interpolate(mask, sample.ori_shape[:2], mode='bilinear', align_corners=False)[0].cpu().numpy()
        sample.pred_map = resize_lesions(found[:height, :width].cpu().numpy(), full[0] > threshold)
        sample.pred_masks = {name: channel > 0.5 for name, channel in zip(others, full[2:])}
        count = int(found[:height, :width].max())
        area = np.bincount(sample.pred_map.ravel(), minlength=count + 1)[1:]
        inside = np.bincount(sample.pred_map.ravel(), full[0].ravel(), minlength=count + 1)[1:]
        sample.pred_lesions = InstanceData(scores=torch.from_numpy(inside / np.maximum(area, 1)))


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
