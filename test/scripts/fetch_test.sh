#!/usr/bin/env bash
# Tests of scripts/get-aflpp and scripts/fetch-source without a network: arguments, what is there already,
# and that a run that fails or is ended leaves nothing behind. scripts/test runs both for real.
set -euo pipefail
# shellcheck source=test/scripts/testing.sh
. "$(dirname "${BASH_SOURCE[0]}")/testing.sh"

# From here on, apt knows one archive, which does not exist.
lose_the_archive() {
  mkdir -p none lists/partial
  echo 'deb file:/nonexistent/debian stable main' > sources.list
  cat > apt.conf << CONFIG
Dir::Etc::sourcelist "$PWD/sources.list";
Dir::Etc::sourceparts "$PWD/none";
Dir::State::lists "$PWD/lists";
CONFIG
  export APT_CONFIG=$PWD/apt.conf
}

test_arguments_are_checked() {
  run "$root/scripts/get-aflpp" woody prefix
  expect_equal 1 "$status"
  expect_contains "unknown suite 'woody'" "$output"
  run "$root/scripts/get-aflpp" trixie
  expect_equal 1 "$status"
  run "$root/scripts/fetch-source" cjson
  expect_equal 1 "$status"
  run "$root/scripts/fetch-source" '../cjson' dir
  expect_equal 1 "$status"
  expect_contains "'../cjson' is no name of a Debian source package" "$output"
  expect_equal "" "$(ls -A)"
}

test_an_aflpp_that_is_there_is_kept() {
  lose_the_archive
  mkdir -p prefix/bin
  ln -s "$(type -P true)" prefix/bin/afl-fuzz
  echo trixie > prefix/suite
  run "$root/scripts/get-aflpp" trixie prefix
  expect_equal 0 "$status"
  expect_contains "is in $PWD/prefix already" "$output"
}

test_another_aflpp_or_other_files_are_not_overwritten() {
  mkdir -p prefix/bin other
  ln -s "$(type -P true)" prefix/bin/afl-fuzz
  echo sid > prefix/suite
  run "$root/scripts/get-aflpp" trixie prefix
  expect_equal 1 "$status"
  expect_contains "holds another AFL++ than trixie's" "$output"
  touch other/file
  run "$root/scripts/get-aflpp" trixie other
  expect_equal 1 "$status"
  expect_contains "other is not empty" "$output"
}

test_a_source_that_is_there_is_kept() {
  lose_the_archive
  mkdir -p dir/cjson
  run "$root/scripts/fetch-source" cjson dir
  expect_equal 0 "$status"
  expect_contains "is in $PWD/dir/cjson already" "$output"
}

test_a_failed_run_leaves_nothing() {
  lose_the_archive
  mkdir work
  run "$root/scripts/get-aflpp" sid work/aflpp
  expect_equal 1 "$status"
  expect_contains "could not be fetched from file:/nonexistent/debian" "$output"
  run "$root/scripts/fetch-source" cjson work
  expect_equal 1 "$status"
  expect_contains "could not be fetched from file:/nonexistent/debian" "$output"
  expect_equal "" "$(ls -A work)"
}

# A stand-in for an apt-get that takes its time; the script is ended in the midst of it.
test_an_ended_run_leaves_nothing() {
  local pid
  lose_the_archive
  mkdir bin work
  # shellcheck disable=SC2016  # the stub's
  printf '#!/bin/bash\ncase $* in *-qq*) touch %q; sleep 1;; *) exec /usr/bin/apt-get "$@";; esac\n' \
    "$PWD/started" > bin/apt-get
  chmod +x bin/apt-get
  PATH=$PWD/bin:$PATH "$root/scripts/get-aflpp" sid work/aflpp > /dev/null 2>&1 &
  pid=$!
  until [ -e started ]; do sleep 0.05; done
  [ -n "$(ls -A work)" ] || fail "the script does not work beside its target"
  kill -TERM "$pid"
  wait "$pid" && fail "the script survived SIGTERM"
  expect_equal "" "$(ls -A work)"
}

run_tests
