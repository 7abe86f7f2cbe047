"""Whose certificate it is, in Sendmail's words: {verify} and {cn_subject}."""

import re

from lab.livecase import SendmailCase


def asks(domain, what):
    return re.compile(r"550 5\.7\.1 (<[^>]*>\.\.\. )?" + re.escape(
        "%s asks for a client certificate that is %s" % (domain, what)))


class Identity(SendmailCase):
    rules = '''
        class "partner" { mode = "require" peer = "named" }
        policy "trusted.example" { mode = "require" peer = "trusted" }
        policy "wild.example" { class = "partner"
                                peer-names = {"*.wild.example"} }
        policy "exact.example" { class = "partner"
                                 peer-names = {"mx.exact.example"} }
        policy "b\u00fcro.example" { class = "partner"
                                     peer-names = {"mx.b\u00fcro.example"} }
    '''
    exact = "named mx.exact.example"
    wild = "named *.wild.example"
    buero = "named mx.xn--bro-hoa.example"

    def try_pair(self, sender, pair, want):
        sent = self.send("a@" + sender, "bob@example.org", author="a@x.example",
                         tls=self.tls(pair))
        if want is None:
            self.assert_accepted(sent)
            message = self.delivered(sent)
            self.assert_verifies(message)
            self.assertEqual(self.stamp_of(message)["cert"], "trusted")
        else:
            self.assert_reply(sent.rcpts[0], asks(sender, want))

    def test_subjects(self):
        """label, subject, sender, what is missing.

        A slash in a value looks like another part of the DN, and {cn_subject}
        is one of several CNs: neither may lend a name."""
        for label, subject, sender, want in (
                ("one", "/CN=mx.exact.example", "exact.example", None),
                ("capitals", "/CN=MX.Exact.Example", "exact.example", None),
                ("organization", "/O=Bank A\\/S/CN=mx.exact.example",
                 "exact.example", None),
                ("slash in O", "/O=x\\/CN=mx.exact.example/CN=evil.example",
                 "exact.example", self.exact),
                ("slash in CN", "/CN=evil.example\\/CN=mx.exact.example",
                 "exact.example", self.exact),
                ("plus", "/CN=mx.exact.example\\+evil", "exact.example",
                 self.exact),
                ("hex", "/CN=mx\\+2Eexact.example", "exact.example",
                 self.exact),
                ("blank at the end", "/CN=mx.exact.example ",
                 "exact.example", self.exact),
                ("no CN", "/O=mx.exact.example", "exact.example",
                 self.exact),
                ("wild", "/CN=mx1.wild.example", "wild.example", None),
                ("wild, two labels", "/CN=a.b.wild.example", "wild.example",
                 self.wild),
                ("wild, no label", "/CN=wild.example", "wild.example",
                 self.wild),
                ("wild in the certificate", "/CN=*.exact.example",
                 "exact.example", self.exact),
                ("A-label", "/CN=mx.xn--bro-hoa.example",
                 "xn--bro-hoa.example", None)):
            with self.subTest(label):
                self.try_pair(sender, self.shop.client(
                    "client.example", "sm-" + label.replace(" ", "-")
                    .replace(",", ""), subject), want)

    def test_several_common_names(self):
        """Sendmail names one of them; both orders together match once."""
        results = []
        for label, subject in (
                ("first", "/CN=mx.exact.example/CN=other.example"),
                ("last", "/CN=other.example/CN=mx.exact.example")):
            pair = self.shop.client("client.example", "sm-cn-" + label,
                                    subject)
            sent = self.send("a@exact.example", "bob@example.org",
                             tls=self.tls(pair))
            results.append(sent.rcpts[0].code)
        self.assertEqual(sorted(results), [250, 550], results)

    def test_u_label(self):
        """A CN in UTF-8, +HEX coded by Sendmail, is compared as A-labels."""
        self.try_pair("xn--bro-hoa.example", self.shop.client(
            "client.example", "sm-ulabel", "/CN=mx.b\u00fcro.example"), None)
        pair = self.shop.client("client.example", "sm-ulabel-other",
                                "/CN=mx.b\u00f6ro.example")
        self.try_pair("xn--bro-hoa.example", pair, self.buero)

    def test_self_signed(self):
        for name, sender in (("mx.exact.example", "exact.example"),
                             ("mx1.wild.example", "wild.example"),
                             ("any.example", "trusted.example")):
            with self.subTest(name):
                self.try_pair(sender, self.shop.impostor(name), "trusted")
