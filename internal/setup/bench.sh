#!/usr/bin/env bash
# Runs the benchmarks, each against its floor. Usage: bench.sh [arguments of go test]
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
unset LC_ALL LANGUAGE
export LANG=en_US.UTF-8
run() { go test ./internal/bench -run '^$' -timeout 30m -v "$@"; }
if [ $# -gt 0 ]; then
  run "$@"
  exit
fi
run -bench 'Start$' -benchtime 5x
run -bench 'Idle$' -benchtime 1x
run -bench 'Test$' -benchtime 3x
run -bench 'TestAll$' -benchtime 3x
