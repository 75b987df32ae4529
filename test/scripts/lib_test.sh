#!/usr/bin/env bash
# Tests of scripts/lib.sh: what it asks of dpkg, apt and sudo, and what it says when they fail.
#
# The commands under test are stubs that log their calls; nothing is installed.
set -euo pipefail
# shellcheck source=test/scripts/testing.sh
. "$(dirname "${BASH_SOURCE[0]}")/testing.sh"

# stub NAME BODY: a command that logs its call to `calls`.
stub() {
  printf '#!/bin/bash\necho "%s $*" >> %q/calls\n%s\n' "$1" "$PWD" "$2" > "bin/$1"
  chmod +x "bin/$1"
}

# A machine with package `have` and without `lack`, for user id $1; nothing else in its PATH.
make_machine() {
  local tool
  mkdir bin
  : > calls
  for tool in bash awk cat dirname env grep head mktemp rm sed tail tee true; do
    ln -s "$(type -P "$tool")" "bin/$tool"
  done
  stub id "echo $1"
  stub dpkg-query 'printf "have installed\ngone config-files\n"; exit 1'
  stub apt-get true
}

need() {
  # shellcheck disable=SC2016  # the inner shell's
  run env PATH="$PWD/bin" bash -c 'set -euo pipefail; . "$0/scripts/lib.sh"; need_packages "$@"' "$root" "$@"
}

test_nothing_missing_asks_only_dpkg() {
  make_machine 0
  need "have|a reason"
  expect_equal "0:" "$status:$output"
  expect_equal "" "$(grep apt-get calls || true)"
}

test_missing_packages_are_named_with_their_reason_and_installed() {
  make_machine 0
  need "have|not shown" "lack|needed for this" "gone|removed, not purged"
  expect_equal 0 "$status"
  expect_contains "lack                   needed for this" "$output"
  expect_contains "gone                   removed, not purged" "$output"
  [[ $output != *"not shown"* ]] || fail "an installed package is listed: $output"
  expect_equal "apt-get -q update" "$(grep -m1 apt-get calls)"
  expect_contains " --no-install-recommends " "$(grep install calls)"
  expect_contains " install lack gone" "$(grep install calls)"
}

test_a_user_installs_through_sudo_and_is_told() {
  make_machine 1000
  # shellcheck disable=SC2016  # the stub's
  stub sudo 'exec "$@"'
  need "lack|a reason"
  expect_equal 0 "$status"
  expect_contains "Root is needed to install lack: through sudo." "$output"
  expect_contains "sudo apt-get -q update" "$(cat calls)"
}

test_a_user_without_sudo_is_told_what_to_do() {
  make_machine 1000
  need "lack|a reason"
  expect_equal 1 "$status"
  expect_contains "to install lack one must be root, and there is no sudo" "$output"
  expect_equal "" "$(grep apt-get calls || true)"
}

test_a_refusing_sudo_ends_it() {
  make_machine 1000
  stub sudo 'exit 1'
  need "lack|a reason"
  expect_equal 1 "$status"
  expect_contains "sudo refused" "$output"
  expect_equal "" "$(grep ^apt-get calls || true)"
}

test_a_failing_install_shows_apts_words() {
  make_machine 0
  # shellcheck disable=SC2016  # the stub's
  stub apt-get '[[ $* != *install* ]] || { echo "E: Unable to locate package lack"; exit 100; }'
  need "lack|a reason"
  expect_equal 1 "$status"
  expect_contains "E: Unable to locate package lack" "$output"
  expect_contains "apt-get could not install lack:" "$output"
}

test_a_failing_update_is_said_and_survived() {
  make_machine 0
  # shellcheck disable=SC2016  # the stub's
  stub apt-get '[[ $* != *update* ]] || { echo "E: no such mirror"; exit 100; }'
  need "lack|a reason"
  expect_equal 0 "$status"
  expect_contains "apt-get update failed (E: no such mirror)" "$output"
}

test_another_distribution_is_told_what_to_install() {
  make_machine 0
  rm bin/apt-get
  need "have|x" "lack|y"
  expect_equal 1 "$status"
  expect_contains "not a Debian system (no apt-get): install the equivalents of: have lack" "$output"
}

# debian_archive by the real apt, for a machine whose sources are $1, with no lists downloaded.
archive_of() {
  mkdir -p etc/sources.d lists/partial
  printf '%s\n' "$2" > "etc/$1"
  cat > apt.conf << CONFIG
Dir::Etc::sourcelist "$PWD/etc/sources.list";
Dir::Etc::sourceparts "$PWD/etc/sources.d";
Dir::State::lists "$PWD/lists";
CONFIG
  # shellcheck disable=SC2016  # the inner shell's
  run env APT_CONFIG="$PWD/apt.conf" bash -c 'set -euo pipefail; . "$0/scripts/lib.sh"; debian_archive' "$root"
}

test_archive_from_one_line_sources() {
  archive_of sources.list 'deb [arch=amd64] http://mirror.example/debian/ stable main
deb http://mirror.example/debian-security stable-security main'
  expect_equal "0:http://mirror.example/debian" "$status:$output"
}

test_archive_from_deb822_sources() {
  archive_of sources.d/debian.sources 'Types: deb deb-src
URIs: https://mirror.example:8080/a/debian
Suites: stable stable-updates
Components: main'
  expect_equal "0:https://mirror.example:8080/a/debian" "$status:$output"
}

test_archive_from_a_mirror_list() {
  archive_of sources.list 'deb mirror+file:/etc/apt/mirrors/debian.list stable main'
  expect_equal "0:mirror+file:/etc/apt/mirrors/debian.list" "$status:$output"
}

test_archive_skips_third_parties() {
  archive_of sources.list 'deb http://third.example/apt nodistro main
deb http://mirror.example/debian stable main'
  expect_equal "0:http://mirror.example/debian" "$status:$output"
}

test_no_archive_is_an_error() {
  archive_of sources.list 'deb http://third.example/apt nodistro main'
  expect_equal 1 "$status"
  expect_contains "no Debian archive found" "$output"
}

run_tests
