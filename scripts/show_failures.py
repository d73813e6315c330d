#!/usr/bin/env python3
"""Prints the output of every failed test in meson's testlog.json files, the last lines of each."""
import json
import sys

LINES = 60

for path in sys.argv[1:]:
    with open(path, encoding="utf-8", errors="replace") as f:
        tests = [json.loads(line) for line in f if line.strip()]
    for test in tests:
        if test.get("result") in ("OK", "SKIP", "EXPECTEDFAIL"):
            continue
        print("---- %s: %s, exit status %s" % (test.get("name"), test.get("result"), test.get("returncode")))
        for stream in ("stdout", "stderr"):
            lines = (test.get(stream) or "").splitlines()
            print("\n".join(lines[-LINES:]))
