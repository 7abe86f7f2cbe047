"""hopseal report: figures, sentences, forms."""

import csv
import io
import json
import os
import subprocess
import time
import unittest
from html.parser import HTMLParser

from ledgercase import DAY, HOPSEAL, NOON, Feed, LedgerCase, plain, record

FIELDS = ['domain', 'direction', 'messages', 'tls', 'plain', 'unknown',
          'stamped', 'refused', 'deferred', 'would_refuse', 'downgrades',
          'min_tls', 'first_seen', 'last_seen', 'last_plain', 'mode']
CSV_FIELDS = FIELDS + ['would_refuse_why', 'would_refuse_remedy']


def out(**facts):
    known = dict(direction='out', event='sent-tls', sender='example.org',
                 recipient='bank.example', side='to', met=0)
    known.update(facts)
    return record(**known)


def months():
    """Four months of mail, a bit of everything."""
    for day in range(120):
        time = NOON + day * DAY
        yield record(time=time, stamp='5f', tls='TLSv1.2' if day == 7 else
                     'TLSv1.3')
        yield record(time=time + 1, sender='good.example', policy='*',
                     mode='fallback-allowed')
        yield out(time=time + 2)
        yield out(time=time + 2, recipient='good.example')
        if day % 10 == 0:
            yield plain(time=time + 3, sender='old.example')
            yield plain(time=time + 4, event='would-reject',
                        sender='observed.example')
            yield plain(time=time + 5, event='reject')
            yield plain(time=time + 6, event='downgrade',
                        sender='prefers.example')
            yield out(time=time + 7, event='tls-failed', tls='none')
            yield out(time=time + 8, event='sent-unknown', tls='unknown',
                      recipient='silent.example')
            yield out(time=time + 9, event='sent-plain', tls='none',
                      recipient='observed.example')
            yield record(time=time + 9, event='trusted', sender='me.example',
                         tls='none')
            yield record(time=time + 9, event='strip')
    # One message to three domains is one message.
    yield record(time=NOON, more=1, sender='many.example')
    yield record(time=NOON, more=1, sender='many.example', recipient='b.test')
    yield record(time=NOON, sender='many.example', recipient='c.test')
    yield record(time=NOON + 118 * DAY, sender='new.example')


POLICY = '''
policy "bank.example" { mode = "require" }
policy "observed.example" { mode = "require"  operation = "observe" }
policy "prefers.example" { mode = "prefer" }
'''


class Shape(HTMLParser):
    """Counts tags, and notes what would be fetched."""
    VOID = {'meta', 'link', 'br', 'img', 'input', 'hr'}

    def __init__(self):
        super().__init__()
        self.open, self.count, self.fetched = [], {}, []

    def handle_starttag(self, tag, attrs):
        self.count[tag] = self.count.get(tag, 0) + 1
        if tag not in self.VOID:
            self.open.append(tag)
        self.fetched += [value for key, value in attrs
                         if key in ('src', 'href')]

    def handle_startendtag(self, tag, attrs):
        self.count[tag] = self.count.get(tag, 0) + 1

    def handle_endtag(self, tag):
        if self.open.pop() != tag:
            raise ValueError(f'{tag} is closed out of order')


class TestReport(LedgerCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = LedgerCase('setUp')
        cls.shared.setUp()
        cls.shared.fill(months(), 'durability=commit')
        cls.config = os.path.join(cls.shared.folder, 'hopseal.conf')
        with open(cls.config, 'w', encoding='ascii') as config:
            config.write(POLICY)

    @classmethod
    def tearDownClass(cls):
        cls.shared.doCleanups()

    def setUp(self):
        self.path = self.shared.path

    def ask(self, *words):
        return self.report('-c', self.config, *words)

    def rows(self, *words):
        answer = json.loads(self.ask('--format', 'json', *words))
        return {(row['domain'], row['direction']): row
                for row in answer['domains']}

    def test_json(self):
        answer = json.loads(self.ask('--format', 'json'))
        self.assertEqual(list(answer), ['version', 'since', 'until',
                                        'domains', 'would_refuse',
                                        'integrity'])
        self.assertEqual((answer['version'], answer['since'],
                          answer['until']),
                         (1, '2026-01-03', '2026-05-02'))
        for row in answer['domains']:
            self.assertEqual(list(row), FIELDS)
            self.assertEqual(row['messages'],
                             row['tls'] + row['plain'] + row['unknown'])
        self.assertIs(answer['integrity']['ok'], True)

    def test_figures(self):
        rows = self.rows()
        wanted = [
            ('bank.example', 'in', dict(messages=120, tls=120, stamped=120,
                                        refused=12, min_tls='TLSv1.2',
                                        last_plain=None, mode='require')),
            ('bank.example', 'out', dict(messages=120, deferred=12)),
            ('old.example', 'in', dict(messages=12, plain=12, tls=0,
                                       min_tls=None, last_plain=
                                       '2026-04-23T12:00:00.003Z')),
            ('observed.example', 'in', dict(messages=12, would_refuse=12)),
            ('prefers.example', 'in', dict(messages=0, downgrades=12,
                                           mode='prefer')),
            ('silent.example', 'out', dict(unknown=12, tls=0, plain=0)),
            ('many.example', 'in', dict(messages=1)),
        ]
        for domain, direction, want in wanted:
            got = rows[domain, direction]
            with self.subTest(domain):
                self.assertEqual({key: got[key] for key in want}, want)
        self.assertNotIn(('me.example', 'in'), rows, 'trusted')

    def test_period_and_direction(self):
        rows = self.rows('--since', '2026-01-10', '--until', '2026-01-10')
        self.assertEqual(rows['bank.example', 'in']['messages'], 1)
        self.assertEqual(rows['bank.example', 'in']['min_tls'], 'TLSv1.2')
        self.assertEqual(rows['bank.example', 'in']['first_seen'],
                         '2026-01-03T12:00:00.000Z')
        rows = self.rows('--direction', 'out', 'bank.example')
        self.assertEqual(list(rows), [('bank.example', 'out')])
        for words in (['--since', 'x'], ['--since', '2026-02-30'],
                      ['--direction', 'up'], ['--format', 'pdf'],
                      ['a.example', 'b.example'], ['--evidence']):
            with self.subTest(words):
                self.report(*words, code=64)

    def test_csv(self):
        rows = list(csv.DictReader(io.StringIO(self.ask('--format', 'csv'))))
        self.assertEqual(list(rows[0]), CSV_FIELDS)
        asked = self.rows()
        self.assertEqual(len(rows), len(asked))
        for row in rows:
            for field, value in asked[row['domain'],
                                      row['direction']].items():
                self.assertEqual(row[field],
                                 '' if value is None else str(value))

    def test_sentences(self):
        rows = [
            ('bank.example', 'All 120 messages from bank.example since '
             '2026-01-03 came over TLS 1.2 or later; last in clear: never.'),
            ('bank.example', 'All 120 messages to bank.example since '
             '2026-01-03 went over TLS 1.3 or later; last in clear: never.'),
            ('old.example', 'None of 12 messages from old.example since '
             '2026-01-03 came over TLS; 12 in clear; last in clear: '
             '2026-04-23.'),
            ('observed.example', 'last in clear: 2026-04-23.'),
            ('silent.example', 'it is not known whether they went over TLS'),
            ('new.example', 'The only message from new.example since '
             '2026-05-01 came over TLS 1.3 or later'),
            ('stranger.example', 'No message from stranger.example is on '
             'record.'),
            ('BANK.example.', 'All 120 messages from bank.example'),
        ]
        for domain, want in rows:
            with self.subTest(domain):
                said = ' '.join(self.ask(domain).split())
                self.assertIn(want, said)
        self.assertTrue(self.ask('bank.example').startswith('All 120 '))

    def test_text_fits(self):
        for words in ([], ['bank.example'], ['--direction', 'in'],
                      ['silent.example']):
            for line in self.ask(*words).splitlines():
                self.assertLessEqual(len(line), 80, line)
                self.assertNotIn('\033', line)

    def test_breach_is_first(self):
        said = self.ask()
        risks = said[said.index('Domains by risk'):].splitlines()[2:]
        self.assertTrue(risks[0].startswith('observed.example'))
        self.assertTrue(risks[0].endswith('!'))

    def test_stanza_can_be_pasted(self):
        said = self.ask()
        stanza = said[said.index('policy "good.example"'):]
        stanza = stanza[:stanza.index('}') + 1]
        self.assertIn('subdomains = false', stanza)
        self.assertIn('from = "require"', stanza)
        self.assertIn('to = "require"', stanza)
        # Not for those that failed, or were seen too short.
        for name in ('old', 'silent', 'new', 'many', 'bank'):
            self.assertNotIn(f'policy "{name}.example"', said)
        path = os.path.join(self.shared.folder, 'pasted.conf')
        with open(path, 'w', encoding='ascii') as config:
            config.write(POLICY + stanza)
        said = self.report('-c', path)
        self.assertNotIn('policy "good.example"', said)

    def test_new_domains(self):
        said = self.ask()
        new = said[said.index('New domains'):]
        self.assertIn('2026-05-01  in       1 messages', new)
        self.assertNotIn('good.example', new)

    def test_evidence(self):
        answer = json.loads(self.ask('old.example', '--evidence', '--format',
                                     'json', '--since', '2026-03-01'))
        self.assertEqual(len(answer['records']), 6)
        for line in answer['records']:
            self.assertEqual(line['sender'], 'old.example')
        text = self.ask('old.example', '--evidence')
        self.assertEqual(text.count('{"v":1,'), 12)

    def test_html(self):
        for words in ([], ['bank.example', '--evidence']):
            page = self.ask('--format', 'html', *words)
            shape = Shape()
            shape.feed(page)
            self.assertEqual(shape.open, [])
            self.assertEqual(shape.fetched, [])
            self.assertNotIn('script', shape.count)
            self.assertNotIn('url(', page)
            self.assertGreaterEqual(shape.count['svg'], 4)

    def test_without_configuration(self):
        said = json.loads(self.report('--format', 'json'))
        if not os.path.exists('/etc/hopseal/hopseal.conf'):
            self.assertIsNone(said['domains'][0]['mode'])


class TestWouldRefuse(LedgerCase):
    """From observe to enforce: what would be refused, why, and the remedy."""
    POLICY = '''
policy "old.example" { mode = "require" }
policy "bank.example" { from = "require"  peer = "named" }
policy "hr.example.org" { to = "require" }
policy "soft.example" { mode = "prefer" }
policy "met.example" { mode = "require"  min-tls = "1.0" }
'''
    # sender, facts of the session, words of the reason, of the remedy
    ROWS = (
        ('clear.example', dict(tls='none', side='to', policy='hr.example.org',
                               recipient='hr.example.org'),
         'mail to hr.example.org must arrive over TLS', 'a client of yours'),
        ('old.example', dict(tls='none'),
         'mail from old.example must arrive over TLS', 'STARTTLS'),
        ('old.example', dict(tls='TLSv1.1'),
         'old.example asks for TLS 1.2 or later, this session used TLSv1.1',
         'lower min-tls'),
        ('old.example', dict(cipher='AES256-SHA', tls='TLSv1.2'),
         'a forward-secret cipher, this session used AES256-SHA',
         'lower ciphers'),
        ('old.example', dict(bits=56),
         '128 secret bits or more, this session used 56', 'min-bits'),
        ('old.example', dict(tls='unknown'),
         'TLS state of this session is not known', 'hopseald(8)'),
        ('bank.example', dict(cert='none', cn=''),
         'asks for a client certificate that is trusted',
         'smtpd_tls_ask_ccert'),
        ('bank.example', dict(cn='other.example'),
         'that is named bank.example or *.bank.example', 'peer = "any"'),
        ('soft.example', dict(tls='none', mode='prefer', event='would-defer'),
         'soft.example has used TLS before', 'STARTTLS'),
        ('met.example', dict(tls='TLSv1.2'),
         'the level in force then was not met, the one in force now is',
         'none: '),
    )

    def setUp(self):
        super().setUp()
        self.config = os.path.join(self.folder, 'hopseal.conf')
        with open(self.config, 'w', encoding='ascii') as config:
            config.write(self.POLICY)
        lines = []
        for count, (sender, facts, _, _) in enumerate(self.ROWS, 1):
            known = dict(sender=sender, policy=sender, event='would-reject',
                         met=0, cipher='ECDHE-RSA-AES256-GCM-SHA384',
                         address=f'192.0.2.{count}')
            known.update(facts)
            lines += [record(time=NOON + at, **known)
                      for at in range(count)]
        self.fill(lines, 'durability=commit')

    def test_reasons(self):
        answer = json.loads(self.report('-c', self.config,
                                        '--format', 'json'))
        said = {(item['domain'], item['count']): item
                for item in answer['would_refuse']}
        self.assertEqual(len(said), len(self.ROWS))
        self.assertEqual([item['count'] for item in answer['would_refuse']],
                         list(range(len(self.ROWS), 0, -1)))
        for count, (sender, _, reason, remedy) in enumerate(self.ROWS, 1):
            with self.subTest(reason):
                item = said[sender, count]
                self.assertIn(reason, item['reason'])
                self.assertIn(remedy, item['remedy'])
                self.assertEqual(item['last_client'], f'192.0.2.{count}')

    def test_forms(self):
        """Text, html and csv say the same."""
        text = ' '.join(self.report('-c', self.config).split())
        page = self.report('-c', self.config, '--format', 'html')
        shape = Shape()
        shape.feed(page)
        self.assertEqual((shape.open, shape.fetched), ([], []))
        rows = {row['domain']: row for row in csv.DictReader(io.StringIO(
            self.report('-c', self.config, '--format', 'csv')))}
        for count, (sender, _, reason, remedy) in enumerate(self.ROWS, 1):
            with self.subTest(reason):
                self.assertIn(f'{count} from {sender}: ', text)
                self.assertIn(reason, text)
                self.assertIn(remedy, text)
                self.assertIn(reason, page)
                self.assertIn(remedy.replace('"', '&quot;'), page)
                self.assertIn(reason, rows[sender]['would_refuse_why'])
                self.assertIn(remedy, rows[sender]['would_refuse_remedy'])
        self.assertIn('3: ', rows['old.example']['would_refuse_why'])

    def test_one_domain(self):
        said = self.report('-c', self.config, 'soft.example')
        self.assertIn('9 from soft.example', said)
        self.assertNotIn('old.example', said)

    def test_without_rules(self):
        """An auditor has no configuration: the facts of the session."""
        said = ' '.join(self.report().split())
        self.assertIn('must arrive over TLS', said)
        if not os.path.exists('/etc/hopseal/hopseal.conf'):
            self.assertIn('below the level that bank.example asked for: this '
                          'session used TLSv1.3', said)

    def test_bounded(self):
        """A thousand reasons, and no more, whoever invents names."""
        self.fill((plain(time=NOON + DAY, event='would-reject',
                         sender=f'{at}.example', side='to',
                         policy='hr.example.org', recipient='hr.example.org')
                   for at in range(1200)), 'durability=queued')
        answer = json.loads(self.report('-c', self.config,
                                        '--format', 'json'))
        self.assertEqual(len(answer['would_refuse']), 1000)
        self.assertLess(len(self.report('-c', self.config).splitlines()),
                        200)

    def test_without_records(self):
        """Summaries outlive the records; the reasons do not."""
        self.sql('DELETE FROM record')
        said = self.report('-c', self.config)
        self.assertIn('of 55 more the records were removed by retention',
                      said)


class TestHostile(LedgerCase):
    def test_names_that_bite(self):
        """Whatever a stranger calls himself is text, in every form."""
        names = ['<script>alert(1)</script>', '=cmd|x', '"a,b"', '\\"',
                 '../../etc', '%s%n', '&amp;', "'", '\x1b[31m']
        self.fill(line for name in names for line in (
            record(sender=name.replace(' ', '_'), queue=name, cn=name),
            record(sender=name, policy=name, address=name, tls=name,
                   cipher=name, event='would-reject')))
        page = self.report('--format', 'html')
        self.assertNotIn('<script', page)
        rows = list(csv.reader(io.StringIO(self.report('--format', 'csv'))))
        self.assertEqual({len(row) for row in rows}, {18})
        answer = json.loads(self.report('--format', 'json'))
        self.assertEqual(len(answer['domains']), len(names))
        self.assertEqual(len(answer['would_refuse']), len(names))
        self.assertNotIn('\x1b', self.report())
        self.assertIn(b'verified', self.ledger('verify'))


class TestLive(LedgerCase):
    def test_while_it_is_written(self):
        feed = Feed(self.path, 'durability=queued')
        for turn in range(10):
            for _ in range(50):
                self.assertEqual(feed.ask(record()), 'ok')
            feed.ask('sleep 40')
            rows = json.loads(self.report('--format', 'json'))['domains']
            self.assertEqual(rows[0]['messages'], 50 * (turn + 1))
        feed.close()

    def test_empty(self):
        self.fill([])
        self.assertIn('0 messages', self.report())
        self.assertIn('No message from x.example', self.report('x.example'))
        self.report('--format', 'html')
        self.assertEqual(json.loads(self.report('--format', 'json'))
                         ['domains'], [])
        self.assertIn(b'verified', self.ledger('verify'))

    def test_before_the_first_checkpoint(self):
        """It is good while it is new; who takes checkpoints is found."""
        now = int(time.time() * 1000)
        self.fill([record(time=now)])
        self.sql('DELETE FROM checkpoint')
        self.assertIn('there is no checkpoint yet', self.report())
        self.assertNotIn('NOT VERIFIED', self.report())
        self.assertIn('there is no checkpoint yet',
                      self.report('--format', 'html'))
        self.assertIs(json.loads(self.report('--format', 'json'))
                      ['integrity']['ok'], True)
        self.sql('UPDATE record SET time = ?', now - 200000)
        self.assertIn('NOT VERIFIED', self.report())
        self.assertIs(json.loads(self.report('--format', 'json'))
                      ['integrity']['ok'], False)

    def test_no_ledger(self):
        done = subprocess.run([HOPSEAL, 'report', '--ledger', self.path],
                              stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 69)
        self.assertIn(b'cannot read the ledger', done.stderr)
        self.assertFalse(os.path.exists(self.path))


if __name__ == '__main__':
    unittest.main()
