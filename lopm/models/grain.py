"""The grain of a surface: how lightness bends and slopes inside each lesion, at three scales. Nothing is learned."""
import torch
import torch.nn.functional as F

LUMA = (0.2126, 0.7152, 0.0722)  # Rec. 709, of gamma-coded RGB: near to lightness, and cheap
SCALES = 3


@torch.no_grad()
def grain(evidence):
    """Statistics of the surface inside the lesions, ``[L, 30]``: 10 at each of 3 scales, finest first.

    The two principal curvatures of lightness tell a dark crack (one is high) from a bright ridge (one is low) and
    from a granule (both are low), whichever way they run (Hessian eigenvalues: Lindeberg, IJCV 1998; Frangi et al.,
    MICCAI 1998). Per scale: logs of the means of the four one-sided curvatures; logs of mean square over squared
    mean, which is high where few places bend and low where all do; log of the gradient's energy; coherence of
    the gradient's directions, 1 for parallel ridges (structure tensor: Bigun and Granlund, ICCV 1987).
    """
    lightness = torch.einsum('c,bchw->bhw', evidence.photograph.new_tensor(LUMA), evidence.photograph)[:, None]
    scales = []
    for scale in range(SCALES):
        if scale:
            lightness = F.avg_pool2d(lightness, 2, ceil_mode=True)
        scales.append(statistics(evidence.regions, 100 * binomial(lightness)))
    return torch.cat(scales, 1)


def statistics(regions, lightness):
    """The ten values of one scale, ``[L, 10]``, from lightness ``[B, 1, h, w]`` in percent."""
    curvatures, tensor = bends_and_slopes(lightness)
    pooled = regions.pool(torch.cat([curvatures, curvatures.square(), tensor], 1), 'inside')[:, 0]
    mean, square, (xx, yy, xy) = pooled[:, :4], pooled[:, 4:8], pooled[:, 8:].unbind(1)
    energy = xx + yy
    coherence = ((xx - yy).square() + 4 * xy.square()).sqrt() / (energy + 1e-2)
    sparsity = (square + 1e-2) / (mean.square() + 1e-2)
    return torch.cat([(mean + 1e-2).log(), sparsity.log(), (energy + 1e-2).log()[:, None], coherence[:, None]], 1)


def bends_and_slopes(lightness):
    """One-sided principal curvatures ``[B, 4, h, w]`` (first up, down, second up, down), and the products of the
    gradient ``[B, 3, h, w]`` (xx, yy, xy)."""
    padded = F.pad(lightness, (1, 1, 1, 1), mode='replicate')
    left, right, center = padded[..., 1:-1, :-2], padded[..., 1:-1, 2:], lightness
    above, below = padded[..., :-2, 1:-1], padded[..., 2:, 1:-1]
    dx, dy = (right - left) / 2, (below - above) / 2
    dxx, dyy = right + left - 2 * center, below + above - 2 * center
    dxy = (padded[..., 2:, 2:] + padded[..., :-2, :-2] - padded[..., 2:, :-2] - padded[..., :-2, 2:]) / 4
    half, spread = (dxx + dyy) / 2, (((dxx - dyy) / 2).square() + dxy.square()).sqrt()
    first, second = half + spread, half - spread
    return (torch.cat([first.relu(), (-first).relu(), second.relu(), (-second).relu()], 1),
            torch.cat([dx * dx, dy * dy, dx * dy], 1))


def binomial(maps):
    """Smoothed by (1, 2, 1) / 4 both ways: a second difference of single pixels would be mostly noise."""
    padded = F.pad(maps, (1, 1, 1, 1), mode='replicate')
    rows = padded[..., :-2, :] + 2 * padded[..., 1:-1, :] + padded[..., 2:, :]
    return (rows[..., :-2] + 2 * rows[..., 1:-1] + rows[..., 2:]) / 16
