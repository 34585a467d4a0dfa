"""Divides groups of photographs into parts so that every part gets its share of every label."""
import numpy as np


def stratify(counts, sizes, shares, seed, placed=None):
    """Iterative stratification (Sechidis, Tsoumakas, Vlahavas, ECML PKDD 2011) of groups instead of single examples.

    The rarest label that is left goes first; its groups, the largest first, go one by one to the part that still wants
    most of it; among equals to the part that wants most photographs, then by chance. A part whose share is one group or
    more gets one in any case.

    Args:
        counts: int ``[G, L]``, how often each of L labels stands in each of G groups.
        sizes: int ``[G]``, photographs of each group.
        shares: float ``[P]``, what each part shall have of everything; summing to 1.
        seed: Equal seeds give equal parts.
        placed: int ``[G]``, the part of groups that keep it, -1 for new ones; default: all new.

    Returns:
        The part of each group, int ``[G]``.
    """
    rng = np.random.default_rng(seed)
    part_of = np.full(len(sizes), -1) if placed is None else np.array(placed)
    # Wanted of each label, and in the last column of photographs: every group has some, so none is left over.
    counts = np.column_stack([counts, sizes]).astype(float)
    wanted = np.outer(shares, counts.sum(0))
    for part in range(len(shares)):
        wanted[part] -= counts[part_of == part].sum(0)
    chance = rng.random(len(sizes))
    while (part_of < 0).any():
        new = np.flatnonzero(part_of < 0)
        left = counts[new].sum(0)
        label = np.argmin(np.where(left[:-1] > 0, left[:-1], np.inf)) if (left[:-1] > 0).any() else -1
        members = new[counts[new, label] > 0]
        for group in members[np.lexsort((chance[members], -counts[members, label]))]:
            part = np.lexsort((rng.random(len(shares)), wanted[:, -1], wanted[:, label]))[-1]
            part_of[group] = part
            wanted[part] -= counts[group]
    for part in np.flatnonzero(np.asarray(shares) * len(sizes) > 1 - 1e-9):
        if not (part_of == part).any():
            _lend(part, part_of, wanted, counts, np.ones(len(sizes), bool) if placed is None else np.array(placed) < 0)
    return part_of


def _lend(part, part_of, wanted, counts, new):
    """Give an empty part the smallest new group of the part that has most photographs more than it wants, in place."""
    spare = np.bincount(part_of, minlength=len(wanted)) > 1
    candidates = np.flatnonzero(new & spare[part_of])
    if len(candidates):
        group = candidates[np.lexsort((counts[candidates, -1], wanted[part_of[candidates], -1]))[0]]
        wanted[part_of[group]] += counts[group]
        wanted[part] -= counts[group]
        part_of[group] = part
