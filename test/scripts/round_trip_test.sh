#!/usr/bin/env bash
# round_trip_test.sh BUILD: a finding of clang's analyser on its way through flowmon: SARIF, database, instrumented
# program, campaign, verdict, and back into the SARIF log. Everything is the real thing.
set -euo pipefail
# shellcheck source=test/scripts/testing.sh
. "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
bin=$(realpath "${1:?a build of flowmon}/bin")

test_a_finding_comes_back_with_its_verdict() {
  cat > finding.c << 'C'
#include <stdio.h>
static int table[64];
int main(void) {
  int n = 0;
  if (scanf("%d", &n) != 1) return 1;
  if (n < 0) return 1;
  table[n] = 1;
  return table[0];
}
C
  run "$bin/flowmon" sarif import --clang finding.c -o finding.flowdb --sarif-dir logs
  expect_equal 0 "$status"
  expect_contains "1 in the database" "$output"
  FLOW_DB=finding.flowdb "$bin/flow-cc" -g -O1 finding.c -o finding 2> /dev/null
  mkdir in
  echo 12 > in/number
  AFL_NO_UI=1 AFL_QUIET=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_AFFINITY=1 \
    AFL_CUSTOM_MUTATOR_LIBRARY=$bin/../lib/libflowmon.so FLOW_MONITOR_FLOWDB=$PWD/finding.flowdb \
    run afl-fuzz -E 30000 -i in -o out -- ./finding
  expect_equal 0 "$status"
  local log
  log=$(find logs -name '*.sarif')
  run "$bin/flowmon" verdict out --replay 3 --sarif "$log" -o verdicts.sarif --fail-on confirmed
  expect_equal 1 "$status"
  expect_contains "1 confirmed" "$output"
  expect_contains "0 are flaky" "$output"
  expect_contains "1 of 1 results have a verdict" "$output"
  python3 - "$log" << 'PYTHON' || fail "$(cat verdicts.sarif)"
import json, sys
before, after = json.load(open(sys.argv[1])), json.load(open("verdicts.sarif"))
result = after["runs"][0]["results"][0]
verdict = result["properties"].pop("flowmon")
assert verdict["verdict"] == "confirmed" and verdict["completions"] > 0 and verdict["inputs"], verdict
assert after["runs"][0]["tool"].pop("extensions")[0]["name"] == "flowmon"
if "properties" not in before["runs"][0]["results"][0]:
    del result["properties"]
assert before == after
PYTHON
}

run_tests
