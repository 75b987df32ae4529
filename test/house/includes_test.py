#!/usr/bin/env python3
"""Includes point downwards: a file includes only what the table of its folder lets it."""

import fnmatch
import pathlib
import re

import house

LIBC = "<(%s|(linux|net|netinet|arpa|sys)/[a-z_]+).h>" % "|".join("""assert ctype dirent dlfcn elf errno
    fcntl fenv float glob inttypes libgen limits link locale malloc math netdb poll pthread pwd sched semaphore
    setjmp signal spawn stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings
    syslog termios time ucontext unistd wchar""".split())
CXX = f"{LIBC}|<[a-z_0-9]+>"

# Folder -> what each file in it may include, as a regular expression.
FOLDERS = {
    "runtime": f'{LIBC}|"flow[a-z_]*.h"|<xxhash.h>',
    "runtime/instrument": f'{CXX}|"(runtime/instrument|flowdb|absl|llvm)/.*"|"runtime/flow_shm.h"',
    "runtime/derive": f'{CXX}|"(runtime/derive|runtime/instrument|flowdb|absl|llvm)/.*"',
    "flowdb": f'{CXX}|"(flowdb|absl)/.*"|"xxhash.h"',
    "flowdb/sarif": f'{CXX}|"(flowdb|absl)/.*"|"xxhash.h"|<fnmatch.h>',
    "plugin": f'{CXX}|"(plugin|flowdb|absl)/.*"|"runtime/flow_shm.h"|"xxhash.h"',
    "plugin/afl_compat": "",
    "tools": f'{CXX}|"(tools|plugin|flowdb|absl)/.*"|"runtime/flow_shm.h"|<CLI/CLI.hpp>|<nlohmann/json.*>',
    "tools/doctor": f'{CXX}|"(tools|plugin|flowdb|absl)/.*"|"runtime/flow_shm.h"|<CLI/CLI.hpp>|<nlohmann/json.*>',
}
# File -> what it alone may include besides: dependencies that stay behind one file.
FILES = {
    "runtime/derive/flow_derive.cc": "<CLI/CLI.hpp>",
    "runtime/instrument/elf_section.cc": "<(libelf|gelf).h>",
    "runtime/instrument/function_rules.cc": "<cxxabi.h>",
    "runtime/instrument/match_report_json.cc": "<nlohmann/json.hpp>",
    "flowdb/import*.cc": "<nlohmann/json.*>",
    "plugin/afl_hooks_check.c": '<afl-fuzz.h>|"afl_hooks.h"',
    "plugin/config_yaml.cc": '"yaml-cpp/.*"',
    "plugin/log.cc": "<spdlog/.*>",
    "plugin/segment_[cr]*.cc": "<zstd.h>",
    "plugin/input_files.cc": "<nlohmann/json.hpp>",
    "plugin/statistics_report.cc": "<nlohmann/json.hpp>",
    "tools/campaign_verdicts.cc": '"runtime/instrument/match_report.h"',
    "tools/verdict_sarif.cc": '"xxhash.h"',
    "tools/cmd_flowdb_match.cc": '"runtime/instrument/match_report.h"',
    "tools/doctor/check_database.cc": '"runtime/instrument/match_report.h"',
    "tools/doctor/check_program.cc": '"runtime/instrument/elf_section.h"',
    "tools/program_notes.*": '"runtime/instrument/(elf_section|match_notes).h"',
    "plugin/tsc_clock.cc": "<cpuid.h>",
    "tools/run_clang_analyzer.cc": "<spawn.h>",
}
# Tests and examples may include anything.
FREE = ("test", "examples")


def violations(name):
    folder = str(pathlib.PurePath(name).parent)
    if folder.split("/")[0] in FREE:
        return
    if folder not in FOLDERS:
        yield f"{name}:1: {folder} has no row in FOLDERS of test/house/includes_test.py: add what it may include"
        return
    allowed = "|".join([FOLDERS[folder]] + [more for file, more in FILES.items() if fnmatch.fnmatch(name, file)])
    for number, line in enumerate(house.text(name).splitlines(), 1):
        included = re.match(r"\s*#\s*include(?:_next)?\s*(.*?)\s*(?://.*|/\*.*)?$", line)
        if included and not re.fullmatch(allowed, included[1]):
            yield f"{name}:{number}: {folder}/ may not include {included[1]} (see test/house/includes_test.py)"


house.finish(v for name in house.tracked(house.C_FAMILY) for v in violations(name))
