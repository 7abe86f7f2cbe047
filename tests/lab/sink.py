"""An SMTP server that keeps every message as it came, octet by octet.

    with Sink() as sink:                         # clear text only
    with Sink(tls=server_context(pair)) as sink: # offers STARTTLS
    Sink(tls=context, starttls="refuse")         # 454 to STARTTLS
    Sink(tls=context, starttls="break")          # hangs up in the handshake
    Sink(tls=context, starttls="hide")           # does not offer it any more
    Sink(rcpt_reply=lambda address: "450 4.2.1 later" or None)

    sink.wait(1)[0].data

A Message's data has CRLF line ends and the dots undone.  mode of STARTTLS and
rcpt_reply may be changed while the sink runs.
"""

import dataclasses
import socket
import ssl
import threading

from lab.waiting import until


@dataclasses.dataclass
class Message:
    sender: str
    recipients: list
    data: bytes
    tls: tuple          # (protocol, cipher, bits) or None
    mail_parameters: str
    helo: str


def server_context(pair, maximum=None, minimum=None, client_ca=None):
    """A TLS server; old protocols only when they are asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    if maximum and maximum < ssl.TLSVersion.TLSv1_2:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = minimum or ssl.TLSVersion.TLSv1
    if maximum:
        context.maximum_version = maximum
    if client_ca:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


class _Dialogue:
    """One connection, from greeting to QUIT."""

    def __init__(self, sink, connection):
        self.sink = sink
        self.connection = connection
        self.lines = connection.makefile("rb")
        self.tls = None
        self.helo = ""
        self._reset()

    def _reset(self):
        self.sender, self.parameters, self.recipients = None, "", []

    def say(self, *lines):
        self.connection.sendall("".join(
            line + "\r\n" for line in lines).encode())

    def run(self):
        self.say("220 sink.example ESMTP")
        while True:
            line = self.lines.readline(8192)
            if not line:
                return
            verb, _, rest = line.decode("utf-8", "surrogateescape"
                                        ).rstrip("\r\n").partition(" ")
            action = getattr(self, "do_" + verb.lower(), None)
            if action is None:
                self.say("502 5.5.2 not known here")
            elif action(rest) == "end":
                return

    def do_ehlo(self, name):
        self.helo = name
        words = ["sink.example", "PIPELINING", "8BITMIME", "SMTPUTF8", "DSN"]
        if (self.sink.tls and not self.tls
                and self.sink.starttls != "hide"):
            words.append("STARTTLS")
        self.say(*["250-" + word for word in words[:-1]], "250 " + words[-1])

    def do_helo(self, name):
        self.helo = name
        self.say("250 sink.example")

    def do_starttls(self, _):
        if self.sink.starttls in ("refuse", "hide") or not self.sink.tls:
            self.say("454 4.7.0 TLS not available due to local problem")
            return None
        self.say("220 2.0.0 go ahead")
        if self.sink.starttls == "break":
            self.connection.recv(1)
            return "end"
        self.connection = self.sink.tls.wrap_socket(
            self.connection, server_side=True)
        self.lines = self.connection.makefile("rb")
        cipher = self.connection.cipher()
        self.tls = (self.connection.version(), cipher[0], cipher[2])
        self._reset()
        return None

    def do_mail(self, rest):
        address, _, self.parameters = rest[len("FROM:"):].partition("> ")
        self.sender = address.strip().strip("<>")
        self.say("250 2.1.0 ok")

    def do_rcpt(self, rest):
        address = rest[len("TO:"):].partition("> ")[0].strip().strip("<>")
        refusal = self.sink.rcpt_reply and self.sink.rcpt_reply(address)
        if refusal:
            self.say(refusal)
            return
        self.recipients.append(address)
        self.say("250 2.1.5 ok")

    def do_data(self, _):
        if not self.recipients:
            self.say("554 5.5.1 no valid recipients")
            return None
        self.say("354 go on")
        data = self._read_data()
        if data is None:
            return "end"
        self.sink.keep(Message(self.sender, self.recipients, data, self.tls,
                               self.parameters, self.helo))
        self._reset()
        self.say("250 2.0.0 kept")
        return None

    def _read_data(self):
        kept = []
        while True:
            line = self.lines.readline()
            if not line:
                return None
            if line == b".\r\n":
                return b"".join(kept)
            kept.append(line[1:] if line.startswith(b".") else line)

    def do_rset(self, _):
        self._reset()
        self.say("250 2.0.0 ok")

    def do_noop(self, _):
        self.say("250 2.0.0 ok")

    def do_quit(self, _):
        self.say("221 2.0.0 bye")
        return "end"


class Sink:
    def __init__(self, tls=None, starttls="offer", rcpt_reply=None,
                 address="127.0.0.1", port=0):
        self.tls, self.starttls, self.rcpt_reply = tls, starttls, rcpt_reply
        self.messages = []
        self.broken = []
        self.listener = socket.create_server((address, port), backlog=64)
        self.address, self.port = self.listener.getsockname()[:2]
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,),
                             daemon=True).start()

    def _serve(self, connection):
        dialogue = _Dialogue(self, connection)
        try:
            connection.settimeout(60)
            dialogue.run()
        except (OSError, ssl.SSLError) as fault:
            self.broken.append(str(fault))
        finally:
            dialogue.connection.close()

    def keep(self, message):
        self.messages.append(message)

    def clear(self):
        del self.messages[:]

    def wait(self, count=1, seconds=20.0, about=""):
        """The messages, once there are that many; about: in their data."""
        return until(lambda: self._matching(count, about.encode()),
                     "%d message(s) %sat the sink" % (
                         count, "with %r " % about if about else ""), seconds)

    def _matching(self, count, about):
        found = [m for m in list(self.messages) if about in m.data]
        return found if len(found) >= count else None

    def close(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
