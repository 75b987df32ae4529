# shellcheck shell=bash
# Helpers of the tests in this folder. Sourced, never run.
#
# A test is a function test_NAME. run_tests runs each in an empty directory and a subshell of its own, and
# ends with 1 when one failed.

# shellcheck disable=SC2034  # for the tests
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

fail() {
  printf '    %s\n' "$@" >&2
  exit 1
}

expect_equal() { [ "$1" = "$2" ] || fail "expected: $1" "     got: $2"; }
expect_contains() { [[ $2 == *"$1"* ]] || fail "expected to contain: $1" "                got: $2"; }

# run COMMAND...: its exit status in `status`, both outputs in `output`.
run() {
  status=0
  output=$("$@" 2>&1) || status=$?
}

run_tests() {
  local name dir status failed=0
  for name in $(compgen -A function test_); do
    dir=$(mktemp -d)
    # Not as a condition: bash would ignore `set -e` inside.
    set +e
    (set -e; cd "$dir"; "$name")
    status=$?
    set -e
    if [ "$status" -eq 0 ]; then
      echo "ok      $name"
    else
      echo "FAILED  $name"
      failed=1
    fi
    rm -rf "$dir"
  done
  exit "$failed"
}
