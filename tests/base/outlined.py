"""The small data set of tests/datasets, for the tests of this folder."""
import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location('datasets_tiny', Path(__file__).parents[1] / 'datasets' / 'tiny.py')
_tiny = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_tiny)
LOAD, RECORD_FIELDS, TASKS = _tiny.LOAD, _tiny.RECORD_FIELDS, _tiny.TASKS
image, lesion, square, write = _tiny.image, _tiny.lesion, _tiny.square, _tiny.write
