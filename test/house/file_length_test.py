#!/usr/bin/env python3
"""No source file or script has more lines than fit in the head."""

import house

LIMIT = 500

house.finish(
    f"{name}:{lines}: more than {LIMIT} lines: split it by what its parts are about"
    for name in house.tracked(house.C_FAMILY + (".py", ".sh"))
    if (lines := len(house.text(name).splitlines())) > LIMIT)
