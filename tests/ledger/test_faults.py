"""Nothing is lost silently: kill, full disk, locks, files that are wrong."""

import os
import random
import sqlite3
import subprocess
import threading
import time
import unittest

from ledgercase import (DAY, FEED, HOPSEAL, NOON, Feed, LedgerCase, plain,
                        record)
from lab.resident import is_sanitized, megabytes
from lab.waiting import PATIENCE


def adds_up(stats):
    return stats['submitted'] == stats['committed'] + stats['refused'] + \
        stats['failed'] + stats['length']


class TestKill(LedgerCase):
    def test_what_was_acknowledged_is_there(self):
        """kill -9 at any time: every answered record is in the file."""
        random.seed(5)
        acknowledged = []
        for turn in range(8):
            feed = Feed(self.path, 'durability=fsync')
            self.assertTrue(feed.opened)
            killer = threading.Timer(random.uniform(0, 0.02),
                                     feed.process.kill)
            number, wanted = 0, random.randrange(10, 40)
            try:
                while True:
                    name = f'K{turn}-{number}'
                    if feed.ask(record(queue=name)) != 'ok':
                        break
                    acknowledged.append(name)
                    number += 1
                    if number == wanted:
                        killer.start()
            except (BrokenPipeError, OSError):
                pass
            self.assertGreaterEqual(number, wanted)
            killer.join()
            feed.kill()
        self.fill([record(queue='LAST')])
        there = {row[0] for row in self.sql('SELECT queue FROM record')}
        self.assertEqual(set(acknowledged) - there, set())
        self.assertIn(b'verified', self.ledger('verify'))

    def test_between_submit_and_commit(self):
        """Held up by a lock, then killed: no answer was given for it."""
        feed = Feed(self.path, 'wait=200')
        self.assertEqual(feed.ask(record(queue='FIRST')), 'ok')
        lock = sqlite3.connect(self.path, isolation_level=None)
        lock.execute('BEGIN IMMEDIATE')
        self.assertEqual(feed.ask(record(queue='LOST')), 'timeout')
        feed.kill()
        lock.execute('ROLLBACK')
        lock.close()
        self.fill([record(queue='LAST')])
        self.assertEqual(self.sql('SELECT queue FROM record'),
                         [('FIRST',), ('LAST',)])
        self.assertIn(b'verified', self.ledger('verify'))


class TestLocked(LedgerCase):
    def test_records_wait(self):
        feed = Feed(self.path, 'wait=100')
        lock = sqlite3.connect(self.path, isolation_level=None)
        lock.execute('BEGIN IMMEDIATE')
        for _ in range(5):
            self.assertEqual(feed.ask(record()), 'timeout')
        stats = feed.stats()
        self.assertEqual((stats['length'], stats['timeouts']), (5, 5))
        self.assertTrue(adds_up(stats))
        lock.execute('ROLLBACK')
        lock.close()
        self.assertEqual(feed.ask(record()), 'ok')
        out, err = feed.close()
        self.assertIn('committed=6', out)
        self.assertIn('another process holds the ledger locked', err)
        self.assertIn('written again', err)

    def test_refused_when_full(self):
        feed = Feed(self.path, 'durability=queued')
        lock = sqlite3.connect(self.path, isolation_level=None)
        lock.execute('BEGIN IMMEDIATE')
        answers = {feed.ask(record()) for _ in range(5000)}
        self.assertEqual(answers, {'ok', 'refused'})
        stats = feed.stats()
        self.assertTrue(adds_up(stats))
        self.assertEqual(stats['length'], 4096)
        lock.execute('ROLLBACK')
        lock.close()
        out, _ = feed.close()
        self.assertIn('committed=4096 refused=904 failed=0', out)

    def test_close_under_lock_counts(self):
        """A stop does not wait for ever; what it drops is counted."""
        feed = Feed(self.path, 'durability=queued')
        lock = sqlite3.connect(self.path, isolation_level=None)
        lock.execute('BEGIN IMMEDIATE')
        for _ in range(300):
            feed.ask(record())
        began = time.monotonic()
        out, _ = feed.close()
        self.assertLess(time.monotonic() - began, 20 * PATIENCE)
        self.assertIn('committed=0 refused=0 failed=300', out)
        lock.close()

    def test_readers_do_not_hold_it_up(self):
        self.fill(record() for _ in range(200))
        feed = Feed(self.path)
        reader = sqlite3.connect(self.path, isolation_level=None)
        reader.execute('BEGIN')
        reader.execute('SELECT count(*) FROM record').fetchall()
        for _ in range(50):
            self.assertEqual(feed.ask(record()), 'ok')
        reader.close()
        feed.close()


class TestDisk(LedgerCase):
    def setUp(self):
        super().setUp()
        mount = os.path.join(self.folder, 'small')
        os.mkdir(mount)
        if subprocess.call(['mount', '-t', 'tmpfs', '-o', 'size=3m',
                            'none', mount], stderr=subprocess.DEVNULL):
            self.skipTest('tmpfs cannot be mounted here')
        self.addCleanup(subprocess.call, ['umount', '-l', mount])
        self.mount = mount
        self.path = os.path.join(mount, 'ledger.db')

    def test_full(self):
        feed = Feed(self.path)
        answers = [feed.ask(record(queue=f'F{i}')) for i in range(6000)]
        good = answers.count('ok')
        self.assertGreater(good, 100)
        self.assertGreater(answers.count('failed'), 100)
        self.assertEqual(good + answers.count('failed'), 6000)
        stats = feed.stats()
        self.assertTrue(adds_up(stats))
        self.assertEqual(stats['committed'], good)
        # Room again: it goes on by itself.
        subprocess.check_call(['mount', '-o', 'remount,size=20m',
                               self.mount])
        self.assertEqual(feed.ask(record(queue='AGAIN')), 'ok')
        _, err = feed.close()
        self.assertIn('the disk is full', err)
        self.assertIn('written again', err)
        self.assertEqual(self.sql('SELECT count(*) FROM record'),
                         [(good + 1,)])
        self.assertIn(b'verified', self.ledger('verify'))


class TestFile(LedgerCase):
    def refuses(self, *says, user=None):
        done = subprocess.run([FEED, self.path], input='', text=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False, user=user)
        self.assertEqual(done.returncode, 78, done)
        for word in says:
            self.assertIn(word, done.stderr)
        return done.stderr

    def test_newer_schema(self):
        self.fill([record()])
        self.sql('PRAGMA user_version = 2')
        self.refuses('newer hopseal')
        self.hopseal('report', '--ledger', self.path, code=69)

    def test_corrupt(self):
        self.fill([record()])
        with open(self.path, 'r+b') as out:
            out.write(b'this is not SQLite at all')
        self.refuses('corrupt')

    def test_corrupt_inside(self):
        self.fill(record() for _ in range(500))
        with open(self.path, 'r+b') as out:
            for page in range(4, 12):
                out.seek(page * 4096)
                out.write(os.urandom(4096))
        done = subprocess.run([FEED, self.path], input=record() + '\n',
                              text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
        self.assertIn(done.returncode, (0, 78))
        if done.returncode == 0:
            self.assertIn('failed', done.stdout)
        self.assertIn('corrupt', done.stderr)

    def test_another_program(self):
        self.sql('PRAGMA application_id = 5')
        self.sql('CREATE TABLE theirs (x)')
        self.refuses('another program')

    def test_no_folder(self):
        self.path = '/nonexistent/ledger.db'
        self.refuses('folder', 'create it')

    def test_read_only(self):
        self.fill([record()])
        os.chmod(self.folder, 0o755)
        os.chmod(self.path, 0o444)
        self.refuses('cannot', user='nobody')

    def test_read_by_others(self):
        """A ledger at rest is read by whoever may read the file."""
        self.fill([record()])
        for ending in ('-wal', '-shm'):
            if os.path.exists(self.path + ending):
                os.unlink(self.path + ending)
        os.chmod(self.folder, 0o755)
        os.chmod(self.path, 0o444)
        done = subprocess.run([HOPSEAL, 'report', '--ledger', self.path],
                              stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False,
                              user='nobody')
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_replaced_while_in_use(self):
        feed = Feed(self.path)
        self.assertEqual(feed.ask(record()), 'ok')
        os.rename(self.path, self.path + '.away')
        self.assertEqual(feed.ask(record()), 'failed')
        with open(self.path, 'wb'):
            pass
        self.assertEqual(feed.ask(record()), 'failed')
        os.rename(self.path + '.away', self.path)
        self.assertEqual(feed.ask(record()), 'ok')
        self.assertTrue(adds_up(feed.stats()))
        _, err = feed.close()
        self.assertIn('removed or replaced', err)

    def test_key_of_another_ledger(self):
        self.fill([record()])
        os.rename(self.path + '.key', self.path + '.key.away')
        self.refuses('.key')
        mine, self.path = self.path, os.path.join(self.folder, 'other.db')
        self.fill([record()])
        os.rename(self.path + '.key', mine + '.key')
        self.path = mine
        self.refuses('not the key')

    def test_backup_of_a_live_ledger(self):
        feed = Feed(self.path)
        for _ in range(100):
            feed.ask(record())
        copy = os.path.join(self.folder, 'copy.db')
        self.ledger('backup', copy)
        self.assertEqual(feed.ask(record()), 'ok')
        self.ledger('backup', copy, code=65)
        feed.close()
        self.assertEqual(os.stat(copy).st_mode & 0o777, 0o640)
        self.path = copy
        self.assertEqual(self.sql('SELECT count(*) FROM record'), [(100,)])
        self.assertIn(b'verified', self.ledger('verify'))


class TestMemory(LedgerCase):
    ASK = 'history bank.example 192.0.2.200 '

    def test_an_episode_survives_restarts(self):
        self.fill([record(time=NOON)])
        self.fill([plain(time=NOON + 60000, event='downgrade')])
        self.fill([plain(time=NOON + 90000, event='downgrade')])
        feed = Feed(self.path)
        self.assertEqual(feed.ask(self.ASK + str(NOON + 120000)),
                         'met=1 met_age=120 plain=1 plain_age=60')
        feed.ask(record(time=NOON + 200000))
        self.assertEqual(feed.ask(self.ASK + str(NOON + 201000)),
                         'met=1 met_age=1 plain=0 plain_age=0')
        feed.close()

    def test_who_has_no_memory(self):
        feed = Feed(self.path)
        feed.ask(plain(time=NOON))
        self.assertIn('met=0', feed.ask(self.ASK + str(NOON)),
                      'never over TLS: nothing is remembered')
        feed.ask(record(time=NOON))
        rows = [
            ('bank.example 192.0.2.9', 'met=1'),
            ('bank.example 192.0.3.1', 'met=0'),
            ('other.example 192.0.2.9', 'met=0'),
            ('bank.example 2001:db8::1', 'met=0'),
        ]
        for question, want in rows:
            with self.subTest(question):
                self.assertIn(want, feed.ask(f'history {question} {NOON}'))
        for sender in ('', '[192.0.2.7]'):
            feed.ask(record(sender=sender))
            self.assertIn('met=0', feed.ask(
                f'history {sender or "*"} 192.0.2.1 {NOON}'))
        feed.close()

    def test_clock_backwards(self):
        """Ages are never huge; an episode of the future begins now."""
        feed = Feed(self.path)
        feed.ask(record(time=NOON + 365 * DAY))
        feed.ask(plain(time=NOON + 366 * DAY))
        self.assertEqual(feed.ask(self.ASK + str(NOON)),
                         'met=1 met_age=0 plain=1 plain_age=0')
        self.assertEqual(feed.ask(self.ASK + str(NOON + 60000)),
                         'met=1 met_age=60 plain=1 plain_age=60')
        feed.ask(record(time=NOON + 70000))
        self.assertEqual(feed.ask(self.ASK + str(NOON + 80000)),
                         'met=1 met_age=10 plain=0 plain_age=0')
        out, _ = feed.close()
        self.assertIn('committed=3', out)
        self.assertIn(b'verified', self.ledger('verify'))

    def test_made_up_domains(self):
        """They push out each other, not those that are known; the file and
        the process stay small."""
        feed = Feed(self.path, 'durability=queued', 'max=50')
        self.assertEqual(feed.ask(record(rule=1)), 'ok')
        pid = feed.process.pid
        before = megabytes(pid)
        written = 0
        for i in range(70000):
            if feed.ask(record(sender=f'x{i}.invalid',
                               time=NOON + i)) == 'refused':
                feed.ask('sleep 50')
            written = i
        self.assertIn('met=1', feed.ask(self.ASK + str(NOON + written)))
        self.assertEqual(feed.stats()['memory'], 65536)
        grown = megabytes(pid) - before
        sanitized = is_sanitized(pid)
        feed.close()
        self.assertTrue(sanitized or grown < 40, f'{grown} MB')
        self.assertEqual(self.sql('SELECT count(*) FROM memory'),
                         [(65536,)])
        domains = self.sql('SELECT count(DISTINCT domain) FROM summary')
        self.assertEqual(domains, [(52,)], '50, ours, (other)')


if __name__ == '__main__':
    unittest.main()
