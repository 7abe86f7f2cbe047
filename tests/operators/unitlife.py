"""What an administrator does with the package where systemd runs: installed,
started, reloaded, killed, hung, stopped, purged; mail flows in between.

Runs in an island (lab.island) with systemd, beside the package that is its
argument, and prints a line for what was seen.  It is no test by itself:
test_packages runs it.
"""

import os
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lab import certs, command, smtpclient      # noqa: E402
from lab.postfix import PrivatePostfix          # noqa: E402
from lab.sink import Sink                       # noqa: E402
from lab.waiting import until                   # noqa: E402
from lab.workdir import MAIL_OWNER, WorkDir     # noqa: E402

CONFIGURATION = '''
hostname = "mx.example.org"
socket-group = "%s"
operation = "enforce"
trusted-hosts = {}
stamp { domain = "example.org" selector = "2026a"
        key = "/etc/hopseal/2026a.pem" }
policy "bank.example" { mode = "require" }
''' % MAIL_OWNER
# Too soon for a real host, soon enough for a test.
DROP_IN = "[Service]\nWatchdogSec=3\nTimeoutAbortSec=2\nRestartSec=0\n"


def run(*args):
    done = subprocess.run(args, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=100, check=False)
    if done.returncode != 0:
        raise SystemExit("%s ended with %d:\n%s" % (
            " ".join(args), done.returncode, done.stdout))
    return done.stdout.strip()


def shown(name):
    return run("systemctl", "show", "-P", name, "hopseald")


def must(value, wanted, what):
    if value != wanted:
        raise SystemExit("%s: %r, and not %r\n%s" % (
            what, value, wanted, run("journalctl", "-u", "hopseald")))
    print("== %s: %s" % (what, value), flush=True)


def privileges():
    """Of the daemon and of the process that holds the key: once each."""
    names = ("CapEff", "NoNewPrivs", "Seccomp")
    found = []
    with open("/sys/fs/cgroup/system.slice/hopseald.service/cgroup.procs",
              encoding="ascii") as pids:
        for pid in pids.read().split():
            with open("/proc/%s/status" % pid, encoding="utf-8") as status:
                pairs = dict(line.split(":", 1) for line in status)
            found.append(" ".join(pairs[name].strip() for name in names))
    return found


def may_write(pid, folder):
    """May root, whom no mode of a file stops, write where the daemon is?"""
    name = folder + "/written"
    done = subprocess.run(["nsenter", "-t", pid, "--mount", "touch", name],
                          stderr=subprocess.DEVNULL, check=False)
    subprocess.run(["nsenter", "-t", pid, "--mount", "rm", "-f", name],
                   stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def sight(pid):
    """What of the host's files is there for it."""
    writable = [name for name in ("/etc", "/usr", "/var/spool", "/root",
                                  "/var/lib/hopseal", "/run/hopseal")
                if may_write(pid, name)]
    return writable, run("nsenter", "-t", pid, "--mount", "ls", "/home")


CALL = """
import os, socket, sys
if sys.argv[3] == "within":
    with open("/sys/fs/cgroup/system.slice/hopseald.service/cgroup.procs",
              "w") as pids:
        pids.write(str(os.getpid()))
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 2)
    print("connected")
except OSError as error:
    print(error)
"""


def call(address, where):
    """What becomes of a connection from "within" the unit, or "outside"."""
    with socket.create_server((address, 0)) as listener:
        return run(sys.executable, "-c", CALL, address,
                   str(listener.getsockname()[1]), where)


def reach():
    """IPAddressDeny=any: an address that is this host's, but no loopback."""
    run("ip", "address", "add", "192.0.2.1/32", "dev", "lo")
    must((call("127.0.0.1", "within"), call("192.0.2.1", "outside")),
         ("connected", "connected"), "to this host, elsewhere from outside")
    if "not support BPF/cgroup" in run("journalctl", "-b"):
        print("== elsewhere: this kernel has no firewall for units")
        return
    must(call("192.0.2.1", "within"), "timed out", "elsewhere")


class Mail:
    """A Postfix that asks the packaged hopseald."""

    def __init__(self, workdir, sink):
        certs.Authority(workdir).server("mx.example.org")
        self.sink = sink
        self.postfix = PrivatePostfix(workdir, sink.port, main={
            "smtpd_milters": "unix:/run/hopseal/milter.sock",
            "milter_default_action": "tempfail"})

    def send(self, tls):
        before = len(self.sink.messages)
        client = smtpclient.Session(self.postfix.port)
        client.ehlo()
        if tls:
            client.starttls(smtpclient.context())
            client.ehlo()
        sent = smtpclient.send(
            client, "a@bank.example", ["b@example.org"],
            smtpclient.message("unit", author="a@bank.example",
                               to="b@example.org"))
        client.close()
        answer = sent.final or (sent.rcpts or [sent.mail])[0]
        if answer.code != 250:
            return str(answer.code)
        until(lambda: len(self.sink.messages) > before, "the message")
        return "%d stamp" % len(command.stamps(self.sink.messages[-1].data))

    def check(self, when):
        must(self.send(True), "1 stamp", "over TLS, " + when)
        must(self.send(False), "550", "in clear, " + when)


def configure():
    os.makedirs("/home/somebody")
    run("adduser", "hopseal", MAIL_OWNER)
    command.keygen_pem("/etc/hopseal/2026a.pem")
    os.chmod("/etc/hopseal/2026a.pem", 0o600)
    run("chown", "hopseal:", "/etc/hopseal/2026a.pem")
    with open("/etc/hopseal/hopseal.conf", "w", encoding="ascii") as out:
        out.write(CONFIGURATION)
    os.makedirs("/etc/systemd/system/hopseald.service.d")
    with open("/etc/systemd/system/hopseald.service.d/soon.conf", "w",
              encoding="ascii") as out:
        out.write(DROP_IN)
    run("systemctl", "daemon-reload")


def end_by(signal, result):
    """End it so; systemd starts another, and mail flows as before."""
    pid, count = shown("MainPID"), int(shown("NRestarts"))
    run("kill", "-" + signal, pid)
    until(lambda: int(shown("NRestarts")) > count, "restart", 30)
    until(lambda: shown("ActiveState") == "active", "start", 30)
    must(str(shown("MainPID") != pid), "True", "another after " + signal)
    until(lambda: result in run("journalctl", "-u", "hopseald"),
          "%s in the journal" % result)


def install(package):
    """Debian's starts what it installs; the other waits to be told."""
    if package.endswith(".deb"):
        run("dpkg", "-i", package)
    else:
        # The tools are Debian's, whose database knows no package of rpm's.
        run("rpm", "-i", "--nodeps", "--force-debian", package)
        must(shown("ActiveState"), "inactive", "installed")
        run("systemctl", "enable", "--now", "hopseald")
    must(shown("ActiveState"), "active", "started")


def purge(package):
    if package.endswith(".deb"):
        run("dpkg", "-P", "hopseal")
    else:
        run("rpm", "-e", "--nodeps", "hopseal")
    must(shown("LoadState"), "not-found", "purged")


def live(mail, package):
    install(package)
    must(shown("UnitFileState"), "enabled", "at the next start of the host")
    configure()
    run("systemctl", "restart", "hopseald")
    must(shown("StatusText"), "operation=enforce domains=1 stamp=example.org",
         "status")
    with mail.postfix:
        mail.check("after the start")
        pid = shown("MainPID")
        must(privileges(), ["0000000000000000 1 2"] * 2, "privileges")
        must(sight(pid), (["/var/lib/hopseal", "/run/hopseal"], ""),
             "may write, sees of /home")
        must(run("ps", "-o", "user=", "-p", pid), "hopseal", "user")
        reach()
        run("systemctl", "reload", "hopseald")
        must(shown("MainPID"), pid, "the same after reload")
        mail.check("after reload")
        end_by("KILL", "status=9/KILL")
        mail.check("after KILL")
        end_by("STOP", "Watchdog timeout")
        mail.check("after STOP")
        run("systemctl", "stop", "hopseald")
        must(shown("Result"), "success", "stopped")
        must(mail.send(True), "451", "without it")
    purge(package)


def main():
    with WorkDir("island-") as workdir, Sink() as sink:
        live(Mail(workdir, sink), sys.argv[1])


if __name__ == "__main__":
    main()
