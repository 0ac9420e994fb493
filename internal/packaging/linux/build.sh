#!/usr/bin/env bash
# Builds the program for Linux on this computer's processor; called by package.sh.
set -euo pipefail

mkdir -p "$POSTKEY_OUT/work/linux"
go build -o "$POSTKEY_OUT/work/linux/program" \
  -ldflags "-s -w -buildid= -X main.version=$POSTKEY_VERSION -X main.revision=$POSTKEY_COMMIT" .
