"""Many sessions at once: each is answered, and answered rightly.

A thousand active ones, two thousand idle ones beside them, and slow ones; no
time is asserted, since others use the machine too. The long form holds them
for ten minutes; the figures are microseconds from a command that asks for a
decision to its answer.
"""

import os
import subprocess
import sys
import unittest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [TESTS, os.path.join(TESTS, "bench")]

# pylint: disable=wrong-import-position
import filters                                              # noqa: E402
from faultcase import form                                  # noqa: E402
from lab.hopseald import Daemon                             # noqa: E402
from lab.workdir import WorkDir                             # noqa: E402

ACTIVE, IDLE, SLOW = 1000, 2000, 50
PAUSE_MS = 10000        # of each active session, between two messages


class Load(unittest.TestCase):
    def test_sessions(self):
        """hold ends with a sentence when any session is cut off."""
        workdir = self.enterContext(WorkDir("load-"))
        filters.build(workdir.path)
        daemon = self.enterContext(Daemon(
            workdir, 'policy "sender.example" { mode = "require" }',
            {"log-level": '"warning"', "on-fault": '"defer"'},
            ledger='on-ledger-fault = "defer"'))
        seconds = form(6, 600)
        done = subprocess.run(
            [workdir.path + "/hold", daemon.socket.partition(":")[2],
             *map(str, (ACTIVE, IDLE, SLOW, seconds,
                        min(PAUSE_MS, 500 * seconds)))],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=seconds + 300, check=False)
        print("     %d active, %d idle, %d slow, %d s: %s" % (
            ACTIVE, IDLE, SLOW, seconds, done.stdout.strip()))
        self.assertEqual(done.returncode, 0, done.stdout)
        said = dict(pair.split("=") for pair in done.stdout.split())
        self.assertEqual((said["wrong"], said["gone"]), ("0", "0"))
        self.assertGreater(int(said["messages"]), ACTIVE / 4)
        self.assertEqual(daemon.log().count("error: "), 0, daemon.log())
