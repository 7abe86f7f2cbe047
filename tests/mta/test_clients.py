"""Client rules, trusted hosts and local submission."""

import unittest

from daemoncase import OK, DaemonCase, arrive
from dialects import POSTFIX, SENDMAIL
from session import PLAIN, TLS13

RULES = '''
policy "bank.example" { mode = "require" }
client "198.51.100.0/24" { mode = "require" }
client "198.51.100.64/26" { mode = "fallback-allowed" }
client "198.51.100.70" { mode = "require" action = "defer" }
client "2001:db8:1::/48" { from = "require" }
client "mail.partner.example" { mode = "require" }
client ".cust.example" { mode = "require" }
client "203.0.113.5" { mode = "fallback-allowed" }
'''


def by_client(title, code='550'):
    """The refusal of a client rule."""
    return arrive('mail from client', title, code)


class Clients(DaemonCase):
    """Networks and names."""

    rules = RULES
    settings = {'trusted-hosts': '{"192.0.2.200", "2001:db8:9::/48"}'}

    def test_networks(self):
        """The longest prefix wins; IPv4-mapped IPv6 is IPv4."""
        net = by_client('198.51.100.0/24')
        rows = [('198.51.100.1', net), ('198.51.100.63', net),
                ('198.51.100.64', OK), ('198.51.100.128', net),
                ('198.51.100.70', by_client('198.51.100.70', '451')),
                ('::ffff:198.51.100.1', net), ('198.51.101.1', OK),
                ('2001:db8:1::25', by_client('2001:db8:1::/48')),
                ('2001:db8:2::25', OK)]
        self.rows([(ip, dict(client=ip), want) for ip, want in rows])
        self.rows([(ip + ', TLS', dict(client=ip, tls=TLS13), OK)
                   for ip, _ in rows])

    def test_names(self):
        """Only names that the MTA verified; a network is taken first."""
        host = by_client('mail.partner.example')
        cust = by_client('.cust.example')
        rows = [
            ('bare', 'mail.partner.example', True, host),
            ('below bare', 'a.mail.partner.example', True, host),
            ('upper case', 'MAIL.Partner.example', True, host),
            ('sibling', 'mx.partner.example', True, OK),
            ('suffix', 'a.b.cust.example', True, cust),
            ('suffix itself', 'cust.example', True, OK),
        ]
        self.rows([(name, dict(name=host_name, verified=ok), want)
                   for name, host_name, ok, want in rows])
        self.rows([('network before name',
                    dict(client='203.0.113.5', verified=True,
                         name='mail.partner.example'), OK)])

    def test_unverified_names(self):
        """Sendmail's {client_resolve} tells; without it no name counts."""
        facts = dict(name='mail.partner.example', verified=False)
        self.rows([('unverified', facts, OK)])
        for answer in ('FAIL', 'FORGED', 'TEMP', '', None):
            self.rows([(f'{answer}', dict(
                name='mail.partner.example', verified=True,
                macros={'{client_resolve}': answer}), OK)], (SENDMAIL,))

    def test_order_of_equals(self):
        """Sender, recipient, client: the first of equals speaks."""
        self.rows([
            ('sender first', dict(client='198.51.100.1',
                                  mail_from='<a@bank.example>'),
             arrive('mail from', 'bank.example')),
            ('recipient first', dict(client='198.51.100.1',
                                     rcpts=['<a@bank.example>']),
             arrive('mail to', 'bank.example')),
            ('reject before defer', dict(client='198.51.100.70',
                                         rcpts=['<a@bank.example>']),
             arrive('mail to', 'bank.example')),
        ])


class Trusted(DaemonCase):
    """Trusted hosts and local submission are not judged nor touched."""

    rules = RULES
    settings = Clients.settings
    forged = (('Delivered-Securely', ' v=1; d=example.org; b=x'),
              ('From', ' a@bank.example'), ('Subject', ' x'))

    def untouched(self, **facts):
        """Passes although a rule requires TLS, and nothing is changed."""
        for dialect in (POSTFIX, SENDMAIL):
            for tls in (PLAIN, TLS13):
                with self.subTest(str(facts), dialect=dialect.name, tls=tls):
                    got = self.deliver(
                        dialect, mail_from='<a@bank.example>', tls=tls,
                        rcpts=['<b@bank.example>'], headers=self.forged,
                        **facts)
                    self.assertEqual(got.final, OK)
                    self.assertEqual(got.edits, [])

    def test_trusted_hosts(self):
        """By address, IPv4 and IPv6."""
        self.untouched(client='192.0.2.200')
        self.untouched(client='2001:db8:9::1')
        self.untouched(client='::ffff:192.0.2.200')

    def test_local(self):
        """No client address at all: local submission."""
        self.untouched(client='')

    def test_neighbour(self):
        """The address beside a trusted one is judged."""
        self.rows([('neighbour', dict(client='192.0.2.201',
                                      mail_from='<a@bank.example>'),
                    arrive('mail from', 'bank.example'))])

    def test_loopback(self):
        """trusted-hosts = {...} replaces the default: loopback is judged."""
        self.rows([('loopback', dict(client='127.0.0.1',
                                     mail_from='<a@bank.example>'),
                    arrive('mail from', 'bank.example'))])


class Default(DaemonCase):
    """The default of trusted-hosts is loopback."""

    rules = RULES
    settings = {'trusted-hosts': None}

    def test_loopback(self):
        """127/8 and ::1 pass, others do not."""
        bank = dict(mail_from='<a@bank.example>')
        want = arrive('mail from', 'bank.example')
        self.rows([(ip, dict(client=ip, **bank), answer)
                   for ip, answer in (
                       ('127.0.0.1', OK), ('127.9.9.9', OK), ('::1', OK),
                       ('192.0.2.1', want), ('::2', want))])


if __name__ == '__main__':
    unittest.main()
