"""The systemd unit: what systemd thinks of it, and whether all that hopseald
does is allowed there: the system calls of a real run are compared with the
filter.  test_packages has a systemd start it.
"""

import os
import re
import subprocess
import unittest
import unittest.mock

from lab import command, unit
from lab.hopseald import Daemon
from lab.livecase import PostfixCase
from lab.workdir import WorkDir

SYSTEMD = unit.FOLDER
EXPOSURE = 15       # tenths


def said_by(*args, **how):
    done = subprocess.run(args, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=60, **how)
    return done.returncode, done.stdout


class Unit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.workdir = cls.enterClassContext(WorkDir("unit-"))
        cls.file = cls.workdir.path + "/hopseald.service"
        with open(SYSTEMD + "/hopseald.service", encoding="ascii") as text:
            cls.text = text.read()
        # As make install writes it.
        cls.workdir.write("hopseald.service", cls.text.replace(
            "ExecStart=hopseald", "ExecStart=" + command.program("hopseald"))
            .replace("ExecReload=kill", "ExecReload=/bin/kill"))

    def test_systemd_has_no_complaints(self):
        code, said = said_by("systemd-analyze", "verify", "--man=no",
                             self.file)
        self.assertEqual((code, said), (0, ""))

    def test_exposure(self):
        code, said = said_by(
            "systemd-analyze", "security", "--no-pager", "--offline=true",
            "--threshold=%d" % EXPOSURE, self.file)
        self.assertEqual(code, 0, said)
        level = re.search(r"exposure level for hopseald.service: ([\d.]+)",
                          said)
        self.assertLessEqual(float(level.group(1)), EXPOSURE / 10)

    def test_user_and_folders(self):
        root = self.workdir.sub("root")
        for name in ("etc/passwd", "etc/group"):
            self.workdir.write("root/" + name, "")
        code, said = said_by("systemd-sysusers", "--root=" + root,
                             SYSTEMD + "/hopseal.sysusers")
        self.assertEqual(code, 0, said)
        with open(root + "/etc/passwd", encoding="ascii") as users:
            self.assertRegex(users.read(), "(?m)^hopseal:.*/nologin$")
        with open(root + "/etc/group", encoding="ascii") as groups:
            self.assertRegex(groups.read(), "(?m)^postfix:.*:hopseal$")
        code, said = said_by("systemd-tmpfiles", "--create",
                             "--root=" + root,
                             SYSTEMD + "/hopseal.tmpfiles")
        self.assertEqual(code, 0, said)
        for name, mode in (("run/hopseal", 0o755),
                           ("var/lib/hopseal", 0o750)):
            self.assertEqual(
                os.stat(os.path.join(root, name)).st_mode & 0o7777, mode)


class Traced(PostfixCase):
    """A daemon under strace, with a Postfix that gives it mail."""

    rules = 'policy "bank.example" { mode = "require" }'

    @classmethod
    def setUpClass(cls):
        trace = cls.enterClassContext(WorkDir("trace-"))
        os.chmod(trace.path, 0o777)
        cls.trace = trace.path + "/calls"
        start = Daemon.start

        def traced(daemon):
            daemon.prefix = unit.tracing(cls.trace)
            start(daemon)
        with unittest.mock.patch.object(Daemon, "start", traced):
            super().setUpClass()

    def test_hopseald_needs_no_other_system_call(self):
        self.assert_accepted(self.send("a@bank.example", "b@example.org",
                                       self.tls()))
        refused = self.send("a@bank.example", "b@example.org")
        self.assertEqual(refused.rcpts[0].code, 550)
        self.daemon.reload()
        self.assertEqual(self.daemon.stop(), 0)
        used = unit.used(self.trace)
        self.assertLessEqual({"bind", "pwrite64", "fsync"}, used |
                             ({"fsync"} if "fdatasync" in used else set()))
        self.assertEqual(used - unit.allowed(), set())


class Watchdog(unittest.TestCase):
    def test_it_says_that_it_lives(self):
        with WorkDir("watchdog-") as workdir:
            daemon = Daemon(workdir)
            daemon.environment = {"WATCHDOG_USEC": "400000"}
            with daemon:
                before = len(daemon.said)
                daemon.wait_notice("WATCHDOG=1", before)


if __name__ == "__main__":
    unittest.main()
