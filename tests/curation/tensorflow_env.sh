#!/usr/bin/env bash
# The environment that LOPM_TENSORFLOW names (its bin/python) for tests/curation/test_export.py, beside that of lopm: the two
# want other versions. About 25 s and 1.6 GB; nothing to do where it is complete.
#   tests/curation/tensorflow_env.sh DIR && export LOPM_TENSORFLOW=DIR/bin/python
set -euo pipefail
env=${1:?which folder?}
"$env/bin/python" -c 'import tensorflow' 2>/dev/null && exit
python3 -m venv "$env"
"$env/bin/pip" install -q tensorflow-cpu==2.21.0
