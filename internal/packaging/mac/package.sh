#!/usr/bin/env bash
# Makes Postkey.app and the .dmg, for both processors, on a Mac with Xcode's
# command line tools. Usage: package.sh [OUT]
#
# Signed and sent to Apple when the environment says so:
#   POSTKEY_MAC_IDENTITY  name of a Developer ID Application certificate in the keychain
#   POSTKEY_MAC_PROFILE   notarytool's keychain profile
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(cd "$here/../../.." && pwd)
out=${1:-$repo/build/mac}
if [ "$(uname)" != Darwin ]; then
  echo 'The .app and the .dmg are made on a Mac: the compiler and the frameworks are there alone.' >&2
  exit 1
fi

rm -rf "$out"
mkdir -p "$out/src" "$out/dist"
git -C "$repo" archive HEAD | tar -x -C "$out/src"
export POSTKEY_VERSION POSTKEY_COMMIT POSTKEY_COUNT SOURCE_DATE_EPOCH
POSTKEY_VERSION=$("$here/../version.sh")
POSTKEY_COMMIT=$(git -C "$repo" rev-parse HEAD)
POSTKEY_COUNT=$(git -C "$repo" rev-list --count HEAD)
SOURCE_DATE_EPOCH=$(git -C "$repo" log -1 --format=%ct)
export GOFLAGS='-trimpath -buildvcs=false' CGO_ENABLED=1 MACOSX_DEPLOYMENT_TARGET=12.0

cd "$out/src"
for arch in amd64 arm64; do
  GOARCH=$arch go build -o "$out/postkey-$arch" \
    -ldflags "-s -w -X main.version=$POSTKEY_VERSION -X main.revision=$POSTKEY_COMMIT" .
done
lipo -create -output "$out/postkey" "$out/postkey-amd64" "$out/postkey-arm64"
go run ./internal/packaging/make icons "$out/icons"
app=$out/image/Postkey.app
"$here/bundle.sh" "$out/postkey" "$out/icons/postkey.icns" "$app"
plutil -lint "$app/Contents/Info.plist"
go run ./internal/packaging/make licences "$out/postkey-arm64" >"$app/Contents/Resources/LICENSES.txt"
go run ./internal/packaging/make bill "$out/postkey-arm64" >"$out/dist/Postkey-$POSTKEY_VERSION-macos.cdx.json"

if [ -n "${POSTKEY_MAC_IDENTITY:-}" ]; then
  codesign --force --options runtime --timestamp --sign "$POSTKEY_MAC_IDENTITY" "$app"
else
  echo 'Postkey.app is not signed: POSTKEY_MAC_IDENTITY names no certificate.' >&2
  codesign --force --sign - "$app" # without any signature nothing starts on Apple's own processors
fi
ln -s /Applications "$out/image/Applications"
dmg=$out/dist/Postkey-$POSTKEY_VERSION-macos.dmg
hdiutil create -volname Postkey -srcfolder "$out/image" -ov -format UDZO "$dmg"
if [ -n "${POSTKEY_MAC_IDENTITY:-}" ]; then
  codesign --timestamp --sign "$POSTKEY_MAC_IDENTITY" "$dmg"
fi
if [ -n "${POSTKEY_MAC_PROFILE:-}" ]; then
  xcrun notarytool submit "$dmg" --keychain-profile "$POSTKEY_MAC_PROFILE" --wait
  xcrun stapler staple "$dmg"
fi
(cd "$out/dist" && shasum -a 256 -- * >SHA256SUMS && cat SHA256SUMS)
