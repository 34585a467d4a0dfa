"""The smallest model with every kind of head, and drawn photographs for it."""
import numpy as np
import torch
from mmengine.structures import InstanceData, PixelData

from lopm.structures import UNKNOWN, LesionDataSample

TASKS = [
    dict(name='lesion', kind='mask', level='image'),
    dict(name='mouth', kind='mask', level='image'),
    dict(name='color', kind='multilabel', classes=['white', 'red']),
    dict(name='sharpness', kind='ordinal', classes=['sharp', 'middle', 'blurred'], needs_rim=True),
    dict(name='homogeneity', kind='ordinal', classes=['low', 'middle', 'high'], valid_if=dict(color='white')),
    dict(name='diagnosis', kind='multiclass', classes=['a', 'b', 'c']),
    dict(name='quality', kind='binary', level='image', classes=['poor', 'good'])]
SIZES = dict(color=2, sharpness=2, homogeneity=2, diagnosis=3)
GROUP_TASKS = [
    dict(name='focal', kind='multiclass', level='visit', classes=['none', 'one', 'many']),
    dict(name='referral', kind='ordinal', level='visit', classes=['none', 'routine', 'urgent'],
         by_table=dict(of='diagnosis', words=dict(a='none', b='routine', c='urgent'))),
    dict(name='spreading', kind='binary', level='patient')]
GROUP_SIZES = dict(focal=3, referral=2, spreading=1)
GROUP_HEADS = dict(visit=dict(type='GroupHead', tasks=['focal', 'referral']),
                   patient=dict(type='GroupHead', tasks=['spreading']))
NORM = dict(type='GN', num_groups=4)


def config(**changes):
    return dict(
        type='MultiTaskModel', tasks=TASKS,
        data_preprocessor=dict(type='mmseg.SegDataPreProcessor', mean=[120.] * 3, std=[60.] * 3, bgr_to_rgb=True,
                               size_divisor=16),
        backbone=dict(type='mmpretrain.ResNet', depth=18, stem_channels=8, base_channels=8, norm_cfg=NORM),
        neck=dict(type='mmseg.FPN', out_channels=8),
        outline_head=dict(type='OutlineHead', decode_head=dict(
            type='mmseg.FPNHead', channels=8, dropout_ratio=0, norm_cfg=NORM)),
        feature_heads=dict(
            color=dict(type='ColorHead', tasks=['color']), borders=dict(type='BordersHead', tasks=['sharpness']),
            homogeneity=dict(type='HomogeneityHead', tasks=['homogeneity']),
            quality=dict(type='FeatureHead', tasks=['quality'])),
        meta_head=dict(type='MetaHead', task='diagnosis', residual=4)) | changes


def sample(num_lesions, known=True, raters=2, seed=0):
    """A photograph with discs side by side, all labelled or none."""
    generator = torch.Generator().manual_seed(seed)
    lesions = torch.zeros(64, 96, dtype=torch.uint8)
    y, x = torch.meshgrid(torch.arange(64), torch.arange(96), indexing='ij')
    for i in range(num_lesions):
        lesions[(y - 32) ** 2 + (x - 20 - 28 * i) ** 2 < 100] = i + 1
    mouth = torch.full_like(lesions, 1 if known else UNKNOWN)
    core = (lesions > 0).to(torch.uint8)
    names = ['lesion', 'region', 'nearest', 'core', 'mouth']
    result = LesionDataSample(metainfo=dict(map_names=names, img_shape=(64, 96), ori_shape=(128, 192)))
    nearest = lesions.clamp(min=1) * (num_lesions > 0)
    result.gt_sem_seg = PixelData(data=torch.stack([lesions, lesions, nearest, core, mouth]))
    nan = torch.tensor(float('nan'))
    labels = {name: torch.randint(0, 2, (num_lesions, raters, size), generator=generator).float()
              for name, size in SIZES.items()}
    result.gt_lesions = InstanceData(**{
        name: torch.where(torch.tensor(known), label, nan) for name, label in labels.items()})
    result.gt_image = InstanceData(quality=torch.ones(1, 1, 1) if known else nan.expand(1, 1, 1))
    result.record = torch.zeros(0)
    image = torch.randint(0, 255, (3, 64, 96), generator=generator, dtype=torch.uint8)
    return image, result


def of(patient, visit, sample, bad='', **known):
    """A photograph of a patient's visit, with targets ``{task: [K]}`` of ``GROUP_TASKS``; nan where none is given."""
    image, labels = sample
    labels.set_metainfo(dict(patient_id=patient, visit=visit, bad=bad))
    for name, size in GROUP_SIZES.items():
        labels.gt_image[name] = torch.tensor(known.get(name, [float('nan')] * size)).float()[None, None]
    return image, labels


def placed(seed=0, box=np.s_[:, :], num_lesions=1):
    """A photograph with a labelled lesion of which a place alone is known; without a box the whole photograph."""
    image, labels = sample(num_lesions, seed=seed)
    lesion, region, nearest, core = labels.gt_sem_seg.data[:4]
    for each in (lesion, region, core):
        each[:] = UNKNOWN
    region[box] = nearest[box] = 1
    return image, labels


def filled(sample, mask=1):
    """The same photograph with an outlined lesion, everywhere if nothing else is said."""
    image, labels = sample
    labels = labels.clone()
    labels.gt_sem_seg.data[:4] = torch.as_tensor(mask, dtype=torch.uint8)
    return image, labels


def draw(model, mask):
    """Let the outline head find this, ``[64, 96]``, whatever it is shown."""
    logits = 40. * torch.as_tensor(mask).float() - 20

    def outline(feats):
        return logits.expand(len(feats[0]), 3, 64, 96) + 0 * feats[0].sum()
    model.outline = outline


DISC = sample(1)[1].maps()['lesion'] > 0


def batch(model, samples, training=True):
    inputs, data_samples = zip(*samples)
    return model.data_preprocessor(dict(inputs=list(inputs), data_samples=list(data_samples)), training)
