"""Authentication-Results on what an MTA really delivers, forged ones gone."""

from lab import authresults

FOREIGN = "Authentication-Results: other.example; spf=pass smtp.helo=x.example"
FORGED = ("Authentication-Results: mx.example.org; x-tls=pass",
          "AUTHENTICATION-RESULTS: (a) MX.example.org\r\n\t1;\r\n\tdkim=pass "
          "header.d=bank.example",
          'Authentication-Results: "mx.example.org"; none')


class Results:
    """Beside the base of an MTA."""

    stamp = "authentication-results = true"
    rules = 'policy "bank.example" { mode = "require" }'
    host = "mx.example.org"

    def message(self, tls, fields):
        return self.delivered(self.send("a@bank.example" if tls else
                                        "a@else.example", "b@example.org",
                                        tls=tls, fields=fields))

    def names(self, message):
        return [line.split(b":")[0].decode() for line in
                message.partition(b"\r\n\r\n")[0].split(b"\r\n")
                if line[:1] not in b" \t"]

    def test_over_tls(self):
        """Ours on top, the foreign one in its place, the stamp holds."""
        message = self.message(self.tls(), [FOREIGN])
        values = authresults.values(message)
        self.assertEqual(authresults.read(values[0]), (self.host, {
            "x-tls": ("pass", {
                "smtp.version": "TLSv1.3", "smtp.bits": "256",
                "smtp.cipher": "TLS_AES_256_GCM_SHA384"})}))
        self.assertEqual(values[1:], [
            FOREIGN.partition(":")[2].strip().encode()])
        self.assertEqual(self.names(message)[:4], [
            "Received", "Authentication-Results", "Delivered-Securely",
            "Authentication-Results"])
        self.assert_verifies(message)

    def test_in_clear(self):
        message = self.message(None, [])
        self.assertEqual(
            [authresults.read(one) for one in authresults.values(message)],
            [(self.host, {"x-tls": ("none",
                                    {"smtp.remote-ip": "127.0.0.1"})})])

    def test_forged(self):
        """Several, folded, among foreign ones: none of ours is left."""
        for tls in (None, self.tls()):
            message = self.message(tls, [
                FORGED[0], FOREIGN, FORGED[1], FORGED[2],
                FOREIGN.replace("other", "third")])
            values = authresults.values(message)
            with self.subTest(tls=bool(tls)):
                self.assertEqual(
                    [authresults.read(one)[0] for one in values],
                    [self.host, "other.example", "third.example"])
                self.assertIn("x-tls", authresults.read(values[0])[1])
                self.assertNotIn(b"dkim=pass", message)

    def test_forged_before_a_blank(self):
        """A blank may stand before the colon: RFC 5322, 4.5."""
        for blank in (" ", "\t", "  "):
            with self.subTest(blank):
                message = self.message(self.tls(), [
                    FORGED[1].replace(":", blank + ":", 1),
                    "Delivered-Securely%s: v=1; d=example.org; x=forged" %
                    blank])
                self.assertNotIn(b"dkim=pass", message)
                self.assertNotIn(b"x=forged", message)

    def test_folds(self):
        """Lines of 78 octets at most, CRLF, and no lone CR."""
        message = self.message(self.tls(), [])
        at = message.index(b"Authentication-Results:")
        field = message[at:message.index(b"\r\nDelivered-Securely:")]
        self.assertEqual(field.count(b"\r\n"), field.count(b"\n"))
        self.assertEqual(field.count(b"\r\n"), field.count(b"\r"))
        for line in field.split(b"\r\n"):
            self.assertLessEqual(len(line.expandtabs()), 78, line)
