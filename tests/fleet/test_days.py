"""The counts of days at the centre are those of the records there."""

import contextlib
import subprocess

from fleetcase import Feed, FleetCase, Host, record
from lab import command
from lab.waiting import until

NOON, DAY = 1767441600000, 24 * 3600 * 1000
FORGED = "one.example"      # of the first day

# name, what is done to its row of the counts, what is said of it
FORGERIES = (
    ("more messages", "UPDATE hopseal_summary SET messages = messages + 40",
     r"2026-01-03 one\.example in TLSv1\.3 pass: the counts have 2 records, "
     r"42 messages, 0 stamped, the records are 2 records, 2 messages, "
     r"0 stamped"),
    ("other records", "UPDATE hopseal_summary SET records = 1",
     "the counts have 1 records"),
    ("all stamped", "UPDATE hopseal_summary SET stamped = 2", "2 stamped"),
    ("TLS that was none", "UPDATE hopseal_summary SET tls = 'TLSv1.2'",
     "NOT VERIFIED: 2 rows .*the counts have 2 records.*are no row"),
    ("another name", "UPDATE hopseal_summary SET domain = E'x\\033[2J'",
     r"2 rows .*one\.example .*the counts have no row"),
    ("a row that is gone", "DELETE FROM hopseal_summary",
     "the counts have no row, the records are 2 records"),
    ("another day", "UPDATE hopseal_summary SET day = 40000", "2 rows"),
)


class Days(FleetCase):
    """Three days; on the last, more names than are counted each."""

    def setUp(self):
        self.one = Host(self.workdir, self._testMethodName[5:12].strip("_"),
                        self.centre.url(),
                        ledger="keep-days = 36600 keep-summary-days = 36600")
        feed = Feed(self.one.path, "keep=36600", "keep-summary=36600",
                    "max=2", "checkpoint=1", user="nobody")
        self.assertTrue(feed.opened)
        for day, names in enumerate(("one two", "two", "a b c d")):
            for name in names.split():
                for queue in "Q1", "Q2":
                    self.assertEqual(feed.ask(record(
                        time=NOON + day * DAY, sender=name + ".example",
                        policy="", side="", queue=queue)), "ok")
        feed.close()
        self.enterContext(self.one)
        until(lambda: self.figures() == (14, 14), "all of it", 30)
        until(lambda: int(self.at_centre(self.one, "max(size)", "checkpoint")
                          or 0) >= 14, "checkpoint")

    def tearDown(self):
        self.centre.run("; ".join(
            "DELETE FROM hopseal_" + name for name in
            ("host", "record", "leaf", "checkpoint", "summary", "sum")))

    def figures(self):
        return tuple(int(self.at_centre(self.one, "max(%s)" % what, "host")
                         or 0) for what in ("next", "summary_next"))

    @contextlib.contextmanager
    def held(self, table):
        """Nobody reads or writes the table meanwhile."""
        with subprocess.Popen(
                [self.centre.program("psql"), "-Xq", self.centre.url()],
                stdin=subprocess.PIPE, text=True) as holder:
            holder.stdin.write("BEGIN; LOCK TABLE %s;\n" % table)
            holder.stdin.flush()
            until(lambda: self.locks("mode = 'AccessExclusiveLock'") == "1",
                  "the lock")
            yield
            holder.stdin.write("COMMIT;\n")

    def locks(self, which):
        return self.centre.value("SELECT count(*) FROM pg_locks WHERE "
                                 + which)

    def fleet(self, what="verify"):
        done = command.hopseal("fleet", what, self.centre.url())
        return done.returncode, (done.stdout + done.stderr).decode()

    def forge(self, sql, where="day = 20456 AND domain = '%s'" % FORGED):
        """Who does this makes the sums fit."""
        self.centre.run("CREATE TABLE saved AS SELECT * FROM hopseal_summary;"
                        "%s WHERE %s" % (sql, where))
        self.addCleanup(self.centre.run, "DROP TABLE IF EXISTS saved")
        self.assertEqual(self.fleet("sum")[0], 0)
        return self.fleet()

    def restore(self):
        self.centre.run("DELETE FROM hopseal_summary; INSERT INTO "
                        "hopseal_summary SELECT * FROM saved; "
                        "DROP TABLE saved")
        self.assertEqual(self.fleet("sum")[0], 0)

    def test_every_forgery_is_found_and_named(self):
        code, said = self.fleet()
        self.assertEqual(code, 0, said)
        self.assertIn("counts of 3 days, without today, compared", said)
        for name, sql, want in FORGERIES:
            with self.subTest(name):
                code, said = self.forge(sql)
                self.assertEqual(code, 1, said)
                self.assertRegex(said.replace("\n", " "), want)
                self.assertNotIn("\033", said)
                self.restore()
        self.assertEqual(self.fleet()[0], 0)

    def test_no_day_is_crowded_by_a_forger(self):
        code, said = self.forge(
            "UPDATE hopseal_summary SET domain = '(other)', event = "
            "'fallback', tls = 'TLSv1.2', messages = 999, stamped = 999")
        self.assertEqual(code, 1, said)
        self.assertIn("2026-01-03 all names in TLSv1.2 fallback", said)

    def test_a_crowded_day_hides_no_record(self):
        """c and d are counted together: one more or less shows."""
        self.assertEqual(self.centre.value(
            "SELECT count(*) FROM hopseal_summary WHERE domain = '(other)'"),
            "1")
        for sql, where in (
                ("UPDATE hopseal_summary SET messages = messages + 1, "
                 "records = records + 1", "domain = '(other)'"),
                ("UPDATE hopseal_summary SET records = 9",
                 "domain = 'a.example'"),
                ("DELETE FROM hopseal_summary", "domain = '(other)'")):
            with self.subTest(sql):
                code, said = self.forge(sql, where)
                self.assertEqual(code, 1, said)
                self.assertIn("2026-01-05", said)
                self.restore()

    def test_the_remedy(self):
        code, said = self.forge("DELETE FROM hopseal_summary", "day > 0")
        self.assertEqual(code, 1, said)
        sql = [line.strip() for line in said.split("\n")
               if line.startswith("  DELETE") or line.startswith("  UPDATE")]
        self.assertEqual(len(sql), 2)
        self.centre.run(" ".join(sql))
        self.one.deliver("later.example")
        until(lambda: self.figures() == (15, 15), "the counts", 30)
        self.assertEqual(self.fleet("sum")[0], 0)
        code, said = self.fleet()
        self.assertEqual(code, 0, said)
        self.assertIn("counts of 3 days", said)
        self.assertIn("newer leaves are not signed yet", said)

    def test_a_host_counts_on_after_a_forged_mark(self):
        self.centre.run("DELETE FROM hopseal_summary; UPDATE hopseal_host "
                        "SET summary_next = 4000000000000000")
        self.one.deliver("later.example")
        until(lambda: self.figures() == (15, 15), "the counts", 60)
        self.assertEqual(self.fleet("sum")[0], 0)
        code, said = self.fleet()
        self.assertEqual(code, 0, said)
        self.assertIn("counts of 3 days", said)

    def test_counts_ahead_of_records_are_said_to_be(self):
        self.centre.run("UPDATE hopseal_host SET summary_next = 99")
        code, said = self.fleet()
        self.assertEqual(code, 1, said)
        self.assertIn("said to be of 99 leaves, and the host has 14", said)
        self.centre.run("UPDATE hopseal_host SET size = 99")
        code, said = self.fleet()
        self.assertEqual(code, 0, said)
        self.assertIn("counts of days: not compared", said)
        self.assertIn("the log is verified\n", said)

    def test_a_record_that_is_listed_as_somebody_elses(self):
        """Reports of one domain would not see it."""
        for listed, shown in (("two.example", "two.example"), ("", ""),
                              ("x\033[2J", "x?[2J")):
            with self.subTest(listed):
                self.centre.run("UPDATE hopseal_record SET partner = '%s' "
                                "WHERE seq = 0" % listed)
                code, said = self.fleet()
                self.assertEqual(code, 1, said)
                self.assertIn("NOT VERIFIED: record 0, of one.example, is "
                              "listed as one of %s: " % shown, said)

    def test_shipping_meanwhile_is_no_forgery(self):
        """Its counts are newer than the row that was read at first."""
        with self.held("hopseal_checkpoint"):
            verify = subprocess.Popen(
                [command.program("hopseal"), "fleet", "verify",
                 self.centre.url()], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.addCleanup(verify.wait)
            until(lambda: self.locks("NOT granted") == "1", "verify at the lock")
            self.one.deliver("later.example")
            until(lambda: self.figures() == (15, 15), "the counts", 60)
        said = verify.communicate(timeout=60)[0].decode()
        self.assertEqual(verify.returncode, 0, said)
        self.assertNotIn("NOT VERIFIED", said)
