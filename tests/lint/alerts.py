#!/usr/bin/env python3
"""Every metric that an alert or a page of the manual names is one that the daemon exports."""
import os
import re
import shutil
import subprocess

import tree

NAMING = ["config/prometheus/alerts.yml", "docs/operations.md"]
METRIC = re.compile(r"\bdaybook_([a-z][a-z0-9_]+[a-z0-9])\b")


def exported(top):
    """The text of the sources that write /metrics, or None while there are none."""
    paths = [p for p in tree.files(top, (".c",)) if p.startswith("src/") and "metric" in os.path.basename(p)]
    return "\n".join(tree.read(top, p) for p in paths) if paths else None


def main():
    top = tree.root()
    source = exported(top)
    faults, n_checks = [], 0
    if source is None:
        print("SKIPPED: no source of metrics yet, their names are not compared")
    for path in NAMING if source is not None else []:
        text = tree.read(top, path)
        for m in METRIC.finditer(text):
            n_checks += 1
            if not re.search(r"\b(daybook_)?%s\b" % m.group(1), source):
                faults.append("%s:%d: daybook_%s is not exported by any source" %
                              (path, tree.line_of(text, m.start()), m.group(1)))
    if shutil.which("promtool"):
        n_checks += 1
        done = subprocess.run(["promtool", "check", "rules", os.path.join(top, NAMING[0])],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            faults.append("%s:1: promtool: %s" % (NAMING[0], done.stdout.decode()))
    else:
        print("SKIPPED: promtool is not installed, the alert rules are not evaluated")
    tree.finish("alerts", n_checks, faults)


if __name__ == "__main__":
    main()
