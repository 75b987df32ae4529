#!/usr/bin/env bash
# examples_test.sh SOURCES FLOW_CC: the examples' driver and harnesses, by hand and under afl-showmap, and their
# databases under FLOW_CC. SOURCES is where scripts/fetch-source has put their libraries.
set -euo pipefail
# shellcheck source=test/scripts/testing.sh
. "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
for name in cjson libyaml zlib tinyxml2 giflib; do
  [ -d "${1:-}/$name" ] || { echo "${1:-SOURCES}/$name is missing: fetch it with scripts/fetch-source $name build/sources"; exit 1; }
done
flow_cc=${2:?the path of flow-cc}
examples=$root/examples
inputs=$1/cjson/fuzzing/inputs
declare -A library=([cjson]="$1/cjson/cJSON.c" [libyaml]="$(echo "$1"/libyaml/src/*.c)"
  [zlib]="$(echo "$1"/zlib/[!g]*.c)" [tinyxml2]="$1/tinyxml2/tinyxml2.cpp"
  [giflib]="$(echo "$1"/giflib/{[de]gif_lib,gif_[eh]*,gifalloc,openbsd-*}.c)")
declare -A flags=([cjson]="-I$1/cjson" [libyaml]="-DHAVE_CONFIG_H -I$examples/libyaml -I$1/libyaml/include"
  [zlib]="-I$1/zlib" [tinyxml2]="-I$1/tinyxml2" [giflib]="-I$1/giflib")

# compile EXAMPLE COMPILER FLAG...: it as ./EXAMPLE, without a warning in what is ours.
compile() {
  local example=$1 compiler=$2 file standard
  shift 2
  # shellcheck disable=SC2206  # words on purpose
  local words=(${flags[$example]}) sources=(${library[$example]})
  for file in "$examples/$example"/harness.c* "$examples/driver.c"; do
    case $file in *.cc) standard=-std=c++17 ;; *) standard=-std=gnu11 ;; esac
    AFL_QUIET=1 "$compiler" "$standard" -Wall -Wextra -Wshadow -Werror -g "$@" "${words[@]}" \
      -c "$file" -o "$(basename "${file%.*}").o"
  done
  AFL_QUIET=1 "$compiler" -w -g "$@" "${words[@]}" "${sources[@]}" harness.o driver.o -o "$example" -lm -lstdc++
}

# A driver whose LLVMFuzzerTestOneInput prints what it is given.
compile_echo() {
  cat > echo.c << 'C'
#include <stdint.h>
#include <stdio.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  printf("%zu:%.*s\n", size, size < 9 ? (int)size : 9, (const char *)data);
  return 0;
}
C
  AFL_QUIET=1 "$@" echo.c "$examples/driver.c" -o echo-driver
}

test_input_from_files_and_standard_input() {
  local compiler
  printf 'first' > a
  printf 'second' > b
  head -c 200000 /dev/zero | tr '\0' x > large
  for compiler in "gcc -fsanitize=address" "afl-clang-fast" "afl-clang-fast -DDRIVER_FORK"; do
    # shellcheck disable=SC2086  # words on purpose
    compile_echo $compiler
    expect_equal $'5:first\n6:second\n200000:xxxxxxxxx' "$(./echo-driver a b large)"
    expect_equal "6:second" "$(./echo-driver < b)"
    expect_equal "0:" "$(./echo-driver < /dev/null)"
  done
}

test_unreadable_input_is_an_error() {
  compile_echo gcc
  run ./echo-driver nowhere
  expect_equal 2 "$status"
  expect_contains "cannot open nowhere: No such file" "$output"
}

test_all_options_of_cjson_run_clean_under_sanitizers() {
  local first second
  compile cjson gcc -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
  for first in b u B U; do
    for second in f u F U; do
      printf '%s{"a\\"":[1,-2.5e300,1e999,"\\u0001\\ud83d\\ude00",{"b":null}],"c":[true,false,{}]} // x\n' \
        "$first$second" > "input-$first$second"
    done
  done
  run ./cjson "$inputs"/* input-* /dev/null
  expect_equal "0:" "$status:$output"
}

# The last byte of an input holds the options: all of them, for each of libyaml's own inputs. The library itself
# leaks when an input is wrong.
test_all_options_of_libyaml_run_clean_under_address_sanitizer() {
  local seed options
  compile libyaml gcc -O1 -fsanitize=address
  mkdir inputs
  for seed in "${library[libyaml]%%/src/*}"/examples/*.yaml; do
    for options in $(seq 0 31); do
      { cat "$seed"; printf '%b' "\\x$(printf '%x' $((options ^ 10)))"; } > "inputs/${seed##*/}-$options"
    done
  done
  run env ASAN_OPTIONS=detect_leaks=0 ./libyaml inputs/* /dev/null
  expect_equal "0:" "$status:$output"
}

# The seeds use every option; no memory is lost, and each seed gets somewhere.
test_seeds_run_clean_under_address_sanitizer_and_under_flow_cc() {
  local example seed
  for example in zlib tinyxml2 giflib; do
    "$examples/make-seeds" "$example" "seeds-$example"
    compile "$example" clang-14 -O1 -fsanitize=address
    run ./"$example" "seeds-$example"/* /dev/null
    expect_equal "0:" "$status:$output"
    run compile "$example" "$flow_cc" -O2
    expect_equal 0 "$status"
    AFL_QUIET=1 afl-showmap -q -m none -i "seeds-$example" -o "maps-$example" -- ./"$example" > /dev/null
    for seed in "seeds-$example"/*; do
      [ "$(wc -l < "maps-$example/${seed##*/}")" -gt 40 ] || fail "$seed: only $(wc -l < "maps-$example/${seed##*/}") edges"
    done
  done
}

test_seeds_are_the_same_every_time_and_for_known_examples_only() {
  "$examples/make-seeds" zlib first
  "$examples/make-seeds" zlib second
  expect_equal "" "$(diff -r first second)"
  run "$examples/make-seeds" nothing first
  expect_equal "1:usage: make-seeds zlib|tinyxml2|giflib DIRECTORY" "$status:$output"
}

# What the README promises: flow-cc finds every location, at its column, in what users compile.
test_every_location_is_found_exactly() {
  local example locations
  for example in cjson libyaml; do
    locations=$(grep -cE '^(SOURCE|SINK|INTERMEDIATE),' "$examples/$example/$example.flowdb")
    FLOW_DB=$examples/$example/$example.flowdb run compile "$example" "$flow_cc" -O2
    expect_contains "$locations of $locations locations of $example.flowdb instrumented ($locations exact, 0 approximate)" "$output"
  done
}

# Persistent mode gets its input through shared memory, with @@ on the command line or without.
test_both_modes_run_the_input_with_and_without_a_file_argument() {
  local mode at
  mkdir seeds
  printf 'BF{"a":[1,"b"]}' > seeds/in
  for mode in PERSISTENT FORK; do
    # shellcheck disable=SC2046  # no word for persistent mode
    compile cjson afl-clang-fast -O1 $([ "$mode" = PERSISTENT ] || echo -DDRIVER_FORK)
    for at in "" "@@"; do
      AFL_QUIET=1 afl-showmap -q -m none -i seeds -o "maps$at" -- ./cjson ${at:+"$at"} > /dev/null
      [ "$(wc -l < "maps$at/in")" -gt 50 ] || fail "$mode $at: only $(wc -l < "maps$at/in") edges"
    done
    [ "$mode" = FORK ] || expect_equal "$(cat maps/in)" "$(cat maps@@/in)"
    rm -r maps maps@@
  done
}

run_tests
