#!/usr/bin/env python3
"""No tracked file names the host of a package archive, a registry or a mirror.

Packages come from wherever the user's machine is configured to take them from. Scripts and build files name
no host at all, except under the reserved .example.
"""

import re

import house

# In two parts, or this file would be the first to break its rule.
REGISTRIES = {
    "debian": "org|net", "ubuntu": "com", "launchpad": "net", "pypi": "org", "pythonhosted": "org", "npmjs": "org|com",
    "yarnpkg": "com", "crates": "io", "docker": "io|com", "ghcr": "io", "quay": "io", "golang": "org",
    "apt.llvm": "org", "rubygems": "org", "conda": "io", "anaconda": "org", "githubusercontent": "com",
}
REGISTRY = re.compile(r"(?:[\w-]+\.)*\b(?:%s)(?![\w-])" % "|".join(
    rf"{re.escape(name)}\.(?:{domains})" for name, domains in REGISTRIES.items()))
URL = re.compile(r"\b(?:https?|ftp)://(?![\w.-]+\.example\b)[\w.-]+")
NAMES_NO_HOST = re.compile(r"^(scripts|test/scripts|\.ci|cmake)/|(^|/)CMake(Lists\.txt|Presets\.json)$|\.sh$")


def violations(name):
    for number, line in enumerate(house.text(name).splitlines(), 1):
        host = REGISTRY.search(line) or (NAMES_NO_HOST.search(name) and URL.search(line))
        if host:
            yield f"{name}:{number}: names the host {host[0]}: take it from the machine's own configuration"


house.finish(v for name in house.tracked() for v in violations(name))
