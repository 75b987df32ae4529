#!/usr/bin/env bash
# runtime_headers_test.sh CC CXX: the headers that a target may include are C11, C++11 and C++17 without a
# warning, each on its own; and flow_shm.h does not compile once the size of a struct has changed.
set -euo pipefail
cc=$1
cxx=$2
runtime=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../runtime" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
strict=(-Wall -Wextra -Wshadow -pedantic-errors -Werror -fsyntax-only)

for header in flow_shm.h flowmon.h; do
  echo "#include \"$runtime/$header\"" | tee "$scratch/include.c" > "$scratch/include.cc"
  "$cc" -std=c11 "${strict[@]}" "$scratch/include.c"
  for standard in c++11 c++17; do "$cxx" "-std=$standard" "${strict[@]}" "$scratch/include.cc"; done
done

structs=$(grep -oE '^struct \w+ \{' "$runtime/flow_shm.h")
[ "$(wc -l <<< "$structs")" -ge 3 ] || { echo "flow_shm.h has fewer structs than expected: $structs"; exit 1; }
while read -r start; do
  sed "s/^$start/& uint32_t added;/" "$runtime/flow_shm.h" > "$scratch/grown.h"
  echo '#include "grown.h"' > "$scratch/grown.c"
  if "$cc" -std=c11 -fsyntax-only "$scratch/grown.c" 2> /dev/null; then
    echo "flow_shm.h does not assert the size of '${start% \{}'"
    exit 1
  fi
done <<< "$structs"
