#!/usr/bin/env bash
# Runs every fuzz target for a while. Usage: fuzz.sh [TIME], such as 1m
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
time=${1:-30s}
grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u | while IFS= read -r package; do
  for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz'); do
    echo "$package $target"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package"
  done
done
