"""Client certificates: trusted, named, impostors, and what the stamp says."""

from lab.livecase import PostfixCase

ASKS = "550 5.7.1 %s asks for a client certificate that is %s"


class Peer(PostfixCase):
    rules = '''
        class "partner" { mode = "require" }
        policy "bank.example" { class = "partner" peer = "trusted" }
        policy "named.example" { class = "partner" peer = "named"
                                 peer-names = {"*.named.example"} }
        policy "own.example" { class = "partner" peer = "named" }
        policy "later.example" { class = "partner" peer = "trusted"
                                 action = "defer" }
    '''

    def pair(self, kind, name):
        if kind is None:
            return None
        return getattr(self.shop, kind)(name)

    def test_rows(self):
        trusted, named = "trusted", "named *.named.example"
        either = "named own.example or *.own.example"
        for name, sender, kind, cn, want in (
                ("none", "bank.example", None, "", trusted),
                ("trusted", "bank.example", "client",
                 "mail.other.example", None),
                ("impostor", "bank.example", "impostor",
                 "mail.bank.example", trusted),
                ("named", "named.example", "client",
                 "mx1.named.example", None),
                ("named in capitals", "named.example", "client",
                 "MX1.Named.Example", None),
                ("named otherwise", "named.example", "client",
                 "mail.bank.example", named),
                ("two labels", "named.example", "client",
                 "a.b.named.example", named),
                ("no label", "named.example", "client",
                 "named.example", named),
                ("impostor of a name", "named.example", "impostor",
                 "mx1.named.example", trusted),
                ("named, none", "named.example", None, "", trusted),
                ("default names", "own.example", "client",
                 "own.example", None),
                ("default names below", "own.example", "client",
                 "mx.own.example", None),
                ("neither of two", "own.example", "client",
                 "mail.bank.example", either)):
            with self.subTest(name):
                sent = self.send("a@" + sender, "bob@example.org",
                                 tls=self.tls(self.pair(kind, cn)))
                if want is None:
                    self.assert_accepted(sent)
                else:
                    self.assert_reply(sent.rcpts[0], ASKS % (sender, want))

    def test_defer(self):
        sent = self.send("a@later.example", "bob@example.org",
                         tls=self.tls())
        self.assert_reply(
            sent.rcpts[0], "451 4.7.1 later.example asks for a client "
            "certificate that is trusted")

    def test_in_clear_the_reply_speaks_of_tls(self):
        sent = self.send("a@bank.example", "bob@example.org")
        self.assert_reply(
            sent.rcpts[0], "550 5.7.10 Encryption needed: mail from "
            "bank.example must arrive over TLS")

    def test_stamp_says_whose_certificate(self):
        for name, kind, cn, want in (
                ("trusted", "client", "mail.bank.example",
                 ("trusted", "mail.bank.example")),
                # A filter cannot tell these two apart: Postfix says nothing
                # of a certificate that it does not trust.
                ("impostor", "impostor", "mail.bank.example",
                 ("unknown", None)),
                ("none", None, "", ("unknown", None))):
            with self.subTest(name):
                message = self.delivered(self.send(
                    "a@else.example", "bob@example.org",
                    tls=self.tls(self.pair(kind, cn))))
                self.assert_verifies(message)
                tags = self.stamp_of(message)
                self.assertEqual((tags["cert"], tags.get("cn")), want)

    def test_strange_common_names(self):
        """Whatever a CA signed, the stamp verifies and holds no more."""
        for label, cn in (("semicolon", "a; d=evil.example"),
                          ("equals", "b=AAAA"), ("umlaut", "b\u00fcro"),
                          ("long", "x" * 64), ("spaces", "a  b c")):
            with self.subTest(label):
                pair = self.shop.client(cn, label)
                message = self.delivered(self.send(
                    "a@bank.example", "bob@example.org",
                    tls=self.tls(pair)))
                self.assert_verifies(message)
                self.assertEqual(self.stamp_of(message)["d"], "example.org")
