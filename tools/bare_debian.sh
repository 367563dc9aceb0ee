#!/bin/bash
# Tries a command of this tree on a machine that has nothing: a fresh Debian root, made by debootstrap, left without a trace.
#
# usage: tools/bare_debian.sh [--root] [COMMAND]        as an ordinary person, or as root; ./start --help if none is given
#   e.g.  tools/bare_debian.sh './start --no-demo & until grep -q ready; do sleep 1; done'
#         tools/bare_debian.sh --root 'CI=true ./check'
#
# Needs root and debootstrap. The root shares this machine's network, its certificates, and how it reaches package indexes.
set -euo pipefail
cd "$(dirname "$0")/.."

who=agent
if [ "${1:-}" = --root ]; then who=root; shift; fi
command=${1:-./start --help}
suite=${SUITE:-bookworm}
cache=${CACHE:-/var/cache/cartable-bare-$suite.tar}
root=$(mktemp -d /var/tmp/cartable-bare.XXXXXX)

# Unmounts what we mounted, innermost first, then removes the root; also after a failure.
leave() {
  for point in tmp dev/shm dev/pts dev proc; do
    if mountpoint -q "$root/$point"; then umount "$root/$point"; fi
  done
  rm -rf --one-file-system "$root"
}
trap leave EXIT

# Fills the root, from the archive of an earlier run where there is one.
fill() {
  if [ -s "$cache" ]; then tar -C "$root" -xpf "$cache"; return; fi
  local mirror
  mirror=$(awk '/^URIs:/ {print $2; exit} /^deb / {print $2; exit}' \
    /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null || true)
  debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv "$suite" "$root" ${mirror:+"$mirror"} >&2
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
  tar -C "$root" -cpf "$cache.part" . && mv "$cache.part" "$cache"
}

# Lends what a machine has from its network: names, certificates, the settings of its package clients.
lend() {
  local file
  for file in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt /etc/pip.conf /etc/npmrc \
    /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/apt.conf.d/99*; do
    if [ -f "$file" ]; then install -D -m 644 "$file" "$root$file"; fi
  done
}

# Gives the root its own processes, devices and temporary files. Never a bind of /dev: its removal could reach ours.
equip() {
  mount -t proc proc "$root/proc"
  mount -t tmpfs -o mode=755,nosuid tmpfs "$root/dev"
  local device
  for device in null zero full random urandom tty; do
    mknod -m 666 "$root/dev/$device" c $(stat -c '0x%t 0x%T' "/dev/$device")
  done
  ln -s /proc/self/fd "$root/dev/fd"
  mkdir "$root/dev/shm" "$root/dev/pts"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
}

# Puts the tree there as a stranger gets it: what is committed, nothing else.
bring() {
  chroot "$root" useradd -m -s /bin/bash agent
  mkdir "$root/srv/cartable"
  git archive HEAD | tar -C "$root/srv/cartable" -xf -
  chroot "$root" chown -R "$who": /srv/cartable
}

fill
chmod 755 "$root" # mktemp made it ours alone
lend
equip
bring

# What clients of package indexes were told by the environment is lent too; nothing else of it is.
lent=$(env | grep -E '^(PIP_(CERT|INDEX_URL|DEFAULT_TIMEOUT)=|NPM_CONFIG_REGISTRY=|NODE_EXTRA_CA_CERTS=|SSL_CERT_FILE=|REQUESTS_CA_BUNDLE=|https?_proxy=|HTTPS?_PROXY=|no_proxy=|NO_PROXY=)' || true)
mapfile -t lent <<<"$lent"
home=$(chroot "$root" getent passwd "$who" | cut -d: -f6)
began=$(date +%s) status=0
unshare --pid --fork --kill-child --mount-proc="$root/proc" chroot "$root" \
  /usr/bin/env -i HOME="$home" USER="$who" LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${lent[@]}" \
  setpriv --reuid "$who" --regid "$who" --init-groups bash -c "cd /srv/cartable && $command" || status=$?
echo "bare $suite, as $who: status $status in $(($(date +%s) - began)) s, $(du -sm --one-file-system "$root" | cut -f1) MB" >&2
exit $status
