"""The base of the tests of a fleet's policy: a centre, a key, some hosts.

push(text) runs `hopseal policy push`; a Host is a hopseald whose rules come
from the centre, and host.rule(domain) is what its next-hop map says of a
domain: enforced rules answer, all others are not found.
"""

import os
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "mta"))

# pylint: disable=wrong-import-position
from lab import command                                    # noqa: E402
from lab.hopseald import Daemon                            # noqa: E402
from lab.postgres import Postgres                          # noqa: E402
from lab.waiting import until                              # noqa: E402
from lab.workdir import WorkDir                            # noqa: E402
from socketmap import Client                               # noqa: E402

CLASSES = 'class "strict" { mode = "require" min-tls = "1.3" }\n' \
    'class "plain" { mode = "require" }\n'
STRICT = "OK encrypt protocols=>=TLSv1.3 ciphers=high"
PLAIN = "OK encrypt protocols=>=TLSv1.2 ciphers=high"
NONE = "NOTFOUND "


def table(**domains):
    """A policy with these domains: one=strict is one.example strict."""
    return CLASSES + "".join("%s.example %s\n" % pair
                             for pair in domains.items())


class Host(Daemon):
    """A hopseald that polls every second."""

    def __init__(self, workdir, name, url, vkey, rules=""):
        super().__init__(workdir, rules, {}, name=name)
        self.snapshot = os.path.join(self.state, "policy.snapshot")
        self.extra = {"policy-source": '"%s"' % url,
                      "policy-key": '"%s"' % vkey,
                      "policy-poll": "1",
                      "policy-snapshot": '"%s"' % self.snapshot}

    def sections(self):
        return super().sections() + (
            'metrics { socket = "local:%s/metrics.sock" }\n' % self.run)

    def rule(self, domain):
        with Client(self.run + "/nexthop.sock") as client:
            return client.ask(domain)

    def wait_rule(self, domain, want):
        until(lambda: self.rule(domain) == want,
              "rule %r of %s on %s" % (want, domain, self.name), 30)

    def figure(self, name):
        said = command.hopseal("status", "--json", "-c", self.file).stdout
        found = re.search(r'"hopseal_%s":([0-9.e+]+)' % re.escape(name),
                          said.decode())
        return found and float(found.group(1))

    def forge(self, change):
        """Change the octets of the snapshot."""
        with open(self.snapshot, "r+b") as file:
            data = change(file.read())
            file.seek(0)
            file.truncate()
            file.write(data)


class PolicyCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.workdir = WorkDir("policy-")
        cls.addClassCleanup(cls.workdir.close)
        cls.centre = cls.enterClassContext(Postgres(cls.workdir))
        cls.key = os.path.join(cls.workdir.path, "policy.pem")
        said = command.hopseal("policy", "keygen", "--name",
                               "policy.example.org", "--out", cls.key)
        cls.vkey = re.search(r'policy-key = \{"(.*)"\}',
                             said.stdout.decode()).group(1)
        cls.url = cls.centre.url()

    def setUp(self):
        """Every test begins with tables that are empty."""
        self.centre.run("DROP TABLE IF EXISTS hopseal_policy, "
                        "hopseal_policy_text, hopseal_policy_rule")
        self.centre.run("SET ROLE hopseal;"
                        + command.hopseal("policy", "init").stdout.decode())
        self.conf = self.workdir.write(
            "admin.conf", 'policy-source = "%s"\npolicy-key = "%s"\n'
            % (self.url, self.vkey))
        self.number = 0

    def policy(self, part, *words):
        """(exit code, what it said) of `hopseal policy PART`."""
        done = command.hopseal("policy", part, "-c", self.conf, *words)
        return done.returncode, (done.stdout + done.stderr).decode()

    def push(self, text, *words, comment="test", author="alice"):
        self.number += 1
        self.file = self.workdir.write("policy%d" % self.number, text)
        return self.policy("push", "--key", self.key, "--author", author,
                           "--comment", comment, *words, self.file)

    def pushes(self, text, *words, **more):
        code, said = self.push(text, *words, **more)
        self.assertEqual(code, 0, said)
        return said

    def host(self, name="host", url=None, rules=""):
        """Not started; stopped at the end, state and all its own."""
        path = os.path.join(self.workdir.path, name)
        if os.path.exists(path):
            shutil.rmtree(path)
        host = Host(self.workdir, name, url or self.url, self.vkey, rules)
        self.addCleanup(host.stop)
        return host

    def starts(self, *arguments, **more):
        host = self.host(*arguments, **more)
        host.start()
        return host

    def refusal(self, host):
        """(exit code, log) of a host that does not start."""
        host.configure()
        done = subprocess.run(
            [command.program("hopseald"), "-f", "-c", host.file],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=60)
        return done.returncode, done.stdout

