"""Malformed sessions against a running hopseald, and what they left behind.

    with Strangers(workdir, inet=False) as strangers:
        strangers.send(10000)           # Finding when the daemon did wrong
        strangers.left_behind()         # memory, files, threads: Finding

tests/fuzz/protocol is the program that sends them.  The same seed sends the
same; a finding names the session, to be sent again alone.
"""

import os
import subprocess

from lab.command import program
from lab.hopseald import Daemon
from lab.resident import is_sanitized, megabytes
from lab.waiting import TooLate, until

RULES = '''policy "bank.example" { mode = "require" }
outbound {
    mark-subject = "[tls]"
    mark-header = "X-TLS: yes"
    mark-recipient-prefix = "tls."
    route-header = "X-Route-TLS: yes"
}
'''
# What a run may add to the daemon: allocators keep some of what was freed.
GROWTH_MAX_MB = 32


class Finding(AssertionError):
    """The daemon did what it must not."""


def held(pid):
    """(open files, threads) of a process."""
    return (len(os.listdir(f"/proc/{pid}/fd")),
            len(os.listdir(f"/proc/{pid}/task")))


class Strangers:
    """A daemon, and those who talk nonsense to it."""

    def __init__(self, workdir, inet=False, seed=1, first=0, level="info"):
        self.daemon = Daemon(workdir, RULES, {
            "log-level": f'"{level}"',
            "trusted-hosts": '{ "127.0.0.0/8" }'}, inet=inet)
        self.seed, self.next = seed, first
        self.start = None

    def __enter__(self):
        # What is freed is kept aside for a while, but not by the hundred MB.
        self.daemon.environment = {"ASAN_OPTIONS": "quarantine_size_mb=16:"
                                   + os.environ.get("ASAN_OPTIONS", "")}
        self.daemon.start()
        return self

    def __exit__(self, kind, *_):
        """A leak is found at the end, by a sanitizer."""
        code = self.daemon.stop()
        if code and kind is None:
            raise Finding(f"hopseald ended with exit code {code}: "
                          + self.daemon.log()[-4000:])

    @property
    def pid(self):
        """Of the daemon."""
        return self.daemon.process.pid

    def send(self, count, threads=8):
        """So many more sessions; the figures as a dict."""
        done = subprocess.run(
            [program("tests/fuzz/protocol/protocol"),
             self.daemon.socket.partition(":")[2],
             self.daemon.run + "/nexthop.sock", str(self.seed),
             str(self.next), str(count), str(threads)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode or self.daemon.process.poll() is not None:
            raise Finding(f"exit code {done.returncode}: "
                          f"{done.stderr.decode()}"
                          f"{self.daemon.log()[-4000:]}")
        self.next += count
        return {key: int(value) for key, _, value in
                (pair.partition("=") for pair in done.stdout.decode().split())}

    def remember(self):
        """From here on nothing may be left behind."""
        self.start = (megabytes(self.pid), *held(self.pid))

    def left_behind(self):
        """(MB at remember, MB now), once all connections are gone."""
        try:
            until(lambda: all(now <= then for now, then in
                              zip(held(self.pid), self.start[1:])),
                  "end of connections")
        except TooLate as late:
            raise Finding(f"files and threads {self.start[1:]} became "
                          f"{held(self.pid)}") from late
        now = megabytes(self.pid)
        if (now - self.start[0] > GROWTH_MAX_MB
                and not is_sanitized(self.pid)):
            raise Finding(f"{self.start[0]:.0f} MB became {now:.0f} MB")
        return self.start[0], now
