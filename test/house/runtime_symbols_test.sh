#!/usr/bin/env bash
# runtime_symbols_test.sh LIBFLOW_RUNTIME_A CC: the runtime adds to a target only names of its own, and needs
# nothing but libc.
set -euo pipefail
runtime=$1
cc=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

names=$(nm --defined-only --extern-only "$runtime" | awk 'NF == 3 { print $3 }')
for known in flow_report_source flow_report_sink df_coverage_hit; do
  grep -qx "$known" <<< "$names" || { echo "$runtime does not define $known"; exit 1; }
done
if grep -vE '^(flow_|df_|__wrap___afl_persistent_loop$)' <<< "$names"; then
  echo "the names above may clash with a target's: those of the runtime begin with flow_ or df_"
  exit 1
fi

echo 'int main(void) { return 0; }' > "$scratch/empty.c"
if ! "$cc" -nodefaultlibs "$scratch/empty.c" -Wl,--whole-archive "$runtime" -Wl,--no-whole-archive -lc \
  -o "$scratch/empty"; then
  echo "the runtime needs something besides libc: see above"
  exit 1
fi
"$scratch/empty"
