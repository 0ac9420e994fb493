#!/usr/bin/env bash
# Installs, starts and removes the packages for Linux in a bare Debian that
# debootstrap makes; needs root. Pictures are kept in build/linux/pictures.
# Usage: test.sh. POSTKEY_DIST names a folder with packages that are made already.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(cd "$here/../../.." && pwd)
out=$repo/build/linux
suite=${SUITE:-bookworm}
mirror=${MIRROR:-$(sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\?\([^ ]*\).*/\2/p' \
  /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -n 1 || true)}
mirror=${mirror:-http://deb.debian.org/debian}
[ "$(id -u)" = 0 ] || { echo 'test.sh needs root.' >&2; exit 1; }

mkdir -p "$out/pictures"
if [ -z "${POSTKEY_DIST:-}" ]; then
  "$here/../package.sh" "$out/package" linux
  POSTKEY_DIST=$out/package/dist
fi
root=$(mktemp -d --tmpdir postkey-linux.XXXXXX)
pids=()
finish() {
  for pid in ${pids[@]+"${pids[@]}"}; do kill "$pid" 2>/dev/null || true; done
  for place in tmp/.X11-unix dev/pts dev sys proc; do
    if mountpoint -q "$root/$place"; then umount "$root/$place" 2>/dev/null || umount -l "$root/$place"; fi
  done
  rm -rf --one-file-system "$root"
}
trap finish EXIT
fail() { echo "FAIL: $*" >&2; exit 1; }
step() { echo "== $*"; }
inside() {
  chroot "$root" env -i HOME=/root TERM=dumb LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LIBGL_ALWAYS_SOFTWARE=1 \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} "$@"
}

step 'a bare Debian'
debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$out/debootstrap.log" 2>&1 || fail "see $out/debootstrap.log"
for place in proc sys dev dev/pts; do mount --bind "/$place" "$root/$place"; done
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
if [ -d /etc/apt/apt.conf.d ]; then cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"; fi
mkdir -p "$root/packages" "$root/tmp/.X11-unix"
cp "$POSTKEY_DIST"/*.deb "$POSTKEY_DIST"/*.rpm "$POSTKEY_DIST"/*.tar.xz "$root/packages/"

# The screen is this computer's: the window is drawn inside, and seen from here.
exec 3>"$out/display"
Xvfb -displayfd 3 -screen 0 1100x800x24 -nolisten tcp -noreset >/dev/null 2>&1 &
pids+=($!)
until [ -s "$out/display" ]; do sleep 0.1; done
display=:$(cat "$out/display")
mount --bind /tmp/.X11-unix "$root/tmp/.X11-unix"

# Starts what was installed, looks for its window, and closes it again.
starts() {
  local name=$1 pid status
  shift
  inside env DISPLAY="$display" "$@" --practice --data "/tmp/data-$name" >"$out/$name.log" 2>&1 &
  pid=$!
  pids+=("$pid")
  for _ in $(seq 300); do
    if DISPLAY=$display xdotool search --onlyvisible --name '^Postkey$' >/dev/null 2>&1; then break; fi
    kill -0 "$pid" 2>/dev/null || fail "$name ended: $(cat "$out/$name.log")"
    sleep 0.1
  done
  sleep 2
  DISPLAY=$display import -window root "$out/pictures/$name.png"
  [ "$(convert "$out/pictures/$name.png" -format %k info:)" -gt 50 ] || fail "$name draws nothing"
  kill "$pid"
  status=0
  wait "$pid" || status=$?
  # The signal ends it in good order.
  case $status in 0 | 3 | 143) ;; *) fail "$name ended with $status: $(cat "$out/$name.log")" ;; esac
}

# What is there of the program, without the data of whoever used it.
leftovers() { (cd "$root" && find usr etc opt var -xdev -ipath "*postkey*" -not -path "var/lib/apt/*" -not -path "var/cache/*" -not -path "var/log/*"); }

step 'the .deb: install, start, remove'
inside apt-get -q update >"$out/apt.log" 2>&1
inside sh -c 'apt-get install -q -y --no-install-recommends /packages/*.deb' >>"$out/apt.log" 2>&1 || fail "see $out/apt.log"
inside apt-get install -q -y --no-install-recommends libgl1-mesa-dri >>"$out/apt.log" 2>&1
inside postkey version
missing=$(inside ldd /usr/bin/postkey | grep 'not found' || true)
[ -z "$missing" ] || fail "libraries that no dependency names: $missing"
inside postkey check --practice >/dev/null || fail 'check --practice'
status=0
inside postkey --data /tmp/d >/dev/null 2>"$out/no-display.log" || status=$?
[ "$status" = 4 ] || fail "without a display: status $status"
starts deb postkey
inside apt-get purge -q -y postkey >>"$out/apt.log" 2>&1
[ -z "$(leftovers)" ] || fail "left after purge: $(leftovers)"

step 'the .rpm: install, start, remove'
inside apt-get install -q -y --no-install-recommends rpm xz-utils >>"$out/apt.log" 2>&1
inside sh -c 'rpm -qp --requires /packages/*.rpm' >"$out/rpm-requires.txt"
for library in libGL.so.1 libX11.so.6 libXcursor.so.1 libXi.so.6 libXinerama.so.1 libXrandr.so.2 libXxf86vm.so.1; do
  grep -qF "$library" "$out/rpm-requires.txt" || fail "the .rpm does not require $library"
done
inside sh -c 'rpm -i --nodeps /packages/*.rpm'
inside rpm -V --nodeps postkey || fail 'rpm -V'
starts rpm postkey
inside rpm -e --nodeps postkey
[ -z "$(leftovers)" ] || fail "left after rpm -e: $(leftovers)"

step 'the .tar.xz: unpack, start'
inside sh -c 'cd /tmp && tar -xJf /packages/*.tar.xz && ./Postkey-*/bin/postkey version'
starts tar sh -c 'exec /tmp/Postkey-*/bin/postkey "$@"' postkey
echo 'The packages for Linux were installed, started and removed.'
