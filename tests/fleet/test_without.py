"""A hopseal that was built without PostgreSQL: it says so, and how to get it.

The programs are linked with what such a build has in the place of libpq.
"""

import os
import subprocess
import unittest
from unittest import mock

from lab.hopseald import Daemon
from lab.workdir import WorkDir

FOLDER = os.path.join(os.environ.get("HOPSEAL_BUILD", "build"),
                      "tests/fleet/without")
URL = "postgresql://hopseal@127.0.0.1/hopseal"
WANT = ("needs PostgreSQL, and this hopseal was built without PostgreSQL; "
        "rebuild with ./configure --with-postgresql")


def says(program, *words):
    """(exit code, what it says)."""
    done = subprocess.run([os.path.join(FOLDER, program), *words], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=60)
    return done.returncode, done.stdout


class Without(unittest.TestCase):
    def setUp(self):
        self.workdir = self.enterContext(WorkDir("without-"))

    def source(self):
        """A policy-source, and a key that may sign what is there."""
        code, said = says("hopseal", "policy", "keygen", "--name", "x",
                          "--out", self.workdir.path + "/policy.pem")
        self.assertEqual(code, 0, said)
        key = said[said.index("policy-key"):].splitlines()[0]
        return 'policy-source = "%s"\n%s\n' % (URL, key)

    def file(self, text):
        return self.workdir.write("hopseal.conf", text)

    def test_it_is_not_linked_with_libpq(self):
        for program in ("hopseal", "hopseald"):
            done = subprocess.run(["ldd", os.path.join(FOLDER, program)],
                                  text=True, stdout=subprocess.PIPE,
                                  check=True)
            self.assertIn("libsqlite3", done.stdout)
            self.assertNotIn("libpq", done.stdout)

    def test_options_are_refused_with_their_place(self):
        rows = (
            ("ship", 'ledger {\n\tship = "%s"\n}\n' % URL,
             "hopseal.conf:2: option ship in ledger " + WANT),
            ("policy-source", self.source(),
             "hopseal.conf:1: option policy-source " + WANT),
        )
        for name, text, want in rows:
            with self.subTest(name):
                for words in (("-n",), ("-f",)):
                    code, said = says("hopseald", *words, "-c",
                                      self.file(text))
                    self.assertEqual(code, 78, said)
                    self.assertIn(want, said)

    def test_a_reload_is_refused_and_mail_goes_on(self):
        program = os.path.join(FOLDER, "hopseald")
        with mock.patch.dict(os.environ, {"HOPSEALD": program}), \
                Daemon(self.workdir) as daemon:
            daemon.ledger = 'ship = "%s"' % URL
            daemon.configure()
            daemon.reload()
            daemon.wait_log("option ship in ledger " + WANT)
            daemon.wait_log("was not loaded, the policy in force stays")
            self.assertIsNone(daemon.process.poll())

    def test_commands_say_what_is_missing(self):
        conf = self.file(self.source())
        policy = self.workdir.write("policy", 'class "c" { }\n')
        rows = (
            (("report", "-c", "/dev/null", "--fleet", URL), 69),
            (("fleet", "verify", URL), 69),
            (("policy", "history", "-c", conf), 78),
            (("policy", "push", "-c", conf, "--comment", "x", policy), 78),
        )
        for words, want in rows:
            with self.subTest(words):
                code, said = says("hopseal", *words)
                self.assertIn(WANT, said)
                self.assertEqual(code, want, said)

    def test_what_needs_no_database_works(self):
        code, said = says("hopseal", "fleet", "init")
        self.assertEqual(code, 0)
        self.assertIn("CREATE TABLE IF NOT EXISTS hopseal_record", said)
        code, said = says("hopseald", "-n", "-c", self.file(""))
        self.assertEqual(code, 0, said)


if __name__ == "__main__":
    unittest.main()
