#!/usr/bin/env bash
# Packs the program for Windows: the portable one and the installer; called by
# package.sh.
set -euo pipefail

here=internal/packaging/windows
work=$POSTKEY_OUT/work/windows
dist=$POSTKEY_OUT/dist
mkdir -p "$work/files"
cp "$work/program" "$work/files/Postkey.exe"
sed 's/$/\r/' "$POSTKEY_OUT/work/LICENSES.txt" >"$work/files/LICENSES.txt"
sed 's/$/\r/' LICENSE >"$work/files/LICENSE.txt"
chmod 644 "$work/files"/*
"$here/sign.sh" "$work/files/Postkey.exe"
touch -d "@$SOURCE_DATE_EPOCH" "$work/files"/*
cp -p "$work/files/Postkey.exe" "$dist/Postkey-$POSTKEY_VERSION-windows-amd64.exe"

# Icon and picture of the installer, from the program's own pictures.
numbers=$(sed -n 's/.*"file_version": "\([0-9.]*\)".*/\1/p' "$work/winres/winres.json")
go run ./internal/packaging/make ico "$work/postkey.ico"
go run ./internal/packaging/make side "$work/side.bmp"
touch -d "@$SOURCE_DATE_EPOCH" "$work/postkey.ico" "$work/side.bmp" # the installer keeps the time of each file
setup=$dist/Postkey-$POSTKEY_VERSION-setup.exe
makensis -V2 -INPUTCHARSET UTF8 "-DVERSION=$POSTKEY_VERSION" "-DNUMBERS=$numbers" "-DFILES=$work/files" \
  "-DICON=$work/postkey.ico" "-DSIDE=$work/side.bmp" "-DOUT=$setup" "-DSIGN=$PWD/$here/sign.sh" "$here/setup.nsi" >&2
"$here/sign.sh" "$setup"
