#!/usr/bin/env bash
# The environment that LOPM_READERS names (its bin/python) for tests/curation/test_peer_readers.py: the readers of others, of
# CVAT and COCO files (Datumaro) and of LabelMe files (LabelMe itself), which want other versions than lopm.
# About 30 s and 1 GB; nothing to do where it is complete.
#   tests/curation/readers_env.sh DIR && export LOPM_READERS=DIR/bin/python
set -euo pipefail
env=${1:?which folder?}
"$env/bin/python" -c 'import datumaro, labelme' 2>/dev/null && exit
python3 -m venv "$env"
"$env/bin/pip" install -q datumaro==1.13.0 labelme==6.3.1
