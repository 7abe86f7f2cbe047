"""hopseald -n, -V, and exit 78 with every error: POLICY, "hopseal.conf"."""

import os
import re
import unittest

from daemoncase import WorkDir
from test_process import run

GOOD = [
    ('empty', ''),
    ('comment', '# nothing\n'),
    ('operation', 'operation = "enforce"\n'),
    ('hosts', 'trusted-hosts = {}\n'),
    ('policy', 'policy "bank.example" { mode = "require" }\n'),
    ('class after its use',
     'policy "a.example" { class = "c" }\nclass "c" { mode = "prefer" }\n'),
    ('client', 'client "192.0.2.0/24" { mode = "require" }\n'
     'client ".x.example" { from = "require" }\n'),
    ('star, known', 'policy "*" { mode = "require" '
     'i-know-this-breaks-rfc3207 = true }\n'),
    ('star, no require', 'policy "*" { mode = "prefer" }\n'),
    ('dot line beside bare', 'domains = "@DIR@/dots"\n'
     'class "c" { mode = "require" }\n'),
    ('include', 'include("@DIR@/part.conf")\n'),
    ('bulk, CRLF', 'domains = "@DIR@/crlf"\nclass "c" { mode = "prefer" }\n'),
    ('unix:', 'socket = "unix:@DIR@/x.sock"\n'),
    ('on-fault', 'on-fault = "defer"\n'),
]

BAD = [
    ('unknown option', 'nonsense = 1\n', 1, 'nonsense'),
    ('bad operation', '\noperation = "enforced"\n', 2, 'operation'),
    ('bad mode', 'policy "a.example" {\n mode = "requires"\n}\n', 2, 'mode'),
    ('bad min-tls', 'class "c" {\n min-tls = "1.4"\n}\n', 2, 'min-tls'),
    ('bad min-bits', 'class "c" {\n min-bits = 65536\n}\n', 2, 'min-bits'),
    ('negative', 'class "c" {\n min-bits = -1\n}\n', 2, 'min-bits'),
    ('bad ciphers', 'class "c" {\n ciphers = "good"\n}\n', 2, 'ciphers'),
    ('bad peer', 'class "c" {\n peer = "me"\n}\n', 2, 'peer'),
    ('bad action', 'class "c" {\n action = "drop"\n}\n', 2, 'action'),
    ('no class', '\npolicy "a.example" { class = "c" }\n', 2, 'c'),
    ('empty string', '\nhostname = ""\n', 2, 'hostname'),
    ('unset variable', '\nhostname = "${HOPSEAL_UNSET}"\n', 2, 'hostname'),
    ('duplicate', 'policy "a.example" { }\npolicy "a.example" { }\n', 2,
     'a.example'),
    ('duplicate, other case', 'policy "a.example" { }\n'
     'policy "A.Example." { }\n', 2, 'a.example'),
    ('duplicate, IDN', 'policy "b\u00fccher.example" { }\n'
     'policy "xn--bcher-kva.example" { }\n', 2, 'xn--bcher-kva.example'),
    ('duplicate client', 'client "192.0.2.1" { }\n'
     'client "192.0.2.1/32" { }\n', 2, '192.0.2.1'),
    ('duplicate class', 'class "c" { }\nclass "c" { }\n', 2, 'c'),
    ('star', '\npolicy "*" { mode = "require" }\n', 2, 'rfc3207'),
    ('star from', '\npolicy "*" { from = "require" }\n', 2, 'rfc3207'),
    ('star to', '\npolicy "*" { to = "require" }\n', 2, 'rfc3207'),
    ('star by class', 'class "c" { mode = "require" }\n'
     'policy "*" { class = "c" }\n', 2, 'rfc3207'),
    ('bad network', '\nclient "192.0.2.0/33" { }\n', 2, '192.0.2.0/33'),
    ('bad host', '\ntrusted-hosts = {"192.0.2.300"}\n', 2, 'trusted-hosts'),
    ('bad socket', '\nsocket = "tcp:1"\n', 2, 'socket'),
    ('bad mode number', '\nsocket-mode = "0999"\n', 2, 'socket-mode'),
    ('bad on-fault', '\non-fault = "maybe"\n', 2, 'on-fault'),
    ('bad log', '\nlog = "paper"\n', 2, 'log'),
    ('half a stamp', '\nstamp { domain = "example.org" }\n', 2, 'stamp'),
    ('no key', '\nstamp { domain = "example.org" selector = "s" '
     'key = "@DIR@/none.pem" }\n', 2, 'none.pem'),
    ('key is no key', '\nstamp { domain = "example.org" selector = "s" '
     'key = "@DIR@/crlf" }\n', 2, 'crlf'),
    ('no domains file', '\ndomains = "@DIR@/nothing"\n', 2, 'nothing'),
    ('syntax', 'policy "a.example" {\n', 2, ''),
]

FILES = {
    'part.conf': 'policy "part.example" { mode = "require" }\n',
    'bad.conf': '\n\nnonsense = 1\n',
    'dots': 'a.example c\n.a.example c\n',
    'crlf': '# a comment\r\n\r\na.example c\r\nb.example  c\r\n',
    'badbulk': 'a.example c\nno class here at all\nb..example c\n'
               'c.example nobody\na.example c\nd.example\n',
}


class Configuration(unittest.TestCase):
    """Each file is checked with -n: nothing is started."""

    def setUp(self):
        self.folder = WorkDir('mta-')
        self.addCleanup(self.folder.close)
        for name, content in FILES.items():
            self.folder.write(name, content, mode=0o600)

    def check(self, text):
        """Exit code and words of `hopseald -n` for this text."""
        text = text.replace('@DIR@', self.folder.path)
        path = self.folder.write('hopseal.conf', text)
        return run('-n', '-c', path)

    def test_good(self):
        """Exit 0, and nothing is left behind."""
        for name, text in GOOD:
            with self.subTest(name):
                code, said = self.check(text)
                self.assertEqual(code, 0, said)

    def test_bad(self):
        """Exit 78; file, line and option in the sentence."""
        for name, text, line, word in BAD:
            with self.subTest(name):
                code, said = self.check(text)
                self.assertEqual(code, 78, said)
                here = [each for each in said.splitlines()
                        if re.search(rf'hopseal\.conf:{line}\b', each)]
                self.assertTrue(here, f'no line {line} in {said!r}')
                self.assertIn(word, ' '.join(here))

    def test_all_errors(self):
        """Not only the first one is reported."""
        text = ('nonsense = 1\noperation = "x"\n'
                'policy "a.example" { mode = "y" }\n'
                'client "300.0.0.1" { }\nhostname = ""\n'
                'policy "a.example" { }\n')
        code, said = self.check(text)
        self.assertEqual(code, 78)
        got = sorted({int(n) for n in
                      re.findall(r'hopseal\.conf:(\d+)', said)})
        self.assertEqual(got, [1, 2, 3, 4, 5, 6], said)

    def test_bulk_table(self):
        """All bad lines of the table, with its own name."""
        code, said = self.check('class "c" { mode = "prefer" }\n'
                                'domains = "@DIR@/badbulk"\n')
        self.assertEqual(code, 78)
        got = sorted({int(n) for n in re.findall(r'badbulk:(\d+)', said)})
        self.assertEqual(got, [2, 3, 4, 5, 6], said)

    def test_title_and_bulk(self):
        """A domain as policy title and as bare line is refused."""
        code, said = self.check('class "c" { mode = "prefer" }\n'
                                'policy "b.example" { }\n'
                                'domains = "@DIR@/crlf"\n')
        self.assertEqual(code, 78, said)
        self.assertIn('b.example', said)

    def test_included_error(self):
        """An error in an included file names that file and line."""
        code, said = self.check('include("@DIR@/bad.conf")\n')
        self.assertEqual(code, 78)
        self.assertIn('bad.conf:3', said)

    def test_start_refused(self):
        """Without -n: exit 78 too, nothing started."""
        path = self.folder.write('hopseal.conf',
                                 f'nonsense = 1\nsocket = "local:'
                                 f'{self.folder.path}/m.sock"\n')
        code, said = run('-f', '-c', path)
        self.assertEqual(code, 78, said)
        self.assertFalse(os.path.exists(self.folder.path + '/m.sock'))

    def test_no_file(self):
        """A file that is not there."""
        code, said = run('-n', '-c', self.folder.path + '/none.conf')
        self.assertEqual(code, 78, said)
        self.assertIn('none.conf', said)

    def test_key_for_others(self):
        """A key that others can read is refused."""
        from lab import command
        path = self.folder.path + '/open.pem'
        command.keygen_pem(path)
        os.chmod(path, 0o644)
        text = f'\nstamp {{ domain = "example.org" selector = "s" ' \
            f'key = "{path}" }}\n'
        code, said = self.check(text)
        self.assertEqual(code, 78, said)
        os.chmod(path, 0o600)
        code, said = self.check(text)
        self.assertEqual(code, 0, said)

    def test_version_and_usage(self):
        """-V says the version; an unknown option is a usage error."""
        code, said = run('-V')
        self.assertEqual(code, 0)
        self.assertRegex(said, r'hopseald? .*\d+\.\d+')
        code, said = run('-Z')
        self.assertEqual(code, 64, said)
        self.assertIn('usage', said.lower())


if __name__ == '__main__':
    unittest.main()
