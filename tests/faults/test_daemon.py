"""hopseald is killed, stopped and told to reload while mail flows."""

import itertools
import os
import signal
import time

import traffic as clients
from faultcase import LONG, FaultCase, form
from lab.waiting import until


def pace(seconds, interval):
    """Count from 0 on, at most once each interval, for some seconds."""
    begin = time.monotonic()
    for number in itertools.count():
        left = begin + number * interval - time.monotonic()
        if left > 0:
            time.sleep(left)
        if time.monotonic() - begin >= seconds:
            return
        yield number


def is_stopped(pid):
    """proc(5): the state stands behind the name."""
    with open("/proc/%d/stat" % pid, encoding="ascii") as text:
        return text.read().rpartition(")")[2].split()[0] == "T"


class Daemon(FaultCase):
    BAD = ('policy "bank.example" { mode = "requires" }',
           'policy "bank.example" {',
           'domains = "/nonexistent/domains"')
    # The defaults of Postfix: the 40 s of the long form go beyond one of them.
    main = FaultCase.main if not LONG else {
        **FaultCase.main, "milter_command_timeout": "30s",
        "milter_connect_timeout": "30s", "milter_content_timeout": "300s"}

    def test_killed_every_second(self):
        """SIGKILL, and a start at once, as a service manager does it."""
        with self.traffic() as traffic:
            for kills in pace(form(4, 60), 1):
                self.daemon.kill()
                self.daemon.start()
                self.flows(traffic, 1)
        print("     kill -9: %d times" % (kills + 1))
        self.balance(traffic)
        self.assertGreater(traffic.retries, 0)
        self.assert_says()

    def test_stopped(self):
        """SIGSTOP: the kernel goes on to take connections, nobody reads."""
        process = self.daemon.process
        with self.traffic() as traffic:
            process.send_signal(signal.SIGSTOP)
            try:
                until(lambda: is_stopped(process.pid), "stop of hopseald")
                since = len(traffic.copies)
                time.sleep(form(4, 40))
                accepted = traffic.count(clients.ACCEPTED, since)
            finally:
                process.send_signal(signal.SIGCONT)
            self.flows(traffic)
        self.balance(traffic)
        self.assertEqual(accepted, 0)
        self.assertGreater(traffic.retries, 0)
        # A message that waited for its commit has waited for too long.
        if self.complaints():
            self.assert_says(r"unrecorded id=.* did not answer in time")

    def write(self, rules):
        """A new configuration, in one piece: a reload may be reading."""
        self.daemon.rules = rules
        text = self.daemon.configuration()
        part = self.workdir.write(self.daemon.name + "/part", text)
        os.rename(part, self.daemon.file)

    def test_reloaded_every_100_ms(self):
        """Good files, and bad ones in between: the rules in force stay."""
        with self.traffic() as traffic:
            for number in pace(form(3, 60), 0.1):
                self.write(self.BAD[number // 2 % len(self.BAD)]
                           if number % 2 else clients.RULES)
                self.daemon.process.send_signal(signal.SIGUSR1)
                self.daemon.hear()
            self.daemon.reload(clients.RULES)
            self.flows(traffic)
        said = self.daemon.log()[self.mark:]
        print("     reloads: %d good, %d refused" % (
            said.count("reloaded file="), said.count("was not loaded")))
        told, _ = self.balance(traffic)
        self.assertEqual((told[clients.DEFERRED], traffic.retries), (0, 0))
        self.assertGreater(said.count("was not loaded"), 5)
        self.assertGreater(said.count("reloaded file="), 5)
