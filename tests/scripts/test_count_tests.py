#!/usr/bin/env python3
"""scripts/count_tests.py counts cases as their programs print them, and never takes a failure for nothing."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts"))
sys.dont_write_bytecode = True
import count_tests  # noqa: E402


def cases(stdout, result="OK"):
    return count_tests.cases({"name": "t", "stdout": stdout, "result": result})


class Counting(unittest.TestCase):
    def test_checks_line_is_counted(self):
        self.assertEqual(cases("Running suite(s): x\n100%: Checks: 12, Failures: 0, Errors: 0\n"), (12, 0, 0))

    def test_failures_and_errors_of_check_are_failed(self):
        self.assertEqual(cases("75%: Checks: 12, Failures: 2, Errors: 1\n", "FAIL"), (9, 3, 0))

    def test_several_suites_of_one_program_are_added(self):
        self.assertEqual(cases("Checks: 2, Failures: 0, Errors: 0\nChecks: 3, Failures: 0, Errors: 0\n"), (5, 0, 0))

    def test_pytest_is_counted_with_and_without_its_frame(self):
        self.assertEqual(cases("....\n4 passed in 0.31s\n"), (4, 0, 0))
        self.assertEqual(cases("==== 1 failed, 3 passed, 2 skipped in 12.40s ====\n", "FAIL"), (3, 1, 2))
        self.assertEqual(cases("1 failed, 2 errors in 75.00s (0:01:15)\n", "FAIL"), (0, 3, 0))

    def test_replayed_inputs_are_cases(self):
        self.assertEqual(cases("17 inputs\n"), (17, 0, 0))

    def test_a_silent_program_is_one_case(self):
        self.assertEqual(cases(""), (1, 0, 0))
        self.assertEqual(cases("", "FAIL"), (0, 1, 0))

    def test_a_crash_is_a_failure_even_when_all_printed_cases_passed(self):
        self.assertEqual(cases("100%: Checks: 12, Failures: 0, Errors: 0\n", "FAIL"), (12, 1, 0))
        self.assertEqual(cases("17 inputs\n", "FAIL"), (0, 1, 0))
        self.assertEqual(cases("", "TIMEOUT"), (0, 1, 0))
        self.assertEqual(cases("", "ERROR"), (0, 1, 0))
        self.assertEqual(cases("", "UNEXPECTEDPASS"), (0, 1, 0))

    def test_a_skip_is_neither(self):
        self.assertEqual(cases("", "SKIP"), (0, 0, 1))
        self.assertEqual(cases("79 skipped in 0.27s\n", "SKIP"), (0, 0, 79))


if __name__ == "__main__":
    result = unittest.main(argv=sys.argv[:1], exit=False).result
    print("count_tests: Checks: %d, Failures: %d, Errors: %d" %
          (result.testsRun, len(result.failures), len(result.errors)))
    sys.exit(0 if result.wasSuccessful() else 1)
