"""The stamp in what mail stores keep: it holds, or verify says why not.

What breaks it is what hopseal-stamp(7) names.
"""

import glob
import os

from lab import command
from lab.dovecot import Dovecot
from lab.livecase import PostfixCase
from lab.postfix import PrivatePostfix
from lab.sendmail import PrivateSendmail
from lab.waiting import until

RULES = 'policy "bank.example" { mode = "require" }'
# Accounts of base-passwd: local(8) delivers as the recipient, not as root.
MBOX_USER, MAILDIR_USER = "games", "man"

BODIES = (
    ("plain", "Hello.\r\n"),
    ("empty", ""),
    ("8 bit", "Gr\u00fc\u00dfe \u20ac\r\n"),
    ("dots", ".\r\n..\r\n.x\r\n"),
    ("empty lines at the end", "x\r\n\r\n\r\n"),
    ("blanks at line ends", "x  \t\r\n y\r\n"))
FROM_LINES = (
    ("From at a line", "one\r\nFrom here to there\r\n"),
    ("From at the start", "From here to there\r\n"),
    ("quoted already", ">From a\r\n>>From b\r\nFrom c\r\n"))


class LocalStores(PostfixCase):
    """Postfix's local(8): an mbox file for each user."""
    rules = RULES
    slash = ""

    @classmethod
    def make_mta(cls):
        name = cls.__name__
        spool = cls.workdir.sub(name, "mail", mode=0o1777)
        cls.spool = spool
        cls.main = {"local_transport": "local",
                    "mail_spool_directory": spool + cls.slash, "mailbox_command": "", "biff": "no"}
        return super().make_mta()

    def stored(self, text, folder):
        def found():
            for path in glob.glob(folder):
                with open(path, "rb") as store:
                    data = store.read()
                if text in data:
                    return data
            return None
        return until(found, "%r in %s" % (text, folder))

    def mbox(self, sent):
        """The one message of that subject, without its From_ line."""
        about = b"\nSubject: %s\n" % sent.subject.encode()
        data = b"\n" + self.stored(about, os.path.join(self.spool, MBOX_USER))
        message = [part for part in data.split(b"\n\nFrom ")[0:]
                   if about in part][0]
        message = message.removeprefix(b"\nFrom ").partition(b"\n")[2]
        return message.rstrip(b"\n") + b"\n"

    def send_tls(self, recipient, **parts):
        sent = self.send("a@bank.example", recipient + "@example.org",
                         tls=self.tls(), **parts)
        self.assert_accepted(sent)
        return sent

    def test_mbox(self):
        for name, body in BODIES:
            with self.subTest(name):
                message = self.mbox(self.send_tls(MBOX_USER, body=body))
                self.assertEqual(command.verify(message, self.keys)[0], 0)
                self.assert_verifies(message.replace(b"\n", b"\r\n"))

    def test_mbox_quotes_from(self):
        """verify names the body, and --unquote-from is told to undo it.

        Postfix quotes any `From ` and no `>From `: that is mboxo, which
        cannot be undone for sure."""
        for name, body in FROM_LINES:
            with self.subTest(name):
                message = self.mbox(self.send_tls(MBOX_USER, body=body))
                self.assertIn(b">From ", message)
                code, words = command.verify(message, self.keys)
                self.assertEqual((code, "fail (body)" in words), (1, True),
                                 words)
                code, words = command.verify(message, self.keys,
                                             "--unquote-from")
                want = 1 if name == "quoted already" else 0
                self.assertEqual(code, want, words)


class LocalMaildir(LocalStores):
    """The same with a slash: nothing is quoted."""
    slash = "/"
    test_mbox = test_mbox_quotes_from = None

    def test_maildir(self):
        for name, body in BODIES + FROM_LINES:
            with self.subTest(name):
                sent = self.send_tls(MAILDIR_USER, body=body)
                message = self.stored(
                    b"\nSubject: %s\n" % sent.subject.encode(),
                    os.path.join(self.spool, MAILDIR_USER, "new", "*"))
                code, words = command.verify(message, self.keys)
                self.assertEqual(code, 0, words)


SIEVE = '''
require ["fileinto", "mailbox", "editheader"];
if header :contains "subject" "filed" { fileinto :create "Filed"; }
if header :contains "subject" "marked" {
    deleteheader "Subject"; addheader "Subject" "marked by sieve";
}
if header :contains "subject" "added" { addheader "X-Seen" "yes"; }
'''


class DovecotStore(PostfixCase):
    """LMTP to Dovecot, through Sieve into a Maildir."""
    rules = RULES

    @classmethod
    def make_mta(cls):
        cls.dovecot = cls.enterClassContext(Dovecot(cls.workdir, sieve=SIEVE))
        cls.main = {"local_transport": "lmtp:unix:" + cls.dovecot.lmtp}
        return super().make_mta()

    def verified(self, subject, mailbox="INBOX", about=None, **parts):
        sent = self.send("a@bank.example", "bob@example.org", tls=self.tls(),
                         subject=subject, **parts)
        self.assert_accepted(sent)
        message = self.dovecot.wait(
            "bob", about or b"\nSubject: %s\n" % subject.encode(), mailbox)
        return command.verify(message, self.keys, "--rcpt",
                              "bob@example.org")

    def test_inbox(self):
        for name, body in BODIES + FROM_LINES:
            with self.subTest(name):
                code, words = self.verified("lmtp " + name, body=body)
                self.assertEqual(code, 0, words)

    def test_sieve(self):
        for name, subject, mailbox, about, want in (
                ("fileinto", "to be filed", "Filed", None, 0),
                ("a field added", "with a field added", "INBOX", None, 0),
                ("a signed field changed", "will be marked", "INBOX",
                 b"Subject: marked by sieve\n", 1)):
            with self.subTest(name):
                code, words = self.verified(subject, mailbox, about)
                self.assertEqual(code, want, words)
                if want:
                    self.assertIn("fail (signature)", words)


class SecondHop(PostfixCase):
    """Through another MTA behind us, which knows nothing of hopseal."""
    rules = RULES

    @classmethod
    def make_mta(cls):
        cls.hops = {
            "Postfix": cls.enterClassContext(PrivatePostfix(
                cls.workdir, cls.sink.port, name="hop-postfix",
                main={"mynetworks": "127.0.0.0/8"})),
            "Sendmail": cls.enterClassContext(PrivateSendmail(
                cls.workdir, cls.sink.port, name="hop-sendmail"))}
        cls.main = {
            "mynetworks": "127.0.0.0/8",
            "transport_maps": "inline:{%s}" % ", ".join(
                "{%s.example = smtp:[127.0.0.1]:%d}" % (name.lower(),
                                                        hop.port)
                for name, hop in cls.hops.items())}
        return super().make_mta()

    def test_relayed(self):
        for hop in self.hops:
            for name, body in BODIES + FROM_LINES:
                with self.subTest(name, hop=hop):
                    recipient = "bob@%s.example" % hop.lower()
                    message = self.delivered(self.send(
                        "a@bank.example", recipient, tls=self.tls(),
                        body=body, to="bob@example.org"))
                    self.assertGreaterEqual(message.count(b"Received:"), 2)
                    self.assert_verifies(message, "--rcpt", recipient)

    def test_sendmail_as_second_hop_rewrites(self):
        """It does to our signed To what we would have left out, had it been
        the MTA of the filter: hopseal-stamp(7) names it."""
        for to, want in (("bob@example.org, joe@example.org", 0),
                         ("bob@example.org,joe@example.org", 1)):
            sent = self.send("a@bank.example", "bob@sendmail.example",
                             tls=self.tls(), fields=["Cc: " + to])
            code, words = command.verify(self.delivered(sent), self.keys)
            self.assertEqual(code, want, words)
            if want:
                self.assertIn("fail (signature)", words)
