#!/usr/bin/env python3
"""Each check of this folder accepts a small repository without, and rejects it with one violation."""

import pathlib
import subprocess
import sys
import tempfile

import house

CLEAN = {
    "flowdb/a.cc": '#include <sys/stat.h>\n\n#include <vector>\n\n#include "absl/strings/str_cat.h"\n',
    "doc/a.md": "# Some `heading`, twice\n## B\n## B\n[b](../b.md) [self](#b-1) [other](../b.md#c)\n```\n[code](x)\n```\n",
    "b.md": "# C\n[web](https://host.example/x) `[code](y)` [a](doc/a.md#some-heading-twice)\n",
    "scripts/run": "#!/bin/sh\necho 'https://mirror.example/debian'\n",
}
# (check, file, its content, what the check must say)
VIOLATIONS = [
    ("includes", "runtime/a.c", "#include <xxhash.h>\n#include <vector>\n", "runtime/a.c:2: runtime/ may not include <vector>"),
    ("includes", "runtime/a.c", '#include "absl/status/status.h"\n', "runtime/a.c:1:"),
    ("includes", "runtime/instrument/a.cc", '#include "plugin/config.h"\n', "runtime/instrument/a.cc:1:"),
    ("includes", "flowdb/a.cc", '  #  include  "plugin/config.h"  // why not\n', "flowdb/a.cc:1:"),
    ("includes", "flowdb/a.cc", "#include <nlohmann/json.hpp>\n", "flowdb/a.cc:1:"),
    ("includes", "plugin/a.cc", '#include "tools/commands.h"\n', "plugin/a.cc:1:"),
    ("includes", "plugin/a.cc", '#include "runtime/flow_process.h"\n', "plugin/a.cc:1:"),
    ("includes", "plugin/a.cc", "#include <spdlog/spdlog.h>\n", "plugin/a.cc:1:"),
    ("includes", "plugin/a.cc", "#include MACRO\n", "plugin/a.cc:1:"),
    ("includes", "tools/a.cc", '#include "test/support/files.h"\n', "tools/a.cc:1:"),
    ("includes", "tools/a.cc", "#include <yaml.h>\n", "tools/a.cc:1:"),
    ("includes", "new/a.cc", "#include <vector>\n", "new/a.cc:1: new has no row"),
    ("file_length", "flowdb/b.cc", "\n" * 501, "flowdb/b.cc:501: more than"),
    ("unfinished", "b.md", "x\n(TO" "DO: y)\n", "b.md:2: 'TO" "DO'"),
    ("unfinished", "flowdb/a.cc", "// FIX" "ME\n", "flowdb/a.cc:1:"),
    ("host_names", "b.md", "from deb.debian" ".org\n", "b.md:1: names the host deb.debian" ".org"),
    ("host_names", "b.md", "https://pypi" ".org/simple\n", "b.md:1:"),
    ("host_names", "scripts/run", "#!/bin/sh\nfetch https:" "//host.invalid/x\n", "scripts/run:2:"),
    ("host_names", "flowdb/CMakeLists.txt", "# http:" "//host.invalid/\n", "flowdb/CMakeLists.txt:1:"),
    ("doc_links", "doc/c.md", "\n[x](a.md) [y](none.md)\n", "doc/c.md:2: the link none.md leads nowhere"),
    ("doc_links", "doc/c.md", "[x]: none.md\n", "doc/c.md:1:"),
    ("doc_links", "doc/c.md", "![x](none.png)\n", "doc/c.md:1:"),
    ("doc_links", "b.md", "[x](doc/a.md#d)\n", "b.md:1: doc/a.md#d: a.md has no such heading"),
    ("doc_links", "b.md", "[x](doc/a.md#b-2)\n", "b.md:1:"),
    ("format", "flowdb/a.cc", "int   x;\n", "flowdb/a.cc:1:"),
    ("shellcheck", "scripts/run", "#!/bin/sh\necho $1\n", "SC2086"),
]


def run(check, files):
    """(exit code, output) of the check on a repository of these files."""
    with tempfile.TemporaryDirectory() as name:
        repository = pathlib.Path(name)
        for path, content in files.items():
            (repository / path).parent.mkdir(parents=True, exist_ok=True)
            (repository / path).write_text(content)
        for git in (["init", "-q"], ["add", "-A"]):
            subprocess.run(["git", "-C", repository, *git], check=True)
        result = subprocess.run([f"{pathlib.Path(__file__).parent}/{check}_test.py", repository],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return result.returncode, result.stdout


def failures():
    clean = CLEAN | {".clang-format": (house.root() / ".clang-format").read_text()}
    for check in sorted({check for check, *_ in VIOLATIONS}):
        code, output = run(check, clean)
        if code != 0:
            yield f"{check} rejects the clean repository: {output}"
    for check, file, content, said in VIOLATIONS:
        code, output = run(check, clean | {file: content})
        if code == 0 or said not in output:
            yield f"{check} must reject {file} with {content!r} and say {said!r}; exit code {code}: {output}"


house.finish(failures())
