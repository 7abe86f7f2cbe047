"""hopseal export: the tables do in the real MTAs what hopseald would."""

from lab import command
from outboundcase import OutboundCase

RULES = '''
    class "c" { mode = "require" }
    policy "good.example" { class = "c" peer = "named" }
    policy "hidden.example" { class = "c" }
    policy "sub.hidden.example" { mode = "fallback-allowed" }
    policy "refusing.example" { class = "c" operation = "observe" }
    policy "old.example" { class = "c" subdomains = false }
    policy "expired.example" { class = "c" peer = "trusted" }
    policy "selfsigned.example" { class = "c" }
    policy "wrongname.example" { class = "c" peer = "named" }
    policy "[192.0.2.1]" { class = "c" }
    policy "[IPv6:2001:db8::1]" { class = "c" }
'''


def exported(daemon, what):
    """The table that `hopseal export` prints; it needs no daemon."""
    done = command.hopseal("export", what, "-c", daemon.file)
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode())
    return done.stdout.decode()


class Postfix(OutboundCase):
    rules = RULES
    main = {"smtp_tls_policy_maps": ""}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.daemon.stop()
        cls.table = cls.workdir.write("tls-policy",
                                      exported(cls.daemon, "postfix"))
        made = cls.mta.command("postmap", "hash:" + cls.table)
        assert made.returncode == 0, made.stderr
        assert not made.stderr, made.stderr
        cls.mta.main["smtp_tls_policy_maps"] = "hash:" + cls.table
        cls.mta.reload()

    def test_rows(self):
        for domain, want in (
                ("good.example", "TLSv1.3"),
                ("hidden.example", None),
                ("sub.hidden.example", "clear"),
                ("refusing.example", "clear"),
                ("old.example", None),
                ("expired.example", None),
                ("selfsigned.example", "TLSv1.3"),
                ("wrongname.example", None),
                ("sub.wrongname.example", None)):
            with self.subTest(domain):
                self.assertEqual(self.outcome(domain)[0], want)

    def test_lookups(self):
        """The table's exact answers are the responder's."""
        encrypt = "encrypt protocols=>=TLSv1.2 ciphers=high"
        for key, want in (
                ("hidden.example", encrypt), (".hidden.example", encrypt),
                (".old.example", ""), ("[192.0.2.1]", encrypt),
                ("[2001:db8::1]", encrypt), ("refusing.example", ""),
                ("good.example", "secure match=good.example:.good.example "
                 "protocols=>=TLSv1.2 ciphers=high")):
            with self.subTest(key):
                done = self.mta.command("postmap", "-q", key,
                                        "hash:" + self.table)
                self.assertEqual(done.stdout.decode().strip(), want)


class Everybody(OutboundCase):
    """policy "*" cannot stand in a table: the comment says what to do."""
    rules = ('policy "*" { mode = "require" '
             'i-know-this-breaks-rfc3207 = true }\n'
             'policy "free.example" { mode = "prefer" }\n')
    kinds = {"good": None}

    def test_words(self):
        table = exported(self.daemon, "postfix")
        self.assertIn('# policy "*" requires TLS', table)
        self.assertIn("free.example\tmay\n", table)
        self.assertIn("TLS_Rcpt:\tENCR:128\n",
                      exported(self.daemon, "sendmail"))

    def test_usage(self):
        for args in ((), ("exim",), ("postfix", "x"), ("-z", "postfix")):
            self.assertEqual(command.hopseal("export", *args).returncode, 64)
