#!/usr/bin/env python3
"""Counts test cases in meson's testlog.json files: "passed failed skipped" on one line, details on stderr.

A meson test is a program. What it prints says how many cases it ran (Check, pytest, our lints); one that says
nothing counts as one case. A program that fails without a failed case counts as one failure.
"""
import json
import re
import sys

CHECK = re.compile(r"Checks: (\d+), Failures: (\d+), Errors: (\d+)")
PYTEST = re.compile(r"^(?:=+ )?((?:\d+ \w+(?:, )?)+) in [\d.]+s", re.M)
PYTEST_PART = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)")
REPLAYED = re.compile(r"^(\d+) inputs$", re.M)


def cases(test):
    """(passed, failed, skipped) of one meson test."""
    out, result = test.get("stdout") or "", test.get("result", "")
    passed = failed = skipped = 0
    for n, failures, errors in CHECK.findall(out):
        bad = int(failures) + int(errors)
        failed += bad
        passed += int(n) - bad
    for summary in PYTEST.findall(out):
        for n, what in PYTEST_PART.findall(summary):
            if what in ("passed", "xfailed"):
                passed += int(n)
            elif what == "skipped":
                skipped += int(n)
            else:
                failed += int(n)
    if result == "OK":
        for n in REPLAYED.findall(out):
            passed += int(n)
    said_nothing = passed + failed + skipped == 0
    if result == "SKIP":
        return 0, failed, skipped or 1
    if result in ("OK", "EXPECTEDFAIL"):
        return (1, 0, 0) if said_nothing else (passed, failed, skipped)
    return passed, failed or 1, skipped


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return [json.loads(line) for line in f if line.strip()]


def main():
    total = [0, 0, 0]
    for path in sys.argv[1:]:
        for test in read(path):
            counted = cases(test)
            total = [a + b for a, b in zip(total, counted)]
            if counted[1]:
                print("failed: %s (%s)" % (test.get("name"), test.get("result")), file=sys.stderr)
            elif test.get("result") == "SKIP" or counted[2]:
                print("skipped: %s" % test.get("name"), file=sys.stderr)
    print("%d %d %d" % tuple(total))


if __name__ == "__main__":
    main()
