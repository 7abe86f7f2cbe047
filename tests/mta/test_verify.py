"""hopseal verify: every result and its exit code, on vectors and on ours."""

import base64
import json
import os
import unittest

from daemoncase import WorkDir
from lab import stampcheck
from lab.command import hopseal
from lab.workdir import REPOSITORY
from session import TLS13
from stampcase import StampCase

VECTORS = os.path.join(REPOSITORY, 'tests', 'vectors', 'stamp')
KEYS = os.path.join(VECTORS, 'keys.txt')
NAME = '2026a._delivered-securely.example.org'
PASS, FAIL, NONE, TEMP, PERM, FOREIGN = range(6)


def vector(name):
    """The octets of a vector."""
    with open(os.path.join(VECTORS, name), 'rb') as source:
        return source.read()


def verify(message, *arguments, keys=KEYS):
    """Exit code and words of the command."""
    done = hopseal('verify', '--keys', keys, *arguments, '-', stdin=message)
    return done.returncode, (done.stdout + done.stderr).decode()


PLAIN = vector('plain.eml')


class Vectors(unittest.TestCase):
    """The vectors, and changes to them that must be found."""

    def setUp(self):
        self.folder = WorkDir('mta-')
        self.addCleanup(self.folder.close)

    def rows(self, table):
        """Rows of name, message, arguments, exit code, word."""
        for name, message, arguments, code, word in table:
            with self.subTest(name):
                got, said = verify(message, *arguments)
                self.assertEqual(got, code, said)
                self.assertIn(word, said)

    def test_vectors(self):
        """plain and folded hold, bad-* do not."""
        self.rows([
            ('plain', PLAIN, (), PASS, 'example.org'),
            ('plain, LF', PLAIN.replace(b'\r\n', b'\n'), (), PASS, ''),
            ('folded', vector('folded.eml'), (), PASS, ''),
            ('bad body', vector('bad-body.eml'), (), FAIL, 'body'),
            ('bad subject', vector('bad-subject.eml'), (), FAIL,
             'signature'),
            ('second From', vector('bad-second-from.eml'), (), FAIL,
             'signature'),
        ])

    def test_trust(self):
        """--trust names domains; another one's stamp is foreign."""
        self.rows([
            ('trusted', PLAIN, ('--trust', 'example.org'), PASS, ''),
            ('case', PLAIN, ('--trust', 'Example.ORG.'), PASS, ''),
            ('of two', PLAIN, ('--trust', 'x.example', '--trust',
                               'example.org'), PASS, ''),
            ('foreign', PLAIN, ('--trust', 'x.example'), FOREIGN, ''),
            ('parent', PLAIN, ('--trust', 'org'), FOREIGN, ''),
            ('below', PLAIN, ('--trust', 'mx.example.org'), FOREIGN, ''),
        ])

    def test_recipient(self):
        """--rcpt against rs= and rc=."""
        folded = vector('folded.eml')
        self.rows([
            ('bob', PLAIN, ('--rcpt', 'bob@example.org'), PASS, ''),
            ('brackets', PLAIN, ('--rcpt', '<bob@Example.org>'), PASS, ''),
            ('other', PLAIN, ('--rcpt', 'eve@example.org'), FAIL,
             'recipient'),
            ('case', PLAIN, ('--rcpt', 'Bob@example.org'), FAIL,
             'recipient'),
            ('not bound', folded, ('--rcpt', 'bob@example.org'), FAIL,
             'recipient'),
        ])

    def test_syntax(self):
        """none and permerror."""
        bare = PLAIN[PLAIN.index(b'\r\nFrom:') + 2:]
        self.rows([
            ('no stamp', bare, (), NONE, ''),
            ('empty', b'', (), NONE, ''),
            ('only a body', b'\r\nDelivered-Securely: v=1\r\n', (), NONE,
             ''),
            ('version', PLAIN.replace(b'v=1;', b'v=2;', 1), (), PERM,
             'version'),
            ('v not first', PLAIN.replace(b'v=1; a=ed25519-sha256;',
                                          b'a=ed25519-sha256; v=1;', 1), (),
             PERM, ''),
            ('algorithm', PLAIN.replace(b'ed25519-sha256', b'rsa-sha1', 1),
             (), PERM, 'algorithm'),
            ('tag twice', PLAIN.replace(b'mode=require;',
                                        b'mode=require; mode=prefer;', 1),
             (), PERM, 'syntax'),
            ('no tag list', b'Delivered-Securely: nonsense\r\n' + bare, (),
             PERM, 'syntax'),
            ('from not in h', PLAIN.replace(b'h=from:from:', b'h=', 1), (),
             PERM, ''),
            ('too long', b'Delivered-Securely: v=1; x=' + b'a' * 4100 +
             b'\r\n' + bare, (), PERM, ''),
            ('no key', PLAIN.replace(b's=2026a', b's=2026z', 1), (), PERM,
             'key'),
            ('renamed', PLAIN.replace(b'Delivered-Securely',
                                      b'DKIM-Signature', 1), (), NONE, ''),
        ])

    def test_nothing_unverified_is_shown(self):
        """Of a stamp that fails, only the reason is printed."""
        for name in ('bad-body.eml', 'bad-subject.eml'):
            _, said = verify(vector(name))
            for word in ('192.0.2.25', 'TLSv1.3', 'sender.example'):
                self.assertNotIn(word, said)

    def test_pass_words(self):
        """What, when, by whom, from where, how, and what is not said."""
        _, said = verify(PLAIN)
        for word in ('mx1.example.org', '192.0.2.25', 'TLSv1.3',
                     'TLS_AES_256_GCM_SHA384', 'require', 'sender.example'):
            self.assertIn(word, said)

    def test_json(self):
        """One object with the result and the tags."""
        done = hopseal('verify', '--keys', KEYS, '--json', '-', stdin=PLAIN)
        got = json.loads(done.stdout)
        self.assertEqual(done.returncode, PASS)
        self.assertEqual(got['result'], 'pass')
        self.assertIn('mx1.example.org', json.dumps(got))
        done = hopseal('verify', '--keys', KEYS, '--json', '-',
                       stdin=vector('bad-body.eml'))
        self.assertEqual(json.loads(done.stdout)['result'], 'fail')
        self.assertNotIn(b'192.0.2.25', done.stdout)

    def test_keys(self):
        """Records: revoked, window, unknown kind, testing, odd names."""
        with open(KEYS, encoding='ascii') as source:
            good = source.read().split(' ', 1)[1].strip()
        made = 1795428007
        rows = [
            ('good', f'{NAME} {good}', PASS),
            ('case, dot', f'{NAME.upper()}. {good}', PASS),
            ('testing', f'{NAME} {good}; t=y', PASS),
            ('revoked', f'{NAME} v=DS1; k=ed25519; p=', PERM),
            ('revoked last', f'{NAME} {good}\n{NAME} v=DS1; p=', PERM),
            ('revoked first', f'{NAME} v=DS1; p=\n{NAME} {good}', PERM),
            ('another one revoked',
             f'{NAME} {good}\nx{NAME} v=DS1; p=', PASS),
            ('good twice', f'{NAME} {good}\n{NAME} {good}', PASS),
            ('version', f'{NAME} {good.replace("DS1", "DS2")}', PERM),
            ('kind', f'{NAME} {good.replace("ed25519", "rsa")}', PERM),
            ('short', f'{NAME} v=DS1; k=ed25519; p=AAAA', PERM),
            ('too early', f'{NAME} {good}; nb={made + 1}', PERM),
            ('too late', f'{NAME} {good}; na={made - 1}', PERM),
            ('in window', f'{NAME} {good}; nb={made}; na={made}', PASS),
            ('another name', f'x{NAME} {good}', PERM),
            ('empty', '', PERM),
        ]
        for name, line, code in rows:
            with self.subTest(name):
                path = self.folder.write('keys', line + '\n')
                got, said = verify(PLAIN, keys=path)
                self.assertEqual(got, code, said)

    def test_several(self):
        """The first trusted one that passes decides; five are looked at."""
        stamp = PLAIN[:PLAIN.index(b'\r\nFrom:') + 2]
        broken = stamp.replace(b'b=LGEY', b'b=LGEZ', 1)
        foreign = stamp.replace(b'd=example.org', b'd=x.example', 1)
        trust = ('--trust', 'example.org')
        self.rows([
            ('broken above', broken + PLAIN, trust, PASS, ''),
            ('foreign above', foreign + PLAIN, trust, PASS, ''),
            ('four above', broken * 4 + PLAIN, trust, PASS, ''),
            ('five above', broken * 5 + PLAIN, trust, FAIL, ''),
        ])


class Fresh(StampCase):
    """Stamps that the daemon has just made."""

    rules = 'policy "bank.example" { mode = "require" }'

    def test_ours(self):
        """Verified by ours too, and bound to its recipient."""
        _, got = self.stamped(mail_from='<a@bank.example>')
        for rcpt, code in (('bob@example.org', PASS),
                           ('eve@example.org', FAIL)):
            answer, said = verify(got.octets, '--rcpt', rcpt,
                                  keys=self.daemon.keys)
            self.assertEqual(answer, code, said)

    def test_changed(self):
        """One octet of each signed thing."""
        _, got = self.stamped(tls=TLS13)
        text = got.octets
        for old, new in ((b'Subject: C', b'Subject: D'),
                         (b'Hello', b'Hallo'),
                         (b'tls=TLSv1.3', b'tls=TLSv1.2'),
                         (b'bits=256', b'bits=257'),
                         (b'To: Bob', b'To: Eve'),
                         (b'\r\n\r\n', b'\r\nReply-To: x@y.example\r\n\r\n')):
            with self.subTest(old):
                bad = text.replace(old, new, 1)
                self.assertNotEqual(bad, text)
                answer, said = verify(bad, keys=self.daemon.keys)
                self.assertEqual(answer, FAIL, said)

    def test_added_fields_do_no_harm(self):
        """Fields of later hops leave the stamp alone."""
        _, got = self.stamped()
        more = b'Received: by later\r\nX-Spam: no\r\n' + got.octets
        self.assertEqual(verify(more, keys=self.daemon.keys)[0], PASS)


class Rsa(StampCase):
    """A stamp with an RSA key of keygen's making."""

    @classmethod
    def setUpClass(cls):
        folder = WorkDir('mta-')
        cls.addClassCleanup(folder.close)
        cls.key = folder.path + '/rsa.pem'
        done = hopseal('keygen', '--algorithm', 'rsa', '--domain',
                       'rsa.example', '--selector', 'r1', '--out', cls.key)
        line = [each for each in done.stdout.decode().splitlines()
                if each.startswith('r1._delivered-securely.rsa.example v=')]
        cls.line = line[0] if line else done.stderr.decode()
        if os.geteuid() == 0:
            import shutil
            shutil.chown(cls.key, 'nobody')
        cls.rules = (f'stamp {{ domain = "rsa.example" selector = "r1" '
                     f'key = "{cls.key}" }}\n')
        cls.stamp = None
        super().setUpClass()

    def test_rsa(self):
        """Verified by openssl and by ours."""
        got = self.deliver(tls=TLS13)
        stamp = stampcheck.stamps(got.octets)[0]
        self.assertEqual(stamp.tags['a'], 'rsa-sha256')
        self.assertEqual(stamp.tags['d'], 'rsa.example')
        record = self.line.split(' ', 1)[1]
        self.assertEqual(stampcheck.problem(got.octets, stamp, record), '')
        path = self.workdir.write('keys', self.line + '\n')
        self.assertEqual(verify(got.octets, keys=path)[0], PASS)
        self.assertEqual(len(base64.b64decode(stamp.tags['b'])), 256)


if __name__ == '__main__':
    unittest.main()
