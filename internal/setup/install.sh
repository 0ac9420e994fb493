#!/usr/bin/env bash
# Installs what Postkey needs on Debian and Ubuntu, after saying what.
# Usage: install.sh run|test|package|linux|windows. Nothing happens when all is there; other systems
# get the list of packages and go on.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../..
purpose=${1:?run, test, package, linux or windows}
lists=("$here/packages-run.txt")
languages=()
case $purpose in
  test)
    lists+=("$here/packages-test.txt")
    languages=(en_US it_IT)
    ;;
  package) lists+=("$root/internal/packaging/packages.txt") ;;
  linux | windows)
    lists+=("$here/packages-test.txt" "$root/internal/packaging/packages.txt" "$root/internal/packaging/$purpose/packages.txt")
    languages=(en_US)
    ;;
esac

say() { printf '%s\n' "$*" >&2; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# One line for each package, "a | b" where either will do.
wanted() { sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d' "${lists[@]}"; }

installed() { [ "$(dpkg-query -W -f='${Status}' "$1" 2>/dev/null)" = 'install ok installed' ]; }

offered() { apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [^(]'; }

# The lines of wanted of which no package is installed.
missing() {
  local line name found
  while IFS= read -r line; do
    found=
    for name in ${line//|/ }; do
      if installed "$name"; then found=yes; fi
    done
    [ -n "$found" ] || printf '%s\n' "$line"
  done < <(wanted)
}

# The first package of each line that the system offers.
choose() {
  local line name first
  while IFS= read -r line; do
    first=
    for name in ${line//|/ }; do
      if [ -z "$first" ] && offered "$name"; then first=$name; fi
    done
    set -- ${line//|/ }
    printf '%s\n' "${first:-$1}"
  done
}

# The languages whose locale has not been made.
unmade() {
  local have language
  have=$(locale -a 2>/dev/null || true)
  for language in ${languages[@]+"${languages[@]}"}; do
    grep -qix "$language.utf-\?8" <<<"$have" || printf '%s\n' "$language"
  done
}

check_go() {
  local need
  need=$(sed -n 's/^go //p' "$root/go.mod")
  if ! command -v go >/dev/null; then
    say "Go $need or newer is missing. It is at https://go.dev/doc/install."
    exit 1
  fi
  # An older Go fetches the one that go.mod names, where it may.
  if ! (cd "$root" && go version >/dev/null); then
    say "Postkey needs Go $need or newer. It is at https://go.dev/doc/install."
    exit 1
  fi
}

install_packages() {
  local packages policy=/usr/sbin/policy-rc.d
  as_root apt-get update -q || say 'The lists of packages could not be renewed; going on with the old ones.'
  mapfile -t packages < <(choose)
  if printf '%s\n' "${packages[@]}" | grep -qx postfix; then
    echo 'postfix postfix/main_mailer_type select No configuration' | as_root debconf-set-selections
  fi
  # While this file says 101, no package starts a service.
  if [ ! -e "$policy" ]; then
    trap "as_root rm -f $policy" EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
  fi
  as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -q -y \
    --no-install-recommends --no-remove -o DPkg::Lock::Timeout=300 "${packages[@]}"
}

make_locales() {
  local language
  for language in "$@"; do
    as_root localedef -i "$language" -f UTF-8 "$language.UTF-8"
  done
}

check_go
if ! command -v apt-get >/dev/null; then
  say "This system has no apt-get. Postkey needs what Debian calls: $(wanted | paste -sd, | sed 's/,/, /g')."
  exit 0
fi
need=$(missing)
made=$(unmade)
if [ -z "$need$made" ]; then
  exit 0
fi
[ -z "$need" ] || say "Postkey installs these packages with apt-get: $(paste -sd, <<<"$need" | sed 's/,/, /g')."
[ -z "$made" ] || say "Postkey makes these locales: $(paste -sd, <<<"$made" | sed 's/,/, /g')."
if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
  say 'That needs root, and there is no sudo here. Run the same command as root once.'
  exit 1
fi
[ -z "$need" ] || install_packages <<<"$need"
# shellcheck disable=SC2086 # one word a language
[ -z "$made" ] || make_locales $made
