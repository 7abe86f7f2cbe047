"""The filters that are measured, each started on a socket of its own.

Each has a name, `target` as the load program wants it, `milter` as Postfix
wants it, and cpu(): the seconds of CPU that its process has used, from the
kernel's own clock of that process (threads that have ended included).
"""

import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

# pylint: disable=wrong-import-position
from lab import command, ports                             # noqa: E402
from lab import workdir as places                          # noqa: E402
from lab.hopseald import Daemon                            # noqa: E402
from lab.opendkim import OpenDkim                          # noqa: E402
from lab.waiting import until                              # noqa: E402

POLICY = '''
policy "bank.example" { mode = "require" }
policy "partner.example" { mode = "require" min-tls = "1.3" }
client "198.51.100.0/24" { mode = "require" }
'''


def build(folder):
    """Compiles what is small; that needs nothing of configure."""
    os.makedirs(folder, exist_ok=True)
    for name, source, more in (
            ('load', 'load', [f'{HERE}/link.c', f'{HERE}/message.c']),
            ('hold', 'hold', [f'{HERE}/link.c', f'{HERE}/message.c']),
            ('nothing', 'nothing', ['-lmilter']),
            ('allocations.so', 'allocations', ['-shared', '-fPIC'])):
        subprocess.run(
            [os.environ.get('CC', 'cc'), '-std=c11', '-O2',
             '-D_POSIX_C_SOURCE=200809L', '-o', f'{folder}/{name}',
             f'{HERE}/{source}.c', *more, '-pthread'], check=True)


def built(name):
    """A program of the build folder's tests/bench, made if need be."""
    where = os.environ.get('HOPSEAL_BUILD',
                           os.path.join(places.REPOSITORY, 'build'))
    subprocess.run(['make', '-s', '-C', where, 'tests/bench/' + name],
                   check=True, stdout=subprocess.DEVNULL)
    return os.path.join(where, 'tests/bench', name)


def cpu_seconds(pid):
    """CPU time of a process: CPUCLOCK_SCHED of its clock id, in Linux."""
    return time.clock_gettime((~pid << 3) | 2)


def children(pid):
    """Processes that this one has started, and that still are."""
    with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as text:
        return [int(child) for child in text.read().split()]


def target_of(where):
    """local:PATH or inet:PORT@HOST as the load program wants it."""
    return where.partition(':')[2]


def is_listening(port):
    """Does anybody, on this port of IPv4?"""
    with open('/proc/net/tcp', encoding='ascii') as table:
        return f':{port:04X} 00000000:0000' in table.read()


class Nothing:
    """The filter that does nothing, in one of its two modes."""

    def __init__(self, workdir, folder, mode, inet=False):
        self.name = 'nothing-' + mode
        self.mode, self.folder = mode, folder
        port = ports.free()
        path = os.path.join(workdir.path, f'{self.name}-{inet}.sock')
        self.where = f'inet:{port}@127.0.0.1' if inet else f'local:{path}'
        self.milter = f'inet:127.0.0.1:{port}' if inet else f'unix:{path}'
        self.target = target_of(self.where)
        self.process = None
        self.environment = {}   # more of it

    def __enter__(self):
        self.process = subprocess.Popen(
            [f'{self.folder}/nothing', self.mode, self.where],
            env={**os.environ, **self.environment})
        until(self.answers, 'socket of ' + self.name)
        if self.where.startswith('local:'):
            # Postfix runs as somebody else; libmilter minds no umask.
            os.chmod(self.target, 0o666)
        return self

    def answers(self):
        """Does it listen yet?"""
        if self.process.poll() is not None:
            raise RuntimeError(f'{self.name} ended at once')
        family, _, rest = self.where.partition(':')
        if family == 'local':
            return os.path.exists(rest)
        return is_listening(int(rest.split('@')[0]))

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        # libmilter does not replace a socket that is there.
        if self.where.startswith('local:'):
            os.unlink(self.target)

    def cpu(self):
        """Seconds used so far."""
        return cpu_seconds(self.process.pid)


class Hopseald(Daemon):
    """The daemon, with one kind of key, or none and one kind of ledger."""

    def __init__(self, workdir, kind, inet=False):
        self.kind = kind
        label = f'hopseald-{kind}'
        super().__init__(
            workdir, POLICY, {'log-level': '"info"'}, inet=inet,
            name=f'{label}-{"inet" if inet else "unix"}',
            stamp='' if kind in ('ed25519', 'rsa') else None,
            ledger='durability = "queued"' if kind == 'queued' else '')
        self.label = label
        self.target = target_of(self.socket)

    def sections(self):
        found = super().sections()
        if self.kind == 'unrecorded':
            found = found.replace(f'{self.state}/ledger.db', 'none')
        return found

    def _make_key(self):
        if self.kind != 'rsa':
            super()._make_key()
            return
        self.key = os.path.join(self.dir, 'stamp.pem')
        subprocess.run(
            ['openssl', 'genpkey', '-algorithm', 'RSA', '-pkeyopt',
             'rsa_keygen_bits:2048', '-out', self.key], check=True,
            stderr=subprocess.DEVNULL)
        os.chmod(self.key, 0o600)
        if os.geteuid() == 0:
            shutil.chown(self.key, places.DAEMON_USER, places.DAEMON_GROUP)

    def cpu(self):
        """Seconds used so far, by the process that signs too."""
        return sum(cpu_seconds(pid) for pid in
                   [self.process.pid, *children(self.process.pid)])


class Signer(OpenDkim):
    """OpenDKIM, which signs with one kind of key."""

    def __init__(self, workdir, kind, inet=False):
        super().__init__(
            workdir, name=f'opendkim-{kind}-{"inet" if inet else "unix"}',
            domain='sender.example')
        self.label = 'opendkim-' + kind
        self.target = self.socket
        if kind == 'ed25519':
            self._sign_with_ed25519()
        if inet:
            self._listen_on_a_port()

    def _sign_with_ed25519(self):
        """Its own name for the algorithm; the key in PKCS #8."""
        subprocess.run(['openssl', 'genpkey', '-algorithm', 'ed25519',
                        '-out', self.key], check=True,
                       stderr=subprocess.DEVNULL)
        os.chmod(self.key, 0o600)
        shutil.chown(self.key, places.DAEMON_USER, places.DAEMON_GROUP)
        with open(self.file, 'a', encoding='ascii') as text:
            text.write('SignatureAlgorithm ed25519-sha256\n')

    def _listen_on_a_port(self):
        port = ports.free()
        self.milter = f'inet:127.0.0.1:{port}'
        self.target = f'{port}@127.0.0.1'
        with open(self.file, encoding='ascii') as text:
            said = text.read().replace('Socket local:' + self.socket,
                                       'Socket inet:' + self.target)
        with open(self.file, 'w', encoding='ascii') as text:
            text.write(said)
        self.listens = lambda: is_listening(port)

    def cpu(self):
        """Seconds used so far."""
        return cpu_seconds(self.process.pid)


def label(item):
    """The name in the table."""
    return getattr(item, 'label', None) or item.name


def without_peers(workdir, folder, inet=False):
    """The filter that does nothing, and hopseald if it was built."""
    found = [Nothing(workdir, folder, mode, inet) for mode in ('all', 'lean')]
    if os.access(command.program('hopseald'), os.X_OK):
        found += [Hopseald(workdir, kind, inet)
                  for kind in ('unrecorded', 'queued', 'enforce', 'ed25519',
                               'rsa')]
    return found


def everything(workdir, folder, inet=False):
    """All filters that can be had here."""
    found = without_peers(workdir, folder, inet)
    if os.access(places.unpacked('opendkim') + '/usr/sbin/opendkim', os.X_OK):
        found += [Signer(workdir, kind, inet) for kind in ('ed25519', 'rsa')]
    return found
