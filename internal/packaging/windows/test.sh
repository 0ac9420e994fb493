#!/usr/bin/env bash
# Walks the program for Windows under Wine, with pictures in build/windows/pictures.
# Usage: test.sh [arguments of go test]. POSTKEY_DIST names a folder with packages
# that are made already; otherwise they are made first.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(cd "$here/../../.." && pwd)
out=$repo/build/windows
mkdir -p "$out/pictures"
if [ -z "${POSTKEY_DIST:-}" ]; then
  "$here/../package.sh" "$out/package" windows
  POSTKEY_DIST=$out/package/dist
fi
x86_64-w64-mingw32-gcc -O2 -shared -o "$out/bcryptprimitives.dll" "$here/processprng.c" -ladvapi32
cd "$repo"
rm -rf "$out/tests"
for package in internal/packaging/windows/vault internal/crash internal/instance oauth wizard/preflight; do
  GOOS=windows GOARCH=amd64 CGO_ENABLED=0 go test -c -o "$out/tests/${package##*/}.test.exe" "./$package"
done

# Nothing of the user's own Wine is touched: the tests make one of their own.
export POSTKEY_DIST POSTKEY_PRNG=$out/bcryptprimitives.dll POSTKEY_TESTS=$out/tests POSTKEY_PICTURES=$out/pictures
go vet -tags wine ./internal/packaging/windows/wine
exec env LANG=en_US.UTF-8 go test -tags wine -count=1 -timeout 30m -v "$@" ./internal/packaging/windows/wine
