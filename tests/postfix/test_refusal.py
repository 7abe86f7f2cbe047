"""What breaks policy is refused at RCPT with the replies of the manual."""

import re
import ssl

from lab import command
from lab.livecase import PostfixCase

NEEDED = "550 5.7.10 Encryption needed: "


def arrive(side, domain):
    return NEEDED + "mail %s %s must arrive over TLS" % (side, domain)


class Clear(PostfixCase):
    main = {"mydestination": "example.org, hr.example.org, help.example"}
    rules = '''
        class "partner" { mode = "require" }
        policy "bank.example" { class = "partner" }
        policy "narrow.example" { class = "partner" subdomains = false }
        policy "hr.example.org" { to = "require" from = "fallback-allowed" }
        policy "later.example" { class = "partner" action = "defer" }
        policy "soft.example" { mode = "prefer" }
        policy "help.example" { class = "partner"
                                help-url = "https://help.example/tls" }
        policy "watched.example" { class = "partner" operation = "observe" }
        policy "counted.example" { class = "partner" operation = "stamp" }
        policy "boss.example" { from = "require" header-from = true }
        policy "b\u00e4nk.example" { class = "partner" }
        client "127.0.0.9" { class = "partner" }
    '''

    def test_replies_in_clear(self):
        later = arrive("from", "later.example").replace("550 5", "451 4")
        for name, sender, recipient, want in (
                ("from", "a@bank.example", "b@example.org",
                 arrive("from", "bank.example")),
                ("from below", "a@x.bank.example", "b@example.org",
                 arrive("from", "bank.example")),
                ("upper case", "a@BANK.Example", "b@example.org",
                 arrive("from", "bank.example")),
                ("quoted", '"a b"@bank.example', "b@example.org",
                 arrive("from", "bank.example")),
                ("to", "a@else.example", "b@hr.example.org",
                 arrive("to", "hr.example.org")),
                ("defer", "a@later.example", "b@example.org", later),
                ("help", "a@help.example", "b@example.org",
                 arrive("from", "help.example").replace("550 ", "550-")
                 + "\n550 5.7.10 https://help.example/tls")):
            with self.subTest(name):
                sent = self.send(sender, recipient)
                self.assert_reply(sent.rcpts[0], want)

    def test_international_domain(self):
        """Written as U-label or A-label, the reply has the A-label."""
        for sender, parameters in (
                ("a@b\u00e4nk.example", "SMTPUTF8"),
                ("a@B\u00c4NK.example", "SMTPUTF8"),
                ("a@xn--bnk-qla.example", "")):
            with self.subTest(sender):
                sent = self.send(sender, "b@example.org", author="a@x.example",
                                 parameters=parameters)
                self.assert_reply(sent.rcpts[0],
                                  arrive("from", "xn--bnk-qla.example"))

    def test_explain_says_the_same(self):
        for sender, recipient in (("a@bank.example", "b@example.org"),
                                  ("a@else.example", "b@hr.example.org"),
                                  ("a@later.example", "b@example.org")):
            with self.subTest(sender):
                reply = str(self.send(sender, recipient).rcpts[0])
                done = command.hopseal(
                    "explain", "-c", self.daemon.file, "--from", sender,
                    "--to", recipient, "--plain")
                self.assertIn(reply, done.stdout.decode(),
                              done.stderr.decode())

    def test_accepted_in_clear(self):
        for name, sender, recipient in (
                ("no rule", "a@else.example", "b@example.org"),
                ("a name that only ends alike", "a@notbank.example",
                 "b@example.org"),
                ("no subdomains", "a@x.narrow.example", "b@example.org"),
                ("null sender", "", "b@example.org"),
                ("prefer without history", "a@soft.example",
                 "b@example.org"),
                ("observed", "a@watched.example", "b@example.org"),
                ("stamp only", "a@counted.example", "b@example.org"),
                ("exempt", "a@bank.example", "postmaster@example.org"),
                ("exempt in any case", "a@bank.example",
                 "PostMaster@example.org")):
            with self.subTest(name):
                sent = self.send(sender, recipient)
                self.assert_accepted(sent)
                self.assertNotIn(b"Delivered-Securely",
                                 self.delivered(sent))

    def test_odd_arguments_do_not_slip_through(self):
        """Forms of one address that the MTA takes, or refuses itself."""
        for address in ("a@bank.example(c)", "a@ bank . example",
                        "<a@bank.example>", "a@bank.example>junk",
                        "@relay.example:a@bank.example", "a@bank.example."):
            with self.subTest(address):
                client = self.session()
                mail = client.mail(address)
                if mail.code == 250:
                    self.assert_reply(client.rcpt("b@example.org"),
                                      arrive("from", "bank.example"))
                else:
                    self.assertIn(mail.code, (501, 555, 553), str(mail))

    def test_one_of_three_recipients(self):
        sent = self.send("a@else.example", [
            "x@example.org", "y@hr.example.org", "z@example.org"])
        self.assertEqual([r.code for r in sent.rcpts], [250, 550, 250])
        self.assert_reply(sent.rcpts[1], arrive("to", "hr.example.org"))
        self.delivered(sent)
        message = self.sink.wait(about=sent.subject)[0]
        self.assertEqual(sorted(message.recipients),
                         ["x@example.org", "z@example.org"])

    def test_header_from_is_refused_at_the_end(self):
        for name, field, want in (
                ("named", "boss@boss.example", 550),
                ("below", "boss@x.boss.example", 550),
                ("another", "boss@else.example", 250)):
            with self.subTest(name):
                sent = self.send("a@else.example", "b@example.org",
                                 author=field)
                self.assertEqual(sent.rcpts[0].code, 250)
                self.assertEqual(sent.final.code, want, str(sent.final))
                if want == 550:
                    self.assert_reply(sent.final,
                                      arrive("from", "boss.example"))

    def test_client_rule(self):
        sent = self.send("a@else.example", "b@example.org",
                         source="127.0.0.9")
        self.assert_reply(sent.rcpts[0],
                          arrive("from client", "127.0.0.9"))
        sent = self.send("a@else.example", "b@example.org", tls=self.tls(),
                         source="127.0.0.9")
        self.assert_accepted(sent)

    def test_session_goes_on_after_refusals(self):
        """RSET, another sender, and back: each message has its verdict."""
        client = self.session()
        for sender, want in (("a@bank.example", 550), ("a@else.example", 250),
                             ("a@bank.example", 550), ("", 250)):
            sent = self.send(sender, "b@example.org", client=client)
            self.assertEqual(sent.rcpts[0].code, want, str(sent.rcpts[0]))

    def test_pipelined(self):
        client = self.session()
        replies = client.pipeline("MAIL FROM:<a@bank.example>",
                                  "RCPT TO:<b@example.org>",
                                  "RCPT TO:<postmaster@example.org>",
                                  "RSET",
                                  "MAIL FROM:<a@else.example>",
                                  "RCPT TO:<b@example.org>")
        self.assertEqual([r.code for r in replies],
                         [250, 550, 250, 250, 250, 250])

    def test_sendmail_command_is_not_judged(self):
        """non_smtpd_milters see a session from 127.0.0.1 that never was."""
        self.mta.submit("a@bank.example", ["b@hr.example.org"],
                        b"From: a@bank.example\nSubject: by hand\n\nhi\n")
        message = self.sink.wait(about="Subject: by hand")[0]
        self.assertNotIn(b"Delivered-Securely", message.data)

    def test_log_names_no_local_part(self):
        self.send("secretive@bank.example", "hidden@example.org")
        self.delivered(self.send("secretive@bank.example",
                                 "hidden@example.org", tls=self.tls()))
        self.daemon.wait_log("bank.example")
        for word in ("secretive", "hidden"):
            self.assertNotIn(word, self.daemon.log())


class Levels(PostfixCase):
    main = {"smtpd_tls_protocols": ">=TLSv1",
            "smtpd_tls_mandatory_protocols": ">=TLSv1",
            "smtpd_tls_ciphers": "medium",
            "tls_medium_cipherlist": "ALL:@SECLEVEL=0",
            "smtpd_tls_exclude_ciphers": ""}
    rules = '''
        class "partner" { mode = "require" }
        policy "bank.example" { class = "partner" }
        policy "new.example" { class = "partner" min-tls = "1.3" }
        policy "old.example" { class = "partner" min-tls = "1.0"
                               ciphers = "any" }
        policy "bits.example" { class = "partner" min-bits = 256 }
        policy "aead.example" { class = "partner" ciphers = "bcp195" }
        policy "example.org" { mode = "fallback-allowed" min-tls = "1.0"
                               ciphers = "any" }
        policy "*" { mode = "fallback-allowed" }
    '''
    old = ssl.TLSVersion.TLSv1_1
    tls12 = ssl.TLSVersion.TLSv1_2

    def asks(self, domain, used, wanted="1.2"):
        return NEEDED + ("%s asks for TLS %s or later, this session used %s"
                         % (domain, wanted, used))

    def test_rows(self):
        def some(domain):
            return re.compile(re.escape(NEEDED + domain) + " asks for .+")
        for name, sender, version, ciphers, want in (
                ("1.1 is old", "bank.example", self.old, None,
                 self.asks("bank.example", "TLSv1.1")),
                ("1.1 will do", "old.example", self.old, None, None),
                ("1.2", "bank.example", self.tls12,
                 "ECDHE-RSA-AES128-GCM-SHA256", None),
                ("1.2 for 1.3", "new.example", self.tls12, None,
                 self.asks("new.example", "TLSv1.2", "1.3")),
                ("1.3", "new.example", None, None, None),
                ("128 bits", "bits.example", self.tls12,
                 "ECDHE-RSA-AES128-GCM-SHA256", some("bits.example")),
                ("256 bits", "bits.example", self.tls12,
                 "ECDHE-RSA-AES256-GCM-SHA384", None),
                ("no forward secrecy", "bank.example", self.tls12,
                 "AES256-GCM-SHA384", some("bank.example")),
                ("any cipher", "old.example", self.tls12,
                 "AES256-GCM-SHA384", None),
                ("CBC", "aead.example", self.tls12,
                 "ECDHE-RSA-AES256-SHA384:@SECLEVEL=0",
                 some("aead.example")),
                ("CBC will do", "bank.example", self.tls12,
                 "ECDHE-RSA-AES256-SHA384:@SECLEVEL=0", None)):
            with self.subTest(name):
                sent = self.send("a@" + sender, "b@example.org",
                                 tls=self.tls(None, version, ciphers))
                if want is None:
                    self.assert_accepted(sent)
                    self.assert_verifies(self.delivered(sent))
                else:
                    self.assert_reply(sent.rcpts[0], want)

    def test_fallback_below_the_level_is_unstamped(self):
        sent = self.send("a@else.example", "b@example.org",
                         tls=self.tls(None, self.old))
        self.assertNotIn(b"Delivered-Securely", self.delivered(sent))

    def test_starttls_without_second_ehlo(self):
        client = self.session(self.tls(), second_ehlo=False)
        sent = self.send("a@bank.example", "b@example.org", client=client)
        self.assert_accepted(sent)
        self.assert_verifies(self.delivered(sent))
        again = self.send("a@bank.example", "b@example.org", client=client)
        self.assert_verifies(self.delivered(again))

    def test_requiretls(self):
        """Postfix 3.7 does not know the word and refuses it itself; a later
        one passes it on, and then the refusal is ours."""
        client = self.session()
        knows = "REQUIRETLS" in client.ehlo().lines
        mail = client.mail("a@else.example", "REQUIRETLS")
        if knows:
            self.assert_reply(client.rcpt("b@example.org"),
                              NEEDED + "the sender asked for REQUIRETLS")
        else:
            self.assertEqual(mail.code, 555, str(mail))
