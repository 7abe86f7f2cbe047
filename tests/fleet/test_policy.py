"""The policy of a fleet: pushed, live everywhere, and never half."""

import os
import signal
import threading
import unittest

from policycase import NONE, PLAIN, STRICT, PolicyCase, table
from lab.cutproxy import CutProxy
from lab.waiting import until


class Push(PolicyCase):
    def test_a_bad_policy_is_refused_with_its_lines(self):
        code, said = self.push(table(one="strict", two="strickt")
                               + "one.example plain\n")
        self.assertEqual(code, 65)
        self.assertIn(":4: there is no class \"strickt\"; classes are: "
                      "plain, strict", said)
        self.assertIn(":5: one.example stands in this table already", said)
        self.assertIn("nothing was pushed", said)
        self.assertEqual(self.centre.value("SELECT count(*) FROM "
                                           "hopseal_policy"), "0")

    def test_what_a_push_needs(self):
        good = self.workdir.write("good", table(one="strict"))
        other = os.path.join(self.workdir.path, "other.pem")
        if os.path.exists(other):
            os.unlink(other)
        self.assertEqual(self.policy("keygen", "--name", "x", "--out",
                                     other)[0], 0)
        rows = (
            ("no comment", ("--key", self.key, good), 65, "--comment is one"),
            ("a comment of two lines", ("--key", self.key, "--comment",
                                        "a\nb", good), 65, "--comment is"),
            ("no key", ("--key", "/nowhere", "--comment", "x", good), 65,
             "/nowhere"),
            ("a key that no host knows", ("--key", other, "--comment", "x",
                                          good), 65, "does not name this key"),
            ("a file that is not there", ("--key", self.key, "--comment",
                                          "x", "/nowhere"), 69, "/nowhere"),
        )
        for name, words, code, want in rows:
            with self.subTest(name):
                got, said = self.policy("push", *words)
                self.assertEqual(got, code, said)
                self.assertIn(want, said)

    def test_history_diff_show_and_rollback(self):
        first = table(one="strict", two="plain")
        self.assertEqual(self.pushes(first, comment="für alle"),
                         "version 1: 4 added, 0 removed, 0 changed\n")
        self.pushes(table(one="plain", three="plain"), author="bob")
        code, said = self.policy("history")
        self.assertEqual(code, 0, said)
        self.assertRegex(said, r"(?s) 2 .*bob .*test\n.* 1 .*alice .*für alle")
        code, said = self.policy("diff")
        self.assertEqual((code, said), (
            0, "~ one.example strict -> plain\n+ three.example plain\n"
            "- two.example plain\nversion 1 to 2: 1 added, 1 removed, "
            "1 changed\n"))
        code, said = self.policy("rollback", "--key", self.key, "1")
        self.assertEqual(
            (code, said), (0, "version 3: 1 added, 1 removed, 1 changed\n"))
        self.assertEqual(self.policy("show")[1], first)
        self.assertEqual(self.policy("diff", "1", "3")[1],
                         "version 1 to 3: 0 added, 0 removed, 0 changed\n")
        self.assertIn("rollback to version 1", self.policy("history")[1])
        self.assertEqual(self.policy("rollback", "--key", self.key, "9")[0],
                         65)

    def test_rules_can_be_asked_in_sql(self):
        """Each version as rows, whole, in the transaction of its text."""
        self.pushes('policy "x.example" { mode = "require" }\n'
                    'client "192.0.2.0/24" { mode = "prefer" }\n'
                    + table(one="strict", two="plain"))
        self.pushes(table(one="plain"))
        self.assertNotEqual(self.push(table(one="strickt"))[0], 0)
        self.assertEqual(self.centre.query(
            "SELECT version, kind, name, rule FROM hopseal_policy_rule "
            "ORDER BY 1, 2, 3"), [
                ["1", "class", "plain", '{ mode = "require" }'],
                ["1", "class", "strict",
                 '{ mode = "require" min-tls = "1.3" }'],
                ["1", "client", "192.0.2.0/24", '{ mode = "prefer" }'],
                ["1", "domain", "one.example", "strict"],
                ["1", "domain", "two.example", "plain"],
                ["1", "policy", "x.example", '{ mode = "require" }'],
                ["2", "class", "plain", '{ mode = "require" }'],
                ["2", "class", "strict",
                 '{ mode = "require" min-tls = "1.3" }'],
                ["2", "domain", "one.example", "plain"]])
        self.assertEqual(self.centre.query(
            "SELECT version, author, rule FROM hopseal_policy_rule JOIN "
            "hopseal_policy USING (version) WHERE kind = 'domain' AND name = "
            "'one.example' ORDER BY version"),
            [["1", "alice", "strict"], ["2", "alice", "plain"]])

    def test_tables_of_before_there_were_rows(self):
        self.centre.run("DROP TABLE hopseal_policy_rule")
        code, said = self.push(table(one="strict"))
        self.assertEqual(code, 65, said)
        self.assertIn("make the tables with: hopseal fleet init", said)
        self.assertEqual(self.centre.value("SELECT count(*) FROM "
                                           "hopseal_policy"), "0")

    def test_two_pushes_at_once(self):
        """Every version has one owner, and who lost is told."""
        self.pushes(table(one="strict"))
        files = [self.workdir.write("at-once%d" % i, table(one="plain"))
                 for i in range(8)]
        results = []

        def push(file):
            results.append(self.policy(
                "push", "--key", self.key, "--author", "carol", "--comment",
                "at once", "--base", "1", file))
        threads = [threading.Thread(target=push, args=(file,))
                   for file in files]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(code for code, _ in results), [0] + [75] * 7)
        for code, said in results:
            if code:
                self.assertRegex(said, "version 2 (was pushed by carol "
                                       "meanwhile|is the latest, not 1)")
        self.assertEqual(self.centre.query(
            "SELECT version, count(*) FROM hopseal_policy_rule GROUP BY 1 "
            "ORDER BY 1"), [["1", "3"], ["2", "3"]])


class Hosts(PolicyCase):
    def test_a_push_is_live_on_every_host(self):
        self.pushes(table(one="strict"))
        hosts = [self.starts("mx%d" % i) for i in range(3)]
        for host in hosts:
            self.assertEqual(host.rule("one.example"), STRICT)
        self.pushes(table(one="plain", two="strict"))
        for host in hosts:
            host.wait_rule("two.example", STRICT)
            self.assertEqual(host.rule("one.example"), PLAIN)
            until(lambda host=host: host.figure("policy_version") == 2,
                  "version in the metrics")
        self.assertEqual(self.policy("rollback", "--key", self.key, "1")[0],
                         0)
        for host in hosts:
            host.wait_rule("two.example", NONE)

    def test_rules_of_the_host_come_first(self):
        self.pushes(table(one="strict", two="strict"))
        host = self.starts(rules='policy "one.example" { mode = "prefer" }\n')
        self.assertEqual(host.rule("one.example"), NONE)
        self.assertEqual(host.rule("two.example"), STRICT)

    def test_a_database_that_dies(self):
        """Hosts go on, start again from the snapshot, and catch up."""
        self.pushes(table(one="strict"))
        host = self.starts()
        self.centre.stop(signal.SIGQUIT)
        try:
            host.wait_log("policy: PostgreSQL at 127.0.0.1")
            self.assertEqual(host.rule("one.example"), STRICT)
            self.assertEqual(host.stop(), 0)
            host.start()
            self.assertEqual(host.rule("one.example"), STRICT)
        finally:
            self.centre.start()
        self.pushes(table(one="plain"))
        host.wait_rule("one.example", PLAIN)

    def test_the_first_start_needs_the_policy(self):
        """Nothing to start with: not without rules, but later."""
        host = self.host()
        code, said = self.refusal(host)
        self.assertEqual(code, 75, said)
        self.assertIn("no policy was pushed to policy-source yet", said)
        host.extra["policy-source"] = '"%s"' % self.centre.url(port=1)
        code, said = self.refusal(host)
        self.assertEqual(code, 75, said)
        self.assertIn("policy.snapshot is not there, and policy-source "
                      "gives no policy", said)
        host.extra["policy-source"] = '"%s"' % self.url
        self.pushes(table(one="strict"))
        host.start()
        self.assertEqual(host.rule("one.example"), STRICT)

    def test_a_snapshot_that_was_changed(self):
        """The daemon keeps what it has; a start refuses it, exit 78."""
        self.pushes(table(one="strict"))
        host = self.starts()
        host.forge(lambda data: data.replace(b"one.example strict",
                                             b"one.example plain\n"))
        host.process.send_signal(signal.SIGUSR1)
        host.wait_log("is not the one that was signed")
        host.wait_log("the policy in force stays")
        self.assertEqual(host.rule("one.example"), STRICT)
        self.assertEqual(host.stop(), 0)
        code, said = self.refusal(host)
        self.assertEqual(code, 78, said)
        self.assertIn("remove the file", said)
        os.unlink(host.snapshot)
        host.start()
        self.assertEqual(host.rule("one.example"), STRICT)

    def test_an_older_snapshot_is_refused(self):
        self.pushes(table(one="plain"))
        host = self.starts()
        with open(host.snapshot, "rb") as file:
            old = file.read()
        self.pushes(table(one="strict"))
        host.wait_rule("one.example", STRICT)
        host.forge(lambda data: old)
        host.process.send_signal(signal.SIGUSR1)
        host.wait_log("holds version 1 of the policy, version 2 is in force")
        self.assertEqual(host.rule("one.example"), STRICT)

    def test_a_database_that_was_changed(self):
        """Whoever owns it cannot write policy, nor bring back an old one."""
        self.pushes(table(one="strict"))
        host = self.starts()
        rows = (
            ("text", "INSERT INTO hopseal_policy SELECT version + 1, note, "
             "author, comment, time, size, sha256 FROM hopseal_policy; "
             "INSERT INTO hopseal_policy_text SELECT version + 1, part, text "
             "FROM hopseal_policy_text", "was signed as version 1"),
            ("removed", "DELETE FROM hopseal_policy_text; "
             "DELETE FROM hopseal_policy", "this host has version 1 and "
             "keeps it"),
        )
        for name, sql, want in rows:
            with self.subTest(name):
                self.centre.run(sql)
                host.wait_log(want)
                self.assertEqual(host.rule("one.example"), STRICT)

    def test_a_text_that_was_changed_in_the_database(self):
        self.pushes(table(one="strict"))
        host = self.starts()
        with CutProxy(self.centre.port) as proxy:
            # The host sees nothing while version 2 is made bad.
            proxied = self.starts("proxied",
                                  url=self.centre.url(port=proxy.port))
            proxy.closed = True
            self.pushes(table(one="plain"))
            host.wait_rule("one.example", PLAIN)
            self.centre.run("UPDATE hopseal_policy_text SET text = "
                            "replace(text, '1.3', '1.0') WHERE version = 2")
            proxy.closed = False
            proxied.wait_log("is not the one that was signed")
            self.assertEqual(proxied.rule("one.example"), STRICT)

    def test_a_connection_cut_in_the_middle(self):
        """Half a policy is none; the next poll brings all of it."""
        self.pushes(table(one="strict"))
        with CutProxy(self.centre.port) as proxy:
            host = self.starts(url=self.centre.url(port=proxy.port))
            many = {"d%d" % i: "plain" for i in range(20000)}
            proxy.cut_after(b"d15000.example")
            self.pushes(table(one="plain", **many))
            until(lambda: proxy.cuts >= 2, "second cut", 30)
            self.assertEqual(host.rule("one.example"), STRICT)
            self.assertEqual(host.rule("d1.example"), NONE)
            proxy.cut_after(None)
            host.wait_rule("one.example", PLAIN)
            self.assertEqual(host.rule("d19999.example"), PLAIN)

    def test_a_hundred_thousand_domains(self):
        self.pushes(table(one="strict"))
        host = self.starts()
        many = {"d%d" % i: "plain" for i in range(100000)}
        said = self.pushes(table(**many))
        self.assertEqual(said, "version 2: 100000 added, 1 removed, "
                               "0 changed\n")
        host.wait_rule("d99999.example", PLAIN)
        self.assertEqual(host.rule("one.example"), NONE)
        self.assertEqual(self.centre.value(
            "SELECT count(*) FROM hopseal_policy_rule WHERE version = 2"),
            "100002")


if __name__ == "__main__":
    unittest.main()
