"""Against a real Label Studio server: from a data set to a project, to what two people made of it, and back."""
import importlib.util
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from studio_help import CONFIG, ROOT, SECRET, SIZE, TOKEN, predicted, running, stop, write_data

pytest.importorskip('requests', reason="requests is not installed: pip install -e '.[base]'")
from lopm.base import brush
from lopm.base.formats.label_studio import _shape  # noqa: F401
