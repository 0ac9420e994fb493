#!/usr/bin/env bash
# Looks for what needs no test to be seen: form, suspicious code, known
# vulnerabilities, broken TOML and desktop files. Prints what is wrong and fails.
# The tools are pinned in internal/tools/go.mod, a module of its own, so that
# what they need stays out of Postkey's.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
tools=$PWD/build/tools
status=0
mkdir -p "$tools"
go build -C internal/tools -o "$tools/" tool ./parse

# The files of git, so that what is built or half done beside them is left out.
sources() { git ls-files -z --cached --others --exclude-standard -- "$@" 2>/dev/null || find . -name "$1" -not -path './build/*' -print0; }

bad=$(sources '*.go' | xargs -0 ls -d 2>/dev/null | xargs "$tools/gofumpt" -l)
if [ -n "$bad" ]; then
  printf 'gofumpt would change:\n%s\n' "$bad"
  status=1
fi
go vet ./... || status=1
go vet -C internal/tools ./... || status=1
"$tools/staticcheck" ./... || status=1
{ sources '*.toml'; sources '*.desktop'; } | xargs -0 "$tools/parse" || status=1

# Without its database there is nothing to look up, which is no fault of the code.
if ! said=$("$tools/govulncheck" ./... 2>&1); then
  if grep -q '^govulncheck: fetching vulnerabilities:' <<<"$said"; then
    echo "Known vulnerabilities were NOT looked up, because govulncheck could not reach its database:"
    echo "  ${said#govulncheck: }"
  else
    printf '%s\n' "$said"
    status=1
  fi
fi
[ "$status" = 0 ] && echo 'lint: clean'
exit "$status"
