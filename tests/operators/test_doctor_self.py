"""hopseal doctor and hopseal's own part: keys, DNS, ledger, settings."""

import json
import os
import re
import subprocess
import unittest

from lab import command, workdir as places
from lab.dns import Dns
from lab.hopseald import DOMAIN, SELECTOR, Daemon
from operators.doctorcase import DoctorCase, key_record


class Self(DoctorCase):
    """hopseal's own part; no MTA is looked at."""

    def examine(self, config=None, **how):
        return self.findings("none", config=config, **how)

    def variant(self, old, new):
        with open(self.daemon.file, encoding="utf-8") as text:
            content = text.read()
        self.assertIn(old, content)
        return self.workdir.write("variant.conf", content.replace(old, new))

    def test_healthy(self):
        self.assertEqual(self.grave(self.examine()), {})

    def test_dns(self):
        name = ("txt", "%s._delivered-securely.%s" % (SELECTOR, DOMAIN))
        good = key_record(self.daemon)
        other = Daemon(self.workdir, name="doctor-other-key")
        rows = [
            ({}, {}, "stamp-key-not-in-dns", "error"),
            ({name: [key_record(other)]}, {}, "stamp-key-differs", "error"),
            ({name: ["v=DS1; k=ed25519; p="]}, {}, "stamp-key-revoked",
             "error"),
            ({name: ["v=DS1; k=what; p=AAAA"]}, {}, "stamp-key-malformed",
             "error"),
            ({name: [good + "; na=1500000000"]}, {},
             "stamp-key-out-of-time", "error"),
            ({name: [good + "; t=y"]}, {}, "stamp-key-testing", "note"),
            ({name: [good]}, {"fail": True}, "dns-silent", "warning"),
        ]
        for records, how, want, severity in rows:
            with self.subTest(want=want), Dns(records, **how) as dns:
                found = self.examine(dns=dns)
                self.assertEqual(found[want]["severity"], severity)
                if "not-in-dns" in want:
                    self.assertIn(good, found[want]["remedy"])

    def test_the_key_file(self):
        found = self.examine(self.variant(self.daemon.key, "/no/such.pem"))
        self.assertEqual(self.grave(found), {"stamp-key-unusable": "error"})
        self.assertIn("/no/such.pem", found["stamp-key-unusable"]["what"])
        os.chmod(self.daemon.key, 0o644)
        try:
            found = self.examine()
        finally:
            os.chmod(self.daemon.key, 0o600)
        self.assertIn("chmod", found["stamp-key-unusable"]["what"])

    def test_a_daemon_that_does_not_run(self):
        found = self.examine(self.variant("/milter.sock", "/gone.sock"))
        self.assertEqual(self.grave(found), {"hopseald-silent": "error"})
        found = self.examine(self.variant("/nexthop.sock", "/gone.sock"))
        self.assertEqual(self.grave(found), {"nexthop-silent": "error"})

    def test_the_ledger(self):
        state = self.daemon.state
        os.chmod(state, 0o500)
        try:
            found = self.examine()
        finally:
            os.chmod(state, 0o700)
        self.assertEqual(self.grave(found), {"ledger-not-writable": "error"})
        found = self.examine(self.variant(state + "/ledger.db", "none"))
        self.assertEqual(found["no-ledger"]["severity"], "note")
        bad = self.workdir.write("doctor-bad.db", "no ledger" * 100,
                                 owner=places.DAEMON_USER)
        found = self.examine(self.variant(state + "/ledger.db", bad))
        self.assertIn("ledger-unreadable", found)

    def test_settings(self):
        found = self.examine(self.variant('"enforce"', '"observe"'))
        self.assertEqual(found["observing"]["severity"], "note")
        found = self.examine(self.variant("trusted-hosts = {}",
                                          'trusted-hosts = {"0.0.0.0/0"}'))
        self.assertEqual(self.grave(found), {"trusts-everyone": "error"})
        found = self.examine(self.variant('"nobody"', '"no-such-user"'))
        self.assertIn("user-missing", found)

    def test_a_configuration_with_errors(self):
        bad = self.variant('"enforce"', '"enforced"')
        done = self.run_doctor("none", config=bad)
        self.assertEqual(done.returncode, 2)
        self.assertIn("variant.conf:", done.stderr)
        self.assertEqual(json.loads(done.stdout)[0]["name"],
                         "config-broken")

    def test_words_for_a_person(self):
        done = subprocess.run(
            [command.program("hopseal"), "doctor", "-c",
             self.variant(self.daemon.key, "/no/such.pem"), "none"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            timeout=60)
        self.assertEqual(done.returncode, 2)
        self.assertTrue(done.stdout.startswith("ERROR    there is no file /no/such.pem"),
                        done.stdout)
        self.assertIn("\n  why:   ", done.stdout)
        self.assertIn("\n  do:    ", done.stdout)
        self.assertRegex(done.stdout, r"\n1 error, \d+ warnings?, "
                         r"\d+ notes?\.\n\Z")
        self.assertLessEqual(max(len(line) for line in
                                 done.stdout.splitlines()
                                 if "do:" not in line), 80)

    def test_every_finding_is_in_the_manual(self):
        named = set()
        folder = os.path.join(places.REPOSITORY, "milter/ctl")
        for name in os.listdir(folder):
            if name.startswith("doctor") and name.endswith(".c"):
                with open(os.path.join(folder, name),
                          encoding="ascii") as source:
                    named |= set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"',
                                            source.read()))
        named -= {"dane-only", "config-dir"}
        with open(os.path.join(places.REPOSITORY, "milter/man/hopseal.8"),
                  encoding="ascii") as manual:
            text = manual.read()
        self.assertGreater(len(named), 55)
        self.assertEqual({name for name in named
                          if ".Cm %s" % name not in text}, set())

    def test_wrong_usage(self):
        for args in (["exim"], ["--dns", "x"], ["none", "more"],
                     ["--config-dir", "/a", "--cf", "/b"]):
            done = self.run_doctor(*args)
            self.assertEqual(done.returncode, 64, args)


if __name__ == "__main__":
    unittest.main()
