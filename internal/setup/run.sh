#!/usr/bin/env bash
# Runs the program on the practice tenant: in the window, or without one where
# there is no display. Usage: run.sh PROGRAM
set -euo pipefail

program=${1:?the program}

# The locale C names no language, and Fyne complains about it.
run=()
case ${LC_ALL:-${LC_MESSAGES:-${LANG:-C}}} in
  C | C.* | POSIX) run=(env LC_ALL=en_US.UTF-8) ;;
esac

if [ "$(uname)" = Linux ] && [ -z "${DISPLAY:-}" ] && [ -z "${WAYLAND_DISPLAY:-}" ]; then
  echo 'There is no display here (DISPLAY and WAYLAND_DISPLAY are not set), so no window opens.'
  echo 'The whole path is tested against the practice tenant instead: postkey check --practice'
  exec ${run[@]+"${run[@]}"} "$program" check --practice
fi
exec ${run[@]+"${run[@]}"} "$program" --practice
