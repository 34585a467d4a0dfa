# What some tests need beside the .venv: environments of other tools in build/ (made here, 3 GB, a few minutes), and data
# that are no part of the project, where a folder has them. Says what is not there. To be read into a shell:
#   . tests/environments.sh [DATA]         DATA has data/isic2017, data/oral_mouths and formats; default: ../shared
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
data=${1:-$repository/../shared}
build=$repository/build

use() {  # VARIABLE FOLDER: what tests read from there
  if [ -d "$2" ]; then export "$1=$(cd "$2" && pwd)"; else echo "no folder $2: tests that want $1 will say that they are skipped"; fi
}

make_env() {  # VARIABLE VALUE SCRIPT TARGET: what tests run
  if "$repository/tests/curation/$3" "$4"; then export "$1=$2"; else echo "$3 failed: tests that want $1 will say that they are skipped"; fi
}

use LOPM_ISIC2017 "$data/data/isic2017"
use LOPM_ORAL_MOUTHS "$data/data/oral_mouths"
use LOPM_NEVUS_VISITS "$data/data/nevus_visits"
use LOPM_FORMATS "$data/formats"
make_env LOPM_LABEL_STUDIO "$build/label_studio" label_studio_env.sh "$build/label_studio"
make_env LOPM_TENSORFLOW "$build/tensorflow/bin/python" tensorflow_env.sh "$build/tensorflow"
make_env LOPM_READERS "$build/readers/bin/python" readers_env.sh "$build/readers"
make_env LOPM_FACE_MODEL "$build/yunet.onnx" face_model.sh "$build/yunet.onnx"
