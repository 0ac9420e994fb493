#!/usr/bin/env bash
# Builds the program for Windows on amd64 with mingw; called by package.sh.
set -euo pipefail

here=internal/packaging/windows
work=$POSTKEY_OUT/work/windows
target=x86_64-w64-mingw32
mkdir -p "$work/winres"

# Icon, manifest and version become a part of the program through a .syso file.
# Windows wants four numbers for a version.
numbers=$(sed 's/[^0-9.].*//' <<<"$POSTKEY_VERSION").$POSTKEY_COUNT
cp "$POSTKEY_OUT"/work/icons/{16,24,32,48,64,256}.png "$work/winres/"
sed -e "s/@VERSION@/$POSTKEY_VERSION/; s/@NUMBERS@/$numbers/" "$here/winres.json" >"$work/winres/winres.json"
"$POSTKEY_OUT/tools/go-winres" make --in "$work/winres/winres.json" --arch amd64 --out "$work/rsrc"
cp "$work/rsrc_windows_amd64.syso" .

# opengl32.dll is loaded when it is first called, not with the program: where it
# is missing the program starts and can say so.
# The number of the process would get into names otherwise, and the linker sorts by
# the folder of a library: one of /tmp always comes before the compiler's in /usr.
delayed=$(mktemp -d /tmp/postkey-delayed.XXXXXX)
trap 'rm -rf "$delayed"' EXIT
cp "$here/opengl32.def" "$delayed/"
(cd "$delayed" && "$target-dlltool" --input-def opengl32.def --output-delaylib libopengl32.a \
  --deterministic-libraries --temp-prefix opengl32)

GOOS=windows GOARCH=amd64 CGO_ENABLED=1 CC=$target-gcc go build -o "$work/program" -ldflags "\
  -s -w -buildid= -H=windowsgui -X main.version=$POSTKEY_VERSION -X main.revision=$POSTKEY_COMMIT \
  -extldflags '-L$delayed -ldelayimp -Wl,--no-insert-timestamp'" .
rm -f rsrc_windows_amd64.syso
