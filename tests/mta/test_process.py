"""The process: start, check, reload, stop, sockets, notices, exit codes."""

import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest
from unittest import mock

import milterwire as wire
import session as sessions
from daemoncase import BOTH, OK, Daemon, DaemonCase, WorkDir, arrive
from lab import command, preload
from lab.waiting import PATIENCE, until
from session import TLS13

BANK = 'policy "bank.example" { mode = "require" }\n'
RESTART = re.compile('warning: option (.*) has changed, which a reload does '
                     'not bring into force: restart hopseald')
HERE = os.path.dirname(os.path.abspath(__file__))
FACTS = dict(mail_from='<a@bank.example>')
FROM_BANK = arrive('mail from', 'bank.example')


def run(*args, seconds=20):
    """hopseald with these arguments: exit code and all that it said."""
    # A file, not a pipe: a daemon in the background keeps its standard error.
    with tempfile.TemporaryFile() as out:
        done = subprocess.run([command.program('hopseald'), *args],
                              stdin=subprocess.DEVNULL, stdout=out,
                              stderr=out, timeout=seconds * PATIENCE, check=False)
        out.seek(0)
        return done.returncode, out.read().decode('utf-8', 'replace')


class Running(DaemonCase):
    """A daemon of its own for what changes it."""

    rules = BANK

    def setUp(self):
        self.daemon.reload(BANK)

    def test_reload(self):
        """SIGUSR1: the new policy holds for the next message."""
        self.assertEqual(self.deliver(**FACTS).replies, [FROM_BANK])
        self.daemon.reload('policy "other.example" { mode = "require" }\n')
        self.assertEqual(self.deliver(**FACTS).replies, [OK])
        self.daemon.reload(BANK)
        self.assertEqual(self.deliver(**FACTS).replies, [FROM_BANK])

    def test_reload_on_a_long_connection(self):
        """A long connection sees reloads, a message sees one snapshot."""
        message = sessions.Message(rcpts=('<b@bank.example>',))
        with self.open() as session:
            self.assertNotEqual(session.send(message).replies, [OK])
            envelope = sessions.Envelope('A1', {})
            session.mail(message, envelope)
            self.daemon.reload('')
            reply = session.rcpt(message, envelope, '<b@bank.example>')
            self.assertEqual(str(reply),
                             arrive('mail to', 'bank.example'))
            session.milter.abort()
            self.assertEqual(session.send(message).replies, [OK])

    def test_reload_before_the_end(self):
        """A refusal at EOM outlives the policy that it speaks of."""
        help_url = 'https://bank.example/' + 'x' * 150
        self.daemon.reload('policy "bank.example" { mode = "require" '
                           f'header-from = true help-url = "{help_url}" }}\n')
        message = sessions.Message(
            headers=(('From', ' a@bank.example'),) + sessions.HEADERS[1:])
        for dialect in BOTH:
            self.daemon.reload()
            with self.subTest(dialect=dialect.name), \
                    self.open(dialect) as session:
                envelope = sessions.Envelope('A1', {})
                result = sessions.Result()
                session.envelope(message, envelope, result)
                self.daemon.reload()
                session.content(message, envelope, result)
                self.assertIn(help_url, result.final)

    def test_reload_says_what_needs_a_restart(self):
        """Each option that is looked at when the daemon starts only."""
        whole = self.daemon.configuration()
        rows = (
            ('socket', 'milter.sock', 'other.sock'),
            ('socket-mode', '"0666"', '"0600"'),
            ('log', '"stderr"', '"syslog"'),
            ("hostname (of the ledger's records)", '"mx.', '"mx2.'),
            ('path in ledger', 'ledger.db', 'other.db'),
            ('durability in ledger', 'ledger.db"',
             'ledger.db" durability = "queued"'),
            ('socket in nexthop', 'nexthop.sock', 'other.sock'),
            ('socket-mode in nexthop', 'nexthop.sock"',
             'nexthop.sock" socket-mode = "0600"'),
            ('socket-mode in metrics', BANK,
             'metrics { socket-mode = "0600" }\n' + BANK),
        )
        for option, old, new in rows:
            with self.subTest(option):
                mark = len(self.daemon.log())
                with mock.patch.object(self.daemon, 'configuration',
                                       lambda: whole.replace(old, new)):
                    self.daemon.reload()
                self.assertEqual(RESTART.findall(self.daemon.log()[mark:]),
                                 [option])
                self.assertEqual(self.deliver(**FACTS).replies, [FROM_BANK])
                self.daemon.reload()

    def test_bad_reload(self):
        """The old policy stays; the log names file and line."""
        for bad in ('policy "x.example" { mode = "requires" }\n',
                    'nonsense = 1\n', 'policy "x.example" {\n',
                    BANK + BANK):
            with self.subTest(bad):
                mark = len(self.daemon.log())
                self.daemon.reload('\n\n' + bad)
                self.assertEqual(self.deliver(**FACTS).replies, [FROM_BANK])
                text = self.daemon.log()[mark:]
                self.assertRegex(text, r'hopseal\.conf:\d+')
                self.daemon.reload(BANK)

    def test_bad_key_at_reload(self):
        """A key that cannot be read keeps the old one."""
        mark = len(self.daemon.log())
        os.rename(self.daemon.key, self.daemon.key + '.gone')
        try:
            self.daemon.reload('')
            self.assertEqual(self.deliver(**FACTS).replies, [FROM_BANK])
            self.assertIn('stamp.pem', self.daemon.log()[mark:])
            got = self.deliver(tls=TLS13)
            self.assertEqual(len(got.edits), 1)
        finally:
            os.rename(self.daemon.key + '.gone', self.daemon.key)

    def test_key_of_root_at_reload(self):
        """The key that root read stays, and it says so; not for another
        selector, whose key it cannot be."""
        if os.geteuid() != 0:
            self.skipTest('not started by root')
        owner, stamp = os.stat(self.daemon.key), self.daemon.stamp
        os.chown(self.daemon.key, 0, 0)
        try:
            mark = len(self.daemon.log())
            self.daemon.reload('')
            self.assertEqual(self.deliver(**FACTS).replies, [OK])
            self.assertIn('stamp.pem', self.daemon.log()[mark:])
            self.daemon.stamp, mark = None, len(self.daemon.log())
            self.daemon.reload(BANK + 'stamp { domain = "example.org" '
                               f'selector = "new" key = "{self.daemon.key}" }}'
                               '\n')
            self.assertIn('was not loaded', self.daemon.log()[mark:])
            self.assertEqual(self.deliver(**FACTS).replies, [OK])
        finally:
            self.daemon.stamp = stamp
            os.chown(self.daemon.key, owner.st_uid, owner.st_gid)

    def test_too_many_sections(self):
        """They are taken, and a table is named as the remedy."""
        self.daemon.reload(BANK + ''.join(
            f'policy "d{i}.example" {{ mode = "prefer" }}\n'
            for i in range(10000)))
        said = [line for line in self.daemon.log().splitlines()
                if ' sections, ' in line]
        self.assertEqual(len(said), 1)
        self.assertRegex(said[0], r'has 100\d\d sections, .*'
                         'put domains of one class into a table')

    def statuses(self):
        return [line for line in self.daemon.said
                if line.startswith('STATUS=')]

    def test_notices(self):
        """READY with a status of the start, RELOADING with its time."""
        self.daemon.reload(BANK)
        said = self.daemon.said
        self.assertIn('READY=1', said)
        at = said.index('RELOADING=1')
        self.assertTrue(any(line.startswith('MONOTONIC_USEC=')
                            for line in said[at:at + 4]), said)
        good = 'STATUS=operation=enforce domains=1 stamp=example.org'
        self.assertEqual(self.statuses()[-1], good)
        self.daemon.reload('nonsense')
        self.assertEqual(self.statuses()[-1], good + '; the last reload was '
                         'refused, see the log')
        self.daemon.reload(BANK)
        self.assertEqual(self.statuses()[-1], good)

    def test_unprivileged(self):
        """It is not root any more, in no group of root's."""
        if os.geteuid() != 0:
            self.skipTest('not started by root')
        with open(f'/proc/{self.daemon.process.pid}/status',
                  encoding='ascii') as lines:
            status = dict(line.rstrip().split(':\t', 1) for line in lines
                          if ':\t' in line)
        self.assertNotIn('0', status['Uid'].split())
        self.assertNotIn('0', status['Gid'].split())
        self.assertNotIn('0', status['Groups'].split())
        self.assertEqual(int(status['CapEff'], 16), 0)

    def test_many_reloads_under_load(self):
        """Reloads while messages pass: no verdict but the two."""
        for turn in range(20):
            self.daemon.reload(BANK if turn % 2 else '')
            with self.open(**{}) as session:
                got = session.send(sessions.Message(**FACTS)).replies
            self.assertEqual(got, [FROM_BANK if turn % 2 else OK])


class Stop(unittest.TestCase):
    """TERM, INT and HUP end it with exit code 0."""

    def test_signals(self):
        """Nobody connects to wake it: it wakes itself."""
        for inet in (False, True):
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                with self.subTest(number.name, inet=inet), \
                        WorkDir('mta-') as folder:
                    self.one(Daemon(folder, BANK, inet=inet), number)

    def one(self, daemon, number):
        """Starts, serves, stops."""
        daemon.start()
        try:
            got = sessions.deliver(daemon.socket, **FACTS).replies
            self.assertEqual(got, [FROM_BANK])
            begin = time.monotonic()
            daemon.process.send_signal(number)
            self.assertEqual(daemon.process.wait(15), 0, daemon.log())
            self.assertLess(time.monotonic() - begin, 4 * PATIENCE,
                            'it waits for the next look of libmilter')
            daemon.hear()
            self.assertIn('STOPPING=1', daemon.said)
        finally:
            daemon.stop()

    def test_with_sessions_open(self):
        """Sessions in the middle of a message do not keep it."""
        with WorkDir('mta-') as folder, Daemon(folder, BANK) as daemon:
            open_ones = [sessions.Session(daemon.socket) for _ in range(5)]
            for session in open_ones:
                session.mail(sessions.Message(),
                             sessions.Envelope('A1', {}))
            daemon.process.terminate()
            self.assertEqual(daemon.process.wait(15), 0, daemon.log())
            for session in open_ones:
                session.milter.wire.close()

    def test_libmilter_does_not_stop(self):
        """It ends without it; what was accepted is recorded."""
        with WorkDir('mta-') as folder:
            now = os.path.join(folder.path, 'stuck-now')
            daemon = Daemon(folder, BANK, ledger='')
            daemon.environment = preload.environment(preload.build(
                folder, HERE + '/stuck.c'), HOPSEAL_STUCK=now)
            with daemon:
                self.assertEqual(sessions.deliver(daemon.socket, tls=TLS13,
                                                  **FACTS).final, OK)
                folder.write('stuck-now', '')
                daemon.process.terminate()
                self.assertEqual(daemon.process.wait(30 * PATIENCE), 0,
                                 daemon.log())
                self.assertIn('warning: libmilter does not stop; ending '
                              'without it', daemon.log())
            done = command.hopseal('ledger', 'verify', '-c', daemon.file)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(b'1 record', done.stdout)

    def test_socket_left_by_a_crash(self):
        """Replaced; one that a living process answers on is not."""
        with WorkDir('mta-') as folder, Daemon(folder, BANK) as daemon:
            daemon.process.kill()
            daemon.process.wait()
            self.assertTrue(os.path.exists(daemon.socket[6:]))
            daemon.start()
            got = sessions.deliver(daemon.socket, **FACTS).replies
            self.assertEqual(got, [FROM_BANK])
            code, said = run('-f', '-c', daemon.file)
            self.assertNotEqual(code, 0)
            self.assertIn('milter.sock', said)
            got = sessions.deliver(daemon.socket, **FACTS).replies
            self.assertEqual(got, [FROM_BANK])

    def test_background(self):
        """Without -f it goes to the background once it is ready."""
        with WorkDir('mta-') as folder:
            daemon = Daemon(folder, BANK)
            daemon.configure()
            code, said = run('-c', daemon.file)
            self.assertEqual(code, 0, said)
            pid = peer_pid(daemon.socket[6:])
            try:
                got = sessions.deliver(daemon.socket, **FACTS).replies
                self.assertEqual(got, [FROM_BANK])
                os.kill(pid, signal.SIGTERM)
                until(lambda: zombie(pid), 'end of the daemon', 15)
            finally:
                # Nobody else ends a daemon in the background.
                if not zombie(pid):
                    os.kill(pid, signal.SIGKILL)


    def test_background_from_a_folder(self):
        """A reload finds a file that was named from the start folder."""
        with WorkDir('mta-') as folder:
            daemon = Daemon(folder, BANK)
            daemon.configure()
            home, name = os.path.split(daemon.file)
            done = subprocess.run([command.program('hopseald'), '-c', name],
                                  cwd=home, stdin=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL,
                                  timeout=20 * PATIENCE, check=False)
            self.assertEqual(done.returncode, 0)
            pid = peer_pid(daemon.socket[6:])
            try:
                daemon.rules = ''
                daemon.configure()
                os.kill(pid, signal.SIGUSR1)
                until(lambda: sessions.deliver(
                    daemon.socket, **FACTS).replies == [OK], 'a reload', 10)
            finally:
                os.kill(pid, signal.SIGKILL)

    def test_closed_descriptors(self):
        """Started without descriptors 0 to 2, it keeps them from others."""
        with WorkDir('mta-') as folder:
            daemon = Daemon(folder, BANK)
            daemon.configure()
            args = [command.program('hopseald'), '-f', '-c', daemon.file]
            with subprocess.Popen(['/bin/sh', '-c',
                                   'exec "$@" <&- >&- 2>&-', 'sh', *args],
                                  stdin=subprocess.DEVNULL) as process:
                try:
                    until(lambda: listens(daemon.socket[6:]) and
                          sessions.deliver(daemon.socket, **FACTS).replies ==
                          [FROM_BANK], 'a daemon that serves', 10)
                    for number in range(3):
                        self.assertEqual(os.readlink(
                            f'/proc/{process.pid}/fd/{number}'), '/dev/null')
                finally:
                    process.kill()


def listens(path):
    """Does anybody, on this unix socket?  It is made before it is listened
    on."""
    with socket.socket(socket.AF_UNIX) as sock:
        return sock.connect_ex(path) == 0


def peer_pid(path):
    """Who listens on a unix socket (SO_PEERCRED)."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(path)
        creds = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        return int.from_bytes(creds[:4], 'little')


def zombie(pid):
    """Dead, and not yet buried by init."""
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii') as text:
            return text.read().rpartition(')')[2].split()[0] == 'Z'
    except OSError:
        return True


class Sockets(unittest.TestCase):
    """Mode, group and kinds of the milter socket."""

    def served(self, **more):
        """Starts a daemon, sends a message, returns the daemon stopped."""
        folder = WorkDir('mta-')
        self.addCleanup(folder.close)
        daemon = Daemon(folder, BANK, **more)
        with daemon:
            got = sessions.deliver(daemon.socket, **FACTS).replies
            self.assertEqual(got, [FROM_BANK])
            path = daemon.socket.partition(':')[2]
            return os.stat(path) if path.startswith('/') else None

    def test_unix(self):
        """socket-mode is honoured whatever the umask."""
        state = self.served(settings={'socket-mode': '"0660"'})
        self.assertEqual(oct(state.st_mode & 0o7777), '0o660')

    def test_inet(self):
        """inet:PORT@HOST."""
        self.served(inet=True)

    def test_inet6(self):
        """inet6:PORT@::1."""
        if not os.path.exists('/proc/net/if_inet6'):
            self.skipTest('no IPv6 here')
        from lab import ports
        port = ports.free()
        where = f'inet6:{port}@::1'
        folder = WorkDir('mta-')
        self.addCleanup(folder.close)
        daemon = Daemon(folder, BANK, settings={'socket': f'"{where}"'})
        with daemon:
            got = sessions.deliver(where, **FACTS).replies
            self.assertEqual(got, [FROM_BANK])
            daemon.socket, daemon.port = where, None
            wire.connect(where).close()


if __name__ == '__main__':
    unittest.main()
