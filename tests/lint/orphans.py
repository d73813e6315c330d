#!/usr/bin/env python3
"""Every test is run: a file that looks like one is named in the meson.build of its folder."""
import os
import re

import tree

LOOKS_LIKE_A_TEST = re.compile(r"^tests/.*/(test|fuzz)_([a-z0-9_]+)\.(c|py)$")


def is_named(top, path, stem):
    """As '<stem>', with "_" or "-" between its words, or by its whole name."""
    build = os.path.join(os.path.dirname(path), "meson.build")
    if not os.path.isfile(os.path.join(top, build)):
        return False
    text = tree.read(top, build)
    names = (stem, stem.replace("_", "-"), os.path.basename(path), os.path.basename(path).rsplit(".", 1)[0])
    return any("'%s'" % name in text for name in names)


def main():
    top = tree.root()
    faults, n = [], 0
    for path in tree.files(top, (".c", ".py")):
        match = LOOKS_LIKE_A_TEST.match(path)
        if match is None:
            continue
        n += 1
        if not is_named(top, path, match.group(2)):
            faults.append("%s:1: no meson.build beside it names this test, so nothing runs it" % path)
    tree.finish("orphans", n, faults)


main()
