#!/usr/bin/env bash
# run.sh ARGS…: `kb up`, and torch fetched quietly beside it once the first search can be served.
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=$PWD/.venv/bin
export KB_DATA=$DATA
if [[ ${MODEL:-yes} == yes && ! -e .venv/.done/model ]]; then
  mkdir -p "$DATA/log"
  log=$DATA/log/model-install.log
  echo "torch for language models follows in the background, log: $log (MODEL=no skips it)"
  "$bin/python" deploy/setup/model_later.py $$ "$@" >>"$log" 2>&1 &
fi
exec "$bin/kb" up "$@"
