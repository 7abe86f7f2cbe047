"""The disk of the ledger is full, or the ledger locked, while mail flows."""

import os
import re
import sqlite3
import subprocess
import time
import unittest

import traffic as clients
from faultcase import FaultCase, form
from lab.waiting import until

SIZE = 16 * 1024 * 1024
RECORDS = (r"ledger\.db: the disk is full; make room",
           r"^error: unrecorded id=.* on-ledger-fault=\w+$")
LOCKED = (r"another process holds the ledger locked; end it, or let it",
          r"^error: unrecorded id=.* on-ledger-fault=\w+$")


@unittest.skipIf(os.geteuid() != 0, "not started by root")
class Ledger(FaultCase):
    @classmethod
    def prepare(cls):
        """A disk of its own."""
        folder = cls.daemon.state
        info = os.stat(folder)
        if subprocess.call(["mount", "-t", "tmpfs", "-o",
                            "size=%d,mode=0700,uid=%d,gid=%d"
                            % (SIZE, info.st_uid, info.st_gid),
                            "none", folder], stderr=subprocess.DEVNULL):
            raise unittest.SkipTest("tmpfs cannot be mounted here")
        cls.addClassCleanup(subprocess.call, ["umount", "-l", folder])

    def setUp(self):
        super().setUp()
        self.filler = os.path.join(self.daemon.state, "filler")

    def fill(self):
        """No octet is left; what grows meanwhile is taken too."""
        with open(self.filler, "ab", buffering=0) as out:
            try:
                while out.write(bytes(4096)):
                    continue
            except OSError:
                return

    def with_a_full_disk(self, traffic):
        """Records find no room for a while, then there is."""
        def is_full():
            self.fill()
            return "the disk is full" in self.daemon.log()[self.mark:]
        until(is_full, "complaint about the disk", 60)
        since = len(traffic.copies)
        until(lambda: len(traffic.copies) >= since + 30, "more mail", 60)
        time.sleep(form(0, 40))
        os.unlink(self.filler)
        self.flows(traffic)
        until(lambda: "written again" in self.daemon.log()[self.mark:],
              "end of the fault")

    def unrecorded(self):
        """The queue ids that the log names."""
        return set(re.findall(r"unrecorded id=(\w+)",
                              self.daemon.log()[self.mark:]))

    def test_full_defer(self):
        """What has no record is deferred; afterwards it goes on by itself."""
        with self.traffic() as traffic:
            self.with_a_full_disk(traffic)
        self.balance(traffic)
        self.assertGreater(traffic.retries, 0)
        self.assert_says(*RECORDS)

    def test_full_accept(self):
        """What has no record is delivered, and the log names it."""
        self.daemon.ledger = 'on-ledger-fault = "accept"'
        self.daemon.reload()
        try:
            with self.traffic() as traffic:
                self.with_a_full_disk(traffic)
        finally:
            self.daemon.ledger = self.ledger
            self.daemon.reload()
        _, bare = self.balance(traffic, unrecorded=self.unrecorded())
        self.assertGreater(len(bare), 0)
        self.assert_says(*RECORDS)

    def test_locked(self):
        """Somebody copies the ledger with a tool that locks it."""
        path = os.path.join(self.daemon.state, "ledger.db")
        lock = sqlite3.connect(path, isolation_level=None, timeout=30)
        with self.traffic() as traffic:
            lock.execute("BEGIN IMMEDIATE")
            until(self.unrecorded, "message without a record", 60)
            time.sleep(form(0, 40))
            lock.execute("ROLLBACK")
            lock.close()
            self.flows(traffic)
        self.balance(traffic)
        self.assertGreater(traffic.retries, 0)
        self.assert_says(*LOCKED)
