#!/usr/bin/env bash
# Every script is clean under shellcheck, and none names a host: archives come from the machine's own
# configuration.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mapfile -t scripts < <(grep -lrE '^#(!.*bash| shellcheck shell=bash)$' scripts test/scripts .ci)
[ ${#scripts[@]} -ge 10 ] || { echo "found only ${#scripts[@]} scripts"; exit 1; }
# SC2317, unreachable code: the tests are called by name.
shellcheck -x -e SC2317 "${scripts[@]}"
if grep -nE '(https?|ftp)://' "${scripts[@]}" | grep -v '\.example[/:]'; then
  echo "the lines above name a host"
  exit 1
fi
