"""Mail by hand, and mail of a trusted relay, through Sendmail."""

from lab import command
from lab.dialogues import FROM_BANK
from lab.livecase import FORGED, SendmailCase

RULES = 'policy "bank.example" { mode = "require" }'


class Local(SendmailCase):
    rules = RULES

    def test_sendmail_command(self):
        """Sendmail shows it to no filter: not judged, stamps are kept."""
        self.mta.submit("a@bank.example", ["bob@example.org"], (
            FORGED % "example.org").replace("\r\n", "\n").encode()
            + b"\nFrom: a@bank.example\nSubject: by hand\n\nhi\n")
        message = self.sink.wait(about="Subject: by hand")[0].data
        self.assertEqual(len(command.stamps(message)), 1)
        self.assertEqual(command.verify(message, self.keys)[0] != 0, True)


class Trusted(SendmailCase):
    rules = RULES
    settings = {"trusted-hosts": '{"127.0.0.5/32"}'}

    def test_trusted_relay(self):
        """Neither refused nor stamped; the stamps that it brings stay."""
        for tls in (None, self.tls()):
            message = self.delivered(self.send(
                "a@bank.example", "bob@example.org", tls=tls,
                source="127.0.0.5", fields=[FORGED % "example.org"]))
            self.assertEqual(len(command.stamps(message)), 1)
        sent = self.send("a@bank.example", "bob@example.org")
        self.assert_reply(sent.rcpts[0], FROM_BANK)

    def test_stamp_survives_the_way_back(self):
        """A content filter behind us: in again from a trusted host."""
        first = self.delivered(self.send("a@bank.example", "bob@example.org",
                                         tls=self.tls()))
        client = self.session(source="127.0.0.5")
        client.mail("a@bank.example")
        client.rcpt("bob@example.org")
        again = first.replace(b"Received:", b"Received: twice\r\nReceived:",
                              1)
        self.assertEqual(client.data(again).code, 250)
        message = self.sink.wait(about="Received: twice")[0].data
        self.assertEqual(len(command.stamps(message)), 1)
        self.assert_verifies(message, "--rcpt", "bob@example.org")
