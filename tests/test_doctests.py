"""The examples in docstrings give what they say."""
import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = ['.'.join(path.relative_to(ROOT).with_suffix('').parts) for path in sorted((ROOT / 'lopm').rglob('*.py'))
           if '    >>> ' in path.read_text(encoding='utf-8')]


@pytest.mark.parametrize('name', MODULES)
def test_the_examples_of_a_module(name):
    module = importlib.import_module(name)
    failed, tried = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert tried and not failed, f'python -m doctest -o ELLIPSIS {module.__file__}'


def test_there_are_modules_with_examples():
    assert len(MODULES) >= 12 and 'lopm.wording' in MODULES
