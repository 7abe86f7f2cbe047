"""What hopseald shows to those who watch it, and hopseal status."""

import json
import os
import re
import shutil
import socket
import stat
import unittest

from daemoncase import OK, DaemonCase
from lab import command, ports
from lab.hopseald import Daemon
from lab.waiting import PATIENCE
from lab.workdir import REPOSITORY, WorkDir
from session import TLS13
from socketmap import Client

RULES = '''policy "bank.example" { mode = "require" }
policy "seen.example" { mode = "require" operation = "observe" }
policy "old.example" { mode = "prefer" }
'''

GET = b'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'
NAME = r'[a-zA-Z_:][a-zA-Z0-9_:]*'
LABELS = r'\{%s="[^"\\\n]*"(?:,%s="[^"\\\n]*")*\}' % (NAME, NAME)
SAMPLE = re.compile(r'(%s)(%s)? (\d+(?:\.\d+)?)' % (NAME, LABELS))


def samples(text):
    """The samples as {NAME{LABELS}: value}, by the format's own grammar.

    Each family is described once, before its samples, and they stand
    together; no sample is given twice."""
    found, family, kind, done = {}, None, None, set()
    for line in text.splitlines():
        help_line = re.fullmatch(r'# HELP (%s) (.+)' % NAME, line)
        type_line = re.fullmatch(
            r'# TYPE (%s) (counter|gauge|histogram)' % NAME, line)
        if help_line:
            done.add(family)
            family, kind = help_line[1], None
            assert family not in done, line
        elif type_line:
            assert type_line[1] == family and kind is None, line
            kind = type_line[2]
        else:
            got = SAMPLE.fullmatch(line)
            assert got and kind, line
            suffixes = ('_bucket', '_sum', '_count')
            assert got[1] in ([family + s for s in suffixes]
                              if kind == 'histogram' else [family]), line
            assert kind != 'counter' or family.endswith('_total'), line
            key = got[1] + (got[2] or '')
            assert key not in found, line
            found[key] = float(got[3])
    assert text.endswith('\n')
    return found


class MetricsDaemon(Daemon):
    """Its figures are on a unix socket beside the filter's."""

    metrics = None

    def metrics_on_tcp(self):
        """Its figures are on a port instead, which is returned."""
        port = ports.free()
        self.metrics = 'inet:%d@127.0.0.1' % port
        return port

    def sections(self):
        where = self.metrics or 'local:%s/metrics.sock' % self.run
        return super().sections() + (
            'metrics { socket = "%s" socket-mode = "0666" }\n' % where)


class Metrics(DaemonCase):
    rules = RULES

    @classmethod
    def setUpClass(cls):
        cls.workdir = WorkDir('mta-')
        cls.addClassCleanup(cls.workdir.close)
        cls.daemon = MetricsDaemon(cls.workdir, cls.rules)
        cls.addClassCleanup(cls.daemon.stop)
        cls.daemon.start()

    def ask(self, request=GET):
        """All that comes until the daemon closes."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(20)
            client.connect(self.daemon.run + '/metrics.sock')
            client.sendall(request)
            got = b''
            while True:
                data = client.recv(65536)
                if not data:
                    return got
                got += data

    def figures(self):
        head, _, body = self.ask().partition(b'\r\n\r\n')
        self.assertIn(b'200 OK', head)
        self.assertIn(b'text/plain; version=0.0.4', head)
        return samples(body.decode())

    def grown(self, action):
        """What an action adds, of the samples that it changes."""
        before = self.figures()
        action()
        after = self.figures()
        return {name: after[name] - before[name] for name in after
                if after[name] != before[name]}

    def test_mail(self):
        """Each kind of verdict and session counts where it should."""
        rows = (
            ('passes', {'tls': TLS13, 'mail_from': '<a@bank.example>'},
             'pass', 'TLSv1.3', {'hopseal_messages_total': 1,
                                 'hopseal_stamps_total': 1}),
            ('refused', {'mail_from': '<a@bank.example>'}, 'reject', 'none',
             {}),
            ('observed', {'mail_from': '<a@seen.example>'}, 'would-reject',
             'none', {'hopseal_messages_total': 1}),
            ('fallback', {'mail_from': '<a@old.example>'}, 'fallback',
             'none', {'hopseal_messages_total': 1}),
        )
        for row, facts, verdict, tls, more in rows:
            with self.subTest(row):
                got = self.grown(lambda f=facts: self.deliver(**f))
                want = {
                    'hopseal_verdicts_total{verdict="%s"}' % verdict: 1,
                    'hopseal_transactions_total{tls="%s"}' % tls: 1,
                    'hopseal_decision_seconds_count': 1, **more}
                self.assertEqual({name: got.get(name) for name in want},
                                 want)
                self.assertEqual(got.get('hopseal_messages_total'),
                                 more.get('hopseal_messages_total'))

    def test_ledger(self):
        """submitted = committed + refused + failed + waiting."""
        self.deliver(tls=TLS13)
        got = self.figures()
        part = {name: got['hopseal_ledger_' + name] for name in (
            'submitted_total', 'committed_total', 'refused_total',
            'failed_total', 'queue')}
        self.assertGreater(part['committed_total'], 0)
        self.assertEqual(part.pop('submitted_total'), sum(part.values()))

    def test_nexthop(self):
        def ask():
            with Client(self.daemon.run + '/nexthop.sock') as client:
                client.ask('bank.example')
                client.ask('else.example')
        got = self.grown(ask)
        self.assertEqual(
            [got.get('hopseal_nexthop_answers_total{answer="%s"}' % answer)
             for answer in ('ok', 'notfound', 'temp')], [1, 1, None])

    def test_histograms(self):
        """Buckets grow to the right and end in the count."""
        self.deliver(tls=TLS13)
        got = self.figures()
        for name in ('hopseal_decision_seconds',
                     'hopseal_end_of_message_seconds'):
            buckets = [value for key, value in got.items()
                       if key.startswith(name + '_bucket')]
            self.assertEqual(buckets, sorted(buckets))
            self.assertEqual(buckets[-1], got[name + '_count'])
            self.assertGreater(buckets[-1], 0)

    def test_reload(self):
        """A refused reload is seen, and so is the end of that."""
        good = self.daemon.rules
        self.daemon.reload(rules='nonsense = 1\n')
        got = self.figures()
        self.assertEqual(got['hopseal_reload_failed'], 1)
        done = command.hopseal('status', '-c', self.workdir.write(
            'status.conf', self.daemon.configuration().replace(
                'nonsense = 1\n', '')))
        self.assertEqual(done.returncode, 1)
        self.assertIn(b'the last reload was refused', done.stdout)
        more = self.grown(lambda: self.daemon.reload(rules=good))
        self.assertEqual(more['hopseal_reload_failed'], -1)
        self.assertEqual(more['hopseal_reloads_total'], 1)

    def test_bad_requests(self):
        """None of them keeps the figures from the next who asks."""
        rows = (b'POST / HTTP/1.0\r\n\r\n', b'\0\xff' * 30 + b'\r\n\r\n',
                b'GET /' + 5000 * b'x', b'\n\n')
        for request in rows:
            with self.subTest(request[:20]):
                try:
                    self.assertNotIn(b'hopseal_', self.ask(request))
                except ConnectionError:
                    pass
        # one who says nothing is cut off; so the next is served in time
        with socket.socket(socket.AF_UNIX) as idle:
            idle.connect(self.daemon.run + '/metrics.sock')
            idle.sendall(b'GET ')
            self.assertIn('hopseal_messages_total', self.figures())

    def test_status_behind_two_who_say_nothing(self):
        with socket.socket(socket.AF_UNIX) as one, \
                socket.socket(socket.AF_UNIX) as other:
            for idle in (one, other):
                idle.connect(self.daemon.run + '/metrics.sock')
            done = command.hopseal('status', '-c', self.daemon.file)
            self.assertIn(done.returncode, (0, 1), done.stderr)

    def test_status(self):
        """For a person, in 80 columns; as JSON the same figures."""
        self.deliver(tls=TLS13)
        done = command.hopseal('status', '-c', self.daemon.file)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        text = done.stdout.decode()
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        self.assertIn('operation enforce', text)
        self.assertRegex(text, r'stamps made +[1-9]')
        done = command.hopseal('status', '--json', '-c', self.daemon.file)
        self.assertGreater(
            json.loads(done.stdout)['hopseal_messages_total'], 0)

    def test_contrib(self):
        """The dashboard and the alerts name only what is shown."""
        names = {key.partition('{')[0] for key in self.figures()}
        for file in ('hopseal.json', 'hopseal.rules.yml'):
            with open(os.path.join(REPOSITORY, 'contrib/grafana', file),
                      encoding='utf-8') as text:
                content = text.read()
            if file.endswith('.json'):
                content = '\n'.join(
                    target['expr'] for panel in json.loads(content)['panels']
                    for target in panel['targets'])
            used = set(re.findall(r'hopseal_[a-z_]+', content))
            self.assertGreater(len(used), 3)
            self.assertEqual(used - names, set(), file)


class Crowd(unittest.TestCase):
    """Hundreds of local clients that want no figures, and one that does."""

    CROWD = 500

    def setUp(self):
        folder = self.enterContext(WorkDir('mta-'))
        self.daemon = MetricsDaemon(folder, RULES)
        self.port = self.daemon.metrics_on_tcp()
        self.enterContext(self.daemon)

    def connect(self):
        return self.enterContext(socket.create_connection(
            ('127.0.0.1', self.port), 20 * PATIENCE))

    def crowd(self, words):
        """What each has said when all of them are connected."""
        clients = [self.connect() for _ in range(self.CROWD)]
        self.say(clients, words)
        return clients

    @staticmethod
    def say(clients, words):
        """Returns those that the daemon has not closed."""
        left = []
        for client in clients:
            try:
                client.sendall(words)
                left.append(client)
            except ConnectionError:
                pass
        return left

    def scrape(self):
        """What one gets that asks as a monitor does."""
        client = self.connect()
        client.sendall(GET)
        with client.makefile('rb') as answer:
            return answer.read()

    def test_they_say_little(self):
        """Nothing, half a request, or all of it and read no answer."""
        for words in (b'', b'GET /metrics HTTP/1.1\r\n', GET):
            with self.subTest(words):
                self.crowd(words)
                for _ in range(3):
                    self.assertIn(b'hopseal_messages_total', self.scrape())
        done = command.hopseal('status', '-c', self.daemon.file)
        self.assertIn(done.returncode, (0, 1), done.stderr)

    def test_they_are_slow(self):
        """One octet of each between one scrape and the next."""
        clients = self.crowd(b'G')
        for octet in b'ET /metrics':
            clients = self.say(clients, bytes([octet]))
            self.assertIn(b'hopseal_messages_total', self.scrape())

    def test_they_are_closed(self):
        """Also where nobody presses from behind."""
        for words in (b'', b'GET /'):
            with self.subTest(words):
                client = self.connect()
                client.sendall(words)
                self.assertEqual(client.recv(1), b'')


class TextFile(unittest.TestCase):
    """--metrics-textfile: there at the start, right at the end."""

    def test_file(self):
        with WorkDir('mta-') as workdir:
            folder = workdir.sub('figures', owner='nobody')
            path = os.path.join(folder, 'hopseal.prom')
            daemon = Daemon(workdir, RULES)
            daemon.arguments = ['--metrics-textfile', path]
            with daemon:
                self.assertEqual(
                    samples(self.read(path))['hopseal_messages_total'], 0)
                self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o644)
                DaemonCase.daemon = daemon
                self.assertEqual(
                    DaemonCase.deliver(DaemonCase(), tls=TLS13).final, OK)
            self.assertEqual(
                samples(self.read(path))['hopseal_messages_total'], 1)
            self.assertEqual(os.listdir(folder), ['hopseal.prom'])
            done = command.hopseal('status', '--file', path)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(b'All is well.', done.stdout)
            text = self.read(path)
            self.assertIn('version="', text)
            workdir.write('figures/forged', text.replace(
                'version="', 'version="\x1b[2J'))
            done = command.hopseal('status', '--file', folder + '/forged')
            self.assertEqual((done.returncode, done.stdout), (69, b''))
            self.assertIn(b"not hopseald's figures", done.stderr)

    @staticmethod
    def read(path):
        with open(path, encoding='utf-8') as text:
            return text.read()

    def test_lost_later(self):
        """What cannot be written any more is said, and mail goes on."""
        with WorkDir('mta-') as workdir:
            folder = workdir.sub('figures', owner='nobody')
            path = os.path.join(folder, 'hopseal.prom')
            daemon = Daemon(workdir, RULES)
            daemon.arguments = ['--metrics-textfile', path]
            with daemon:
                self.assertNotIn('cannot be written', daemon.log())
                shutil.rmtree(folder)
            self.assertEqual(
                daemon.log().count(path + ' cannot be written'), 1)

    def test_not_writable(self):
        """hopseald says so at the start."""
        with WorkDir('mta-') as workdir:
            daemon = Daemon(workdir, RULES)
            daemon.arguments = ['--metrics-textfile', '/proc/no/file']
            with self.assertRaisesRegex(
                    RuntimeError, '/proc/no/file cannot be written'):
                daemon.start()


class Unreachable(unittest.TestCase):
    def test_status(self):
        """What to set, and who does not answer, in a sentence."""
        with WorkDir('mta-') as workdir:
            rows = (
                ('', b'hopseald shows no figures; write `metrics {'),
                ('metrics { socket = "local:%s/none.sock" }' % workdir.path,
                 b'nobody answers there; is hopseald running'),
                ('nonsense = 1', b'has errors'),
            )
            for text, want in rows:
                with self.subTest(text):
                    done = command.hopseal('status', '-c',
                                           workdir.write('c.conf', text))
                    self.assertEqual(done.returncode, 69)
                    self.assertIn(want, done.stderr)
            done = command.hopseal('status', '--file',
                                   workdir.write('empty', ''))
            self.assertEqual(done.returncode, 69)
            self.assertIn(b"not hopseald's figures", done.stderr)


if __name__ == '__main__':
    unittest.main()
