"""Sendmail: refusal, stamp, strip and identity on what it delivers."""

import re

from lab import command
from lab.livecase import FORGED, SendmailCase


def refusal(code, status, text):
    """Sendmail puts `<rcpt>... ` before the text of a 5xx at RCPT."""
    return re.compile(r"%d %s (<[^>]*>\.\.\. )?%s"
                      % (code, re.escape(status), re.escape(text)))


def arrive(side, domain):
    return "Encryption needed: mail %s %s must arrive over TLS" % (
        side, domain)


class Basics(SendmailCase):
    rules = '''
        class "partner" { mode = "require" }
        policy "bank.example" { class = "partner" }
        policy "hr.example.org" { to = "require" from = "fallback-allowed" }
        policy "later.example" { class = "partner" action = "defer" }
        policy "boss.example" { from = "require" header-from = true }
        policy "trusted.example" { class = "partner" peer = "trusted" }
        policy "named.example" { class = "partner" peer = "named"
                                 peer-names = {"*.named.example"} }
    '''

    def test_replies_in_clear(self):
        for name, sender, recipient, want in (
                ("from", "a@bank.example", "b@example.org",
                 refusal(550, "5.7.10", arrive("from", "bank.example"))),
                ("to", "a@else.example", "b@hr.example.org",
                 refusal(550, "5.7.10", arrive("to", "hr.example.org"))),
                ("defer", "a@later.example", "b@example.org",
                 refusal(451, "4.7.10", arrive("from", "later.example")))):
            with self.subTest(name):
                sent = self.send(sender, recipient)
                self.assert_reply(sent.rcpts[0], want)

    def test_accepted_in_clear(self):
        for name, sender, recipient in (
                ("no rule", "a@else.example", "b@example.org"),
                ("null sender", "", "b@example.org"),
                ("exempt", "a@bank.example", "postmaster@example.org")):
            with self.subTest(name):
                sent = self.send(sender, recipient)
                self.assert_accepted(sent)
                self.assertNotIn(b"Delivered-Securely",
                                 self.delivered(sent))

    def test_one_of_three_recipients(self):
        sent = self.send("a@else.example", [
            "x@example.org", "y@hr.example.org", "z@example.org"])
        self.assertEqual([r.code for r in sent.rcpts], [250, 550, 250])
        self.delivered(sent)
        message = self.sink.wait(about=sent.subject)[0]
        self.assertEqual(sorted(message.recipients),
                         ["x@example.org", "z@example.org"])

    def final(self, form):
        """The last reply to a message in clear with that From field."""
        client = self.session()
        client.mail("a@else.example")
        client.rcpt("b@example.org")
        return client.data(("From: %s\r\nTo: <b@example.org>\r\n"
                            "Subject: from\r\n\r\nHello.\r\n"
                            % form).encode())

    def test_header_from_is_refused_at_the_end(self):
        """Sendmail takes VT and FF out of addresses, and makes an `@` of the
        last % or the first ! where there is none."""
        for form in ("<boss@boss.example>", "<boss@boss.example\v>",
                     "<boss@boss\f.example>", "<boss@\vboss.example>",
                     "boss%boss.example", "boss.example!boss",
                     "x%y%boss.example", "Big Boss <boss%boss.example>",
                     "Big Boss <boss.example!boss>",
                     '"x@y"%boss.example', 'boss.example!"x@y"',
                     "x@else.example, boss.example!boss",
                     "Big boss.example!boss",
                     "boss.example!" + 3000 * "b",
                     "boss.example!" + 600 * " b",
                     3000 * "b" + "%boss.example"):
            with self.subTest(form):
                final = self.final(form)
                self.assertEqual(final.code, 550, str(final))

    def test_header_from_of_others_passes(self):
        for form in ("boss%boss.example@else.example", "100%!",
                     "boss.example!boss@else.example",
                     '"boss%boss.example" <x@else.example>'):
            with self.subTest(form):
                final = self.final(form)
                self.assertEqual(final.code, 250, str(final))

    def test_explained(self):
        """Sendmail's own Received field is the hop of the stamp."""
        message = self.delivered(self.send(
            "a@bank.example", "bob@example.org", tls=self.tls()))
        code, words = command.verify(message, self.keys, "--explain")
        self.assertEqual(code, 0, words)
        self.assertRegex(words, r"and later:\n   1  \S+: from \S+ "
                         r"\[127\.0\.0\.1\], over TLS \(TLSv1\.3, "
                         r"TLS_AES_256_GCM_SHA384, 256 bits\); ")

    def test_delivered_stamp_verifies(self):
        sent = self.send("a@bank.example", "bob@example.org", tls=self.tls())
        message = self.delivered(sent)
        self.assert_verifies(message, "--rcpt", "bob@example.org")
        tags = self.stamp_of(message)
        for tag, want in (("tls", "TLSv1.3"), ("bits", "256"),
                          ("cert", "none"), ("ip", "127.0.0.1"),
                          ("sender", "bank.example"), ("mode", "require"),
                          ("id", sent.final.lines[0].split()[1])):
            self.assertEqual(tags.get(tag), want, tag)
        names = [line.split(b":")[0] for line in
                 message.partition(b"\r\n\r\n")[0].split(b"\r\n")
                 if line[:1] not in b" \t"]
        self.assertEqual(names[:2], [b"Received", b"Delivered-Securely"])

    def test_what_sendmail_rewrites(self):
        for name, fields, to in (
                ("no space after the comma", (),
                 "bob@example.org>,<joe@example.org"),
                ("Cc", ("Cc: a@example.org,b@example.org",),
                 "bob@example.org"),
                ("Reply-To", ("Reply-To: a@example.org , b@example.org",),
                 "bob@example.org"),
                ("final dot", ("Cc: a@example.org.",), "bob@example.org"),
                ("no domain", ("Cc: root",), "bob@example.org"),
                ("folded", ("Cc: a@example.org,\r\n\tb@example.org",),
                 "bob@example.org")):
            with self.subTest(name):
                self.assert_verifies(self.delivered(self.send(
                    "a@bank.example", ["bob@example.org"], tls=self.tls(),
                    fields=fields, to=to)))

    def test_missing_date_and_message_id(self):
        client = self.session(self.tls())
        client.mail("a@bank.example")
        client.rcpt("bob@example.org")
        final = client.data(b"From: <a@bank.example>\r\n"
                            b"Subject: without date\r\n\r\nhi\r\n")
        self.assertEqual(final.code, 250, str(final))
        message = self.sink.wait(about="Subject: without date")[0].data
        self.assertIn(b"\r\nMessage-Id:", message)
        self.assert_verifies(message)

    def test_without_second_ehlo(self):
        client = self.session(self.tls(), second_ehlo=False)
        for _ in range(2):
            sent = self.send("a@bank.example", "b@example.org",
                             client=client)
            self.assert_accepted(sent)
            self.assert_verifies(self.delivered(sent))

    def test_session_goes_on_after_refusals(self):
        client = self.session()
        for sender, want in (("a@bank.example", 550), ("a@else.example", 250),
                             ("a@bank.example", 550), ("", 250)):
            sent = self.send(sender, "b@example.org", client=client)
            self.assertEqual(sent.rcpts[0].code, want, str(sent.rcpts[0]))

    def test_forged_stamps_go_and_foreign_ones_stay(self):
        ours, theirs = FORGED % "example.org", FORGED % "partner.example"
        for name, fields, tls, left in (
                ("ours", [ours], None, []),
                ("several", [ours] * 3, None, []),
                ("unparsable", ["Delivered-Securely: yes, very"], None, []),
                ("between foreign ones", [theirs, ours, theirs], None,
                 ["partner.example"] * 2),
                ("over TLS", [ours, theirs, ours], self.tls(),
                 ["example.org", "partner.example"])):
            with self.subTest(name):
                message = self.delivered(self.send(
                    "a@else.example", "bob@example.org", tls=tls,
                    fields=fields))
                self.assertEqual([command.tags(s)["d"]
                                  for s in command.stamps(message)], left)
                if tls:
                    code, words = command.verify(
                        message, self.keys, "--trust", "example.org")
                    self.assertEqual(code, 0, words)

    def test_identity(self):
        asks = "%s asks for a client certificate that is %s"
        for name, sender, kind, cn, want in (
                ("none", "trusted.example", None, "", "trusted"),
                ("trusted", "trusted.example", "client",
                 "mail.other.example", None),
                ("impostor", "trusted.example", "impostor",
                 "mail.trusted.example", "trusted"),
                ("named", "named.example", "client",
                 "mx1.named.example", None),
                ("impostor of a name", "named.example", "impostor",
                 "mx1.named.example", "trusted"),
                ("other name", "named.example", "client",
                 "mail.other.example", "named *.named.example")):
            with self.subTest(name):
                pair = getattr(self.shop, kind)(cn) if kind else None
                sent = self.send("a@" + sender, "bob@example.org",
                                 tls=self.tls(pair))
                if want:
                    self.assert_reply(sent.rcpts[0], refusal(
                        550, "5.7.1", asks % (sender, want)))
                else:
                    self.assert_accepted(sent)
                    tags = self.stamp_of(self.delivered(sent))
                    self.assertEqual((tags["cert"], tags["cn"]),
                                     ("trusted", cn))

    def test_failed_certificate_is_called_so(self):
        sent = self.send("a@else.example", "bob@example.org", tls=self.tls(
            self.shop.impostor("mail.trusted.example")))
        tags = self.stamp_of(self.delivered(sent))
        self.assertEqual((tags["cert"], "cn" in tags), ("failed", False))


class Inet(SendmailCase):
    inet = True
    rules = 'policy "bank.example" { mode = "require" }'

    def test_refuses_and_stamps(self):
        sent = self.send("a@bank.example", "b@example.org")
        self.assert_reply(sent.rcpts[0], refusal(
            550, "5.7.10", arrive("from", "bank.example")))
        message = self.delivered(self.send("a@bank.example", "b@example.org",
                                           tls=self.tls()))
        self.assert_verifies(message)
