"""MAIL and RCPT arguments that are odd, broken, or not what the MTA read.

Both MTAs accept many of them and deliver to the domain that they understood,
so that a parser of the argument alone would let them pass a require rule.
"""

import random
import unittest

from daemoncase import OK, DaemonCase, arrive, fits
from dialects import BOTH, NO_SYMLIST, POSTFIX
from session import TLS13, Message

FROM_BANK = arrive('mail from', 'bank.example')
TO_BANK = arrive('mail to', 'bank.example')
UNDERSTOOD = 'x@bank.example'
ODD = ('<x@bank.example(c)>', '<x@ bank . example>', '<<x@bank.example>>',
       '<x%bank.example>', '<x@bank.example>junk', 'x@bank.example',
       '< x@bank.example >', '<"x"@bank.example>', '<x@bank.example.>',
       '<@relay.example:x@bank.example>', '<x@bank.example',
       '<(c)x@bank.example>', '<Bank <x@bank.example>>',
       '"Bank" <x@bank.example>', '<bank.example!x>')


class Odd(DaemonCase):
    """One require rule; the MTA says what it understood."""

    rules = 'policy "bank.example" { mode = "require" }'

    def test_understood(self):
        """The macro names the bank, whatever the argument looks like."""
        for odd in ODD:
            self.rows([
                ('MAIL ' + odd, dict(mail_from=odd, mail_addr=UNDERSTOOD),
                 FROM_BANK),
                ('RCPT ' + odd, dict(rcpts=[odd],
                                     rcpt_addrs={odd: UNDERSTOOD}),
                 TO_BANK),
                ('MAIL, TLS ' + odd, dict(mail_from=odd, tls=TLS13,
                                          mail_addr=UNDERSTOOD), OK),
            ])

    def test_disagree(self):
        """Where argument and macro differ, the rules of both are judged."""
        other = '<x@other.example>'
        bank = '<x@bank.example>'
        self.rows([
            ('MAIL, macro', dict(mail_from=other, mail_addr=UNDERSTOOD),
             FROM_BANK),
            ('MAIL, argument', dict(mail_from=bank,
                                    mail_addr='x@other.example'), FROM_BANK),
            ('RCPT, macro', dict(rcpts=[other],
                                 rcpt_addrs={other: UNDERSTOOD}), TO_BANK),
            ('RCPT, argument', dict(rcpts=[bank], rcpt_addrs={
                bank: 'x@other.example'}), TO_BANK),
            ('macro without domain', dict(mail_from=bank, mail_addr='x'),
             FROM_BANK),
            ('empty macro', dict(mail_from=bank, mail_addr=''), FROM_BANK),
        ])

    def test_argument_alone(self):
        """No macro: what is after the last unquoted @, no source route."""
        rows = [(odd, FROM_BANK) for odd in (
            '<x@bank.example>', '<x@BANK.example.>', '<"a@b"@bank.example>',
            '<@a.example,@b.example:x@bank.example>', 'x@bank.example',
            '<x@y@bank.example>', '<"@x.example"@sub.bank.example>',
            # Postfix delivers to the domain inside the quotes
            # (resolve_dequoted_address).
            '<"x@bank.example">')]
        rows += [('<x@other.example>', OK),
                 ('<"x@bank.example"@other.example>', OK)]
        none = {'{mail_addr}': None}
        self.rows([(odd, dict(mail_from=odd, macros=none), want)
                   for odd, want in rows])

    def test_reply_repeats_nothing(self):
        """What the client sent is in no reply."""
        odd = '<%s%n@bank.example>'
        for dialect in BOTH:
            got = self.deliver(dialect, mail_from=odd)
            self.assertEqual(got.replies, [FROM_BANK])

    def test_second_message_begins_afresh(self):
        """Nothing of the first transaction is left in the second."""
        for dialect in BOTH:
            with self.subTest(dialect=dialect.name), \
                    self.open(dialect) as session:
                bank = Message(mail_from='<a@bank.example>')
                other = Message(rcpts=('<b@x.example>',))
                got = [session.send(message).replies
                       for message in (bank, other, bank, other)]
                self.assertEqual(got, [[FROM_BANK], [OK]] * 2)


class Junk(DaemonCase):
    """`*` requires TLS: nothing that cannot be parsed may pass in clear."""

    rules = '''
policy "*" { mode = "require" i-know-this-breaks-rfc3207 = true }
policy "open.example" { mode = "fallback-allowed" }
'''
    junk = ('', '<', '>', '<@>', '@', '<@@>', '<x@>', '<@x>', '"', '<"x@y>',
            '<x@.>', '<x@..open>', '<x@open..example>', '<x@-.example>',
            '<x@xn--\u00fc.example>', '<x@' + 'a' * 300 + '>',
            '<x@' + 'a.' * 200 + 'b>', '<' + 'x' * 60000 + '@y>',
            '<x@\udcff\udcfe.example>', '<x@[>', '<x@[]>', '<x@[1.2.3>',
            '<x@[IPv6:zz]>', '\\', '<\\>', '<x@y\\', '\x01\x02', '%s%n%%',
            '<x@example.open.example.\x00>'.replace('\x00', ''),
            '<x@xn--0.open>', '<' * 5000, '(' * 5000, '"' * 4999)

    def test_junk(self):
        """Refused in clear, by rule `*`; passes over TLS."""
        side = arrive('mail to', '*')
        for dialect in (POSTFIX, NO_SYMLIST):
            for odd in self.junk:
                with self.subTest(repr(odd[:30]), dialect=dialect.name):
                    facts = dict(mail_from='<a@open.example>', rcpts=[odd],
                                 rcpt_addrs={odd: odd},
                                 macros={'{tls_version}': 'none'})
                    if '.open.example' in odd:
                        continue
                    got = self.deliver(dialect, **facts)
                    self.assertEqual(got.replies, [side])

    def test_random(self):
        """Random octets of the characters that matter to parsers."""
        dice = random.Random(8)
        for _ in range(300):
            odd = ''.join(dice.choice('<>@"\\.:,%()[] ax-\u00fc\udcff')
                          for _ in range(dice.randrange(1, 40)))
            with self.subTest(repr(odd)):
                got = self.deliver(
                    mail_from='<a@open.example>', rcpts=[odd],
                    rcpt_addrs={odd: odd})
                self.assertTrue(fits(arrive('mail to', '*'),
                                     got.replies[0]), got.replies)
                self.deliver(mail_from=odd, mail_addr=odd,
                             rcpts=['<b@open.example>'])
        self.serves()


if __name__ == '__main__':
    unittest.main()
