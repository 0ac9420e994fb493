#!/usr/bin/env bash
# Runs all tests with the race detector and prints go test's own lines. The
# pictures of the window, which it would slow down by far, are compared without,
# and each fuzz target gets a thousand inputs without.
# Usage: test.sh [arguments of go test]
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
unset LC_ALL LANGUAGE
export LANG=en_US.UTF-8
run=(go test -race -count=1 -timeout 30m)

status=0
if [ $# -eq 0 ]; then
  go test -count=1 ./ui -run '^TestPictures' || status=$?
  internal/setup/fuzz.sh 1000x -fuzzminimizetime 1x || status=$?
fi

if [ "$(id -u)" = 0 ] || ! command -v sudo >/dev/null; then
  "${run[@]}" "$@" ./... || status=$?
  exit "$status"
fi

# The mail servers change to users of their own, which only root may start.
echo 'The tests with real mail servers run as root, through sudo.' >&2
"${run[@]}" "$@" $(go list ./... | grep -v '/internal/e2e$') || status=$?
PATH=$PATH GOCACHE=$(go env GOCACHE) GOMODCACHE=$(go env GOMODCACHE)
as_root="sudo env LANG=$LANG PATH=$PATH GOCACHE=$GOCACHE GOMODCACHE=$GOMODCACHE GOFLAGS=-buildvcs=false"
"${run[@]}" -exec "$as_root" "$@" ./internal/e2e || status=$?
sudo chown -R "$(id -u):$(id -g)" "$GOCACHE"
exit "$status"
