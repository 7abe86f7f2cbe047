"""The hopseal command: explain and lookup agree with the daemon; keygen."""

import base64
import os
import re
import stat
import subprocess
import unittest

from daemoncase import OK, DaemonCase, WorkDir, arrive
from dialects import SENDMAIL
from lab.command import hopseal
from session import PLAIN, TLS11, TLS12, TLS13, Cert

RULES = '''
class "partner" { mode = "require" help-url = "https://tls.example/%why" }
policy "bank.example" { mode = "require" }
policy "soft.example" { mode = "require" action = "defer" }
policy "new.example" { mode = "require" min-tls = "1.3" }
policy "named.example" { mode = "require" peer = "named" }
policy "help.example" { class = "partner" }
policy "watched.example" { mode = "require" operation = "observe" }
policy "[IPv6:2001:db8::1]" { mode = "require" }
client "198.51.100.0/24" { mode = "require" }
'''


def said(done):
    """All that a command wrote."""
    return (done.stdout + done.stderr).decode('utf-8', 'replace')


class Explain(DaemonCase):
    """The reply that explain prints is the daemon's, byte for byte."""

    rules = RULES
    table = [
        ('pass', 'a@x.example', 'b@y.example', TLS13, {}),
        ('plain', 'a@bank.example', 'b@y.example', PLAIN, {}),
        ('to', 'a@x.example', 'b@a.bank.example', PLAIN, {}),
        ('defer', 'a@soft.example', 'b@y.example', PLAIN, {}),
        ('level', 'a@new.example', 'b@y.example', TLS12, {}),
        ('old', 'a@bank.example', 'b@y.example', TLS11, {}),
        ('peer', 'a@named.example', 'b@y.example', TLS13, {}),
        ('named', 'a@named.example', 'b@y.example', TLS13,
         dict(cert=Cert('mx.named.example'))),
        ('impostor', 'a@named.example', 'b@y.example', TLS13,
         dict(cert=Cert('evil.example'))),
        ('help', 'a@help.example', 'b@y.example', PLAIN, {}),
        ('watched', 'a@watched.example', 'b@y.example', PLAIN, {}),
        ('client', 'a@x.example', 'b@y.example', PLAIN,
         dict(client='198.51.100.9')),
        ('exempt', 'a@bank.example', 'postmaster@y.example', PLAIN, {}),
        ('strictest', 'a@soft.example', 'b@bank.example', PLAIN, {}),
        ('host in clear', 'a@x.example', 'b@[mx.bank.example]', PLAIN, {}),
        ('domain in brackets', 'a@x.example', 'b@[bank.example]', TLS13, {}),
    ]

    def arguments(self, sender, rcpt, tls, more):
        """The question as options."""
        out = ['explain', '-c', self.daemon.file, '--from', sender, '--to',
               rcpt]
        if tls:
            out += ['--tls', tls.version, '--cipher', tls.cipher, '--bits',
                    tls.bits]
        else:
            out += ['--plain']
        if 'cert' in more:
            out += ['--cert', 'trusted', '--cn', more['cert'].cn]
        if 'client' in more:
            out += ['--client', more['client']]
        return out

    def test_same_reply(self):
        """Each row asked of both."""
        for name, sender, rcpt, tls, more in self.table:
            with self.subTest(name):
                done = hopseal(*self.arguments(sender, rcpt, tls, more))
                self.assertEqual(done.returncode, 0, said(done))
                got = self.deliver(mail_from=f'<{sender}>', tls=tls,
                                   rcpts=[f'<{rcpt}>'], **more).replies[0]
                lines = re.findall(r'^reply: (.*)$', said(done), re.M)
                # An MTA sends %% as %; explain shows what goes out.
                want = '' if got == OK else got
                self.assertEqual('\r\n'.join(lines), want, said(done))

    def test_what_sendmail_cannot_bind(self):
        """Postfix takes what only Sendmail would send in clear."""
        for rcpt in ('b@[mx.bank.example]', 'b@[bank.example.]',
                     'postmaster@[mx.bank.example]',
                     'b@b\u00e4nk.bank.example',
                     'b@[ipv6:2001:db8:0::1]'):
            with self.subTest(rcpt):
                facts = dict(mail_from='<a@x.example>', rcpts=[f'<{rcpt}>'],
                             tls=TLS13)
                done = hopseal(*self.arguments('a@x.example', rcpt, TLS13,
                                               {}))
                lines = re.findall(r'^reply with Sendmail: (.*)$',
                                   said(done), re.M)
                self.assertIn('\nverdict with Sendmail: reject,', said(done))
                self.assertNotIn('\nreply: ', said(done))
                self.assertEqual(
                    '\r\n'.join(lines),
                    self.deliver(SENDMAIL, **facts).replies[0])
                self.assertEqual(self.deliver(**facts).replies, [OK])
        for rcpt in ('b\u00e4r@bank.example', '"\u00e4@b"@bank.example'):
            with self.subTest(rcpt):
                facts = dict(mail_from='<a@x.example>', rcpts=[f'<{rcpt}>'],
                             tls=TLS13)
                self.assertEqual(self.deliver(SENDMAIL, **facts).replies,
                                 [OK])
                self.assertNotIn('Sendmail', said(hopseal(
                    *self.arguments('a@x.example', rcpt, TLS13, {}))))

    def test_says_why(self):
        """The rule and the verdict are named."""
        done = hopseal('explain', '-c', self.daemon.file, '--from',
                       'a@sub.bank.example', '--to', 'b@y.example',
                       '--plain')
        self.assertIn('bank.example', said(done))
        self.assertIn('reject', said(done))
        self.assertIn(arrive('mail from', 'bank.example'), said(done))

    def test_bad_question(self):
        """Without the addresses, or with no address as client."""
        for arguments in (['--to', 'b@y'], ['--from', 'a@x'],
                          ['--from', 'a@x', '--to', 'b@y', '--client', 'z'],
                          ['--nonsense']):
            done = hopseal('explain', '-c', self.daemon.file, *arguments)
            self.assertEqual(done.returncode, 64, said(done))

    def test_lookup(self):
        """The most specific rule for a domain, and its settings."""
        rows = [('bank.example', 'bank.example', 'require'),
                ('a.b.BANK.example.', 'bank.example', 'require'),
                ('x.example', '*', 'fallback-allowed')]
        for asked, domain, mode in rows:
            with self.subTest(asked):
                done = hopseal('lookup', '-c', self.daemon.file, asked)
                self.assertEqual(done.returncode, 0, said(done))
                self.assertIn(f'"{domain}"', said(done))
                self.assertIn(mode, said(done))

    def test_usage(self):
        """No subcommand, or one that does not exist: usage, 64."""
        for arguments in ([], ['nonsense']):
            done = hopseal(*arguments)
            self.assertEqual(done.returncode, 64, said(done))
            self.assertIn('usage', said(done).lower())


class Keygen(unittest.TestCase):
    """Keys that the daemon and openssl take; nobody else can read them."""

    def setUp(self):
        self.folder = WorkDir('mta-')
        self.addCleanup(self.folder.close)
        self.path = self.folder.path + '/key.pem'

    def keygen(self, *arguments):
        """Runs keygen under the worst umask."""
        old = os.umask(0)
        try:
            return hopseal('keygen', '--domain', 'example.org',
                           '--selector', '2026b', '--out', self.path,
                           *arguments)
        finally:
            os.umask(old)

    def public(self):
        """The public key of the file, DER, by openssl."""
        return subprocess.run(
            ['openssl', 'pkey', '-in', self.path, '-pubout', '-outform',
             'DER'], stdout=subprocess.PIPE, check=True).stdout

    def check(self, done, record):
        """0600, the record in DNS and key file form."""
        self.assertEqual(done.returncode, 0, said(done))
        mode = stat.S_IMODE(os.stat(self.path).st_mode)
        self.assertEqual(oct(mode), '0o600')
        out = done.stdout.decode()
        self.assertNotIn('PRIVATE', said(done))
        line = f'2026b._delivered-securely.example.org {record}'
        self.assertIn(line, out.splitlines())
        self.assertIn('TXT', out)

    def test_ed25519(self):
        """p= is the raw 32 octets."""
        done = self.keygen()
        raw = base64.b64encode(self.public()[-32:]).decode()
        self.check(done, f'v=DS1; k=ed25519; p={raw}')

    def test_rsa(self):
        """p= is the SubjectPublicKeyInfo, of 2048 bits or more."""
        done = self.keygen('--algorithm', 'rsa')
        der = self.public()
        self.assertGreater(len(der), 290)
        self.check(done,
                   f'v=DS1; k=rsa; p={base64.b64encode(der).decode()}')

    def test_never_overwrites(self):
        """A key that is there stays."""
        self.assertEqual(self.keygen().returncode, 0)
        before = self.public()
        self.assertNotEqual(self.keygen().returncode, 0)
        self.assertEqual(self.public(), before)


if __name__ == '__main__':
    unittest.main()
