"""Gradient surgery: what the heads want of the shared feature maps is combined so that they do not fight each other.

The maps are handed out as one copy a reader: the outline head, each feature head, the meta head's residual. In the
backward pass a gradient comes back from each copy; the sum of them, which autograd would take, is replaced by a
weighted sum. One backward pass, one gradient a reader; memory grows with readers times the maps. All methods here
need of the gradients g_1 ... g_T nothing but their inner products ``[T, T]``.

- A reader with several tasks has one gradient, that of their sum.
- Trained jointly, the diagnosis speaks through the copies of the features that it reads: the gradient of the color
  head's copy is that of the color's loss and, through the color's probabilities, of the diagnosis' loss. Surgery is
  between heads then, not between losses; with ``meta_head.mode='detached'`` it is between losses.
- It acts on the maps' gradients, as LibMTL's ``rep_grad`` and Aligned-MTL's upper bound do, not on those of the shared
  parameters: as many products of numbers, but no backward pass for each task.
- Ranks hold different photographs, whose gradients stand beside each other in the whole batch's: inner products add
  up over ranks, so with one all-reduce of ``[T, T]`` two ranks do as one process does, exactly.
- Inner products are divided by the mean square norm first: loss scaling of mixed precision changes nothing. Where one
  is not finite (scaled losses overflow) the sum is plain, and the scaler skips the step as it would.
- With gradient accumulation it is done in each micro-batch.
"""
import torch
import torch.distributed as dist
from mmengine.model import BaseModule

from lopm.losses import world_size
from lopm.registry import MODELS


class FanOut(torch.autograd.Function):
    """Hands maps to T readers; backward combines what comes back by ``surgery.combine``."""

    @staticmethod
    def forward(ctx, surgery, readers, *maps):
        ctx.surgery, ctx.readers, ctx.levels = surgery, readers, len(maps)
        return tuple(each.view_as(each) for _ in range(readers) for each in maps)

    @staticmethod
    def backward(ctx, *grads):
        rows = [torch.stack([grads[reader * ctx.levels + level].flatten() for reader in range(ctx.readers)])
                for level in range(ctx.levels)]
        products = sum(each.float() @ each.float().T for each in rows)
        if world_size() > 1:
            dist.all_reduce(products)
        shares = ctx.surgery.combine(products)
        return None, None, *((shares.to(each) @ each).view_as(grad) for each, grad in zip(rows, grads))


class Surgery(BaseModule):
    """Base of the methods; each gives its ``shares``."""

    def forward(self, maps, readers):
        """``{reader: maps}``, the same maps for each."""
        copies = FanOut.apply(self, len(readers), *maps)
        return {name: list(copies[i * len(maps):(i + 1) * len(maps)]) for i, name in enumerate(readers)}

    def combine(self, products):
        """The weight of each gradient ``[T]`` from their inner products ``[T, T]``; 1 where there is nothing to settle.

        Readers without a gradient (no label in the batch) take no part. On the CPU: T is small, and what follows is
        full of decisions.
        """
        products = products.double().cpu()
        shares, active = torch.ones(len(products), dtype=torch.float64), products.diagonal() > 0
        if products.isfinite().all() and active.sum() > 1:
            own = products[active][:, active]
            shares[active] = self.shares(own / own.diagonal().mean())
        return shares


@MODELS.register_module()
class PCGrad(Surgery):
    """Each gradient loses its part against each other that it conflicts with, in random order; then they are summed.

    ``g_i <- g_i - (g_i . g_j) / |g_j|^2 g_j`` where ``g_i . g_j < 0`` (Yu et al., NeurIPS 2020, algorithm 1). The order
    is drawn from the number of the step, equal on all ranks and in a resumed run.
    """

    def __init__(self):
        super().__init__()
        self.register_buffer('steps', torch.zeros((), dtype=torch.long))

    def shares(self, products):
        order = torch.Generator().manual_seed(int(self.steps))
        self.steps += 1
        count = len(products)
        weights = torch.eye(count, dtype=products.dtype)  # row i: the changed g_i as a sum of the first ones
        for i in range(count):
            for j in torch.randperm(count, generator=order).tolist():
                against = weights[i] @ products[:, j]
                if j != i and against < 0:
                    weights[i, j] -= against / products[j, j]
        return weights.sum(0)


@MODELS.register_module()
class CAGrad(Surgery):
    """The step near the mean that serves the worst-served task best.

    ``d = g_0 + c |g_0| / |g_w| g_w`` with ``g_0`` the mean and ``g_w`` the average under weights w that minimise
    ``g_w . g_0 + c |g_0| |g_w|`` over the simplex (Liu et al., NeurIPS 2021, algorithm 1); divided by ``1 + c^2`` as in
    the authors' code, and times T: equal gradients give ``(1 + c) / (1 + c^2)`` of their sum.

    Args:
        c: 0: the mean; towards 1: the worst-served task alone.
    """

    def __init__(self, c=0.4):
        super().__init__()
        if not 0 <= c < 1:
            raise ValueError(f'CAGrad: c={c} is not in [0, 1)')
        self.c = c

    def shares(self, products):
        from scipy.optimize import minimize
        count, matrix = len(products), products.numpy()
        radius = self.c * (max(matrix.mean(), 0) + 1e-12) ** 0.5  # of opposite gradients rounding may leave it below 0

        def served(w):
            return matrix.mean(1) @ w + radius * (max(w @ matrix @ w, 0) + 1e-12) ** 0.5
        w = minimize(served, [1 / count] * count, bounds=[(0, 1)] * count, method='SLSQP',
                     constraints={'type': 'eq', 'fun': lambda w: w.sum() - 1}).x
        w = torch.as_tensor(w)
        length = (w @ products @ w).clamp(min=1e-12).sqrt()
        return (1 + count * radius / length * w) / (1 + self.c ** 2)


@MODELS.register_module()
class AlignedMTL(Surgery):
    """Gradients are turned into orthogonal ones of one length, that of the weakest direction, and summed.

    With ``G G^T = V diag(s^2) V^T`` the rows of ``B G``, ``B = s_min V diag(1 / s) V^T``, are that: condition number 1
    (Senushkin et al., CVPR 2023, section 4). Directions whose ``s^2`` is rounding are left out.
    """

    def shares(self, products):
        squares, vectors = torch.linalg.eigh(products)
        real = squares > squares.max() * len(products) * torch.finfo(torch.float32).eps
        lengths, vectors = squares[real].sqrt(), vectors[:, real]
        return (lengths.min() * (vectors / lengths) @ vectors.T).sum(0)
