"""Marks on a real Sendmail, which cannot route by header: what no rule
binds to TLS is refused, and the author is told."""

import random
import re

from lab import smtpclient
from lab.livecase import SendmailCase
from lab.sendmail import makemap

AUTHOR, STRANGER = "127.0.0.7", "127.0.0.1"
OUTBOUND = '''
    outbound { mark-subject = "[secure]"  mark-header = "X-Require-TLS: yes"
               mark-recipient-prefix = "s:"  mark-subject-remove = true }
    policy "bank.example" { to = "require" from = "fallback-allowed" }
    policy "[IPv6:2001:db8::1]" { to = "require" from = "fallback-allowed" }
    policy "xn--bcher-kva.example" { to = "require" }
    policy "[192.0.2.1]" { to = "require" from = "fallback-allowed" }
'''


def cannot(domain, recipient=None):
    """Both lines; Sendmail puts the recipient before the first at RCPT."""
    before = r"(<[^>]*>\.\.\. )?" if recipient else ""
    return re.compile(
        r"550-5\.7\.10 %sEncryption needed: TLS cannot be guaranteed for %s\n"
        r"550 (5\.7\.10 )?Send it without the mark, or ask the postmaster "
        r"for a rule that binds this domain to TLS"
        % (before, re.escape(domain)))


def unbracket(path):
    return re.compile(
        r"550-5\.7\.10 <%s>\.\.\. Encryption needed: TLS cannot be guaranteed "
        r"for %s\n550 (5\.7\.10 )?Write the name without the brackets"
        % (re.escape(path), re.escape(path.split("@")[1])))


class Marks(SendmailCase):
    rules = OUTBOUND
    settings = {"trusted-hosts": '{"%s"}' % AUTHOR}

    def post(self, recipients, mark=None, source=AUTHOR, **parts):
        about = "message-%d" % random.randrange(10 ** 12)
        fields = ["X-Require-TLS: yes"] if mark == "header" else []
        subject = "[secure] " + about if mark == "subject" else about
        sent = self.send("alice@example.org", recipients, source=source,
                         subject=subject, fields=fields, **parts)
        sent.about = about
        return sent

    def arrived(self, sent):
        self.assertIsNotNone(sent.final, "; ".join(map(str, sent.rcpts)))
        self.assertEqual(sent.final.code, 250, str(sent.final))
        return self.sink.wait(about="\r\nSubject: " + sent.about)[0]

    def test_unbound_message(self):
        for mark in ("subject", "header"):
            for recipients in (["bob@else.example"],
                               ["bob@bank.example", "joe@else.example"]):
                with self.subTest(mark, recipients=recipients):
                    sent = self.post(recipients, mark)
                    self.assert_reply(sent.final, cannot("else.example"))
                    self.assertEqual(
                        [m for m in self.sink.messages
                         if sent.about.encode() in m.data], [])

    def test_unbound_recipient(self):
        sent = self.post(["s:bob@else.example", "s:joe@bank.example",
                          "eve@else.example"])
        self.assert_reply(sent.rcpts[0], cannot("else.example", True))
        self.assertEqual([one.code for one in sent.rcpts], [550, 250, 250])
        self.assertEqual(sorted(self.arrived(sent).recipients),
                         ["eve@else.example", "joe@bank.example"])

    def test_hosts_in_brackets(self):
        """Sendmail's access map cannot speak of those below a domain."""
        for path, code in (("bob@[mx.bank.example]", 550),
                           ("bob@[m_x.bank.example]", 550),
                           ("bob@[bank.example.]", 550),
                           ("bob@[bank.example:25]", 550),
                           ("bob@[bank.example]", 250),
                           ("bob@[BANK.example]", 250),
                           ("bob@[mx.else.example]", 250)):
            with self.subTest(path):
                sent = self.post([path, "joe@bank.example"])
                self.assertEqual([one.code for one in sent.rcpts],
                                 [code, 250])
                if code == 550:
                    self.assert_reply(sent.rcpts[0], unbracket(path))
                    self.assertEqual(self.arrived(sent).recipients,
                                     ["joe@bank.example"])

    def test_hosts_one_after_the_other(self):
        for path in ("bob@[mx.bank.example]:[mx.else.example]",
                     "bob@[mx.else.example]:[mx.bank.example]"):
            with self.subTest(path):
                sent = self.post([path, "joe@bank.example"])
                self.assertEqual([one.code for one in sent.rcpts],
                                 [550, 250])
                self.assertIn("guaranteed for this recipient",
                              str(sent.rcpts[0]))

    def test_names_that_are_not_ascii(self):
        """Sendmail's access map has their A-labels."""
        for path, code in (("bob@b\u00fccher.example", 550),
                           ("bob@bank.ex\u00adample", 550),
                           ("bob@xn--bcher-kva.example", 250)):
            with self.subTest(path):
                sent = self.post([path, "joe@bank.example"])
                self.assertEqual([one.code for one in sent.rcpts],
                                 [code, 250], sent.rcpts)
                if code == 550:
                    self.assertIn("domain in ASCII", str(sent.rcpts[0]))

    def test_addresses(self):
        """Of two spellings Sendmail finds only the one that is exported."""
        for path, code in (("bob@[IPv6:2001:db8::1]", 250),
                           ("bob@[IPv6:2001:DB8::1]", 250),
                           ("bob@[IPv6:2001:db8:0:0::1]", 550),
                           ("bob@[IPv6:2001:db8::2]", 250),
                           ("bob@[192.0.2.1]", 250),
                           ("bob@[192.0.2.1.]", 550),
                           ("bob@[192.0.02.1]", 550),
                           ("bob@[0300.0.2.1]", 550),
                           ("bob@[192.0.513]", 550),
                           ("bob@[0xc0000201]", 550),
                           ("bob@[192.0.2.1:25]", 550),
                           ("bob@[192.0.2.02]", 250)):
            with self.subTest(path):
                sent = self.post([path, "joe@bank.example"])
                self.assertEqual([one.code for one in sent.rcpts],
                                 [code, 250])
                if code == 550:
                    self.assertIn("in its shortest form", str(sent.rcpts[0]))

    def test_domains_that_the_access_map_cannot_have(self):
        """Quotes in a domain, and so many labels that Sendmail's search in
        the map ends without a word of TLS."""
        deep = "bob@%s.bank.example"
        for path, code in (("bob%\\@bank.example", 550),
                           ("bob@\\@bank.example", 550),
                           ('bob%"@bank.example"', 550),
                           ("bob%x.\\@bank.example", 550),
                           ('"bob"@bank.example', 250),
                           ('"b%o\\"b"@bank.example', 250),
                           (deep % ".".join("a" * 47), 550),
                           (deep % ".".join("a" * 31), 550),
                           (deep % ".".join("a" * 30), 250),
                           ("bob@%s.else.example" % ".".join("a" * 47),
                            250)):
            with self.subTest(path):
                sent = self.post([path, "joe@bank.example"])
                self.assertEqual([one.code for one in sent.rcpts],
                                 [code, 250], sent.rcpts)
                if code == 550:
                    self.assertIn("with fewer labels", str(sent.rcpts[0]))

    def test_bound(self):
        for mark, recipient in (("subject", "bob@bank.example"),
                                ("header", "bob@bank.example"),
                                (None, "s:bob@bank.example")):
            with self.subTest(mark or "prefix"):
                got = self.arrived(self.post(recipient, mark))
                self.assertEqual(got.recipients, ["bob@bank.example"])

    def test_odd_paths(self):
        for path in ('<S:bob@bank.example>', '<"s:bob"@bank.example>',
                     's:bob@bank.example', '< s:bob@bank.example >',
                     '<s:bob@BANK.example>'):
            with self.subTest(path):
                about = "odd-%d" % random.randrange(10 ** 12)
                client = self.session(source=AUTHOR)
                client.mail("alice@example.org")
                answer = client.command("RCPT TO:" + path)
                self.assertEqual(answer.code, 250, str(answer))
                final = client.data(smtpclient.message(about))
                self.assertEqual(final.code, 250, str(final))
                got = self.sink.wait(about=about)[0]
                self.assertEqual([one.lower() for one in got.recipients],
                                 ["bob@bank.example"])

    def test_strangers(self):
        for mark in ("subject", "header"):
            with self.subTest(mark):
                sent = self.post("bob@else.example", mark, source=STRANGER)
                self.assert_accepted(sent)
                self.sink.wait(about=sent.about)
        sent = self.post("s:bob@else.example", source=STRANGER)
        self.assert_accepted(sent)

    def test_message_after_message(self):
        client = self.session(source=AUTHOR)
        for mark, code in (("subject", 550), (None, 250), ("header", 550),
                           (None, 250)):
            sent = self.post("bob@else.example", mark, client=client)
            self.assertEqual(sent.final.code, code, str(sent.final))

    def test_local_submission(self):
        about = "local-%d" % random.randrange(10 ** 12)
        self.mta.submit("alice@example.org", ["bob@bank.example"],
                        smtpclient.message("[secure] " + about).replace(
                            b"\r\n", b"\n"))
        self.sink.wait(about="Subject: ")
        self.assertTrue(self.sink.wait(about=about))


class Stamped(SendmailCase):
    """A stranger's mark stays, and so does what the stamp says."""

    rules = OUTBOUND

    def test_stamp_beside_marks(self):
        sent = self.send("a@else.example", "bob@bank.example",
                         tls=self.tls(), subject="[secure] stranger")
        message = self.delivered(sent)
        self.assert_verifies(message)
        self.assertEqual(self.stamp_of(message)["next"], "require")


class Routed(SendmailCase):
    """With a route header: stripped from strangers, added for authors."""

    rules = OUTBOUND.replace("mark-subject-remove", '''
        route-header = "Hopseal-Route: tls"  mark-subject-remove''')
    settings = {"trusted-hosts": '{"%s"}' % AUTHOR}

    def test_route_header_of_strangers(self):
        message = self.delivered(self.send(
            "a@else.example", "bob@bank.example", tls=self.tls(),
            fields=["Hopseal-Route: tls"] * 3 + ["HOPSEAL-ROUTE: x"]))
        self.assertNotIn(b"hopseal-route", message.lower())
        self.assert_verifies(message)

    def test_only_the_mark(self):
        client = self.session(source=AUTHOR)
        client.mail("alice@example.org")
        client.rcpt("only@bank.example")
        final = client.data(b"From: <alice@example.org>\r\n"
                            b"Message-ID: <only@example.org>\r\n"
                            b"Subject: [secure]\r\n\r\nhi\r\n")
        self.assertEqual(final.code, 250, str(final))
        got = self.sink.wait(about="<only@example.org>")[0]
        self.assertNotIn(b"[secure]", got.data)
        self.assertIn(b"\r\nHopseal-Route: tls\r\n", got.data)


class Moved(SendmailCase):
    """Sendmail makes another domain of the recipient's: no rule binds it."""
    rules = OUTBOUND + 'policy "new.example" { to = "require" }'
    settings = {"trusted-hosts": '{"127.0.0.1"}'}

    @classmethod
    def make_mta(cls):
        folder = cls.workdir.sub(cls.__name__ + "-maps")
        makemap(folder, "domains", "old.bank.example else.example\n"
                "elder.bank.example new.example\n")
        makemap(folder, "users", "a@bank.example joe@else.example\n"
                "b@bank.example root\nc@bank.example joe@new.example\n"
                "d@plain.example joe@else.example\n")
        cls.extra = """
FEATURE(`domaintable',`hash -o %s/domains')dnl
FEATURE(`virtusertable',`hash -o %s/users')dnl
VIRTUSER_DOMAIN(`bank.example plain.example')dnl""" % (folder, folder)
        return super().make_mta()

    def test_rows(self):
        for path, moved in (("bob@old.bank.example", True),
                            ("bob@elder.bank.example", False),
                            ("a@bank.example", True),
                            ("b@bank.example", False),
                            ("c@bank.example", False),
                            ("d@plain.example", False)):
            with self.subTest(path):
                sent = self.send("alice@example.org", path)
                self.assertEqual(sent.rcpts[0].code, 550 if moved else 250,
                                 str(sent.rcpts[0]))
                if moved:
                    self.assertIn("guaranteed for " + path.split("@")[1],
                                  str(sent.rcpts[0]))
                    self.assertIn("no rule binds", str(sent.rcpts[0]))
