#!/usr/bin/env python3
"""check_flowdb.py FLOWDB SOURCE_DIR [FLAG...]: are the locations of a hand-written .flowdb what it says?

Every SOURCE, SINK and INTERMEDIATE line must have a comment line above it with the exact text that its
columns hold in SOURCE_DIR, and clang must generate code for that range: an instruction whose debug
location is on the line and within the columns, as the instrumentation pass sees it (the FLAGs are the compiler's).
Ids count from 1, the METADATA counts match, every location is used by a flow, and the ids of the flows exist.

Prints what is wrong as FLOWDB:LINE: ..., and exits with 1 if there was something.
"""

import collections
import pathlib
import re
import subprocess
import sys

KINDS = ("SOURCE", "SINK", "INTERMEDIATE")
COUNTS = {"sources": "SOURCE", "sinks": "SINK", "intermediates": "INTERMEDIATE", "flows": "FLOW"}


def code_columns(flags, source):
    """line -> columns that an instruction of `source` carries before any optimisation."""
    command = ["clang-14", *flags, "-g", "-O2", "-S", "-emit-llvm", "-Xclang", "-disable-llvm-passes", "-o", "-"]
    ir = subprocess.run(command + [str(source)], check=True, capture_output=True, text=True).stdout
    used = set(re.findall(r"^  (?!call void @llvm\.(?:dbg|lifetime)).*!dbg (!\d+)", ir, re.M))
    columns = collections.defaultdict(set)
    for name, line, column in re.findall(r"^(!\d+) = (?:distinct )?!DILocation\(line: (\d+), column: (\d+)", ir, re.M):
        if name in used:
            columns[int(line)].add(int(column))
    return columns


class Checker:
    def __init__(self, flowdb, source_dir, flags):
        self.flowdb, self.source_dir, self.flags = flowdb, source_dir, flags
        self.problems = []
        self.seen = collections.Counter()
        self.used = {kind: set() for kind in KINDS}
        self.sources = {}

    def complain(self, number, message):
        self.problems.append(f"{self.flowdb}:{number}: {message}")

    def source(self, name):
        if name not in self.sources:
            path = self.source_dir / name
            self.sources[name] = (path.read_bytes().split(b"\n"), code_columns(self.flags, path))
        return self.sources[name]

    def check_id(self, number, keyword, text):
        self.seen[keyword] += 1
        if text != str(self.seen[keyword]):
            self.complain(number, f"{keyword} has id {text}, the next one is {self.seen[keyword]}")

    def check_location(self, number, above, fields):
        kind, identifier, name, line, start, end = fields
        line, start, end = int(line), int(start), int(end)
        self.check_id(number, kind, identifier)
        lines, columns = self.source(name)
        text = lines[line - 1][start - 1 : end].decode()
        if above != "# " + text:
            self.complain(number, f"{name}:{line}:{start}-{end} is '{text}', the comment above says '{above}'")
        if not any(start <= column <= end for column in columns[line]):
            self.complain(number, f"no code at {name}:{line}:{start}-{end}, only at columns {sorted(columns[line])}")

    def check_flow(self, number, text):
        match = re.fullmatch(r"FLOW,(\d+),(\d+),(\d+),\[(\d+(?:,\d+)*)\],(.+)", text)
        if not match:
            return self.complain(number, "not of the form FLOW,id,source,sink,[i,j,...],description")
        identifier, source, sink, intermediates, _ = match.groups()
        self.check_id(number, "FLOW", identifier)
        self.used["SOURCE"].add(int(source))
        self.used["SINK"].add(int(sink))
        self.used["INTERMEDIATE"].update(map(int, intermediates.split(",")))

    def run(self):
        promised = {}
        above = ""
        for number, text in enumerate(self.flowdb.read_text().splitlines(), 1):
            fields = text.split(",")
            if fields[0] in KINDS:
                self.check_location(number, above, fields)
            elif fields[0] == "FLOW":
                self.check_flow(number, text)
            elif fields[0] == "METADATA" and fields[1] in COUNTS:
                promised[COUNTS[fields[1]]] = int(fields[2])
            above = text
        for keyword in COUNTS.values():
            if promised.get(keyword) != self.seen[keyword]:
                self.complain(0, f"METADATA promises {promised.get(keyword)} {keyword}, there are {self.seen[keyword]}")
        for kind in KINDS:
            declared = set(range(1, self.seen[kind] + 1))
            for identifier in sorted(self.used[kind] ^ declared):
                state = "is used by no flow" if identifier in declared else "does not exist"
                self.complain(0, f"{kind} {identifier} {state}")
        return self.problems


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    flowdb, source_dir = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    if not source_dir.is_dir():
        sys.exit(f"{source_dir} is missing: fetch it with scripts/fetch-source {source_dir.name} {source_dir.parent}")
    checker = Checker(flowdb, source_dir, sys.argv[3:])
    problems = checker.run()
    print("\n".join(problems) or f"{flowdb}: {sum(checker.seen.values())} records agree with {source_dir}")
    sys.exit(1 if problems else 0)


main()
