#!/usr/bin/env bash
# installed_package_test.sh BUILD_DIR VERSION: what `cmake --install` puts anywhere serves projects outside: they
# link the runtime through find_package(flowmon), are compiled by flow-cc, and are fuzzed with libflowmon.so.
set -euo pipefail
build=$1
version=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() {
  echo "FAILED: $*"
  exit 1
}
scratch=$(mktemp -d)
# The runtime creates nothing on a file system that is nearly full; a disk may be, this hardly.
shm=$(mktemp -d /dev/shm/flowmon_installed.XXXXXX)
trap 'rm -rf "$scratch" "$shm"' EXIT
exec < /dev/null
export FLOW_SHM_DIR=$shm AFL_QUIET=1
unset FLOW_DB FLOW_REPORT FLOW_CC_BACKEND FLOW_CXX_BACKEND FLOW_SHM

# events_of PROGRAM: what it reports on the input "text", as TYPE:ID..., 1 a source and 2 a sink.
events_of() {
  rm -f "$shm"/*
  "$1" <<< text || fail "$1 ended with $?"
  local file count
  file=$(echo "$shm"/flow_events_*)
  [ -f "$file" ] || fail "$1 left no flow_events_<pid>"
  count=$(od -An -tu4 -N4 "$file")
  od -An -v -w32 -tu4 -j16 -N$((count * 32)) "$file" | awk '{ printf "%s%s:%s", separator, $1, $2; separator = " " }'
}

expect_events() { [ "$(events_of "$1")" = "$2" ] || fail "$1 reported '$(events_of "$1")', not '$2'"; }

# configure_and_build PROJECT CMAKE_ARGUMENT...: the project of this folder in a copy, in $scratch/PROJECT.
configure_and_build() {
  cp -r "$here/$1" "$scratch/$1.source"
  if ! { cmake -S "$scratch/$1.source" -B "$scratch/$1" "${@:2}" && cmake --build "$scratch/$1"; } > "$scratch/log" 2>&1; then
    cat "$scratch/log"
    fail "$1 cannot be built"
  fi
}

# Moved after the installation: nothing may depend on where it was put.
cmake --install "$build" --prefix "$scratch/staged" > "$scratch/log" 2>&1 || { cat "$scratch/log"; fail "cmake --install"; }
prefix="$scratch/an installation"
mv "$scratch/staged" "$prefix"
for file in bin/flowmon bin/flow-cc bin/flow-c++ lib/libflowmon.so lib/libflow_runtime.a include/flowmon.h \
  include/flow_shm.h share/flowmon/config/production.yaml share/doc/flowmon/FLOWDB.md share/doc/flowmon/LICENSE; do
  [ -s "$prefix/$file" ] || fail "$file is not installed"
done

configure_and_build linking_project "-DCMAKE_PREFIX_PATH=$prefix" "-DEXPECTED_VERSION=$version"
expect_events "$scratch/linking_project/report_c" "1:1 2:3"
expect_events "$scratch/linking_project/report_cxx" "1:4 2:6"

export FLOW_DB=$here/instrumented_project/copy.flowdb
configure_and_build instrumented_project "-DCMAKE_C_COMPILER=$prefix/bin/flow-cc" "-DCMAKE_CXX_COMPILER=$prefix/bin/flow-c++"
expect_events "$scratch/instrumented_project/copy_c" "1:1 2:1"
expect_events "$scratch/instrumented_project/copy_cxx" "1:2 2:2"

# A profile is found beside the installed library, and the installed tool reads what it wrote.
mkdir "$scratch/in"
echo text > "$scratch/in/seed"
AFL_NO_UI=1 AFL_NO_AFFINITY=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
  AFL_CUSTOM_MUTATOR_LIBRARY=$prefix/lib/libflowmon.so FLOW_MONITOR_FLOWDB=$FLOW_DB FLOW_MONITOR_CONFIG=production \
  afl-fuzz -E 200 -i "$scratch/in" -o "$scratch/out" -- "$scratch/instrumented_project/copy_c" > "$scratch/log" 2>&1 ||
  { cat "$scratch/log"; fail "afl-fuzz with the installed libflowmon.so"; }
"$prefix/bin/flowmon" stats "$scratch/out" > "$scratch/stats" || fail "flowmon stats"
grep -q '^ *1 .* complete .* standard input is copied in C$' "$scratch/stats" ||
  { cat "$scratch/stats"; fail "the table of flows does not show flow 1 as complete"; }
