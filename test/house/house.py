"""What the checks in this folder share: which files are ours, and how a violation is shown.

A check is a program CHECK.py [ROOT] over the files that git tracks in ROOT, by default this repository.
It prints one FILE:LINE: sentence per violation and exits with 1 if there was one.
"""

import pathlib
import subprocess
import sys

C_FAMILY = (".c", ".cc", ".h")


def root():
    return pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]).resolve()


def tracked(suffixes=("",)):
    """The tracked regular files whose name ends with one of the suffixes, relative to the root."""
    if not (root() / ".git").exists():
        sys.exit(f"{root()} is no git checkout, so it is not known which files are ours: run this in a clone")
    listed = subprocess.run(
        ["git", "-C", root(), "ls-files", "-z"], check=True, stdout=subprocess.PIPE, text=True)
    names = [name for name in listed.stdout.split("\0") if name.endswith(suffixes)]
    # A file that was removed, but not yet from the index, has no content to check.
    files = [name for name in names if name and (root() / name).is_file()]
    if not files:
        sys.exit(f"{root()} has no tracked file to check")
    return files


def text(name):
    return (root() / name).read_text(encoding="utf-8")


def finish(violations):
    violations = list(violations)
    for violation in violations:
        print(violation)
    sys.exit(1 if violations else 0)
