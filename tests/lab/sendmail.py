"""A Sendmail of the test's own, run from where its packages were unpacked.

    sendmail = PrivateSendmail(workdir, sink.port, milter=daemon.milter,
                               extra="FEATURE(`access_db')dnl")
    with sendmail:
        ... sendmail.port, sendmail.log() ...

milter may be a list.  extra is m4, put before the mailers.  The certificates mxs.example.org and ca
of workdir/certs must be there.

Sendmail sleeps a minute at start when the host's name has no dot, and it can
log to /dev/log only.  The host is not changed for that: Sendmail gets UTS and
mount namespaces of its own, with a good name and a small /dev in them.  Where
the kernel does not allow that, start() takes the minute and the log is what
Sendmail says on stderr.
"""

import functools
import itertools
import os
import re
import signal
import socket
import subprocess

from lab import ports, workdir as places
from lab.syslog import Syslog
from lab.waiting import until

TEMPLATE = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "sendmail.mc")
NAME = "mxs.example.org"


NAMESPACE = ("unshare", "--uts", "--mount", "sh", "-c", """
    set -e
    hostname "$0"
    dev=$1/dev
    shift
    mkdir -p "$dev"
    mount -t tmpfs -o mode=755 none "$dev"
    for node in null zero random urandom; do
        touch "$dev/$node"
        mount --bind "/dev/$node" "$dev/$node"
    done
    ln -s /proc/self/fd "$dev/fd"
    ln -s "${dev%/dev}/syslog" "$dev/log"
    mount --rbind "$dev" /dev
    exec "$@"
    """, NAME)


# Where mounts are not allowed, or / is no mount (chroot): a name at least.
NAME_ONLY = ("unshare", "--uts", "sh", "-c",
             'hostname "$0" && shift && exec "$@"', NAME)


@functools.lru_cache(None)
def _prefix_that_works(folder):
    for prefix in (NAMESPACE, NAME_ONLY):
        tried = subprocess.run([*prefix, folder, "true"],
                               stdin=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
        if tried.returncode == 0:
            return [*prefix, folder]
    return []


def makemap_program():
    software = places.unpacked("sendmail")
    program, = [path for path in (software + "/usr/libexec/sendmail/makemap",
                                  software + "/usr/sbin/makemap")
                if os.path.isfile(path)][:1]
    return program


def makemap(folder, name, text):
    """The map folder/name.db, by Sendmail's own makemap; for FEATURE()s."""
    done = subprocess.run([makemap_program(), "-C", "/dev/null", "hash",
                           os.path.join(folder, name)],
                          input=text.encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode())


class PrivateSendmail:
    def __init__(self, workdir, sink_port, milter=None, extra="",
                 name="sendmail"):
        self.workdir, self.name = workdir, name
        self.dir = workdir.sub(name)
        self.port = ports.free()
        self.software = places.unpacked("sendmail")
        self.values = {
            "SENDMAIL": self.software, "DIR": self.dir, "PORT": self.port,
            "CERTS": workdir.sub("certs"), "SINK": sink_port,
            "EXTRA": extra, "MILTERS": self._milter_lines(milter)}
        self.cf = os.path.join(self.dir, "sm.cf")
        self.process = self.syslog = None

    @classmethod
    def _milter_lines(cls, milters):
        if milters is None:
            return "dnl"
        if isinstance(milters, str):
            milters = [milters]
        return "\n".join(map(cls._milter_line, milters, itertools.count()))

    @staticmethod
    def _milter_line(milter, number):
        """milter as Postfix writes it: unix:PATH or inet:HOST:PORT.

        contrib/sendmail/hopseal.mc as it stands, with our socket."""
        kind, _, rest = milter.partition(":")
        if kind == "inet":
            host, _, port = rest.rpartition(":")
            where = "inet:%s@%s" % (port, host)
        else:
            where = "local:" + rest
        path = os.path.join(places.REPOSITORY, "contrib/sendmail/hopseal.mc")
        with open(path, encoding="ascii") as lines:
            line = [line for line in lines
                    if line.startswith("INPUT_MAIL_FILTER")][0]
        name = "hopseal" if number == 0 else "filter%d" % number
        return (line.rstrip("\n").replace("`hopseal'", "`%s'" % name)
                .replace("local:/run/hopseal/milter.sock", where))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def configure(self):
        with open(TEMPLATE, encoding="ascii") as source:
            text = re.sub(r"@([A-Z]+)@",
                          lambda at: str(self.values[at.group(1)]),
                          source.read())
        mc = self.workdir.write(self.name + "/sendmail.mc", text)
        made = subprocess.run(
            ["m4", "-D_CF_DIR_=%s/usr/share/sendmail/cf/" % self.software,
             mc], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if made.returncode != 0:
            raise RuntimeError("m4: " + made.stderr.decode())
        # Our programs and help file, not those of the host.
        cf = made.stdout.replace(b"O HelpFile=", b"#O HelpFile=")
        self.workdir.write(self.name + "/sm.cf", cf)
        self.workdir.write(self.name + "/local-host-names", "")
        self.workdir.sub(self.name, "q", mode=0o700)

    def start(self):
        self.configure()
        self.syslog = Syslog(self.dir, NAME)
        with open(os.path.join(self.dir, "stderr"), "ab") as errors:
            self.process = subprocess.Popen(
                [*self._prefix(), self.program(), "-C", self.cf, "-bD",
                 "-L", "sm-mta"], stdin=subprocess.DEVNULL,
                stdout=errors, stderr=errors, env=self.environment(),
                start_new_session=True)
        try:
            until(self._answers, "greeting of Sendmail", 90)
        except AssertionError:
            self.stop()
            raise RuntimeError("Sendmail does not start: " + self.log())

    def _prefix(self):
        """The command before Sendmail's that puts it into its namespaces."""
        return _prefix_that_works(self.dir)

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError("sendmail has ended")
        try:
            with socket.create_connection(("127.0.0.1", self.port), 60) as s:
                return s.recv(200).startswith(b"220")
        except OSError:
            return False

    def stop(self):
        """End the daemon and, should any be left, its own children."""
        if self.process is None:
            return
        try:
            self.process.terminate()
            self.process.wait(20)
        finally:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()
            self.process = None
            self.syslog.close()

    def program(self):
        return self.software + "/usr/libexec/sendmail/sendmail"

    def environment(self):
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C",
                "TZ": "UTC"}

    def submit(self, sender, recipients, message):
        """Mail by sendmail(1), the way of local users."""
        done = subprocess.run(
            [*self._prefix(), self.program(), "-C", self.cf, "-i",
             "-Am", "-f", sender, "--", *recipients], input=message,
            env=self.environment(), timeout=120, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise RuntimeError("sendmail: %s" % done.stderr.decode())

    def log(self):
        text = ""
        for name in ("stderr", "mail.log"):
            path = os.path.join(self.dir, name)
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as lines:
                    text += lines.read()
        return text

    def wait_log(self, pattern, seconds=20.0):
        """The first match of a regular expression in the log."""
        return until(lambda: re.search(pattern, self.log()),
                     "%r in Sendmail's log" % pattern, seconds)
