"""Long work says on a terminal, and only there, how far it has come."""

import os
import sqlite3
import subprocess
import time
import unittest

from lab import command, terminal
from lab.workdir import WorkDir

# No line of a log is later than now.
STAMP = time.strftime("%Y-%m-%dT%H:%M:%S.1+00:00", time.gmtime())
LINES = "".join(
    "%s mx postfix/smtp[9]: 4F%04XAB: "
    "to=<b@bank.example>, relay=mx.bank.example[192.0.2.9]:25, delay=0.1, "
    "delays=0/0/0/0, dsn=2.0.0, status=sent (250 ok)\n" % (STAMP, at)
    for at in range(300))
WIPED = "\r\033[K"


class Progress(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.workdir = WorkDir("progress-")
        cls.addClassCleanup(cls.workdir.close)
        cls.log = cls.workdir.write("mail.log", LINES)
        cls.ledger = os.path.join(cls.workdir.path, "ledger.db")
        done = command.hopseal("import", "--ledger", cls.ledger, cls.log)
        assert done.returncode == 0, done.stderr

    def drawn(self, words, code=0, **about):
        """What the command drew; its last act is to wipe the line."""
        done, shown = terminal.run([command.program("hopseal"), *words],
                                   **about)
        self.assertEqual(done.returncode, code, shown)
        self.assertIn(WIPED, shown)
        return done.stdout.decode(), shown

    def piped(self, words, code=0):
        """The same without a terminal: not an octet of it."""
        done = command.hopseal(*words)
        self.assertEqual(done.returncode, code)
        for text in (done.stdout, done.stderr):
            self.assertNotIn(b"\r", text)
            self.assertNotIn(b"\033", text)
        return done

    def test_verify(self):
        words = ["ledger", "verify", "--ledger", self.ledger]
        said, shown = self.drawn(words)
        self.assertIn("0/300 leaves of the log compared", shown)
        self.assertTrue(shown.endswith(WIPED))
        self.assertTrue(said.endswith("verified\n"))
        self.assertEqual(self.piped(words).stderr, b"")

    def test_finding(self):
        """A finding begins in column one."""
        path = os.path.join(self.workdir.path, "changed.db")
        command.hopseal("ledger", "backup", path, "--ledger", self.ledger)
        with sqlite3.connect(path) as base:
            base.execute("UPDATE record SET tls = 'x' WHERE seq = 7")
        base.close()
        words = ["ledger", "verify", "--ledger", path]
        said, shown = self.drawn(words, code=1)
        self.assertTrue(said.startswith("FIRST: record 7 "), said)
        self.assertTrue(shown.endswith(WIPED))
        self.piped(words, code=1)

    def test_import(self):
        words = ["import", "-n", "--ledger", self.ledger, self.log]
        said, shown = self.drawn(words)
        size = os.path.getsize(self.log) // 1000 + 1
        self.assertIn("/%d kB of the log read" % size, shown)
        self.assertIn("300 lines, 0 not understood", said)
        self.assertNotIn(b"kB", self.piped(words).stderr)

    def test_import_of_a_pipe(self):
        """Its size is not known: lines are counted."""
        words = ["import", "-n", "--ledger", self.ledger, "-"]
        with subprocess.Popen(["cat", self.log],
                              stdout=subprocess.PIPE) as cat:
            _, shown = self.drawn(words, stdin=cat.stdout)
        self.assertIn(WIPED + "1 lines of the log read", shown)

    def test_suggest(self):
        words = ["suggest", "--ledger", self.ledger, "--days", "0"]
        said, shown = self.drawn(words)
        self.assertIn("1 records read", shown)
        self.assertEqual(self.piped(words).stdout.decode(), said)


if __name__ == "__main__":
    unittest.main()
