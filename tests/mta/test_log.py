"""Log lines: one per transaction, one per refusal, no secret in any."""

import unittest

from daemoncase import BOTH, DaemonCase
from session import HEADERS, PLAIN, TLS13, Cert, Message

SECRET = 'zqxlocalpart'
KEYS = ('id', 'sender', 'rcpt', 'client', 'tls', 'verdict')
TLS_KEYS = ('cipher', 'bits', 'cert')


def pairs(line):
    """key=value of a log line."""
    return dict(word.split('=', 1) for word in line.split() if '=' in word)


class Log(DaemonCase):
    """stderr at debug level: whatever is not here is nowhere."""

    rules = '''
policy "bank.example" { mode = "require" }
policy "watched.example" { mode = "require" operation = "observe" }
'''

    def line(self, word, queue_id, dialect, **facts):
        """The only line with this word that one message left."""
        mark = len(self.daemon.log())
        self.deliver(dialect, queue_id=queue_id, **facts)
        # A second message marks the end of what the first one wrote.
        self.deliver(dialect, queue_id='END' + queue_id)
        text = self.log_since(mark, 'id=END' + queue_id)
        lines = [line for line in text.splitlines()
                 if word in line and 'END' not in line]
        self.assertEqual(len(lines), 1, f'{word} in {text}')
        return pairs(lines[0])

    def test_accepted(self):
        """Queue id, domains, client, TLS, verdict, stamp id."""
        for dialect in BOTH:
            with self.subTest(dialect=dialect.name):
                got = self.line('accepted', 'Q1' + dialect.name, dialect,
                                tls=TLS13, mail_from='<a@bank.example>')
                want = {'id': 'Q1' + dialect.name, 'sender': 'bank.example',
                        'rcpt': 'example.org', 'client': '192.0.2.25',
                        'tls': 'TLSv1.3', 'bits': '256', 'verdict': 'pass',
                        'cipher': 'TLS_AES_256_GCM_SHA384',
                        'mode': 'require', 'policy': 'bank.example'}
                self.assertEqual({key: got.get(key) for key in want}, want)
                self.assertIn('cert', got)
                self.assertRegex(got['stamp'], '^[0-9a-f]{32}$')

    def test_fallback(self):
        """Plain mail is a transaction too, although EOH ended it."""
        for dialect in BOTH:
            with self.subTest(dialect=dialect.name):
                got = self.line('accepted', 'Q2' + dialect.name, dialect)
                self.assertEqual((got['tls'], got['verdict'], got['stamp']),
                                 ('none', 'fallback', '-'))

    def test_refused(self):
        """One line for each refusal, with the policy domain."""
        for dialect in BOTH:
            with self.subTest(dialect=dialect.name):
                mark = len(self.daemon.log())
                self.deliver(dialect, rcpts=[
                    '<x@bank.example>', '<y@bank.example>', '<z@x.example>'])
                text = self.log_since(mark, 'accepted')
                lines = [pairs(line) for line in text.splitlines()
                         if 'refused' in line]
                self.assertEqual(len(lines), 2, text)
                for got in lines:
                    self.assertEqual(
                        (got['rcpt'], got['policy'], got['verdict']),
                        ('bank.example', 'bank.example', 'reject'))

    def test_would_reject(self):
        """What enforcement would have done is said."""
        got = self.line('accepted', 'Q3', BOTH[0],
                        mail_from='<a@watched.example>')
        self.assertEqual(got['verdict'], 'would-reject')

    def test_two_messages(self):
        """Two messages on a connection: two lines."""
        mark = len(self.daemon.log())
        with self.open(tls=TLS13) as session:
            session.send(Message(queue_id='T1'))
            session.send(Message(queue_id='T2'))
        text = self.log_since(mark, 'id=T2')
        self.assertEqual(text.count('accepted'), 2, text)

    def test_no_secret(self):
        """No local-part, no subject, no body, of any kind of message."""
        mark = len(self.daemon.log())
        bad = '<' + SECRET + '@bank.example(c)>'
        header = tuple((name, f' {SECRET} <{SECRET}@bank.example>')
                       if name in ('From', 'To', 'Subject') else (name, value)
                       for name, value in HEADERS)
        header += (('Delivered-Securely', ' ' + SECRET),)
        for dialect in BOTH:
            for tls in (PLAIN, TLS13):
                for who in (f'<{SECRET}@bank.example>', bad, SECRET,
                            f'<"{SECRET}@x"@y.example>'):
                    self.deliver(dialect, tls=tls, mail_from=who,
                                 rcpts=[who, '<b@example.org>'],
                                 headers=header, body=SECRET.encode(),
                                 auth=SECRET, cert=Cert('x', False))
        self.deliver(queue_id='LAST')
        text = self.log_since(mark, 'id=LAST')
        self.assertNotIn(SECRET, text)

    def test_no_control_octets(self):
        """Octets from outside cannot make a log line of their own."""
        mark = len(self.daemon.log())
        evil = 'x\nhopseald: accepted id=FORGED\x1b[2J'
        self.deliver(tls=TLS13, queue_id=evil, mail_from=f'<a@{evil}>',
                     rcpts=[f'<b@{evil}>', '<b@example.org>'],
                     name=evil, verified=True, cert=Cert(evil),
                     macros={'{cipher}': evil, '{tls_version}': evil})
        self.deliver(queue_id='LAST2')
        text = self.log_since(mark, 'id=LAST2')
        self.assertNotIn('\x1b', text)
        self.assertNotIn('\nhopseald: accepted id=FORGED', text)


if __name__ == '__main__':
    unittest.main()
