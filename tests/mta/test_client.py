"""The tool itself: does the MTA side behave as Postfix and Sendmail do?

A scripted filter in a thread answers what a row says and keeps what it got,
so that the other tests do not rest on a client that hides faults.
"""

import socket
import struct
import threading
import unittest

import delivered
import milterwire as wire
import session as sessions
from daemoncase import WorkDir
from dialects import BOTH, NO_SYMLIST, POSTFIX, SENDMAIL, VERSION_2
from milterclient import Edit, ProtocolError
from session import TLS13, Cert, Message

A, B, C = (('X', ' a'), ('X', ' b'), ('X', ' c'))


class Filter:
    """A filter that answers by script: command -> packets."""

    def __init__(self, folder, actions=wire.F_ALL, steps=0, lists=(),
                 script=None, version=6):
        self.path = folder.path + '/fake.sock'
        self.script = script or {}
        self.optneg = struct.pack('!III', version, actions, steps)
        for stage, names in lists:
            self.optneg += struct.pack('!I', stage) + wire.strings(names)
        self.steps = steps
        self.got = []
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(self.path)
        self.server.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        """One connection, then the end."""
        sock, _ = self.server.accept()
        reader = sock.makefile('rb')
        while head := reader.read(4):
            data = reader.read(struct.unpack('!I', head)[0])
            command, data = data[:1], data[1:]
            self.got.append((command, data))
            if command == wire.QUIT:
                break
            try:
                sock.sendall(self.answer(command))
            except OSError:
                continue  # the client is gone; what it said is still there
        reader.close()
        sock.close()
        self.server.close()

    def answer(self, command):
        """What the script says, else CONTINUE unless silent."""
        if command == wire.OPTNEG:
            return wire.packet(wire.OPTNEG, self.optneg)
        if command in (wire.MACRO, wire.ABORT, wire.QUIT_NC):
            return b''
        if command in self.script:
            return b''.join(wire.packet(*each)
                            for each in self.script[command])
        if self.steps & wire.STEPS[command][1]:
            return b''
        return wire.packet(wire.CONTINUE)

    def commands(self):
        """The commands without macros, as one text."""
        self.thread.join(10)
        return b''.join(command for command, _ in self.got
                        if command != wire.MACRO).decode()

    def macros(self, stage):
        """Names of the last macro packet for a command, None if none."""
        self.thread.join(10)
        found = [data[1:] for command, data in self.got
                 if command == wire.MACRO and data[:1] == stage]
        if not found:
            return None
        return dict(zip(*[iter(found[-1].decode().split('\0')[:-1])] * 2))


class Client(unittest.TestCase):
    """Order, silence, macros, refusals."""

    def talk(self, dialect=POSTFIX, offer=None, **facts):
        """One message to a scripted filter."""
        folder = WorkDir('mta-')
        self.addCleanup(folder.close)
        fake = Filter(folder, **(offer or {}))
        result = sessions.deliver('local:' + fake.path, dialect, **facts)
        return fake, result

    def test_order(self):
        """A whole message, plain and over TLS, and one refused."""
        head = 'L' * 7
        rows = [
            ('plain', {}, {}, 'OCHMRT' + head + 'NBEQ'),
            ('TLS', {}, dict(tls=TLS13), 'OCHHMRT' + head + 'NBEQ'),
            ('one EHLO', {}, dict(tls=TLS13, second_ehlo=False),
             'OCHMRT' + head + 'NBEQ'),
            ('no body', {}, dict(body=b''), 'OCHMRT' + head + 'NEQ'),
            ('chunks', {}, dict(body=b'x' * 65536),
             'OCHMRT' + head + 'NBBEQ'),
            ('lean', dict(steps=0x2 | 0x10 | 0x200), {},
             'OCMR' + head + 'NEQ'),
            ('skip', dict(script={b'B': [(wire.SKIP,)]}),
             dict(body=b'x' * 200000), 'OCHMRT' + head + 'NBEQ'),
            ('accept at EOH', dict(script={b'N': [(wire.ACCEPT,)]}), {},
             'OCHMRT' + head + 'NQ'),
            ('refused', dict(script={b'R': [(wire.REJECT,)]}), {},
             'OCHMRAQ'),
            ('refused MAIL', dict(script={b'M': [(wire.TEMPFAIL,)]}), {},
             'OCHMQ'),
        ]
        for name, offer, facts, want in rows:
            with self.subTest(name):
                fake, _ = self.talk(offer=offer, **facts)
                self.assertEqual(fake.commands(), want)

    def test_silence(self):
        """No answer is awaited where the filter said so."""
        steps = wire.P_NR_CONN | wire.P_NR_HELO | wire.P_NR_HDR
        for dialect in BOTH:
            _, result = self.talk(dialect, dict(steps=steps))
            self.assertEqual(result.final, 'ok')

    def test_versions(self):
        """An old MTA has no DATA; sendmail no ABORT after all refused."""
        offer = dict(actions=0x3f, version=2)
        fake, _ = self.talk(VERSION_2, offer)
        self.assertNotIn('T', fake.commands())
        fake, _ = self.talk(SENDMAIL, dict(script={b'R': [(b'r',)]}))
        self.assertEqual(fake.commands(), 'OCHMRQ')

    def test_violations(self):
        """What a filter may not do is an error, not a verdict."""
        rows = [
            ('beyond the offer', NO_SYMLIST, dict(actions=0x1ff)),
            ('lists unasked', NO_SYMLIST, dict(
                actions=0, lists=[(2, 'i')])),
            ('edit not agreed', POSTFIX, dict(actions=0, script={
                b'E': [(b'h', b'X\0y\0'), (b'c',)]})),
            ('edit too early', POSTFIX, dict(script={
                b'R': [(b'h', b'X\0y\0'), (b'c',)]})),
            ('malformed reply', POSTFIX, dict(script={
                b'R': [(b'y', b'250 ok\0')]})),
        ]
        for name, dialect, offer in rows:
            with self.subTest(name), self.assertRaises(ProtocolError):
                self.talk(dialect, offer)

    def test_reply_text(self):
        """%% is %; a lone % costs the text in Sendmail."""
        for text, postfix, sendmail in (
                (b'550 5.7.1 a%%b', '550 5.7.1 a%b', '550 5.7.1 a%b'),
                (b'451 4.7.1 a%b', '451 4.7.1 ab',
                 '554 5.7.1 Command rejected')):
            for dialect, want in ((POSTFIX, postfix), (SENDMAIL, sendmail)):
                _, got = self.talk(dialect, dict(script={
                    b'R': [(b'y', text + b'\0')]}))
                self.assertEqual(got.replies, [want])

    def test_macros(self):
        """Which macros come when, by default and as asked for."""
        cert = Cert('Test CA', trusted=False)
        lists = [(2, 'i v {tls_version} {verify} {cert_subject}')]
        asked = dict(lists=lists)
        rows = [
            ('default MAIL', POSTFIX, {}, b'M', ['{mail_addr}'],
             ['i', '{tls_version}']),
            ('default HELO', POSTFIX, {}, b'H', ['{tls_version}'],
             ['{cert_subject}', '{verify}']),
            ('asked MAIL', POSTFIX, asked, b'M', ['v', '{tls_version}'],
             ['{mail_addr}', 'i', '{verify}', '{cert_subject}']),
            ('i at DATA', POSTFIX, {}, b'T', ['i'], []),
            ('sendmail, default', SENDMAIL, {}, b'M', ['i'],
             ['v', '{tls_version}', '{verify}']),
            ('sendmail, CONNECT', SENDMAIL, {}, b'C', ['j'], ['v']),
            ('sendmail, asked', SENDMAIL, asked, b'M',
             ['i', 'v', '{verify}', '{cert_subject}'], ['{mail_addr}']),
        ]
        for name, dialect, offer, stage, there, absent in rows:
            with self.subTest(name):
                fake, _ = self.talk(dialect, offer, tls=TLS13, cert=cert)
                got = fake.macros(stage)
                self.assertEqual([m for m in there if m not in got], [])
                self.assertEqual([m for m in absent if m in got], [])
        self.assertEqual(got['{verify}'], 'FAIL')
        self.assertEqual(got['{cert_subject}'], '/CN=Test+20CA')

    def test_eom_list_of_sendmail(self):
        """Its EOM list counts only beside an EOH list."""
        for lists, want in (([(5, 'i')], ['{msg_id}']),
                            ([(5, 'i'), (6, 'i')], ['i']),
                            ([(6, 'i')], None)):
            fake, _ = self.talk(SENDMAIL, dict(lists=lists))
            got = fake.macros(b'E')
            self.assertEqual(got and list(got), want)


class Delivered(unittest.TestCase):
    """Index semantics of both MTAs."""

    def order(self, dialect, *edits):
        """Values of the fields after the edits, own Received as R."""
        octets = delivered.octets(dialect, (A, B, C), b'', edits, True)
        lines = octets.split(b'\r\n\r\n')[0].split(b'\r\n')
        return ' '.join('R' if line.startswith(b'Received') else
                        line.split(b': ')[1].decode() for line in lines)

    def test_edits(self):
        """Insert, delete, and what a delete does to later indexes."""
        def delete(index):
            return Edit(wire.CHG_HEADER, index, 'x', b'')

        def insert(index):
            return Edit(wire.INS_HEADER, index, 'X', b' n')

        rows = [
            ('insert 0', [insert(0)], 'n R a b c', 'n R a b c'),
            ('insert 1', [insert(1)], 'R n a b c', 'R n a b c'),
            ('delete 3, 1', [delete(3), delete(1)], 'R b', 'R b'),
            ('delete 1, 3', [delete(1), delete(3)], 'R b c', 'R b'),
            ('delete 1, 2', [delete(1), delete(2)], 'R b', 'R c'),
            ('insert, delete', [insert(1), delete(1)], 'R a b c',
             'R a b c'),
            ('change', [Edit(wire.CHG_HEADER, 2, 'X', b' z')], 'R a z c',
             'R a z c'),
        ]
        for name, edits, postfix, sendmail in rows:
            with self.subTest(name):
                self.assertEqual(self.order(POSTFIX, *edits), postfix)
                self.assertEqual(self.order(SENDMAIL, *edits), sendmail)

    def test_rewriting(self):
        """Sendmail writes address lists anew, Postfix does not."""
        fields = (('To', ' a@x,b@x, "c,d" <e@x>'), ('Subject', ' a,b'))
        for dialect, want in ((POSTFIX, fields[0][1]),
                              (SENDMAIL, ' a@x, b@x, "c,d" <e@x>')):
            got = delivered.octets(dialect, fields, b'', [], True)
            self.assertIn(b'To:' + want.encode() + b'\r\n', got)
            self.assertIn(b'Subject: a,b\r\n', got)

    def test_message_is_what_was_sent(self):
        """Without edits: our Received, the fields, the body."""
        message = Message()
        got = delivered.octets(POSTFIX, sessions.HEADERS, message.body, [],
                               True)
        self.assertTrue(got.startswith(b'Received: from client.example'))
        self.assertTrue(got.endswith(b'\r\n\r\nHello Bob\r\n'))


if __name__ == '__main__':
    unittest.main()
