"""Which rule speaks for whom, and what it answers: POLICY, "What a rule says".
"""

import re
import unittest

from daemoncase import OK, DaemonCase, arrive, version
from session import PLAIN, TLS11, TLS12, TLS13

RULES = '''
class "partner" { mode = "require" help-url = "https://tls.example/why" }
policy "bank.example" { mode = "require" }
policy "branch.bank.example" { mode = "fallback-allowed" }
policy "from.example" { from = "require" }
policy "to.example" { to = "require" }
policy "both.example" { mode = "fallback-allowed" from = "require" }
policy "late.example" { from = "require" mode = "fallback-allowed" }
policy "narrow.example" { mode = "require" subdomains = false }
policy "defer.example" { mode = "require" action = "defer" }
policy "prefer.example" { mode = "prefer" }
policy "help.example" { class = "partner" }
policy "nohelp.example" { class = "partner" help-url = "none" }
policy "b\u00fccher.example" { mode = "require" }
policy "[192.0.2.99]" { mode = "require" }
policy "[IPv6:2001:DB8:0::99]" { mode = "require" }
policy "new.example" { mode = "require" min-tls = "1.3" }
policy "under_score.example" { mode = "require" }
'''


def mail(sender, *rcpts, tls=PLAIN, **more):
    """Facts of a message from one address to others."""
    return dict(mail_from=f'<{sender}>', tls=tls,
                rcpts=[f'<{rcpt}>' for rcpt in rcpts], **more)


FROM_BANK = arrive('mail from', 'bank.example')
TO_BANK = arrive('mail to', 'bank.example')
HELP = ('550-5.7.10 Encryption needed: mail from help.example must arrive '
        'over TLS\r\n550 5.7.10 https://tls.example/why')


class Sides(DaemonCase):
    """from, to, and which domain a rule is for."""

    rules = RULES

    def test_from_and_to(self):
        """Each side binds its own direction only."""
        self.rows([
            ('no rule', mail('a@x.example', 'b@example.org'), OK),
            ('from, plain', mail('a@bank.example', 'b@x.example'),
             FROM_BANK),
            ('from, TLS', mail('a@bank.example', 'b@x.example', tls=TLS12),
             OK),
            ('to, plain', mail('a@x.example', 'b@bank.example'), TO_BANK),
            ('to, TLS', mail('a@x.example', 'b@bank.example', tls=TLS13),
             OK),
            ('from only, to it', mail('a@x.example', 'b@from.example'), OK),
            ('from only, from it', mail('a@from.example', 'b@x.example'),
             arrive('mail from', 'from.example')),
            ('to only, from it', mail('a@to.example', 'b@x.example'), OK),
            ('to only, to it', mail('a@x.example', 'b@to.example'),
             arrive('mail to', 'to.example')),
            ('from after mode', mail('a@both.example', 'b@x.example'),
             arrive('mail from', 'both.example')),
            ('mode after from', mail('a@late.example', 'b@x.example'),
             arrive('mail from', 'late.example')),
            ('null sender', mail('', 'b@x.example'), OK),
            ('null sender to bank', mail('', 'b@bank.example'), TO_BANK),
        ])

    def test_only_that_recipient(self):
        """One of three is refused, the others get the message."""
        self.rows([
            ('middle', mail('a@x.example', 'b@one.example',
                            'b@bank.example', 'b@two.example'),
             [OK, TO_BANK, OK]),
            ('all, TLS', mail('a@x.example', 'b@one.example',
                              'b@bank.example', tls=TLS13), [OK, OK]),
            ('two rules', mail('a@x.example', 'b@bank.example',
                               'b@to.example'),
             [TO_BANK, arrive('mail to', 'to.example')]),
            ('from binds all', mail('a@bank.example', 'b@one.example',
                                    'b@two.example'),
             [FROM_BANK, FROM_BANK]),
        ])

    def test_strictest_wins(self):
        """reject > defer > the rest; of equals, the sender's rule speaks."""
        self.rows([
            ('reject and defer', mail('a@defer.example', 'b@bank.example'),
             TO_BANK),
            ('defer and reject', mail('a@bank.example', 'b@defer.example'),
             FROM_BANK),
            ('defer alone', mail('a@defer.example', 'b@x.example'),
             arrive('mail from', 'defer.example', '451')),
            ('equal', mail('a@bank.example', 'b@to.example'), FROM_BANK),
            ('fallback does not loosen',
             mail('a@branch.bank.example', 'b@bank.example'), TO_BANK),
            ('prefer does not loosen',
             mail('a@prefer.example', 'b@defer.example'),
             arrive('mail to', 'defer.example', '451')),
            ('levels each on its own',
             mail('a@bank.example', 'b@new.example', tls=TLS12),
             version('new.example', '1.3', 'TLSv1.2')),
        ])

    def test_domains(self):
        """Subdomains, case, final dot, IDNs, literals, odd names."""
        to_narrow = arrive('mail to', 'narrow.example')
        idn = arrive('mail to', 'xn--bcher-kva.example')
        self.rows([
            ('below', mail('a@x.example', 'b@a.b.bank.example'), TO_BANK),
            ('most specific', mail('a@x.example', 'b@branch.bank.example'),
             OK),
            ('below that', mail('a@x.example', 'b@z.branch.bank.example'),
             OK),
            ('not a suffix', mail('a@x.example', 'b@mybank.example'), OK),
            ('parent', mail('a@x.example', 'b@example'), OK),
            ('narrow', mail('a@x.example', 'b@narrow.example'), to_narrow),
            ('below narrow', mail('a@x.example', 'b@n.narrow.example'), OK),
            ('upper case', mail('a@x.example', 'b@BANK.Example'), TO_BANK),
            ('final dot', mail('a@x.example', 'b@bank.example.'), TO_BANK),
            ('A-label', mail('a@x.example', 'b@XN--BCHER-KVA.example'),
             idn),
            ('U-label', mail('a@x.example', 'b@b\u00fccher.example'), idn),
            ('U-label, upper', mail('a@x.example', 'b@B\u00dcCHER.example'),
             idn),
            ('literal', mail('a@x.example', 'b@[192.0.2.99]'),
             arrive('mail to', '[192.0.2.99]')),
            ('IPv6 literal, spelled otherwise',
             mail('a@x.example', 'b@[IPv6:2001:0db8::99]'),
             arrive('mail to', '[ipv6:2001:db8::99]')),
            ('other literal', mail('a@x.example', 'b@[192.0.2.98]'), OK),
            ('underscore', mail('a@x.example', 'b@UNDER_score.example'),
             arrive('mail to', 'under_score.example')),
            ('odd octet', mail('a@x.example', 'b@x*y.bank.example'), TO_BANK),
            ('emoji', mail('a@x.example', 'b@\U0001f4a9.bank.example'),
             TO_BANK),
            ('odd octets elsewhere', mail('a@x.example', 'b@bank.example!'),
             OK),
            ('quoted @', mail('a@x.example', '"b@x"@bank.example'),
             TO_BANK),
        ])

    def test_prefer_and_fallback(self):
        """Without history, prefer lets plain mail in."""
        # A domain that ever came over TLS has a history: one for each row.
        self.rows([
            ('prefer, plain', mail('a@p.prefer.example', 'b@x.example'), OK),
            ('prefer, TLS 1.1', mail('a@o.prefer.example', 'b@x.example',
                                     tls=TLS11), OK),
            ('prefer, TLS', mail('a@t.prefer.example', 'b@x.example',
                                 tls=TLS13), OK),
            ('prefer, to', mail('a@p.never.example', 'b@prefer.example'),
             OK),
            ('default, TLS 1.1', mail('a@o.never.example', 'b@y.example',
                                      tls=TLS11), OK),
        ])

    def test_help_url(self):
        """help-url is the second line; "none" takes the class's away."""
        self.rows([
            ('from the class', mail('a@help.example', 'b@x.example'), HELP),
            ('none', mail('a@nohelp.example', 'b@x.example'),
             arrive('mail from', 'nohelp.example')),
        ])


class Star(DaemonCase):
    """`*` for all else; more specific rules take out of it."""

    rules = '''
policy "*" { mode = "require" i-know-this-breaks-rfc3207 = true }
policy "open.example" { mode = "fallback-allowed" }
'''

    def test_star(self):
        """What no rule names falls to `*`, whatever it looks like."""
        star = re.compile(r'550 5\.7\.10 Encryption needed: mail (from|to) '
                          r'\* must arrive over TLS$')
        self.rows([
            ('nobody knows it', mail('a@open.example', 'b@x.example'), star),
            ('from', mail('a@x.example', 'b@open.example'), star),
            ('both open', mail('a@open.example', 'b@sub.open.example'), OK),
            ('TLS', mail('a@x.example', 'b@y.example', tls=TLS13), OK),
            ('null sender', mail('', 'b@open.example'), OK),
            ('literal', mail('a@open.example', 'b@[192.0.2.7]'), star),
            ('not to be normalized',
             mail('a@open.example', 'b@' + 'x' * 64 + '\udcff.example'),
             star),
            ('no domain', mail('a@open.example', 'b'), star),
        ])

    def test_exempt(self):
        """postmaster is never refused, in any case and domain."""
        self.rows([
            ('postmaster', mail('a@x.example', 'postmaster@y.example'), OK),
            ('Postmaster', mail('a@x.example', 'Postmaster@Y.example'), OK),
            ('bare', mail('a@x.example', 'postmaster'), OK),
            ('no prefix', mail('a@x.example', 'postmasters@y.example'),
             arrive('mail from', '*')),
        ])


if __name__ == '__main__':
    unittest.main()
