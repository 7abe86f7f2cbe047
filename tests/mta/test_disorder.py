"""Well-formed packets in any order, many connections: the daemon lives.

libmilter drops steps that come out of order without an answer, so nothing
is awaited: all is sent, then read to the end. The seed is fixed; a failure
can be repeated.
"""

import random
import socket
import struct
import threading
import unittest

import milterwire as wire
from daemoncase import DaemonCase, arrive
from dialects import POSTFIX
from session import Message

PACKETS = (
    (wire.CONNECT, b'unknown\0004\x9c\x40192.0.2.25\0'),
    (wire.CONNECT, b'x.example\0006\0\0012001:db8::1\0'),
    (wire.CONNECT, b'localhost\0U'),
    (wire.HELO, b'client.example\0'),
    (wire.MAIL, b'<a@bank.example>\0'), (wire.MAIL, b'<>\0REQUIRETLS\0'),
    (wire.MAIL, b'<a@x.example>\0SIZE=1\0'),
    (wire.RCPT, b'<b@example.org>\0'), (wire.RCPT, b'<b@bank.example>\0'),
    (wire.DATA, b''), (wire.HEADER, b'From\0a@x.example\0'),
    (wire.HEADER, b'Delivered-Securely\0v=1; d=example.org; b=A\0'),
    (wire.HEADER, b'Subject\0' + b'x' * 3000 + b'\0'),
    (wire.EOH, b''), (wire.BODY, b'text\r\n' * 500), (wire.BODY, b'\r'),
    (wire.EOM, b''), (wire.EOM, b'rest of the body\r\n'),
    (wire.ABORT, b''), (wire.QUIT_NC, b''), (wire.UNKNOWN, b'NOOP\0'),
    (wire.MACRO, b'M' + wire.strings('{tls_version}', 'TLSv1.3', '{cipher}',
                                     'TLS_AES_256_GCM_SHA384',
                                     '{cipher_bits}', '256', 'i', 'A1')),
    (wire.MACRO, b'M' + wire.strings('{mail_addr}', 'a@bank.example')),
    (wire.MACRO, b'H' + wire.strings('{tls_version}', 'TLSv1.2')),
    (wire.MACRO, b'M'), (wire.MACRO, b'E' + wire.strings('i', 'B2')),
    (wire.OPTNEG, struct.pack('!III', 6, wire.F_ALL, wire.P_ALL)),
)


class Disorder(DaemonCase):
    """400 connections of up to 60 random packets each, four at a time."""

    rules = 'policy "bank.example" { mode = "require" }'

    def test_random_order(self):
        """Afterwards the verdicts are what they were."""
        threads = [threading.Thread(target=self.walk, args=(seed,))
                   for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
            self.assertFalse(thread.is_alive(), 'no end of file')
        self.assertIsNone(self.daemon.process.poll(), self.daemon.log())
        self.serves()
        with self.open() as session:
            got = session.send(Message(mail_from='<a@bank.example>'))
        self.assertEqual(got.replies,
                         [arrive('mail from', 'bank.example')])

    def walk(self, seed):
        """A hundred connections of one seed."""
        dice = random.Random(seed)
        for _ in range(100):
            offer = struct.pack('!III', 6, POSTFIX.actions, POSTFIX.steps)
            packets = [(wire.OPTNEG, offer)]
            if dice.random() < 0.8:
                packets.append(PACKETS[0])
            packets += dice.choices(PACKETS, k=dice.randrange(60))
            self.talk(b''.join(wire.packet(*each) for each in packets))

    def talk(self, data):
        """Sends all, reads all."""
        sock = wire.connect(self.daemon.socket)
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(65536):
                pass
        except (BrokenPipeError, ConnectionResetError):
            pass  # libmilter hung up before the end
        finally:
            sock.close()


if __name__ == '__main__':
    unittest.main()
