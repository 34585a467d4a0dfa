"""Several raters may answer of one lesion: every answer is a row, and the lesion counts once."""
import numpy as np


def rater_rows(targets):
    """One row per (lesion, rater) with an answer, from targets ``[N, R, K]``, nan where unknown.

    Returns:
        Targets ``[M, K]``, number of the lesion and weight (1 / its raters), ``[M]`` each.
    """
    answered = ~np.isnan(targets).all(-1)
    lesion, rater = np.nonzero(answered)
    return targets[lesion, rater], lesion, 1 / answered.sum(1)[lesion]
