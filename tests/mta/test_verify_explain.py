"""hopseal verify --explain: the stamp for a help desk, and the hops."""

import re
import unittest

from test_verify import FAIL, FOREIGN, NONE, PASS, PERM, PLAIN, vector, verify

BARE = PLAIN[PLAIN.index(b'\r\nFrom:') + 2:]
DATE = 'Mon, 23 Nov 2026 10:00:00 +0000'
OURS = ('Received: from mail.sender.example (mail.sender.example '
        '[192.0.2.25])\r\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 '
        '(256/256 bits))\r\n\tby mx1.example.org (Postfix) with ESMTPS id 4cZ;'
        f'\r\n\t{DATE}\r\n').encode()
STORE = ('Received: from mx1.example.org (10.0.0.1) by store.example.org with '
         f'LMTP id 9;\r\n\t{DATE}\r\n').encode()
EARLIER = (
    'Received: from A1.prod.example (2001:db8::1) by B2.prod.example '
    '(2001:db8::2) with\r\n Microsoft SMTP Server (version=TLS1_2,\r\n '
    f'cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.1; {DATE}\r\n'
    'Received: from ann.sender.example ([198.51.100.9]) by a1.sender.example '
    f'with ESMTPA id 1x-2; {DATE}\r\n').encode()


def explain(message, *arguments, **about):
    """Exit code and words; a claim is never called by the bare word."""
    code, said = verify(message, '--explain', *arguments, **about)
    assert not re.search(r'\bsecure\b', said, re.I), said
    return code, said


def hops(said):
    """The numbered lines, without their numbers."""
    return re.findall(r'^ *\d+  (.*)$', said, re.M)


class Explain(unittest.TestCase):
    def test_words(self):
        """The exit codes of verify; each result with what it means."""
        rows = (
            ('pass', PLAIN, (), PASS, (
                'The stamp holds. The mail system of example.org says that '
                'its host mx1.example.org received this message over TLS on '
                '2026-11-23 10:00:07 UTC from 192.0.2.25.',
                'It met the policy, which required TLS',
                'received: the body and the listed header fields, 2026-11-23 '
                '10:00:07 UTC', 'encryption: TLSv1.3, TLS_AES_256_GCM_SHA384',
                'sender: sender.example', 'not asserted: earlier hops')),
            ('two stamps', PLAIN[:len(PLAIN) - len(BARE)].replace(
                b'mode=require', b'mode=prefer') + PLAIN, (), PASS, (
                    'The stamp holds.', 'which required TLS',
                    'Of 2 stamps that were looked at this one decides.')),
            ('no stamp', BARE, (), NONE, (
                'There is no stamp.', 'mail that came in clear',
                'hopseal report')),
            ('body', vector('bad-body.eml'), (), FAIL, (
                'does not hold: fail (body), ', 'The body was changed since',
                'What to do: ')),
            ('subject', vector('bad-subject.eml'), (), FAIL, (
                'fail (signature)', 'A header field that the stamp covers')),
            ('recipient', PLAIN, ('--rcpt', 'eve@example.org'), FAIL, (
                'fail (recipient)', 'for another recipient')),
            ('foreign', PLAIN, ('--trust', 'x.example'), FOREIGN, (
                'of a stranger', 'was not checked', '--trust DOMAIN')),
            ('version', PLAIN.replace(b'v=1;', b'v=2;', 1), (), PERM, (
                'permerror (version)', 'newer hopseal')),
            ('syntax', PLAIN.replace(b'mode=require;', b'=;', 1), (), PERM, (
                'permerror (syntax)', 'cannot be read')),
            ('selector', PLAIN.replace(b's=2026a', b's=2026b', 1), (), PERM, (
                'permerror (no key)', '--keys FILE')),
        )
        for name, message, arguments, want, words in rows:
            with self.subTest(name):
                code, said = explain(message, *arguments)
                self.assertEqual(code, want, said)
                self.assertLessEqual(max(map(len, said.splitlines())), 80)
                for word in words:
                    self.assertIn(word, ' '.join(said.split()))
                if want != PASS:
                    for tag in ('192.0.2.25', 'mx1.example.org',
                                'sender.example', 'TLSv1.3'):
                        self.assertNotIn(tag, said, 'shown unverified')

    def test_hops(self):
        """The oldest last, parted by the stamp, each in one line."""
        code, said = explain(STORE + OURS + PLAIN.replace(
            b'\r\nFrom:', b'\r\n' + EARLIER + b'From:', 1))
        self.assertEqual(code, PASS, said)
        self.assertEqual(hops(said), [
            'store.example.org: from mx1.example.org [10.0.0.1], in clear '
            f'(LMTP); {DATE}',
            'mx1.example.org: from mail.sender.example [192.0.2.25], over '
            f'TLS (TLSv1.3, TLS_AES_256_GCM_SHA384, 256 bits); {DATE}',
            'B2.prod.example: from A1.prod.example [2001:db8::1], over TLS '
            f'(TLS1_2, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384); {DATE}',
            'a1.sender.example: from ann.sender.example [198.51.100.9], in '
            f'clear (ESMTPA); {DATE}'])
        later = said.index('The hop of the stamp, and later:')
        earlier = said.index('Earlier, of which the stamp says nothing:')
        self.assertTrue(later < said.index('mx1.example.org: ') < earlier
                        < said.index('B2.prod'))
        self.assertIn('These are claims: any host on the way can write or '
                      'invent them, and nothing here verifies them.',
                      ' '.join(said.split()))

    def test_hops_without_a_stamp(self):
        """All in one list: nothing parts them."""
        _, said = explain(EARLIER + BARE)
        self.assertEqual(len(hops(said)), 2)
        self.assertNotIn('The hop of the stamp', said)
        _, said = explain(BARE)
        self.assertTrue(said.endswith('      none\n'))

    def test_what_bites(self):
        """Neither control octets nor bidirectional text get through."""
        evil = ('Received: from a\x1b[2Jb.example (\u202egnp.example '
                '[192.0.2.1])\r\n\tby \u2066x\u2069.example with ES\x07MTP; '
                '\x1b]0;owned\x07\r\n').encode()
        for message in (evil + BARE, PLAIN.replace(
                b'\r\nFrom:', b'\r\n' + evil + b'From:', 1)):
            code, said = explain(message)
            self.assertIn(code, (PASS, NONE))
            self.assertTrue(said.replace('\n', '').isprintable())
            self.assertTrue(said.isascii())
            self.assertEqual(len(hops(said)), 1)
            self.assertIn('a\\x1B[2Jb.example', said)

    def test_bounded(self):
        """Fields by the hundred, and fields of many octets."""
        _, said = explain(EARLIER * 100 + BARE)
        self.assertEqual(len(hops(said)), 50)
        self.assertIn('and 150 more, not shown', said)
        _, said = explain(b'Received: from ' + b'x' * 100000 + b'\r\n\tby '
                          + b'(' * 100000 + b'\r\n' + BARE)
        self.assertEqual(len(hops(said)), 1)
        self.assertLess(max(map(len, said.splitlines())), 300)

    def test_usage(self):
        code, said = verify(PLAIN, '--explain', '--json')
        self.assertEqual(code, 64)
        self.assertIn('[--json | --explain]', said)


if __name__ == '__main__':
    unittest.main()
