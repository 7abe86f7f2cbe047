"""hopseal suggest: rules that the evidence supports, and no others."""

import os
import random
import re
import subprocess
import sys
import time
import unittest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [TESTS, os.path.join(TESTS, 'mta')]

# pylint: disable=wrong-import-position
import session                                             # noqa: E402
from lab import command                                    # noqa: E402
from lab.hopseald import Daemon                            # noqa: E402
from lab.workdir import WorkDir                            # noqa: E402
from ledgercase import DAY, NOON, LedgerCase, plain, record  # noqa: E402


def out(**facts):
    known = dict(direction='out', event='sent-tls', sender='example.org',
                 side='to', mode='fallback-allowed', policy='*', met=0)
    known.update(facts)
    return record(**known)


def over(days, make, **facts):
    """A record a day."""
    for day in range(days):
        yield make(time=NOON + day * DAY, **facts)


def came(days, sender, **facts):
    known = dict(mode='fallback-allowed', policy='*', sender=sender)
    known.update(facts)
    return over(days, record, **known)


def in_clear(days, sender, **facts):
    return over(days, plain, policy='*', sender=sender, **facts)


def stanza(said, domain, prefix=''):
    """The lines of the domain's section, or None."""
    found = re.search(r'^%spolicy "%s" \{\n(.*?)^%s\}' % (
        prefix, re.escape(domain), prefix), said, re.M | re.S)
    return found and [line.lstrip('#').strip()
                      for line in found.group(1).splitlines()]


class SuggestCase(LedgerCase):
    def ask(self, *words, code=0):
        return self.hopseal('suggest', *words, '--ledger', self.path,
                            code=code).decode()

    def accepted(self, text):
        """hopseald -n takes the output as a configuration."""
        path = os.path.join(self.folder, 'pasted.conf')
        with open(path, 'w', encoding='ascii') as config:
            config.write(text)
        done = subprocess.run([command.program('hopseald'), '-n', '-c', path],
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)


class TestStanzas(SuggestCase):
    # domain, records, wanted section; the prefix # is one to think over
    ROWS = (
        ('both.example', lambda d: [*came(40, d, cert='none', cn=''),
                                    *over(40, out, recipient=d)], '',
         ['subdomains = false', 'from = "require"', 'to = "require"',
          'min-tls = "1.3"', 'ciphers = "bcp195"']),
        ('lowest.example', lambda d: [
            *came(40, d, cert='none', cn=''),
            *came(1, d, cert='none', cn='', tls='TLSv1.2',
                  cipher='ECDHE-RSA-AES256-SHA')], '',
         ['subdomains = false', 'from = "require"', 'min-tls = "1.2"',
          'ciphers = "forward-secret"']),
        ('static.example', lambda d: came(
            40, d, cert='none', cn='', tls='TLSv1.2', cipher='AES128-SHA',
            bits=112), '',
         ['subdomains = false', 'from = "require"', 'min-tls = "1.2"',
          'ciphers = "any"', 'min-bits = 112']),
        ('ancient.example', lambda d: came(
            40, d, cert='none', cn='', tls='TLSv1',
            cipher='ECDHE-RSA-AES256-SHA'), '',
         ['subdomains = false', 'from = "require"', 'min-tls = "1.0"',
          'ciphers = "forward-secret"']),
        ('trusted.example', lambda d: came(40, d, cn='elsewhere.example'), '',
         ['subdomains = false', 'from = "require"', 'min-tls = "1.3"',
          'ciphers = "bcp195"', 'peer = "trusted"']),
        ('named.example', lambda d: came(40, d, cn='mx.named.example'), '',
         ['subdomains = false', 'from = "require"', 'min-tls = "1.3"',
          'ciphers = "bcp195"', 'peer = "named"']),
        ('to.example', lambda d: over(40, out, recipient=d), '',
         ['subdomains = false', 'to = "require"', 'min-tls = "1.3"',
          'ciphers = "bcp195"']),
        ('soft.example', lambda d: [
            *came(40, d, cert='none', cn=''),
            *in_clear(3, d, address='198.51.100.7')], '',
         ['subdomains = false', 'from = "prefer"', 'min-tls = "1.3"',
          'ciphers = "bcp195"']),
        ('mixed.example', lambda d: [
            *came(40, d, cert='none', cn=''), *in_clear(3, d)], '#',
         ['subdomains = false', 'from = "prefer"', 'min-tls = "1.3"',
          'ciphers = "bcp195"']),
        # Mail for it was handed in without TLS: `to` judges that as well.
        ('handed.example', lambda d: [
            *over(40, out, recipient=d),
            *in_clear(1, 'me.example', recipient=d)], '', None),
        ('attempt.example', lambda d: [
            *came(40, d), *over(1, plain, sender=d, event='reject')], '',
         None),
        ('failed.example', lambda d: [
            *over(40, out, recipient=d),
            *over(1, out, recipient=d, event='tls-failed', tls='none')], '',
         None),
        ('reached.example', lambda d: [
            *over(40, out, recipient=d),
            *over(1, out, recipient=d, event='sent-plain', tls='none')], '',
         None),
        ('silent.example', lambda d: [
            *over(40, out, recipient=d),
            *over(1, out, recipient=d, event='sent-unknown',
                  tls='unknown')], '', None),
        ('clear.example', lambda d: in_clear(40, d), '', None),
        ('rc4.example', lambda d: came(40, d, tls='TLSv1.2',
                                       cipher='ECDHE-RSA-RC4-SHA'), '',
         None),
        ('nobits.example', lambda d: came(40, d, bits=0), '', None),
        ('few.example', lambda d: (record(time=NOON + day * 7 * DAY, sender=d)
                                   for day in range(6)), '', None),
        ('short.example', lambda d: came(20, d), '', None),
        ('forged.example', lambda d: over(40, record, sender=d,
                                          event='trusted'), '', None),
        ('with..dots', lambda d: came(40, d), '', None),
        ('[192.0.2.1]', lambda d: came(40, d), '', None),
    )

    def setUp(self):
        super().setUp()
        self.fill((line for name, make, _, _ in self.ROWS
                   for line in make(name)), 'durability=queued')

    def test_rows(self):
        said = self.ask()
        for domain, _, prefix, want in self.ROWS:
            with self.subTest(domain):
                self.assertEqual(stanza(said, domain, prefix), want)
                if want is None or prefix:
                    self.assertIsNone(stanza(said, domain))
        self.accepted(said)
        self.assertLessEqual(max(map(len, said.splitlines())), 80)

    def test_figures(self):
        """Each stanza says what it rests on, and the end what is not there."""
        said = ' '.join(self.ask().replace('#', ' ').split())
        for words in (
                'from: 41 messages in 39 days, first seen 2026-01-03, last '
                '2026-02-11 all over TLS, lowest version TLS 1.2',
                'to: 40 messages in 39 days',
                '3 in clear (7.0 %): 198.51.100.7 policy "soft.example"',
                'The same networks send over TLS and in clear',
                'TLS before 1.2 is obsolete (RFC 8996)',
                'wanted are 10 messages over 30 days',
                '1 where a delivery found no TLS',
                '1 where the MTA did not say what TLS there was'):
            with self.subTest(words):
                self.assertIn(words, said)

    def test_thresholds(self):
        self.assertIsNotNone(stanza(self.ask('--min-messages', '6'),
                                    'few.example'))
        self.assertIsNotNone(stanza(self.ask('--days', '19'),
                                    'short.example'))
        self.assertIsNone(stanza(self.ask('--days', '100'), 'both.example'))
        said = self.ask('--min-messages', '1000')
        self.assertNotIn('policy "', said)
        self.assertIn('# None: ', said)
        self.accepted(said)

    def test_period(self):
        """What lies before the period is no evidence."""
        said = self.ask('--since', '2026-01-10', '--days', '10')
        self.assertIn('from = "require"', stanza(said, 'soft.example'))

    def test_limit(self):
        said = self.ask('--limit', '2')
        self.assertEqual(said.count('policy "'), 2)
        self.assertIn('more domains have evidence enough', said)

    def test_usage(self):
        for words in (['--days', 'x'], ['--min-messages', '0'],
                      ['--limit', '0'], ['--limit', '99999'], ['x.example'],
                      ['--since', '2026-13-01'], ['--nothing']):
            with self.subTest(words):
                self.ask(*words, code=64)
        self.ask('-c', '/nonexistent', code=78)


class TestInForce(SuggestCase):
    """What the configuration says already is minded."""

    def configured(self, text):
        path = os.path.join(self.folder, 'hopseal.conf')
        with open(path, 'w', encoding='ascii') as config:
            config.write(text)
        return self.ask('-c', path)

    def setUp(self):
        super().setUp()
        self.fill([*came(40, 'bank.example', cert='none', cn=''),
                   *over(40, out, recipient='bank.example')],
                  'durability=queued')

    def test_already(self):
        said = self.configured('policy "bank.example" { mode = "require" }')
        self.assertNotIn('policy "bank.example" {', said)
        self.assertIn('2 already under a rule', said)

    def test_governed(self):
        for rules in ('policy "bank.example" { from = "require" }',
                      'policy "example" { mode = "prefer" }'):
            with self.subTest(rules):
                said = self.configured(rules)
                self.assertIsNone(stanza(said, 'bank.example'))
                self.assertIn('to = "require"',
                              stanza(said, 'bank.example', '#'))
                self.assertIn('speaks for it', said)
                self.accepted(rules + '\n' + said)

    def test_default_rule(self):
        """The new section keeps what the rule * asked for."""
        said = self.configured('policy "*" { mode = "prefer" '
                               'action = "defer" patience = 60 }')
        self.assertEqual(
            stanza(said, 'bank.example'),
            ['subdomains = false', 'from = "require"', 'to = "require"',
             'min-tls = "1.3"', 'ciphers = "bcp195"', 'action = "defer"',
             'patience = 60'])
        said = self.configured('policy "*" { from = "fallback-allowed" '
                               'to = "require" '
                               'i-know-this-breaks-rfc3207 = true }')
        self.assertIn('to = "require"', stanza(said, 'bank.example'))


class TestHostile(SuggestCase):
    def test_invented_names(self):
        """Names by the thousand neither fill the output nor are believed."""
        lines = [record(time=NOON + at, sender=f'x{at}.example')
                 for at in range(3000)]
        lines += came(40, 'bank.example')
        self.fill(lines, 'durability=queued', 'max=10000')
        said = self.ask()
        self.assertLess(len(said.splitlines()), 30)
        self.assertIn('3000 with too few messages', said)
        self.assertIsNotNone(stanza(said, 'bank.example'))

    def test_names_that_bite(self):
        names = ['<script>', '=cmd|x', '"{}', '\\"', '../../etc', '%s%n',
                 '$HOME', '${HOME}', 'a;b', '-a.example', 'a_b.example']
        self.fill((line for name in names for line in came(40, name)),
                  'durability=queued')
        said = self.ask()
        self.accepted(said)
        self.assertEqual(re.findall('^policy "(.*)" {$', said, re.M),
                         ['-a.example', 'a_b.example'])

    def test_empty(self):
        self.fill([])
        said = self.ask()
        self.assertIn('# None: ', said)
        self.accepted(said)


TLS12_OLD = session.Tls('TLSv1.2', 'ECDHE-RSA-AES256-SHA')
STATES = (session.TLS13, session.TLS13, session.TLS12, TLS12_OLD,
          session.TLS11, session.PLAIN)


class TestReplay(unittest.TestCase):
    """No session of the evidence is refused by the rules made of it."""

    def sessions(self, seed):
        """Domains with habits of their own, some above others."""
        dice = random.Random(seed)
        domains = [f'd{at}.example' for at in range(8)]
        domains += ['sub.d0.example', 'a.sub.d1.example', 'me.example']
        habits = {name: dice.sample(STATES, dice.choice((1, 1, 2, 3)))
                  for name in domains}
        made = []
        for _ in range(120):
            sender = dice.choice(domains)
            tls = dice.choice(habits[sender])
            trusted = tls and dice.random() < 0.7
            made.append(dict(
                mail_from=f'<a@{sender}>', tls=tls,
                cert=session.Cert(f'mx.{sender}') if trusted else None,
                client=f'192.0.{dice.randrange(4)}.{dice.randrange(1, 9)}',
                rcpts=tuple(f'<b@{name}>' for name in dice.sample(
                    ['example.org', *domains], dice.choice((1, 1, 3))))))
        return made

    def deliveries(self, daemon, names):
        """Postfix's log of what went to these, all over TLS."""
        lines = []
        for at, name in enumerate(names):
            stamp = time.strftime('%Y-%m-%dT%H:%M:%S.1+00:00',
                                  time.gmtime(time.time() - 60 + at))
            head = f'{stamp} mx postfix/smtp[{at + 9}]: '
            peer = f'mx.{name}[192.0.2.9]:25'
            lines += [
                f'{head}Untrusted TLS connection established to {peer}: '
                'TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)',
                f'{head}4F{at:04X}AB: to=<b@{name}>, relay={peer}, '
                'delay=0.1, delays=0/0/0/0, dsn=2.0.0, status=sent (250 ok)']
        done = command.hopseal('import', '-c', daemon.file, '-',
                               stdin='\n'.join(lines).encode() + b'\n')
        self.assertEqual(done.returncode, 0, done.stderr)

    def replay(self, daemon, made, order):
        for at in order:
            result = session.deliver(daemon.socket, **made[at])
            self.assertEqual((set(result.replies), result.final),
                             ({'ok'}, 'ok'), made[at])

    def test_replay(self):
        found = ''
        for seed in range(3):
            with self.subTest(seed):
                found += self.one(seed)
        for words in ('from = "require"', 'to = "require"',
                      'from = "prefer"', 'peer = "named"',
                      'min-tls = "1.1"', 'min-tls = "1.3"'):
            self.assertIn(words, found)

    def one(self, seed):
        made = self.sessions(seed)
        with WorkDir('suggest-') as workdir, Daemon(
                workdir, '', {'operation': '"observe"'}) as daemon:
            self.replay(daemon, made, range(len(made)))
            self.deliveries(daemon, [f'd{at}.example' for at in range(8)])
            done = command.hopseal('suggest', '-c', daemon.file, '--days',
                                   '0', '--min-messages', '1')
            self.assertEqual(done.returncode, 0, done.stderr)
            rules = done.stdout.decode()
            daemon.reload('\n' + rules, {'operation': '"enforce"'})
            self.replay(daemon, made, range(len(made)))
            self.replay(daemon, made, reversed(range(len(made))))
            # They are in force: what was never seen is refused.
            for name in re.findall(r'^policy "(.*)" \{\n.*\n'
                                   r'\tfrom = "require"', rules, re.M):
                result = session.deliver(daemon.socket, tls=session.PLAIN,
                                         mail_from=f'<a@{name}>')
                self.assertIn('550 5.7.10', result.replies[0])
        return rules


if __name__ == '__main__':
    unittest.main()
