#!/usr/bin/env python3
"""ground_truth_test.py FLOW_CC DIRECTORY...: is what the planted programs say about themselves true?

Each compiles without a warning with clang 14 and 19. Instrumented by its own marks and run with its own inputs,
every flow that must be found is seen: an event of its source, then one of its sink. What must not be found runs,
too, except in the category dead-code: code that never runs proves nothing about the deriver.
Prints what is wrong as DIRECTORY/PROGRAM: sentence, and exits with 1 if there was something.
"""

import pathlib
import struct
import subprocess
import sys
import tempfile

import ground_truth

WARNINGS = ("-Wall", "-Wextra", "-Werror")
SOURCE, SINK = 1, 2


def warnings_of(program):
    for version in ("14", "19"):
        compiler = f"clang++-{version}" if program.is_cxx else f"clang-{version}"
        standard = "-std=c++17" if program.is_cxx else "-std=gnu11"
        for path in program.files:
            done = subprocess.run([compiler, standard, "-O1", *WARNINGS, "-c", path, "-o", "/dev/null"],
                                  capture_output=True, text=True, check=False)
            if done.returncode != 0:
                yield f"{compiler}: {done.stderr.strip()}"


def write_database(program, path):
    """Numbers of the sources' lines and the sinks' lines in the database that it writes."""
    sources = {place: number for number, place in enumerate(sorted(set().union(*program.sources.values())), 1)}
    sinks = {place: number for number, place in enumerate(sorted({key[1:3] for key in program.verdicts}), 1)}
    lines = [f"SOURCE,{number},{file},{line},0,0" for (file, line), number in sources.items()]
    lines += [f"SINK,{number},{file},{line},0,0" for (file, line), number in sinks.items()]
    pairs = sorted({(sources[place], sinks[key[1:3]]) for key in program.verdicts for place in program.sources[key[0]]})
    lines += [f"FLOW,{number},{source},{sink},[]" for number, (source, sink) in enumerate(pairs, 1)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return sources, sinks


def events_of(directory):
    """Per process, its (kind, id) in order."""
    for path in directory.glob("flow_events_*"):
        data = path.read_bytes()
        count = min(struct.unpack_from("<II", data))
        yield [struct.unpack_from("<II", data, 16 + 32 * number) for number in range(count)]
        path.unlink()


def reached(events, source, sink):
    return (SOURCE, source) in events and (SINK, sink) in events[events.index((SOURCE, source)):]


def problems_of(program, flow_cc, scratch):
    yield from warnings_of(program)
    database, binary, shared = scratch / f"{program.name}.flowdb", scratch / program.name, scratch / "shm"
    shared.mkdir(exist_ok=True)
    sources, sinks = write_database(program, database)
    program.build(flow_cc, binary, ["-O0"], FLOW_DB=str(database))
    program.run(binary, FLOW_SHM_DIR=str(shared), FLOW_MAX_EVENTS="65536")
    runs = list(events_of(shared))
    must = {(key[0], *key[1:3]) for key, verdict in program.verdicts.items() if verdict == "MUST"}
    for source, file, line in sorted(must):
        if not any(reached(events, sources[place], sinks[file, line])
                   for events in runs for place in program.sources[source]):
            yield f"{file}:{line}: marked MUST, but no run gets there after source {source}"
    must_not = {key[1:3] for key, verdict in program.verdicts.items() if verdict == "MUST-NOT"}
    for file, line in sorted(must_not):
        if program.category != "dead-code" and not any((SINK, sinks[file, line]) in events for events in runs):
            yield f"{file}:{line}: marked MUST-NOT, but no run gets there, so that it says nothing"


def main():
    flow_cc = pathlib.Path(sys.argv[1]).resolve()
    wrong, count = 0, 0
    for directory in map(pathlib.Path, sys.argv[2:]):
        for program in ground_truth.programs(directory.resolve()):
            with tempfile.TemporaryDirectory() as scratch:
                try:
                    problems = list(problems_of(program, flow_cc, pathlib.Path(scratch)))
                except subprocess.CalledProcessError as error:
                    problems = [f"{error}\n{error.output}"]
            count += 1
            for problem in problems:
                print(f"{directory}/{program.name}: {problem}")
                wrong += 1
    print(f"{count} programs, {wrong} problems")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
