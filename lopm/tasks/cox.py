"""Cox's partial likelihood of a batch that may lie on several ranks: who of all at risk had the event first?"""
import torch
import torch.distributed as dist

from lopm.losses import world_size


def cox_loss(score, targets):
    """Minus Cox's partial log likelihood of scores ``[L]``, of each lesion the term of its own event, ``[L]``; 0 where
    it was not seen.

    Who is at risk is looked up among all ranks, and the gradient is that of the terms of all of them: nothing of it has
    to be gathered again on the way back. Of several raters the first is asked, since an event happens once.
    """
    answered = ~targets[..., 0].isnan()
    lesion = answered.any(1).nonzero()[:, 0]
    time, event = targets[lesion, answered[lesion].int().argmax(1), :2].float().T
    own = score.float()[lesion]
    rows, place = all_ranks(torch.stack([own.detach(), time, event], 1))
    scores = rows[:, 0].clone().requires_grad_()
    with torch.enable_grad():
        terms = partial_likelihood(scores, *rows[:, 1:].T)
        slope, = torch.autograd.grad(terms.sum(), scores)
    terms = terms.detach()[place] + slope[place] * (own - own.detach())
    return torch.zeros_like(score, dtype=torch.float32).index_add(0, lesion, terms)


def partial_likelihood(scores, time, event):
    """Minus the terms of Cox's partial log likelihood (JRSS B 1972), 0 of who is censored; all ``[N]``.

    Of D events at one time the n-th leaves the risk set of the next ones by n / D (Efron, JASA 1977): times are rounded
    to visits, and ties many.
    """
    order = torch.argsort(time, descending=True, stable=True)
    scores, event = scores[order], event[order] > 0.5
    _, tied, counts = time[order].unique_consecutive(return_inverse=True, return_counts=True)
    last = (counts.cumsum(0) - 1)[tied]
    at_risk = scores.logcumsumexp(0)[last]

    def over_ties(values):
        return values.new_zeros(len(counts)).index_add(0, tied, values)[tied]
    deaths = over_ties(event.to(scores.dtype)).clamp(min=1)
    dying = over_ties(torch.where(event, (scores - at_risk).exp(), 0))
    before = event.cumsum(0) - event.long()
    nth = before - before[last - counts[tied] + 1]
    terms = torch.where(event, at_risk + torch.log1p(-nth / deaths * dying) - scores, 0)
    return torch.zeros_like(terms).index_copy(0, order, terms)


def all_ranks(rows):
    """Rows ``[N, D]`` of all ranks, rank after rank, and the ``slice`` of this one's; N may differ, D not. Without
    gradient."""
    if world_size() == 1:
        return rows, slice(0, len(rows))
    counts = rows.new_zeros(world_size(), dtype=torch.long)
    counts[dist.get_rank()] = len(rows)
    dist.all_reduce(counts)
    padded = rows.new_zeros(max(1, int(counts.max())), rows.shape[1])
    padded[:len(rows)] = rows
    parts = [torch.empty_like(padded) for _ in range(world_size())]
    dist.all_gather(parts, padded)
    first = int(counts[:dist.get_rank()].sum())
    return torch.cat([part[:count] for part, count in zip(parts, counts.tolist())]), slice(first, first + len(rows))
