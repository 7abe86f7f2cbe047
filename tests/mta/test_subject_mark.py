"""A subject mark that is taken off: the stamp covers what is left."""

import unittest

from daemoncase import BOTH
from session import HEADERS
from stampcase import StampCase


class SubjectMark(StampCase):
    """mark-subject with mark-subject-remove, for a client that may mark."""

    rules = ('outbound { mark-subject = "[secure]" mark-subject-remove = true '
             'route-header = "X-Route: tls" }')

    def test_stamp_covers_the_rest(self):
        """A subject of the mark alone stays: an empty one is a deletion."""
        rows = ((' [secure] Hi', b'Subject: Hi'),
                (' [secure]', b'Subject: [secure]'),
                (' [SECURE] \t', b'Subject: [SECURE] \t'))
        for dialect in BOTH:
            for before, after in rows:
                with self.subTest(before, dialect=dialect.name):
                    fields = tuple((name, before if name == 'Subject'
                                    else value) for name, value in HEADERS)
                    _, got = self.stamped(dialect, auth='joe', headers=fields)
                    lines = got.octets.split(b'\r\n')
                    self.assertIn(after, lines)
                    self.assertIn(b'X-Route: tls', lines)


if __name__ == '__main__':
    unittest.main()
