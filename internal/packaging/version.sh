#!/usr/bin/env bash
# Prints the version of what is checked out: that of the tag on it, such as
# v1.2.0, or the coming one of FyneApp.toml with the number of commits and the
# commit. Without git it is the coming one alone. Usage: version.sh [COMMIT]
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
commit=${1:-HEAD}
coming=$(sed -n 's/^Version = "\(.*\)"/\1/p' FyneApp.toml)
if tag=$(git describe --exact-match --tags --match 'v[0-9]*' "$commit" 2>/dev/null); then
  printf '%s\n' "${tag#v}"
elif short=$(git rev-parse --short=7 "$commit" 2>/dev/null); then
  printf '%s-dev.%s.g%s\n' "$coming" "$(git rev-list --count "$commit")" "$short"
else
  printf '%s\n' "$coming"
fi
