#!/usr/bin/env bash
# Train with several processes on one machine, one per GPU, or on CPUs:
#   tools/dist_train.sh CONFIG NUM_PROCESSES [arguments of tools/train.py]
# Several machines: set NNODES, NODE_RANK and MASTER_ADDR on each.
set -eu
[ $# -ge 2 ] || { sed -n '2,4s/^# *//p' "$0"; exit 2; }
config=$1 processes=$2
shift 2
exec python -m torch.distributed.run --nproc_per_node="$processes" --nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}" \
  --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${MASTER_PORT:-29500}" \
  "$(dirname "$0")/train.py" "$config" --launcher pytorch "$@"
