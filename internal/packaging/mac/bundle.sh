#!/usr/bin/env bash
# Puts together Postkey.app around a program, on any system. Usage: bundle.sh PROGRAM ICNS APP
# POSTKEY_VERSION and POSTKEY_COUNT say what is packed.
set -euo pipefail

program=${1:?the program}
icon=${2:?the icon}
app=${3:?the bundle}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Apple wants up to three numbers.
short=${POSTKEY_VERSION%%[!0-9.]*}

rm -rf "$app"
mkdir -p "$app/Contents/MacOS" "$app/Contents/Resources"
sed -e "s/@SHORT@/$short/; s/@COUNT@/${POSTKEY_COUNT:-1}/" "$here/Info.plist" >"$app/Contents/Info.plist"
printf 'APPL????' >"$app/Contents/PkgInfo"
cp "$icon" "$app/Contents/Resources/postkey.icns"
cp "$program" "$app/Contents/MacOS/postkey"
chmod 755 "$app/Contents/MacOS/postkey"
