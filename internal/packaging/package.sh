#!/usr/bin/env bash
# Makes the packages for Windows and Linux out of the commit that is checked out,
# never out of what is changed beside it. Usage: package.sh [OUT] [windows|linux]...
#
# OUT is build/package; the packages are then in OUT/dist. POSTKEY_REF names
# another commit. The same commit gives the same bytes. Signed for Windows when the environment gives a certificate:
#
#   POSTKEY_SIGN_PKCS12    file with certificate and key, and
#   POSTKEY_SIGN_PASSFILE  file with its password
#   POSTKEY_SIGN_TIME      address of a time stamp service, if any
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(cd "$here/../.." && pwd)
out=$(realpath -m "${1:-$repo/build/package}")
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- windows linux

say() { printf '%s\n' "$*" >&2; }

# Where anything is made anew, nothing of before is left.
rm -rf "$out/src" "$out/work" "$out/dist"
mkdir -p "$out/src" "$out/work" "$out/dist" "$out/tools"
ref=$(git -C "$repo" rev-parse "${POSTKEY_REF:-HEAD}^{commit}")
git -C "$repo" archive "$ref" | tar -x -C "$out/src"
[ -z "$(git -C "$repo" status --porcelain --untracked-files=no)" ] ||
  say 'Some files are changed and not committed; the packages are made without the changes.'

export POSTKEY_VERSION POSTKEY_COMMIT POSTKEY_COUNT SOURCE_DATE_EPOCH
POSTKEY_VERSION=$("$here/version.sh" "$ref")
POSTKEY_COMMIT=$ref
POSTKEY_COUNT=$(git -C "$repo" rev-list --count "$ref")
SOURCE_DATE_EPOCH=$(git -C "$repo" log -1 --format=%ct "$ref")
export TZ=UTC LC_ALL=C GOFLAGS='-trimpath -buildvcs=false' POSTKEY_OUT=$out
umask 022

cd "$out/src"
say "Postkey $POSTKEY_VERSION; the first time takes more than ten minutes."
go build -C internal/tools -o "$out/tools/" github.com/goreleaser/nfpm/v2/cmd/nfpm github.com/tc-hib/go-winres
go run ./internal/packaging/make icons "$out/work/icons"
programs=()
for system in "$@"; do
  "internal/packaging/$system/build.sh"
  programs+=("$out/work/$system/program")
done

# One list and one book of licences for all packages of this version.
go run ./internal/packaging/make bill "${programs[@]}" >"$out/work/bill.json"
go run ./internal/packaging/make licences "${programs[@]}" >"$out/work/LICENSES.txt"
for system in "$@"; do
  "internal/packaging/$system/pack.sh"
done
cp "$out/work/bill.json" "$out/dist/Postkey-$POSTKEY_VERSION.cdx.json"
cp "$out/work/LICENSES.txt" "$out/dist/Postkey-$POSTKEY_VERSION-licenses.txt"
(cd "$out/dist" && sha256sum -- * >SHA256SUMS)
say "Made in $out/dist:"
cat "$out/dist/SHA256SUMS"
