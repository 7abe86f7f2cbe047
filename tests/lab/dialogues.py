"""SMTP dialogues that both MTAs must bring through the filter alike.

A mixin for a LiveCase whose rules are RULES; what only one of the MTAs does
stands in tests/postfix and tests/sendmail.
"""

import re

from lab import smtpclient

RULES = '''
    class "partner" { mode = "require" }
    policy "bank.example" { class = "partner" }
    policy "hr.example.org" { to = "require" from = "fallback-allowed" }
    policy "[192.0.2.1]" { class = "partner" }
'''


def needed(side, domain):
    """The refusal; Sendmail puts `<rcpt>... ` before its text."""
    return re.compile(
        r"550 5\.7\.10 (<[^>]*>\.\.\. )?Encryption needed: mail %s %s must "
        r"arrive over TLS" % (side, re.escape(domain)))


FROM_BANK = needed("from", "bank.example")


class Dialogues:
    def test_verdict_of_every_message_of_a_connection(self):
        client = self.session(self.tls())
        ids = set()
        for sender in ("a@bank.example", "a@else.example", "",
                       "a@bank.example"):
            message = self.delivered(self.send(sender, "bob@example.org",
                                               client=client))
            self.assert_verifies(message, "--rcpt", "bob@example.org")
            ids.add(self.stamp_of(message)["id"])
        self.assertEqual(len(ids), 4)

    def test_rset_forgets(self):
        """Sender and recipients of an abandoned transaction do not count."""
        client = self.session(self.tls())
        client.mail("a@bank.example")
        client.rcpt("eve@example.org")
        client.rset()
        message = self.delivered(self.send(
            "a@else.example", "bob@example.org", client=client))
        self.assert_verifies(message, "--rcpt", "bob@example.org")
        self.assertEqual(self.stamp_of(message)["sender"], "else.example")

    def test_second_ehlo_abandons_too(self):
        client = self.session(self.tls())
        client.mail("a@else.example")
        client.rcpt("eve@example.org")
        client.ehlo()
        message = self.delivered(self.send(
            "a@bank.example", "bob@example.org", client=client))
        self.assert_verifies(message, "--rcpt", "bob@example.org")

    def test_tls_begins_between_two_messages(self):
        """Plain first: what was plain stays unstamped and was refused."""
        client = self.session()
        sent = self.send("a@bank.example", "bob@example.org", client=client)
        self.assert_reply(sent.rcpts[0], FROM_BANK)
        plain = self.delivered(self.send("a@else.example", "bob@example.org",
                                         client=client))
        self.assertNotIn(b"Delivered-Securely", plain)
        self.assertEqual(client.starttls(self.tls()).code, 220)
        for second_ehlo in (False, True):
            if second_ehlo:
                client.ehlo()
            self.assert_verifies(self.delivered(self.send(
                "a@bank.example", "bob@example.org", client=client)))

    def test_starttls_that_the_mta_refuses(self):
        """Still in clear, then with TLS on the same connection."""
        client = self.session()
        self.assertIn(client.command("STARTTLS now").code, (501, 502))
        sent = self.send("a@bank.example", "bob@example.org", client=client)
        self.assert_reply(sent.rcpts[0], FROM_BANK)
        self.assertEqual(client.starttls(self.tls()).code, 220)
        client.ehlo()
        self.assert_verifies(self.delivered(self.send(
            "a@bank.example", "bob@example.org", client=client)))

    def test_handshake_that_fails(self):
        """No message gets past on that connection; the next one is good."""
        client = self.session()
        self.assertEqual(client.command("STARTTLS").code, 220)
        client.send(b"this is no TLS record, and never will be one\r\n")
        try:
            client.reply()
            while client.ehlo().code == 220:
                pass
            replies = [client.mail("a@bank.example"),
                       client.rcpt("bob@example.org")]
            self.assertGreaterEqual(replies[-1].code, 400, replies)
        except (EOFError, OSError, ValueError):
            pass  # the MTA hung up
        self.assert_verifies(self.delivered(self.send(
            "a@bank.example", "bob@example.org", tls=self.tls())))

    def test_pipelining(self):
        """Replies come in order, each of its own recipient."""
        text = smtpclient.message("pipelined dialogue").decode()
        for tls, want in ((None, [250, 550, 250, 550]),
                          (self.tls(), [250, 250, 250, 250])):
            client = self.session(tls)
            replies = client.pipeline(
                "MAIL FROM:<a@else.example>", "RCPT TO:<x@hr.example.org>",
                "RCPT TO:<y@example.org>", "RCPT TO:<z@hr.example.org>",
                "DATA")
            self.assertEqual([r.code for r in replies], want + [354])
            client.send(text.encode() + b".\r\nMAIL FROM:<a@bank.example>"
                        b"\r\nRCPT TO:<x@example.org>\r\nQUIT\r\n")
            self.assertEqual([client.reply().code for _ in range(4)],
                             [250, 250, 250 if tls else 550, 221])
        kept = self.sink.wait(2, about="pipelined dialogue")
        self.assertEqual(
            sorted(len(self.recipients_of(kept, stamped)) for stamped in
                   (False, True)), [1, 3])

    def recipients_of(self, messages, stamped):
        """An MTA may split a message by recipient domain."""
        return [r for m in messages for r in m.recipients
                if (b"Delivered-Securely" in m.data) == stamped]

    def test_dsn_parameters(self):
        """ORCPT names whom it likes; what counts is the recipient."""
        client = self.session()
        mail = client.mail("a@else.example", "RET=HDRS ENVID=QQ314159")
        self.assertEqual(mail.code, 250, str(mail))
        for address, orcpt, want in (
                ("b@example.org", "b@hr.example.org", 250),
                ("b@hr.example.org", "b@example.org", 550)):
            reply = client.rcpt(address, "NOTIFY=FAILURE,DELAY "
                                "ORCPT=rfc822;" + orcpt)
            self.assertEqual(reply.code, want, str(reply))
        client.rset()
        client = self.session(self.tls())
        sent = self.send("a@bank.example", "bob@example.org", client=client,
                         parameters="RET=FULL ENVID=b@evil.example SIZE=500")
        self.assert_verifies(self.delivered(sent), "--rcpt",
                             "bob@example.org")

    def test_null_sender(self):
        message = self.delivered(self.send("", "bob@example.org",
                                           tls=self.tls()))
        self.assert_verifies(message)
        self.assertEqual(self.stamp_of(message)["sender"], "-")
        plain = self.delivered(self.send("", "bob@example.org"))
        self.assertNotIn(b"Delivered-Securely", plain)
        sent = self.send("", "bob@hr.example.org")
        self.assert_reply(sent.rcpts[0], needed("to", "hr.example.org"))

    def test_odd_addresses_are_judged_in_clear(self):
        """Whatever the MTA takes is refused by the domain that it means."""
        for sender, want in (
                ("@relay.example:a@bank.example", FROM_BANK),
                ("@r1.example,@r2.example:a@bank.example", FROM_BANK),
                ('"a b"@bank.example', FROM_BANK),
                ('"a@else.example"@bank.example', FROM_BANK),
                ('"a\\"b"@bank.example', FROM_BANK),
                ("a@BANK.example.", FROM_BANK),
                ("a@[192.0.2.1]", needed("from", "[192.0.2.1]"))):
            with self.subTest(sender):
                client = self.session()
                mail = client.mail(sender)
                if mail.code == 250:
                    self.assert_reply(client.rcpt("b@example.org"), want)
                else:
                    self.assertIn(mail.code, (501, 553, 555), str(mail))

    def test_odd_recipients_are_judged_in_clear(self):
        for recipient in ("@relay.example:b@hr.example.org",
                          '"b b"@hr.example.org', '"b@x"@hr.example.org',
                          "b@HR.Example.Org", "b@x.hr.example.org"):
            with self.subTest(recipient):
                client = self.session()
                client.mail("a@else.example")
                reply = client.rcpt(recipient)
                if "Encryption" in str(reply):
                    self.assert_reply(reply, needed("to", "hr.example.org"))
                else:  # the MTA's own no, never a yes
                    self.assertGreaterEqual(reply.code, 450, str(reply))

    def test_odd_addresses_are_stamped(self):
        for sender, recipient, domain in (
                ('"a b"@bank.example', '"b b"@example.org', "bank.example"),
                ("@relay.example:a@bank.example", "bob@example.org",
                 "bank.example"),
                ("a@[192.0.2.1]", "bob@example.org", "[192.0.2.1]")):
            with self.subTest(sender):
                message = self.delivered(self.send(
                    sender, recipient, tls=self.tls(),
                    author="a@bank.example", to="bob@example.org"))
                self.assert_verifies(message, "--rcpt", recipient)
                self.assertEqual(self.stamp_of(message)["sender"], domain)

    def test_requiretls_is_refused_by_the_mta(self):
        """Neither Postfix 3.7 nor Sendmail 8.17 knows RFC 8689: the word
        never reaches a filter, and the mail is not let past."""
        for tls in (None, self.tls()):
            client = self.session(tls)
            self.assertNotIn("REQUIRETLS", client.ehlo().lines)
            reply = client.mail("a@else.example", "REQUIRETLS")
            self.assertEqual(reply.code, 555, str(reply))
            self.assert_accepted(self.send("a@else.example",
                                           "bob@example.org", client=client))
