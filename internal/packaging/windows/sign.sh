#!/usr/bin/env bash
# Signs a program for Windows, or leaves it as it is and says so when no
# certificate is given; see package.sh for the environment. Usage: sign.sh FILE
set -euo pipefail

file=${1:?the program}
if [ -z "${POSTKEY_SIGN_PKCS12:-}" ]; then
  echo "${file##*/} is not signed: POSTKEY_SIGN_PKCS12 names no certificate." >&2
  exit 0
fi
arguments=(-pkcs12 "$POSTKEY_SIGN_PKCS12" -h sha256 -n Postkey)
[ -z "${POSTKEY_SIGN_PASSFILE:-}" ] || arguments+=(-readpass "$POSTKEY_SIGN_PASSFILE")
if [ -n "${POSTKEY_SIGN_TIME:-}" ]; then
  arguments+=(-ts "$POSTKEY_SIGN_TIME")
else
  # The moment of the commit, so that the same commit gives the same bytes.
  arguments+=(-time "$SOURCE_DATE_EPOCH")
fi
osslsigncode sign "${arguments[@]}" -in "$file" -out "$file.signed" >&2
mv "$file.signed" "$file"
