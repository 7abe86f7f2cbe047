"""An SMTP client that does exactly what it is told, also what is odd.

    with Session(port) as client:
        client.ehlo()
        client.starttls(context(authority))     # no second EHLO of its own
        client.ehlo()
        client.mail("a@bank.example")
        client.rcpt("b@example.org")            # a Reply
        client.data(message)

A Reply has code, and lines without the code; str() gives it as it stood on
the wire, lines joined by newline.
"""

import dataclasses
import socket
import ssl

from lab.waiting import PATIENCE


@dataclasses.dataclass
class Reply:
    code: int
    lines: list

    def __str__(self):
        last = len(self.lines) - 1
        return "\n".join("%d%s%s" % (self.code, " " if at == last else "-",
                                     line)
                         for at, line in enumerate(self.lines))


def context(ca=None, pair=None, version=None, ciphers=None):
    """A TLS client.  version: only this one; ciphers: of TLS 1.2 and before.

    The certificate of the server is not looked at: not what is tested."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    if ca:
        made.load_verify_locations(ca)
    if pair:
        made.load_cert_chain(pair.cert, pair.key)
    if version and version < ssl.TLSVersion.TLSv1_2:
        made.set_ciphers(ciphers or "ALL:@SECLEVEL=0")
    elif ciphers:
        made.set_ciphers(ciphers)
    if version:
        made.minimum_version = made.maximum_version = version
    return made


class Session:
    def __init__(self, port, source=None, timeout=60, name="client.example"):
        self.name = name
        self.socket = socket.create_connection(
            ("127.0.0.1", port), timeout * PATIENCE,
            source_address=(source, 0) if source else None)
        self.lines = self.socket.makefile("rb")
        self.greeting = self.reply()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.quit()
        self.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def reply(self):
        """The next reply; EOFError when the server has hung up."""
        lines = []
        while True:
            line = self.lines.readline()
            if not line:
                raise EOFError("connection closed by the server")
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            lines.append(text[4:])
            if text[3:4] != "-":
                return Reply(int(text[:3]), lines)

    def command(self, line):
        self.send(line.encode("utf-8", "surrogateescape") + b"\r\n")
        return self.reply()

    def pipeline(self, *lines):
        """All commands in one write; their replies."""
        self.send("".join(line + "\r\n" for line in lines).encode())
        return [self.reply() for _ in lines]

    def ehlo(self):
        return self.command("EHLO " + self.name)

    def starttls(self, tls):
        """STARTTLS and the handshake; the reply when it is refused."""
        answer = self.command("STARTTLS")
        if answer.code == 220:
            self.socket = tls.wrap_socket(self.socket)
            self.lines = self.socket.makefile("rb")
        return answer

    def mail(self, sender, parameters=""):
        return self.command(("MAIL FROM:<%s> %s" % (sender, parameters))
                            .rstrip())

    def rcpt(self, recipient, parameters=""):
        return self.command(("RCPT TO:<%s> %s" % (recipient, parameters))
                            .rstrip())

    def data(self, message):
        """DATA with this message (CRLF lines); the final reply."""
        answer = self.command("DATA")
        if answer.code != 354:
            return answer
        self.send(stuff(message) + b".\r\n")
        return self.reply()

    def rset(self):
        return self.command("RSET")

    def quit(self):
        try:
            return self.command("QUIT")
        except (OSError, EOFError):
            return None

    def close(self):
        self.lines.close()
        self.socket.close()


def stuff(message):
    """Dot stuffing; the message ends with CRLF."""
    if not message.endswith(b"\r\n"):
        message += b"\r\n"
    doubled = message.replace(b"\r\n.", b"\r\n..")
    return b"." + doubled if doubled.startswith(b".") else doubled


def message(subject, author="alice@bank.example", to="bob@example.org",
            fields=(), body="Hello.\r\n"):
    """A small message; fields: whole header lines to put in front."""
    return ("".join(field + "\r\n" for field in fields)
            + "From: <%s>\r\nTo: <%s>\r\nSubject: %s\r\n"
              "Date: Fri, 06 Nov 2026 10:00:00 +0000\r\n"
              "Message-ID: <%s@client.example>\r\n\r\n%s"
            % (author, to, subject, subject.replace(" ", "-"), body)).encode()


@dataclasses.dataclass
class Sent:
    """What became of one message: each recipient's reply, and the last."""
    mail: Reply
    rcpts: list
    final: Reply


def send(client, sender, recipients, text, parameters=""):
    """One mail transaction on an open session.

    final is None when no recipient was accepted."""
    mail = client.mail(sender, parameters)
    rcpts = [client.rcpt(one) for one in recipients] if mail.code == 250 \
        else []
    if any(one.code == 250 for one in rcpts):
        return Sent(mail, rcpts, client.data(text))
    client.rset()
    return Sent(mail, rcpts, None)
