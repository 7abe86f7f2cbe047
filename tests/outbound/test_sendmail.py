"""Sendmail as a client: the access map of hopseal export, and its log."""

import itertools
import os
import re
import unittest

import evidence
from lab import command, smtpclient
from lab.hopseald import Daemon
from lab.livecase import shop
from lab.sendmail import PrivateSendmail, makemap
from lab.waiting import until
from partners import Partners

_numbers = itertools.count(1)
RULES = """
    class "c" { mode = "require" }
    policy "plain.example" { class = "c" }
    policy "free.plain.example" { mode = "fallback-allowed" }
    policy "anybits.example" { class = "c" min-bits = 0 }
    policy "trusted.example" { class = "c" peer = "trusted" }
    policy "named.example" { class = "c" peer = "named"
                             peer-names = {"good.example"} }
    policy "other.example" { class = "c" peer = "named"
                             peer-names = {"mx.other.example"} }
    policy "wild.example" { class = "c" peer = "named" }
    policy "watched.example" { class = "c" operation = "observe" }
"""


class SendmailCase(unittest.TestCase):
    """All mail goes to the one partner of the class."""
    kind = "good"

    @classmethod
    def setUpClass(cls):
        cls.shop = shop()
        cls.workdir = cls.shop.workdir
        cls.partners = cls.enterClassContext(
            Partners(cls.shop, {cls.kind: None}))
        cls.sink = cls.partners.sinks[cls.kind + ".example"]
        cls.daemon = Daemon(cls.workdir, RULES, name=cls.__name__ + "-d",
                            stamp=None)
        cls.daemon.configure()
        done = command.hopseal("export", "sendmail", "-c", cls.daemon.file)
        cls.access = done.stdout.decode()
        folder = cls.workdir.sub(cls.__name__)
        makemap(folder, "access", cls.access)
        cls.mta = cls.enterClassContext(PrivateSendmail(
            cls.workdir, cls.partners.port, name=cls.__name__, extra="""
define(`SMART_HOST',`esmtp:[127.0.1.1]')dnl
FEATURE(`access_db',`hash -T<TMPF> %s/access')dnl""" % folder))

    def outcome(self, domain):
        """(None, "clear" or the protocol; what Sendmail logged)."""
        subject = "sendmail %d" % next(_numbers)
        client = smtpclient.Session(self.mta.port)
        client.ehlo()
        sent = smtpclient.send(
            client, "ann@example.org", ["bob@" + domain],
            smtpclient.message(subject, author="ann@example.org"))
        client.quit()
        client.close()
        self.assertEqual(sent.final and sent.final.code, 250,
                         str(sent.rcpts))
        queue = re.search(r"250 2.0.0 (\w+)", str(sent.final)).group(1)
        log = until(lambda: re.search(
            queue + r": to=.*stat=(.*)", self.mta.log()),
            "delivery of " + queue, 30).group(1)
        found = [m for m in self.sink.messages
                 if ("Subject: %s\r\n" % subject).encode() in m.data]
        if not found:
            return None, log
        return found[0].tls[0] if found[0].tls else "clear", log

    def check(self, *rows):
        for domain, want in rows:
            with self.subTest(domain):
                got, log = self.outcome(domain)
                self.assertEqual(got, want, log)

    def imported(self):
        """The events of `hopseal import` of Sendmail's own log."""
        ledger = os.path.join(
            self.workdir.sub(type(self).__name__ + "-l"), "ledger.db")
        done = command.hopseal(
            "import", "-c", self.daemon.file, "--ledger", ledger,
            os.path.join(self.mta.dir, "mail.log"))
        self.assertEqual(done.returncode, 0, done.stderr)
        return evidence.events(evidence.records(ledger))


class Good(SendmailCase):
    def test_rows(self):
        self.check(("plain.example", "TLSv1.3"),
                   ("x.plain.example", "TLSv1.3"),
                   ("free.plain.example", "TLSv1.3"),
                   ("anybits.example", "TLSv1.3"),
                   ("trusted.example", "TLSv1.3"),
                   ("named.example", "TLSv1.3"),
                   ("other.example", None),
                   ("wild.example", "TLSv1.3"),
                   ("watched.example", "TLSv1.3"),
                   ("norule.example", "TLSv1.3"))
        found = self.imported()
        self.assertIn(("named.example", "sent-tls", "TLSv1.3", "trusted"),
                      found)
        self.assertIn(("other.example", "tls-failed", "unknown", "unknown"),
                      found)
        self.assertEqual(len(found), 10, found)


class Hidden(SendmailCase):
    kind = "hidden"

    def test_a_name_in_brackets_is_that_host(self):
        """It is no way around the line of its domain."""
        self.check(("[plain.example]", None), ("[trusted.example]", None),
                   ("[free.plain.example]", "clear"),
                   ("[norule.example]", "clear"))

    def test_rows(self):
        self.check(("plain.example", None), ("x.plain.example", None),
                   ("PLAIN.example", None), ("plain.example.", None),
                   ("x.Plain.Example.", None),
                   ("free.plain.example", "clear"),
                   ("anybits.example", None), ("trusted.example", None),
                   ("named.example", None), ("wild.example", None),
                   ("watched.example", "clear"),
                   ("norule.example", "clear"))
        found = self.imported()
        self.assertIn(("plain.example", "tls-failed", "unknown", "unknown"),
                      found)
        # No TLS line was ever seen: nobody can say.
        self.assertIn(("norule.example", "sent-unknown", "unknown",
                       "unknown"), found)
        self.sink.starttls = "offer"
        self.assertEqual(self.outcome("norule.example")[0], "TLSv1.3")
        self.sink.starttls = "hide"
        self.assertEqual(self.outcome("later.example")[0], "clear")
        self.assertIn(("later.example", "sent-plain", "none", "unknown"),
                      self.imported())


class Broken(SendmailCase):
    kind = "broken"

    def test_rows(self):
        self.check(("plain.example", None), ("trusted.example", None))


class Refusing(SendmailCase):
    kind = "refusing"

    def test_rows(self):
        self.check(("plain.example", None), ("trusted.example", None))


class SelfSigned(SendmailCase):
    kind = "selfsigned"

    def test_rows(self):
        self.check(("plain.example", "TLSv1.3"), ("trusted.example", None),
                   ("named.example", None), ("norule.example", "TLSv1.3"))
        self.assertIn(("plain.example", "sent-tls", "TLSv1.3", "failed"),
                      self.imported())


class Expired(SendmailCase):
    kind = "expired"

    def test_rows(self):
        self.check(("plain.example", "TLSv1.3"), ("trusted.example", None),
                   ("named.example", None))
