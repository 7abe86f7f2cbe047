"""A Postfix of the test's own, run from where its package was unpacked.

    postfix = PrivatePostfix(workdir, sink.port,
                             main={"smtpd_milters": "unix:..."},
                             master=["smtp-tls unix - - n - - smtp"])
    with postfix:
        ... postfix.port, postfix.log() ...

prefix is a command that master is run by, such as unshare(1).  main adds or
replaces lines of main.cf; a line of master replaces the one with
the same name and type, else it is added.  Each instance has its own name below
the work folder, so several live at once.  The certificates of workdir/certs
must be there.
"""

import os
import re
import signal
import socket
import subprocess

from lab import ports, workdir as places
from lab.waiting import until

TEMPLATES = os.path.dirname(os.path.abspath(__file__))

# Folder of the spool, its mode and whether mail_owner has it: postfix-files.
SPOOL = (
    ("active", 0o700, True), ("bounce", 0o700, True),
    ("corrupt", 0o700, True), ("defer", 0o700, True),
    ("deferred", 0o700, True), ("flush", 0o700, True),
    ("hold", 0o700, True), ("incoming", 0o700, True),
    ("private", 0o700, True), ("saved", 0o700, True),
    ("trace", 0o700, True), ("pid", 0o755, False),
    ("maildrop", 0o730, True), ("public", 0o710, True),
)


def _template(name, values):
    with open(os.path.join(TEMPLATES, name), encoding="ascii") as source:
        text = source.read()
    return re.sub(r"@([A-Z]+)@", lambda at: str(values[at.group(1)]), text)


def _replace_services(text, lines):
    """master.cf with these lines in place of those of the same service."""
    mine = {tuple(line.split()[:2]) for line in lines}
    kept = [line for line in text.splitlines()
            if tuple(line.split()[:2]) not in mine]
    return "\n".join(kept + list(lines)) + "\n"


class PrivatePostfix:
    def __init__(self, workdir, sink_port, main=None, master=(),
                 name="postfix", prefix=()):
        self.workdir = workdir
        self.dir = workdir.sub(name)
        self.name = name
        self.port = ports.free()
        self.software = places.unpacked("postfix")
        self.values = {
            "DIR": self.dir, "POSTFIX": self.software, "PORT": self.port,
            "CERTS": workdir.sub("certs"), "SINK": sink_port,
            "OWNER": places.MAIL_OWNER, "GROUP": places.SETGID_GROUP}
        self.main = dict(main or {})
        self.master_lines = list(master)
        self.etc = os.path.join(self.dir, "etc")
        self.prefix = list(prefix)
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def configure(self):
        """Write main.cf and master.cf anew; a later line of main.cf wins."""
        main = _template("main.cf", self.values)
        for key, value in self.main.items():
            main = re.sub(r"(?m)^%s =.*\n(?:[ \t].*\n)*" % re.escape(key),
                          "", main)
            main += "%s = %s\n" % (key, value)
        self.workdir.write(self.name + "/etc/main.cf", main)
        self.workdir.write(self.name + "/etc/master.cf", _replace_services(
            _template("master.cf", self.values), self.master_lines))
        self.workdir.write(self.name + "/etc/dynamicmaps.cf", "")

    def start(self):
        self.configure()
        owner = places.MAIL_OWNER
        self.workdir.sub(self.name, "data", mode=0o700, owner=owner)
        self.workdir.sub(self.name, "spool")
        for folder, mode, owned in SPOOL:
            self.workdir.sub(self.name, "spool", folder, mode=mode,
                             owner=owner if owned else "root",
                             group=places.SETGID_GROUP
                             if mode in (0o730, 0o710) else None)
        with open(os.path.join(self.dir, "stderr"), "ab") as errors:
            self.process = subprocess.Popen(
                [*self.prefix, self.program("lib/postfix/sbin/master"),
                 "-c", self.etc],
                env=self.environment(), stdin=subprocess.DEVNULL,
                stdout=errors, stderr=errors, start_new_session=True)
        try:
            until(self._answers, "greeting of Postfix", 30)
        except AssertionError:
            self.stop()
            raise RuntimeError("Postfix does not start: " + self.log())

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError("master has ended")
        try:
            with socket.create_connection(("127.0.0.1", self.port), 10) as s:
                return s.recv(200).startswith(b"220")
        except OSError:
            return False

    def stop(self):
        """End master and, should any be left, its own children."""
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

    def reload(self):
        """Take new main and master settings into use."""
        self.configure()
        self.process.send_signal(signal.SIGHUP)

    def environment(self):
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C",
                "TZ": "UTC", "MAIL_CONFIG": self.etc,
                "LD_LIBRARY_PATH": self.software + "/usr/lib/postfix"}

    def program(self, path):
        return os.path.join(self.software, "usr", path)

    def command(self, name, *args, stdin=b""):
        """Run postmap, postqueue, postsuper, sendmail ... of this instance."""
        return subprocess.run(
            [self.program("sbin/" + name), *args], input=stdin, timeout=60,
            env=self.environment(), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)

    def submit(self, sender, recipients, message):
        """Mail by sendmail(1), the way of local users."""
        done = self.command("sendmail", "-i", "-f", sender, "--",
                            *recipients, stdin=message)
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
                     "%r in Postfix's log" % pattern, seconds)
