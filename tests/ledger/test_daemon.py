"""The real daemon and its ledger: evidence, downgrades, faults."""

import json
import os
import sqlite3
import sys
import time
import unittest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [TESTS, os.path.join(TESTS, 'mta')]

# pylint: disable=wrong-import-position
import session                                             # noqa: E402
from lab import command                                    # noqa: E402
from lab.hopseald import Daemon                            # noqa: E402
from lab.waiting import PATIENCE, until                    # noqa: E402
from lab.workdir import WorkDir                            # noqa: E402

RULES = '''
policy "bank.example" { mode = "require" }
policy "prefers.example" { mode = "prefer"  patience = 12 }
'''
DOWNGRADE = '451 4.7.10 Encryption needed: prefers.example has used TLS ' \
    'before, please retry with TLS'


class TestDaemon(unittest.TestCase):
    def setUp(self):
        self.workdir = WorkDir('ledger-')
        self.addCleanup(self.workdir.close)
        self.daemon = Daemon(self.workdir, RULES,
                             {'operation': '"enforce"'})
        self.addCleanup(self.daemon.stop)
        self.daemon.start()

    def deliver(self, sender, **facts):
        return session.deliver(self.daemon.socket,
                               mail_from=f'<a@{sender}>', **facts)

    def report(self, *words):
        done = command.hopseal('report', '-c', self.daemon.file, *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode()

    def rows(self):
        return {(row['domain'], row['direction']): row for row in
                json.loads(self.report('--format', 'json'))['domains']}

    def rows_with(self, name, count, at_least):
        """All rows, once that one has come to so many."""
        def there():
            rows = self.rows()
            return rows if rows.get(name, {}).get(count, 0) >= at_least \
                else None
        return until(there, f'{at_least} {count} of {name}')

    def test_evidence(self):
        for _ in range(3):
            self.assertEqual(self.deliver('bank.example',
                                          tls=session.TLS13).final, 'ok')
        self.assertIn('550 5.7.10', self.deliver(
            'bank.example', tls=session.PLAIN).replies[0])
        self.assertEqual(self.deliver('plain.example',
                                      tls=session.PLAIN).final, 'ok')
        # A refusal does not wait for its commit.
        rows = self.rows_with(('plain.example', 'in'), 'plain', 1)
        bank = rows['bank.example', 'in']
        self.assertEqual((bank['messages'], bank['tls'], bank['refused'],
                          bank['mode']), (3, 3, 1, 'require'))
        self.assertEqual(rows['plain.example', 'in']['plain'], 1)
        self.assertTrue(self.report('bank.example').startswith(
            'All 3 messages from bank.example since '))
        done = command.hopseal('ledger', 'verify', '-c', self.daemon.file)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_downgrade(self):
        ask = 'prefers.example'
        self.assertEqual(self.deliver(ask, tls=session.PLAIN).final, 'ok',
                         'no history')
        self.assertEqual(self.deliver(ask, tls=session.TLS13).final, 'ok')
        began = time.monotonic()
        self.assertEqual(self.deliver(ask, tls=session.PLAIN).replies,
                         [DOWNGRADE])
        self.daemon.stop()
        self.daemon.start()
        self.assertEqual(self.deliver(ask, tls=session.PLAIN).replies,
                         [DOWNGRADE], 'survives a restart')
        until(lambda: self.deliver(ask, tls=session.PLAIN).final == 'ok',
              'acceptance when patience has passed', 60)
        self.assertGreater(time.monotonic() - began, 11)
        self.assertEqual(self.deliver(ask, tls=session.TLS13).final, 'ok',
                         'ends the episode')
        self.assertEqual(self.deliver(ask, tls=session.PLAIN).replies,
                         [DOWNGRADE], 'another one')
        self.assertGreaterEqual(self.rows_with(
            (ask, 'in'), 'downgrades', 3)[ask, 'in']['downgrades'], 3)

    def test_locked(self):
        """A ledger that cannot be written holds no mail up for long."""
        base = sqlite3.connect(os.path.join(self.daemon.state, 'ledger.db'),
                               isolation_level=None)
        base.execute('BEGIN IMMEDIATE')
        began = time.monotonic()
        self.assertEqual(self.deliver('slow.example',
                                      tls=session.TLS13).final, 'ok')
        self.assertLess(time.monotonic() - began, 4 * PATIENCE)
        base.execute('ROLLBACK')
        base.close()
        self.assertEqual(self.deliver('slow.example',
                                      tls=session.TLS13).final, 'ok')
        self.assertEqual(self.rows()['slow.example', 'in']['messages'], 2)


if __name__ == '__main__':
    unittest.main()
