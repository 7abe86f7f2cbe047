"""Malformed sessions at the milter and next-hop sockets: the daemon lives,
lets nothing pass that it must not, and keeps nothing of them.

The short form; tests/fuzz/sessions is the long one.
"""

import re
import unittest

from lab.strangers import Strangers
from lab.workdir import WorkDir

# What a line of the log may hold: nothing that ends it, or moves a cursor.
LINE = re.compile(r'[^\x00-\x1f\x7f]*')


class MalformedSessions(unittest.TestCase):
    """Some thousands, the same each time."""

    def check(self, sessions, inet):
        """Sends them; Finding is a failure."""
        with WorkDir('mta-') as workdir, \
                Strangers(workdir, inet=inet) as strangers:
            strangers.send(sessions // 4)
            strangers.remember()
            figures = strangers.send(sessions)
            strangers.left_behind()
            log = strangers.daemon.log()
        # Were they malformed, and did they get an answer all the same?
        for key in ('violating', 'lookups', 'answers', 'refusals', 'checks'):
            self.assertGreater(figures[key], 0, figures)
        for line in log.split('\n'):
            self.assertTrue(LINE.fullmatch(line), repr(line))

    def test_unix(self):
        """A socket of the file system."""
        self.check(12000, inet=False)

    def test_inet(self):
        """TCP, where the filter answers each step."""
        self.check(4000, inet=True)


if __name__ == '__main__':
    unittest.main()
