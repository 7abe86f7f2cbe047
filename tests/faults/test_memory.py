"""Memory that runs out, at each allocation on the way of a message in turn.

nomem.c makes one allocation fail, the first, then the second, and so on until
a message passes before its turn comes; then again with all that follow. What
the MTA may be told is what it would be told with memory enough, or 4xx, or
nothing before the connection ends: never that a message passes which breaks
policy, or lacks what should have been done to it.
"""

import collections
import contextlib
import itertools
import mmap
import os
import sqlite3
import struct
import sys
import unittest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [TESTS, os.path.join(TESTS, "mta")]

# pylint: disable=wrong-import-position
import milterwire as wire                                   # noqa: E402
import session as sessions                                  # noqa: E402
from faultcase import form                                  # noqa: E402
from lab import command, preload, stampcheck                # noqa: E402
from lab.hopseald import Daemon                             # noqa: E402
from lab.livecase import FORGED                             # noqa: E402
from lab.workdir import WorkDir                             # noqa: E402
from session import PLAIN, TLS13                            # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
RULES = '''
    policy "bank.example" { mode = "require" header-from = true }
    policy "hr.example.org" { to = "require" from = "fallback-allowed" }
    policy "b\u00fccher.example" { mode = "require" }
    policy "prefers.example" { mode = "prefer" }
    outbound { mark-subject = "[secure]" mark-subject-remove = true
               mark-header = "X-Require-TLS: yes"
               route-header = "Hopseal-Route: tls" }
'''

# A stamp that claims to be ours, a result that does, and a mark.
LOADED = (
    ("Delivered-Securely", " v=1; d=example.org; b=AAAA"),
    ("Authentication-Results", " mx.example.org; x-tls=pass"),
    ("Hopseal-Route", " tls"), ("Subject", " [secure] =?utf-8?q?x?="),
    ("From", " Alice <alice@sender.example>, Bob <bob@else.example>"),
    ("To", " Carol <carol@example.org>"), ("X-Long", " " + "x" * 3000),
    ("Date", " Mon, 23 Nov 2026 10:00:00 +0000"),
)


class Panel:
    """nomem.c's struct panel."""
    FIELDS = ("fail_at", "stays", "all", "seen", "failed")

    def __init__(self, workdir):
        self.path = workdir.write("nomem", bytes(8 * len(self.FIELDS)))
        with open(self.path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 8 * len(self.FIELDS))

    def set(self, name, value):
        """One field."""
        struct.pack_into("<q", self.map, 8 * self.FIELDS.index(name), value)

    def has_failed(self):
        """Has it come to that?"""
        return struct.unpack_from("<q", self.map,
                                  8 * self.FIELDS.index("failed"))[0] > 0

    @contextlib.contextmanager
    def failing(self, number, stays=False, everywhere=False):
        """That allocation fails, counted from now on, inside the block."""
        self.set("failed", 0)
        self.set("stays", int(stays))
        self.set("all", int(everywhere))
        self.set("seen", 0)
        self.set("fail_at", number)
        try:
            yield
        finally:
            self.set("fail_at", 0)


TO = "550 5.7.10 Encryption needed: mail to %s must arrive over TLS"
FROM = "550 5.7.10 Encryption needed: mail from %s must arrive over TLS"
DOWNGRADE = ("451 4.7.10 Encryption needed: prefers.example has used TLS "
             "before, please retry with TLS")

# What is sent, and what is said to it while there is memory.
MESSAGES = (
    ("from a partner, in clear", FROM % "bank.example",
     {"mail_from": "<a@bank.example>"}),
    ("to a domain that asks for TLS", TO % "hr.example.org",
     {"rcpts": ("<b@hr.example.org>",)}),
    ("the second recipient of two", TO % "hr.example.org",
     {"rcpts": ("<b@example.org>", "<b@hr.example.org>")}),
    ("a partner whose name is no ASCII", FROM % "xn--bcher-kva.example",
     {"mail_from": "<a@b\u00fccher.example>", "mail_args": ("SMTPUTF8",)}),
    ("a partner in the From field", FROM % "bank.example",
     {"headers": (("From", " A <a@bank.example>"),)}),
    ("a downgrade", DOWNGRADE, {"mail_from": "<a@prefers.example>"}),
    ("in clear", "ok", {}),
    ("from a partner, over TLS", "ok",
     {"mail_from": "<a@bank.example>", "tls": TLS13}),
    ("much to take off, over TLS", "ok", {"headers": LOADED, "tls": TLS13}),
    ("marked, by a client that has logged in", "ok",
     {"headers": LOADED, "tls": TLS13, "auth": "alice"}),
)


def told(result):
    """What the MTA was told of the whole message, in one word or reply."""
    refused = [reply for reply in result.replies if reply != "ok"]
    return refused[0] if refused else result.final


def is_deferred(result):
    """Is it the client's to send again, as a whole or to one recipient?"""
    return any(reply.startswith("451 4")
               for reply in (*result.replies, result.final))


def edits(result):
    """What is done to a message, without the values that time is part of."""
    return [(edit.kind, edit.index, edit.name) for edit in result.edits]


class Memory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if preload.is_sanitized(command.program("hopseald")):
            raise unittest.SkipTest("a sanitizer has its own malloc")
        cls.workdir = cls.enterClassContext(WorkDir("memory-"))
        cls.panel = Panel(cls.workdir)
        cls.daemon = Daemon(
            cls.workdir, RULES,
            {"on-fault": '"defer"', "log-level": '"info"'},
            stamp="authentication-results = true",
            ledger='on-ledger-fault = "defer"')
        cls.daemon.environment = preload.environment(
            preload.build(cls.workdir, HERE + "/nomem.c"),
            HOPSEAL_NOMEM=cls.panel.path)
        cls.enterClassContext(cls.daemon)
        with open(cls.daemon.keys, encoding="ascii") as lines:
            cls.record = lines.readline().split(" ", 1)[1].strip()
        sessions.deliver(cls.daemon.socket, tls=TLS13,
                         mail_from="<a@prefers.example>")

    def setUp(self):
        self.numbers = itertools.count(1)
        self.accepted = []

    def message(self, facts):
        """One message on a connection of its own; None: it was cut off."""
        queue_id = "%s.%d" % (self.id().rpartition(".")[2], next(self.numbers))
        try:
            result = sessions.deliver(self.daemon.socket, queue_id=queue_id,
                                      **facts)
        except (wire.Closed, OSError):
            return None
        if result.final == "ok":
            self.accepted.append(queue_id)
        return result

    def judge(self, result, wanted, at):
        """It passes as it should, or is refused as it should be."""
        word = told(result)
        # libmilter has no memory for our words, and says its own.
        if not (word.startswith("550 5.7.1 ") and
                told(wanted).startswith("550 ")):
            self.assertEqual(word, told(wanted), at)
        self.assertEqual(edits(result), edits(wanted), at)
        stamps = stampcheck.stamps(result.octets)
        if stamps:
            self.assertEqual(stampcheck.problem(
                result.octets, stamps[0], self.record), "", at)

    def turn(self, number, facts, wanted, **mode):
        """That allocation's turn; what was told, None if it did not come."""
        with self.panel.failing(number, **mode):
            result = self.message(facts)
        self.assertIsNone(self.daemon.process.poll(), self.daemon.log())
        failed = self.panel.has_failed()
        if result is not None and not (failed and is_deferred(result)):
            self.judge(result, wanted, "allocation %d" % number)
        if not failed:
            self.assertIsNotNone(result)
            return None
        return "cut off" if result is None else told(result)[:9]

    def balance(self):
        """Each accepted message has its record; the ledger fits."""
        with contextlib.closing(sqlite3.connect(
                "file:%s/ledger.db?mode=ro" % self.daemon.state,
                uri=True)) as base:
            known = {row[0] for row in
                     base.execute("SELECT queue FROM record")}
        self.assertEqual([one for one in self.accepted if one not in known],
                         [])
        done = command.hopseal("ledger", "verify", "-c", self.daemon.file)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_allocation(self):
        """Of those that serve a session, alone and with all that follow."""
        first = 1
        for name, word, facts in MESSAGES:
            wanted = self.message(facts)
            self.assertEqual(told(wanted), word, name)
            for stays in (False, True):
                with self.subTest(name, stays=stays):
                    seen = collections.Counter()
                    for number in itertools.count(first):
                        told_now = self.turn(number, facts, wanted,
                                             stays=stays)
                        if told_now is None:
                            break
                        seen[told_now] += 1
                    self.assertGreater(number, 20)
                    print("     %s, %s: %d allocations, %s" % (
                        name, "for good" if stays else "once", number - 1,
                        dict(seen)))
            # Below are those of libmilter's listener, which sleeps then.
            first = 3
        self.balance()

    def test_all_threads(self):
        """Those that write the ledger and that sign, too."""
        name, word, facts = MESSAGES[-1]
        wanted = self.message(facts)
        self.assertEqual(told(wanted), word, name)
        seen = collections.Counter(
            self.turn(number, facts, wanted, everywhere=True)
            for number in range(3, form(1000, 5000)))
        print("     all threads: %s" % dict(seen))
        self.balance()
        # An episode is an error once, whatever comes of its messages.
        errors = self.daemon.log().count("\nerror: ")
        self.assertTrue(0 < errors < seen["451 4.3.0"] / 5, errors)
