#!/usr/bin/env bash
# Packs the program for Linux: .deb, .rpm and .tar.xz; called by package.sh.
set -euo pipefail

here=internal/packaging/linux
work=$POSTKEY_OUT/work/linux
dist=$POSTKEY_OUT/dist
id=io.postkey.Postkey
arch=$(go env GOARCH)
day=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%d)
root=$work/root
mkdir -p "$root/usr/bin" "$root/usr/share/"{applications,metainfo,man/man1,doc/postkey}

install -m 755 "$work/program" "$root/usr/bin/postkey"
install -m 644 "$here/$id.desktop" "$root/usr/share/applications/"
sed -e "s/@VERSION@/$POSTKEY_VERSION/; s/@DATE@/$day/" "$here/$id.metainfo.xml" >"$root/usr/share/metainfo/$id.metainfo.xml"
sed -e "s/@VERSION@/$POSTKEY_VERSION/; s/@DATE@/$day/" "$here/postkey.1" | gzip -9n >"$root/usr/share/man/man1/postkey.1.gz"
for side in 16 22 24 32 48 64 128 256 512; do
  install -D -m 644 "$POSTKEY_OUT/work/icons/$side.png" "$root/usr/share/icons/hicolor/${side}x$side/apps/$id.png"
done
install -D -m 644 assets/pictures/icon.svg "$root/usr/share/icons/hicolor/scalable/apps/$id.svg"

# What Debian wants to find in doc: copyright and changelog.
install -m 644 "$here/copyright" "$root/usr/share/doc/postkey/"
gzip -9nc "$POSTKEY_OUT/work/LICENSES.txt" >"$root/usr/share/doc/postkey/inside.txt.gz"
{
  printf 'postkey (%s) unstable; urgency=medium\n\n' "${POSTKEY_VERSION/-/\~}"
  printf '  * See CHANGELOG.md.\n\n'
  printf ' -- The Postkey Authors <authors@postkey.example>  %s\n' "$(date -u -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n >"$root/usr/share/doc/postkey/changelog.gz"
gzip -9nc CHANGELOG.md >"$root/usr/share/doc/postkey/CHANGELOG.md.gz"
install -m 644 "$POSTKEY_OUT/work/bill.json" "$root/usr/share/doc/postkey/postkey.cdx.json"
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

desktop-file-validate "$root/usr/share/applications/$id.desktop"
appstreamcli validate --no-net "$root/usr/share/metainfo/$id.metainfo.xml"

sed -e "s/@VERSION@/$POSTKEY_VERSION/; s/@ARCH@/$arch/; s|@ROOT@|$root|; s/@MTIME@/$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)/" \
  "$here/nfpm.yaml" >"$work/nfpm.yaml"
deb=$dist/postkey_${POSTKEY_VERSION}_$arch.deb
"$POSTKEY_OUT/tools/nfpm" package -f "$work/nfpm.yaml" -p deb -t "$deb" >&2
"$POSTKEY_OUT/tools/nfpm" package -f "$work/nfpm.yaml" -p rpm -t "$dist/postkey-$POSTKEY_VERSION.$(uname -m).rpm" >&2
lintian --allow-root --fail-on error "$deb" >&2

folder=Postkey-$POSTKEY_VERSION-linux-$arch
mkdir -p "$work/$folder"
cp -a "$root/usr/." "$work/$folder/"
install -m 644 LICENSE "$here/INSTALL.txt" "$work/$folder/"
touch -d "@$SOURCE_DATE_EPOCH" "$work/$folder" "$work/$folder/LICENSE" "$work/$folder/INSTALL.txt"
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -c "$folder" | xz -9 -T1 >"$dist/$folder.tar.xz"
