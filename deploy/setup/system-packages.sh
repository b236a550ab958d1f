#!/usr/bin/env bash
# system-packages.sh NAME…: Debian packages that are missing, when we may install them; else a notice.
set -euo pipefail
if ! command -v dpkg-query >/dev/null; then
  echo "Not a Debian system; please install what matches: $*" >&2
  exit 0
fi
missing=()
for name in "$@"; do
  dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' || missing+=("$name")
done
((${#missing[@]})) || exit 0

if [[ $(id -u) == 0 ]]; then
  as_root=()
elif sudo -n true 2>/dev/null; then
  as_root=(sudo -n)
else
  cat >&2 <<TEXT
notice: cannot install ${missing[*]} without root; going on without.
        Without tesseract, RapidOCR from its wheel reads every scanned page (slower for Latin scripts).
注意：没有 root 权限，跳过系统软件包 ${missing[*]}。没有 tesseract 时，扫描页全部由 RapidOCR 识别。
TEXT
  exit 0
fi

echo "System packages: ${missing[*]} …"
# RUNLEVEL=1 keeps Debian from starting a database or Redis of its own.
install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq -o DPkg::Lock::Timeout=300)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { "${install[@]}" update && "${install[@]}" install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  tail -n 5 "$log" >&2
  echo "notice: apt could not install ${missing[*]}; going on without. / apt 安装失败，继续。" >&2
fi
