"""One SMTP session as the filter sees it, in one line.

    deliver(address, tls=TLS13, mail_from='<a@x.example>', rcpts=['<b@y>'])

sends a whole message the way the chosen MTA does and returns a Result with
the reply of every stage and the delivered octets. A test that needs more
than one message opens a Session and calls send() as often as it likes.
"""

import dataclasses
import struct
from dataclasses import dataclass, field

import delivered
import milterwire as wire
from dialects import POSTFIX
from facts import (HEADERS, PLAIN, TLS11, TLS12, TLS13, Cert,  # noqa: F401
                   Client, Envelope, Message, Tls, address_of, fields_of)
from milterclient import Milter, Reply


@dataclass
class Result:
    """The answers of one transaction."""

    mail: Reply = None
    rcpts: list = field(default_factory=list)
    data: Reply = None
    header: Reply = None
    eoh: Reply = None
    eom: Reply = None
    octets: bytes = b''
    body_packets: int = 0

    @property
    def replies(self):
        """One text per recipient, and the text of what ended the message."""
        return [str(reply) for reply in self.rcpts]

    @property
    def final(self):
        """'ok' when the message was taken for somebody, else the reply."""
        for reply in (self.mail, self.data, self.header, self.eoh, self.eom):
            if reply and not reply.passes:
                return str(reply)
        if self.mail and self.mail.code == wire.ACCEPT:
            return 'ok'
        if not any(reply.passes for reply in self.rcpts):
            return 'no recipient'
        return 'ok'

    @property
    def accepted_at_eoh(self):
        """Did the filter end its part before the body?"""
        return bool(self.eoh) and self.eoh.code == wire.ACCEPT

    @property
    def edits(self):
        """The edits of EOM, none when it was not reached."""
        return self.eom.edits if self.eom else []


class Session:
    """A connection to the filter that has passed CONNECT and HELO."""

    def __init__(self, address, dialect=POSTFIX, client=None, timeout=30):
        self.client = client or Client()
        self.dialect = dialect
        self.milter = Milter(address, dialect, timeout)
        self.connect_reply = self.connect()
        self.helo_reply = self.greet()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            self.milter.quit()
        else:
            self.milter.wire.close()

    def connect(self):
        """CONNECT: host name, family, port, address."""
        client = self.client
        data = wire.strings(self.dialect.connect_name(client))
        if not client.address:
            data += b'U'
        elif client.address.startswith('/'):
            data += b'L\0\0' + wire.strings(client.address)
        else:
            family = b'6' if ':' in client.address else b'4'
            port = struct.pack('!H', client.port)
            data += family + port + wire.strings(client.address)
        return self.step(wire.CONNECT, data)

    def greet(self):
        """EHLO, and once more inside TLS."""
        self.client.tls_on = False
        reply = self.helo()
        if self.client.tls:
            self.client.tls_on = True
            if self.client.second_ehlo:
                reply = self.helo()
        return reply

    def helo(self):
        """One HELO."""
        return self.step(wire.HELO, wire.strings('client.example'))

    def step(self, command, data=b'', envelope=None, macros=True):
        """One step with its macros."""
        envelope = envelope or Envelope(None, {})
        return self.milter.step(command, data, self.client, envelope, macros)

    def unknown(self, line):
        """A command that the MTA does not know."""
        return self.step(wire.UNKNOWN, wire.strings(line))

    def send(self, message):
        """A whole transaction; stops where the SMTP client would."""
        result = Result()
        envelope = Envelope(message.queue_id, message.macros)
        if self.envelope(message, envelope, result):
            self.content(message, envelope, result)
        self.take(message, result)
        return result

    def take(self, message, result):
        """What the MTA delivers of a message that passed."""
        if result.final == 'ok':
            result.octets = delivered.octets(
                self.dialect, fields_of(message), message.body, result.edits,
                self.milter.has(wire.P_HDR_LEADSPC))

    def envelope(self, message, envelope, result):
        """MAIL and RCPTs; False when nothing is left to send."""
        result.mail = self.mail(message, envelope)
        if not result.mail.passes:
            return False
        if result.mail.code == wire.ACCEPT:
            return False
        for rcpt in message.rcpts:
            reply = self.rcpt(message, envelope, rcpt)
            result.rcpts.append(reply)
            envelope.accepted += reply.passes
            if reply.code == wire.ACCEPT:
                return False
        if envelope.accepted:
            return True
        if self.dialect.abort_when_all_refused:
            self.milter.abort()
        return False

    def mail(self, message, envelope):
        """MAIL with its ESMTP arguments."""
        addr = message.mail_addr
        if addr is None:
            addr = address_of(message.mail_from) or self.dialect.null_sender
        envelope.mail_addr = addr
        envelope.mail_host = addr.rpartition('@')[2]
        data = wire.strings(message.mail_from, *message.mail_args)
        return self.step(wire.MAIL, data, envelope)

    def rcpt(self, message, envelope, rcpt):
        """One RCPT."""
        envelope.rcpt_addr = message.rcpt_addrs.get(rcpt, address_of(rcpt))
        envelope.rcpt_host = envelope.rcpt_addr.rpartition('@')[2]
        return self.step(wire.RCPT, wire.strings(rcpt), envelope)

    def content(self, message, envelope, result):
        """DATA to EOM."""
        result.data = self.step(wire.DATA, b'', envelope)
        if not self.goes_on(result.data):
            return
        if not self.header_fields(fields_of(message), envelope, result):
            return
        result.eoh = self.step(wire.EOH, b'', envelope)
        if self.goes_on(result.eoh):
            if not self.body(message.body, envelope, result):
                return
            result.eom = self.step(wire.EOM, b'', envelope)

    def goes_on(self, reply):
        """Only CONTINUE leads to the next step; a refusal ends with RSET."""
        if not reply.passes:
            self.milter.abort()
        return reply.code == wire.CONTINUE

    def header_fields(self, headers, envelope, result):
        """All fields; values with the blank after the colon if asked for."""
        for name, value in headers:
            value = wire.octets(value).replace(b'\r\n', b'\n')
            if not self.milter.has(wire.P_HDR_LEADSPC):
                value = value[1:] if value[:1] == b' ' else value
            reply = self.step(wire.HEADER, wire.strings(name, value),
                              envelope, macros=False)
            if not self.goes_on(reply):
                result.header = reply
                return False
        return True

    def body(self, body, envelope, result):
        """Chunks of 65535 octets, until the filter has seen enough."""
        for start in range(0, len(body), wire.CHUNK):
            reply = self.step(wire.BODY, body[start:start + wire.CHUNK],
                              envelope, macros=False)
            result.body_packets += reply.sent
            if reply.code == wire.SKIP:
                return True
            if not self.goes_on(reply):
                result.eom = reply
                return False
        return True


CLIENT_KEYS = {item.name for item in dataclasses.fields(Client)}


def deliver(address, dialect=POSTFIX, **facts):
    """One connection, one message; keywords of Client and of Message.

    client= is the client's address; macros= overrides macro values.
    """
    if 'client' in facts:
        facts['address'] = facts.pop('client')
    about = {k: v for k, v in facts.items() if k in CLIENT_KEYS}
    message = {k: v for k, v in facts.items() if k not in CLIENT_KEYS}
    with Session(address, dialect, Client(**about)) as session:
        return session.send(Message(**message))
