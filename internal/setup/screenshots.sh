#!/usr/bin/env bash
# Makes the pictures of docs/ from the real program: a test walks the wizard on
# the practice tenant under Xvfb. Usage: screenshots.sh
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
unset LC_ALL LANGUAGE
shots=$(mktemp -d)
trap 'rm -rf "$shots"' EXIT
LANG=en_US.UTF-8 POSTKEY_SHOTS=$shots go test ./internal/e2e -run '^TestWizardByKeyboard$' -count=1

mkdir -p docs/pictures
rm -f docs/pictures/*.png
for picture in "$shots"/*.png; do
  convert "$picture" -strip -colors 256 -define png:compression-level=9 "PNG8:docs/pictures/${picture##*/}"
done
du -sh docs/pictures
