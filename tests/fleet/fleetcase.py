"""The base of the tests of a fleet: a centre, and hosts that ship to it.

A host is a hopseald with a ledger of its own; deliver() brings it mail by the
milter protocol, without an MTA.
"""

import contextlib
import os
import sqlite3
import sys
import unittest
import urllib.request

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS, "mta"), os.path.join(TESTS, "ledger")]

# pylint: disable=wrong-import-position
import session                                             # noqa: E402
from ledgercase import Feed, record                        # noqa: E402,F401
from lab import command, ports                             # noqa: E402
from lab.hopseald import Daemon                            # noqa: E402
from lab.postgres import Postgres                          # noqa: E402
from lab.waiting import until                              # noqa: E402
from lab.workdir import WorkDir                            # noqa: E402


# What the records say that the sums should be, if no name was left out.
COUNTED = """
SELECT time / 86400000, partner, direction, tls, event, count(*), min(time),
 max(time) FROM hopseal_record GROUP BY 1, 2, 3, 4, 5
"""
ADDED = """
SELECT day, domain, direction, tls, event, sum(records), sum(messages),
 sum(stamped), min(first_time), max(last_time) FROM hopseal_summary
 WHERE ledger IN (SELECT ledger FROM hopseal_host WHERE summed = 1)
 GROUP BY 1, 2, 3, 4, 5
"""
SUMS = "SELECT * FROM hopseal_sum"
COUNTS = ("SELECT day, domain, direction, tls, event, records, first_time, "
          "last_time FROM hopseal_sum")
DIFFER = "(%(a)s EXCEPT %(b)s) UNION ALL (%(b)s EXCEPT %(a)s)"


def wait_sums(centre, seconds=60):
    """At any moment they are those of the summaries; they come to be those of
    all records that are there."""
    def differ():
        assert centre.query(DIFFER % {"a": SUMS, "b": ADDED}) == []
        return centre.query(DIFFER % {"a": COUNTS, "b": COUNTED})
    until(lambda: differ() == [], "sums that are those of the records",
          seconds)


def make_tables(centre, *options):
    done = command.hopseal("fleet", "init", *options)
    assert done.returncode == 0, done.stderr
    centre.run("SET ROLE hopseal;\n" + done.stdout.decode())


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid),
              encoding="ascii") as found:
        return [int(child) for child in found.read().split()]


def name_of(pid):
    with open("/proc/%d/comm" % pid, encoding="ascii") as name:
        return name.read().strip()


class Host(Daemon):
    """A hopseald that ships to the centre at url."""

    def __init__(self, workdir, name, url, rules="", **more):
        settings = {"hostname": '"%s.example.org"' % name,
                    **more.pop("settings", {})}
        super().__init__(workdir, rules, name=name, settings=settings,
                         ledger="ship = \"%s\" %s" % (
                             url, more.pop("ledger", "")), **more)
        self.metrics_port = ports.free()

    def sections(self):
        return super().sections() + (
            'metrics { socket = "inet:%d@127.0.0.1" }\n' % self.metrics_port)

    @property
    def path(self):
        return self.state + "/ledger.db"

    def deliver(self, sender, **facts):
        return session.deliver(self.socket, mail_from="<a@%s>" % sender,
                               **facts)

    def ask(self, sql):
        """One value of the ledger on this host."""
        with contextlib.closing(sqlite3.connect(
                "file:%s?mode=ro" % self.path, uri=True)) as ledger:
            return ledger.execute(sql).fetchone()[0]

    def figures(self):
        """The metrics, as name and number."""
        url = "http://127.0.0.1:%d/metrics" % self.metrics_port
        with urllib.request.urlopen(url, timeout=20) as answer:
            lines = answer.read().decode().splitlines()
        return {name: float(value) for name, value in
                (line.rsplit(" ", 1) for line in lines
                 if not line.startswith("#"))}

    def figure(self, name):
        return self.figures()["hopseal_" + name]


def value_of(centre, host, what, table):
    """One value of that host's rows of a table."""
    return centre.value(
        "SELECT %s FROM hopseal_%s JOIN (SELECT ledger AS l FROM "
        "hopseal_host WHERE vkey = '%s') AS h ON ledger = l"
        % (what, table, host.ask(
            "SELECT value FROM meta WHERE key = 'vkey'")))


def ship_checkpoint(centre, host):
    """Started again, it ships the checkpoint that a stop makes."""
    host.stop()
    host.start()
    until(lambda: int(value_of(centre, host, "max(size)", "checkpoint")
                      or 0) == host.ask("SELECT size FROM state"),
          "last checkpoint", 60)


class FleetCase(unittest.TestCase):
    rules = ""

    @classmethod
    def setUpClass(cls):
        cls.workdir = cls.enterClassContext(WorkDir("fleet-"))
        cls.centre = cls.enterClassContext(Postgres(cls.workdir))
        make_tables(cls.centre)

    def host(self, name, url=None, **more):
        host = Host(self.workdir, name, url or self.centre.url(),
                    more.pop("rules", self.rules), **more)
        return self.enterContext(host)

    @classmethod
    def at_centre(cls, host, what="count(*)", table="record"):
        return value_of(cls.centre, host, what, table)

    @classmethod
    def sign(cls, host):
        ship_checkpoint(cls.centre, host)

    def assert_same(self, host, seconds=30):
        """Every leaf of the ledger is at the centre, and once."""
        size = host.ask("SELECT size FROM state")
        until(lambda: int(self.at_centre(host, "max(next)", "host") or 0) >= size,
              "all of %s at the centre" % host.name, seconds)
        for what in ("count(*)", "count(DISTINCT seq)", "max(seq)"):
            self.assertEqual(
                int(self.at_centre(host, what) or -1),
                host.ask("SELECT %s FROM record" % what), what)
