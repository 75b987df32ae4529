"""The planted programs of this folder: what their comments say, and how they are built and run.

A program is a file NAME.c or NAME.cc with LLVMFuzzerTestOneInput or main, and any NAME.part.c, NAME.part.cc beside
it. Its first comment has these lines:

    // CATEGORY: word            the row of the score's table it counts in
    // WHY: sentences            for people; may go on over further comment lines
    // INPUT: bytes              what the entry, or standard input (a socket), gets in a run; backslashes as in Python.
                                 Several: several runs
    // ENV: NAME=value           for all runs
    // ARGS: word word           for all runs, arguments of main

The marks stand in a comment at the end of the line they speak of, several with ';' in between:

    // FLOW-SOURCE a             a source, under a name of one letter. A name may stand at several lines, any of which
                                 is right, where the source is argv: main's own and where an element is read
    // MUST a copy, copy-size    flows from source a to this line by each of these rules must be found
    // MUST-NOT a index          that must not be found. Like any flow without a mark, written down to be seen
    // MAY a copy                both are right: reasonable people differ
"""

import os
import pathlib
import re
import socket
import subprocess

RULES = ("copy", "copy-size", "index", "allocation-size", "loop-bound", "division", "format", "command", "path")
VERDICTS = ("MUST", "MUST-NOT", "MAY")
SUFFIXES = (".c", ".cc")
DRIVER = pathlib.Path(__file__).resolve().parents[2] / "examples" / "driver.c"


class Program:
    """One program. verdicts: (source name, file name, line, rule) -> verdict; sources: name -> {(file name, line)}."""

    def __init__(self, main):
        self.name, self.directory = main.name.split(".")[0], main.parent
        self.is_cxx = main.suffix == ".cc"
        self.files = sorted(path for path in main.parent.iterdir()
                            if path.name.split(".")[0] == self.name and path.suffix in SUFFIXES)
        self.category, self.inputs, self.environment, self.arguments = None, [], {}, []
        self.sources, self.verdicts = {}, {}
        for path in self.files:
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                self._read_line(path, number, line)
        text = main.read_text(encoding="utf-8")
        self.is_fuzz_entry = "int LLVMFuzzerTestOneInput(" in text
        if not self.category:
            raise ValueError(f"{main}: no line '// CATEGORY: word'")
        if "// WHY: " not in text:
            raise ValueError(f"{main}: no line '// WHY: sentences'")
        for source, name, line, _ in self.verdicts:
            if source not in self.sources:
                raise ValueError(f"{main.parent / name}:{line}: no line is marked 'FLOW-SOURCE {source}'")

    def _read_line(self, path, number, line):
        if head := re.match(r"// (CATEGORY|INPUT|ENV|ARGS): (.*)", line):
            keyword, value = head.groups()
            if keyword == "CATEGORY":
                self.category = value
            elif keyword == "INPUT":
                self.inputs.append(value.encode().decode("unicode_escape").encode("latin-1"))
            elif keyword == "ENV":
                self.environment.update([value.split("=", 1)])
            else:
                self.arguments = value.split()
        elif comment := re.search(r"// ((?:FLOW-SOURCE|MUST|MAY)\b.*)", line):
            for mark in comment[1].split(";"):
                self._read_mark(path, number, mark.strip())

    def _read_mark(self, path, number, mark):
        where = f"{path}:{number}"
        words = mark.split(None, 2)
        if len(words) == 2 and words[0] == "FLOW-SOURCE" and re.fullmatch("[a-z]", words[1]):
            self.sources.setdefault(words[1], set()).add((path.name, number))
            return
        if len(words) != 3 or words[0] not in VERDICTS or not re.fullmatch("[a-z]", words[1]):
            raise ValueError(f"{where}: '{mark}' is neither 'FLOW-SOURCE a' nor '{'|'.join(VERDICTS)} a rule, rule'")
        for rule in words[2].split(", "):
            if rule not in RULES:
                raise ValueError(f"{where}: rule '{rule}' is none of {', '.join(RULES)}")
            if self.verdicts.setdefault((words[1], path.name, number, rule), words[0]) != words[0]:
                raise ValueError(f"{where}: two verdicts about '{words[1]} {rule}'")

    def source_at(self, file, line):
        """The name of the source that is marked there, or None."""
        return next((name for name, places in sorted(self.sources.items()) if (file, line) in places), None)

    def build(self, flow_cc, output, flags=(), **environment):
        """Compiles it with flow-cc over clang-14. The driver of a fuzz entry is none of the program: plain clang
        compiles it. Returns flow-cc's output; CalledProcessError if it failed."""
        compiler = re.sub("cc$", "c++", str(flow_cc)) if self.is_cxx else str(flow_cc)
        objects = [driver_object(output.parent)] if self.is_fuzz_entry else []
        standard = "-std=c++17" if self.is_cxx else "-std=gnu11"
        return subprocess.run(
            [compiler, standard, "-g", *flags, *self.files, *objects, "-o", output],
            env={**os.environ, "FLOW_CC_BACKEND": "clang-14", "FLOW_CXX_BACKEND": "clang++-14", **environment},
            cwd=output.parent, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120).stdout

    def run(self, binary, **environment):
        """Runs it once per input."""
        for data in self.inputs or [b""]:
            ours, theirs = socket.socketpair()
            with ours, theirs:
                ours.sendall(data)
                ours.shutdown(socket.SHUT_WR)
                subprocess.run([binary, *self.arguments], stdin=theirs, timeout=20, check=False,
                               env={**os.environ, **self.environment, **environment},
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def driver_object(directory):
    path = directory / "driver.o"
    if not path.exists():
        subprocess.run(["clang-14", "-c", DRIVER, "-o", path], check=True)
    return path


def programs(directory):
    """All programs of a directory, by name. Raises ValueError with file:line for a mark that is wrong."""
    found = [Program(path) for path in sorted(directory.resolve().iterdir())
             if path.suffix in SUFFIXES and path.stem.count(".") == 0]
    if not found:
        raise ValueError(f"{directory}: no program in it")
    return found
