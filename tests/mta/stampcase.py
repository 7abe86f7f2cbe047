"""For tests of stamps: one stamped message, checked by two strangers.

stamped() delivers over TLS, takes the one stamp of the delivered octets and
has it verified by stampcheck and by dkimpy before the test looks at a tag.
"""

from daemoncase import OK, DaemonCase
from dialects import POSTFIX
from lab import command, stampcheck
from session import TLS13


class StampCase(DaemonCase):
    """A daemon that stamps; subclasses say the policy."""

    def record(self):
        """The key record, from the key file of the daemon."""
        with open(self.daemon.keys, encoding='ascii') as lines:
            return lines.readline().split(' ', 1)[1].strip()

    def stamped(self, dialect=POSTFIX, tls=TLS13, **facts):
        """The stamp and the delivered message, verified."""
        got = self.deliver(dialect, tls=tls, **facts)
        self.assertEqual(got.final, OK)
        found = stampcheck.stamps(got.octets)
        self.assertEqual(len(found), 1, f'edits {got.edits}')
        self.verifies(got.octets, found[0])
        return found[0], got

    def verifies(self, octets, stamp):
        """Both strangers agree that the stamp holds."""
        self.assertEqual(
            stampcheck.problem(octets, stamp, self.record()), '')
        if octets.count(b'\n') < 2000:
            self.assertTrue(
                command.dkimpy_verifies(octets, self.daemon.keys), octets)

    def unstamped(self, dialect=POSTFIX, tls=TLS13, **facts):
        """Passes, without a stamp."""
        got = self.deliver(dialect, tls=tls, **facts)
        self.assertEqual(got.final, OK)
        self.assertEqual(stampcheck.stamps(got.octets), [])
        return got
