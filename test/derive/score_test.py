#!/usr/bin/env python3
"""score_test.py: test/derive/score on hand-made programs and databases."""

import json
import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = """\
// CATEGORY: first
// WHY: none of this is compiled.
int main() {
  read(0, buffer, 4);    // FLOW-SOURCE a
  other(0, buffer);      // FLOW-SOURCE b
  copy(to, buffer, 4);   // MUST a copy, copy-size; MUST-NOT b copy
  table[buffer[0]] = 1;  // MUST b index; MAY a index
  other(1, buffer);      // FLOW-SOURCE b
}
"""
SECOND = """\
// CATEGORY: second
// WHY: in two files.
int main() { f(getenv("X")); }  // FLOW-SOURCE a
"""
SECOND_PART = "void f(char* p) { system(p); }  // MUST a command\n"


def database(*flows):
    """Of (source file, source line, sink file, sink line, rule)."""
    lines = ["METADATA,version,1.2"]
    for number, (source, source_line, sink, sink_line, rule) in enumerate(flows, 1):
        lines += [f"FLOW,{number},{number},{number},[],a text, with a comma",
                  f"SOURCE,{number},{source},{source_line},3,9", f"SINK,{number},{sink},{sink_line},0,0",
                  f"LABEL,FLOW,{number},rule,{rule}", f"LABEL,FLOW,{number},confidence,high"]
    return "\n".join(lines) + "\n"


class ScoreTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        self.programs, self.databases = self.root / "programs", self.root / "databases"
        self.programs.mkdir()
        self.databases.mkdir()
        self.write("one.c", PROGRAM)

    def write(self, name, text):
        (self.programs / name).write_text(text, encoding="utf-8")

    def derived(self, name, text):
        (self.databases / f"{name}.flowdb").write_text(text, encoding="utf-8")

    def score(self, *options):
        return subprocess.run([HERE / "score", *options, self.programs], capture_output=True, text=True, check=False,
                              cwd=self.root, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})

    def scored(self, *options):
        done = self.score("--databases", self.databases, "--json", *options)
        self.assertEqual("", done.stderr)
        return json.loads(done.stdout)

    def tally(self, result):
        return tuple(result["total"][key] for key in ("found", "missed", "false"))

    def test_all_found_by_either_line_of_a_source(self):
        self.derived("one", database(("one.c", 4, "/any/where/one.c", 6, "copy"), ("one.c", 4, "one.c", 6, "copy-size"),
                                     ("one.c", 8, "one.c", 7, "index")))
        result = self.scored()
        self.assertEqual((3, 0, 0), self.tally(result))
        self.assertEqual((1, 1), (result["total"]["recall"], result["total"]["precision"]))
        self.assertEqual([], result["findings"])

    def test_flows_between_the_same_lines_count_once(self):
        self.derived("one", database(*[("one.c", 4, "one.c", 6, "copy")] * 3, *[("one.c", 5, "one.c", 6, "copy")] * 2))
        self.assertEqual((1, 2, 1), self.tally(self.scored()))

    def test_what_may_be_found_does_not_count(self):
        self.derived("one", database(("one.c", 4, "one.c", 7, "index")))
        self.assertEqual((0, 3, 0), self.tally(self.scored()))

    def test_false_are_wrong_rule_wrong_source_no_source_and_unmarked_line(self):
        for flow in (("one.c", 4, "one.c", 6, "index"), ("one.c", 5, "one.c", 6, "copy-size"),
                     ("one.c", 3, "one.c", 6, "copy"), ("one.c", 4, "one.c", 9, "copy")):
            with self.subTest(flow):
                self.derived("one", database(flow))
                result = self.scored()
                self.assertEqual((0, 3, 1), self.tally(result))
                self.assertEqual(0, result["total"]["precision"])
                false = [finding for finding in result["findings"] if finding["kind"] == "false"]
                self.assertEqual([(flow[3], flow[4])], [(finding["line"], finding["rule"]) for finding in false])

    def test_nothing_derived_has_no_precision(self):
        self.derived("one", database())
        self.assertEqual((0, None), tuple(self.scored()["total"][key] for key in ("recall", "precision")))

    def test_flows_into_other_files_are_outside(self):
        self.derived("one", database(("one.c", 4, "/usr/include/vector.h", 6, "copy")))
        result = self.scored()
        self.assertEqual((1, (0, 3, 0)), (result["outside"], self.tally(result)))

    def test_a_program_of_two_files_and_rows_of_category_and_rule(self):
        self.write("two.c", SECOND)
        self.write("two.part.c", SECOND_PART)
        self.derived("one", database())
        self.derived("two", database(("two.c", 3, "two.part.c", 1, "command"), ("two.c", 3, "two.c", 3, "command")))
        result = self.scored()
        self.assertEqual((1, 3, 1), self.tally(result))
        self.assertEqual((1, 0, 1), tuple(result["categories"]["second"][key] for key in ("found", "missed", "false")))
        self.assertEqual(3, result["categories"]["first"]["missed"])
        self.assertEqual({"command", "copy", "copy-size", "index"}, set(result["rules"]))

    def test_tables_and_the_lists_behind_them(self):
        self.derived("one", database(("one.c", 4, "one.c", 6, "copy"), ("one.c", 4, "one.c", 9, "path")))
        output = self.score("--databases", self.databases, "--verbose").stdout
        self.assertRegex(output, r"\nall +1 +2 +1 +0\.33 +0\.50\n1 programs, 0 flows")
        self.assertRegex(output, r"\nmissed /.*/one\.c:7: index from source b\n")
        self.assertRegex(output, r"\nfalse +/.*/one\.c:9: path from source a\n")

    def test_limits_decide_the_exit_status(self):
        self.derived("one", database(("one.c", 4, "one.c", 6, "copy"), ("one.c", 4, "one.c", 9, "copy")))
        for options, status, words in (((), 0, ""), (("--min-recall", "0.3", "--min-precision", "0.5"), 0, ""),
                                       (("--min-recall", "0.34"), 1, "recall is below 0.34"),
                                       (("--min-precision", "0.51"), 1, "precision is below 0.51")):
            with self.subTest(options):
                done = self.score("--databases", self.databases, *options)
                self.assertEqual((status, words), (done.returncode, done.stderr.strip().removeprefix("score: ")))

    def test_a_program_that_cannot_be_scored_is_an_error_and_all_missed(self):
        done = self.score("--databases", self.databases)
        self.assertEqual(1, done.returncode)
        self.assertIn("one.flowdb is missing", done.stderr)
        self.assertRegex(done.stdout, r"\nall +0 +3 +0 ")

    def test_databases_that_make_no_sense(self):
        for text, words in (("FLOW,1,1,1,[],\n", "one.flowdb:1: flow 1 has the rule None, which is none of copy,"),
                            ("FLOW,1,1,1,[],\nLABEL,FLOW,1,rule,copy\n", "one.flowdb:1: flow 1 has no SOURCE 1"),
                            ("SOURCE,1,one.c,x,0,0\n", "one.flowdb:1: invalid literal"),
                            ("FLOW,1\n", "one.flowdb:1: ")):
            with self.subTest(text):
                self.derived("one", text)
                done = self.score("--databases", self.databases)
                self.assertEqual(1, done.returncode)
                self.assertIn(f"score: {words}", done.stderr)

    def test_marks_that_make_no_sense(self):
        for line, words in (("f();  // MUST a", "'MUST a' is neither 'FLOW-SOURCE a' nor 'MUST|MUST-NOT|MAY a rule, rule'"),
                            ("f();  // MUST a copying", "rule 'copying' is none of copy,"),
                            ("f();  // MUST c copy", "no line is marked 'FLOW-SOURCE c'"),
                            ("f();  // MUST a copy; MAY a copy", "two verdicts about 'a copy'"),
                            ("f();  // FLOW-SOURCE first", "'FLOW-SOURCE first' is neither")):
            with self.subTest(line):
                self.write("one.c", f"{PROGRAM}{line}\n")
                done = self.score("--databases", self.databases)
                self.assertEqual(1, done.returncode)
                self.assertRegex(done.stderr, r"^score: .*one\.c:10: ")
                self.assertIn(words, done.stderr)

    def test_a_program_without_a_category_or_reason(self):
        for text, words in ((PROGRAM.replace("CATEGORY", "KIND"), "no line '// CATEGORY: word'"),
                            (PROGRAM.replace("WHY", "BECAUSE"), "no line '// WHY: sentences'")):
            self.write("one.c", text)
            self.assertIn(words, self.score("--databases", self.databases).stderr)

    def test_flow_cc_is_run_with_flow_derive(self):
        compiler = self.root / "flow-cc"
        compiler.write_text('#!/bin/sh\necho "$@" > arguments\necho "$FLOW_CC_BACKEND says no"\n'
                            f'cp {self.databases}/one.flowdb "$FLOW_DERIVE"\n', encoding="utf-8")
        compiler.chmod(compiler.stat().st_mode | stat.S_IXUSR)
        self.derived("one", database(("one.c", 4, "one.c", 6, "copy")))
        kept = self.root / "kept"
        kept.mkdir()
        done = self.score("--flow-cc", compiler, "--keep", kept, "--flags", "-O2 -DX")
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertTrue((kept / "one.flowdb").exists())
        compiler.write_text("#!/bin/sh\necho not today\n", encoding="utf-8")
        done = self.score("--flow-cc", compiler)
        self.assertEqual(1, done.returncode)
        self.assertIn("one: flow-cc wrote no database; it said: not today", done.stderr)


if __name__ == "__main__":
    sys.exit(unittest.main())
