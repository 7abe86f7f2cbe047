"""The base of the tests of hopseal doctor: a daemon that runs, with good rules,
a DNS that has its key, and a certificate.
"""

import json
import os
import subprocess
import unittest

from lab import command
from lab.dns import Dns
from lab.hopseald import DOMAIN, SELECTOR, Daemon
from lab.livecase import shop

RULES = '''policy "bank.example" { mode = "require" peer = "trusted" }
policy "plain.example" { mode = "prefer" }
'''

# Facts of the machine that the tests run on.
OF_THE_HOST = {"clock-not-kept", "disk-nearly-full"}


def key_record(daemon):
    """The record of the daemon's key, as DNS should have it."""
    with open(daemon.keys, encoding="ascii") as lines:
        return lines.readline().partition(" ")[2].strip()


class OpenDaemon(Daemon):
    """Postfix's user here is in no group of the daemon's."""

    def sections(self):
        return super().sections().replace(
            'nexthop.sock"', 'nexthop.sock" socket-mode = "0666"')


class DoctorCase(unittest.TestCase):
    rules = RULES

    @classmethod
    def setUpClass(cls):
        cls.shop = shop()
        cls.workdir = cls.shop.workdir
        cls.daemon = cls.enterClassContext(
            OpenDaemon(cls.workdir, cls.rules, name=cls.__name__ + "-d"))
        cls.dns = cls.enterClassContext(Dns({
            ("txt", "%s._delivered-securely.%s" % (SELECTOR, DOMAIN)):
                [key_record(cls.daemon)]}))
        cls.chain = cls.make_chain("mx.example.org")

    @classmethod
    def make_chain(cls, label):
        """Key, certificate and CA in one file."""
        folder = cls.workdir.sub("certs")
        text = ""
        for name in (label + ".key", label + ".pem", "ca.pem"):
            with open(os.path.join(folder, name), encoding="ascii") as part:
                text += part.read()
        return cls.workdir.write("certs/%s.chain" % label, text, mode=0o600)

    def run_doctor(self, *args, environment=None, config=None, dns=None,
                   prefix=()):
        done = subprocess.run(
            [*prefix, command.program("hopseal"), "doctor", "-c",
             config or self.daemon.file, "--dns",
             "127.0.0.1:%d" % (dns or self.dns).port, "--json", *args],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, timeout=60,
            env=environment or {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        return done

    def findings(self, *args, **how):
        """{name: finding} without the notes and the facts of the host."""
        done = self.run_doctor(*args, **how)
        self.assertEqual(done.stderr, "")
        found = json.loads(done.stdout)
        worst = {one["severity"] for one in found}
        self.assertEqual(done.returncode, 2 if "error" in worst else
                         1 if "warning" in worst else 0)
        for one in found:
            self.assertTrue(one["what"])
            if one["severity"] != "note":
                self.assertTrue(one["why"], one)
                self.assertTrue(one["remedy"], one)
        return {one["name"]: one for one in found
                if one["name"] not in OF_THE_HOST}

    @staticmethod
    def grave(found):
        return {name: one["severity"] for name, one in found.items()
                if one["severity"] != "note"}
