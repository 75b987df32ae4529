#!/usr/bin/env bash
# bench_test.sh BUILD: scripts/bench and scripts/bench-parts, with the shortest runs that there are. BUILD is a
# build of flowmon with the benchmarks. The figures mean nothing here; that there are any does.
set -euo pipefail
# shellcheck source=test/scripts/testing.sh
. "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
build=$(realpath "${1:?a build of flowmon}")

# One pair of campaigns of a second, with all that they make below the test's own directory. Replaces the shell.
bench() {
  mkdir -p tmp shm
  TMPDIR=$PWD/tmp FLOW_MONITOR_SHARED_MEMORY_DIRECTORY=$PWD/shm \
    exec "$root/scripts/bench" --build "$build" --rounds 1 --seconds 1 --core 0 "$@"
}

test_ratios_and_the_facts_about_the_machine() {
  run bench --target libyaml --mode persistent --afl debian12,sid --json results
  expect_equal 0 "$status"
  [[ $output =~ libyaml\ +persistent\ +sid\ +session\ +[0-9]\.[0-9]{3}\ +\( ]] || fail "no ratio in: $output"
  python3 - << 'PYTHON' || fail "$(cat results)"
import json
results = json.load(open("results"))
assert results["machine"]["afl"] == {"debian12": "++4.04c", "sid": "++5.02c"}
assert results["machine"].keys() >= {"cpu", "kernel", "commit", "date"}
for result in results["results"]:
    assert 0 < result["min"] == result["q1"] == result["median"] == result["max"]
    assert result["lines_per_run"] > 100
PYTHON
  expect_equal "" "$(find tmp shm -mindepth 1)"
}

test_an_execution_without_a_line_is_an_error() {
  FLOW_MONITOR_PROCESSING_RECORD=new run bench --target minimal --mode persistent --afl trixie
  expect_equal 1 "$status"
  expect_contains "not every execution was recorded" "$output"
}

# The empty mutator's target is another program then, and the database one of a directory.
test_a_plain_baseline_with_a_database_at_hand() {
  local ratio=' +fork +trixie +session +[0-9]\.[0-9]{3} .* +2$'
  printf '%s\n' SOURCE,1,zlib/inflate.c,586,0,0 SINK,1,zlib/inflate.c,1280,0,0 FLOW,1,1,1,[] FLOW,2,1,1,[] > zlib.flowdb
  run bench --baseline plain --databases . --target zlib --mode fork --afl trixie --json results
  expect_equal 0 "$status"
  [[ $output =~ zlib$ratio ]] || fail "no ratio in: $output"
  run bench --baseline plain --databases . --target giflib --mode fork --afl trixie
  expect_equal 1 "$status"
  expect_contains "giflib.flowdb is missing" "$output"
  run bench --baseline plain --target minimal
  expect_equal 2 "$status"
  expect_contains "minimal reports by hand" "$output"
}

test_unknown_names_are_errors() {
  run bench --target cjson,nothing
  expect_equal 2 "$status"
  expect_contains "'nothing' is none of minimal, cjson, libyaml, zlib, tinyxml2, giflib" "$output"
}

test_an_ended_run_leaves_nothing() {
  local pid
  bench --seconds 60 --target minimal --mode fork --lane files --afl trixie > output 2>&1 &
  pid=$!
  until [ -n "$(ls -A shm 2> /dev/null)" ]; do
    kill -0 "$pid" || fail "$(cat output)"
    sleep 0.05
  done
  kill -INT "$pid"
  wait "$pid" && fail "the script survived SIGINT: $(cat output)"
  expect_equal "" "$(find tmp shm -mindepth 1)"
}

test_the_parts_of_an_execution() {
  TMPDIR=$PWD run "$root/scripts/bench-parts" --build "$build" --repetitions 1 --min-time 0.001 --core 0
  expect_equal 0 "$status"
  [[ $output =~ whole\ execution(\ +[1-9][0-9]*){4} ]] || fail "no figures in: $output"
}

run_tests
