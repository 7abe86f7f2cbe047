"""The table of header forms through the real Sendmail: none breaks a stamp.

Each form was sent as To, Cc, From, Reply-To and Sender, and what Sendmail made
of it compared: what it changes must stay out of h=, a From that it changes
leaves the message unstamped, and the common forms that it leaves alone are
signed.
"""

from lab import command
from lab.livecase import SendmailCase

SIGNED = (  # Sendmail leaves them alone, and they are covered
    "a@x.example", "<a@x.example>", "A B <a@x.example>",
    '"A. B" <a@x.example>', '"A, B" <a@x.example>',
    "\"O'Brien\" <a@x.example>", "=?utf-8?q?J=C3=BCrgen?= <a@x.example>",
    "a@x.example, b@x.example", "a@x.example,\r\n\tb@x.example",
    '"A, X" <a@x.example>, "B Y" <b@x.example>', "A & B <a@x.example>",
    "a+tag@x.example", "A@X.EXAMPLE", "a@mxs.example.org",
    'A "B" C <a@x.example>', '"a@x.example via List" <list@x.example>',
    '"A (B)" <a@x.example>', '"A; B" <a@x.example>', "a.b.c@x-y.example")
CHANGED = (  # Sendmail writes them anew
    "A. B <a@x.example>", "John Q. Public <a@x.example>",
    "O'Brien <a@x.example>", "A, B <a@x.example>",
    "a@x.example,b@x.example", "a@x.example , b@x.example",
    "a@x.example,", "<a@x.example>,", "a@x.example,,b@x.example",
    ",a@x.example", "group: a@x.example,b@x.example;", "root", "A <root>",
    "a@localhost", "a@x.example.", "<@r.example:a@x.example>",
    "a @ x.example", "x!a", "A\\B <a@x.example>",
    "a@x.example <a@x.example>", "A [X] <a@x.example>",
    "A; B <a@x.example>", "A@B <a@x.example>", "a@x.example b@x.example",
    "<a@x.example>;<b@x.example>", "a@x.example; b@x.example",
    "A < a@x.example >")
EITHER = (  # left alone, but too strange for the grammar of rewrite.c
    "a@x.example (A B)", "A (comment) <a@x.example>",
    "undisclosed-recipients:;", "group: a@x.example, b@x.example;",
    '"a b"@x.example', "a%b@x.example", "a@[192.0.2.1]", "a@x",
    "J\u00fcrgen <a@x.example>", '"J\u00fcrgen" <a@x.example>',
    '"A \\"q\\" B" <a@x.example>', "A B<a@x.example>",
    "<a@x.example> (A)", "<>", "A: B <a@x.example>")


class Forms(SendmailCase):
    rules = 'policy "bank.example" { mode = "require" }'

    def through(self, name, form, client):
        """The stamp's h= (None without a stamp) and whether it holds."""
        fields = ["%s: %s" % (name, form)]
        if name != "From":
            fields.append("From: <a@bank.example>")
        subject = "%s %s" % (name, form.encode().hex()[:60])
        text = "\r\n".join(fields + [
            "Subject: " + subject, "Date: Fri, 06 Nov 2026 10:00:00 +0000",
            "Message-ID: <x@client.example>", "", "hi", ""])
        client.mail("a@bank.example")
        client.rcpt("bob@example.org")
        final = client.data(text.encode())
        self.assertEqual(final.code, 250, str(final))
        message = self.sink.wait(
            about="\r\nSubject: %s\r\n" % subject)[0].data
        stamps = command.stamps(message)
        if not stamps:
            return None
        code, words = command.verify(message, self.keys)
        self.assertEqual(code, 0, words)
        return command.tags(stamps[0])["h"].lower().split(":")

    def rows(self, names, forms, check):
        client = self.session(self.tls())
        for form in forms:
            for name in names:
                with self.subTest(form, field=name):
                    check(name, self.through(name, form, client))

    def signed(self, name, names):
        self.assertIn(name.lower(), names or [])

    def left_out(self, name, names):
        if name == "From":
            self.assertIsNone(names)
        else:
            self.assertNotIn(name.lower(), names)

    def test_left_alone_and_signed(self):
        self.rows(("To", "From", "Sender"), SIGNED, self.signed)

    def test_changed_and_left_out(self):
        self.rows(("Cc", "From", "Reply-To"), CHANGED, self.left_out)

    def test_strange_and_unbroken(self):
        self.rows(("To", "From"), EITHER, lambda name, names: None)
