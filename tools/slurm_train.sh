#!/usr/bin/env bash
# Train as a Slurm job, on GPUs or on CPUs:
#   tools/slurm_train.sh PARTITION JOB_NAME CONFIG [arguments of tools/train.py]
# By environment: PROCESSES (default 1), PROCESSES_PER_NODE (default all of them), CPUS_PER_TASK (default 4),
# SRUN_ARGS for anything else, such as SRUN_ARGS="--gres=gpu:4 --time=12:00:00".
set -eu
[ $# -ge 3 ] || { sed -n '2,5s/^# *//p' "$0"; exit 2; }
partition=$1 job_name=$2 config=$3
shift 3
processes=${PROCESSES:-1}
# shellcheck disable=SC2086  (SRUN_ARGS is a list of words)
exec srun --partition="$partition" --job-name="$job_name" --ntasks="$processes" \
  --ntasks-per-node="${PROCESSES_PER_NODE:-$processes}" --cpus-per-task="${CPUS_PER_TASK:-4}" --kill-on-bad-exit=1 \
  ${SRUN_ARGS:-} python -u "$(dirname "$0")/train.py" "$config" --launcher slurm "$@"
