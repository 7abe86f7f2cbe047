"""What goes into a mail store by LMTP, and what its users see over IMAP."""

import contextlib
import imaplib
import smtplib

from lab.waiting import until

SENDER, RECIPIENT = "alice@sender.example", "bob@example.org"


class Lmtp(smtplib.LMTP):
    """On a unix socket; smtplib itself wants to be told by a slash."""

    def __init__(self, path):
        super().__init__(path, local_hostname="mx.example.org")


def deliver(dovecot, message):
    """Deliver these octets; an error of Dovecot is one of the test."""
    with Lmtp(dovecot.lmtp) as lmtp:
        lmtp.sendmail(SENDER, [RECIPIENT], message)


@contextlib.contextmanager
def mailbox(dovecot, name="INBOX"):
    """An IMAP session of the recipient, in that mailbox."""
    with imaplib.IMAP4("127.0.0.1", dovecot.port, timeout=20) as imap:
        imap.login(RECIPIENT, "any")
        imap.select(name, readonly=True)
        yield imap


def flags(dovecot, subject, name="INBOX"):
    """The flags of the one message of that subject, once it is there."""
    def found():
        with mailbox(dovecot, name) as imap:
            _, (numbers,) = imap.search(None, "SUBJECT", '"%s"' % subject)
            if not numbers:
                return None
            assert len(numbers.split()) == 1, numbers
            _, (answer,) = imap.fetch(numbers, "(FLAGS)")
            return ["", *map(bytes.decode, imaplib.ParseFlags(answer))]
    try:
        return until(found, "%r in %s" % (subject, name))
    except AssertionError:
        raise AssertionError("not delivered: " + dovecot.log()[-3000:])
