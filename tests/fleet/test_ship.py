"""One host and its centre: what is shipped, and what goes wrong on the way."""

import json
import os
import shutil
import signal
import sqlite3

from fleetcase import (Feed, FleetCase, Host, SUMS, children, make_tables,
                       name_of, record, session, wait_sums)
from lab import command
from lab.postgres import Postgres
from lab.waiting import until
from lab.wire import Wire


def kill_workers(host):
    above = [pid for pid in children(host.process.pid)
             if name_of(pid) == "hopseald-fleet"][0]
    for pid in children(above):
        os.kill(pid, signal.SIGKILL)


class Ship(FleetCase):
    def test_records_summaries_and_checkpoints_arrive(self):
        host = self.host("one")
        for number in range(5):
            host.deliver("bank%d.example" % number)
        host.deliver("it's \\ \"odd\".example")
        self.assert_same(host)
        until(lambda: int(self.at_centre(host, "sum(records)", "summary")
                          or 0) == host.ask("SELECT sum(records) FROM summary"),
              "summaries")
        row = self.centre.query(
            "SELECT host, version, length(policy), size, next, lost FROM "
            "hopseal_host WHERE host = 'one.example.org'")[0]
        self.assertEqual(row[0], "one.example.org")
        self.assertEqual(row[2], "16")
        self.assertEqual(row[3:5], [str(host.ask("SELECT size FROM state"))]
                         * 2)
        self.assertEqual(row[5], "0")
        until(lambda: host.figure("ship_backlog") == 0, "empty backlog")
        self.assertEqual(host.figure("ship_connected"), 1)
        self.assertEqual(host.figure("ship_records_total"),
                         host.ask("SELECT count(*) FROM record"))
        columns = ("sender, peer, address, tls, cipher, bits, cert, queue, "
                   "part, time, host")
        here = sqlite3.connect(host.path).execute(
            "SELECT %s FROM record ORDER BY seq" % columns).fetchall()
        there = self.centre.query(
            "SELECT %s FROM hopseal_record WHERE host = 'one.example.org' "
            "ORDER BY seq" % columns)
        self.assertEqual(there, [[str(value) for value in row]
                                 for row in here])
        host.stop()
        self.assertGreater(host.ask("SELECT count(*) FROM checkpoint"), 0)
        host.start()
        until(lambda: int(self.at_centre(host, table="checkpoint"))
              == host.ask("SELECT count(*) FROM checkpoint"), "checkpoints")

    def test_down_at_the_start_and_restarted(self):
        host = Host(self.workdir, "down", self.centre.url())
        self.centre.stop()
        try:
            with host:
                host.deliver("bank.example")
                until(lambda: host.figure("ship_backlog") > 0
                      and host.figure("ship_faults_total") > 0, "backlog")
                self.assertEqual(host.figure("ship_connected"), 0)
                self.assertEqual(host.figure("ledger_failed_total"), 0)
                self.centre.start()
                self.assert_same(host)
                until(lambda: "the ledger is shipped again" in host.log(),
                      "word of it")
                self.centre.stop(signal.SIGQUIT)
                host.deliver("bank.example")
                self.centre.start()
                host.deliver("bank.example")
                self.assert_same(host, 60)
        finally:
            if self.centre.process is None:
                self.centre.start()

    def test_killed_in_the_middle_nothing_is_lost_or_doubled(self):
        host = self.host("killed")
        for number in range(30):
            host.deliver("bank%d.example" % number)
            if number % 10 == 5:
                kill_workers(host)
        self.assert_same(host)

    def test_a_copied_ledger_is_found_out(self):
        host = self.host("origin")
        host.deliver("bank.example")
        self.assert_same(host)
        host.stop()
        # All of it is in one file, though another process read it.
        self.assertFalse(os.path.exists(host.path + "-wal"))
        copy = Host(self.workdir, "copy", self.centre.url())
        for ending in ("", ".key"):
            shutil.copy(host.path + ending, copy.path + ending)
            os.chown(copy.path + ending, 65534, 65534)
        with copy:
            copy.deliver("other.example")
            host.start()
            host.deliver("bank.example")
            host.deliver("bank.example")
            until(lambda: "copies of one" in host.log() + copy.log()
                  or "restored from an older" in host.log() + copy.log(),
                  "word of the copy")

    def test_a_centre_without_tables(self):
        self.centre.run("CREATE DATABASE bare OWNER hopseal", "postgres")
        host = self.host("bare", self.centre.url(database="bare"))
        host.wait_log("make the tables with: hopseal fleet init")

    def test_tables_for_engines_that_do_not_cut(self):
        self.centre.run("CREATE DATABASE plain OWNER hopseal", "postgres")
        sql = command.hopseal("fleet", "init", "--plain").stdout.decode()
        self.assertNotIn("PARTITION OF", sql)
        self.centre.run("SET ROLE hopseal;\n" + sql, "plain")
        host = self.host("plain", self.centre.url(database="plain"))
        host.deliver("bank.example")
        until(lambda: self.centre.run("SELECT count(*) FROM hopseal_record",
                                      "plain") == "1\n", "record")

    def test_init_can_be_run_again_and_makes_months(self):
        make_tables(self.centre)
        sql = command.hopseal("fleet", "init", "--month", "202611",
                              "--months", "3").stdout.decode()
        for month, until_month in ((202611, 202612), (202612, 202701),
                                   (202701, 202702)):
            self.assertIn("hopseal_record_%d PARTITION OF hopseal_record\n"
                          "    FOR VALUES FROM (%d) TO (%d);"
                          % (month, month, until_month), sql)
        for bad in (("--month", "202613"), ("--month", "x"), ("--months",
                    "0"), ("--months", "241"), ("more",)):
            self.assertEqual(command.hopseal("fleet", "init", *bad)
                             .returncode, 64, bad)


class Sums(FleetCase):
    """The sums over all hosts are what their records add up to."""

    OLD = "ALTER TABLE hopseal_host DROP COLUMN summed; DROP TABLE hopseal_sum"
    ANEW = ("BEGIN; UPDATE hopseal_host SET summed = 0; "
            "DELETE FROM hopseal_sum; COMMIT")

    def two(self, first, second, url=None):
        hosts = [self.host(name, url) for name in (first, second)]
        self.feed(hosts)
        return hosts

    @staticmethod
    def feed(hosts):
        for number, host in enumerate(hosts):
            host.deliver("everywhere.example", tls=session.TLS13)
            host.deliver("plain.example")
            host.deliver("only%d.example" % number)

    def whole(self, hosts):
        for host in hosts:
            self.assert_same(host, 60)
        wait_sums(self.centre)

    def disconnect(self):
        self.centre.run("SELECT pg_terminate_backend(pid) FROM "
                        "pg_stat_activity WHERE application_name = "
                        "'hopseal ship'", "postgres")

    def test_after_cuts_kills_and_shipping_again(self):
        with Wire(self.centre.port) as wire:
            hosts = self.two("cut", "killed", self.centre.url(port=wire.port))
            self.whole(hosts)
            wire.cut_after = 3000
            wire.cut()
            self.feed(hosts)
            until(lambda: wire.cuts > 4, "connections cut in the middle", 60)
            wire.cut_after = None
            wire.cut()
            for _ in range(3):
                self.feed(hosts)
                for host in hosts:
                    kill_workers(host)
            self.whole(hosts)
            before = sorted(self.centre.query(SUMS))
            self.centre.run("UPDATE hopseal_host SET summary_next = 0")
            self.disconnect()
            until(lambda: self.centre.query(
                "SELECT min(summary_next) > 0 FROM hopseal_host") == [["t"]],
                "summaries that were shipped again")
            self.assertEqual(sorted(self.centre.query(SUMS)), before)

    def test_a_centre_without_sums_gets_them(self):
        hosts = self.two("early", "gone")
        self.whole(hosts)
        hosts[1].stop()
        self.centre.run(self.OLD)
        hosts[0].wait_log("make the tables with: hopseal fleet init")
        make_tables(self.centre)
        until(lambda: self.centre.query("SELECT count(*) FROM hopseal_host "
                                        "WHERE summed = 1") == [["1"]],
              "one that adds its part")
        self.assertEqual(self.messages("everywhere.example"), 2)
        hosts[1].start()
        self.whole(hosts)
        self.assertEqual(self.messages("everywhere.example"), 2)

    def messages(self, domain):
        """As a report of all domains counts them."""
        done = command.hopseal("report", "-c", "/dev/null", "--fleet",
                               self.centre.url(), "--format", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return sum(row["messages"]
                   for row in json.loads(done.stdout)["domains"]
                   if row["domain"] == domain)

    def test_they_are_made_anew_beside_the_hosts(self):
        hosts = self.two("anew", "beside")
        self.whole(hosts)
        self.centre.run(self.ANEW)
        self.feed(hosts)
        self.whole(hosts)
        self.centre.run("DELETE FROM hopseal_record")   # its months dropped
        self.assertEqual(self.messages("everywhere.example"), 4)

    def setUp(self):
        """Each test counts its own hosts alone."""
        self.centre.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public; "
                        "GRANT ALL ON SCHEMA public TO hopseal")
        make_tables(self.centre)


class Retention(FleetCase):
    """Records that are older than keep-days when the host joins."""

    OLD = 20

    def old_host(self, name, settings, *options):
        host = Host(self.workdir, name, self.centre.url(),
                    ledger=settings)
        feed = Feed(host.path, "keep=36600", *options, user="nobody")
        self.assertTrue(feed.opened)
        for number in range(self.OLD):
            self.assertEqual(feed.ask(record(queue="Q%d" % number)), "ok")
        feed.close()
        return host

    def records(self, host):
        return host.ask("SELECT count(*) FROM record")

    def verify(self, host):
        done = command.hopseal("fleet", "verify", self.centre.url(),
                               "--host", host.name + ".example.org")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout.decode()

    def test_what_is_not_shipped_is_kept(self):
        host = self.old_host("patient",
                             "keep-days = 1 ship-backlog-days = 36600")
        self.centre.stop()
        try:
            with host:      # retention is the first thing that it does
                until(lambda: host.figure("ship_backlog") == self.OLD
                      and host.figure("ship_faults_total") > 1, "backlog")
                self.assertEqual(self.records(host), self.OLD)
                self.centre.start()
                until(lambda: int(self.at_centre(
                    host, "max(size)", "checkpoint") or 0) >= self.OLD,
                    "checkpoint")
                self.assertEqual(int(self.at_centre(host)), self.OLD)
                self.assertEqual(host.figure("ship_lost_total"), 0)
                self.assertIn("%d records compared" % self.OLD,
                              self.verify(host))
        finally:
            if self.centre.process is None:
                self.centre.start()

    def test_beyond_the_backlog_records_are_counted_as_lost(self):
        host = self.old_host("impatient",
                             "keep-days = 1 ship-backlog-days = 1")
        self.centre.stop()
        try:
            with host:
                until(lambda: self.records(host) == 0, "removal", 30)
                self.centre.start()
                until(lambda: host.figure("ship_lost_total") == self.OLD,
                      "lost records", 60)
                host.wait_log("20 records were removed by retention before")
                self.assertIn("0 records compared, 21 more leaves by their "
                              "hash", self.verify(host))
        finally:
            if self.centre.process is None:
                self.centre.start()

    def test_a_reload_shortens_the_backlog(self):
        host = self.old_host("hasty",
                             "keep-days = 1 ship-backlog-days = 36600")
        self.centre.stop()
        try:
            with host:
                until(lambda: host.figure("ship_backlog") == self.OLD,
                      "backlog")
                host.ledger = host.ledger.replace("36600", "1")
                self.assertEqual(self.records(host), self.OLD)
                host.reload()
                until(lambda: self.records(host) == 0, "removal", 30)
        finally:
            self.centre.start()


class Slow(FleetCase):
    def test_a_frozen_centre(self):
        host = self.host("frozen")
        host.deliver("bank.example")
        self.assert_same(host)
        self.centre.freeze()
        try:
            for _ in range(10):
                host.deliver("bank.example")
            self.assertEqual(host.figure("ledger_timeouts_total"), 0)
        finally:
            self.centre.resume()
        self.assert_same(host)
