"""The process that holds the key: where the key is, what that process may do,
and what happens when it is gone."""

import base64
import concurrent.futures
import os
import re
import signal
import shutil
import unittest

import milterwire as wire
import session as sessions
from daemoncase import OK, Daemon, DaemonCase, WorkDir, arrive
from lab import command, preload, stampcheck, workdir as places
from lab.waiting import PATIENCE, until
from session import PLAIN, TLS13

RULES = 'policy "bank.example" { mode = "require" }\n'
FACTS = dict(mail_from='<a@bank.example>')
FAULT = '451 4.3.0 Policy service is not available, please retry'


def children(pid):
    """The process ids of the children of all its threads."""
    found = []
    for task in os.listdir(f'/proc/{pid}/task'):
        with open(f'/proc/{pid}/task/{task}/children',
                  encoding='ascii') as text:
            found += map(int, text.read().split())
    return found


def status(pid):
    """/proc/PID/status as a dict."""
    with open(f'/proc/{pid}/status', encoding='ascii') as text:
        return dict(line.rstrip().split(':\t', 1) for line in text
                    if ':\t' in line)


def descriptors(pid):
    """What each open descriptor is."""
    folder = f'/proc/{pid}/fd'
    return {int(fd): os.readlink(f'{folder}/{fd}')
            for fd in os.listdir(folder)}


# What is larger is no memory of ours, but what a sanitizer reserves.
MAPPING_MAX = 1 << 30
LINES = 16      # to the process that holds the key


def mappings(pid):
    """Begin and end of each readable mapping of which a page is there."""
    span = None
    with open(f'/proc/{pid}/smaps', encoding='ascii') as lines:
        for words in map(str.split, lines):
            if '-' in words[0]:
                begin, end = (int(at, 16) for at in words[0].split('-'))
                readable = (words[1].startswith('r') and begin < 1 << 63
                            and end - begin <= MAPPING_MAX)
                span = (begin, end) if readable else None
            elif words[0] in ('Rss:', 'Swap:') and words[1] != '0' and span:
                yield span
                span = None


def memory(pid):
    """The octets of each of them."""
    with open(f'/proc/{pid}/mem', 'rb', buffering=0) as octets:
        for begin, end in mappings(pid):
            octets.seek(begin)
            try:
                yield octets.read(end - begin)
            except OSError:
                continue    # a guard page, or one of the kernel's


def holds(pid, secret):
    """Is that anywhere in the memory of the process?"""
    return any(secret in octets for octets in memory(pid))


def secrets(path):
    """The seed in the file of an Ed25519 key, and the text that has it."""
    with open(path, encoding='ascii') as file:
        text = file.read().split('\n')[1]
    # RFC 8410, 7: the 32 octets are the last ones.
    return base64.b64decode(text)[-32:], text[-43:].encode()


def new_key(path):
    """Another key in place of that file, atomically."""
    command.keygen_pem(path + '.new')
    os.chmod(path + '.new', 0o600)
    shutil.chown(path + '.new', places.DAEMON_USER, places.DAEMON_GROUP)
    os.rename(path + '.new', path)


@unittest.skipIf(os.geteuid() != 0, 'not started by root')
class Holder(DaemonCase):
    """Beside a daemon that stamps."""

    rules = RULES

    def holder(self):
        """Its process id: the daemon has one child."""
        found = children(self.daemon.process.pid)
        self.assertEqual(len(found), 1)
        return found[0]

    def stamps(self):
        """A message over TLS gets its stamp."""
        got = self.deliver(tls=TLS13)
        self.assertEqual(len(stampcheck.stamps(got.octets)), 1)
        return got.octets

    def test_where_the_key_is(self):
        """In the holder, and not in the process that reads mail."""
        self.stamps()
        seed, text = secrets(self.daemon.key)
        daemon, holder = self.daemon.process.pid, self.holder()
        # Or the scan sees nothing at all.
        self.assertTrue(holds(daemon, b'example.org'))
        self.assertTrue(holds(holder, seed))
        self.assertFalse(holds(daemon, seed))
        self.assertFalse(holds(daemon, text))

    def test_what_it_may_do(self):
        """Compute, and talk over its one socket, as an ordinary user."""
        said = status(self.holder())
        filtered = preload.has_filters(command.program('hopseald'))
        self.assertEqual(
            {name: said[name] for name in
             ('Name', 'Seccomp', 'NoNewPrivs', 'CapEff', 'CapPrm')},
            {'Name': 'hopseald-key', 'Seccomp': '02'[filtered],
             'NoNewPrivs': '1',
             'CapEff': '0' * 16, 'CapPrm': '0' * 16})
        self.assertNotIn('0', said['Uid'].split() + said['Gid'].split())
        open_ones = descriptors(self.holder())
        self.assertEqual([open_ones[fd] for fd in range(3)],
                         ['/dev/null'] * 3)
        # One for requests, 16 for answers; all are pairs with the daemon.
        self.assertEqual(sorted(open_ones), list(range(3 + 17)))
        for fd in range(3, 3 + 17):
            self.assertRegex(open_ones[fd], '^socket:')

    def test_memory(self):
        """The pages of the key are locked; no core is dumped."""
        self.assertGreater(int(status(self.holder())['VmLck'].split()[0]), 0)
        with open(f'/proc/{self.holder()}/limits', encoding='ascii') as text:
            self.assertRegex(text.read(), r'Max core file size +0 +0 ')
        # Not dumpable: root owns its files in /proc.
        self.assertEqual(os.stat(f'/proc/{self.holder()}/mem').st_uid, 0)

    def test_signals_of_the_daemon(self):
        """What a terminal or a service manager sends to all is not for it."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP,
                       signal.SIGUSR1):
            os.kill(self.holder(), number)
            with self.subTest(number.name):
                self.stamps()

    def test_new_key_at_reload(self):
        """It signs with the new key, and the old one is wiped."""
        self.stamps()
        old, _ = secrets(self.daemon.key)
        holder = self.holder()
        new_key(self.daemon.key)
        new, text = secrets(self.daemon.key)
        self.daemon.reload(RULES)
        self.stamps()
        self.assertEqual(self.holder(), holder)
        self.assertTrue(holds(holder, new))
        # The last message of the old snapshot may just be ending.
        until(lambda: not holds(holder, old), 'end of the old key')
        self.assertFalse(holds(self.daemon.process.pid, new))
        self.assertFalse(holds(self.daemon.process.pid, text))

    def test_bad_key_at_reload(self):
        """The sentence comes from where the file is read."""
        os.rename(self.daemon.key, self.daemon.key + '.good')
        try:
            with open(self.daemon.key, 'w', encoding='ascii') as file:
                os.fchmod(file.fileno(), 0o644)
                file.write('no key\n')
            for mode, words in ((0o644, 'chmod 600'),
                                (0o640, 'holds no private key')):
                os.chmod(self.daemon.key, mode)
                shutil.chown(self.daemon.key, places.DAEMON_USER)
                mark = len(self.daemon.log())
                self.daemon.reload('')
                self.assertIn(words, self.daemon.log()[mark:])
                self.assertEqual(self.deliver(**FACTS).replies,
                                 [arrive('mail from', 'bank.example')])
                self.stamps()
        finally:
            os.rename(self.daemon.key + '.good', self.daemon.key)


@unittest.skipIf(os.geteuid() != 0, 'not started by root')
class Gone(unittest.TestCase):
    """A holder that was ended, or that hangs."""

    MANY = 40

    def setUp(self):
        self.folder = WorkDir('mta-')
        self.addCleanup(self.folder.close)

    def started(self, arguments=(), **more):
        """A daemon, and the process id of its holder."""
        daemon = Daemon(self.folder, RULES, **more)
        daemon.arguments = list(arguments)
        daemon.start()
        self.addCleanup(daemon.stop)
        return daemon, children(daemon.process.pid)[0]

    def test_ended(self):
        """Then the daemon ends, for the service manager to start both."""
        daemon, holder = self.started()
        os.kill(holder, signal.SIGKILL)
        self.assertEqual(daemon.process.wait(20), os.EX_OSERR)
        self.assertIn('the process that holds the key was ended by signal 9',
                      daemon.log())
        daemon.start()
        got = sessions.deliver(daemon.socket, tls=TLS13)
        self.assertEqual(len(got.edits), 1)

    def test_in_the_midst_of_a_message(self):
        """No verdict: the MTA sees its filter go, and defers."""
        daemon, holder = self.started()
        message, envelope = sessions.Message(), sessions.Envelope('A1', {})
        with self.assertRaises(wire.Closed), \
                sessions.Session(daemon.socket) as session:
            result = sessions.Result()
            session.envelope(message, envelope, result)
            os.kill(holder, signal.SIGKILL)
            # It goes when its sessions do, or after 3 s.
            daemon.wait_log('ended by signal 9')
            session.content(message, envelope, result)
        self.assertIsNone(result.eom)
        self.assertEqual(daemon.process.wait(20), os.EX_OSERR)

    def waiting(self, daemon):
        """Messages that have come as far as their content, each on a
        connection of its own: more than the holder has lines."""
        found = []
        for i in range(self.MANY):
            message = sessions.Message(body=b'the body of %d\r\n' % i)
            session = sessions.Session(daemon.socket, client=sessions.Client(
                tls=TLS13), timeout=60 * PATIENCE)
            self.addCleanup(session.milter.wire.close)
            envelope = sessions.Envelope(f'A{i}', {})
            result = sessions.Result()
            session.envelope(message, envelope, result)
            found.append((session, message, envelope, result))
        return found

    @staticmethod
    def finish(one, begun):
        """The rest of it, and what came of it; None: the daemon was gone, and
        the MTA defers."""
        session, message, envelope, result = one
        begun.append(envelope)
        try:
            session.content(message, envelope, result)
        except (wire.Closed, OSError):
            return None
        session.take(message, result)
        return result

    def hang(self, names):
        """Daemons whose holders hang: {name: one}, and what came of their
        messages, MANY for each."""
        daemons, waiting = {}, []
        for name in names:
            figures = self.folder.sub(f'figures-{name}', owner='nobody')
            daemons[name], holder = self.started(
                ['--metrics-textfile', f'{figures}/now'],
                settings={'on-fault': f'"{name.split("-")[0]}"'}, name=name)
            waiting += self.waiting(daemons[name])
            os.kill(holder, signal.SIGSTOP)
        with concurrent.futures.ThreadPoolExecutor(len(waiting)) as pool:
            return daemons, list(pool.map(
                lambda one: self.finish(one, []), waiting))

    def hang_with_many(self, wanted):
        """The same; more messages are there in time than have a line to the
        holder, as soon as the machine has time for them."""
        for attempt in range(5):
            daemons, got = self.hang(f'{name}-{attempt}' for name in wanted)
            if all(len(re.findall('^(?:error: )?unstamped ', daemon.log(),
                                  re.MULTILINE)) > LINES
                   for daemon in daemons.values()):
                break
        return daemons, got

    def test_hangs(self):
        """It is ended, and on-fault decides on the messages that waited: all
        of them at once, not one after the other."""
        wanted = {'defer': FAULT, 'accept': OK}
        daemons, got = self.hang_with_many(wanted)
        for i, (name, daemon) in enumerate(daemons.items()):
            on_fault = name.split('-')[0]
            with self.subTest(on_fault):
                mine = [result for result in
                        got[i * self.MANY:(i + 1) * self.MANY] if result]
                self.assertEqual(
                    {(result.final, len(result.edits))
                     for result in mine}, {(wanted[on_fault], 0)})
                self.assertGreater(len(mine), 0)
                self.assertEqual(daemon.process.wait(20), os.EX_OSERR)
                levels = re.findall('^(error: )?unstamped .*reason="the '
                                    'process that holds the key does not '
                                    'sign"', daemon.log(), re.MULTILINE)
                self.assertGreaterEqual(len(levels), len(mine))
                # None of them waited in turn.
                self.assertGreater(len(levels), LINES)
                self.assertEqual(levels.count('error: '), 1)
                with open(daemon.arguments[1], encoding='ascii') as text:
                    self.assertIn(
                        f'\nhopseal_stamp_faults_total {len(levels)}\n',
                        text.read())

    def test_hangs_for_a_while(self):
        """Each message gets a stamp, and its own, when it goes on."""
        daemon, holder = self.started()
        waiting, begun = self.waiting(daemon), []
        os.kill(holder, signal.SIGSTOP)
        with concurrent.futures.ThreadPoolExecutor(len(waiting)) as pool:
            pending = [pool.submit(self.finish, one, begun)
                       for one in waiting]
            try:
                until(lambda: len(begun) == len(waiting), 'messages')
                self.assertFalse(any(one.done() for one in pending))
            finally:
                os.kill(holder, signal.SIGCONT)
            got = [one.result() for one in pending]
        with open(daemon.keys, encoding='ascii') as lines:
            record = lines.readline().split(' ', 1)[1].strip()
        for result in got:
            self.assertEqual(result.final, OK)
            stamp, = stampcheck.stamps(result.octets)
            self.assertEqual(
                stampcheck.problem(result.octets, stamp, record), '')
        self.assertEqual(sessions.deliver(daemon.socket, tls=TLS13).final, OK)

    def test_the_daemon_ended(self):
        """The holder goes with it, however it went."""
        daemon, holder = self.started()
        daemon.process.kill()
        daemon.process.wait()
        until(lambda: not os.path.exists(f'/proc/{holder}') or
              status(holder)['State'].startswith('Z'), 'end of the holder')

    def test_stop(self):
        """In good order, also when all of the group is told to."""
        daemon, holder = self.started()
        os.kill(holder, signal.SIGTERM)
        self.assertEqual(daemon.stop(), 0, daemon.log())
        self.assertFalse(os.path.exists(f'/proc/{holder}'))


@unittest.skipIf(os.geteuid() != 0, 'not started by root')
class Late(DaemonCase):
    """A daemon that starts without a stamp."""

    stamp = None

    def test_first_key_at_reload(self):
        """Ed25519, then RSA: all that it takes is at hand by then."""
        daemon = self.daemon
        rsa = daemon.key + '.rsa'
        source = os.path.join(places.REPOSITORY,
                              'tests/vectors/keys/rsa2048.pem')
        shutil.copy(source, rsa)
        os.chmod(rsa, 0o600)
        shutil.chown(rsa, places.DAEMON_USER, places.DAEMON_GROUP)
        holder = children(daemon.process.pid)
        for key, name in ((daemon.key, 'ed25519-sha256'),
                          (rsa, 'rsa-sha256')):
            daemon.reload('stamp { domain = "example.org" selector = '
                          f'"2026a" key = "{key}" }}\n')
            got = self.deliver(tls=TLS13)
            stamp, = stampcheck.stamps(got.octets)
            self.assertRegex(str(stamp), re.escape(name))
        self.assertEqual(children(daemon.process.pid), holder)
        self.assertEqual(self.deliver(tls=PLAIN).final, OK)


if __name__ == '__main__':
    unittest.main()
