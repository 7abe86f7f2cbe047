"""Two filters that sign: hopseald and OpenDKIM, in either order.

A mixin for a LiveCase; order names them as the MTA is to call them.
"""

from lab.livecase import FORGED
from lab.opendkim import OpenDkim


class BothSign:
    rules = 'policy "bank.example" { mode = "require" }'
    order = ""

    @classmethod
    def make_mta(cls):
        cls.dkim = cls.enterClassContext(
            OpenDkim(cls.workdir, name=cls.__name__ + cls.__module__ + "-o"))
        cls.milters = [cls.dkim.milter if name == "opendkim"
                       else cls.daemon.milter for name in cls.order.split()]
        return super().make_mta()

    def test_both_verify(self):
        for name, parts in (
                ("plain", {}),
                ("8 bit", {"body": "Gr\u00fc\u00dfe\r\n"}),
                ("empty", {"body": ""}),
                ("folded", {"fields": ["Cc: x@example.org,\r\n\ty@a.example",
                                       "References: <a@b>\r\n <c@d>"]}),
                ("forged stamps that go", {"fields":
                                           [FORGED % "example.org"] * 2}),
                ("a foreign stamp that stays", {"fields":
                                                [FORGED % "org"]})):
            with self.subTest(name):
                message = self.delivered(self.send(
                    "a@bank.example", "bob@example.org", tls=self.tls(),
                    **parts))
                self.assertEqual(message.count(b"DKIM-Signature:"), 1)
                self.assert_verifies(message)
                self.assertTrue(self.dkim.verifies(message),
                                message.decode(errors="replace"))

    def test_refusal_is_ours(self):
        sent = self.send("a@bank.example", "bob@example.org")
        self.assertIn("Encryption needed", str(sent.rcpts[0]))
