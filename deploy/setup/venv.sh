#!/usr/bin/env bash
# venv.sh PYTHON FOLDER: a virtual environment, with Debian's python3-venv fetched when it is missing.
set -euo pipefail
python=$1 folder=$2
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "Python 3.11 or newer is needed, $python is older. / 需要 Python 3.11 或更高版本。" >&2
  exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  "$(dirname "$0")/system-packages.sh" python3-venv
fi
if ! "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
  echo "Virtual environment in $folder …"
  "$python" -m venv --clear "$folder"
fi
