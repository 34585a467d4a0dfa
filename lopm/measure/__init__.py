"""Features measured on a lesion's pixels and outline: `measure`, `standardize`, `MEASURES`."""

from lopm.measure.api import measure
from lopm.measure.table import MEASURES, NAMES, Measure, standardize

__all__ = ['MEASURES', 'NAMES', 'Measure', 'measure', 'standardize']
