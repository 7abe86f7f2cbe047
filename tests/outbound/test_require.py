"""Postfix asks hopseald: TLS as required, or the mail waits.  Never clear."""

import socket

from outboundcase import OutboundCase


class Any(OutboundCase):
    rules = 'class "c" { mode = "require" }\n' + "".join(
        'policy "%s.example" { class = "c" }\n' % kind
        for kind in OutboundCase.kinds)

    def test_rows(self):
        for kind, want, dsn in (
                ("good", "TLSv1.3", "2.0.0"),
                ("hidden", None, "4.7.4"),
                ("refusing", None, "4.7.0"),
                ("broken", None, "4.7.5"),
                ("old", None, "4.7.5"),
                ("expired", "TLSv1.3", "2.0.0"),
                ("selfsigned", "TLSv1.3", "2.0.0"),
                ("wrongname", "TLSv1.3", "2.0.0")):
            with self.subTest(kind):
                self.assertEqual(self.outcome(kind + ".example"),
                                 (want, dsn))

    def test_below(self):
        """sub.hidden.example has no rule but its parent's."""
        self.assertEqual(self.outcome("sub.hidden.example")[0], None)
        self.assertEqual(self.outcome("sub.good.example")[0], "TLSv1.3")

    def test_stops_offering(self):
        sink = self.sink("good.example")
        self.addCleanup(setattr, sink, "starttls", "offer")
        self.assertEqual(self.outcome("good.example")[0], "TLSv1.3")
        for mode in ("hide", "refuse", "break"):
            with self.subTest(mode):
                sink.starttls = mode
                self.assertEqual(self.outcome("good.example")[0], None)


class Reloaded(OutboundCase):
    """A rule that comes while Postfix keeps a plain connection."""
    rules = 'policy "else.example" { mode = "require" }\n'
    kinds = {"hidden": None}
    main = {"smtp_connection_cache_destinations": "hidden.example",
            "smtp_connection_cache_time_limit": "60s"}

    def test_postfix_reload_ends_the_connection(self):
        for _ in range(2):
            self.assertEqual(self.outcome("hidden.example")[0], "clear")
        self.mta.wait_log("conn_use=2")
        self.daemon.reload('policy "hidden.example" { mode = "require" }\n')
        self.mta.command("postfix", "reload")
        for _ in range(2):
            self.assertEqual(self.outcome("hidden.example"), (None, "4.7.4"))


class Emoji(OutboundCase):
    """Refused by IDNA2008; Postfix sends to it, by its A-label."""
    kinds = ("good", "hidden")
    rules = "".join('policy "xn--ls8h.%s.example" { mode = "require" }\n'
                    % kind for kind in kinds)

    def test_rows(self):
        for domain, want in (("\U0001f4a9.good.example", "TLSv1.3"),
                             ("\U0001f4a9.hidden.example", None),
                             ("hidden.example", "clear")):
            with self.subTest(domain):
                self.assertEqual(self.outcome(domain)[0], want)


class Crowded(OutboundCase):
    """More local clients of the map than the daemon may have files open."""
    kinds = ("good", "hidden")
    rules = Any.rules
    prefix = ["prlimit", "--nofile=150"]

    def test_postfix_asks_again(self):
        """Its connection is idle longest, and is closed under it."""
        self.assertEqual(self.outcome("good.example")[0], "TLSv1.3")
        for _ in range(300):
            idle = self.enterContext(socket.socket(socket.AF_UNIX))
            idle.connect(self.daemon.run + "/nexthop.sock")
        self.daemon.wait_log("the one idle longest is closed")
        self.assertEqual(self.outcome("hidden.example"), (None, "4.7.4"))
        self.assertEqual(self.outcome("good.example"), ("TLSv1.3", "2.0.0"))


class Trusted(OutboundCase):
    rules = 'class "c" { mode = "require" peer = "trusted" }\n' + "".join(
        'policy "%s.example" { class = "c" }\n' % kind
        for kind in OutboundCase.kinds)

    def test_rows(self):
        for kind, want in (
                ("good", "TLSv1.3"), ("hidden", None), ("refusing", None),
                ("broken", None), ("old", None), ("expired", None),
                ("selfsigned", None), ("wrongname", None)):
            with self.subTest(kind):
                got, dsn = self.outcome(kind + ".example")
                self.assertEqual(got, want, dsn)
                self.assertTrue(dsn.startswith("2.0.0" if want else "4.7."),
                                dsn)


class Named(OutboundCase):
    """wrongname.example shows elsewhere.example, good.example its own."""
    rules = '''
        class "c" { mode = "require" peer = "named" }
        policy "good.example" { class = "c" }
        policy "wrongname.example" { class = "c" }
        policy "expired.example" { class = "c"
                                   peer-names = {"expired.example"} }
        policy "selfsigned.example" { class = "c" }
    '''

    def test_rows(self):
        for kind, want in (("good", "TLSv1.3"), ("wrongname", None),
                           ("expired", None), ("selfsigned", None)):
            with self.subTest(kind):
                self.assertEqual(self.outcome(kind + ".example")[0], want)

    def test_names_of_the_rule_decide(self):
        self.addCleanup(self.daemon.reload, self.rules)
        self.daemon.reload('''
            class "c" { mode = "require" peer = "named" }
            policy "wrongname.example" { class = "c"
                peer-names = {"mx.other.example", "elsewhere.example"} }
            policy "good.example" { class = "c"
                peer-names = {"*.good.example"} }
        ''')
        self.assertEqual(self.outcome("wrongname.example")[0], "TLSv1.3")
        self.assertEqual(self.outcome("good.example")[0], None)


class Others(OutboundCase):
    """No require rule: the MTA's own level, here "may"."""
    rules = '''
        policy "hidden.example" { mode = "prefer" }
        policy "broken.example" { mode = "fallback-allowed" }
        policy "refusing.example" { mode = "require" operation = "observe" }
        policy "good.example" { from = "require" }
    '''

    def test_rows(self):
        for kind, want in (("good", "TLSv1.3"), ("hidden", "clear"),
                           ("refusing", "clear"),
                           # In clear only from the second attempt on.
                           ("broken", None), ("selfsigned", "TLSv1.3"),
                           ("expired", "TLSv1.3")):
            with self.subTest(kind):
                self.assertEqual(self.outcome(kind + ".example")[0], want)


class NextMap(OutboundCase):
    """A resolver for DANE or MTA-STS stands behind ours and is asked."""
    rules = 'policy "good.example" { mode = "require" }'
    main = {"smtp_tls_policy_maps":
            "socketmap:unix:@RUN@/nexthop.sock:nexthop, "
            "inline:{{hidden.example = encrypt}, {good.example = none}}"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        maps = cls.main["smtp_tls_policy_maps"].replace(
            "@RUN@", cls.daemon.run)
        cls.mta.main["smtp_tls_policy_maps"] = maps
        cls.mta.reload()

    def test_rows(self):
        for kind, want in (("good", "TLSv1.3"), ("hidden", None),
                           ("refusing", "clear")):
            with self.subTest(kind):
                self.assertEqual(self.outcome(kind + ".example")[0], want)


class Down(OutboundCase):
    """Nobody answers the map: mail waits, also where no rule requires."""
    rules = 'policy "good.example" { mode = "require" }'

    def test_defers_and_goes_on(self):
        self.assertEqual(self.outcome("good.example")[0], "TLSv1.3")
        self.daemon.stop()
        for domain in ("good.example", "hidden.example"):
            with self.subTest(domain):
                got, dsn = self.outcome(domain)
                self.assertEqual(got, None, dsn)
                self.assertTrue(dsn.startswith("4."), dsn)
        self.daemon.start()
        self.assertEqual(self.outcome("good.example")[0], "TLSv1.3")
        self.assertEqual(self.outcome("hidden.example")[0], "clear")

    def test_postmap(self):
        table = "socketmap:unix:%s/nexthop.sock:nexthop" % self.daemon.run
        for key, code, want in (
                ("good.example", 0,
                 "encrypt protocols=>=TLSv1.2 ciphers=high"),
                ("[good.example]:25", 0,
                 "encrypt protocols=>=TLSv1.2 ciphers=high"),
                ("x.good.example", 0,
                 "encrypt protocols=>=TLSv1.2 ciphers=high"),
                (".good.example", 1, ""),
                ("other.example", 1, "")):
            with self.subTest(key):
                done = self.mta.command("postmap", "-q", key, table)
                self.assertEqual(
                    (done.returncode, done.stdout.decode().strip()),
                    (code, want), done.stderr.decode())
