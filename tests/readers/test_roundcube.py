"""contrib/roundcube: its verifier, and the plugin in a real Roundcube."""

import html
import os
import re
import subprocess
import unittest

import mailstore
from corpus import OURS, PLAIN, VECTORS, Corpus, ours
from lab.dovecot import Dovecot
from lab.roundcube import Roundcube
from lab.workdir import REPOSITORY, WorkDir

PLUGIN = os.path.join(REPOSITORY, "contrib", "roundcube", "hopseal")
TESTS = os.path.join(REPOSITORY, "tests", "readers", "roundcube")


class Verifier(unittest.TestCase):
    def test_vectors_and_corpus(self):
        workdir = WorkDir("readers-")
        self.addCleanup(workdir.close)
        corpus = Corpus(workdir.path)
        done = subprocess.run(
            ["php", TESTS + "/verify.php", REPOSITORY, corpus.folder],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=300, text=True)
        self.assertEqual(done.returncode, 0, done.stdout[-8000:])
        tried = re.search(r"^looked at (\d+)$", done.stdout, re.M)
        self.assertGreater(int(tried.group(1)), 9000, done.stdout)

    def test_languages_have_the_same_texts(self):
        def labels(language):
            done = subprocess.run(
                ["php", "-r", "include $argv[1]; echo json_encode("
                 "array_map(fn ($t) => preg_match_all('/\\$\\w+/', $t), "
                 "$labels));",
                 "%s/localization/%s.inc" % (PLUGIN, language)],
                stdout=subprocess.PIPE, check=True, text=True)
            return done.stdout
        self.assertIn("received", labels("en_US"))
        self.assertEqual(labels("en_US"), labels("de_DE"))


def named(message, name):
    """With a field on top that tells which one it is."""
    return b"X-Name: %s\r\n" % name.encode() + message


class Plugin(unittest.TestCase):
    """Delivered to Dovecot, read in Roundcube."""

    @classmethod
    def setUpClass(cls):
        cls.workdir = WorkDir("readers-")
        cls.addClassCleanup(cls.workdir.close)
        cls.dovecot = cls.enterClassContext(Dovecot(cls.workdir))
        cls.web = cls.enterClassContext(Roundcube(
            cls.workdir, cls.dovecot.port, PLUGIN,
            "$config['hopseal_keys'] = ['# ours', '%s'];\n"
            % OURS.line.strip()))

    def uid(self, name):
        with mailstore.mailbox(self.dovecot) as imap:
            _, (uids,) = imap.uid("SEARCH", "HEADER", "X-Name",
                                   '"%s"' % name)
            return uids.decode()

    def box(self, name, message):
        """(class, words) of what stands above the message, or None."""
        if not self.uid(name):
            mailstore.deliver(self.dovecot, named(message, name))
        page = self.web.page(_task="mail", _action="show", _mbox="INBOX",
                             _uid=self.uid(name))
        self.assertIn("messagebody", page, self.web.log()[-3000:])
        objects = page[page.index('id="message-objects"'):
                       page.index('id="messagebody"')]
        found = re.findall(r'<div id="hopseal-stamp" class="hopseal (\w+)">'
                           r'<img src="([^"]*)"[^>]*><span>(.*?)</span></div>',
                           objects, re.S)
        self.assertEqual(page.count('id="hopseal-stamp"'), len(found))
        if not found:
            return None
        (kind, icon, words), = found
        self.assertRegex(icon, r"^plugins/hopseal/icons/\w+\.svg")
        self.assertNotIn("<", words)
        return kind, html.unescape(words)

    def rows(self, language, table):
        # Roundcube keeps the language of an account's first login.
        self.web.log_in("bob@%s.example" % language, language)
        for name, message, want in table:
            with self.subTest(name, language=language):
                box = self.box(name, message)
                if want is None:
                    self.assertIsNone(box)
                    continue
                self.assertEqual(box[0], want[0])
                self.assertIn(want[1], box[1])
                self.assertNotRegex(box[1], r"(?i)secure|\[\w+\]|\$\w+")

    def test_english(self):
        broken = ours().replace(b"bits=256", b"bits=255")
        self.rows("en_US", [
            ("verified", ours(), (
                "boxconfirmation", "Received over TLS (TLSv1.3) by "
                "mx1.example.org on 2026-11-23 10:00 from sender.example’s "
                "server.")),
            ("null sender", ours(sender="-"), (
                "boxconfirmation", "from the server at 192.0.2.25.")),
            ("changed", broken, ("boxwarning", "not as it was stamped")),
            ("body", ours() + b"more\r\n", ("boxwarning", "The text is not")),
            ("no key", ours(s="other"), ("boxwarning", "There is no key")),
            ("foreign", ours(d="x.example"), (
                "boxinformation", "Anybody can make such a stamp")),
            ("none", PLAIN, None)])
        self.assertNotRegex(self.web.log(), r"PHP \w+:", self.web.log())

    def test_german(self):
        with open(VECTORS + "/stamp/bad-body.eml", "rb") as source:
            bad = source.read()
        self.rows("de_DE", [
            ("verified", ours(), (
                "boxconfirmation", "Über TLS (TLSv1.3) empfangen von "
                "mx1.example.org am 2026-11-23 10:00 vom Server von "
                "sender.example.")),
            ("altered", bad, ("boxwarning", "nach dem Stempeln geändert")),
            ("foreign", ours(d="x.example"), (
                "boxinformation", "jeder anfertigen"))])

    def test_of_what_does_not_verify_nothing_is_shown(self):
        self.web.log_in(mailstore.RECIPIENT, "en_US")
        _, words = self.box("hostile", ours(by="evil.example").replace(
            b"tls=TLSv1.3", b"tls=TLSv1.9"))
        for word in ("evil.example", "TLSv1", "192.0.2.25", "example.org"):
            self.assertNotIn(word, words)

    def test_a_body_cannot_look_like_it(self):
        """What stands in the message stays below, and loses the id."""
        self.web.log_in(mailstore.RECIPIENT, "en_US")
        fake = PLAIN.replace(b"text/plain", b"text/html").replace(
            b"Hello Bob,", b'<div id="hopseal-stamp" class="hopseal '
            b'boxconfirmation">Received over TLS</div>')
        self.assertIsNone(self.box("imitation", fake))


if __name__ == "__main__":
    unittest.main()
