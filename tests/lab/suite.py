"""Run the tests of one folder: python3 -m lab.suite FOLDER [PATTERN]

One line for each test, what failed in full, and at the end a line
`tally: PASSED FAILED SKIPPED` for tests/run to read.  PATTERN is a part of a
test's name.  A folder without tests, or a module that cannot be loaded,
counts as a failure; a row that fails (subTest) fails its test.
"""

import os
import signal
import sys
import time
import unittest


class Printer(unittest.TestResult):
    """Prints as it goes, so that a hang can be seen where it is."""

    def __init__(self):
        super().__init__()
        self.bad, self.good, self.left_out = set(), 0, 0

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()

    def stopTest(self, test):
        super().stopTest(test)
        if test.id() in self.bad:
            word = "FAIL"
        elif self.skipped and self.skipped[-1][0] is test:
            word, self.left_out = "skip", self.left_out + 1
        else:
            word, self.good = "pass", self.good + 1
        print("%s %5.1f s  %s" % (word, time.monotonic() - self.began,
                                  test.id()), flush=True)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        if not hasattr(test, "_testMethodName"):
            self.left_out += 1
        print("     skipped: %s: %s" % (test.id(), reason), flush=True)

    def addError(self, test, err):
        super().addError(test, err)
        self._failed(test, self.errors[-1][1])

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._failed(test, self.failures[-1][1])

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            row = str(subtest.params or subtest._message)
            self._failed(test, "row %s\n%s" % (
                row, self._exc_info_to_string(err, test)))

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._failed(test, "unexpected success")

    def _failed(self, test, text):
        self.bad.add(test.id())
        print("-- %s\n%s" % (test.id(), text.rstrip()), flush=True)


def _flat(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from _flat(item)
        else:
            yield item


def _chosen(folder, pattern):
    found = unittest.TestLoader().discover(folder, "test_*.py", folder)
    broken = [test for test in _flat(found)
              if type(test).__module__ == "unittest.loader"]
    return broken + [test for test in _flat(found)
                     if test not in broken and pattern in test.id()]


class Ended(Exception):
    """A signal asked us to stop."""


def _stop_gently(result):
    """On a signal fail this test and begin no other: unittest then runs the
    cleanups, which end the daemons and remove the folders.  (Of SystemExit
    it would think as of any failure, and go on.)"""
    def stop(number, _):
        result.stop()
        raise Ended(signal.Signals(number).name)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def main(folder, pattern=""):
    sys.path.insert(0, os.path.abspath(folder))
    tests = _chosen(folder, pattern)
    result = Printer()
    _stop_gently(result)
    unittest.TestSuite(tests).run(result)
    if not tests:
        print("-- no test found in %s" % folder)
        result.bad.add(folder)
    print("tally: %d %d %d" % (result.good, len(result.bad),
                               result.left_out), flush=True)
    return 1 if result.bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
