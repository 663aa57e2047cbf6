#!/usr/bin/python3
"""Browser tests in a real Chromium: the widget, notifications.js and the pages.

    Tests/BrowserTests/run.py [NAME...]     those whose names contain a NAME; else all

The last line is "N passed, N failed". Without REMINDERS_BROWSER_API a mock of the API serves them: see backend.py.
"""

import pathlib
import sys
import time
import unittest

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here))
sys.dont_write_bytecode = True

from scene import Scene  # noqa: E402


def flatten(suite):
    for one in suite:
        yield from flatten(one) if isinstance(one, unittest.TestSuite) else [one]


class Result(unittest.TextTestResult):
    def startTest(self, test):
        super().startTest(test)
        self.begun = time.monotonic()

    def addSuccess(self, test):
        unittest.TestResult.addSuccess(self, test)
        self.stream.writeln(f"   {time.monotonic() - self.begun:4.1f} s")

    def getDescription(self, test):
        return f"{type(test).__name__}: {test._testMethodName.removeprefix('test_').replace('_', ' ')}"


tests = flatten(unittest.defaultTestLoader.discover(str(here), "test_*.py"))
chosen = [test for test in tests if not sys.argv[1:] or any(name in test.id() for name in sys.argv[1:])]
Scene.raise_curtain()
try:
    result = unittest.TextTestRunner(sys.stdout, verbosity=2, resultclass=Result).run(unittest.TestSuite(chosen))
finally:
    Scene.lower_curtain()
failed = len({getattr(test, 'test_case', test).id() for test, _ in result.failures + result.errors})
print(f"{result.testsRun - len(result.skipped) - failed} passed, {failed} failed")
sys.exit(0 if failed == 0 and result.testsRun else 1)
