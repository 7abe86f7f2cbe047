"""Forged stamps are taken out, foreign ones stay, at the right index."""

import unittest

import milterwire as wire
from daemoncase import BOTH, OK, DaemonCase
from dialects import POSTFIX
from lab import stampcheck
from session import HEADERS, PLAIN, TLS13, Message
from stampcase import StampCase

NAME = 'Delivered-Securely'
OURS = ' v=1; a=ed25519-sha256; d=example.org; s=x; b=AAAA'
BELOW = ' v=1; d=mx.example.org; b=AAAA'
FOREIGN = ' v=1; a=ed25519-sha256; d=other.example; s=x; b=AAAA'
PARENT = ' v=1; d=org; b=AAAA'
LOOKALIKE = ' v=1; d=notexample.org; b=AAAA'
UNPARSABLE = (
    ' nonsense', '', ' v=1; d=other.example; d=other.example',
    ' v=1; b=AAAA', ' v=1; d=; b=A', ' =x; d=other.example',
    ' v=1; d=other.example; b=' + 'A' * 4200,
    ' d=ex ample.org; \udcff', ' v=1; d=other..example', ' 1v=1; d=x.example',
    ' d=a b',
    # decoded, as Sieve does, it would be ours
    ' v=1; d=other.example; x= =?utf-8?Q?=3Bd=3Dexample.org=3B?=; b=AAAA',
)
STILL_OURS = (
    OURS, ' d=example.org', ' d = EXAMPLE.org ; b=A', ' d=example.org.',
    '\r\n\tv=1;\r\n d=\r\n example.org;\r\n b=A',
    ' v=1; d=exam\r\n ple.org; b=A', ' b=A;d=a.b.example.org;',
)


def names(octets):
    """Values of all stamp fields in a delivered message."""
    return [value for name, value in stampcheck.split(octets)[0]
            if name.lower() == NAME.lower().encode()]


class Strip(DaemonCase):
    """Plain sessions: nothing is stamped, forgeries go all the same."""

    def left(self, dialect, *values, **facts):
        """What is left of these stamp fields after delivery."""
        fields = tuple((NAME, value) for value in values) + HEADERS
        got = self.deliver(dialect, headers=fields, **facts)
        self.assertEqual(got.final, OK)
        return [value.decode('utf-8', 'surrogateescape')
                for value in names(got.octets)]

    def test_taken_out(self):
        """d= is ours or below, or the field is no tag list."""
        for dialect in BOTH:
            for value in STILL_OURS + (BELOW,) + UNPARSABLE:
                with self.subTest(value[:40], dialect=dialect.name):
                    self.assertEqual(self.left(dialect, value), [])

    def test_stay(self):
        """Another domain's stamp, also of our parent."""
        for dialect in BOTH:
            for value in (FOREIGN, PARENT, LOOKALIKE,
                          FOREIGN.replace('other', 'example.org')):
                with self.subTest(value, dialect=dialect.name):
                    self.assertEqual(self.left(dialect, value), [value])

    def test_mixed(self):
        """Only ours go, whatever stands between them."""
        rows = [
            ([OURS, FOREIGN], [FOREIGN]), ([FOREIGN, OURS], [FOREIGN]),
            ([OURS, OURS, OURS], []), ([OURS, FOREIGN, BELOW, PARENT, ''],
                                       [FOREIGN, PARENT]),
            ([FOREIGN, LOOKALIKE], [FOREIGN, LOOKALIKE]),
            ([OURS] * 40 + [FOREIGN] + [OURS] * 40, [FOREIGN]),
        ]
        for dialect in BOTH:
            for before, after in rows:
                with self.subTest(str(after), dialect=dialect.name,
                                  count=len(before)):
                    self.assertEqual(self.left(dialect, *before), after)

    def test_highest_first(self):
        """Deletes come from the highest index down (FACTS)."""
        fields = tuple((NAME, OURS) for _ in range(5)) + HEADERS
        for dialect in BOTH:
            got = self.deliver(dialect, headers=fields)
            indexes = [edit.index for edit in got.edits]
            self.assertEqual(indexes, [5, 4, 3, 2, 1])
            self.assertEqual({edit.kind for edit in got.edits},
                             {wire.CHG_HEADER})

    def test_name_in_any_case(self):
        """The field name is compared without case."""
        for dialect in BOTH:
            for name in (NAME.upper(), NAME.lower(), 'dElivered-seCurely'):
                fields = ((name, OURS), ('X-' + NAME, OURS)) + HEADERS
                with self.subTest(name, dialect=dialect.name):
                    got = self.deliver(dialect, headers=fields)
                    self.assertEqual(names(got.octets), [])
                    self.assertIn(b'\r\nX-Delivered-Securely: v=1',
                                  got.octets)

    def test_not_carried_over(self):
        """What one message had is not deleted from the next."""
        forged = Message(headers=((NAME, OURS),) + HEADERS)
        for dialect in BOTH:
            with self.subTest(dialect=dialect.name), \
                    self.open(dialect) as session:
                got = [len(session.send(message).edits)
                       for message in (forged, Message(), forged)]
                self.assertEqual(got, [1, 0, 1])

    def test_also_below_policy(self):
        """Every state of TLS; 5,000 forgeries."""
        for tls in (PLAIN, TLS13):
            got = self.deliver(
                POSTFIX, tls=tls, headers=((NAME, OURS),) * 5000 + HEADERS)
            self.assertEqual(got.final, OK)
            left = names(got.octets)
            self.assertEqual(len(left), 1 if tls else 0)

    def test_too_many(self):
        """More than the MTA can delete in good time: deferred, logged."""
        mark = len(self.daemon.log())
        got = self.deliver(
            POSTFIX, headers=((NAME, OURS),) * 10001 + HEADERS)
        self.assertEqual(got.final, '451 4.3.0 Policy service is not '
                         'available, please retry')
        self.log_since(mark, 'fault id=')


class StripAndStamp(StampCase):
    """Both in one message: our stamp is on top and the only one of ours."""

    def test_both(self):
        """Inserted at the top, forged ones gone, foreign ones kept."""
        fields = ((NAME, OURS), ('Received', ' by relay'), (NAME, FOREIGN),
                  (NAME, OURS)) + HEADERS + ((NAME, BELOW),)
        for dialect in BOTH:
            with self.subTest(dialect=dialect.name):
                got = self.deliver(dialect, tls=TLS13, headers=fields)
                left = stampcheck.stamps(got.octets)
                self.assertEqual([stamp.tags['d'] for stamp in left],
                                 ['example.org', 'other.example'])
                self.assertEqual(left[0].index, 1)
                self.verifies(got.octets, left[0])


if __name__ == '__main__':
    unittest.main()
