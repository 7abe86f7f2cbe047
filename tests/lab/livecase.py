"""The base of the live tests: one MTA, one hopseald and one sink per class.

    class Clear(PostfixCase):
        rules = 'policy "bank.example" { mode = "require" }'

        def test_refused(self):
            sent = self.send("a@bank.example", "b@example.org")
            self.assert_reply(sent.rcpts[0], "550 5.7.10 ...")

Every message gets a subject of its own; delivered(sent) finds it at the sink.
Certificates are made once for the whole process.
"""

import functools
import itertools
import re
import unittest

from lab import certs, command, smtpclient
from lab.hopseald import Daemon
from lab.postfix import PrivatePostfix
from lab.sendmail import PrivateSendmail
from lab.sink import Sink
from lab.workdir import WorkDir

_numbers = itertools.count(1)

# A stamp that nobody signed; fill in the domain that it claims.
FORGED = ("Delivered-Securely: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
          "\td=%s; s=2026a; t=1790000000; by=mx.example.org; tls=TLSv1.3;"
          "\r\n\tcipher=TLS_AES_256_GCM_SHA384; bits=256; cert=none;\r\n"
          "\tsender=bank.example; mode=require; h=from; bh=AAAA; b=AAAA")


class Shop:
    """The work folder and the certificates that all classes share."""

    def __init__(self):
        self.workdir = WorkDir("live-")
        self.authority = certs.Authority(self.workdir)
        self.authority.server("mx.example.org")
        self.authority.server("mxs.example.org")

    @functools.lru_cache(None)
    def client(self, name, label=None, subject=None):
        return self.authority.client(name, label, subject)

    @functools.lru_cache(None)
    def impostor(self, name):
        return certs.self_signed(self.workdir, "impostor-" + name, name)


@functools.lru_cache(None)
def shop():
    return Shop()


class LiveCase(unittest.TestCase):
    rules = ""
    settings = {}
    inet = False
    stamp = ""
    ledger = ""
    milters = None

    @classmethod
    def setUpClass(cls):
        cls.shop = shop()
        cls.workdir = cls.shop.workdir
        cls.sink = cls.enterClassContext(Sink())
        cls.daemon = Daemon(cls.workdir, cls.rules, cls.settings,
                            name=cls.__name__ + "-d", inet=cls.inet,
                            stamp=cls.stamp, ledger=cls.ledger)
        cls.prepare()
        cls.enterClassContext(cls.daemon)
        cls.mta = cls.enterClassContext(cls.make_mta())
        cls.keys = cls.daemon.keys

    @classmethod
    def prepare(cls):
        """What must be done to cls.daemon before it starts."""

    @classmethod
    def all_milters(cls):
        """In the order of their work; another signer may be among them."""
        return cls.milters or [cls.daemon.milter]

    def tls(self, pair=None, version=None, ciphers=None):
        """The client's side of TLS; alone, the best there is."""
        return smtpclient.context(pair=pair, version=version, ciphers=ciphers)

    def session(self, tls=None, second_ehlo=True, source=None):
        """An open session, after EHLO and perhaps STARTTLS."""
        client = smtpclient.Session(self.mta.port, source)
        self.addCleanup(client.close)
        client.ehlo()
        if tls:
            answer = client.starttls(tls)
            self.assertEqual(answer.code, 220, str(answer))
            if second_ehlo:
                client.ehlo()
        return client

    def send(self, sender, recipients, tls=None, client=None, source=None,
             parameters="", **parts):
        """One message, in a session of its own unless one is given.

        parts are those of smtpclient.message; sent.subject names it."""
        if isinstance(recipients, str):
            recipients = [recipients]
        subject = parts.pop("subject", "message %d" % next(_numbers))
        parts.setdefault("author", sender or "nobody@client.example")
        parts.setdefault("to", recipients[0])
        own = client is None
        if own:
            client = self.session(tls, source=source)
        text = smtpclient.message(subject, **parts)
        sent = smtpclient.send(client, sender, recipients, text, parameters)
        if own:
            client.quit()
        sent.subject = subject
        return sent

    def delivered(self, sent):
        """The octets of that message as the sink got it."""
        self.assertIsNotNone(sent.final, "no recipient was accepted: %s"
                             % "; ".join(map(str, sent.rcpts)))
        self.assertEqual(sent.final.code, 250, str(sent.final))
        return self.sink.wait(
            about="\r\nSubject: %s\r\n" % sent.subject)[0].data

    def assert_accepted(self, sent):
        replies = [sent.mail, *sent.rcpts, sent.final]
        self.assertEqual([r and r.code for r in replies],
                         [250] * len(replies), "\n".join(map(str, replies)))

    def assert_reply(self, reply, want):
        """want is the text, or a compiled pattern for the whole of it."""
        got = str(reply)
        same = want.fullmatch(got) if isinstance(want, re.Pattern) \
            else got == want
        self.assertTrue(same, "\n got %s\nwant %s" % (
            got, getattr(want, "pattern", want)))

    def assert_verifies(self, message, *args):
        """Ours and dkimpy agree that the stamp holds."""
        code, words = command.verify(message, self.keys, *args)
        self.assertEqual(code, 0, words)
        self.assertTrue(command.dkimpy_verifies(message, self.keys),
                        "dkimpy does not verify the stamp")
        return words

    def stamp_of(self, message):
        """The tags of the only stamp."""
        found = command.stamps(message)
        self.assertEqual(len(found), 1, message.decode(errors="replace"))
        return command.tags(found[0])


class PostfixCase(LiveCase):
    main = {}
    master = ()

    @classmethod
    def make_mta(cls):
        return PrivatePostfix(
            cls.workdir, cls.sink.port, name=cls.__name__,
            main={"smtpd_milters": ", ".join(cls.all_milters()),
                  "non_smtpd_milters": cls.daemon.milter, **cls.main},
            master=cls.master)


class SendmailCase(LiveCase):
    extra = ""

    @classmethod
    def make_mta(cls):
        return PrivateSendmail(cls.workdir, cls.sink.port, name=cls.__name__,
                               milter=cls.all_milters(), extra=cls.extra)
