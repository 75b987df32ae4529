#!/usr/bin/env python3
"""Every relative link of a Markdown file leads to a file, and one with a #heading to a heading of it."""

import pathlib
import re
import urllib.parse

import house

LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\s{0,3}\[[^\]]+\]:\s*<?([^\s>]+)", re.M)
FENCE = re.compile(r"^(```|~~~).*?^\1[ \t]*$", re.M | re.S)
CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.S)


def blank(match):
    return re.sub(r"[^\n]", " ", match[0])


def anchors(text):
    """The anchors of the headings, as the usual hosts of git repositories make them."""
    seen = {}
    for heading in re.findall(r"^#{1,6}\s+(.*?)\s*#*\s*$", FENCE.sub(blank, text), re.M):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        count = seen[anchor] = seen.get(anchor, -1) + 1
        yield f"{anchor}-{count}" if count else anchor


def violations(name):
    text = CODE.sub(blank, FENCE.sub(blank, house.text(name)))
    for link in LINK.finditer(text):
        target = link[1] or link[2]
        if re.match(r"[a-z][a-z0-9+.-]*:", target, re.I):
            continue
        place = f"{name}:{text.count(chr(10), 0, link.start()) + 1}"
        path, _, anchor = urllib.parse.unquote(target).partition("#")
        file = house.root() / pathlib.PurePath(name).parent / path if path else house.root() / name
        if not file.exists():
            yield f"{place}: the link {target} leads nowhere"
        elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text(encoding="utf-8")):
            yield f"{place}: {target}: {file.name} has no such heading"


house.finish(v for name in house.tracked((".md",)) for v in violations(name))
