#!/usr/bin/env python3
"""ground_truth_reject_test.py FLOW_CC: ground_truth_test.py finds each thing that may be wrong with a program."""

import pathlib
import subprocess
import sys
import tempfile

PROGRAM = """\
// CATEGORY: calls
// WHY: the test
// INPUT: \\x01\\x02
#include <stdlib.h>
#include <unistd.h>
static int g_table[300];
int main(void) {
  unsigned char bytes[2];
  %s
  if (read(0, bytes, 2) != 2) return 1;  // FLOW-SOURCE a
  g_table[bytes[1]] = 1;  // MUST a index
  if (bytes[0] == 7) {
    %s
  }
  return bytes[0] - 1;
}
"""
CASES = (  # what stands in front of the source, what in the branch that does not run, and the problem
    ("g_table[3] = 1;", "g_table[4] = 1;", ""),
    ("g_table[3] = 1;  // MUST-NOT a index", "g_table[4] = 1;", ""),
    ("g_table[3] = 1;", "g_table[bytes[0]] = 1;  // MUST a index",
     "one: one.c:13: marked MUST, but no run gets there after source a"),
    ("g_table[3] = 1;  // MUST a index", "g_table[4] = 1;",
     "one: one.c:9: marked MUST, but no run gets there after source a"),
    ("g_table[3] = 1;", "g_table[4] = 1;  // MUST-NOT a index",
     "one: one.c:13: marked MUST-NOT, but no run gets there"),
    ("int unused;", "g_table[4] = 1;", "one: clang-19: "),
    ("int wrong = ;", "g_table[4] = 1;", "one: Command "),
)


def main():
    wrong = 0
    for before, branch, problem in CASES:
        with tempfile.TemporaryDirectory() as directory:
            (pathlib.Path(directory) / "one.c").write_text(PROGRAM % (before, branch), encoding="utf-8")
            test = pathlib.Path(__file__).with_name("ground_truth_test.py")
            done = subprocess.run([test, sys.argv[1], directory], stdout=subprocess.PIPE, text=True, check=False)
            if problem not in done.stdout or done.returncode != (1 if problem else 0):
                print(f"with '{before}' and '{branch}' expected: {problem}\nstatus {done.returncode}: {done.stdout}")
                wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
