#!/usr/bin/env bash
# Makes the packages in two folders and compares them byte by byte. Usage: twice.sh
# The second time nothing is taken from Go's cache when POSTKEY_COLD is set; that
# takes as long as the first build ever.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d --tmpdir postkey-twice.XXXXXX)
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT
POSTKEY_REF=$(git -C "$here" rev-parse "${POSTKEY_REF:-HEAD}")
export POSTKEY_REF
"$here/package.sh" "$work/first/one" >/dev/null
[ -z "${POSTKEY_COLD:-}" ] || export GOCACHE=$work/cache
"$here/package.sh" "$work/second/place/two" >/dev/null
if diff -r "$work/first/one/dist" "$work/second/place/two/dist"; then
  echo 'Both times the same bytes:'
  cat "$work/first/one/dist/SHA256SUMS"
else
  exit 1
fi
