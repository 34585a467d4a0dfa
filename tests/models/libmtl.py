"""LibMTL's own weighting methods (pip install LibMTL), to be compared with."""
import importlib.util
import sys
import types

import pytest


def import_weighting():
    """``LibMTL.weighting``; the package around it wants a torchvision of 2021 and is not run."""
    if 'LibMTL' not in sys.modules:
        spec = importlib.util.find_spec('LibMTL')
        if spec is None:
            pytest.skip('LibMTL is not installed: pip install --no-deps LibMTL==1.1.5')
        package = types.ModuleType('LibMTL')
        package.__path__ = list(spec.submodule_search_locations)
        sys.modules['LibMTL'] = package
    return importlib.import_module('LibMTL.weighting')
