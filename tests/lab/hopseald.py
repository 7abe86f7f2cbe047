"""The filter under test: hopseald with a configuration of the test's own.

    with Daemon(workdir, 'policy "bank.example" { mode = "require" }',
                settings={"operation": '"enforce"'}) as daemon:
        ... daemon.milter ...            # smtpd_milters of Postfix
        daemon.reload(new_rules)
        ... daemon.log() ...

settings are top-level options, written as they stand; those that the
laboratory needs have values already (BASICS) and can be replaced, None leaves
one out.  It runs as nobody and stamps with a key made for it, d= example.org,
selector 2026a; daemon.keys is the key file for `hopseal verify --keys`.
"""

import os
import shutil
import signal
import socket
import subprocess

from lab import command, ports, workdir as places
from lab.waiting import until

DOMAIN, SELECTOR = "example.org", "2026a"


class Daemon:
    def __init__(self, workdir, rules="", settings=None, name="hopseald",
                 inet=False, stamp="", ledger=""):
        self.workdir, self.name, self.rules = workdir, name, rules
        self.extra, self.stamp = dict(settings or {}), stamp
        self.ledger = ledger    # more of its section
        self.dir = workdir.sub(name)
        user, group = places.DAEMON_USER, places.DAEMON_GROUP
        self.state = workdir.sub(name, "state", mode=0o700, owner=user,
                                 group=group)
        self.run = workdir.sub(name, "run")
        self._make_key()
        if inet:
            self.port = ports.free()
            self.socket = "inet:%d@127.0.0.1" % self.port
            self.milter = "inet:127.0.0.1:%d" % self.port
        else:
            self.port = None
            self.socket = "local:%s/milter.sock" % self.run
            self.milter = "unix:%s/milter.sock" % self.run
        self.process = self.notify = None
        self.said = []
        self.arguments = []     # more of the command line
        self.prefix = []        # a command that runs it, with its own pid
        self.environment = {}   # more of it

    def _make_key(self):
        self.key = os.path.join(self.dir, "stamp.pem")
        public = command.keygen_pem(self.key)
        os.chmod(self.key, 0o600)
        shutil.chown(self.key, places.DAEMON_USER, places.DAEMON_GROUP)
        self.keys = self.workdir.write(
            self.name + "/keys.txt",
            "%s._delivered-securely.%s v=DS1; k=ed25519; p=%s\n"
            % (SELECTOR, DOMAIN, public))

    def basics(self):
        """What stands in the file where the test says nothing else."""
        return {
            "hostname": '"mx.example.org"',
            "socket": '"%s"' % self.socket,
            "socket-mode": '"0666"',
            "socket-group": '"%s"' % places.DAEMON_GROUP,
            "user": '"%s"' % places.DAEMON_USER,
            "operation": '"enforce"',
            "trusted-hosts": "{}",
            "log": '"stderr"',
            "log-level": '"debug"',
        }

    def sections(self):
        stamp = ('stamp { domain = "%s" selector = "%s" key = "%s" %s }\n'
                 % (DOMAIN, SELECTOR, self.key, self.stamp))
        return (("" if self.stamp is None else stamp)
                + 'ledger { path = "%s/ledger.db" %s }\n'
                % (self.state, self.ledger)
                + 'nexthop { socket = "local:%s/nexthop.sock" }\n' % self.run)

    def configuration(self):
        settings = {**self.basics(), **self.extra}
        return ("".join("%s = %s\n" % pair for pair in settings.items()
                        if pair[1] is not None)
                + self.sections() + self.rules)

    def configure(self):
        self.file = self.workdir.write(self.name + "/hopseal.conf",
                                       self.configuration())

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        """Also a crash at the end, or a sanitizer's word, is a failure."""
        code = self.stop()
        if code:
            raise AssertionError("hopseald ended with exit code %d: %s"
                                 % (code, self.log()[-4000:]))

    def start(self):
        """Start, and wait for READY=1 (sd_notify)."""
        self.configure()
        self._listen_for_notices()
        with open(os.path.join(self.dir, "log"), "ab") as log:
            self.process = subprocess.Popen(
                [*self.prefix, command.program("hopseald"), "-f", "-c",
                 self.file, *self.arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TZ": "UTC",
                     "NOTIFY_SOCKET": self.notify_path,
                     **{name: value for name, value in os.environ.items()
                        if name.endswith("SAN_OPTIONS")},
                     **self.environment})
        try:
            self.wait_notice("READY=1")
        except AssertionError as fault:
            self.stop()
            raise RuntimeError("hopseald does not start (%s): %s"
                               % (fault, self.log()))

    def _listen_for_notices(self):
        self.notify_path = os.path.join(self.run, "notify")
        if os.path.exists(self.notify_path):
            os.unlink(self.notify_path)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(self.notify_path)
        os.chmod(self.notify_path, 0o666)
        self.notify.setblocking(False)
        self.said = []

    def hear(self):
        """Read the notices so far: it waits when they pile up."""
        while True:
            try:
                self.said += self.notify.recv(4096).decode().split("\n")
            except BlockingIOError:
                return

    def wait_notice(self, word, since=0, seconds=20.0):
        def heard():
            self.hear()
            if self.process.poll() is not None:
                raise AssertionError("it ended with exit code %d"
                                     % self.process.returncode)
            return word in self.said[since:]
        until(heard, "%s from hopseald" % word, seconds)

    def reload(self, rules=None, settings=None):
        """Write a new file, send SIGUSR1 and wait until it was looked at.

        A file that is refused ends in READY=1 too: see the log."""
        if rules is not None:
            self.rules = rules
        if settings is not None:
            self.extra = dict(settings)
        self.configure()
        self.hear()
        before = len(self.said)
        self.process.send_signal(signal.SIGUSR1)
        self.wait_notice("RELOADING=1", before)
        at = self.said.index("RELOADING=1", before)
        self.wait_notice("READY=1", at + 1)

    def stop(self):
        """SIGTERM; its exit code.  A connection wakes libmilter at once."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.terminate()
            self._wake()
        try:
            return self.process.wait(20)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.process = None
            self.notify.close()

    def kill(self):
        """SIGKILL: no farewell, nothing put away."""
        self.process.kill()
        self.process.wait()
        self.process = None
        self.notify.close()

    def _wake(self):
        try:
            if self.port:
                socket.create_connection(("127.0.0.1", self.port), 5).close()
            else:
                with socket.socket(socket.AF_UNIX) as poke:
                    poke.connect(self.run + "/milter.sock")
        except OSError:
            pass

    def log(self):
        path = os.path.join(self.dir, "log")
        with open(path, encoding="utf-8", errors="replace") as lines:
            return lines.read()

    def wait_log(self, words, seconds=20.0):
        until(lambda: words in self.log(),
              "%r in the log of hopseald" % words, seconds)
