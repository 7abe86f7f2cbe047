"""The stamp on what Postfix really delivers, and the forged ones it loses."""

import time

from lab import command, smtpclient
from lab.livecase import FORGED, PostfixCase


class Stamp(PostfixCase):
    rules = '''
        policy "bank.example" { mode = "require" }
        policy "soft.example" { mode = "prefer" }
    '''

    def test_delivered_stamp_verifies(self):
        before = int(time.time())
        sent = self.send("a@bank.example", "bob@example.org", tls=self.tls())
        message = self.delivered(sent)
        words = self.assert_verifies(message, "--rcpt", "bob@example.org")
        self.assertIn("TLSv1.3", words)
        tags = self.stamp_of(message)
        for tag, want in (
                ("v", "1"), ("a", "ed25519-sha256"),
                ("c", "relaxed/relaxed"), ("d", "example.org"),
                ("s", "2026a"), ("by", "mx.example.org"),
                ("tls", "TLSv1.3"), ("bits", "256"),
                ("cipher", "TLS_AES_256_GCM_SHA384"), ("cert", "unknown"),
                ("ip", "127.0.0.1"), ("sender", "bank.example"),
                ("rcpt", "example.org"), ("mode", "require"),
                ("id", sent.final.lines[0].split()[-1])):
            self.assertEqual(tags.get(tag), want, tag)
        self.assertTrue(before <= int(tags["t"]) <= time.time(), tags["t"])

    def test_explained(self):
        """Postfix's own Received field is the hop of the stamp."""
        message = self.delivered(self.send(
            "a@bank.example", "bob@example.org", tls=self.tls()))
        code, words = command.verify(message, self.keys, "--explain")
        self.assertEqual(code, 0, words)
        self.assertRegex(words, r"and later:\n   1  mx\.example\.org: from "
                         r"\S+ \[127\.0\.0\.1\], over TLS \(")

    def test_stamp_stands_below_our_received_field(self):
        message = self.delivered(self.send(
            "a@bank.example", "bob@example.org", tls=self.tls(),
            fields=["Received: from far by away; Fri, 06 Nov 2026 "
                    "09:00:00 +0000"]))
        names = [line.split(b":")[0] for line in
                 message.partition(b"\r\n\r\n")[0].split(b"\r\n")
                 if line[:1] not in b" \t"]
        self.assertEqual(names[:4], [b"Received", b"Delivered-Securely",
                                     b"Received", b"From"])

    def test_lines_and_ceiling(self):
        message = self.delivered(self.send(
            "a@bank.example", "bob@example.org", tls=self.tls()))
        at = message.index(b"Delivered-Securely:")
        field = message[at:message.index(b"\r\nFrom:")]
        self.assertLessEqual(len(field), 4096)
        for line in field.split(b"\r\n"):
            self.assertLessEqual(len(line), 78, line)
            self.assertNotIn(b"\r", line)

    def test_changes_are_noticed(self):
        message = self.delivered(self.send(
            "a@bank.example", "bob@example.org", tls=self.tls()))
        for name, old, new in (
                ("body", b"Hello.", b"Hullo."),
                ("subject", b"Subject: ", b"Subject: Re: "),
                ("second From", b"From: ", b"From: <e@evil.example>\r\nFrom: "),
                ("a Cc", b"\r\nSubject", b"\r\nCc: e@evil.example\r\nSubject"),
                ("tls", b"tls=TLSv1.3", b"tls=TLSv1.2"),
                ("mode", b"mode=require", b"mode=prefer")):
            with self.subTest(name):
                self.assertIn(old, message)
                code, words = command.verify(
                    message.replace(old, new, 1), self.keys)
                self.assertEqual(code, 1, words)
                self.assertNotIn("bank.example", words)

    def test_exit_codes(self):
        message = self.delivered(self.send(
            "a@bank.example", "bob@example.org", tls=self.tls()))
        other = self.workdir.write("other-keys.txt", "")
        for name, keys, args, want in (
                ("pass", self.keys, (), 0),
                ("trusted", self.keys, ("--trust", "example.org"), 0),
                ("foreign", self.keys, ("--trust", "other.example"), 5),
                ("wrong recipient", self.keys,
                 ("--rcpt", "eve@example.org"), 1),
                ("no key", other, (), 4)):
            with self.subTest(name):
                code, words = command.verify(message, keys, *args)
                self.assertEqual(code, want, words)
        code, words = command.verify(b"From: a@b\r\n\r\nhi\r\n", self.keys)
        self.assertEqual(code, 2, words)

    def test_file_with_line_feeds_verifies(self):
        message = self.delivered(self.send(
            "a@bank.example", "bob@example.org", tls=self.tls()))
        path = self.workdir.write("unix.eml",
                                  message.replace(b"\r\n", b"\n"))
        done = command.hopseal("verify", "--keys", self.keys, path)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_recipient_binding(self):
        for name, recipients, bound, rcpt in (
                ("one", ["bob@example.org"], True, "example.org"),
                ("two", ["bob@example.org", "joe@example.org"], False,
                 "example.org")):
            with self.subTest(name):
                tags = self.stamp_of(self.delivered(self.send(
                    "a@bank.example", recipients, tls=self.tls())))
                self.assertEqual(("rs" in tags, "rc" in tags),
                                 (bound, bound))
                self.assertEqual(tags.get("rcpt"), rcpt)

    def test_binding_counts_accepted_recipients(self):
        """A recipient that Postfix refused after us must not be bound."""
        sent = self.send("a@bank.example",
                         ["bob@example.org", "x@relayed.example"],
                         tls=self.tls())
        self.assertEqual([r.code for r in sent.rcpts], [250, 554])
        message = self.delivered(sent)
        self.assert_verifies(message, "--rcpt", "bob@example.org")

    def test_bodies(self):
        for name, body in (
                ("empty", ""), ("only empty lines", "\r\n\r\n\r\n"),
                ("dots", ".\r\n..\r\n.x\r\n"),
                ("spaces at the ends", "a  b \t\r\n \r\n x \r\n\r\n"),
                ("8 bit", "Gr\u00fc\u00dfe \u20ac\r\n"),
                ("no last line end", "the end"),
                ("large", "0123456789abcdef" * 60 + "\r\n")):
            with self.subTest(name):
                copies = 700 if name == "large" else 1
                message = self.delivered(self.send(
                    "a@bank.example", "bob@example.org", tls=self.tls(),
                    body=body * copies))
                self.assert_verifies(message)

    def test_chunks(self):
        """BDAT (RFC 3030): a filter sees the same message."""
        text = smtpclient.message("in chunks", author="a@bank.example")
        client = self.session(self.tls())
        client.mail("a@bank.example")
        client.rcpt("bob@example.org")
        for chunk, last in ((text[:70], ""), (text[70:], " LAST")):
            client.send(b"BDAT %d%s\r\n%s" % (len(chunk), last.encode(),
                                              chunk))
            self.assertEqual(client.reply().code, 250)
        message = self.sink.wait(about="Subject: in chunks")[0].data
        self.assert_verifies(message)

    def test_mode_and_sender(self):
        for sender, mode, domain in (
                ("a@bank.example", "require", "bank.example"),
                ("a@soft.example", "prefer", "soft.example"),
                ("a@else.example", "fallback-allowed", "else.example"),
                ("", "fallback-allowed", "-")):
            with self.subTest(sender):
                tags = self.stamp_of(self.delivered(self.send(
                    sender, "bob@example.org", tls=self.tls())))
                self.assertEqual((tags["mode"], tags["sender"]),
                                 (mode, domain))

    def test_messages_of_one_session(self):
        client = self.session(self.tls())
        seen = set()
        for sender in ("a@bank.example", "a@soft.example", "a@bank.example"):
            message = self.delivered(self.send(sender, "bob@example.org",
                                               client=client))
            self.assert_verifies(message)
            seen.add(self.stamp_of(message)["b"])
        self.assertEqual(len(seen), 3)


class Strip(PostfixCase):
    rules = 'policy "bank.example" { mode = "require" }'
    fakes = {
        "ours": [FORGED % "example.org"],
        "ours in capitals": [(FORGED % "EXAMPLE.org").replace(
            "Delivered-Securely", "DELIVERED-securely")],
        "below ours": [FORGED % "mx.example.org"],
        "several": [FORGED % "example.org"] * 4,
        "no tag list": ["Delivered-Securely: yes, very"],
        "a tag twice": [(FORGED % "partner.example") + "; d=example.org"],
        "empty": ["Delivered-Securely:"],
        "oversized": [(FORGED % "partner.example") + "".join(
            ";\r\n\tx%d=%s" % (n, "y" * 60) for n in range(80))],
    }

    def test_forged_stamps_go(self):
        for name, fields in self.fakes.items():
            for way, tls, left in (("clear", None, 0),
                                   ("TLS", self.tls(), 1)):
                with self.subTest(name, way=way):
                    message = self.delivered(self.send(
                        "a@else.example", "bob@example.org", tls=tls,
                        fields=fields))
                    self.assertEqual(len(command.stamps(message)), left,
                                     message.decode(errors="replace"))
                    if left:
                        self.assert_verifies(message)

    def test_foreign_stamps_stay(self):
        fields = [FORGED % "partner.example", FORGED % "example.org",
                  FORGED % "org", FORGED % "notexample.org"]
        message = self.delivered(self.send(
            "a@else.example", "bob@example.org", fields=fields))
        self.assertEqual([command.tags(s)["d"]
                          for s in command.stamps(message)],
                         ["partner.example", "org", "notexample.org"])

    def test_ours_is_the_top_one_among_foreign(self):
        message = self.delivered(self.send(
            "a@bank.example", "bob@example.org", tls=self.tls(),
            fields=[FORGED % "partner.example", FORGED % "example.org"]))
        self.assertEqual([command.tags(s)["d"]
                          for s in command.stamps(message)],
                         ["example.org", "partner.example"])
        code, words = command.verify(message, self.keys, "--trust",
                                     "example.org")
        self.assertEqual(code, 0, words)
