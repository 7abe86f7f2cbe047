"""The next-hop responder, asked as Postfix asks and as nobody should."""

import contextlib
import os
import resource
import time
import unittest

from daemoncase import DaemonCase
from lab.waiting import PATIENCE
from socketmap import Client, netstring

ENCRYPT = 'OK encrypt protocols=>=TLSv1.2 ciphers=high'
NONE = 'NOTFOUND '
RULES = '''
    policy "bank.example" { mode = "require" }
    policy "legacy.bank.example" { mode = "fallback-allowed" }
    policy "alone.example" { mode = "require" subdomains = false }
    policy "trusted.example" { mode = "require" peer = "trusted"
                               min-tls = "1.3" }
    policy "named.example" { mode = "require" peer = "named" }
    policy "names.example" { mode = "require" peer = "named"
        peer-names = {"mx.names.example", "*.hosting.example"} }
    policy "old.example" { mode = "require" min-tls = "1.0" }
    policy "soft.example" { mode = "prefer" }
    policy "from.example" { from = "require" to = "fallback-allowed" }
    policy "watched.example" { mode = "require" operation = "observe" }
    policy "stamped.example" { mode = "require" operation = "stamp" }
    policy "b\u00e4nk.example" { mode = "require" }
    policy "[192.0.2.1]" { mode = "require" }
    policy "[IPv6:2001:db8::1]" { mode = "require" }
'''


class NexthopCase(DaemonCase):
    rules = RULES
    stamp = None

    @property
    def path(self):
        return self.daemon.run + '/nexthop.sock'

    def client(self):
        return self.enterContext(Client(self.path))


class Answers(NexthopCase):
    def test_rows(self):
        client = self.client()
        for key, want in (
                ('bank.example', ENCRYPT),
                ('BANK.Example', ENCRYPT),
                ('bank.example.', ENCRYPT),
                ('a.b.bank.example', ENCRYPT),
                ('bank.example:25', ENCRYPT),
                ('bank.example:submission', ENCRYPT),
                ('[bank.example]', ENCRYPT),
                ('[mx.bank.example]:2525', ENCRYPT),
                ('.bank.example', NONE),
                ('.example', NONE),
                ('legacy.bank.example', NONE),
                ('x.legacy.bank.example', NONE),
                ('alone.example', ENCRYPT),
                ('x.alone.example', NONE),
                ('xbank.example', NONE),
                ('example', NONE),
                ('trusted.example',
                 'OK verify protocols=>=TLSv1.3 ciphers=high'),
                ('named.example', 'OK secure match=named.example:'
                 '.named.example protocols=>=TLSv1.2 ciphers=high'),
                ('x.named.example', 'OK secure match=named.example:'
                 '.named.example protocols=>=TLSv1.2 ciphers=high'),
                ('names.example', 'OK secure match=mx.names.example:'
                 '.hosting.example protocols=>=TLSv1.2 ciphers=high'),
                ('old.example', 'OK encrypt protocols=>=TLSv1 ciphers=high'),
                ('soft.example', NONE),
                ('from.example', NONE),
                ('watched.example', NONE),
                ('stamped.example', NONE),
                ('b\u00e4nk.example', ENCRYPT),
                ('B\u00c4NK.example', ENCRYPT),
                ('xn--bnk-qla.example', ENCRYPT),
                ('[192.0.2.1]', ENCRYPT),
                ('[192.0.2.1]:25', ENCRYPT),
                ('192.0.2.1', ENCRYPT),
                ('[192.0.2.2]', NONE),
                ('[2001:db8::1]', ENCRYPT),
                ('[2001:DB8:0::1]:25', ENCRYPT),
                ('[IPv6:2001:db8::1]', ENCRYPT),
                ('[', NONE), ('[]', NONE), ('[]:25', NONE), (':', NONE),
                (':25', NONE), ('', NONE), ('.', NONE), ('..', NONE),
                ('*', NONE), ('@', NONE), (b'\xff\xfe', NONE),
                (b'bank.example\0x', NONE), ('a' * 9000, NONE),
                ('bank.example ' + 'x', NONE), ('%s%n', NONE)):
            with self.subTest(key=key[:40]):
                self.assertEqual(client.ask(key), want)

    def test_another_map(self):
        client = self.client()
        self.assertRegex(client.ask('bank.example', 'other'), '^PERM ')
        self.assertEqual(client.ask('bank.example'), ENCRYPT)

    def test_half_requests(self):
        whole = netstring('nexthop bank.example')
        for pieces in ([whole[:i], whole[i:]] for i in range(1, len(whole))):
            with Client(self.path) as client:
                client.send(pieces[0])
                time.sleep(0.002)
                client.send(pieces[1])
                self.assertEqual(client.answer(), ENCRYPT)
        with Client(self.path) as client:
            for octet in whole:
                client.send(bytes([octet]))
            self.assertEqual(client.answer(), ENCRYPT)

    def test_pipelined(self):
        client = self.client()
        client.send(netstring('nexthop bank.example')
                    + netstring('nexthop other.example')
                    + netstring('nexthop trusted.example')
                    + netstring('nexthop bank.example')[:9])
        self.assertEqual(client.answer(), ENCRYPT)
        self.assertEqual(client.answer(), NONE)
        self.assertRegex(client.answer(), '^OK verify')
        client.send(netstring('nexthop bank.example')[9:])
        self.assertEqual(client.answer(), ENCRYPT)

    def test_asks_without_reading(self):
        """More answers than fit anywhere; all come, in order."""
        client = self.client()
        batch = netstring('nexthop bank.example') * 200
        client.socket.settimeout(0.5)
        sent = 0
        try:
            while sent < 200:
                client.send(batch)
                sent += 1
        except TimeoutError:
            pass
        with Client(self.path) as other:
            self.assertEqual(other.ask('bank.example'), ENCRYPT)
        client.socket.settimeout(20)
        for _ in range(sent * 200):
            self.assertEqual(client.answer(), ENCRYPT)

    def test_bad_requests_end_the_connection(self):
        for name, data, want in (
                ('oversized', b'10001:' + b'x' * 10001 + b',',
                 'PERM the request is too long'),
                ('huge', b'99999999999:', 'PERM the request is too long'),
                ('endless digits', b'1' * 50000,
                 'PERM the request is too long'),
                ('garbage', b'GET / HTTP/1.0\r\n\r\n',
                 'PERM this is no netstring'),
                ('zero first', b'012:nexthop x.yz,',
                 'PERM this is no netstring'),
                ('negative', b'-1:,', 'PERM this is no netstring'),
                ('no length', b':nexthop,', 'PERM this is no netstring'),
                ('no comma', b'9:nexthop a;', 'PERM this is no netstring'),
                ('octets', bytes(range(256)) * 40,
                 'PERM this is no netstring')):
            with self.subTest(name), Client(self.path) as client:
                try:
                    client.send(data)
                except (BrokenPipeError, ConnectionResetError):
                    pass
                got = client.answer()
                # With octets unread, the kernel may drop the answer.
                self.assertIn(got, (want, None))
                self.assertIsNone(client.answer())
        self.assertEqual(self.client().ask('bank.example'), ENCRYPT)

    def test_largest_request(self):
        key = 'x' * (10000 - len('nexthop '))
        self.assertEqual(self.client().ask(key), NONE)

    def test_hangs_up_in_between(self):
        for data in (b'', b'2', b'20:next', netstring('nexthop a.b') * 50):
            with Client(self.path) as client:
                client.send(data)
        self.assertEqual(self.client().ask('bank.example'), ENCRYPT)

    def test_reload_in_between(self):
        self.addCleanup(self.daemon.reload, RULES)
        client = self.client()
        for rules, want in ((RULES, ENCRYPT), ('', NONE),
                            ('policy "bank.example" { mode = "require" '
                             'peer = "trusted" }',
                             'OK verify protocols=>=TLSv1.2 ciphers=high'),
                            ('policy "*" { mode = "require" '
                             'i-know-this-breaks-rfc3207 = true }',
                             ENCRYPT)):
            self.daemon.reload(rules)
            self.assertEqual(client.ask('bank.example'), want)

    def test_a_bad_reload_changes_nothing(self):
        self.addCleanup(self.daemon.reload, RULES)
        client = self.client()
        self.daemon.reload('policy "bank.example" { mode = "none" }')
        self.assertEqual(client.ask('bank.example'), ENCRYPT)


class Many(NexthopCase):
    """Thousands of clients that say nothing, and one that asks."""

    def _cpu(self):
        with open('/proc/%d/stat' % self.daemon.process.pid,
                  encoding='ascii') as stat:
            fields = stat.read().rpartition(')')[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def test_idle_clients(self):
        wanted = 4000
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < wanted + 500:
            self.skipTest('only %d descriptors' % hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted + 500, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE,
                        (soft, hard))
        idle = [self.client() for _ in range(wanted)]
        cpu = self._cpu()
        client = self.client()
        for _ in range(100):
            self.assertEqual(client.ask('bank.example'), ENCRYPT)
        before = self._cpu()
        time.sleep(0.5)
        self.assertLess(self._cpu() - before, 0.2, 'it spins')
        self.assertLess(before - cpu, 8)
        for one in idle[::400]:
            self.assertEqual(one.ask('bank.example'), ENCRYPT)

    def test_term_with_clients(self):
        clients = [self.client() for _ in range(50)]
        clients[0].send(b'20:next')
        self.assertEqual(clients[1].ask('bank.example'), ENCRYPT)
        began = time.monotonic()
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log())
        self.assertLess(time.monotonic() - began, 5 * PATIENCE)
        for client in clients:
            self.assertIsNone(client.answer())
        self.daemon.start()
        self.assertEqual(self.client().ask('bank.example'), ENCRYPT)


class Full(NexthopCase):
    """More clients that say nothing than the daemon may have files open."""

    @classmethod
    def prepare(cls):
        cls.daemon.prefix = ['prlimit', '--nofile=150']

    def test_idle_clients(self):
        """Who asks is answered, mail too; who is idle longest has to go."""
        first, crowd = self.client(), []
        for _ in range(300):
            crowd.append(self.client())
            self.assertEqual(first.ask('bank.example'), ENCRYPT)
        for octet in netstring('nexthop bank.example')[:5]:
            for one in crowd[-50:]:
                with contextlib.suppress(ConnectionError):
                    one.send(bytes([octet]))
            self.assertEqual(self.client().ask('bank.example'), ENCRYPT)
        self.serves()
        self.assertEqual(first.ask('bank.example'), ENCRYPT)
        self.assertIsNone(crowd[0].answer())
        self.assertEqual(self.daemon.log().count('nexthop: no room for'), 1)


class Off(NexthopCase):
    """nexthop { socket = "none" }"""

    def test_none(self):
        self.addCleanup(setattr, self.daemon, 'sections',
                        self.daemon.sections)
        text = self.daemon.sections().replace(
            'local:%s' % self.path, 'none')
        self.daemon.sections = lambda: text
        self.assertEqual(self.daemon.stop(), 0)
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.daemon.start()
        self.assertFalse(os.path.exists(self.path))


if __name__ == '__main__':
    unittest.main()
