"""header-from, REQUIRETLS, and what observe, stamp and enforce refuse."""

import unittest

from daemoncase import BOTH, OK, REQUIRETLS, UNKNOWN, DaemonCase, arrive
from dialects import NO_SYMLIST
from lab import stampcheck
from session import PLAIN, TLS11, TLS13

DATE = ('Date', ' Mon, 23 Nov 2026 10:00:00 +0000')


def with_from(*values, **more):
    """Facts of a message with these From fields."""
    fields = [('From', ' ' + value) for value in values]
    return dict(headers=fields + [('To', ' b@example.org'), DATE], **more)


class HeaderFrom(DaemonCase):
    """Mail in a partner's name by another envelope sender."""

    rules = '''
policy "bank.example" { mode = "require" header-from = true }
policy "soft.example" { mode = "require" header-from = true
    action = "defer" }
policy "plain.example" { mode = "require" }
policy "prefer.example" { mode = "prefer" header-from = true }
'''

    def finals(self, table):
        """Rows of name, facts, wanted end of the message."""
        for dialect in BOTH:
            for name, facts, want in table:
                with self.subTest(name, dialect=dialect.name):
                    got = self.deliver(dialect, **facts)
                    self.assertEqual(got.replies, [OK])
                    self.assertEqual(got.final, want)

    def test_header_from(self):
        """Known at EOM, refuses the whole message."""
        bank = arrive('mail from', 'bank.example')
        soft = arrive('mail from', 'soft.example', '451')
        self.finals([
            ('plain', with_from('Bank <x@bank.example>'), bank),
            ('TLS', with_from('Bank <x@bank.example>', tls=TLS13), OK),
            ('below', with_from('x@a.bank.example'), bank),
            ('without header-from', with_from('x@plain.example'), OK),
            ('prefer', with_from('x@prefer.example'), OK),
            ('defer', with_from('x@soft.example'), soft),
            ('any address', with_from('a@x.example, b@bank.example'), bank),
            ('any field', with_from('a@x.example', 'b@bank.example'), bank),
            ('strictest', with_from('a@soft.example, b@bank.example'), bank),
            ('folded', with_from('"Doe,\r\n Jane"\r\n\t<j@bank.example>'),
             bank),
            ('comment', with_from('(a@x.example) j@bank.example (b)'), bank),
            ('in a comment only', with_from('a@x.example (b@bank.example)'),
             OK),
            ('quoted', with_from('"a@bank.example" <b@x.example>'), OK),
            ('group', with_from('Staff: a@x.example, b@bank.example;'),
             bank),
            ('spaces', with_from('j @ bank . example'), bank),
            ('no From', dict(headers=[DATE]), OK),
        ])

    def test_backslashes_outside_of_quotes(self):
        """Some readers take what is behind them for text, some do not."""
        bank = arrive('mail from', 'bank.example')
        self.finals([(value, with_from(value), bank) for value in (
            '\\"x <a@bank.example> "y', '\\" <a@bank.example> "',
            '\\"Bank <a@bank.example> "', '\\"<a@bank.example>"',
            'x\\( <a@bank.example> )', '\\( <a@bank.example> ( x',
            '\\" x " <a@bank.example> "', '(x\\) <a@bank.example> )',
            '\\" , " <a@bank.example> "')])
        self.finals([(value, with_from(value), OK) for value in (
            '"Doe \\"JJ\\" (x)" <j@x.example>', 'j@x.example (a \\) b)')])

    def test_exempt_does_not_save(self):
        """An exempt recipient of a refused message is refused with it."""
        facts = with_from('a@bank.example', rcpts=['<postmaster@x.example>'])
        self.finals([('postmaster', facts,
                      arrive('mail from', 'bank.example'))])

    def test_mode_in_stamp(self):
        """The From rule counts for mode=."""
        got = self.deliver(**with_from('a@bank.example', tls=TLS13))
        stamp = stampcheck.stamps(got.octets)[0]
        self.assertEqual(stamp.tags['mode'], 'require')


class RequireTls(DaemonCase):
    """RFC 8689: one more rule, mode require, default level, reject."""

    rules = 'policy "defer.example" { mode = "require" action = "defer" }'

    def test_requiretls(self):
        """As a MAIL argument, in any case and place."""
        asked = dict(mail_args=('REQUIRETLS',))
        self.rows([
            ('plain', asked, REQUIRETLS),
            ('lower case', dict(mail_args=('requiretls',)), REQUIRETLS),
            ('among others', dict(mail_args=('SIZE=9', 'RequireTLS')),
             REQUIRETLS),
            ('TLS', dict(tls=TLS13, **asked), OK),
            ('not asked', dict(mail_args=('SIZE=9',)), OK),
            ('other word', dict(mail_args=('XREQUIRETLS',)), OK),
            ('before defer', dict(mail_from='<a@defer.example>', **asked),
             REQUIRETLS),
            ('every recipient', dict(rcpts=['<a@x.example>',
                                            '<b@y.example>'], **asked),
             [REQUIRETLS] * 2),
            ('exempt', dict(rcpts=['<postmaster@x.example>'], **asked), OK),
            ('null sender', dict(mail_from='<>', **asked), REQUIRETLS),
        ])

    def test_level(self):
        """The default level holds: TLS 1.1 is not enough."""
        got = self.deliver(tls=TLS11, mail_args=('REQUIRETLS',))
        self.assertTrue(got.replies[0].startswith('550 5.7.10 Encryption '
                                                  'needed: '), got.replies)

    def test_unknown(self):
        """Without facts: deferred, whatever the action."""
        got = self.deliver(NO_SYMLIST, mail_args=('REQUIRETLS',))
        self.assertEqual(got.replies, [UNKNOWN])

    def test_tls_required_no(self):
        """TLS-Required: No relaxes nothing."""
        got = self.deliver(mail_args=('REQUIRETLS',), headers=(
            ('TLS-Required', ' No'), ('From', ' a@x.example')))
        self.assertEqual(got.replies, [REQUIRETLS])


OPERATIONS = '''
class "watch" { mode = "require" operation = "observe" }
policy "bank.example" { mode = "require" }
policy "watched.example" { class = "watch" }
policy "stamped.example" { mode = "require" operation = "stamp" }
policy "forced.example" { mode = "require" operation = "enforce" }
policy "both.example" { class = "watch" operation = "enforce" }
'''


class Operation:
    """Rows for one global operation; who refuses is the subclass's."""

    rules = OPERATIONS
    refuses = ()
    stamps = ()

    def test_refusals(self):
        """Plain mail from and to each policy."""
        for domain in ('bank', 'watched', 'stamped', 'forced', 'both'):
            name = domain + '.example'
            bad = domain in self.refuses
            self.rows([
                ('from ' + name, dict(mail_from=f'<a@{name}>'),
                 arrive('mail from', name) if bad else OK),
                ('to ' + name, dict(rcpts=[f'<a@{name}>']),
                 arrive('mail to', name) if bad else OK),
            ])

    def test_stamps(self):
        """Who is stamped over TLS, and with what mode."""
        for domain in ('bank', 'watched', 'stamped', 'forced', 'both'):
            with self.subTest(domain):
                got = self.deliver(mail_from=f'<a@{domain}.example>',
                                   tls=TLS13)
                self.assertEqual(got.final, OK)
                found = stampcheck.stamps(got.octets)
                self.assertEqual(len(found), domain in self.stamps,
                                 got.edits)

    def test_plain_is_not_stamped(self):
        """No TLS, no stamp."""
        got = self.deliver(tls=PLAIN)
        self.assertEqual(stampcheck.stamps(got.octets), [])


class Enforce(Operation, DaemonCase):
    """The policy's own setting wins over the global one."""

    settings = {'operation': '"enforce"'}
    refuses = ('bank', 'forced', 'both')
    stamps = ('bank', 'stamped', 'forced', 'both')

    def test_requiretls(self):
        """REQUIRETLS follows the global operation."""
        self.rows([('asked', dict(mail_args=('REQUIRETLS',)), REQUIRETLS)])


class Stamp(Operation, DaemonCase):
    """Refuses nothing but what a policy enforces on its own."""

    settings = {'operation': '"stamp"'}
    refuses = ('forced', 'both')
    stamps = ('bank', 'stamped', 'forced', 'both')

    def test_requiretls(self):
        """REQUIRETLS follows the global operation."""
        self.rows([('asked', dict(mail_args=('REQUIRETLS',)), OK)])


class Observe(Operation, DaemonCase):
    """Changes nothing, stamps nothing."""

    settings = {'operation': '"observe"'}
    refuses = ('forced', 'both')
    stamps = ()

    def test_stamps(self):
        """A default rule observes: then nobody is stamped who meets it."""
        got = self.deliver(tls=TLS13)
        self.assertEqual(got.edits, [])

    def test_forged_stays(self):
        """Not even a forged stamp is taken out."""
        got = self.deliver(headers=(
            ('Delivered-Securely', ' v=1; d=example.org; b=x'),
            ('From', ' a@x.example')))
        self.assertEqual(got.edits, [])
        self.assertEqual(got.final, OK)


if __name__ == '__main__':
    unittest.main()
