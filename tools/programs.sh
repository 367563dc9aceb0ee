#!/bin/sh
# Installs by apt the programs that the tests drive and this machine lacks, if that is allowed: as root, or by sudo without a
# password. Says what it does, or what is missing. Fails only in CI, where nothing may be missing.
# $1: default or long, which needs more.
set -eu
cd "$(dirname "$0")"
mode=${1:-default}

missing() {
  grep -v '^#' debian-packages.txt | while read -r package program only; do
    case $only in '' | "$mode") ;; *) continue ;; esac
    PATH="$PATH:/usr/sbin:$(echo /usr/lib/postgresql/*/bin | tr ' ' :)" command -v "$program" >/dev/null || printf '%s ' "$package"
  done
}

wanted=$(missing)
[ "$wanted" ] || exit 0
if ! command -v apt-get >/dev/null; then root=''
elif [ "$(id -u)" = 0 ]; then root=env
elif sudo -n true 2>/dev/null; then root=sudo
else root=''; fi

if [ $root ]; then
  echo "Installing with apt: $wanted"
  $root apt-get -qq update
  # shellcheck disable=SC2086 # one word for each package
  $root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $wanted >/dev/null || true
  wanted=$(missing)
fi
[ "$wanted" ] || exit 0
echo "MISSING, and not ours to install: $wanted: the tests that need them will be skipped." >&2
[ "${CI:-}" != true ]
