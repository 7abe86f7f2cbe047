"""Connections: several messages, RSET, early ends, garbage, many at once."""

import os
import socket
import struct
import threading
import unittest

import milterwire as wire
from daemoncase import OK, DaemonCase, arrive
from dialects import BOTH, POSTFIX
from session import HEADERS, TLS13, Client, Envelope, Message, Session

FROM_BANK = arrive('mail from', 'bank.example')
BANK = Message(mail_from='<a@bank.example>')
OTHER = Message(mail_from='<a@x.example>')


class Transactions(DaemonCase):
    """What one message leaves to the next: nothing."""

    rules = 'policy "bank.example" { mode = "require" }'

    def test_two_messages(self):
        """No new CONNECT or HELO before the second one."""
        for dialect in BOTH:
            for tls, bank in ((None, FROM_BANK), (TLS13, OK)):
                with self.subTest(dialect=dialect.name, tls=tls), \
                        self.open(dialect, tls=tls) as session:
                    got = [session.send(message).replies for message in
                           (OTHER, BANK, OTHER, BANK)]
                    self.assertEqual(got, [[OK], [bank]] * 2)

    def test_each_is_stamped_once(self):
        """Two stamped messages: one stamp each, each with its queue id."""
        for dialect in BOTH:
            with self.subTest(dialect=dialect.name), \
                    self.open(dialect, tls=TLS13) as session:
                for queue_id in ('A1', 'B2', 'C3'):
                    got = session.send(Message(queue_id=queue_id))
                    self.assertEqual(len(got.edits), 1)
                    self.assertIn(f'id={queue_id};'.encode(),
                                  got.edits[0].value)

    def test_rset(self):
        """ABORT after each step; the next message is judged afresh."""
        for dialect in BOTH:
            for stop in range(1, 7):
                with self.subTest(dialect=dialect.name, stop=stop), \
                        self.open(dialect) as session:
                    partly(session, BANK if stop < 3 else OTHER, stop)
                    session.milter.abort()
                    got = [session.send(BANK).replies,
                           session.send(OTHER).replies]
                    self.assertEqual(got, [[FROM_BANK], [OK]])

    def test_mail_without_abort(self):
        """Sendmail sends no ABORT after some refusals: MAIL starts anew."""
        for stop in range(1, 7):
            with self.subTest(stop=stop), self.open() as session:
                partly(session, OTHER, stop)
                self.assertEqual(session.send(BANK).replies, [FROM_BANK])

    def test_unknown_command(self):
        """NOOP-like noise changes nothing."""
        with self.open() as session:
            self.assertTrue(session.unknown('XYZZY 1 2').passes)
            self.assertEqual(session.send(BANK).replies, [FROM_BANK])

    def test_steps_out_of_order(self):
        """RCPT, DATA, headers or EOM with no MAIL before: no crash."""
        for command, data in ((wire.RCPT, b'<b@x.example>\0'),
                              (wire.DATA, b''), (wire.EOH, b''),
                              (wire.HEADER, b'From\0a\0'),
                              (wire.BODY, b'x'), (wire.EOM, b'')):
            with self.subTest(command):
                session = Session(self.daemon.socket)
                session.milter.wire.send(command, data)
                session.milter.wire.close()
        self.serves()


def partly(session, message, steps):
    """The first steps of a transaction: 1 MAIL ... 6 BODY."""
    envelope = Envelope(message.queue_id, {})
    todo = [lambda: session.mail(message, envelope),
            lambda: session.rcpt(message, envelope, message.rcpts[0]),
            lambda: session.step(wire.DATA, b'', envelope),
            lambda: [session.step(wire.HEADER, wire.strings(*item), envelope,
                                  macros=False) for item in HEADERS],
            lambda: session.step(wire.EOH, b'', envelope),
            lambda: session.step(wire.BODY, b'x' * 100, envelope,
                                 macros=False)]
    for act in todo[:steps]:
        answer = act()
        if getattr(answer, 'code', wire.CONTINUE) != wire.CONTINUE:
            break
    session.milter.wire.flush()


class Broken(DaemonCase):
    """Whatever a connection does, the daemon serves the next one."""

    rules = Transactions.rules

    def test_early_close(self):
        """The connection ends after each step, with and without QUIT."""
        for dialect in BOTH:
            for stop in range(0, 7):
                for tls in (None, TLS13):
                    session = Session(self.daemon.socket, dialect,
                                      Client(tls=tls))
                    partly(session, OTHER, stop)
                    if stop % 2:
                        session.milter.wire.send(wire.QUIT)
                    session.milter.wire.close()
        wire.connect(self.daemon.socket).close()
        self.serves()

    def test_close_inside_a_packet(self):
        """Half a length, half a body."""
        for data in (b'\0', b'\0\0\0', struct.pack('!I', 100) + b'Mx',
                     struct.pack('!I', 13) + b'O\0\0\0\6'):
            sock = wire.connect(self.daemon.socket)
            sock.sendall(data)
            sock.close()
        self.serves()

    def test_reset(self):
        """A connection that is reset while an answer is due."""
        for _ in range(20):
            session = Session(self.daemon.socket, POSTFIX, Client(tls=TLS13))
            partly(session, OTHER, 5)
            session.milter.wire.queue(wire.EOM)
            session.milter.wire.flush()
            session.milter.wire.sock.shutdown(socket.SHUT_RDWR)
            session.milter.wire.close()
        self.serves()

    def test_garbage(self):
        """Octets that are no protocol, alone and after a good beginning."""
        dice = [os.urandom(300) for _ in range(20)]
        dice += [b'EHLO x\r\nMAIL FROM:<a@bank.example>\r\n', b'\xff' * 4096,
                 wire.packet(b'?'), wire.packet(b'M', b'<no nul>'),
                 wire.packet(b'C', b''), wire.packet(b'C', b'x'),
                 wire.packet(b'C', b'x\0004\0'), wire.packet(b'L', b'From'),
                 wire.packet(b'D', b'M{x'), wire.packet(b'D', b''),
                 wire.packet(b'R', b''), wire.packet(b'O', b'\0\0\0\6')]
        for data in dice:
            for begun in (False, True):
                self.throw(data, begun)
        self.serves()

    def throw(self, data, begun):
        """Sends octets, then closes; the filter may close first."""
        if begun:
            session = Session(self.daemon.socket)
            partly(session, OTHER, 2)
            sock = session.milter.wire.sock
        else:
            sock = wire.connect(self.daemon.socket)
        try:
            sock.sendall(data)
        except OSError:
            pass
        sock.close()
        if begun:
            session.milter.wire.reader.close()

    def test_bad_connect(self):
        """Addresses and names that no MTA gives."""
        for address in ('999.1.1.1', 'x', ':::', '/var/run/x', 'a' * 300):
            with self.subTest(address):
                try:
                    got = self.deliver(client=address,
                                       mail_from='<a@bank.example>').final
                except wire.Closed:
                    continue  # libmilter itself hangs up on most of them
                self.assertIn(got, (OK, 'no recipient'))
        for name in ('', 'x' * 5000, '%s%n', '\r\nX: y', '\udcff'):
            with self.subTest(name[:9]):
                got = self.deliver(name=name, verified=True,
                                   mail_from='<a@bank.example>')
                self.assertEqual(got.replies, [FROM_BANK])


class Crowd(DaemonCase):
    """Many sessions side by side, each with its own verdict."""

    rules = Transactions.rules
    number = 200

    def test_at_once(self):
        """All are connected and in a transaction before any goes on."""
        barrier = threading.Barrier(self.number, timeout=60)
        wrong = []
        threads = [threading.Thread(target=self.session,
                                    args=(n, barrier, wrong))
                   for n in range(self.number)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])
        self.serves()

    def session(self, number, barrier, wrong):
        """One of many: odd ones from the bank, every third over TLS."""
        tls = TLS13 if number % 3 == 0 else None
        message = BANK if number % 2 else OTHER
        want = FROM_BANK if number % 2 and not tls else OK
        try:
            with self.open(tls=tls) as session:
                partly(session, message, 1)
                barrier.wait()
                session.milter.abort()
                got = session.send(message).replies
                if got != [want]:
                    wrong.append((number, got, want))
        except Exception as error:  # pylint: disable=broad-except
            wrong.append((number, repr(error)))
            barrier.abort()


if __name__ == '__main__':
    unittest.main()
