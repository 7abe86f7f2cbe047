"""hopseal doctor and hopseal's own part: keys, DNS, ledger, settings."""

import json
import os
import re
import sqlite3
import subprocess
import time
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
            ({name: [good, "v=DS1; p="]}, {}, "stamp-key-revoked", "error"),
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

    def test_a_key_that_hopseald_cannot_read(self):
        info = os.stat(self.daemon.key)
        os.chown(self.daemon.key, 0, 0)
        try:
            found = self.examine()
        finally:
            os.chown(self.daemon.key, info.st_uid, info.st_gid)
        self.assertEqual(self.grave(found),
                         {"stamp-key-unreadable": "warning"})
        self.assertEqual(found["stamp-key-unreadable"]["remedy"],
                         "chown nobody: " + self.daemon.key)

    def test_the_record_to_publish_is_whole(self):
        key = os.path.join(self.workdir.sub("doctor-rsa"), "rsa.pem")
        subprocess.run([command.program("hopseal"), "keygen", "--algorithm",
                        "rsa", "--bits", "4096", "--domain", DOMAIN,
                        "--selector", SELECTOR, "--out", key], check=True,
                       stdout=subprocess.DEVNULL)
        public = subprocess.run(["openssl", "pkey", "-in", key, "-pubout"],
                                stdout=subprocess.PIPE, check=True,
                                text=True).stdout.splitlines()[1:-1]
        with Dns({}) as dns:
            found = self.examine(self.variant(self.daemon.key, key), dns=dns)
        self.assertTrue(found["stamp-key-not-in-dns"]["remedy"]
                        .endswith("p=" + "".join(public)))

    def test_a_fifo_keeps_nobody_waiting(self):
        fifo = os.path.join(self.workdir.sub("doctor-fifo"), "fifo")
        os.mkfifo(fifo, 0o600)
        found = self.examine(self.variant(self.daemon.key, fifo))
        self.assertIn("stamp-key-unusable", found)
        found = self.examine(self.variant(self.daemon.state + "/ledger.db",
                                          fifo))
        self.assertIn("regular", found["ledger-unreadable"]["what"])

    def test_the_log_of_the_mta(self):
        log = self.workdir.write("doctor-mail.log", "", mode=0o600)
        found = self.examine(self.variant(
            "nexthop {", 'outbound { mail-log = "%s" }\nnexthop {' % log))
        self.assertEqual(self.grave(found), {"mail-log-unreadable": "error"})
        self.assertIn(log, found["mail-log-unreadable"]["what"])

    def test_a_ledger_of_the_future(self):
        ledger = os.path.join(self.workdir.sub("doctor-future"), "ledger.db")
        with sqlite3.connect(self.daemon.state + "/ledger.db") as now:
            now.execute("VACUUM INTO ?", (ledger,))
        now.close()
        with sqlite3.connect(ledger) as future:
            future.execute("INSERT INTO day VALUES (99999, 1, 1, 1)")
        future.close()
        os.chown(ledger, 65534, -1)
        found = self.examine(self.variant(
            self.daemon.state + "/ledger.db", ledger))
        self.assertEqual(found["clock-behind"]["severity"], "error")

    def ledger_of(self, name, *times):
        """One with a record of each time, as the daemon leaves it."""
        ledger = os.path.join(self.workdir.sub(name), "ledger.db")
        subprocess.run(
            [command.program("tests/ledger/ledgerfeed"), ledger],
            input="".join("record time=%d direction=in event=pass "
                          "sender=a.example recipient=b.example\n" % time
                          for time in times), check=True, text=True,
            stdout=subprocess.DEVNULL, timeout=60)
        for file in os.scandir(os.path.dirname(ledger)):
            os.chown(file.path, 65534, -1)
        os.chown(os.path.dirname(ledger), 65534, -1)
        return ledger

    def examine_after(self, ledger, *statements):
        with sqlite3.connect(ledger) as base:
            for statement in statements:
                base.execute(statement)
        base.close()
        found = self.examine(self.variant(
            self.daemon.state + "/ledger.db", ledger))
        return {name: found[name]["severity"] for name in found
                if name.startswith("ledger-")}

    def test_a_ledger_without_checkpoints(self):
        now = int(time.time() * 1000)
        take = "DELETE FROM checkpoint"
        new = self.ledger_of("doctor-new", now, now + 1)
        self.assertEqual(self.examine_after(new), {})
        self.assertEqual(self.examine_after(new, take),
                         {"ledger-unsigned": "note"})
        altered = {"ledger-altered": "error"}
        old = self.ledger_of("doctor-old", now - 200000, now)
        self.assertEqual(self.examine_after(old), {})
        self.assertEqual(self.examine_after(old, take), altered)
        # and the first records with them
        self.assertEqual(self.examine_after(
            old, take, "DELETE FROM record WHERE seq = 0"), altered)
        self.assertEqual(self.examine_after(
            self.ledger_of("doctor-none"), take), {})

    def in_a_namespace(self, script):
        """A command that runs another one after script, among mounts of its
        own.  Some containers do not let us."""
        prefix = ["unshare", "--mount", "sh", "-c",
                  script + ' && exec "$@"', "sh"]
        if subprocess.run([*prefix, "true"], stderr=subprocess.DEVNULL,
                          stdin=subprocess.DEVNULL).returncode != 0:
            self.skipTest("mount namespaces are not allowed here")
        return prefix

    def test_a_disk_that_is_nearly_full(self):
        folder = self.workdir.sub("doctor-disk")
        config = self.variant(self.daemon.state + "/ledger.db",
                              folder + "/ledger.db")
        for size, severity in (("50m", "error"), ("500m", "warning")):
            done = self.run_doctor(
                "none", config=config, prefix=self.in_a_namespace(
                    "mount -t tmpfs -o size=%s,mode=777 none '%s'"
                    % (size, folder)))
            found = {one["name"]: one for one in json.loads(done.stdout)}
            self.assertEqual(found["disk-nearly-full"]["severity"],
                             severity)
            self.assertIn(folder, found["disk-nearly-full"]["what"])

    def test_no_mta_where_one_usually_is(self):
        done = self.run_doctor(prefix=self.in_a_namespace(
            "for folder in /usr/sbin /etc/mail; do "
            "! [ -d $folder ] || mount -t tmpfs none $folder; done"))
        found = {one["name"]: one for one in json.loads(done.stdout)}
        self.assertEqual(found["mta-not-found"]["severity"], "error")
        self.assertIn("--config-dir", found["mta-not-found"]["remedy"])

    def test_a_reload_that_was_refused(self):
        daemon = Daemon(self.workdir, name="doctor-reload")
        sections = daemon.sections()
        daemon.sections = lambda: sections + (
            'metrics { socket = "local:%s/metrics.sock" }\n' % daemon.run)
        with daemon:
            good = self.workdir.write("doctor-reload.conf",
                                      daemon.configuration())
            self.assertNotIn("reload-refused", self.examine(good))
            daemon.reload('policy "bank.example" { mode = "never" }\n')
            found = self.examine(good)
            self.assertEqual(found["reload-refused"]["severity"], "error")

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
        named -= {"dane-only", "config-dir", "smtp-tls"}
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
