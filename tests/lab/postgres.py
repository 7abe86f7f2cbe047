"""A private PostgreSQL: a cluster of its own below the work folder.

    with Postgres(workdir, authority) as centre:
        centre.url()                        # over TCP on loopback
        centre.url(host="127.0.0.2")        # not this machine: wants TLS
        centre.query("SELECT 1")            # rows, as lists of text
        centre.run(sql)

From the packages that tests/install unpacks; a server that the host may have
is never asked.  HOPSEAL_POSTGRES_BIN names the folder of another server's
initdb and postgres, to try its version; psql stays that of the packages.  Its
files must be readable by everybody.  It runs as a user that owns nothing else.  Everybody on
loopback is who he says, but `secret`, who needs the password `geheim`.
authority issues the certificate, for the name or address `tls_name`.
"""

import os
import shutil
import signal
import subprocess

from lab import ports, workdir as places
from lab.waiting import until

USER = "backup"     # base-passwd's; runs nothing else here

SETTINGS = """
listen_addresses = '127.0.0.1,127.0.0.2'
port = %(port)d
unix_socket_directories = '%(sockets)s'
max_connections = 30
shared_buffers = 32MB
jit = off
fsync = %(fsync)s
log_line_prefix = '%%m [%%p] '
timezone = 'UTC'
ssl = %(ssl)s
"""

ACCESS = """
local all all trust
hostssl all secret 127.0.0.0/8 scram-sha-256
host all all 127.0.0.0/8 trust
"""


class Postgres:
    def __init__(self, workdir, authority=None, name="postgres",
                 tls_name="127.0.0.2", data=None, fsync="off", settings="",
                 patience=600):
        self.workdir, self.name = workdir, name
        self.port = ports.free()
        self.dir = workdir.sub(name, owner=USER)
        self.sockets = workdir.sub(name, "sockets", owner=USER)
        self.data = data or os.path.join(self.dir, "data")
        self.authority, self.tls_name = authority, tls_name
        self.fsync, self.settings = fsync, settings
        self.patience = patience    # seconds for one run() or query()
        self.process = None

    def program(self, name):
        packaged = os.path.join(places.unpacked("postgresql"),
                                "usr/lib/postgresql/15/bin")
        if name == "psql":
            return os.path.join(packaged, name)
        return os.path.join(os.environ.get("HOPSEAL_POSTGRES_BIN", packaged),
                            name)

    def _do(self, *command):
        done = subprocess.run(command, user=USER, group=USER, cwd=self.dir,
                              stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={"PATH": "/usr/bin:/bin", "LANG": "C"})
        if done.returncode != 0:
            raise RuntimeError("%s: %s" % (command[0], done.stdout))

    def _make(self):
        self._do(self.program("initdb"), "-D", self.data, "-U", "postgres",
                 "--locale=C", "--encoding=UTF8", "-A", "trust",
                 "--no-sync", "--no-instructions")
        if self.authority:
            self._certify()
        values = {"port": self.port, "sockets": self.sockets,
                  "fsync": self.fsync,
                  "ssl": "on" if self.authority else "off"}
        self._write("postgresql.conf", SETTINGS % values + self.settings)
        self._write("pg_hba.conf", ACCESS)

    def _write(self, name, text):
        path = os.path.join(self.data, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        shutil.chown(path, USER, USER)

    def _certify(self):
        pair = self.authority.server(self.tls_name, self.name)
        for source, name in ((pair.cert, "server.crt"),
                             (pair.key, "server.key")):
            target = os.path.join(self.data, name)
            shutil.copy(source, target)
            shutil.chown(target, USER, USER)
            os.chmod(target, 0o600)

    def __enter__(self):
        self._make()
        self.start()
        self.run("CREATE ROLE hopseal LOGIN; "
                 "CREATE ROLE secret LOGIN PASSWORD 'geheim'; "
                 "CREATE DATABASE hopseal OWNER hopseal; "
                 "GRANT ALL ON DATABASE hopseal TO secret", "postgres")
        return self

    def __exit__(self, *_):
        self.stop(signal.SIGQUIT)

    def start(self):
        with open(os.path.join(self.dir, "log"), "ab") as log:
            self.process = subprocess.Popen(
                [self.program("postgres"), "-D", self.data], user=USER,
                group=USER, cwd=self.dir, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
                env={"PATH": "/usr/bin:/bin", "LANG": "C"})
        until(self._answers, "answer of PostgreSQL: " + self.log(), 30)

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError("PostgreSQL ended: " + self.log())
        return self._psql("postgres", "SELECT 1").returncode == 0

    def stop(self, how=signal.SIGINT):
        """SIGINT: at once and in order; SIGQUIT: as if the power failed."""
        if self.process is None:
            return
        self.resume()
        self.process.send_signal(how)
        try:
            self.process.wait(20)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            self.process = None

    def _all(self):
        """The server and the processes of its sessions."""
        pid = self.process.pid
        with open("/proc/%d/task/%d/children" % (pid, pid),
                  encoding="ascii") as children:
            return [pid, *map(int, children.read().split())]

    def freeze(self):
        """It takes connections and answers nothing."""
        for pid in self._all():
            os.kill(pid, signal.SIGSTOP)

    def resume(self):
        for pid in self._all():
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass

    def url(self, host="127.0.0.1", user="hopseal", port=None,
            database="hopseal", **parameters):
        more = "&".join("%s=%s" % pair for pair in parameters.items())
        return "postgresql://%s@%s:%d/%s%s" % (
            user, host, port or self.port, database, more and "?" + more)

    def _psql(self, database, sql, *options):
        return subprocess.run(
            [self.program("psql"), "-XqAt", "-F", "\t", "-v",
             "ON_ERROR_STOP=1", "-h", self.sockets, "-p", str(self.port),
             "-U", "postgres", "-d", database, *options],
            input=sql, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=self.patience,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})

    def run(self, sql, database="hopseal"):
        done = self._psql(database, sql)
        if done.returncode != 0:
            raise RuntimeError("psql: %s" % done.stderr)
        return done.stdout

    def query(self, sql):
        return [line.split("\t") for line in self.run(sql).splitlines()]

    def value(self, sql):
        return self.query(sql)[0][0]

    def log(self):
        path = os.path.join(self.dir, "log")
        with open(path, encoding="utf-8", errors="replace") as lines:
            return lines.read()[-4000:]
