"""Clients that never stop, and what became of every copy that they sent.

    with Traffic(port, clients=8) as traffic:
        ... a fault ...
    traffic.copies, traffic.retries

A copy is one message for one recipient; the recipient's name says which.
Five kinds take turns (KINDS): mail of a partner over TLS, in the way of an
opportunistic client that goes on in clear when STARTTLS is refused for now;
ordinary mail in clear; and three that break policy: from a partner in clear,
to a domain that asks for TLS in clear, and a message in clear with one
recipient of each sort.

A client tries again after each 4xx and each hang-up, TRIES times at most;
what is left then is deferred, as in the queue of a client that waits.
"""

import dataclasses
import itertools
import threading
import time

from lab import smtpclient

TRIES = 4
PAUSE = 0.05            # seconds between two tries of a client
PER_SESSION = 3         # messages on one connection

RULES = '''
    policy "bank.example" { mode = "require" }
    policy "hr.example.org" { to = "require" from = "fallback-allowed" }
'''
DESTINATIONS = "example.org, hr.example.org"

ACCEPTED, REFUSED, DEFERRED, UNKNOWN = (
    "accepted", "refused", "deferred", "unknown")


@dataclasses.dataclass(frozen=True)
class Kind:
    """What one client does again and again."""
    name: str
    tls: bool
    sender: str
    domains: tuple      # of the recipients


KINDS = (
    Kind("partner", True, "bank.example", ("example.org",)),
    Kind("plain", False, "else.example", ("example.org",)),
    Kind("from", False, "bank.example", ("example.org",)),
    Kind("to", False, "else.example", ("hr.example.org",)),
    Kind("mixed", False, "else.example", ("example.org", "hr.example.org")),
)


@dataclasses.dataclass
class Copy:
    """One message for one recipient, and what the client was told."""
    recipient: str
    kind: Kind
    outcome: str = DEFERRED
    reply: str = ""     # the last one
    in_clear: bool = True

    @property
    def violates(self):
        """Must it never arrive?"""
        return not self.kind.tls and (
            self.kind.sender == "bank.example"
            or self.recipient.endswith("@hr.example.org"))

    def told(self, reply):
        """A final reply to this copy."""
        self.reply = str(reply)
        self.outcome = {2: ACCEPTED, 5: REFUSED}.get(
            reply.code // 100, DEFERRED)


class Client:
    """One connection at a time, with messages of one kind."""

    def __init__(self, port, kind, tls):
        self.port, self.kind, self.tls = port, kind, tls
        self.session = None
        self.encrypted = False
        self.sent = 0

    def _open(self):
        self.session = smtpclient.Session(self.port)
        self.sent, self.encrypted = 0, False
        self.session.ehlo()
        if self.kind.tls:
            self.encrypted = self.session.starttls(self.tls).code == 220
            self.session.ehlo()

    def close(self):
        """Hang up; the next message opens another connection."""
        if self.session:
            self.session.close()
            self.session = None

    def send(self, copies):
        """One try with all these copies: whom a reply meant is told."""
        try:
            if self.session is None:
                self._open()
            self._transaction(copies)
        except (OSError, EOFError) as fault:
            for copy in copies:
                copy.reply = repr(fault)
            self.close()
            return
        self.sent += 1
        if self.sent == PER_SESSION or any(
                copy.outcome == DEFERRED for copy in copies):
            self.session.quit()
            self.close()

    def _transaction(self, copies):
        mail = self.session.mail("a@" + self.kind.sender)
        if mail.code != 250:
            for copy in copies:
                copy.told(mail)
            return
        taken = []
        for copy in copies:
            copy.in_clear = not self.encrypted
            reply = self.session.rcpt(copy.recipient)
            if reply.code == 250:
                taken.append(copy)
            else:
                copy.told(reply)
        if taken:
            self._content(taken)
        else:
            self.session.rset()

    def _content(self, taken):
        """After the final dot a client that hears nothing knows nothing."""
        text = smtpclient.message(
            taken[0].recipient, author="a@" + self.kind.sender,
            to=taken[0].recipient, body="0123456789abcde\r\n" * 60)
        for copy in taken:
            copy.outcome = UNKNOWN
        reply = self.session.data(text)
        for copy in taken:
            copy.told(reply)


class Traffic:
    """Clients in threads, from the first message to the end of the block."""

    def __init__(self, port, clients):
        self.port = port
        self.copies = []
        self.retries = 0        # messages that had to be sent again
        self.numbers = itertools.count(1)
        self.tls = smtpclient.context()
        self.ended = threading.Event()
        self.broken = []
        self.threads = [
            threading.Thread(target=self._work, args=(
                KINDS[number % len(KINDS)],)) for number in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def count(self, outcome, since=0):
        """How many copies have come to that, of those after the first."""
        return sum(copy.outcome == outcome for copy in self.copies[since:])

    def _work(self, kind):
        client = Client(self.port, kind, self.tls)
        try:
            while not self.ended.is_set():
                self._message(client)
        except BaseException as fault:  # noqa: B902
            self.broken.append(repr(fault))
            raise
        finally:
            client.close()

    def _message(self, client):
        number = next(self.numbers)
        copies = [Copy("%s-%d-%d@%s" % (client.kind.name, number, at, domain),
                       client.kind)
                  for at, domain in enumerate(client.kind.domains)]
        self.copies += copies
        left = copies
        for _ in range(TRIES):
            client.send(left)
            left = [copy for copy in left if copy.outcome == DEFERRED]
            if not left:
                return
            self.retries += 1
            time.sleep(PAUSE)
