"""What the special heads see, against values by hand and from scikit-image."""
import math

import numpy as np
import pytest
import torch
from skimage.color import rgb2lab

from lopm.models.evidence import Evidence, rgb_to_lab
from lopm.models.heads import BordersHead, ColorHead, FeatureHead, HomogeneityHead, TextureHead
from lopm.models.heads.borders import contour, gradient_energy
from lopm.models.heads.feature import mean_color
from lopm.models.heads.homogeneity import dispersion
from lopm.models.regions import build_regions
from lopm.tasks import build_task

COLOR = build_task(dict(name='color', kind='multilabel', classes=['white', 'red']))
GRADE = build_task(dict(name='grade', kind='ordinal', classes=['low', 'middle', 'high']))
HEADS = [FeatureHead, ColorHead, TextureHead, BordersHead, HomogeneityHead]
CHANNELS = (8, 16)


def disc_map(radius=20, size=96):
    y, x = np.mgrid[:size, :size]
    return torch.from_numpy(((y - size / 2) ** 2 + (x - size / 2) ** 2 < radius ** 2).astype(np.uint8))[None]


def evidence(lesions, photograph=None, counts=None, seed=0):
    torch.manual_seed(seed)
    size = lesions.shape[-1]
    feats = [torch.randn(len(lesions), c, size // s, size // s) for c, s in zip(CHANNELS, (4, 8))]
    photograph = torch.rand(len(lesions), 3, size, size) if photograph is None else photograph
    return Evidence(feats, photograph, build_regions(lesions, counts or [1] * len(lesions)))


def test_lab_is_that_of_scikit_image():
    rgb = np.random.default_rng(0).random((20, 20, 3))
    ours = rgb_to_lab(torch.from_numpy(rgb.transpose(2, 0, 1))[None].float())[0]
    np.testing.assert_allclose(ours.numpy().transpose(1, 2, 0), rgb2lab(rgb), atol=0.05)


@pytest.mark.parametrize('cls', HEADS)
def test_every_head_answers_every_task_and_trains_also_without_lesions(cls):
    head = cls(tasks=[COLOR, GRADE], channels=CHANNELS)
    logits = head(evidence(torch.cat([disc_map(), disc_map(10)])))
    assert logits['color'].shape == (2, 2) and logits['grade'].shape == (2, 2)
    assert all(torch.isfinite(each).all() for each in logits.values())
    nothing = head(evidence(torch.zeros(2, 96, 96, dtype=torch.uint8), counts=[0, 0]))
    assert nothing['color'].shape == (0, 2)
    sum(each.sum() for each in nothing.values()).backward()
    missing = [name for name, parameter in head.named_parameters() if parameter.grad is None]
    assert not missing  # else distributed training would wait for a rank without lesions


@pytest.mark.parametrize('cls', HEADS)
def test_the_order_of_lesions_and_photographs_does_not_matter(cls):
    torch.manual_seed(1)
    head = cls(tasks=[COLOR], channels=CHANNELS)
    both = evidence(torch.cat([disc_map(), disc_map(12)]))
    alone = Evidence([each[1:] for each in both.feats], both.photograph[1:], build_regions(disc_map(12), [1]))
    torch.testing.assert_close(head(both)['color'][1:], head(alone)['color'], atol=1e-5, rtol=1e-4)


def white_on_pink(lesions):
    """A photograph ``[B, 3, H, W]`` of white lesions on pink mucosa."""
    white, pink = torch.tensor([[0.9, 0.9, 0.9], [0.8, 0.4, 0.4]])[..., None, None]
    return torch.where(lesions[:, None] > 0, white, pink)


def test_mean_color_is_relative_to_the_ring():
    lesions = disc_map()
    photograph = white_on_pink(lesions)
    inside, relative = mean_color(evidence(lesions, photograph))[0].split(3)
    white, pink = rgb2lab([[[0.9] * 3]])[0, 0] / 10, rgb2lab([[[0.8, 0.4, 0.4]]])[0, 0] / 10
    assert inside.tolist() == pytest.approx(white, abs=0.2)
    assert relative.tolist() == pytest.approx(white - pink, abs=0.2)


def test_relative_color_is_zero_without_a_ring():
    everywhere = torch.ones(1, 96, 96, dtype=torch.uint8)
    assert mean_color(evidence(everywhere))[0, 3:].abs().sum() == 0


def test_dispersion_of_two_halves_by_hand():
    lesions = torch.ones(1, 96, 96, dtype=torch.uint8)
    maps = torch.zeros(1, 2, 48, 48)
    maps[..., 24:] = torch.tensor([2.0, 0.0])[:, None, None]
    spread = dispersion(build_regions(lesions, [1]), maps)[0]
    assert spread.tolist() == pytest.approx([1, 0], abs=0.01)


def test_gradient_energy_of_a_ramp():
    ramp = torch.arange(10.).expand(1, 1, 10, 10) * 3
    assert (gradient_energy(ramp)[:, :, 1:-1] - 9).abs().max() < 1e-5


def test_contour_of_a_disc_is_near_one_and_a_jagged_one_longer():
    y, x = np.mgrid[:192, :192]
    radius = 50 * (1 + 0.25 * np.sin(12 * np.arctan2(y - 96, x - 96)))
    star = torch.from_numpy((np.hypot(y - 96, x - 96) < radius).astype(np.uint8))[None]
    values = [contour(build_regions(lesions, [1]))[0] for lesions in (disc_map(50, 192), star)]
    compactness = [torch.exp(each[:3] / 4) for each in values]
    assert compactness[0].tolist() == pytest.approx([1, 1, 1], abs=0.12)
    assert (compactness[1] > 1.2 * compactness[0]).all()
    assert compactness[1][2] < 0.9 * compactness[1][0]  # smoothing takes the jags away
    assert math.exp(values[0][3]) * 1000 == pytest.approx(math.pi * 25 ** 2, rel=0.02)


def test_the_edge_knows_a_blurred_rim():
    from torchvision.transforms.functional import gaussian_blur
    lesions = disc_map()
    sharp = white_on_pink(lesions)
    head = BordersHead(tasks=[GRADE], channels=CHANNELS)
    energies = [head.edge(evidence(lesions, each))[0, :3] for each in (sharp, gaussian_blur(sharp, 25, 5.0))]
    assert (energies[0] > energies[1] + 0.1).all() and energies[0][0] - energies[1][0] > 1


def test_tasks_of_two_levels_want_two_heads():
    image = build_task(dict(name='quality', kind='binary', classes=['bad', 'good'], level='image'))
    with pytest.raises(ValueError, match='own head'):
        FeatureHead(tasks=[COLOR, image], channels=CHANNELS)
