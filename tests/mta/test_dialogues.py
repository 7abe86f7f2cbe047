"""Plays the dialogues of tests/vectors/dialogues; their README is the guide.
"""

import os
import unittest

import dialects
import milterwire as wire
from daemoncase import Daemon, WorkDir
from lab.workdir import REPOSITORY
from milterclient import Milter
from session import Cert, Client, Envelope, Message, Result, Session, Tls

FOLDER = os.path.join(REPOSITORY, 'tests', 'vectors', 'dialogues')
MTAS = {each.name: each for each in (dialects.POSTFIX, dialects.SENDMAIL,
                                     dialects.NO_SYMLIST,
                                     dialects.VERSION_2)}
STEPS = ('mail', 'rcpt', 'data', 'connect', 'ehlo')


def steps(path):
    """Lines as [word, arguments, line number, wanted answer]."""
    found = []
    with open(path, encoding='utf-8') as lines:
        for number, line in enumerate(lines, 1):
            if line.startswith('#') or not line.strip():
                continue
            if line[0].isspace():
                found[-1][3] = line.strip()
            else:
                word, _, rest = line.strip().partition(' ')
                found.append([word, rest.strip(), number, 'ok'])
    return found


class Player:
    """One dialogue under way; each word of the README is a method."""

    def __init__(self, where, mta):
        self.where, self.mta = where, mta
        self.facts = Client()
        self.session = self.message = self.envelope = self.result = None

    def client(self, text):
        """ADDRESS [NAME]"""
        address, _, name = text.partition(' ')
        self.facts.address = address
        if name:
            self.facts.name, self.facts.verified = name, True

    def macro(self, text):
        """NAME [VALUE]"""
        name, _, value = text.partition(' ')
        self.facts.macros[name] = value or None

    def connect(self, _):
        """Negotiation and CONNECT; the dialogue says EHLO itself."""
        self.session = Session.__new__(Session)
        self.session.client, self.session.dialect = self.facts, self.mta
        self.session.milter = Milter(self.where, self.mta)
        return self.session.connect()

    def ehlo(self, _):
        """HELO"""
        return self.session.helo()

    def tls(self, text):
        """VERSION CIPHER BITS"""
        self.facts.tls, self.facts.tls_on = Tls(*text.split()), True

    def cert(self, text):
        """trusted|failed NAME"""
        word, name = text.split(' ', 1)
        self.facts.cert = Cert(name, word == 'trusted')

    def mail(self, text):
        """ARGUMENT [PARAMETER]..."""
        argument, *parameters = text.split(' ')
        self.message = Message(mail_from=argument, mail_args=parameters)
        self.envelope = Envelope(self.message.queue_id, {})
        self.result = Result()
        return self.session.mail(self.message, self.envelope)

    def rcpt(self, text):
        """ARGUMENT [UNDERSTOOD]"""
        argument, _, understood = text.partition(' ')
        if understood:
            self.message.rcpt_addrs = {argument: understood}
        reply = self.session.rcpt(self.message, self.envelope, argument)
        self.result.rcpts.append(reply)
        self.envelope.accepted += reply.passes
        return reply

    def data(self, _):
        """The rest of the message."""
        self.session.content(self.message, self.envelope, self.result)
        return self.result.final

    def rset(self, _):
        """ABORT"""
        self.session.milter.abort()

    def stamped(self, text):
        """yes|no"""
        got = sum(edit.kind == wire.INS_HEADER for edit in self.result.edits)
        if got != (text == 'yes'):
            raise AssertionError(f'{got} stamps')


class Dialogues(unittest.TestCase):
    """One daemon and one connection for each file."""

    def test_dialogues(self):
        """Every file of the folder."""
        names = sorted(os.listdir(FOLDER))
        names.remove('README')
        self.assertGreater(len(names), 5)
        for name in names:
            with self.subTest(name):
                self.play(steps(os.path.join(FOLDER, name)))

    def play(self, lines):
        """Starts the daemon that the file describes, then talks."""
        told = [(word, rest) for word, rest, _, _ in lines]
        rules = ''.join(rest + '\n' for word, rest in told if word == 'rule')
        settings = dict(rest.split(' ', 1) for word, rest in told
                        if word == 'set')
        mta = MTAS[dict(told)['mta']]
        with WorkDir('mta-') as folder, \
                Daemon(folder, rules, settings) as daemon:
            player = Player(daemon.socket, mta)
            for word, rest, number, want in lines:
                if word in ('mta', 'rule', 'set'):
                    continue
                got = getattr(player, word)(rest)
                if word in STEPS:
                    self.assertEqual(str(got), want, f'line {number}')
            player.session.milter.quit()


if __name__ == '__main__':
    unittest.main()
