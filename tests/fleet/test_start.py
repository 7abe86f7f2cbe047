"""What the options of a fleet do at the start: URLs, TLS, passwords, death."""

import os
import re
import signal
import subprocess
import unittest

from fleetcase import Host, children, make_tables, name_of
from lab import certs, command, preload
from lab.hopseald import Daemon
from lab.postgres import Postgres
from lab.waiting import until
from lab.workdir import WorkDir


def status_of(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as lines:
        return dict(line.split(":", 1) for line in lines)


def is_alive(pid):
    try:
        return status_of(pid)["State"].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Start(unittest.TestCase):
    RESTART = re.compile("warning: option (.*) has changed, which a reload "
                         "does not bring into force: restart hopseald")

    @classmethod
    def setUpClass(cls):
        cls.workdir = cls.enterClassContext(WorkDir("fleet-"))
        cls.authority = certs.Authority(cls.workdir)
        cls.centre = cls.enterClassContext(
            Postgres(cls.workdir, cls.authority))
        make_tables(cls.centre)

    def daemon(self, url, name, **more):
        return Daemon(self.workdir, name=name,
                      ledger='ship = "%s"' % url, **more)

    def check(self, text, name):
        path = self.workdir.write(name, text)
        done = subprocess.run(
            [command.program("hopseald"), "-n", "-c", path], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        return done.returncode, done.stdout

    def family(self, daemon):
        """The process above, and the one that ships."""
        above = [pid for pid in children(daemon.process.pid)
                 if name_of(pid) == "hopseald-fleet"][0]
        until(lambda: [name_of(pid) for pid in children(above)]
              == ["hopseald-ship"], "process that ships")
        return above, children(above)[0]

    def test_bad_urls_are_refused_with_their_place(self):
        rows = (
            ("no scheme", "db.example/hopseal",
             r":1: option ship in ledger: .*allowed: postgresql://"),
            ("unreadable", "postgresql://[bank/x?nonsense=%ZZ",
             r":1: option ship in ledger is no URL that libpq reads"),
        )
        for name, url, want in rows:
            with self.subTest(name):
                code, said = self.check('ledger { ship = "%s" }\n' % url,
                                        "bad.conf")
                self.assertEqual(code, 78, said)
                self.assertRegex(said, want)

    def test_a_password_is_never_shown_and_warned_of(self):
        url = self.centre.url(user="secret:geheim")
        code, said = self.check('ledger { ship = "%s" }\n' % url, "pw.conf")
        self.assertEqual(code, 0, said)
        self.assertRegex(said, r"warning: .*pw\.conf:1: option ship in ledger "
                               r"holds a password.*chmod o-r .*passfile=")
        self.assertNotIn("geheim", said)
        code, said = self.check(
            'ledger { ship = "%s&nonsense=%%ZZ" }\n'
            % self.centre.url(user="secret:geheim", sslmode="require"),
            "pw.conf")
        self.assertEqual(code, 78, said)
        self.assertNotIn("geheim", said)

    def test_weak_tls_is_warned_of(self):
        rows = (("require", "127.0.0.2", True), ("verify-full", "127.0.0.2",
                                                 False),
                ("disable", "127.0.0.1", False))
        for mode, host, warns in rows:
            with self.subTest(mode, host=host):
                _, said = self.check('ledger { ship = "%s" }\n'
                                     % self.centre.url(host, sslmode=mode),
                                     "weak.conf")
                self.assertEqual("weaker than verify-full" in said, warns,
                                 said)

    def test_a_server_that_nobody_vouches_for_gets_nothing(self):
        url = self.centre.url(host="127.0.0.2")
        with self.daemon(url, "unvouched") as daemon:
            daemon.wait_log("certificate verify failed")

    def test_a_server_that_proves_its_name(self):
        url = self.centre.url(host="127.0.0.2",
                              sslrootcert=self.authority.cert)
        with self.daemon(url, "vouched"):
            until(lambda: self.centre.query(
                "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING "
                "(pid) WHERE application_name LIKE 'hopseal ship%%' AND ssl"),
                "session over TLS")

    def test_the_processes_are_restarted_and_die_with_the_daemon(self):
        with self.daemon(self.centre.url(), "family") as daemon:
            above, ship = self.family(daemon)
            os.kill(ship, signal.SIGKILL)
            daemon.wait_log("the process for ship has ended with signal 9")
            self.assertNotEqual(self.family(daemon)[1], ship)
            above, ship = self.family(daemon)
            daemon.kill()
            until(lambda: not is_alive(above) and not is_alive(ship),
                  "end of the processes")

    def test_they_are_confined_and_hold_nothing_of_the_daemon(self):
        with self.daemon(self.centre.url(), "confined") as daemon:
            filters = preload.has_filters(command.program("hopseald"))
            for pid in self.family(daemon):
                status = status_of(pid)
                self.assertEqual(status["Seccomp"].strip(),
                                 "2" if filters else "0")
                self.assertEqual(status["NoNewPrivs"].strip(), "1")
                self.assertEqual(set(status["Uid"].split()), {"65534"})
            above = self.family(daemon)[0]
            open_files = [os.readlink("/proc/%d/fd/%s" % (above, fd))
                          for fd in os.listdir("/proc/%d/fd" % above)]
            self.assertEqual([name for name in open_files
                              if re.match("socket:|pipe:", name)], [])

    def test_a_reload_says_what_needs_a_restart(self):
        """Each option that the processes have read at their start."""
        said = command.hopseal("policy", "keygen", "--name", "x", "--out",
                               self.workdir.path + "/x.pem").stdout.decode()
        key = re.search(r'policy-key = (.*)', said).group(1)
        rows = (
            ("policy-poll", "5"),
            ("policy-key", key),
            ("policy-snapshot", '"%s/other"' % self.workdir.path),
        )
        with self.daemon(self.centre.url(), "reloads") as daemon:
            for option, value in rows:
                with self.subTest(option):
                    before = len(daemon.log())
                    daemon.extra[option] = value
                    daemon.reload()
                    self.assertEqual(self.RESTART.findall(
                        daemon.log()[before:]), [option])
            daemon.ledger = 'ship = "%s"' % self.centre.url(port=1)
            before = len(daemon.log())
            daemon.reload()
            self.assertEqual(self.RESTART.findall(daemon.log()[before:]),
                             ["ship in ledger"])
            daemon.extra["policy-source"] = '"%s"' % self.centre.url()
            daemon.reload()     # refused: there is no snapshot to begin with
            daemon.wait_log("was not loaded, the policy in force stays")

    def test_the_daemon_goes_on_when_the_processes_are_gone(self):
        with Host(self.workdir, "gone", self.centre.url()) as host:
            above, ship = self.family(host)
            until(lambda: host.figure("ship_connected") == 1, "shipping")
            self.assertEqual(host.figure("fleet_up"), 1)
            os.kill(above, signal.SIGKILL)
            host.wait_log("mail and the ledger go on")
            self.assertEqual(host.figure("fleet_up"), 0)
            self.assertEqual(host.figure("ship_connected"), 0)
            until(lambda: not is_alive(ship), "end of the one below")
            host.deliver("bank.example")
            self.assertEqual(host.ask("SELECT count(*) FROM record"), 1)
