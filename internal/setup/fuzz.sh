#!/usr/bin/env bash
# Runs every fuzz target for a while. Usage: fuzz.sh [TIME [arguments of go test]],
# where TIME is such as 1m, or 1000x for so many inputs.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
time=${1:-30s}
shift || true
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
while IFS=: read -r file target; do
  package=$(dirname "$file") target=${target#func }
  echo "$package $target"
  if go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$@" "$package" 2>&1 | tee "$log"; then
    continue
  fi
  # Before 1.27, Go sometimes takes the end of the time for a failure, without
  # an input that would be at fault (go.dev/issue/75804).
  if grep -q '^ *context deadline exceeded$' "$log" && ! grep -q 'Failing input' "$log"; then
    echo "$package $target: the time ended within a call; nothing was found"
    continue
  fi
  status=1
done < <(grep -ro --include='*_test.go' --exclude-dir=build '^func Fuzz[A-Za-z0-9_]*' . | sort -u)
exit "$status"
