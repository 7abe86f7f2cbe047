"""Messages that are large, long, empty or not of ASCII: stamped all."""

import unittest

from daemoncase import BOTH, OK
from dialects import POSTFIX
from session import HEADERS, TLS13
from stampcase import StampCase


class Sizes(StampCase):
    """Each message passes, and where it is stamped the stamp holds."""

    rules = 'policy "bank.example" { mode = "require" }'

    def bodies(self, table):
        """Rows of name and body, in both dialects."""
        for dialect in BOTH:
            for name, body in table:
                with self.subTest(name, dialect=dialect.name):
                    self.stamped(dialect, body=body)

    def test_bodies(self):
        """Every body ends in a stamp that two strangers verify."""
        line = b'0123456789' * 7 + b'\r\n'
        self.bodies([
            ('empty', b''),
            ('one empty line', b'\r\n'),
            ('empty lines', b'\r\n' * 50),
            ('blanks only', b' \t \r\n\t\r\n'),
            ('no end of line', b'no end'),
            ('8-bit', 'caf\u00e9 \u2603\r\n'.encode() + b'\xff\xfe\r\n'),
            ('NUL', b'a\0b\r\n'),
            ('blanks at the end', b'a  \t\r\nb \t c\r\n\r\n\r\n'),
            ('dots', b'.\r\n..\r\n.x\r\n'),
            ('a long line', b'x' * 200000 + b'\r\n'),
            ('CRLF cut by a chunk', b'x' * 65534 + b'\r\ny\r\n'),
            ('blank cut by a chunk', b'x' * 65534 + b'  \r\n \r\n'),
            ('empty lines over a chunk', b'x\r\n' + b'\r\n' * 40000 + b'y'),
            ('100 kB', line * 1400),
        ])

    def test_lone_line_ends(self):
        """Bare CR and LF in the body: no crash, delivered as they came."""
        for dialect in BOTH:
            for body in (b'a\nb\n', b'a\rb\r', b'\r\r\n\n\r', b'\r',
                         b'x' * 65534 + b'\r' + b'\ny'):
                with self.subTest(body[-9:], dialect=dialect.name):
                    got = self.deliver(dialect, tls=TLS13, body=body)
                    self.assertEqual(got.final, OK)
                    self.assertTrue(got.octets.endswith(b'\r\n\r\n' + body))

    def test_20_megabytes(self):
        """305 chunks; the stamp covers the last octet."""
        body = (b'y' * 76 + b'\r\n') * (20 * 1024 * 1024 // 78)
        _, got = self.stamped(body=body)
        self.assertGreater(got.body_packets, 300)

    def test_5000_fields(self):
        """Many fields that no stamp covers, and many that it does."""
        many = HEADERS + tuple((f'X-{n}', f' {n}') for n in range(5000))
        for dialect in BOTH:
            with self.subTest('X-', dialect=dialect.name):
                self.stamped(dialect, headers=many)

    def test_5000_signed_fields(self):
        """h= would pass 4096 octets: unstamped with an error, delivered."""
        mark = len(self.daemon.log())
        many = HEADERS + tuple(('Cc', f' c{n}@x.example')
                               for n in range(5000))
        self.unstamped(headers=many)
        self.log_since(mark, '4096')

    def test_100_kB_field(self):
        """As long as Postfix lets a field be (header_size_limit)."""
        long = ' ' + ',\r\n '.join(f'u{n}@x.example' for n in range(6000))
        self.assertGreater(len(long), 100000)
        for dialect in BOTH:
            for name in ('To', 'X-Long'):
                with self.subTest(name, dialect=dialect.name):
                    fields = tuple(f for f in HEADERS if f[0] != name)
                    self.stamped(dialect, headers=fields + ((name, long),))

    def test_60_kB_field(self):
        """A field of 60 kB, covered by the stamp or not."""
        long = ' ' + '\r\n '.join(['word ' * 12] * 1000)
        self.assertGreater(len(long), 60000)
        for dialect in BOTH:
            for name in ('Subject', 'X-Long'):
                with self.subTest(name, dialect=dialect.name):
                    fields = [item for item in HEADERS if item[0] != name]
                    self.stamped(dialect, headers=fields + [(name, long)])

    def test_odd_fields(self):
        """Values that canonicalization must get right."""
        odd = (' ', '', ' \t', '  two', ' a\r\n\tb', ' a \t b', ' caf\u00e9',
               ' \udcff\udcfe', ' x\r\n \r\n y', ' a:b:c', ' ;=;')
        for dialect in BOTH:
            for value in odd:
                with self.subTest(value, dialect=dialect.name):
                    fields = [item for item in HEADERS
                              if item[0] != 'Subject']
                    self.stamped(dialect,
                                 headers=fields + [('SUBJect', value)])

    def test_odd_names(self):
        """Field names that are no names: ignored, delivered."""
        names = ('x' * 900, 'F', 'From ', '%s', '\u00e9')
        for name in names:
            with self.subTest(name[:9]):
                got = self.deliver(POSTFIX, tls=TLS13,
                                   headers=HEADERS + ((name.encode(
                                       'ascii', 'ignore').decode() or 'Y',
                                       ' 1'),))
                self.assertEqual(got.final, OK)

    def test_many_recipients(self):
        """1,000 recipients, one domain or many."""
        for rcpts, shared in (
                ([f'<u{n}@example.org>' for n in range(1000)], True),
                ([f'<u@d{n}.example>' for n in range(1000)], False)):
            stamp, got = self.stamped(rcpts=rcpts)
            self.assertEqual(got.replies, [OK] * 1000)
            self.assertEqual('rcpt' in stamp.tags, shared)
            self.assertNotIn('rs', stamp.tags)


if __name__ == '__main__':
    unittest.main()
