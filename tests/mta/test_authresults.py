"""authentication-results: what we state, and the forged that go."""

import unittest

import milterwire as wire
from daemoncase import BOTH, OK, DaemonCase
from dialects import NO_SYMLIST, POSTFIX
from lab import authresults, stampcheck
from session import HEADERS, PLAIN, TLS12, TLS13, Message
from stampcase import StampCase

NAME = 'Authentication-Results'
OURS = ' mx.example.org; x-tls=pass smtp.version=TLSv1.3'
FOREIGN = ' other.example; dkim=pass header.d=mx.example.org'
PASS = ('mx.example.org', {'x-tls': ('pass', {
    'smtp.version': 'TLSv1.3', 'smtp.cipher': 'TLS_AES_256_GCM_SHA384',
    'smtp.bits': '256'})})
NONE = ('mx.example.org', {'x-tls': ('none', {
    'smtp.remote-ip': '192.0.2.25'})})
STILL_OURS = (
    OURS, ' MX.EXAMPLE.ORG; none', ' mx.example.org 1; none',
    '\r\n\tmx.example.org\r\n 1\r\n\t; x-tls=pass',
    ' (a (b) c) mx.example.org (d); none', ' "mx.example.org"; none',
    'mx.example.org;none', ' mx.example.org.; none', ' (open mx.example.org',
)
OTHERS = (
    FOREIGN, ' example.org; none', ' a.mx.example.org; none',
    ' mx.example.org.evil.example; none', ' (mx.example.org) x.example; none',
    ' spf=pass smtp.mailfrom=x.example', '',
)


class ResultsCase(DaemonCase):
    settings = {'operation': '"stamp"'}
    stamp = 'authentication-results = true'
    rules = 'policy "observed.example" { operation = "observe" }'

    def found(self, dialect=POSTFIX, values=(), **facts):
        """The values of all such fields of the delivered message."""
        fields = tuple((NAME, value) for value in values) + HEADERS
        got = self.deliver(dialect, headers=fields, **facts)
        self.assertEqual(got.final, OK)
        return authresults.values(got.octets), got


class Results(ResultsCase):
    def test_stated(self):
        """By the grammar, one field, on top; the stranger's stays below."""
        ipv6 = ('mx.example.org', {'x-tls': ('none', {
            'smtp.remote-ip': '2001:db8::25'})})
        old = ('mx.example.org', {'x-tls': ('pass', {
            'smtp.version': 'TLSv1.2', 'smtp.bits': '256',
            'smtp.cipher': 'ECDHE-RSA-AES256-GCM-SHA384'})})
        rows = (('TLS 1.3', dict(tls=TLS13), PASS),
                ('TLS 1.2', dict(tls=TLS12), old),
                ('clear', dict(tls=PLAIN), NONE),
                ('clear, IPv6', dict(tls=PLAIN, client='2001:db8::25'), ipv6))
        for dialect in BOTH:
            for name, facts, want in rows:
                with self.subTest(name, dialect=dialect.name):
                    left, _ = self.found(dialect, [FOREIGN], **facts)
                    self.assertEqual(len(left), 2, left)
                    self.assertEqual(authresults.read(left[0]), want)
                    self.assertEqual(left[1], FOREIGN.strip().encode())
                    for line in left[0].split(b'\r\n'):
                        self.assertLessEqual(len(line.expandtabs()), 78)

    def test_forged(self):
        """A field that claims to be ours goes, TLS or not."""
        for dialect in BOTH:
            for value in STILL_OURS:
                with self.subTest(value, dialect=dialect.name):
                    left, _ = self.found(dialect, [value], tls=PLAIN)
                    self.assertEqual([authresults.read(one) for one in left],
                                     [NONE])

    def test_others_stay(self):
        for dialect in BOTH:
            left, _ = self.found(dialect, OTHERS, tls=TLS13)
            self.assertEqual(left[1:], [value.strip().encode()
                                        for value in OTHERS])
            self.assertEqual(authresults.read(left[0]), PASS)

    def test_highest_first(self):
        """Indexes hold: deleted from the last to the first, then ours."""
        values = [OURS, FOREIGN, OURS, FOREIGN, OURS]
        for dialect in BOTH:
            with self.subTest(dialect=dialect.name):
                left, got = self.found(dialect, values, tls=PLAIN)
                self.assertEqual([edit.index for edit in got.edits],
                                 [5, 3, 1, 1])
                self.assertEqual(got.edits[-1].kind, wire.INS_HEADER)
                self.assertEqual(left[1:], [FOREIGN.strip().encode()] * 2)

    def test_not_known(self):
        """Where the MTA does not say, we say nothing; the forged go."""
        left, _ = self.found(NO_SYMLIST, [OURS, FOREIGN], tls=PLAIN)
        self.assertEqual(left, [FOREIGN.strip().encode()])

    def test_odd_macro(self):
        """What is no token is left out, and the rest still said."""
        left, _ = self.found(tls=TLS13,
                             macros={'{cipher}': 'A;x-tls=fail\r\nX: y'})
        _, results = authresults.read(left[0])
        self.assertEqual(results, {'x-tls': ('pass', {
            'smtp.version': 'TLSv1.3', 'smtp.bits': '256'})})

    def test_each_message_its_own(self):
        """A connection with three messages; the name in any case."""
        forged = Message(headers=((NAME.upper(), OURS),) + HEADERS)
        for dialect in BOTH:
            with self.subTest(dialect=dialect.name), \
                    self.open(dialect, tls=TLS13) as session:
                counts = [len(authresults.values(session.send(one).octets))
                          for one in (forged, Message(), forged)]
                self.assertEqual(counts, [1, 1, 1])

    def test_too_many(self):
        """More than the MTA can delete in good time: deferred."""
        got = self.deliver(
            POSTFIX, headers=((NAME, OURS),) * 10001 + HEADERS)
        self.assertEqual(got.final, '451 4.3.0 Policy service is not '
                         'available, please retry')


class Beside(StampCase):
    """With the stamp: ours above it, and the stamp holds."""
    stamp = 'authentication-results = true'

    def test_both(self):
        fields = ((NAME, OURS), ('Received', ' by relay'),
                  (NAME, FOREIGN)) + HEADERS
        for dialect in BOTH:
            with self.subTest(dialect=dialect.name):
                _, got = self.stamped(dialect, headers=fields)
                names = [name.decode() for name, _ in
                         stampcheck.split(got.octets)[0]][:5]
                self.assertEqual(names, ['Received', NAME,
                                         'Delivered-Securely', 'Received',
                                         NAME])


class Untouched:
    """The header is not touched, whatever it claims."""

    def test_untouched(self):
        for dialect in BOTH:
            for tls in (PLAIN, TLS13):
                with self.subTest(dialect=dialect.name):
                    left, got = self.found(dialect, [OURS, FOREIGN], tls=tls)
                    self.assertEqual(left, [OURS.strip().encode(),
                                            FOREIGN.strip().encode()])
                    self.assertEqual(got.edits, [])


class Off(Untouched, ResultsCase):
    """The default; the sample message has nothing to stamp."""
    stamp = None

    def test_nothing_is_asked_for(self):
        """Neither the header nor the right to change it."""
        for dialect in BOTH:
            with self.open(dialect) as session:
                self.assertTrue(session.milter.has(wire.P_NOHDRS))
                self.assertEqual(session.milter.actions, wire.F_SETSYMLIST)


class Observe(Untouched, ResultsCase):
    settings = {'operation': '"observe"'}


class Trusted(Untouched, ResultsCase):
    settings = {'operation': '"stamp"', 'trusted-hosts': '{"192.0.2.0/24"}'}


class WithoutKey(ResultsCase):
    """It needs no key; the body is not asked for."""
    stamp = None
    rules = 'stamp { authentication-results = true }'

    def test_without_key(self):
        for dialect in BOTH:
            with self.subTest(dialect=dialect.name):
                left, got = self.found(dialect, tls=TLS13, body=b'x' * 99999)
                self.assertEqual([authresults.read(one) for one in left],
                                 [PASS])
                self.assertEqual(got.body_packets, 0)


if __name__ == '__main__':
    unittest.main()
