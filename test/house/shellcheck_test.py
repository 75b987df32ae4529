#!/usr/bin/env python3
"""Every shell script is clean under shellcheck."""

import re
import subprocess
import sys

import house

SHELL = re.compile(r"#(!.*\b(ba|da|)sh\b|.*shellcheck shell=)")

scripts = [name for name in house.tracked() if SHELL.match(house.text(name))]
# SC2317, unreachable code: the tests in test/scripts are called by their names.
sys.exit(subprocess.run(["shellcheck", "-x", "-e", "SC2317", *scripts], cwd=house.root()).returncode)
