"""Importing this module registers the hooks of this package."""
from lopm.engine import (
    bad_photographs,
    balancing,
    checkpoint,
    early_stopping,
    finite,
    overview,
    pictures,
    progress,
    seeding,
)

__all__ = ['bad_photographs', 'balancing', 'checkpoint', 'early_stopping', 'finite', 'overview', 'pictures', 'progress',
           'seeding']
