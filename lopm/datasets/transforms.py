"""From an item of ``LesionDataset`` to what the model takes: load, draw, (mmseg's transforms,) pack.

mmseg's geometric transforms move every map that ``seg_fields`` names: write them with their prefix,
``mmseg.RandomFlip``.
"""
import random
from types import MappingProxyType

import cv2
import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmengine.structures import InstanceData, PixelData
from pycocotools import mask as coco_mask

from lopm.datasets import maps
from lopm.datasets.photographs import BadPhotograph, listed, read_photograph
from lopm.registry import TRANSFORMS
from lopm.structures import LesionDataSample

META = ('img_path', 'image_id', 'patient_id', 'visit', 'ori_shape', 'img_shape', 'flip', 'flip_direction', 'bad')
TEST_META = ('ori_maps', 'rater_jaccard', 'boxes', 'file_name', 'about')
PLACES = 'gt_place_map'  # i where the i-th lesion is known to lie without an outline
LEAST_KEPT = 0.5  # share of a lesion that must be left after a crop for its labels to hold


@TRANSFORMS.register_module()
class LoadPhotograph(BaseTransform):
    """Reads ``img`` (uint8 BGR, upright), where it is not there already. One that cannot be read becomes black, and
    ``bad`` says why, and where it is listed, if ``listed_in`` says it.

    Args:
        at_least: (height, width) that are enough: a JPEG is decoded at a half, a quarter or an eighth of its size, as
            long as it stays so large. Its maps keep the size of the file, so ``FitPhotograph`` has to come next. By
            default what that needs at the largest zoom of the config, which decodes alike in training and at test.
    """

    def __init__(self, at_least=None):
        self.at_least = tuple(at_least)[::-1] if at_least else None

    def transform(self, results):
        height, width = results['height'], results['width']
        try:
            if 'img' not in results:
                results['img'] = read_photograph(results['img_path'], (width, height), self.at_least)
            results['bad'] = ''
        except BadPhotograph as error:
            results['img'] = np.zeros((height, width, 3), np.uint8)
            results['bad'] = listed(error, results['listed_in']) if 'listed_in' in results else str(error)
        results['img_shape'] = results['ori_shape'] = (height, width)
        return results


@TRANSFORMS.register_module()
class LoadLesions(BaseTransform):
    """Draws the lesion map ``gt_seg_map`` and one ``gt_<name>_map`` per other mask task, all in ``seg_fields``.

    In training one rater's outlines are drawn, chosen at random per photograph and step; a lesion that this rater did
    not outline is drawn as another did. At test the pixel majority is, where a tie goes by the first rater;
    ``ori_maps`` keeps the maps at this size, and ``rater_jaccard`` is the raters' mean mutual Jaccard, of which one
    who has looked and sees no lesion is a part.

    The place of a lesion whose outline is unknown is unknown in ``gt_seg_map``; in training ``gt_place_map`` holds it
    there, among the ``seg_fields`` of a photograph that has such lesions.
    """

    def transform(self, results):
        shape = results['height'], results['width']
        choose = majority if results['test_mode'] else one_of
        lesions = [draw_by_rater(lesion, shape) for lesion in results['lesions']]
        lesion_map = maps.draw_lesion_map(choose(lesions, results['raters']), shape)
        results['lesion_areas'] = maps.areas(lesion_map, len(lesions))
        places = hide_places(lesion_map, results)
        drawn = {'gt_seg_map': lesion_map}
        for name, outlines in results['masks'].items():
            raters = sorted(outlines)
            masks = {rater: coco_mask.decode(rles).max(-1) for rater, rles in outlines.items()}
            drawn[f'gt_{name}_map'] = choose([masks], raters)[0] if masks and not results['bad'] else \
                np.full(shape, maps.UNKNOWN, np.uint8)
        if results['test_mode']:
            results['ori_maps'] = {_short(field): drawn[field] for field in drawn}
            results['rater_jaccard'] = rater_jaccard(
                [masks for masks, lesion in zip(lesions, results['lesions']) if not lesion['box']], results['raters'],
                {rater: np.zeros(shape, np.uint8) for rater in results.get('looked', ())})
            results['boxes'] = [lesion['box'] for lesion in results['lesions']]
        elif places is not None:
            drawn[PLACES] = places
        results.update(drawn, seg_fields=list(drawn))
        return results


@TRANSFORMS.register_module()
class FitPhotograph(BaseTransform):
    """Resizes photograph and maps so that the photograph fits ``size``, and pads right and bottom up to it.

    Photographs of any size and orientation then make one batch, undistorted. Padding is black in the photograph and
    unknown in the maps; ``img_shape`` stays that of the photograph without it.

    Args:
        size: (height, width); by default the config's ``size``.
        ratio_range: The size is multiplied by a factor drawn from this range; above 1, a crop should follow.
        fine: Also keep a copy of the photograph that fits so many times the size, where it has as many pixels, for a
            second look (``lopm.models.closer``); 1: none.
    """

    def __init__(self, size, ratio_range=(1, 1), fine=1):
        self.size = tuple(size)
        self.ratio_range, self.fine = ratio_range, fine

    def transform(self, results):
        height, width = results['gt_seg_map'].shape  # the photograph may have been decoded smaller
        scale = min(self.size[0] / height, self.size[1] / width) * random.uniform(*self.ratio_range)
        shape = max(round(height * scale), 1), max(round(width * scale), 1)
        if self.fine > 1:
            results['fine'] = shrunk(results['img'], [self.fine * side for side in shape])
        smooth = cv2.INTER_AREA if shape[0] < results['img'].shape[0] else cv2.INTER_LINEAR
        results['img'] = self._pad(cv2.resize(results['img'], shape[::-1], interpolation=smooth), 0)
        for field in results['seg_fields']:
            resized = cv2.resize(results[field], shape[::-1], interpolation=cv2.INTER_NEAREST_EXACT)
            results[field] = self._pad(resized, maps.UNKNOWN)
        results['img_shape'] = shape
        # Of what follows, mmseg's resizes note their own factor; an earlier one's holds for the areas from here on.
        earlier = np.prod(results.pop('scale_factor', (1, 1)))
        results['lesion_areas'] = results['lesion_areas'] * earlier * (shape[0] / height) * (shape[1] / width)
        return results

    def _pad(self, image, value):
        below, right = (max(wanted - found, 0) for wanted, found in zip(self.size, image.shape))
        return cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_CONSTANT, value=[value] * 3)


@TRANSFORMS.register_module()
class LightJitter(BaseTransform):
    """Changes of exposure that change no word: gain, contrast about mid-grey and gamma, alike in all channels.

    Args:
        strength: Each factor is drawn from ``[1 - strength, 1 + strength]``.
    """

    def __init__(self, strength=0.1):
        self.strength = strength

    def transform(self, results):
        gain, contrast, gamma = (random.uniform(1 - self.strength, 1 + self.strength) for _ in range(3))
        curve = gain * np.linspace(0, 1, 256) ** gamma
        curve = 255 * ((curve - 0.5) * contrast + 0.5)
        results['img'] = cv2.LUT(results['img'], curve.round().clip(0, 255).astype(np.uint8))
        return results


@TRANSFORMS.register_module()
class PackLesions(BaseTransform):
    """``dict(inputs=uint8 [3, H, W] BGR, data_samples=LesionDataSample)``.

    In training the labels of a lesion with less than half of its area left are masked, and the channels ``region``,
    ``nearest`` and ``core`` are made.

    Args:
        jitter: Odds that a lesion's ``region`` is not its true outline but a jittered one, in training.
        jitter_size: How far, in lesion radii (``lopm.datasets.maps.jitter_lesions``).
        measure: Also measure the lesions of the region map on the pixels, ``gt_lesions.measured``.
    """

    def __init__(self, jitter=0.5, jitter_size=0.15, measure=False):
        self.jitter = jitter
        self.jitter_size = jitter_size
        self.measure = measure

    def transform(self, results):
        channels = self._channels(results)
        if any(channel.shape != results['img'].shape[:2] for channel in channels.values()):
            raise ValueError(f'{results["img_path"]}: a transform changed the size of the photograph and not of its '
                             'maps; use the transforms of mmseg, by the prefix "mmseg."')
        lost = self._lost(results)
        targets = {name: torch.from_numpy(np.where(lost[:, None, None], np.float32(np.nan), rows))
                   for name, rows in results['targets'].items()}
        if self.measure:
            rgb = np.ascontiguousarray(results['img'][..., ::-1])
            region = channels.get('region', channels['lesion'])
            outlined = np.where(channels['lesion'] == maps.UNKNOWN, maps.UNKNOWN, region)  # a place is not measured
            targets['measured'] = self._measured(rgb, outlined, lost)
        image_targets = {name: torch.from_numpy(rows if not results['bad'] else rows * np.nan)
                         for name, rows in results['image_targets'].items()}
        keys = META + (TEST_META if results['test_mode'] else ())
        sample = LesionDataSample(metainfo={
            **{key: results.get(key) for key in keys}, 'map_names': list(channels), 'raters': results['raters'],
            'lesion_ids': [lesion['lesion_id'] for lesion in results['lesions']]})
        sample.gt_sem_seg = PixelData(data=torch.from_numpy(np.stack(list(channels.values()))))
        sample.gt_lesions = InstanceData(**targets)
        sample.gt_image = InstanceData(**image_targets)
        sample.record = torch.from_numpy(results['record'])
        if 'fine' in results:
            sample.fine = torch.from_numpy(np.ascontiguousarray(results['fine'].transpose(2, 0, 1)))
        image = np.ascontiguousarray(results['img'].transpose(2, 0, 1))
        return dict(inputs=torch.from_numpy(image), data_samples=sample)

    def _channels(self, results):
        lesion_map = np.ascontiguousarray(results['gt_seg_map'])
        channels = {'lesion': lesion_map}
        if not results['test_mode']:
            nearest, distance = maps.nearest_lesion(lesion_map)
            depth = maps.inner_distance(lesion_map)
            region = maps.jitter_lesions(lesion_map, nearest, distance, depth, self.jitter, self.jitter_size)
            channels['region'] = with_places(region, results)
            channels['nearest'] = with_places(nearest, results)
            channels['core'] = maps.core_map(lesion_map, depth)
        channels.update({_short(field): results[field] for field in results['seg_fields'][1:] if field != PLACES})
        return channels

    @staticmethod
    def _lost(results):
        """Lesions whose labels do not hold on what is left of the photograph, bool ``[L]``."""
        before = results['lesion_areas']
        if results['bad'] or results['test_mode']:
            return np.full(len(before), bool(results['bad']))
        now = maps.areas(np.ascontiguousarray(with_places(results['gt_seg_map'], results)), len(before))
        return (now == 0) | (now < LEAST_KEPT * before * np.prod(results.get('scale_factor', (1, 1))))

    @staticmethod
    def _measured(image, region, lost):
        from lopm.measure import measure, standardize
        return torch.from_numpy(standardize(measure(image, region, len(lost))))


def shrunk(image, most):
    """An image of at most (height, width) pixels."""
    if image.shape[0] <= most[0] and image.shape[1] <= most[1]:
        return image
    return cv2.resize(image, most[::-1], interpolation=cv2.INTER_AREA)


def draw_by_rater(lesion, shape):
    """``{rater: mask [H, W]}`` of a lesion: its outlines, or else its box."""
    if not lesion['outlines']:
        return dict.fromkeys(lesion['words'], maps.box_mask(lesion['box'], shape))
    return {rater: coco_mask.decode(rle) for rater, rle in lesion['outlines'].items()}


def hide_places(lesion_map, item):
    """Make unknown, in place, what nobody outlined; gives the places that were drawn there, None without any."""
    placed = [i for i, lesion in enumerate(item['lesions'], 1) if lesion['box']]
    places = maps.keep_lesions(lesion_map, placed) if placed else None
    if placed:
        lesion_map[places > 0] = maps.UNKNOWN
    if item['bad'] or not item['outlined']:
        lesion_map[:] = maps.UNKNOWN
    return places


def with_places(lesion_map, results):
    """A map of lesion ids with the places of those that have no outline."""
    if PLACES not in results['seg_fields']:
        return lesion_map
    places = results[PLACES]
    return np.where((places > 0) & (places != maps.UNKNOWN), places, lesion_map)


def majority(lesions, raters):
    """Per lesion the pixels that most of its raters outlined; ties go by the first of them in ``raters``."""
    masks = []
    for lesion in lesions:
        votes = sum(mask.astype(np.int16) for mask in lesion.values())
        first = lesion[next(rater for rater in raters if rater in lesion)]
        masks.append((2 * votes + first > len(lesion)).astype(np.uint8))
    return masks


def one_of(lesions, raters):
    """Per lesion the outline of one rater, who is drawn at random for the whole photograph."""
    order = random.sample(raters, len(raters))
    return [lesion[next(rater for rater in order if rater in lesion)] for lesion in lesions]


def rater_jaccard(lesions, raters, looked=MappingProxyType({})):
    """Mean Jaccard of the raters' outlines of the whole photograph over all pairs of which one sees a lesion; nan
    without such a pair. ``looked``: ``{rater: mask of nothing}`` of those who have outlined every lesion they see."""
    drawn = {rater: [lesion[rater] for lesion in lesions if rater in lesion] for rater in [*raters, *looked]}
    outlines = [np.any(own or [looked[rater]], axis=0) for rater, own in drawn.items() if own or rater in looked]
    pairs = [(a & b).sum() / (a | b).sum() for i, a in enumerate(outlines) for b in outlines[:i] if (a | b).any()]
    return float(np.mean(pairs)) if pairs else float('nan')


def _short(field):
    """``gt_seg_map`` -> ``lesion``, ``gt_<name>_map`` -> ``<name>``."""
    return 'lesion' if field == 'gt_seg_map' else field[3:-4]
