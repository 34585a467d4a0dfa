#!/usr/bin/env bash
# The environment that LOPM_LABEL_STUDIO names for tests/curation/test_studio_server.py: Label Studio pins other versions
# than lopm. About 70 s and 1 GB; nothing to do where it is complete.
#   tests/curation/label_studio_env.sh DIR && export LOPM_LABEL_STUDIO=DIR
set -euo pipefail
env=${1:?which folder?}
[ -x "$env/bin/label-studio" ] && exit
python3 -m venv "$env"
"$env/bin/pip" install -q label-studio==1.23.2
