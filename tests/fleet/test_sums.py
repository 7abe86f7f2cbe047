"""The sums over all hosts: hopseal fleet verify compares, fleet sum mends."""

from fleetcase import FleetCase, Host, wait_sums
from lab import command
from lab.waiting import until

SAVED = ("host", "summary", "sum")

# name, what somebody does to the centre, what is said of it
FORGERIES = (
    ("a falsified sum",
     "UPDATE hopseal_sum SET messages = messages + 40 "
     "WHERE domain = 'bank.example'",
     r"bank\.example in .*: the sums have 2 records, 42 messages, 0 stamped "
     r"but the summaries 2 records, 2 messages, 0 stamped"),
    ("a time alone",
     "UPDATE hopseal_sum SET first_time = first_time - 1 "
     "WHERE domain = 'bank.example'", "1 rows of the sums"),
    ("a missing row",
     "DELETE FROM hopseal_sum WHERE domain = 'bank.example'",
     r"bank\.example in .*: the sums have no row but the summaries 2 rec"),
    ("an extra row",
     "INSERT INTO hopseal_sum SELECT day, E'x\\033[2J.example', direction, "
     "tls, event, 0, 0, 0, 0, 0 FROM hopseal_sum LIMIT 1",
     r"x\?\[2J\.example in .*: the sums have 0 records, .* but the "
     r"summaries no row"),
    ("a day that no calendar has",
     "INSERT INTO hopseal_sum SELECT 2147483647, domain, direction, tls, "
     "event, 1, 1, 0, 0, 0 FROM hopseal_sum LIMIT 1", "day 2147483647 "),
    ("a falsified summary",
     "UPDATE hopseal_summary SET records = 1 WHERE domain = 'bank.example' "
     "AND ledger = (SELECT min(ledger) FROM hopseal_summary); UPDATE "
     "hopseal_summary SET records = 9 WHERE domain = 'bank.example' "
     "AND ledger = (SELECT max(ledger) FROM hopseal_summary)",
     r"the sums have 2 records, .* but the summaries 10 records"),
    ("a missing summary",
     "DELETE FROM hopseal_summary WHERE domain = 'bank.example'",
     r"the sums have 2 records, .* but the summaries no row"),
    ("a host counted twice",
     "UPDATE hopseal_host SET summed = 0 WHERE host LIKE 'mx0.%'",
     r"bank\.example in .*the sums have 2 .* summaries 1 rec"),
    ("a host counted never",
     "DELETE FROM hopseal_sum", "the sums have no row"),
    ("a mark that nobody writes",
     "UPDATE hopseal_host SET summed = 2", "but the summaries no row"),
    ("a summary of no host",
     "INSERT INTO hopseal_summary SELECT 7, day, domain, direction, network, "
     "tls, cipher, event, 1, 1, 0, 0, 0 FROM hopseal_summary LIMIT 1",
     "1 summaries are of no host"),
    ("more rows than are shown",
     "INSERT INTO hopseal_sum SELECT n, domain, direction, tls, event, 1, 1, "
     "0, 0, 0 FROM hopseal_sum, generate_series(100, 900, 100) AS n "
     "WHERE domain = 'bank.example'", "9 rows .*and 4 more"),
)
MENDED = {"a falsified sum", "a time alone", "a missing row", "an extra row",
          "a day that no calendar has", "a host counted never",
          "a mark that nobody writes"}


class Sums(FleetCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for number in range(2):
            with Host(cls.workdir, "mx%d" % number,
                      cls.centre.url()) as host:
                host.deliver("bank.example")
                host.deliver("only%d.example" % number)
                cls.wait_counted(host, 2)
                cls.sign(host)
        cls.centre.run("; ".join(
            "CREATE TABLE saved_%s AS SELECT * FROM hopseal_%s" % (name, name)
            for name in SAVED))

    @classmethod
    def wait_counted(cls, host, records):
        until(lambda: cls.centre.query(
            "SELECT 1 FROM hopseal_host WHERE host = '%s.example.org' AND "
            "summary_next >= %d" % (host.name, records)),
              "summaries of " + host.name, 60)

    def restore(self):
        self.centre.run("BEGIN; %s; COMMIT" % "; ".join(
            "DELETE FROM hopseal_%s; INSERT INTO hopseal_%s SELECT * FROM "
            "saved_%s" % (name, name, name) for name in SAVED))

    def fleet(self, *words):
        done = command.hopseal("fleet", words[0], self.centre.url(),
                               *words[1:])
        return done.returncode, (done.stdout + done.stderr).decode()

    def test_sums_that_nobody_touched_verify(self):
        code, said = self.fleet("verify")
        self.assertEqual(code, 0, said)
        self.assertRegex(said, "sums of all hosts: 3 rows compared.*\n"
                         "verified\n$")

    def test_every_forgery_is_found_and_named(self):
        for name, sql, want in FORGERIES:
            with self.subTest(name):
                self.centre.run(sql)
                self.addCleanup(self.restore)
                code, said = self.fleet("verify")
                self.assertEqual(code, 1, said)
                self.assertRegex(said.replace("\n", " "), want)
                self.assertNotIn("\033", said)
                if name in MENDED:
                    self.assertIn("hopseal fleet sum URL", said)
                    self.assertEqual(self.fleet("sum")[0], 0)
                    self.assertEqual(self.fleet("verify")[0], 0)
                self.restore()

    def test_one_host_is_verified_without_the_sums(self):
        code, said = self.fleet("verify", "--host", "mx0.example.org")
        self.assertEqual(code, 0, said)
        self.assertNotIn("sums", said)

    def test_made_anew_they_are_what_they_were(self):
        before = self.centre.query("SELECT * FROM hopseal_sum ORDER BY 1, 2")
        code, said = self.fleet("sum")
        self.assertEqual(code, 0, said)
        self.assertEqual(before, self.centre.query(
            "SELECT * FROM hopseal_sum ORDER BY 1, 2"))

    def test_a_host_that_ships_meanwhile_goes_on(self):
        self.addCleanup(self.restore)
        host = self.host("busy")
        for number in range(5):
            host.deliver("bank%d.example" % number)
            self.assertEqual(self.fleet("sum")[0], 0)
        self.wait_counted(host, 5)
        self.sign(host)
        self.assert_same(host)
        wait_sums(self.centre)
        self.assertEqual(self.fleet("verify")[0], 0)

    def test_a_mark_that_nobody_writes_stops_no_host(self):
        self.addCleanup(self.restore)
        host = self.host("marked")
        host.deliver("first.example")
        self.wait_counted(host, 1)
        self.centre.run("BEGIN; UPDATE hopseal_host SET summed = 2; "
                        "DELETE FROM hopseal_sum; COMMIT")
        host.deliver("second.example")
        self.wait_counted(host, 2)
        self.sign(host)
        self.assertEqual(self.fleet("verify")[0], 0)
        said = command.hopseal("report", "-c", host.file, "--fleet",
                               self.centre.url())
        for domain in (b"bank.example", b"second.example"):
            self.assertIn(domain, said.stdout)

    def test_a_centre_that_has_no_sums_and_wrong_usage(self):
        self.centre.run("ALTER TABLE hopseal_sum RENAME TO gone")
        self.addCleanup(self.centre.run,
                        "ALTER TABLE gone RENAME TO hopseal_sum")
        for what in ("verify", "sum"):
            code, said = self.fleet(what)
            self.assertEqual(code, 69, said)
            self.assertIn("hopseal fleet init", said)
        self.assertEqual(command.hopseal("fleet", "sum").returncode, 64)
