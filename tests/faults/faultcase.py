"""The base of the tests of faults: mail flows, something breaks, all is counted.

    class Killed(FaultCase):
        def test_killed(self):
            with self.traffic() as traffic:
                ... break it ...
            self.balance(traffic)

balance() waits until Postfix has delivered what its clients were promised,
and holds: sent = delivered + refused + deferred; no copy that breaks policy
arrived; none arrived twice, or without its record in the ledger, or without
the stamp that it should have. `hopseal ledger verify` passes.

HOPSEAL_FAULTS=long asks for the long forms (tests/faults/run --long).
"""

import collections
import contextlib
import os
import re
import sqlite3
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# pylint: disable=wrong-import-position
import traffic as clients                                   # noqa: E402
from lab import command, preload                            # noqa: E402
from lab.livecase import PostfixCase                        # noqa: E402
from lab.waiting import until                               # noqa: E402

LONG = os.environ.get("HOPSEAL_FAULTS") == "long"

# The queue id of the Postfix before the sink, in its Received field.
QUEUE_ID = re.compile(rb"by mx\.example\.org \(Postfix\) with \w+ id (\w+)")


def queue_id(message):
    """What Postfix called the message."""
    return QUEUE_ID.search(message).group(1).decode()


def form(short, long):
    """The figure of the form that was asked for."""
    return long if LONG else short


class FaultCase(PostfixCase):
    rules = clients.RULES
    settings = {"on-fault": '"defer"', "log-level": '"info"'}
    ledger = 'on-ledger-fault = "defer"'
    # A test waits for Postfix's patience more than once: 30 s by default.
    main = {"mydestination": clients.DESTINATIONS,
            "milter_connect_timeout": "3s", "milter_command_timeout": "3s",
            "milter_content_timeout": "10s", "smtpd_error_sleep_time": "0"}

    def setUp(self):
        """An episode of one test must not go on in the next."""
        self.daemon.stop()
        self.daemon.start()
        self.sink.clear()
        self.mark = len(self.daemon.log())

    @contextlib.contextmanager
    def traffic(self, count=10):
        """Clients at work, once some of each kind have had their answer."""
        with clients.Traffic(self.mta.port, count) as traffic:
            self.flows(traffic)
            yield traffic
        self.assertEqual(traffic.broken, [])

    def flows(self, traffic, count=20):
        """Wait until mail comes through that was sent from now on."""
        since = len(traffic.copies)
        until(lambda: traffic.count(clients.ACCEPTED, since) >= count,
              "mail that flows", 60)

    def balance(self, traffic, unknown=0, unrecorded=frozenset(),
                redelivers=False):
        """Account for every copy; prints the figures.

        unknown: how many may have had no answer after the final dot;
        redelivers: Postfix was ended between a delivery and its note of it,
        and delivers the same message of its queue again (RFC 1047);
        unrecorded: the queue ids that may have arrived without a record."""
        told = collections.Counter(copy.outcome for copy in traffic.copies)
        arrived = self.arrivals(traffic, told[clients.ACCEPTED], redelivers)
        for copy in traffic.copies:
            self.account(copy, arrived.get(copy.recipient, []))
        self.assertLessEqual(told[clients.UNKNOWN], unknown)
        bare = self.without_record(arrived)
        self.assertLessEqual(bare, unrecorded)
        delivered = len(arrived)
        print("     sent=%d delivered=%d refused=%d deferred=%d unknown=%d "
              "retries=%d violating=0 twice=0 unrecorded=%d" % (
                  len(traffic.copies), delivered, told[clients.REFUSED],
                  told[clients.DEFERRED], told[clients.UNKNOWN],
                  traffic.retries, len(bare)))
        self.assertGreater(delivered, 0)
        self.verify_ledger()
        return told, bare

    def arrivals(self, traffic, promised, redelivers):
        """The messages of each recipient, once the queue is empty."""
        until(lambda: len(self.sink.messages) >= promised
              and b"queue is empty" in self.mta.command("postqueue",
                                                        "-p").stdout,
              "%d messages at the sink and an empty queue" % promised, 90)
        found = collections.defaultdict(list)
        for message in self.sink.messages:
            for recipient in message.recipients:
                if not redelivers or queue_id(message.data) not in map(
                        queue_id, found[recipient]):
                    found[recipient].append(message.data)
        self.assertLessEqual(set(found),
                             {copy.recipient for copy in traffic.copies})
        return found

    def account(self, copy, arrived):
        """One copy: what its client was told is what happened."""
        many = {clients.ACCEPTED: (1,), clients.UNKNOWN: (0, 1)}
        self.assertIn(len(arrived), many.get(copy.outcome, (0,)), copy)
        if copy.violates:
            self.assertEqual(len(arrived), 0, copy)
        elif copy.outcome == clients.REFUSED:
            self.fail("refused, which policy does not ask for: %s" % copy)
        if arrived and copy.kind.tls:
            self.assertFalse(copy.in_clear, copy)
            self.assertEqual(len(command.stamps(arrived[0])), 1, copy)

    def without_record(self, arrived):
        """The queue ids of messages that the ledger does not know."""
        path = os.path.join(self.daemon.state, "ledger.db")
        with contextlib.closing(sqlite3.connect(
                "file:%s?mode=ro" % path, uri=True)) as base:
            known = {row[0] for row in base.execute(
                "SELECT queue FROM record WHERE event IN "
                "('pass', 'fallback', 'stamp-fault')")}
        return {queue_id(copies[0]) for copies in arrived.values()} - known

    def verify_ledger(self):
        """All leaves, records, summaries and checkpoints fit."""
        done = command.hopseal("ledger", "verify", "-c", self.daemon.file)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def complaints(self):
        """What the daemon has said since the test began and is no news."""
        said = [line for line in self.daemon.log()[self.mark:].splitlines()
                if line.startswith(("error: ", "warning: "))]
        if preload.has_filters(command.program("hopseald")):
            return said
        return [line for line in said if "takes no seccomp filter" not in line]

    def assert_says(self, *patterns, episodes=1):
        """One line for each pattern and episode, and no other complaint."""
        said = self.complaints()
        for pattern in patterns:
            found = [line for line in said if re.search(pattern, line)]
            self.assertTrue(0 < len(found) <= episodes, "%d lines %r of\n%s"
                            % (len(found), pattern, "\n".join(said[:40])))
            said = [line for line in said if line not in found]
        self.assertEqual(said, [], "what nobody waits for")
