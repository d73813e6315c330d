#!/usr/bin/env python3
"""A file includes its own folder and lower floors, never a higher one and never a neighbour on its own floor.

The floors are those of CONTRIBUTING.md; connectors stand on src/net, which they share a floor with. What is read is
the #include lines of include/, src/ and connectors/.
"""
import os
import re

import tree

FLOORS = [
    ["include/daybook", "src/base"],
    ["src/model", "src/mime", "src/conf", "src/oauth"],
    ["src/net", "connectors"],
    ["src/store", "src/sandbox"],
    ["src/ingest"],
    ["src/api", "src/backup"],
    ["src/serve"],
    ["src/daemon", "src/parser", "src/fetch", "src/cli"],
]
# Floor 0 holds two parts: base stands on the three plain headers, and the public headers on libc and each other.
BASE_MAY = {"daybook/err.h", "daybook/str.h", "daybook/arena.h"}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)


def folder_of(path):
    """The part a file belongs to and its floor. Each connector is a part of its own."""
    for number, folders in enumerate(FLOORS):
        for folder in folders:
            if path.startswith(folder + "/"):
                rest = path[len(folder) + 1:].split("/")
                part = folder + "/" + rest[0] if folder == "connectors" and len(rest) > 1 else folder
                return part, number
    return None, None


def target_of(top, path, quoted):
    """Where an include of ours leads, as a path below top; None for libc and libraries."""
    beside = os.path.normpath(os.path.join(os.path.dirname(path), quoted))
    for candidate in (beside, "src/" + quoted, "include/" + quoted, "connectors/" + quoted, quoted):
        if os.path.isfile(os.path.join(top, candidate)):
            return os.path.normpath(candidate)
    return None


def fault_of(path, quoted, target):
    """Why this include may not be, or None."""
    part, floor = folder_of(path)
    to_part, to_floor = folder_of(target)
    if to_part is None:
        return "is outside of the floors"
    if part == to_part:
        return None
    if part == "src/base":
        return None if quoted in BASE_MAY else "src/base may include only daybook/{err,str,arena}.h"
    if part == "include/daybook":
        return "a public header includes only libc and public headers"
    if to_floor < floor:
        return None
    if part.startswith("connectors") and to_part == "src/net":
        return None
    if to_floor == floor:
        return "%s and %s are neighbours on floor %d" % (part, to_part, floor)
    return "%s is floor %d, %s is floor %d" % (part, floor, to_part, to_floor)


def check(top):
    faults, n_files = [], 0
    for path in tree.files(top, (".c", ".h")):
        if not path.startswith(tree.PRODUCT):
            continue
        n_files += 1
        if folder_of(path)[0] is None:
            faults.append("%s:1: stands on no floor" % path)
            continue
        text = tree.without_comments(tree.read(top, path))
        for m in INCLUDE.finditer(text):
            target = target_of(top, path, m.group(2))
            why = target and fault_of(path, m.group(2), target)
            if why:
                faults.append("%s:%d: includes \"%s\": %s" %
                              (path, tree.line_of(text, m.start()), m.group(2), why))
    return n_files, faults


if __name__ == "__main__":
    tree.finish("floors", *check(tree.root()))
