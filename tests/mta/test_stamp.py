"""What a stamp says: STAMP, tag by tag."""

import re
import time
import unittest

from daemoncase import BOTH, OK
from dialects import NO_SYMLIST, POSTFIX, SENDMAIL
from lab import stampcheck
from session import HEADERS, PLAIN, TLS11, TLS12, TLS13, Cert, Message
from stampcase import StampCase

ORDER = ['v', 'a', 'c', 'd', 's', 't', 'by', 'id', 'tls', 'cipher', 'bits',
         'cert', 'cn', 'ip', 'sender', 'rcpt', 'rs', 'rc', 'mode',
         'requiretls', 'next', 'h', 'bh', 'b']
RULES = '''
policy "bank.example" { mode = "require" }
policy "prefer.example" { mode = "prefer" }
policy "to.example" { to = "require" }
policy "watched.example" { to = "require" operation = "observe" }
policy "new.example" { mode = "fallback-allowed" min-tls = "1.3" }
'''


class Tags(StampCase):
    """Each tag, and when it is there."""

    rules = RULES

    def one_tag(self, tag, table, dialects=BOTH):
        """Rows of name, facts, wanted value of the tag (None: absent)."""
        for dialect in dialects:
            for name, facts, want in table:
                with self.subTest(name, dialect=dialect.name):
                    stamp, _ = self.stamped(dialect, **facts)
                    self.assertEqual(stamp.tags.get(tag), want)

    def test_fixed(self):
        """The tags that every stamp of this daemon has."""
        for dialect in BOTH:
            before = int(time.time())
            stamp, _ = self.stamped(dialect)
            want = {'v': '1', 'a': 'ed25519-sha256', 'c': 'relaxed/relaxed',
                    'd': 'example.org', 's': '2026a',
                    'by': 'mx.example.org', 'id': '4cZ9Xk2QnBz3sW',
                    'tls': 'TLSv1.3', 'cipher': 'TLS_AES_256_GCM_SHA384',
                    'bits': '256', 'ip': '192.0.2.25',
                    'sender': 'sender.example', 'rcpt': 'example.org',
                    'mode': 'fallback-allowed'}
            got = {tag: stamp.tags.get(tag) for tag in want}
            self.assertEqual(got, want)
            self.assertIn(int(stamp.tags['t']),
                          range(before, int(time.time()) + 1))
            self.assertEqual(stamp.order, [tag for tag in ORDER
                                           if tag in stamp.tags])

    def test_index(self):
        """Just below the MTA's own Received field, in both MTAs."""
        for dialect in BOTH:
            stamp, got = self.stamped(dialect)
            self.assertEqual(stamp.index, 1)
            self.assertEqual([edit.index for edit in got.edits], [1])

    def test_folding(self):
        """78 columns, LF folds, 4096 octets at most."""
        for dialect in BOTH:
            _, got = self.stamped(dialect, cert=Cert('mail.bank.example'),
                                  mail_from='<a@bank.example>')
            value = got.edits[0].value
            self.assertNotIn(b'\r', value)
            field = b'Delivered-Securely:' + value
            if not got.edits[0].value.startswith(b' '):
                field = b'Delivered-Securely: ' + value
            longest = max(len(line) for line in field.split(b'\n'))
            self.assertLessEqual(longest, 78, field)
            self.assertLess(len(field), 4096)
            self.assertNotRegex(field, rb'\n[ \t]*(\n|$)')

    def test_session(self):
        """tls, cipher and bits as the MTA names them."""
        self.one_tag('tls', [('1.2', dict(tls=TLS12), 'TLSv1.2')])
        self.one_tag('cipher', [('1.2', dict(tls=TLS12), TLS12.cipher)])

    def test_id(self):
        """The queue id; left out when it is no id."""
        self.one_tag('id', [
            ('long', dict(queue_id='a' * 64), 'a' * 64),
            ('too long', dict(queue_id='a' * 65), None),
            ('odd', dict(queue_id='a b;c'), None),
            ('signs', dict(queue_id='A-b_c.9'), 'A-b_c.9'),
        ])

    def test_cert(self):
        """cert=, and cn= only of a trusted one."""
        bad = Cert('mail.x.example', trusted=False)
        good = Cert('mail.x.example')
        self.one_tag('cert', [('trusted', dict(cert=good), 'trusted')])
        self.one_tag('cn', [
            ('trusted', dict(cert=good), 'mail.x.example'),
            ('failed', dict(cert=bad), None), ('none', {}, None),
            ('too long', dict(cert=Cert('n' * 65)), None),
            ('quoted', dict(cert=Cert('A B;C=D')), 'A=20B=3BC=3DD'),
        ])
        self.one_tag('cert', [('failed', dict(cert=bad), 'failed'),
                              ('none', {}, 'none')], (SENDMAIL,))
        self.one_tag('cert', [('failed', dict(cert=bad), 'unknown'),
                              ('none', {}, 'unknown')], (POSTFIX,))

    def test_ip(self):
        """RFC 5952 text."""
        self.one_tag('ip', [
            ('IPv4', {}, '192.0.2.25'),
            ('IPv6', dict(client='2001:0DB8:0:0:0:0:0:25'), '2001:db8::25'),
            ('mapped', dict(client='::ffff:192.0.2.7'), '192.0.2.7'),
        ])

    def test_sender(self):
        """Domain in A-labels, literal as written, - for <>."""
        self.one_tag('sender', [
            ('upper case', dict(mail_from='<a@X.Example.>'), 'x.example'),
            ('null', dict(mail_from='<>'), '-'),
            ('IDN', dict(mail_from='<a@b\u00fccher.example>'),
             'xn--bcher-kva.example'),
            ('literal', dict(mail_from='<a@[192.0.2.1]>'), '[192.0.2.1]'),
        ])

    def test_recipients(self):
        """rcpt= when shared, rs= and rc= only for one recipient."""
        one, two = '<bob@example.org>', '<c@Example.ORG>'
        other = '<d@x.example>'
        self.one_tag('rcpt', [
            ('one', dict(rcpts=[two]), 'example.org'),
            ('two of one domain', dict(rcpts=[one, two]), 'example.org'),
            ('two domains', dict(rcpts=[one, other]), None),
        ])
        for rcpts in ([one, two], [one, other], [one, one]):
            stamp, _ = self.stamped(rcpts=rcpts)
            self.assertNotIn('rs', stamp.tags)
            self.assertNotIn('rc', stamp.tags)

    def test_binding(self):
        """rc= binds the address: local-part as it came, domain normalized."""
        salts = set()
        for dialect in BOTH:
            for argument, address in (
                    ('<bob@example.org>', 'bob@example.org'),
                    ('<BoB@Example.ORG.>', 'BoB@example.org'),
                    ('<b+x@b\u00fccher.example>',
                     'b+x@xn--bcher-kva.example')):
                with self.subTest(argument, dialect=dialect.name):
                    stamp, _ = self.stamped(dialect, rcpts=[argument])
                    want = stampcheck.recipient_code(stamp.tags['rs'],
                                                     address)
                    self.assertEqual(stamp.tags['rc'], want)
                    self.assertEqual(len(stamp.tags['rs']), 24)
                    salts.add(stamp.tags['rs'])
        self.assertEqual(len(salts), 6)

    def test_mode(self):
        """The strictest mode among the rules that were met."""
        self.one_tag('mode', [
            ('none', {}, 'fallback-allowed'),
            ('require', dict(mail_from='<a@bank.example>'), 'require'),
            ('prefer', dict(mail_from='<a@prefer.example>'), 'prefer'),
            ('strictest', dict(mail_from='<a@prefer.example>',
                               rcpts=['<b@bank.example>']), 'require'),
            ('any recipient', dict(rcpts=['<b@x.example>',
                                          '<b@to.example>']), 'require'),
            ('REQUIRETLS', dict(mail_args=('REQUIRETLS',)), 'require'),
        ])

    def test_requiretls_and_next(self):
        """requiretls=y if asked; next=require if every `to` is."""
        self.one_tag('requiretls', [
            ('asked', dict(mail_args=('REQUIRETLS',)), 'y'), ('not', {}, None)])
        self.one_tag('next', [
            ('one', dict(rcpts=['<b@to.example>']), 'require'),
            ('all', dict(rcpts=['<b@to.example>', '<b@bank.example>']),
             'require'),
            ('some', dict(rcpts=['<b@to.example>', '<b@x.example>']), None),
            ('from only', dict(mail_from='<a@bank.example>'), None)])


class When(StampCase):
    """Who gets a stamp and who does not."""

    rules = RULES

    def test_not_stamped(self):
        """Plain, below the level, observed, without From, one fallback."""
        no_from = [item for item in HEADERS if item[0] != 'From']
        rows = [
            ('plain', dict(tls=PLAIN)),
            ('below the default level', dict(tls=TLS11)),
            ('below its own level', dict(mail_from='<a@new.example>',
                                         tls=TLS12)),
            ('one recipient below', dict(tls=TLS12, rcpts=[
                '<b@x.example>', '<b@new.example>'])),
            ('one observed', dict(rcpts=['<b@x.example>',
                                         '<b@watched.example>'])),
            ('no From', dict(headers=no_from)),
            ('bits no number', dict(macros={'{cipher_bits}': 'x'})),
            ('cipher no name', dict(macros={'{cipher}': 'a b'})),
        ]
        for dialect in BOTH:
            for name, facts in rows:
                with self.subTest(name, dialect=dialect.name):
                    self.unstamped(dialect, **facts)

    def test_refused_recipient_does_not_count(self):
        """One is refused; the rest is stamped for the rest alone."""
        rules = dict(tls=TLS12, mail_from='<a@x.example>',
                     rcpts=['<b@strict.example>', '<b@example.org>'])
        self.daemon.reload(RULES + 'policy "strict.example" '
                           '{ mode = "require" min-tls = "1.3" }')
        try:
            for dialect in BOTH:
                stamp, got = self.stamped_partly(dialect, rules)
                self.assertEqual(stamp.tags['rcpt'], 'example.org')
                self.assertEqual(stamp.tags['mode'], 'fallback-allowed')
                self.assertIn('rs', stamp.tags)
                self.assertEqual(got.replies[1], OK)
        finally:
            self.daemon.reload(RULES)

    def stamped_partly(self, dialect, facts):
        """A message whose first recipient is refused."""
        got = self.deliver(dialect, **facts)
        self.assertTrue(got.replies[0].startswith('550 '), got.replies)
        stamp = stampcheck.stamps(got.octets)[0]
        self.verifies(got.octets, stamp)
        return stamp, got

    def test_no_symlist(self):
        """TLS of HELO is as good for a stamp."""
        self.stamped(NO_SYMLIST)

    def test_mail_after_starttls(self):
        """No second EHLO: the facts of MAIL."""
        for dialect in BOTH:
            stamp, _ = self.stamped(dialect, second_ehlo=False)
            self.assertEqual(stamp.tags['tls'], 'TLSv1.3')

    def test_stamp_id_is_logged(self):
        """The log line names the id, so that both can be joined."""
        mark = len(self.daemon.log())
        stamp, _ = self.stamped()
        self.log_since(mark, stampcheck.stamp_id(stamp))


class Hostname(StampCase):
    """hostname = "none": by= is what the MTA calls itself."""

    settings = {'hostname': '"none"'}

    def test_by(self):
        """{j} of each dialect."""
        for dialect in BOTH:
            with self.subTest(dialect=dialect.name), \
                    self.open(dialect, tls=TLS13) as session:
                got = session.send(Message())
                found = re.search(rb'by=([^;]*);', got.edits[0].value)
                self.assertEqual(found[1].decode(), dialect.hostname)


if __name__ == '__main__':
    unittest.main()
