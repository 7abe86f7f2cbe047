"""Descriptors run out, the key is gone, the clock jumps, the MTA restarts."""

import os
import socket
import struct
import time

from faultcase import LONG, FaultCase, form
from lab import preload
from lab.waiting import until

# Version 6, all actions, all steps: what Postfix offers.
NEGOTIATE = struct.pack("!IcIII", 13, b"O", 6, 0x1ff, 0x1fffff)
HERE = os.path.dirname(os.path.abspath(__file__))


class Resources(FaultCase):
    HARD = 150

    @classmethod
    def prepare(cls):
        """A wall clock that can be set, and few descriptors: the soft limit
        is too low to start with, so that it must be raised."""
        cls.ahead = cls.workdir.write(cls.daemon.name + "/ahead", bytes(8))
        cls.daemon.environment = preload.environment(
            preload.build(cls.workdir, HERE + "/clock.c"),
            HOPSEAL_CLOCK=cls.ahead)
        cls.daemon.prefix = ["prlimit", "--nofile=24:%d" % cls.HARD]

    def setUp(self):
        self.jump(0)
        super().setUp()

    def connect(self):
        """MTAs that then say nothing; some find no place and wait for one."""
        held = []
        for _ in range(2 * self.HARD):
            held.append(socket.socket(socket.AF_UNIX))
            held[-1].connect(self.daemon.socket.partition(":")[2])
            held[-1].sendall(NEGOTIATE)
        return held

    def test_descriptors(self):
        """No connection finds a place; then there are places again."""
        with self.traffic() as traffic:
            held = self.connect()
            retries = traffic.retries
            until(lambda: traffic.retries >= retries + 5,
                  "mail that has to wait", 60)
            time.sleep(form(0, 40))
            for client in held:
                client.close()
            self.flows(traffic)
        self.balance(traffic)
        self.assert_says(r"only 150 files may be open: .* raise LimitNOFILE")

    def test_key_removed(self):
        """It is held: stamps go on, a reload keeps it, a start cannot be."""
        with self.traffic() as traffic:
            os.rename(self.daemon.key, self.daemon.key + ".away")
            try:
                self.flows(traffic)
                self.daemon.reload()
                self.flows(traffic)
                self.daemon.kill()
                with self.assertRaisesRegex(RuntimeError, "exit code 78"):
                    self.daemon.start()
                retries = traffic.retries
                until(lambda: traffic.retries >= retries + 5,
                      "mail that has to wait", 60)
            finally:
                os.rename(self.daemon.key + ".away", self.daemon.key)
            self.daemon.start()
            self.flows(traffic)
        self.balance(traffic)
        self.assert_says(r"was not loaded, the policy in force stays",
                         r"option key in stamp: there is no file", episodes=2)

    def jump(self, seconds):
        """The daemon's wall clock is so far ahead of ours."""
        with open(self.ahead, "r+b") as file:
            file.write(struct.pack("<q", seconds))

    def test_clock_jumps(self):
        """To and fro. libmilter ends sessions that seem idle for 2 hours;
        nothing is too old for the ledger (the long form waits for that)."""
        with self.traffic() as traffic:
            for hours in (1, -1, 0):
                self.jump(hours * 3600)
                self.flows(traffic, form(5, 100))
            self.assertEqual(traffic.retries, 0)
            for hours in (24, -24, 87600, -87600, 0):
                self.jump(hours * 3600)
                self.flows(traffic, form(5, 100))
                if LONG and hours == 87600:
                    self.daemon.wait_log("nothing is removed", 90)
        self.balance(traffic)
        self.assertEqual([line for line in self.complaints()
                          if "clock of this host has jumped" not in line], [])

    def test_mta_restarted(self):
        """Postfix ends in the midst of its work, and starts again."""
        with self.traffic() as traffic:
            for _ in range(form(1, 20)):
                self.mta.stop()
                self.mta.start()
                self.flows(traffic)
        self.balance(traffic, unknown=len(traffic.threads) * form(1, 20),
                     redelivers=True)
        self.assertGreater(traffic.retries, 0)
