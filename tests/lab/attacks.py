"""What strangers try on a listener, the same on every MTA.

A mixin for a LiveCase with a rule that bank.example requires TLS.  None of
it may bring mail in clear from bank.example, or a stamp that is not earned.
"""

import re

from lab import command
from lab.livecase import FORGED

# How a sender of bank.example may be written, or seem to be one.
SENDERS = (
    "a@bank.example", "a@BANK.Example", "a@bank.example.",
    "@evil.example:a@bank.example", "@evil.example,@x.example:a@bank.example",
    '"a b"@bank.example', "a@sub.bank.example", "a@bank.example@evil.example",
    '"a@bank.example"@evil.example', "a%bank.example@evil.example",
    "bank.example!a@evil.example", "a@evil.example@bank.example",
    "evil.example!a@bank.example", "a@[bank.example]", "a@bank..example",
    "a@[mx.bank.example]", "a@" + 140 * "." + "bank.example",
    "a@x*y.bank.example", "a@a/b.bank.example", "a@{x}.bank.example",
    "a@#1.bank.example", "a@\u00e9!.bank.example",
    "a@\U0001f4a9.bank.example",
    "a@bank.example ", " a@bank.example", "a@bank.example\t", "a@bank.exampl",
)

MESSAGE = ("MAIL FROM:<a@bank.example>\r\nRCPT TO:<b@example.org>\r\n"
           "DATA\r\nSubject: injected\r\n\r\nx\r\n.\r\n")


def is_bank(sender):
    """Is that address, as the MTA hands it on, one of bank.example?"""
    domain = sender.strip("<> ").rpartition("@")[2].lower()
    domain = domain.strip("[]").rstrip(".")     # the host, to Sendmail
    return domain == "bank.example" or domain.endswith(".bank.example")


class Attacks:
    rules = 'policy "bank.example" { mode = "require" }'

    def envelopes(self):
        return [message.sender for message in self.sink.messages]

    def test_every_way_to_write_a_sender(self):
        for sender in SENDERS:
            with self.subTest(sender):
                before = len(self.sink.messages)
                sent = self.send(sender, "b@example.org",
                                 author="a@evil.example")
                if sent.final is None or sent.final.code != 250:
                    continue
                self.delivered(sent)
                for seen in self.envelopes()[before:]:
                    self.assertFalse(is_bank(seen), seen)
        sent = self.send("a@bank.example.", "b@example.org")
        self.assertNotEqual((sent.rcpts or [sent.mail])[0].code, 250)

    def test_look_alikes_are_other_domains(self):
        """They pass, and are never counted or stamped as bank.example."""
        for domain in ("xn--bnk-8cd.example", "bank-example.test",
                       "bank.example.evil.test", "notbank.example"):
            with self.subTest(domain):
                sent = self.send("a@" + domain, "b@example.org",
                                 author="a@" + domain, tls=self.tls())
                tags = self.stamp_of(self.delivered(sent))
                self.assertEqual(tags["sender"], domain)

    def test_text_behind_starttls(self):
        """Commands sent in clear with STARTTLS are not taken as TLS's."""
        before = len(self.sink.messages)
        client = self.session()
        client.send(("STARTTLS\r\n" + MESSAGE).encode())
        if client.reply().code == 220:
            try:
                client.socket = self.tls().wrap_socket(client.socket)
                client.lines = client.socket.makefile("rb")
                client.ehlo()
                # No transaction is open from before.
                self.assertNotEqual(client.command("RCPT TO:<b@example.org>")
                                    .code, 250)
            except (OSError, EOFError):
                pass
        sent = self.send("a@else.example", "b@example.org")
        self.delivered(sent)
        for message in self.sink.messages[before:]:
            self.assertNotIn(b"Subject: injected", message.data)

    def test_xclient_is_not_for_strangers(self):
        client = self.session()
        reply = client.command("XCLIENT ADDR=127.0.0.1 LOGIN=root "
                               "PROTO=ESMTP NAME=mx.bank.example")
        self.assertNotEqual(reply.code, 220)
        sent = self.send("a@bank.example", "b@example.org", client=client)
        self.assertNotEqual((sent.rcpts or [sent.mail])[0].code, 250)

    def test_a_name_that_would_be_more_than_a_name(self):
        """A client certificate may say what it likes; it stays one tag."""
        pair = self.shop.client(
            "evil", label="evil-cn",
            subject="/CN=evil; d=other.example; sender=bank.example; x=y")
        message = self.delivered(self.send(
            "a@else.example", "b@example.org", tls=self.tls(pair)))
        tags = self.stamp_of(message)
        self.assertEqual((tags["d"], tags["sender"]),
                         ("example.org", "else.example"))
        self.assert_verifies(message)
        self.assertEqual(len(re.findall(rb"(?im)^delivered-securely:",
                                        message)), 1)

    def test_a_greeting_that_would_be_a_header(self):
        client = self.session()
        client.command("EHLO x;d=other.example")
        client.command("HELO [x]\x0bDelivered-Securely:v=1")
        sent = self.send("a@else.example", "b@example.org", client=client)
        if sent.final and sent.final.code == 250:
            self.assertEqual(command.stamps(self.delivered(sent)), [])

    def test_a_stamp_sent_again(self):
        """What we stamped once is no stamp for what comes later."""
        stamped = self.delivered(self.send(
            "a@else.example", "b@example.org", tls=self.tls()))
        field = re.search(rb"(?ims)^delivered-securely:.*?\r\n(?=\S)",
                          stamped).group(0).decode().rstrip("\r\n")
        again = self.delivered(self.send(
            "a@else.example", "b@example.org", fields=[field]))
        self.assertEqual(command.stamps(again), [])
        # Over TLS there is one, and it is a new one.
        again = self.delivered(self.send(
            "a@else.example", "b@example.org", tls=self.tls(),
            fields=[field] * 5))
        self.assertEqual(len(command.stamps(again)), 1)
        self.assertNotIn(self.stamp_of(stamped)["b"],
                         again.decode(errors="replace").replace("\r\n", ""))

    def test_a_field_in_pieces(self):
        """A forged stamp that is folded, spaced or doubled in odd ways."""
        forged = FORGED % "example.org"
        name, _, value = forged.partition(":")
        for field in (forged, name.upper() + ":" + value,
                      name + " :" + value, name + ":\r\n\t" + value.strip(),
                      name + ":" + value + "\r\n" + forged,
                      name + ": v=1;\r\n d=exam\r\n\tple.org;\r\n b=AAAA"):
            with self.subTest(field[:40]):
                sent = self.send("a@else.example", "b@example.org",
                                 fields=[field])
                if sent.final and sent.final.code == 250:
                    self.assertEqual(command.stamps(self.delivered(sent)),
                                     [])
