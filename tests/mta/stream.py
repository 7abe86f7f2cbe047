"""A milter connection as one stream of octets, and what must come back.

    stream = Stream(quiet=True)          # as negotiated on a unix socket
    stream.message('A1')                 # accepted and stamped, with this id
    stream.refused('A2')                 # answered 550 at RCPT
    sock.sendall(stream.octets)          # in one write, or cut anywhere
    self.assertEqual(answers(sock), stream.answers)

An MTA waits for each answer; here nothing does, so that the test decides
which octets are there together. An answer is its command, and for a stamp the
queue id that it names: one of another session is seen.
"""

import re
import struct

import milterwire as wire
from session import HEADERS, TLS13

STAMP_ID = re.compile(rb'\bid=(\w+);')
TLS = ('{tls_version}', TLS13.version, '{cipher}', TLS13.cipher,
       '{cipher_bits}', TLS13.bits)


class Stream:
    """Packets to send, and the answers to them, in order."""

    def __init__(self, quiet=True):
        self.quiet = quiet      # no answer to CONNECT, headers and body
        self.octets, self.answers = bytearray(), []
        self.ends = []          # of each packet
        self.packet(wire.OPTNEG, struct.pack('!III', wire.VERSION, wire.F_ALL,
                                             wire.P_ALL), [wire.OPTNEG])
        self.connect()

    def packet(self, command, data=b'', answers=()):
        """One packet."""
        self.octets += wire.packet(command, data)
        self.ends.append(len(self.octets))
        self.answers += answers

    def unless_quiet(self):
        """The answer that only a filter on TCP gives."""
        return [] if self.quiet else [wire.CONTINUE]

    def macros(self, command, *values):
        """The macros that go before a command."""
        self.packet(wire.MACRO, command + wire.strings(*values))

    def connect(self, again=False):
        """An SMTP client comes."""
        self.macros(wire.CONNECT, 'j', 'mx.example.org', 'v', 'Postfix 3.7')
        self.packet(wire.CONNECT, wire.strings('client.example') + b'4' +
                    struct.pack('!H', 4000) + wire.strings('192.0.2.25'),
                    [] if again else self.unless_quiet())

    def envelope(self, queue_id, sender, tls, answer):
        """MAIL and RCPT, which is answered so."""
        self.macros(wire.MAIL, 'i', queue_id, *tls)
        self.packet(wire.MAIL, wire.strings(f'<a@{sender}>'),
                    [wire.CONTINUE])
        self.macros(wire.RCPT, 'i', queue_id, '{rcpt_addr}', 'b@example.org',
                    '{rcpt_mailer}', 'esmtp')
        self.packet(wire.RCPT, wire.strings('<b@example.org>'), [answer])

    def message(self, queue_id, body=b'Hello\r\n'):
        """A message over TLS."""
        self.envelope(queue_id, 'bank.example', TLS, wire.CONTINUE)
        if not self.quiet:
            self.packet(wire.DATA, b'', [wire.CONTINUE])
        for name, value in HEADERS:
            self.packet(wire.HEADER, wire.strings(name, value),
                        self.unless_quiet())
        self.macros(wire.EOH, 'i', queue_id)
        self.packet(wire.EOH, b'', [wire.CONTINUE])
        self.packet(wire.BODY, body, self.unless_quiet())
        self.macros(wire.EOM, 'i', queue_id)
        self.packet(wire.EOM, b'', [queue_id.encode(), wire.ACCEPT])

    def refused(self, queue_id):
        """A message without the TLS that the policy requires, and RSET."""
        self.envelope(queue_id, 'bank.example', (), wire.REPLYCODE)
        self.packet(wire.ABORT)

    def reconnect(self):
        """QUIT_NC, CONNECT: libmilter takes neither after a message."""
        self.packet(wire.QUIT_NC)
        self.connect(again=True)

    def quit(self):
        """The end; the filter closes."""
        self.packet(wire.QUIT)


class Reader:
    """The answers on a socket."""

    def __init__(self, sock):
        self.file = sock.makefile('rb')

    def next(self):
        """One answer; None at the end of the connection."""
        head = self.file.read(4)
        if not head:
            return None
        packet = self.file.read(struct.unpack('!I', head)[0])
        stamp = STAMP_ID.search(packet)
        return stamp[1] if stamp else packet[:1]

    def some(self, count):
        """So many answers."""
        return [self.next() for _ in range(count)]

    def rest(self):
        """All answers, until the filter closes."""
        return list(iter(self.next, None))
