"""Gradient surgery on gradients that are known, against LibMTL's own code, and inside the model."""
import random

import numpy as np
import pytest
import torch

from lopm.models.surgery import AlignedMTL, CAGrad, PCGrad
from lopm.registry import MODELS
from tests.models.libmtl import import_weighting
from tests.tiny_model import batch, config, sample

METHODS = {'PCGrad': PCGrad, 'CAGrad': CAGrad, 'AlignedMTL': AlignedMTL}


def combined(surgery, gradients):
    """What comes out of the backward pass for gradients ``[T, N]``, through the copies of one map."""
    point = torch.zeros(gradients.shape[1], dtype=gradients.dtype, requires_grad=True)
    copies = surgery([point], range(len(gradients)))
    sum((copies[i][0] * gradient).sum() for i, gradient in enumerate(gradients)).backward()
    return point.grad


def test_pcgrad_by_hand():
    gradients = torch.tensor([[1., 0.], [-1., 1.]])  # each loses its part against the other
    torch.testing.assert_close(combined(PCGrad(), gradients), torch.tensor([0.5, 0.5]) + torch.tensor([0., 1.]))
    agreeing = torch.tensor([[1., 0.], [1., 1.]])
    torch.testing.assert_close(combined(PCGrad(), agreeing), agreeing.sum(0))


@pytest.mark.parametrize('seed', range(5))
def test_aligned_gradients_are_orthogonal_and_as_long_as_the_weakest_direction(seed):
    gradients = torch.randn(3, 7, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    left, lengths, right = np.linalg.svd(gradients.numpy(), full_matrices=False)
    wanted = (lengths.min() * left @ right).sum(0)
    np.testing.assert_allclose(combined(AlignedMTL(), gradients).numpy(), wanted, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize('seed', range(5))
def test_cagrad_serves_the_worst_served_better_than_the_mean_within_its_radius(seed):
    gradients = torch.randn(3, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    c, mean = 0.4, gradients.mean(0)
    step = combined(CAGrad(c), gradients) * (1 + c * c) / 3
    assert (step - mean).norm() == pytest.approx(c * mean.norm().item(), rel=1e-3)
    directions = torch.randn(20000, 6, generator=torch.Generator().manual_seed(99), dtype=torch.float64)
    others = mean + c * mean.norm() * directions / directions.norm(dim=1, keepdim=True)
    assert (gradients @ step).min() >= (others @ gradients.T).min(1).values.max() - 1e-3


def of_libmtl(name, gradients, **options):
    """The combined gradient by LibMTL's code, for parameters that are the point itself."""
    weighting = import_weighting()
    point = torch.nn.Parameter(torch.zeros(gradients.shape[1]))

    class Model(getattr(weighting, name)):
        rep_grad, device, task_num = False, torch.device('cpu'), len(gradients)

        def get_share_params(self):
            return [point]

        def zero_grad_share_params(self):
            point.grad.zero_()
    Model().backward([(point * each).sum() for each in gradients], **options)
    return point.grad


@pytest.mark.parametrize('seed', range(8))
def test_pcgrad_equals_libmtl(seed):
    gradients = torch.randn(2, 5, generator=torch.Generator().manual_seed(seed))
    torch.testing.assert_close(combined(PCGrad(), gradients), of_libmtl('PCGrad', gradients))


def test_pcgrad_of_many_equals_libmtl_for_the_same_order(monkeypatch):
    gradients = torch.randn(5, 4, generator=torch.Generator().manual_seed(1))
    order = torch.Generator().manual_seed(0)
    monkeypatch.setattr(random, 'shuffle', lambda x: x.__setitem__(
        slice(None), torch.randperm(5, generator=order).tolist()))
    torch.testing.assert_close(combined(PCGrad(), gradients), of_libmtl('PCGrad', gradients))


@pytest.mark.parametrize('seed', range(8))
def test_cagrad_equals_libmtl(seed):
    """Of three tasks: its code has the number written in."""
    gradients = torch.randn(3, 5, generator=torch.Generator().manual_seed(seed))
    theirs = 3 * of_libmtl('CAGrad', gradients, calpha=0.4, rescale=1)
    torch.testing.assert_close(combined(CAGrad(0.4), gradients), theirs, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize('method', METHODS.values(), ids=METHODS)
def test_a_reader_without_a_gradient_takes_no_part_and_scale_changes_nothing(method):
    gradients = torch.randn(3, 6, generator=torch.Generator().manual_seed(3))
    alone = combined(method(), gradients)
    torch.testing.assert_close(combined(method(), torch.cat([gradients, torch.zeros(1, 6)])), alone)
    torch.testing.assert_close(combined(method(), 2. ** 16 * gradients) / 2. ** 16, alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('method', METHODS.values(), ids=METHODS)
@pytest.mark.parametrize('seed', range(20))
def test_opposite_gradients_are_settled(method, seed):
    """Their mean is 0 but for rounding, which may fall on either side."""
    gradient = torch.randn(1, 1000, generator=torch.Generator().manual_seed(seed))
    assert combined(method(), torch.cat([gradient, -gradient * (1 + 1e-7)])).isfinite().all()


@pytest.mark.parametrize('method', METHODS.values(), ids=METHODS)
def test_gradients_that_overflowed_stay_so(method):
    gradients = torch.tensor([[1., float('inf')], [2., 1.]])
    assert not combined(method(), gradients).isfinite().all()


def gradients_of(surgery):
    """Of every parameter after one backward pass; of the color head's and of the backbone."""
    torch.manual_seed(0)
    model = MODELS.build(config(predicted_odds=0., surgery=surgery))
    losses = model(**batch(model, [sample(2), sample(1, seed=1)]), mode='loss')
    sum(value for key, value in losses.items() if key.endswith('.loss')).backward()
    return {name: p.grad for name, p in model.named_parameters()}


class Sum(PCGrad):
    def shares(self, products):
        return torch.ones(len(products), dtype=products.dtype)


def test_surgery_that_sums_is_the_step_without_surgery():
    MODELS.register_module(module=Sum, force=True)
    plain, summed = gradients_of(None), gradients_of(dict(type='Sum'))
    for name, gradient in plain.items():
        torch.testing.assert_close(summed[name], gradient, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('method', METHODS)
def test_surgery_changes_what_is_shared_and_nothing_else(method):
    plain, changed = gradients_of(None), gradients_of(dict(type=method))
    for name, gradient in plain.items():
        shared = name.startswith(('backbone', 'neck'))
        assert torch.allclose(changed[name], gradient, rtol=1e-4, atol=1e-6) != shared or gradient.abs().max() < 1e-5


@pytest.mark.parametrize('method', METHODS)
def test_a_batch_without_lesions_passes(method):
    torch.manual_seed(0)
    model = MODELS.build(config(surgery=dict(type=method)))
    losses = model(**batch(model, [sample(0), sample(0, known=False)]), mode='loss')
    sum(value for key, value in losses.items() if key.endswith('.loss')).backward()
    assert all(p.grad.isfinite().all() for p in model.parameters() if p.requires_grad)


@pytest.mark.parametrize('method', METHODS)
def test_with_mixed_precision(method):
    torch.manual_seed(0)
    model = MODELS.build(config(predicted_odds=0., surgery=dict(type=method)))
    with torch.autocast('cpu', torch.bfloat16):
        losses = model(**batch(model, [sample(2), sample(1, seed=1)]), mode='loss')
    (1024 * sum(value for key, value in losses.items() if key.endswith('.loss'))).backward()
    exact = gradients_of(dict(type=method))
    for name, parameter in model.named_parameters():
        if name.startswith('neck') and exact[name].norm() > 1e-4:
            assert torch.cosine_similarity(parameter.grad.flatten(), exact[name].flatten(), 0) > 0.9, name
