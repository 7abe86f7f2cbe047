"""What is asked of the MTA: no step, no silence, no octet too many; and of
the system, no call too many."""

import os
import time
import unittest

import milterwire as wire
from daemoncase import BOTH, OK, DaemonCase, arrive
from dialects import NO_SYMLIST, VERSION_2
from lab import command
from session import HEADERS, PLAIN, TLS13, Message

FORGED = (('Delivered-Securely', ' v=1; d=example.org; b=A'),) + HEADERS
RULES = 'policy "bank.example" { mode = "require" }'


class Lean:
    """Holds for every configuration."""

    rules = RULES

    def test_negotiation(self):
        """Each dialect gets an answer within its offer (else an error)."""
        for dialect in BOTH + (NO_SYMLIST, VERSION_2):
            with self.subTest(dialect=dialect.name), \
                    self.open(dialect) as session:
                steps = session.milter.steps
                self.assertFalse(steps & wire.P_NOMAIL)
                self.assertFalse(steps & wire.P_NORCPT)
                self.assertFalse(steps & wire.P_NOCONNECT)
                if dialect in BOTH:
                    self.assertTrue(steps & wire.P_NOUNKNOWN)
                    # Over TCP, NODATA makes Postfix wait 40 ms: it flushes
                    # the macros of DATA, and nobody answers them (seen).
                    self.assertEqual(bool(steps & wire.P_NODATA),
                                     not self.inet)

    def test_silence(self):
        """NR_ only on unix sockets; never at MAIL (Sendmail's RSET), RCPT."""
        for dialect in BOTH:
            with self.open(dialect) as session:
                silent = session.milter.steps & wire.P_NR
            with self.subTest(dialect=dialect.name):
                if self.inet:
                    self.assertEqual(silent, 0)
                else:
                    self.assertTrue(silent & wire.P_NR_HDR)
                never = wire.P_NR_MAIL | wire.P_NR_RCPT
                self.assertEqual(silent & never, 0)

    def test_body_not_sent(self):
        """Nothing to stamp or strip: ACCEPT at EOH."""
        for dialect in BOTH:
            with self.subTest(dialect=dialect.name):
                got = self.deliver(dialect, tls=PLAIN, body=b'x' * 99999)
                self.assertEqual(got.final, OK)
                # Or, better still, EOH was not asked for.
                self.assertTrue(got.accepted_at_eoh or not got.eoh.sent)
                self.assertEqual(got.body_packets, 0)


class Unix(Lean, DaemonCase):
    """With a key, over a unix socket."""

    def test_accept_at_eoh(self):
        """With a key the verdict comes at EOH, before the body."""
        for dialect in BOTH + (NO_SYMLIST, VERSION_2):
            got = self.deliver(dialect, tls=PLAIN, body=b'x' * 99999)
            self.assertTrue(got.accepted_at_eoh, got)

    def test_body_of_a_stamp(self):
        """Over TLS the body is needed."""
        got = self.deliver(tls=TLS13, body=b'x' * 99999)
        self.assertEqual(got.body_packets, 2)
        self.assertEqual(len(got.edits), 1)

    def test_strip_waits_for_eom(self):
        """A forged stamp is no reason to accept at EOH."""
        for dialect in BOTH:
            with self.subTest(dialect=dialect.name):
                got = self.deliver(dialect, headers=FORGED)
                self.assertEqual(len(got.edits), 1)

    def test_packets_read_at_once(self):
        """read(2) is called for each write of the MTA, not twice for each of
        some thirty packets; unless the shared libmilter does it."""
        if not has_own_wire():
            self.skipTest('built with the shared libmilter')
        with self.open(tls=TLS13) as session:
            session.send(Message())
            before = self.reads()
            for _ in range(20):
                self.assertEqual(len(session.send(Message()).edits), 1)
            self.assertLess((self.reads() - before) / 20, 10)

    def reads(self):
        """Calls of read(2) by the daemon; its own process's, not the other
        one's that signs."""
        try:
            with open(f'/proc/{self.daemon.process.pid}/io',
                      encoding='ascii') as io:
                said = dict(line.split(': ') for line in io)
        except PermissionError as error:
            self.skipTest(str(error))
        return int(said['syscr'])


def has_own_wire():
    """Was hopseald built with milter/filter/wire.c?"""
    folder = os.path.dirname(command.program('hopseald'))
    with open(os.path.join(folder, 'config.status'), encoding='utf-8') as text:
        return 'S["OWN_WIRE_TRUE"]=""' in text.read()


class Inet(Lean, DaemonCase):
    """With a key, over TCP: no silence."""

    inet = True

    def test_verdicts(self):
        """The same verdicts as over a unix socket."""
        self.rows([
            ('plain', dict(mail_from='<a@bank.example>'),
             arrive('mail from', 'bank.example')),
            ('TLS', dict(mail_from='<a@bank.example>', tls=TLS13), OK),
        ])

    def test_stamp(self):
        """A stamp, without the 40 ms of Nagle and a delayed ACK."""
        got = self.deliver(tls=TLS13)
        self.assertEqual(len(got.edits), 1)

    def test_no_delay(self):
        """TCP_NODELAY: a stamped message does not take its 40 ms, whatever
        else the machine has to do; the first ones never wait."""
        took = []
        with self.open(tls=TLS13) as session:
            for _ in range(100):
                begin = time.monotonic()
                self.assertEqual(len(session.send(Message()).edits), 1)
                took.append(time.monotonic() - begin)
        self.assertLess(sorted(took[50:])[5], 0.035, 'Nagle?')


class NoKey(Lean, DaemonCase):
    """Enforce only: there is never anything to stamp."""

    stamp = None

    def test_no_body(self):
        """TLS or not, the body is never sent."""
        for dialect in BOTH:
            for tls in (PLAIN, TLS13):
                with self.subTest(dialect=dialect.name, tls=tls):
                    got = self.deliver(dialect, tls=tls, body=b'x' * 99999)
                    self.assertEqual(got.body_packets, 0)
                    self.assertEqual(got.edits, [])


class Observe(Lean, DaemonCase):
    """observe changes nothing: then no body either."""

    settings = {'operation': '"observe"'}

    def test_no_body(self):
        """TLS or not, forged or not."""
        for headers in (HEADERS, FORGED):
            for tls in (PLAIN, TLS13):
                got = self.deliver(tls=tls, headers=headers, body=b'x' * 999)
                self.assertEqual(got.body_packets, 0)
                self.assertEqual(got.edits, [])


if __name__ == '__main__':
    unittest.main()
