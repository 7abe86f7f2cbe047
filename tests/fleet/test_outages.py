"""Three hosts with a Postfix each, mail that flows, and a centre that breaks.

Mail and ledgers must not notice; at the end the centre has every record of
every host, each once, and every log verifies.
"""

import os
import signal
import subprocess
import sys
import unittest

from fleetcase import TESTS, Host, ship_checkpoint, wait_sums
from lab import certs, command
from lab.postfix import PrivatePostfix
from lab.postgres import USER, Postgres
from lab.sink import Sink
from lab.waiting import until
from lab.wire import Wire
from lab.workdir import WorkDir

sys.path.insert(0, os.path.join(TESTS, "faults"))
import traffic as clients                     # noqa: E402

HOSTS = 3
CLIENTS = 2             # at each host
MAIN = {"mydestination": clients.DESTINATIONS,
        "milter_connect_timeout": "3s", "milter_command_timeout": "3s",
        "milter_content_timeout": "10s", "smtpd_error_sleep_time": "0"}


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.workdir = cls.enterClassContext(WorkDir("fleet-"))
        authority = certs.Authority(cls.workdir)
        for name in ("mx.example.org", "mxs.example.org"):
            authority.server(name)
        cls.sink = cls.enterClassContext(Sink())
        cls.centre = cls.enterClassContext(Postgres(cls.workdir))
        cls.make_small_tables()
        cls.wires = [cls.enterClassContext(Wire(cls.centre.port))
                     for _ in range(HOSTS)]
        cls.hosts = [cls.make_host(number) for number in range(HOSTS)]
        cls.mtas = [cls.make_mta(host) for host in cls.hosts]

    @classmethod
    def make_small_tables(cls):
        """All tables on a disk that can be filled, but not the WAL."""
        cls.disk = cls.workdir.sub("disk")
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "none",
                        cls.disk], check=True)
        cls.addClassCleanup(subprocess.run, ["umount", "-l", cls.disk],
                            check=True)
        cls.workdir.sub("disk", "space", mode=0o700, owner=USER)
        cls.centre.run("CREATE TABLESPACE small OWNER hopseal LOCATION "
                       "'%s/space'" % cls.disk)
        done = command.hopseal("fleet", "init")
        cls.centre.run("SET ROLE hopseal; SET default_tablespace = small;\n"
                       + done.stdout.decode())

    @classmethod
    def make_host(cls, number):
        url = cls.centre.url(port=cls.wires[number].port)
        return cls.enterClassContext(Host(
            cls.workdir, "mx%d" % number, url, clients.RULES,
            settings={"log-level": '"info"'}))

    @classmethod
    def make_mta(cls, host):
        return cls.enterClassContext(PrivatePostfix(
            cls.workdir, cls.sink.port, name=host.name + "-mta",
            main={**MAIN, "smtpd_milters": host.milter}))

    def setUp(self):
        self.traffic = []
        for mta in self.mtas:
            traffic = clients.Traffic(mta.port, CLIENTS)
            traffic.__enter__()
            self.addCleanup(traffic.ended.set)
            self.traffic.append(traffic)

    def flows(self, count=8):
        """Mail comes through every host that was sent from now on."""
        since = [len(traffic.copies) for traffic in self.traffic]
        until(lambda: all(
            traffic.count(clients.ACCEPTED, at) >= count
            for traffic, at in zip(self.traffic, since)), "mail", 60)

    def faults(self):
        return [host.figure("ship_faults_total") for host in self.hosts]

    def fails(self):
        """Every host notices that its centre is gone, and mail flows."""
        before = self.faults()
        self.flows()
        until(lambda: all(now > then for now, then in
                          zip(self.faults(), before)), "faults", 90)
        self.flows()

    def counted(self, host):
        """How many records of that host, how many numbers, the last one."""
        return self.centre.query(
            "SELECT count(*), count(DISTINCT seq), max(seq) FROM "
            "hopseal_record WHERE host = '%s.example.org'" % host.name)

    def whole(self):
        """End the mail; all of it is at the centre, and once."""
        for traffic in self.traffic:
            traffic.__exit__()
            self.assertEqual(traffic.broken, [])
            self.assertEqual(traffic.count(clients.DEFERRED), 0)
            self.assertEqual(traffic.count(clients.UNKNOWN), 0)
        for host in self.hosts:
            self.assertEqual(host.figure("ledger_timeouts_total"), 0)
            self.assertEqual(host.figure("ledger_failed_total"), 0)
            here = host.ask("SELECT count(*) FROM record")
            # The figure is as of the last look: it may not know the last ones.
            until(lambda h=host, n=here: h.figure("ship_backlog") == 0
                  and int(self.counted(h)[0][0]) >= n,
                  "backlog of %s that goes" % host.name, 120)
            rows = self.counted(host)
            self.assertEqual(rows, [[str(here), str(here), str(here - 1)]])
            ship_checkpoint(self.centre, host)
        wait_sums(self.centre, 120)
        done = command.hopseal("fleet", "verify", self.centre.url())
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_slow_and_cut(self):
        for wire in self.wires:
            wire.delay = 0.02
        self.flows()
        for wire in self.wires:
            wire.delay, wire.cut_after = 0.0, 20000
            wire.cut()
        until(lambda: all(wire.cuts > 1 for wire in self.wires),
              "connections cut in the middle", 90)
        self.flows()
        for wire in self.wires:
            wire.cut_after = None
            wire.cut()
        self.whole()

    def test_down_restarted_and_frozen(self):
        self.flows()
        self.centre.stop(signal.SIGQUIT)
        try:
            self.fails()
        finally:
            self.centre.start()
        self.flows()
        self.centre.freeze()
        self.flows(20)
        self.centre.resume()
        self.whole()

    def test_full(self):
        self.flows()
        filler = os.path.join(self.disk, "filler")
        try:
            with open(filler, "wb", buffering=0) as out:
                while True:
                    out.write(bytes(1 << 20))
        except OSError:
            pass
        try:
            until(lambda: any("No space left" in host.log()
                              for host in self.hosts)
                  or self.flows(), "a full disk at the centre", 120)
            self.flows()
        finally:
            os.unlink(filler)
        self.whole()
