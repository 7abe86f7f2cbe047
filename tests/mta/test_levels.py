"""What a session must offer: POLICY, "Levels", row by row."""

import unittest

from daemoncase import OK, DaemonCase, arrive, asks, peer, version
from session import PLAIN, TLS11, TLS12, TLS13, Cert, Tls

RULES = '''
class "r" { mode = "require" }
policy "v10.example" { class = "r" min-tls = "1.0" ciphers = "any" }
policy "v11.example" { class = "r" min-tls = "1.1" ciphers = "any" }
policy "v12.example" { class = "r" }
policy "v13.example" { class = "r" min-tls = "1.3" }
policy "b0.example" { class = "r" min-bits = 0 ciphers = "any" }
policy "b256.example" { class = "r" min-bits = 256 }
policy "any.example" { class = "r" ciphers = "any" }
policy "bcp.example" { class = "r" ciphers = "bcp195" }
policy "trusted.example" { class = "r" peer = "trusted" }
policy "named.example" { class = "r" peer = "named" }
policy "names.example" { class = "r" peer = "named"
    peer-names = {"mx.partner.example", "*.out.partner.example"} }
policy "soft.example" { class = "r" peer = "trusted" action = "defer" }
policy "softv.example" { class = "r" min-tls = "1.3" action = "defer" }
'''


def from_(domain, tls, **more):
    """Facts of a message from the domain."""
    return dict(mail_from=f'<a@{domain}>', rcpts=['<b@x.example>'], tls=tls,
                **more)


def suite(cipher, bits='256', protocol='TLSv1.2'):
    """A session with this cipher."""
    return Tls(protocol, cipher, bits)


class Versions(DaemonCase):
    """min-tls, min-bits and ciphers."""

    rules = RULES

    def test_min_tls(self):
        """Each version against each floor."""
        tls10 = Tls('TLSv1', 'ECDHE-RSA-AES256-SHA')
        later = Tls('TLSv1.4', 'TLS_AES_256_GCM_SHA384')
        ssl3 = Tls('SSLv3', 'ECDHE-RSA-AES256-SHA')
        self.rows([
            ('1.0 for 1.0', from_('v10.example', tls10), OK),
            ('1.0 for 1.1', from_('v11.example', tls10),
             version('v11.example', '1.1', 'TLSv1')),
            ('1.1 for 1.1', from_('v11.example', TLS11), OK),
            ('1.1 for 1.2', from_('v12.example', TLS11),
             version('v12.example', '1.2', 'TLSv1.1')),
            ('1.2 for 1.2', from_('v12.example', TLS12), OK),
            ('1.2 for 1.3', from_('v13.example', TLS12),
             version('v13.example', '1.3', 'TLSv1.2')),
            ('1.3 for 1.3', from_('v13.example', TLS13), OK),
            ('later', from_('v13.example', later), OK),
            ('SSLv3 for 1.0', from_('v10.example', ssl3),
             version('v10.example', '1.0', 'SSLv3')),
            ('plain for 1.3', from_('v13.example', PLAIN),
             arrive('mail from', 'v13.example')),
            ('to', dict(mail_from='<a@x.example>', tls=TLS12,
                        rcpts=['<b@v13.example>']),
             version('v13.example', '1.3', 'TLSv1.2')),
            ('defer', from_('softv.example', TLS12),
             version('softv.example', '1.3', 'TLSv1.2', '451')),
        ])

    def test_min_bits(self):
        """Bits below the floor, and bits that are no number."""
        gcm128 = suite('ECDHE-RSA-AES128-GCM-SHA256', '128')
        self.rows([
            ('128 of 128', from_('v12.example', gcm128), OK),
            ('128 of 256', from_('b256.example', gcm128),
             asks('b256.example', '256', '128')),
            ('256 of 256', from_('b256.example', TLS12), OK),
            ('112', from_('v12.example',
                          suite('ECDHE-RSA-AES128-SHA', '112')),
             asks('v12.example', '128', '112')),
            ('0', from_('v12.example', suite('ECDHE-RSA-AES128-SHA', '0')),
             asks('v12.example', '128')),
        ] + [
            (f'no number: {bits!r}',
             from_('v12.example', suite('ECDHE-RSA-AES128-SHA', bits)),
             asks('v12.example', '128'))
            for bits in ('', 'many', '123456', '-1', '128x', '0x100')
        ])

    def test_ciphers(self):
        """any, forward-secret, bcp195; weak suites never."""
        rsa, dhe = suite('AES256-GCM-SHA384'), suite('DHE-RSA-AES256-SHA')
        cbc = suite('ECDHE-RSA-AES256-SHA384')
        self.rows([
            ('any, static RSA', from_('any.example', rsa), OK),
            ('forward-secret, static RSA', from_('v12.example', rsa),
             asks('v12.example')),
            ('forward-secret, DHE', from_('v12.example', dhe), OK),
            ('forward-secret, ECDHE', from_('v12.example', cbc), OK),
            ('forward-secret, 1.3', from_('v12.example', TLS13), OK),
            ('bcp195, CBC', from_('bcp.example', cbc), asks('bcp.example')),
            ('bcp195, DHE CBC', from_('bcp.example', dhe),
             asks('bcp.example')),
            ('bcp195, static GCM', from_('bcp.example', rsa),
             asks('bcp.example')),
            ('bcp195, GCM', from_('bcp.example', TLS12), OK),
            ('bcp195, ChaCha', from_('bcp.example', suite(
                'ECDHE-ECDSA-CHACHA20-POLY1305')), OK),
            ('bcp195, 1.3', from_('bcp.example', TLS13), OK),
        ])

    def test_weak_suites(self):
        """Never met with min-bits above 0, met with 0 and ciphers any."""
        weak = ('ADH-AES256-GCM-SHA384', 'AECDH-AES256-SHA', 'NULL-SHA256',
                'ECDHE-RSA-NULL-SHA', 'EXP-RC4-MD5', 'RC4-SHA',
                'ECDHE-RSA-RC4-SHA', 'DES-CBC-SHA', 'DES-CBC3-SHA',
                'ECDHE-RSA-DES-CBC3-SHA')
        self.rows([(name, from_('any.example', suite(name)),
                    asks('any.example')) for name in weak])
        self.rows([(name, from_('b0.example', suite(name, '0')), OK)
                   for name in weak])


class Peers(DaemonCase):
    """Client certificates: trusted, and named."""

    rules = RULES

    def test_trusted(self):
        """Only a certificate that the MTA verified."""
        want = peer('trusted.example', 'that is trusted')
        self.rows([
            ('trusted', from_('trusted.example', TLS13, cert=Cert('x')), OK),
            ('failed', from_('trusted.example', TLS13,
                             cert=Cert('x', trusted=False)), want),
            ('none', from_('trusted.example', TLS13), want),
            ('plain', from_('trusted.example', PLAIN),
             arrive('mail from', 'trusted.example')),
            ('old TLS first', from_('trusted.example', TLS11),
             version('trusted.example', '1.2', 'TLSv1.1')),
            ('defer', from_('soft.example', TLS13),
             peer('soft.example', 'that is trusted', '451')),
        ])

    def test_named(self):
        """The policy domain and one label below it, by default."""
        want = peer('named.example',
                    'that is named named.example or *.named.example')
        names = [('named.example', OK), ('NAMED.example', OK),
                 ('mx.named.example', OK), ('a.mx.named.example', want),
                 ('xnamed.example', want), ('evil.example', want),
                 ('named.example.evil.example', want), ('', want)]
        rows = [(cn, from_('named.example', TLS13, cert=Cert(cn)), answer)
                for cn, answer in names if cn]
        rows += [
            ('impostor', from_('named.example', TLS13,
                               cert=Cert('named.example', trusted=False)),
             peer('named.example', 'that is trusted')),
            ('none', from_('named.example', TLS13),
             peer('named.example', 'that is trusted')),
        ]
        self.rows(rows)

    def test_peer_names(self):
        """Names of the policy replace the default."""
        want = peer('names.example', 'that is named mx.partner.example or '
                    '*.out.partner.example')
        self.rows([
            (cn, from_('names.example', TLS13, cert=Cert(cn)), answer)
            for cn, answer in (
                ('mx.partner.example', OK),
                ('a.out.partner.example', OK),
                ('out.partner.example', want),
                ('a.b.out.partner.example', want),
                ('names.example', want))])

    def test_names_that_lie(self):
        """A name that only looks like the wanted one after decoding."""
        want = peer('named.example',
                    'that is named named.example or *.named.example')
        lies = ('evil/CN=named.example', 'named.example/CN=evil',
                'x CN=named.example', 'named.example\n', 'named.example ')
        self.rows([(repr(cn), from_('named.example', TLS13, cert=Cert(cn)),
                    want) for cn in lies[:3]])
        for cn in lies[3:]:
            with self.subTest(repr(cn)):
                result = self.deliver(**from_('named.example', TLS13,
                                              cert=Cert(cn)))
                self.assertNotIn('\n', result.replies[0])


if __name__ == '__main__':
    unittest.main()
