"""The Merkle log, judged by an implementation that is not ours."""

import json
import os
import unittest

from ledgercase import DAY, NOON, Feed, LedgerCase, plain, record
from transparency import (Key, check_bundle, leaf_hash, open_checkpoint,
                          root_of)


class TestTree(LedgerCase):
    def test_root_at_many_sizes(self):
        """Each record is followed by a checkpoint of our own making."""
        feed = Feed(self.path)
        lines = []
        for size in list(range(1, 18)) + [31, 32, 33, 255, 256, 257, 300]:
            while len(lines) < size:
                number = len(lines)
                self.assertEqual(feed.ask(record(
                    time=NOON + number, queue=f'Q{number}')), 'ok')
                lines.append(None)
            note = self.ledger('checkpoint')
            key = Key(self.ledger('vkey').decode())
            leaves = [leaf_hash(line) for line in
                      self.ledger('export').splitlines()]
            self.assertEqual(open_checkpoint(note, key),
                             (size, root_of(leaves)), size)
        feed.close()
        self.assertIn(b'verified', self.ledger('verify'))

    def test_canonical_line(self):
        self.fill([record(cn='"\\\x7fb\xfcro', stamp='0af3', requiretls=1)])
        self.assertEqual(
            self.ledger('export').decode(),
            '{"v":1,"seq":0,"time":"2026-01-03T12:00:00.000Z",'
            '"direction":"in","event":"pass","mode":"require",'
            '"sender":"bank.example","recipient":"example.org",'
            '"policy":"bank.example","side":"from",'
            '"peer":"mx.bank.example","address":"192.0.2.1",'
            '"tls":"TLSv1.3","cipher":"TLS_AES_256_GCM_SHA384","bits":256,'
            '"cert":"trusted","cn":"\\"\\\\?b\xfcro","requiretls":true,'
            '"queue":"4F1","stamp":"0af3","host":"mx.example.org",'
            '"part":0}\n')

    def test_key_file(self):
        self.fill([record()])
        mode = os.stat(self.path + '.key').st_mode & 0o7777
        self.assertEqual(mode, 0o600)
        self.assertEqual(os.stat(self.path).st_mode & 0o7777, 0o640)

    def test_checkpoint_in_time(self):
        """A live ledger signs by itself."""
        feed = Feed(self.path, 'checkpoint=1')
        feed.ask(record())
        for _ in range(30):
            feed.ask('sleep 100')
            if feed.stats()['checkpoints'] > 0:
                break
        self.assertEqual(feed.stats()['checkpoints'], 1)
        feed.ask('sleep 2200')
        self.assertEqual(feed.stats()['checkpoints'], 1, 'nothing new')
        feed.close()


class TestProof(LedgerCase):
    def setUp(self):
        super().setUp()
        self.fill(record(queue=f'Q{i}', sender=f'd{i}.example')
                  for i in range(300))
        self.key = self.ledger('vkey').decode()

    def bundle_file(self, bundle):
        path = os.path.join(self.folder, 'bundle')
        with open(path, 'wb') as out:
            out.write(bundle)
        return path

    def test_bundles(self):
        for number in (0, 1, 127, 255, 256, 299):
            bundle = self.ledger('prove', f'Q{number}')
            line = check_bundle(bundle, Key(self.key))
            self.assertEqual(json.loads(line)['queue'], f'Q{number}')
            self.assertEqual(bundle.count(b'.example"'),
                             line.count(b'.example"'), 'one record only')
            said = self.hopseal('ledger', 'check-proof',
                                self.bundle_file(bundle), '--key', self.key)
            self.assertIn(b'verified', said)

    def test_forged_bundles(self):
        bundle = self.ledger('prove', 'Q7')
        rows = [
            ('record', bundle.replace(b'TLSv1.3', b'TLSv1.2')),
            ('index', bundle.replace(b'\nindex 7\n', b'\nindex 8\n')),
            ('size', bundle.replace(b'\n300\n', b'\n301\n')),
            ('path', bundle.replace(
                bundle.splitlines()[4], bundle.splitlines()[5])),
            ('cut', bundle[:200]),
            ('empty', b''),
        ]
        for name, forged in rows:
            with self.subTest(name):
                self.assertNotEqual(forged, bundle)
                self.hopseal('ledger', 'check-proof',
                             self.bundle_file(forged), '--key', self.key,
                             code=1)
                with self.assertRaises((ValueError, IndexError)):
                    check_bundle(forged, Key(self.key))

    def test_another_key(self):
        other = self.path
        self.path = os.path.join(self.folder, 'other.db')
        self.fill([record()])
        stranger = self.ledger('vkey').decode()
        self.path = other
        path = self.bundle_file(self.ledger('prove', 'Q7'))
        self.hopseal('ledger', 'check-proof', path, '--key', stranger,
                     code=1)

    def test_prove_makes_a_checkpoint(self):
        feed = Feed(self.path)
        feed.ask(record(queue='NEW'))
        self.assertIn(b'NEW', check_bundle(
            self.ledger('prove', 'NEW'), Key(self.key)))
        self.assertEqual(feed.ask(record()), 'ok')
        feed.close()
        self.assertIn(b'verified', self.ledger('verify'))

    def test_which_record(self):
        self.fill([record(queue='TWO', more=1, recipient='a.example'),
                   record(queue='TWO', recipient='b.example')])
        self.ledger('prove', 'TWO', code=65)
        self.assertIn(b'b.example', self.ledger(
            'prove', 'TWO', '--domain', 'b.example'))
        self.assertIn(b'"seq":300', self.ledger(
            'prove', 'TWO', '--record', '300'))
        self.ledger('prove', 'NOSUCH', code=65)


class TestTampering(LedgerCase):
    """Whatever is changed behind the program's back is named."""

    ROWS = [
        ('changed', "UPDATE record SET tls = 'TLSv1.3' WHERE seq = 4",
         'record 4 '),
        ('changed number', 'UPDATE record SET bits = 1 WHERE seq = 6',
         'record 6 '),
        ('changed time', 'UPDATE record SET time = time + 1 WHERE seq = 0',
         'record 0 '),
        ('changed type', "UPDATE record SET bits = '256x' WHERE seq = 6",
         'record 6 '),
        ('removed', 'DELETE FROM record WHERE seq = 3',
         'record 3 was removed'),
        ('removed, last', 'DELETE FROM record WHERE seq = 9',
         'record 9 was removed'),
        ('removed with hash',
         'DELETE FROM record WHERE seq = 3; DELETE FROM leaf WHERE seq = 3',
         'record 3 was removed'),
        ('inserted', 'INSERT INTO record SELECT 10, part, time, direction, '
         'event, mode, sender, recipient, policy, side, peer, address, tls, '
         'cipher, bits, cert, cn, requiretls, queue, stamp, host FROM record '
         'WHERE seq = 1', 'record 10 '),
        ('inserted before', 'INSERT INTO record SELECT -1, part, time, '
         'direction, event, mode, sender, recipient, policy, side, peer, '
         'address, tls, cipher, bits, cert, cn, requiretls, queue, stamp, '
         'host FROM record WHERE seq = 1', 'record -1 '),
        ('swapped', 'UPDATE record SET seq = 99 WHERE seq = 2; UPDATE record '
         'SET seq = 2 WHERE seq = 5; UPDATE record SET seq = 5 WHERE seq = '
         '99', 'record 2 '),
        ('hash', "UPDATE leaf SET hash = zeroblob(32) WHERE seq = 5",
         'record 5 '),
        ('checkpoint', "UPDATE checkpoint SET note = replace(note, '10', "
         "'11')", 'checkpoint of 10'),
        ('pruning claimed', "INSERT INTO pruning VALUES (3, 0, 'records', 3, "
         "3, 1, 0); DELETE FROM record WHERE seq = 3", 'at 3 '),
        ('summary', "UPDATE summary SET messages = messages + 1 WHERE event "
         "= 'pass'", 'summary of 2026-01-03'),
        ('summary row', "DELETE FROM summary WHERE event = 'fallback'",
         'summary of 2026-01-03'),
        ('tail cut', 'DELETE FROM record WHERE seq > 7; DELETE FROM leaf '
         'WHERE seq > 7', 'log states 10'),
        ('all checkpoints', 'DELETE FROM checkpoint',
         'there is no checkpoint, though'),
    ]

    def test_rows(self):
        self.fill(plain(queue=f'Q{i}', time=NOON + i) if i % 5 == 4 else
                  record(queue=f'Q{i}', time=NOON + i) for i in range(10))
        with open(self.path, 'rb') as good:
            content = good.read()
        for name, sql, says in self.ROWS:
            with self.subTest(name):
                for ending in ('-wal', '-shm'):
                    if os.path.exists(self.path + ending):
                        os.unlink(self.path + ending)
                with open(self.path, 'wb') as out:
                    out.write(content)
                self.assertIn(b'verified', self.ledger('verify'))
                for statement in sql.split(';'):
                    self.sql(statement)
                said = self.ledger('verify', code=1).decode()
                first = [line for line in said.splitlines()
                         if line.startswith('FIRST: ')]
                self.assertIn(says, first[0])

    def rehash(self, seq):
        """Change a record, and its hash with it."""
        self.sql("UPDATE record SET tls = 'TLSv1.2' WHERE seq = ?", seq)
        line = self.ledger('export').splitlines()[seq]
        self.sql('UPDATE leaf SET hash = ? WHERE seq = ?', leaf_hash(line),
                 seq)

    def test_record_with_its_hash(self):
        """Found by the checkpoint, which names the range."""
        for _ in range(3):
            self.fill(record() for _ in range(4))
        self.rehash(5)
        said = self.ledger('verify', code=1).decode()
        self.assertIn('a record from 4 to 7 was changed together', said)

    def test_all_but_an_outside_checkpoint(self):
        """An intruder who cuts everything back is seen by who kept one."""
        self.fill(record() for _ in range(4))
        copy = os.path.join(self.folder, 'copy.db')
        self.ledger('backup', copy)
        self.fill(record() for _ in range(4))
        kept = os.path.join(self.folder, 'kept')
        with open(kept, 'wb') as out:
            out.write(self.ledger('checkpoint'))
        self.assertIn(b'verified', self.ledger(
            'verify', '--checkpoint', kept))
        self.path = copy
        self.assertIn(b'verified', self.ledger('verify'))
        said = self.ledger('verify', '--checkpoint', kept, code=1)
        self.assertIn(b'speaks of 8 records, the log ends at 4', said)


class TestRetention(LedgerCase):
    def prune(self, count=30):
        self.fill(record(time=NOON + i * DAY, queue=f'Q{i}')
                  for i in range(count))
        # 20 days later than the last but ten: records 0 to 9 go.
        feed = Feed(self.path, f'now={NOON + 30 * DAY}', 'keep=20',
                    'keep-summary=1000')
        for _ in range(40):
            feed.ask('sleep 100')
            if self.sql('SELECT count(*) FROM record')[0][0] < count:
                break
        feed.close()

    def test_pruned_ledger_verifies(self):
        self.prune()
        self.assertEqual(self.sql('SELECT min(seq), count(*) FROM record'),
                         [(10, 20)])
        said = self.ledger('verify').decode()
        self.assertIn('10 removed by retention', said)
        self.assertIn('verified', said)
        # Removal is an entry of the log, and summaries stay.
        self.assertIn(b'"event":"pruned","what":"records","first":0,'
                      b'"last":9,"removed":10', self.ledger('export'))
        self.assertEqual(self.sql('SELECT sum(messages) FROM summary'),
                         [(30,)])
        leaves = [row[0] for row in
                  self.sql('SELECT hash FROM leaf ORDER BY seq')]
        key = Key(self.ledger('vkey').decode())
        self.assertEqual(open_checkpoint(self.ledger('checkpoint'), key),
                         (31, root_of(leaves)))
        check_bundle(self.ledger('prove', 'Q20'), key)

    def test_more_removed_than_noted(self):
        self.prune()
        self.sql('DELETE FROM record WHERE seq = 10')
        self.assertIn(b'record 10 was removed',
                      self.ledger('verify', code=1))

    def test_removal_stretched(self):
        self.prune()
        self.sql('DELETE FROM record WHERE seq = 10')
        self.sql('UPDATE pruning SET last = 10')
        self.assertIn(b'note of a removal at 30 was changed',
                      self.ledger('verify', code=1))

    def test_put_back(self):
        self.fill([record(queue='KEEP')])
        row = self.sql('SELECT * FROM record')[0]
        self.prune()
        self.sql(f'INSERT INTO record VALUES ({",".join("?" * 21)})', *row)
        self.ledger('verify', code=1)

    def test_summaries_go_too(self):
        self.fill(record(time=NOON + i * DAY) for i in range(3))
        feed = Feed(self.path, f'now={NOON + 100 * DAY}', 'keep=1',
                    'keep-summary=2')
        for _ in range(100):
            feed.ask('sleep 100')
            if not self.sql('SELECT * FROM summary'):
                break
        feed.close()
        self.assertEqual(self.sql('SELECT * FROM day'), [])
        self.assertIn(b'verified', self.ledger('verify'))


if __name__ == '__main__':
    unittest.main()
