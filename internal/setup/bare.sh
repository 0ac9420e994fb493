#!/usr/bin/env bash
# Proves the README's commands on a bare machine: makes a root of Debian with
# debootstrap, puts the committed files and Go into it, and runs the commands
# there. Needs root and debootstrap. Usage: bare.sh [DIR] [run|test]...
#
# Without a DIR one is made and removed again. The root uses this machine's
# mirror (MIRROR, SUITE), Go (GOROOT) and module proxy (GOPROXY).
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
suite=${SUITE:-bookworm}
mirror=${MIRROR:-$(sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\?\([^ ]*\).*/\2/p' \
  /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -n 1 || true)}
mirror=${mirror:-http://deb.debian.org/debian}
[ "$(id -u)" = 0 ] || { echo 'bare.sh needs root.' >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "bare.sh needs Debian's package debootstrap." >&2; exit 1; }

case ${1:-} in
  '' | run | test)
    root=$(mktemp -d --tmpdir postkey-bare.XXXXXX)
    chmod 755 "$root" # as the root of any system: its users go through it
    made=yes
    ;;
  *)
    root=$(realpath -m "$1")
    made=
    shift
    ;;
esac
[ $# -gt 0 ] || set -- run test

finish() {
  for place in dev/shm dev/pts dev sys proc; do
    if mountpoint -q "$root/$place"; then umount "$root/$place"; fi
  done
  [ -z "$made" ] || rm -rf --one-file-system "$root"
}
trap finish EXIT

# The smallest system that Debian calls one, and what the README asks for:
# make and certificates. It has no sudo, no git and no display.
if [ ! -e "$root/etc/debian_version" ]; then
  debootstrap --variant=minbase --include=make,ca-certificates "$suite" "$root" "$mirror"
fi
for place in proc sys dev dev/pts; do
  mountpoint -q "$root/$place" || mount --bind "/$place" "$root/$place"
done
mkdir -p "$root/dev/shm" && { mountpoint -q "$root/dev/shm" || mount -t tmpfs tmpfs "$root/dev/shm"; }
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
for folder in /etc/apt/apt.conf.d /usr/local/share/ca-certificates; do
  if [ -d "$folder" ]; then mkdir -p "$root$folder" && cp -r "$folder/." "$root$folder/"; fi
done
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"

rm -rf "$root/usr/local/go" "$root/root/postkey"
cp -r "$(go env GOROOT)" "$root/usr/local/go"
mkdir -p "$root/root/postkey"
git -C "$repo" archive HEAD | tar -x -C "$root/root/postkey"

for what in "$@"; do
  echo "bare machine: make $what"
  chroot "$root" env -i HOME=/root TERM=dumb PATH=/usr/local/go/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    GOPROXY="$(go env GOPROXY)" GOSUMDB="$(go env GOSUMDB)" ${http_proxy:+http_proxy="$http_proxy"} \
    ${https_proxy:+https_proxy="$https_proxy"} make -C /root/postkey "$what"
done
