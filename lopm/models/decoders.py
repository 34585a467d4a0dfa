"""Which decode heads can outline lesions: those whose ``forward(list of maps)`` gives one logit map."""
import copy
import logging

import torch
from mmengine.logging import print_log
from mmengine.model import revert_sync_batchnorm

# mmseg's decode heads that read several maps by themselves (their constructors set input_transform).
READ_SEVERAL_MAPS = ('ANNHead', 'FPNHead', 'LRASPPHead', 'LightHamHead', 'SETRMLAHead', 'SegformerHead', 'UPerHead')

REFUSED = {
    'Mask2FormerHead': 'it predicts a set of masks and needs mmdet',
    'MaskFormerHead': 'it predicts a set of masks and needs mmdet',
    'CCHead': 'it needs compiled operations of mmcv',
    'PSAHead': 'it needs compiled operations of mmcv',
    'EncHead': 'it gives a tuple: logits and a classification of the photograph',
    'DAHead': 'it gives a tuple of three maps in training',
    'DDRHead': 'it gives two maps in training',
    'PIDHead': 'it gives three maps in training',
    'IterativeDecodeHead': 'it is a cascade and gives the maps of all stages',
    'PointHead': 'it is a cascade: it refines another head\'s map',
    'OCRHead': 'it is a cascade: it refines another head\'s map',
    'DPTHead': 'it reads the class tokens of a ViT beside its maps',
    'SideAdapterCLIPHead': 'it (SAN) needs CLIP and the photograph itself',
    'VPDDepthHead': 'it (VPD) estimates depth',
}

TRIAL_SIZES = (128, 1024)  # sides of the photographs, in pixels; LRASPPHead pools windows of 49 x 49


def check_decode_head(kind):
    """Refuse a decode head (a config's ``type``) that cannot give one logit map, with the reason."""
    reason = REFUSED.get(kind.rpartition('.')[2])
    if reason:
        raise ValueError(f'decode head {kind} cannot be used: {reason}. Heads that give one map: mmseg.FPNHead, '
                         'mmseg.SegformerHead, mmseg.UPerHead, mmseg.FCNHead, mmseg.DepthwiseSeparableASPPHead')


def try_decode_head(head, pyramid, num_classes):
    """Run the head once in training and once in eval mode on maps of zeros; anything but one logit map is an error."""
    error = None
    for size in TRIAL_SIZES:
        maps = [torch.zeros(2, c, round(size / s), round(size / s)) for c, s in zip(pyramid.channels, pyramid.strides)]
        try:
            for training in (True, False):
                trial = revert_sync_batchnorm(copy.deepcopy(head))  # which runs on GPUs only
                check_logits(head, trial.train(training)(maps), num_classes)
        except RuntimeError as failure:
            error = error or failure
            continue
        if error:
            print_log(f'{type(head).__name__} does not run on photographs of {TRIAL_SIZES[0]} px, only on larger ones: '
                      f'{error}', logger='current', level=logging.WARNING)
        return
    raise ValueError(f'decode head {type(head).__name__} does not run on {pyramid}: {error}') from error


def check_logits(head, logits, num_classes):
    if not torch.is_tensor(logits) or logits.ndim != 4:
        found = tuple(logits.shape) if torch.is_tensor(logits) else f'a {type(logits).__name__}'
        raise ValueError(f'decode head {type(head).__name__} gives {found}, not one logit map [B, {num_classes}, h, w]')
    if logits.shape[1] != num_classes:
        raise ValueError(f'decode head {type(head).__name__} gives {logits.shape[1]} channels, not {num_classes}')
