"""Odd and long SMTP dialogues through Postfix."""

import os

from lab import saslserver, smtpclient
from lab.dialogues import FROM_BANK, RULES, Dialogues
from lab.livecase import PostfixCase


class Sessions(Dialogues, PostfixCase):
    main = {"mydestination": "example.org, hr.example.org, "
                             "x.hr.example.org"}
    rules = RULES

    def test_smtputf8(self):
        """The address of the message is not ASCII, the stamp is."""
        sender = "j\u00fcrgen@b\u00e4nk.example"
        for tls in (None, self.tls()):
            sent = self.send(sender, "b\u00f6b@example.org", tls=tls,
                             parameters="SMTPUTF8", author=sender)
            message = self.delivered(sent)
            if tls:
                self.assert_verifies(message, "--rcpt",
                                     "b\u00f6b@example.org")
                self.assertEqual(self.stamp_of(message)["sender"],
                                 "xn--bnk-qla.example")
            else:
                self.assertNotIn(b"Delivered-Securely", message)

    def test_chunks(self):
        """BDAT: refused in clear, stamped in TLS, two on a connection."""
        for tls in (None, self.tls()):
            client = self.session(tls)
            for number in (1, 2):
                subject = "chunk %d %s" % (number, bool(tls))
                text = smtpclient.message(subject, author="a@bank.example",
                                          body="\u00fc\r\n.\r\n..x\r\n")
                replies = client.pipeline("MAIL FROM:<a@bank.example> "
                                          "BODY=8BITMIME",
                                          "RCPT TO:<bob@example.org>")
                if not tls:
                    self.assert_reply(replies[1], FROM_BANK)
                    client.rset()
                    continue
                client.send(b"BDAT 10\r\n" + text[:10]
                            + b"BDAT %d\r\n" % (len(text) - 10) + text[10:]
                            + b"BDAT 0 LAST\r\n")
                self.assertEqual([client.reply().code for _ in range(3)],
                                 [250] * 3)
                self.assert_verifies(self.sink.wait(
                    about="Subject: %s\r\n" % subject)[0].data)


class Auth(PostfixCase):
    """Who has logged in is judged like anybody else."""
    rules = '''policy "bank.example" { mode = "require" }
               policy "example.org" { from = "require" to = "prefer" }'''
    main = {"smtpd_sasl_auth_enable": "yes", "smtpd_sasl_type": "dovecot",
            "smtpd_relay_restrictions":
                "permit_sasl_authenticated, reject_unauth_destination"}

    @classmethod
    def make_mta(cls):
        path = os.path.join(cls.workdir.path, "sasl")
        cls.enterClassContext(saslserver.SaslServer(path))
        cls.main = {**cls.main, "smtpd_sasl_path": path}
        return super().make_mta()

    def login(self, client):
        reply = client.command("AUTH PLAIN " + saslserver.PLAIN)
        self.assertEqual(reply.code, 235, str(reply))

    def test_in_clear(self):
        client = self.session()
        self.login(client)
        sent = self.send("a@bank.example", "bob@example.org", client=client)
        self.assert_reply(sent.rcpts[0], FROM_BANK)
        sent = self.send("a@else.example", "bob@far.example", client=client)
        self.assertNotIn(b"Delivered-Securely", self.delivered(sent))

    def test_before_and_after_starttls(self):
        for name, before, ehlo, after in (
                ("after", False, True, True),
                ("before", True, True, False),
                ("before, no second EHLO", True, False, False),
                ("both", True, True, True),
                ("after, no second EHLO", False, False, True)):
            with self.subTest(name):
                client = self.session()
                if before:
                    self.login(client)
                self.assertEqual(client.starttls(self.tls()).code, 220)
                if ehlo:
                    client.ehlo()
                if after:
                    client.command("AUTH PLAIN " + saslserver.PLAIN)
                self.assert_verifies(self.delivered(self.send(
                    "a@bank.example", "bob@example.org", client=client)))

    def test_wrong_password(self):
        client = self.session(self.tls())
        self.assertEqual(client.command("AUTH PLAIN AGEAYg==").code, 535)
        sent = self.send("a@example.org", "bob@far.example", client=client)
        self.assertEqual(sent.rcpts[0].code, 554)
