"""contrib/sieve on a real Dovecot: delivered by LMTP, seen over IMAP."""

import os
import shutil
import unittest

import mailstore
from lab.command import program
from lab.dovecot import Dovecot
from lab.stampmaker import Maker
from lab.workdir import REPOSITORY, WorkDir

CONTRIB = os.path.join(REPOSITORY, "contrib", "sieve")
KEYWORD = "$ReceivedOverTLS"

USERS = '''require ["fileinto", "mailbox"];
if header :contains "subject" "filed" { fileinto :create "Filed"; }
'''

OURS = Maker("example.org", "2026a")
FOREIGN = Maker("x.example", "2026a")
# Claims to be ours, and is signed with a key that is not.
STRANGER = Maker("example.org", "2026a", (FOREIGN.sign, FOREIGN.record))


def plain(subject, body=b"Hello Bob.\r\n"):
    return (b"From: Alice <alice@sender.example>\r\n"
            b"To: Bob <bob@example.org>\r\nSubject: %s\r\n"
            b"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n"
            b"Message-ID: <1@sender.example>\r\n\r\n%s"
            % (subject.encode(), body))


class SieveCase(unittest.TestCase):
    """One Dovecot with one of the scripts before that of the user."""

    script = ""

    @classmethod
    def setUpClass(cls):
        cls.workdir = WorkDir("readers-")
        cls.addClassCleanup(cls.workdir.close)
        cls.bin = cls.workdir.sub("bin")
        # Users of the mail store cannot walk to where it is built.
        shutil.copy(program("hopseal"), cls.bin + "/hopseal")
        cls.workdir.write("pinned.keys", OURS.line)
        cls.install(cls.wrapper())
        script = cls.workdir.write("global/" + cls.script,
                                   cls.contrib(cls.script))
        cls.dovecot = cls.enterClassContext(Dovecot(
            cls.workdir, sieve=USERS, more=cls.fragment(script)))

    @classmethod
    def contrib(cls, name):
        with open(os.path.join(CONTRIB, name), encoding="ascii") as source:
            return source.read()

    @classmethod
    def fragment(cls, script):
        """The sample, with the paths of the laboratory."""
        text = cls.contrib("90-hopseal.conf")
        for shown, ours in (
                ("/etc/dovecot/sieve/hopseal-verified.sieve", script),
                ("/usr/local/lib/dovecot/sieve-execute", cls.bin)):
            assert shown in text
            text = text.replace(shown, ours)
        return text

    @classmethod
    def wrapper(cls):
        text = cls.contrib("hopseal-verify")
        for shown, ours in (
                ("/etc/hopseal/pinned.keys", cls.workdir.path +
                 "/pinned.keys"),
                ("exec hopseal ", "exec %s/hopseal " % cls.bin)):
            assert shown in text
            text = text.replace(shown, ours)
        return text

    @classmethod
    def install(cls, text):
        """The program that Sieve may run; None: it is not there."""
        path = cls.bin + "/hopseal-verify"
        if os.path.exists(path):
            os.unlink(path)
        if text is not None:
            cls.workdir.write("bin/hopseal-verify", text, mode=0o755)

    def flags(self, message, subject, mailbox="INBOX"):
        mailstore.deliver(self.dovecot, message)
        return mailstore.flags(self.dovecot, subject, mailbox)

    def rows(self, table):
        """Rows of name, message (with the name as subject), want."""
        for name, message, want in table:
            with self.subTest(name):
                got = KEYWORD in self.flags(message, name)
                self.assertEqual(got, want, self.dovecot.log()[-2000:])


class Trusting(SieveCase):
    """What hopseald lets through is taken at its word."""

    script = "hopseal.sieve"

    def test_keyword(self):
        self.rows([
            (name, make(plain(name)), want) for name, make, want in (
                ("stamped", OURS.stamp, True),
                ("folded otherwise",
                 lambda m: OURS.stamp(m, fold="\r\n\t \r\n "), True),
                ("without a stamp", bytes, False),
                ("of a stranger", FOREIGN.stamp, False),
                ("of a domain below",
                 Maker("mx.example.org", "a").stamp, False),
                ("of a domain that ends so",
                 Maker("an-example.org", "a").stamp, False),
                ("dot is no wildcard",
                 Maker("examplesorg", "a").stamp, False),
                ("of a domain that begins so",
                 Maker("example.org.x.example", "a").stamp, False),
                ("in another tag",
                 lambda m: FOREIGN.stamp(m, xd="example.org", z="1"), False),
                ("in the value of another tag", lambda m: FOREIGN.stamp(
                    m, x="d=example.org", z="1"), False),
                ("in a tag that is a capital",
                 lambda m: FOREIGN.stamp(m, D="example.org", z="1"), False),
                ("in a tag that ends so",
                 lambda m: FOREIGN.stamp(m, td="example.org", z="1"), False),
                ("in another field", lambda m:
                 b"X-Delivered-Securely: d=example.org;\r\n" + m, False))])

    def test_mailboxes_of_the_user(self):
        """The keyword goes along with what the user's script does."""
        self.assertIn(KEYWORD, self.flags(OURS.stamp(plain("to be filed")),
                                          "to be filed", "Filed"))
        self.assertNotIn(KEYWORD, self.flags(plain("filed bare"),
                                             "filed bare", "Filed"))


class Verified(SieveCase):
    """hopseal verify decides."""

    script = "hopseal-verified.sieve"

    def test_keyword(self):
        stamped = OURS.stamp(plain("stamped"))
        self.rows([
            ("stamped", stamped, True),
            ("without a stamp", plain("without a stamp"), False),
            ("with another key",
             STRANGER.stamp(plain("with another key")), False),
            ("of a stranger", FOREIGN.stamp(plain("of a stranger")), False),
            ("another subject", stamped.replace(
                b"Subject: stamped", b"Subject: another subject"), False),
            ("body changed", OURS.stamp(plain("body changed")).replace(
                b"Hello Bob", b"Hallo Bob"), False),
            ("tag changed", OURS.stamp(plain("tag changed")).replace(
                b"mode=require", b"mode=prefer"), False),
            ("second from", b"From: ceo@example.org\r\n" +
             OURS.stamp(plain("second from")), False),
            ("below a forged one",
             STRANGER.stamp(OURS.stamp(plain("below a forged one"))), True),
            ("large", OURS.stamp(plain("large", b"x" * 70 + b"\r\n") +
                                 b"0123456789abcdef\r\n" * 100000), True),
        ])

    def test_mailboxes_of_the_user(self):
        self.assertIn(KEYWORD, self.flags(OURS.stamp(plain("to be filed")),
                                          "to be filed", "Filed"))

    def test_program_without_domains(self):
        """It takes no stamp of just any domain."""
        script = self.contrib(self.script).replace('["example.org"]', "[]")
        path = self.workdir.write("global/none.sieve", script)
        with Dovecot(self.workdir, name="none",
                     more=self.fragment(path)) as dovecot:
            mailstore.deliver(dovecot, OURS.stamp(plain("no domains")))
            self.assertNotIn(KEYWORD, mailstore.flags(dovecot, "no domains"))

    def test_failing_programs_lose_no_mail(self):
        self.addCleanup(self.install, self.wrapper())
        for name, text in (
                ("missing", None),
                ("fails", "#!/bin/sh\nexit 75\n"),
                ("reads nothing", "#!/bin/sh\nexit 1\n"),
                ("killed", "#!/bin/sh\nkill -9 $$\n"),
                ("no interpreter", "#!/nowhere/sh\n"),
                ("hangs", "#!/bin/sh\nexec sleep 60\n")):
            with self.subTest(name):
                self.install(text)
                subject = "filed although it " + name
                body = b"0123456789abcdef\r\n" * 10000
                got = self.flags(OURS.stamp(plain(subject, body)), subject,
                                 "Filed")
                self.assertNotIn(KEYWORD, got)


if __name__ == "__main__":
    unittest.main()
