"""The base of the ledger's black-box tests: a ledger in a folder of its own.

feed() starts tests/ledger/ledgerfeed, which drives libledger.a by lines;
hopseal() runs the command on the ledger. The programs are those of
$HOPSEAL_BUILD (default build/), or $LEDGERFEED and $HOPSEAL.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.environ.get('HOPSEAL_BUILD', os.path.join(REPOSITORY, 'build'))
FEED = os.environ.get('LEDGERFEED',
                      os.path.join(BUILD, 'tests/ledger/ledgerfeed'))
HOPSEAL = os.environ.get('HOPSEAL', os.path.join(BUILD, 'hopseal'))

# 2026-01-03 12:00:00 UTC
NOON = 1767441600000
DAY = 86400000


def record(**facts):
    """A record command; a message that passed, but for what is given."""
    known = dict(time=NOON, direction='in', event='pass', mode='require',
                 sender='bank.example', recipient='example.org',
                 policy='bank.example', side='from', peer='mx.bank.example',
                 address='192.0.2.1', tls='TLSv1.3',
                 cipher='TLS_AES_256_GCM_SHA384', bits=256, cert='trusted',
                 cn='mx.bank.example', queue='4F1', met=1)
    known.update(facts)
    return 'record ' + ' '.join(f'{key}={value}'
                                for key, value in known.items())


def plain(**facts):
    """The same without TLS, as fallback."""
    known = dict(event='fallback', mode='fallback-allowed', tls='none',
                 cipher='', bits=0, cert='none', cn='', met=0)
    known.update(facts)
    return record(**known)


class Feed:
    """ledgerfeed at work."""

    def __init__(self, path, *options, user=None):
        self.process = subprocess.Popen(
            [FEED, path, *options], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            user=user)
        self.opened = self.process.stdout.readline().strip() == 'open'

    def ask(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def stats(self):
        return {key: int(value) for key, value in
                (item.split('=') for item in self.ask('stats').split())}

    def close(self):
        """End of input; the last statistics, and what it complained of."""
        out, err = self.process.communicate(timeout=60)
        return out, err

    def kill(self):
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout,
                       self.process.stderr):
            try:
                stream.close()
            except BrokenPipeError:
                pass


class LedgerCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='hopseal-ledger-')
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.path = os.path.join(self.folder, 'ledger.db')

    def fill(self, lines, *options):
        """Write records and close; all must be written."""
        feed = Feed(self.path, *options)
        self.assertTrue(feed.opened, feed.process.stderr)
        for line in lines:
            self.assertIn(feed.ask(line), ('ok', 'more'), line)
        out, err = feed.close()
        self.assertEqual(err, '')
        self.assertIn('closed', out)

    def hopseal(self, *words, code=0):
        """Standard output of the command, which must exit with code."""
        done = subprocess.run([HOPSEAL, *words], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, code,
                         (words, done.stdout, done.stderr))
        return done.stdout

    def ledger(self, *words, code=0):
        return self.hopseal('ledger', *words, '--ledger', self.path,
                            code=code)

    def report(self, *words, code=0):
        return self.hopseal('report', *words, '--ledger', self.path,
                            code=code).decode()

    def sql(self, statement, *values):
        """Run one statement on the file itself; its rows."""
        with sqlite3.connect(self.path) as base:
            rows = base.execute(statement, values).fetchall()
        base.close()
        return rows
