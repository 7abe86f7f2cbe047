"""h= of a stamp: which fields, how often, and what Sendmail rewrites."""

import unittest

from daemoncase import BOTH
from dialects import POSTFIX, SENDMAIL
from session import HEADERS
from stampcase import StampCase

SIGNED = ('from', 'to', 'cc', 'subject', 'date', 'message-id', 'reply-to',
          'sender', 'in-reply-to', 'references', 'mime-version',
          'content-type', 'content-transfer-encoding')
ALWAYS = ('subject', 'cc', 'reply-to', 'content-type',
          'content-transfer-encoding', 'mime-version')


def wanted(fields, left_out=()):
    """How often each name must be in h= (STAMP): n + 1, or once."""
    names = [name.lower() for name, _ in fields]
    want = {}
    for name in SIGNED:
        count = names.count(name)
        if name in left_out:
            continue
        if count:
            want[name] = count + 1
        elif name in ALWAYS:
            want[name] = 1
    return want


def with_field(*fields):
    """The everyday header with these fields in place of their namesakes."""
    names = [name.lower() for name, _ in fields]
    return tuple(item for item in HEADERS
                 if item[0].lower() not in names) + fields


class SignedFields(StampCase):
    """Counts of h=, dialect by dialect."""

    def counts(self, dialect, fields, left_out=()):
        """Compares h= with what STAMP wants."""
        stamp, _ = self.stamped(dialect, headers=fields)
        names = stamp.tags['h'].split(':')
        got = {name: names.count(name) for name in set(names)}
        self.assertEqual(got, wanted(fields, left_out), fields[-1])

    def test_counts(self):
        """n + 1 of those there, once of some absent, never of others."""
        bare = (('From', ' a@x.example'),)
        rows = [
            ('everyday', HEADERS), ('From alone', bare),
            ('two Subjects', HEADERS + (('subject', ' again'),)),
            ('two Tos', HEADERS + (('TO', ' c@x.example'),)),
            ('two Froms', HEADERS + (('From', ' c@x.example'),)),
            ('all', with_field(
                ('Cc', ' c@x.example'), ('Reply-To', ' r@x.example'),
                ('Sender', ' s@x.example'), ('In-Reply-To', ' <1@x>'),
                ('References', ' <1@x> <2@x>'),
                ('Content-Transfer-Encoding', ' 8bit'))),
            ('others', HEADERS + (('X-Spam', ' no'), ('Received', ' x'),
                                  ('DKIM-Signature', ' v=1'))),
            ('upper case', tuple((name.upper(), value)
                                 for name, value in HEADERS)),
        ]
        for dialect in BOTH:
            for name, fields in rows:
                with self.subTest(name, dialect=dialect.name):
                    self.counts(dialect, fields)

    def test_order(self):
        """The names come in the order of STAMP."""
        stamp, _ = self.stamped()
        names = stamp.tags['h'].split(':')
        places = [SIGNED.index(name) for name in names]
        self.assertEqual(places, sorted(places), names)

    def test_commas(self):
        """Sendmail writes address lists anew: those it changes stay out."""
        changed = ('a@x.example,b@x.example', 'a@x.example ,b@x.example',
                   'a@x.example , b@x.example', 'a@x.example,',
                   'a@x.example;b@x.example', 'bob', 'a @ x.example',
                   'a@x.example.', '<@r.example:a@x.example>',
                   'bob@localhost')
        # Two spaces are one after canonicalization.
        kept = ('a@x.example, b@x.example', 'a@x.example,  b@x.example',
                '"Doe, J" <a@x.example>',
                '"a,b" <a@x.example>, c@x.example',
                '<a@x.example>, <b@x.example>')
        for value in changed:
            for name in ('To', 'Cc', 'Reply-To'):
                fields = with_field((name, ' ' + value))
                with self.subTest(f'{name}: {value}'):
                    self.counts(SENDMAIL, fields, (name.lower(),))
                    self.counts(POSTFIX, fields)
        for value in kept:
            with self.subTest(value):
                fields = with_field(('To', ' ' + value))
                self.counts(SENDMAIL, fields)
                self.counts(POSTFIX, fields)

    def test_folded_list(self):
        """A fold after the comma is white space after the comma."""
        fields = with_field(('To', ' a@x.example,\r\n\tb@x.example'))
        self.counts(POSTFIX, fields)

    def test_from_with_comma(self):
        """A From that Sendmail rewrites: unstamped; Postfix stamps it."""
        for value in ('a@x.example,b@x.example', 'bob', 'a @ x.example'):
            fields = with_field(('From', ' ' + value))
            with self.subTest(value):
                self.unstamped(SENDMAIL, headers=fields)
                self.stamped(POSTFIX, headers=fields)

    def test_sender_field(self):
        """Sender is rewritten too."""
        fields = with_field(('Sender', ' bob'))
        self.counts(SENDMAIL, fields, ('sender',))
        self.counts(POSTFIX, fields)


if __name__ == '__main__':
    unittest.main()
