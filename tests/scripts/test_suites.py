#!/usr/bin/env python3
"""scripts/test takes no suite that was cut short for one that passed. Over a copy, with a meson that dies."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
MESON = """#!/bin/sh
mkdir -p build-asan/meson-logs
%s
exit %d
"""
ONE_GOOD = """echo '{"name": "a", "stdout": "", "result": "OK"}' >build-asan/meson-logs/suite-unit.json"""


def write_tool(folder, name, text):
    os.makedirs(os.path.join(folder, "bin"), exist_ok=True)
    path = os.path.join(folder, "bin", name)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, 0o755)


def run_suite(status, ran=ONE_GOOD):
    """What scripts/test says at last, and its exit status, when meson ends so after these tests."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(os.path.join(TOP, "scripts"), os.path.join(folder, "scripts"))
        os.makedirs(os.path.join(folder, "build-asan"))
        open(os.path.join(folder, "build-asan", "build.ninja"), "w").close()
        write_tool(folder, "ninja", "#!/bin/sh\n")
        write_tool(folder, "meson", MESON % (ran, status))
        env = dict(os.environ, PATH="%s/bin:%s" % (folder, os.environ["PATH"]))
        done = subprocess.run(["scripts/test", "--no-install", "unit"], cwd=folder, env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        return done.stdout.decode().splitlines()[-1], done.returncode


class Suites(unittest.TestCase):
    def test_a_good_run_passes(self):
        self.assertEqual(run_suite(0), ("1 passed, 0 failed", 0))

    def test_a_meson_that_is_killed_is_a_failure(self):
        self.assertEqual(run_suite(137), ("1 passed, 1 failed", 1))

    def test_a_suite_without_tests_is_a_failure(self):
        self.assertEqual(run_suite(0, ran=""), ("0 passed, 1 failed", 1))


if __name__ == "__main__":
    result = unittest.main(argv=sys.argv[:1], exit=False).result
    print("suites: Checks: %d, Failures: %d, Errors: %d" %
          (result.testsRun, len(result.failures), len(result.errors)))
    sys.exit(0 if result.wasSuccessful() else 1)
