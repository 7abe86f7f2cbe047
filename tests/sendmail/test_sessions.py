"""Odd and long SMTP dialogues through Sendmail."""

from lab.dialogues import RULES, Dialogues
from lab.livecase import SendmailCase


class Sessions(Dialogues, SendmailCase):
    rules = RULES

    def test_what_sendmail_does_not_offer(self):
        """No SMTPUTF8, no CHUNKING: refused by Sendmail itself."""
        client = self.session(self.tls())
        words = " ".join(client.ehlo().lines)
        self.assertNotIn("SMTPUTF8", words)
        self.assertNotIn("CHUNKING", words)
        self.assertEqual(client.mail("a@else.example", "SMTPUTF8").code, 555)
        client.mail("a@bank.example")
        client.rcpt("bob@example.org")
        self.assertEqual(client.command("BDAT 0 LAST").code, 500)
        client.rset()
        self.assert_verifies(self.delivered(self.send(
            "a@bank.example", "bob@example.org", client=client)))

    def test_8bit(self):
        for name, parameters, body in (
                ("8BITMIME", "BODY=8BITMIME", "Gr\u00fc\u00dfe \u20ac\r\n"),
                ("undeclared", "", "Gr\u00fc\u00dfe\r\n"),
                ("declared 7 bit", "BODY=7BIT", "plain\r\n")):
            with self.subTest(name):
                self.assert_verifies(self.delivered(self.send(
                    "a@bank.example", "bob@example.org", tls=self.tls(),
                    parameters=parameters, body=body)))
