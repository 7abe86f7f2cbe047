"""The base of the black-box tests: one real daemon for each TestCase.

A class says its policy in `rules` and its top-level options in `settings`;
deliver() sends a message to the daemon, rows() runs a table of name, facts
and wanted answers in both dialects. Wanted is a text, or a compiled pattern
where the specification leaves words free.
"""

import os
import re
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# pylint: disable=wrong-import-position
import session                                             # noqa: E402
from dialects import BOTH, POSTFIX                         # noqa: E402
from lab.hopseald import Daemon                            # noqa: E402
from lab.waiting import PATIENCE                           # noqa: E402
from lab.workdir import WorkDir                            # noqa: E402

OK = 'ok'
UNKNOWN = '451 4.7.0 TLS state of this session is not known to the ' \
    'policy filter'
REQUIRETLS = '550 5.7.10 Encryption needed: the sender asked for REQUIRETLS'


def arrive(side, domain, code='550'):
    """The reply for a session without TLS; side: mail from, mail to..."""
    return (f'{code} {code[0]}.7.10 Encryption needed: {side} {domain} '
            'must arrive over TLS')


def version(domain, wanted, used, code='550'):
    """The reply for a protocol that is too old."""
    return (f'{code} {code[0]}.7.10 Encryption needed: {domain} asks for '
            f'TLS {wanted} or later, this session used {used}')


def peer(domain, what, code='550'):
    """The reply for a certificate: `that is trusted`, `that is named X`."""
    return (f'{code} {code[0]}.7.1 {domain} asks for a client certificate '
            f'{what}')


def asks(domain, *words, code='550'):
    """A pattern for bits and cipher, whose words POLICY leaves free."""
    ahead = ''.join(f'(?=.*{re.escape(word)})' for word in words)
    return re.compile(rf'{code} {code[0]}\.7\.10 Encryption needed: '
                      rf'{re.escape(domain)} asks for {ahead}')


def fits(want, got):
    """Does an answer equal the text, or match the pattern?"""
    if isinstance(want, re.Pattern):
        return bool(want.match(got))
    return want == got


class DaemonCase(unittest.TestCase):
    """Starts hopseald once for all tests of the class."""

    rules = ''
    settings = {}
    inet = False
    stamp = ''

    @classmethod
    def setUpClass(cls):
        cls.workdir = WorkDir('mta-')
        cls.addClassCleanup(cls.workdir.close)
        cls.daemon = Daemon(cls.workdir, cls.rules, cls.settings,
                            inet=cls.inet, stamp=cls.stamp)
        cls.prepare()
        cls.addClassCleanup(cls.daemon.stop)
        cls.daemon.start()

    @classmethod
    def prepare(cls):
        """What a class does with its daemon before that starts."""

    def deliver(self, dialect=POSTFIX, **facts):
        """One message over a connection of its own."""
        return session.deliver(self.daemon.socket, dialect, **facts)

    def open(self, dialect=POSTFIX, **facts):
        """A session that the test drives itself."""
        return session.Session(self.daemon.socket, dialect,
                               session.Client(**facts))

    def rows(self, table, dialects=BOTH):
        """Each row: name, facts, wanted reply of each recipient."""
        for dialect in dialects:
            for name, facts, want in table:
                with self.subTest(name, dialect=dialect.name):
                    self.one(name, dialect, facts, want)

    def one(self, name, dialect, facts, want):
        """One row; prints its name, got and want."""
        wanted = [want] if not isinstance(want, list) else want
        result = self.deliver(dialect, **facts)
        got = result.replies
        same = len(got) == len(wanted) and all(map(fits, wanted, got))
        self.assertTrue(same, f'{name}\n got {got}\nwant {wanted}')
        if any(reply == OK for reply in got):
            self.assertEqual(result.final, OK)

    def serves(self):
        """The daemon still answers, with the verdict that it should."""
        result = self.deliver(tls=session.TLS13)
        self.assertEqual(result.final, OK)

    def log_since(self, mark, words, seconds=10):
        """The log after mark once it holds the words."""
        deadline = time.monotonic() + seconds * PATIENCE
        while True:
            text = self.daemon.log()[mark:]
            if words in text:
                return text
            if time.monotonic() > deadline:
                self.fail(f'no {words!r} in the log, got {text!r}')
            time.sleep(0.01)
