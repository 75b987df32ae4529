#!/usr/bin/env bash
# driver_test.sh CJSON_SOURCE: the example's driver and harness, by hand and under afl-showmap.
set -euo pipefail
# shellcheck source=test/scripts/testing.sh
. "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
[ -d "${1:-}" ] || { echo "${1:-its argument} is missing: fetch it with scripts/fetch-source cjson build/sources"; exit 1; }
cjson=$1
inputs=$cjson/fuzzing/inputs
example=$root/examples/cjson

# compile COMPILER FLAG...: the example as ./cjson, without a warning in what is ours.
compile() {
  local compiler=$1 file
  shift
  for file in harness driver; do
    AFL_QUIET=1 "$compiler" -std=gnu11 -Wall -Wextra -Wshadow -Werror -g "$@" "-I$cjson" -c "$example/$file.c" -o "$file.o"
  done
  AFL_QUIET=1 "$compiler" -g "$@" "-I$cjson" "$cjson/cJSON.c" harness.o driver.o -o cjson -lm
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
  AFL_QUIET=1 "$@" echo.c "$example/driver.c" -o echo-driver
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

test_all_options_run_clean_under_sanitizers() {
  local first second
  compile gcc -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
  for first in b u B U; do
    for second in f u F U; do
      printf '%s{"a\\"":[1,-2.5e300,1e999,"\\u0001\\ud83d\\ude00",{"b":null}],"c":[true,false,{}]} // x\n' \
        "$first$second" > "input-$first$second"
    done
  done
  run ./cjson "$inputs"/* input-* /dev/null
  expect_equal "0:" "$status:$output"
}

# Persistent mode gets its input through shared memory, with @@ on the command line or without.
test_both_modes_run_the_input_with_and_without_a_file_argument() {
  local mode at
  mkdir seeds
  printf 'BF{"a":[1,"b"]}' > seeds/in
  for mode in PERSISTENT FORK; do
    # shellcheck disable=SC2046  # no word for persistent mode
    compile afl-clang-fast -O1 $([ "$mode" = PERSISTENT ] || echo -DDRIVER_FORK)
    for at in "" "@@"; do
      AFL_QUIET=1 afl-showmap -q -m none -i seeds -o "maps$at" -- ./cjson ${at:+"$at"} > /dev/null
      [ "$(wc -l < "maps$at/in")" -gt 50 ] || fail "$mode $at: only $(wc -l < "maps$at/in") edges"
    done
    [ "$mode" = FORK ] || expect_equal "$(cat maps/in)" "$(cat maps@@/in)"
    rm -r maps maps@@
  done
}

run_tests
