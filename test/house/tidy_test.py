#!/usr/bin/env python3
"""tidy_test.py ROOT BUILD_DIR: clang-tidy has nothing to say about the sources that BUILD_DIR compiles.

A file takes seconds, nearly all of them for the headers of others. So one that was found clean is looked at
again only when what clang-tidy sees has changed: the preprocessed text with its comments, the command, .clang-tidy.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys

import house

TIDY = "clang-tidy-14"
build = pathlib.Path(sys.argv[2])
cache = build / "clang-tidy-clean"


def options(entry):
    """Those of the compiler, without its name, -c, -o and the source."""
    args = shlex.split(entry["command"])
    output = args.index("-o")
    args = args[1:output] + args[output + 2:]
    if "-Winvalid-pch" in args:  # and what the sources do not include themselves
        include = args.index("-include")
        del args[include:include + 2]
    return [arg for arg in args if arg not in ("-c", "-Winvalid-pch", entry["file"])]


def digest(entry):
    """Of all that the verdict on one source depends on; None if it cannot be preprocessed."""
    compiler = "clang-14" if entry["file"].endswith(".c") else "clang++-14"
    seen = subprocess.run(
        [compiler, "-E", "-CC", "-w", *options(entry), entry["file"]], cwd=entry["directory"], capture_output=True)
    if seen.returncode != 0:
        return None
    return hashlib.sha256(b"\0".join([version, config, entry["command"].encode(), seen.stdout])).hexdigest()


def check(entry):
    """(digest of a clean source or None, what clang-tidy says)"""
    key = digest(entry)
    if key and (cache / key).exists():
        return key, ""
    result = subprocess.run(
        [TIDY, "-quiet", entry["file"], "--", *options(entry)], cwd=entry["directory"], capture_output=True, text=True)
    if result.returncode != 0:
        return None, result.stdout or result.stderr
    if key:
        (cache / key).touch()
    return key, ""


version = subprocess.run([TIDY, "--version"], check=True, capture_output=True).stdout
config = (house.root() / ".clang-tidy").read_bytes()
ours = {str(house.root() / name) for name in house.tracked(house.C_FAMILY)}
# A file that is compiled twice is checked as it is first.
entries = {entry["file"]: entry for entry in reversed(json.loads((build / "compile_commands.json").read_text()))
           if entry["file"] in ours}
if not entries:
    sys.exit(f"{build} compiles no tracked source of {house.root()}")

cache.mkdir(exist_ok=True)
with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
    results = list(pool.map(check, entries.values()))
clean = {key for key, _ in results if key}
for old in cache.iterdir():
    if old.name not in clean:
        old.unlink()
house.finish(said for _, said in results if said)
