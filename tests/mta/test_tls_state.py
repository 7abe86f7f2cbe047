"""Established, none or unknown: which macros came, when, from which MTA.

Require never passes without facts; what is not known is deferred.
"""

import unittest

from daemoncase import OK, UNKNOWN, DaemonCase, arrive, version
from dialects import BOTH, NO_SYMLIST, VERSION_2
from session import PLAIN, TLS11, TLS13, Message

RULES = '''
policy "bank.example" { mode = "require" }
policy "prefer.example" { mode = "prefer" }
'''
FROM_BANK = arrive('mail from', 'bank.example')


def bank(tls=PLAIN, **more):
    """Facts of a message from the bank."""
    return dict(mail_from='<a@bank.example>', tls=tls, **more)


class States(DaemonCase):
    """One require rule, every way to learn of TLS."""

    rules = RULES

    def test_at_mail(self):
        """STARTTLS, then MAIL at once: TLS macros come with MAIL only."""
        self.rows([
            ('TLS', bank(TLS13, second_ehlo=False), OK),
            ('old TLS', bank(TLS11, second_ehlo=False),
             version('bank.example', '1.2', 'TLSv1.1')),
            ('plain', bank(second_ehlo=False), FROM_BANK),
        ])

    def test_asked_for(self):
        """The lists replace the MTA's: nothing it sends may get lost."""
        need = {'i', '{auth_type}', '{auth_authen}', '{mail_addr}', 'v',
                '{tls_version}', '{cipher}', '{cipher_bits}',
                '{cert_subject}', '{verify}', '{cn_subject}'}
        for dialect in BOTH:
            with self.subTest(dialect=dialect.name):
                with self.open(dialect) as session:
                    lists = session.milter.lists
                got = set(lists.get(b'M', []))
                missing = need - got - set(lists.get(b'C', []))
                self.assertFalse(missing, f'got {lists}')

    def test_no_symlist(self):
        """An MTA that cannot be asked: what HELO gave, else unknown."""
        rows = [
            ('TLS at HELO', bank(TLS13), OK),
            ('old TLS at HELO', bank(TLS11),
             version('bank.example', '1.2', 'TLSv1.1')),
            ('plain', bank(), UNKNOWN),
            ('no second EHLO', bank(TLS13, second_ehlo=False), UNKNOWN),
            ('no rule', dict(mail_from='<a@x.example>'), OK),
            ('prefer', dict(mail_from='<a@prefer.example>'), OK),
            ('says none', bank(macros={'{tls_version}': 'none'}), FROM_BANK),
            ('says nothing', bank(macros={'{tls_version}': ''}), FROM_BANK),
        ]
        self.rows(rows, (NO_SYMLIST, VERSION_2))

    def test_none(self):
        """milter_macro_defaults may set tls_version=none."""
        self.rows([
            ('none', bank(macros={'{tls_version}': 'none'}), FROM_BANK),
            ('empty', bank(macros={'{tls_version}': ''}), FROM_BANK),
            ('absent', bank(macros={'{tls_version}': None}), FROM_BANK),
            ('other macros alone', bank(macros={
                '{tls_version}': None, '{cipher_bits}': '256',
                '{cipher}': 'TLS_AES_256_GCM_SHA384'}), FROM_BANK),
        ])

    def test_missing_macros(self):
        """No macro at all at MAIL: the state is unknown, require defers."""
        drop = {name: None for name in
                ('i', 'j', 'v', '_', '{verify}', '{cert_subject}',
                 '{cn_subject}', '{tls_version}', '{cipher}',
                 '{cipher_bits}', '{cert_issuer}', '{auth_type}',
                 '{auth_authen}', '{auth_author}', '{auth_ssf}',
                 '{mail_addr}', '{mail_host}', '{mail_mailer}',
                 '{cn_issuer}', '{client_resolve}', '{client_addr}',
                 '{client_name}', '{daemon_name}', '{daemon_addr}')}
        self.rows([
            ('require', bank(macros=drop), UNKNOWN),
            ('require of a recipient',
             dict(mail_from='<a@x.example>', rcpts=['<b@bank.example>'],
                  macros=drop), UNKNOWN),
            ('prefer', dict(mail_from='<a@prefer.example>', macros=drop),
             OK),
            ('no rule', dict(mail_from='<a@x.example>', macros=drop), OK),
        ])

    def test_odd_values(self):
        """Values that no MTA sends meet no level, and break no reply."""
        odd = ('TLSv9%n%s', 'TLSv1.2\r\n250 ok', 'x' * 5000, 'SSLv2', '\x7f',
               'TLSv1.2 ', 'tlsv1.2\xff')
        for dialect in BOTH:
            for value in odd:
                with self.subTest(value[:20], dialect=dialect.name):
                    got = self.deliver(dialect, **bank(
                        TLS13, macros={'{tls_version}': value}))
                    self.assertRegex(got.replies[0],
                                     r'\A(550 5\.7\.10|451 4\.7\.0) [ -~]+\Z')


def bank_mail():
    """Facts of the Message alone."""
    facts = bank()
    del facts['tls']
    return facts


class Unasked(DaemonCase):
    """What HELO said stays good for an MTA that sends nothing at MAIL."""

    rules = RULES

    def test_two_messages(self):
        """HELO's facts serve every message of the connection."""
        for dialect in (NO_SYMLIST, VERSION_2):
            with self.subTest(dialect=dialect.name):
                with self.open(dialect, tls=TLS13) as session:
                    got = [session.send(Message(**bank_mail())).replies
                           for _ in range(3)]
                self.assertEqual(got, [[OK]] * 3)


if __name__ == '__main__':
    unittest.main()
