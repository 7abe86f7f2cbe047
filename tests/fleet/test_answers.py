"""Three hosts, one answer: hopseal report --fleet and hopseal fleet verify."""

import csv
import io
import json

from fleetcase import FleetCase
from lab import command
from lab.waiting import until

RULES = 'policy "bank.example" { mode = "require" }\n'
OBSERVE = {"operation": '"observe"'}
COUNTS = ("messages", "tls", "plain", "refused", "would_refuse")


class Report(FleetCase):
    rules = RULES

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hosts = []
        for number in range(3):
            host = cls.enterClassContext(cls.make(number))
            cls.hosts.append(host)
            host.deliver("bank.example")
            host.deliver("only%d.example" % number)
            host.deliver("everywhere.example")
        for host in cls.hosts:
            cls.wait_whole(host)

    @classmethod
    def make(cls, number):
        from fleetcase import Host
        return Host(cls.workdir, "mx%d" % number, cls.centre.url(),
                    RULES if number < 2 else "", settings=OBSERVE)

    @classmethod
    def wait_whole(cls, host):
        size = host.ask("SELECT size FROM state")
        until(lambda: cls.centre.query(
            "SELECT 1 FROM hopseal_host WHERE host = '%s.example.org' AND "
            "next >= %d AND summary_next >= %d" % (host.name, size, size)),
              "all of " + host.name, 60)

    def report(self, *words):
        done = command.hopseal("report", "-c", self.hosts[0].file, "--fleet",
                               self.centre.url(), *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode()

    def here(self, *words):
        """The same question to each ledger by itself."""
        for host in self.hosts:
            done = command.hopseal("report", "-c", self.hosts[0].file,
                                   "--ledger", host.path, "--format", "json",
                                   *words)
            yield json.loads(done.stdout)

    def test_the_sum_over_all_hosts_is_that_of_their_ledgers(self):
        sums = {}
        for report in self.here():
            for row in report["domains"]:
                mine = sums.setdefault((row["domain"], row["direction"]),
                                       dict.fromkeys(COUNTS, 0))
                for name in COUNTS:
                    mine[name] += row[name]
        got = {(row["domain"], row["direction"]):
               {name: row[name] for name in COUNTS}
               for row in json.loads(self.report("--format", "json"))
               ["domains"]}
        self.assertEqual(got, sums)
        self.assertEqual(got[("bank.example", "in")]["messages"], 3)
        rows = csv.DictReader(io.StringIO(
            self.report("--format", "csv").partition("\n\n")[0]))
        self.assertEqual({row["domain"]: int(row["messages"])
                          for row in rows},
                         {name: counts["messages"] for (name, _), counts
                          in got.items()})

    def test_a_name_made_up_at_the_centre_is_one_cell(self):
        name = '=HYPERLINK("http://x.example"),<blink>\x1b[31m'
        self.centre.run(
            "INSERT INTO hopseal_host SELECT 7, '%s', vkey, '@SUM(1)', "
            "'-1+1', edition, next, tip, next_time, size, oldest, lost, "
            "summary_next, checkpoint_size, began, seen, summed "
            "FROM hopseal_host LIMIT 1" % name)
        self.addCleanup(self.centre.run,
                        "DELETE FROM hopseal_host WHERE ledger = 7")
        hosts = self.report("--format", "csv").partition("\n\n")[2]
        row, = [row for row in csv.DictReader(io.StringIO(hosts))
                if "HYPERLINK" in row["host"]]
        self.assertEqual(row["host"][:26], "'" + name[:25])
        self.assertEqual((row["version"], row["policy"]),
                         ("'@SUM(1)", "'-1+1"))
        for form in "text", "html", "json":
            said = self.report("--format", form)
            self.assertNotIn("\x1b[31m", said, form)
            self.assertNotIn("<blink>", said if form == "html" else "")

    def test_refusals_of_all_hosts_have_their_reasons(self):
        found = json.loads(self.report("--format", "json"))["would_refuse"]
        self.assertEqual([(item["domain"], item["count"]) for item in found],
                         [("bank.example", 2)])
        self.assertIn("must arrive over TLS", found[0]["reason"])

    def test_evidence_is_the_canonical_lines_of_the_ledgers(self):
        want = [record for report in self.here("bank.example", "--evidence")
                for record in report["records"]]
        got = json.loads(self.report("bank.example", "--evidence",
                                     "--format", "json"))["records"]
        key = (lambda record: (record["host"], record["seq"]))
        self.assertEqual(sorted(got, key=key), sorted(want, key=key))
        self.assertEqual(len(got), 3)

    def test_hosts_are_shown_with_lag_policy_and_version(self):
        hosts = json.loads(self.report("--format", "json"))["hosts"]
        self.assertEqual([host["host"] for host in hosts],
                         ["mx%d.example.org" % n for n in range(3)])
        self.assertEqual([host["drifts"] for host in hosts],
                         [False, False, True])
        self.assertEqual(hosts[0]["policy"], hosts[1]["policy"])
        for host, daemon in zip(hosts, self.hosts):
            self.assertEqual(host["lag_seconds"], 0)
            self.assertEqual(host["shipped"],
                             daemon.ask("SELECT size FROM state"))
            self.assertEqual(host["vkey"], daemon.ask(
                "SELECT value FROM meta WHERE key = 'vkey'"))
        for words in ((), ("bank.example",)):
            for form in ("text", "html"):
                said = self.report("--format", form, *words)
                self.assertIn("mx2.example.org", said)
                self.assertIn("policy or version differs", said)

    def test_an_answer_to_one_question(self):
        self.assertIn("only1.example", self.report("only1.example"))
        self.assertIn("3 messages from everywhere.example",
                      self.report("everywhere.example"))

    def test_what_another_host_wrote_moves_no_cursor(self):
        """One bad host of many must not write to the auditor's terminal."""
        columns = self.centre.value(
            "SELECT string_agg(column_name, ', ') FROM "
            "information_schema.columns WHERE table_name = 'hopseal_sum' "
            "AND column_name <> 'domain'")
        self.centre.run(
            "CREATE TABLE kept AS SELECT * FROM hopseal_host;"
            "UPDATE hopseal_host SET version = E'1\\033[2J' WHERE host LIKE "
            "'mx0.%%';"
            "INSERT INTO hopseal_sum (domain, %s) SELECT "
            "E'\\033]0;x\\007.example', %s FROM hopseal_sum LIMIT 1"
            % (columns, columns))
        try:
            for words in ((), ("--format", "csv"), ("--format", "html")):
                said = self.report(*words)
                self.assertNotRegex(said, "[\x00-\x08\x0b-\x1f\x7f]")
                self.assertIn("]0;x?.example", said)
        finally:
            self.centre.run(
                "UPDATE hopseal_host SET version = kept.version FROM kept "
                "WHERE kept.ledger = hopseal_host.ledger; DROP TABLE kept;"
                "DELETE FROM hopseal_sum WHERE domain LIKE '%]0;x%'")

    def test_a_centre_that_cannot_be_asked(self):
        for url, want in (("nonsense", b"--fleet is no URL"),
                          ("postgresql://h@127.0.0.1:1/x", b"refused")):
            done = command.hopseal("report", "-c", self.hosts[0].file,
                                   "--fleet", url)
            self.assertEqual(done.returncode, 69, url)
            self.assertIn(want, done.stderr)


class Verify(FleetCase):
    def verify(self, *words):
        done = command.hopseal("fleet", "verify", self.centre.url(), *words)
        return done.returncode, (done.stdout + done.stderr).decode()

    def shipped(self, name):
        """A host whose log is at the centre, under a checkpoint."""
        host = self.host(name)
        for number in range(5):
            host.deliver("bank%d.example" % number)
        self.sign(host)
        self.assert_same(host)
        return host

    def test_every_log_verifies_and_every_change_is_found(self):
        host = self.shipped("good")
        key = host.ask("SELECT value FROM meta WHERE key = 'vkey'")
        code, said = self.verify("--host", "good.example.org", "--key", key)
        self.assertEqual(code, 0, said)
        self.assertIn("5 records compared", said)
        rows = (
            ("a changed record", "UPDATE hopseal_record SET tls = 'TLSv1.3' "
             "WHERE seq = 2", "not those that the checkpoint"),
            ("a missing record", "DELETE FROM hopseal_record WHERE seq = 3",
             "leaves 3 to 3 are missing"),
            ("the last one", "DELETE FROM hopseal_record WHERE seq = 4",
             "missing"),
            ("another key", "UPDATE hopseal_host SET vkey = 'x' || vkey",
             ""),
            ("a forged head", "UPDATE hopseal_checkpoint SET note = "
             "replace(note, chr(10) || '5' || chr(10), "
             "chr(10) || '4' || chr(10))", "signature"),
            ("no head, though there was one", "DELETE FROM "
             "hopseal_checkpoint", "the checkpoint of 5 leaves, which the "
             "host has shipped, is missing"),
            ("no head at all", "DELETE FROM hopseal_checkpoint; UPDATE "
             "hopseal_record SET tls = 'TLSv1.3'; UPDATE hopseal_host SET "
             "checkpoint_size = 0", "there is no checkpoint"),
        )
        for name, sql, want in rows:
            with self.subTest(name):
                self.centre.run("BEGIN; CREATE TABLE saved AS SELECT * FROM "
                                "hopseal_record; CREATE TABLE savedc AS "
                                "SELECT * FROM hopseal_checkpoint; CREATE "
                                "TABLE savedh AS SELECT * FROM hopseal_host;"
                                + sql + "; COMMIT")
                code, said = self.verify("--host", "good.example.org")
                self.centre.run(
                    "BEGIN; DELETE FROM hopseal_record; INSERT INTO "
                    "hopseal_record SELECT * FROM saved; DROP TABLE saved; "
                    "DELETE FROM hopseal_checkpoint; INSERT INTO "
                    "hopseal_checkpoint SELECT * FROM savedc; DROP TABLE "
                    "savedc; UPDATE hopseal_host SET vkey = savedh.vkey, "
                    "checkpoint_size = savedh.checkpoint_size FROM savedh "
                    "WHERE savedh.ledger = hopseal_host.ledger; "
                    "DROP TABLE savedh; COMMIT")
                self.assertNotEqual(code, 0, said)
                self.assertIn(want, said)
        code, said = self.verify()
        self.assertEqual(code, 0, said)

    def test_no_such_host_and_wrong_usage(self):
        self.assertEqual(self.verify("--host", "nobody")[0], 65)
        self.assertEqual(command.hopseal("fleet").returncode, 64)
        self.assertEqual(command.hopseal("fleet", "verify").returncode, 64)
