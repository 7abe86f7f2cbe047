"""on-fault: what a signing fault does to the message.

libcrypto is made to fail (fault.c) once the daemon serves: its self-test at
the start must still pass.
"""

import os
import unittest

import session as sessions
from daemoncase import OK, Daemon, WorkDir, arrive
from lab import preload, stampcheck
from session import PLAIN, TLS13

FAULT = '451 4.3.0 Policy service is not available, please retry'
HERE = os.path.dirname(os.path.abspath(__file__))


class OnFault(unittest.TestCase):
    """accept and defer, and what goes on beside the fault."""

    def setUp(self):
        self.folder = WorkDir('mta-')
        self.addCleanup(self.folder.close)
        self.library = preload.build(self.folder, HERE + '/fault.c')
        self.flag = self.folder.write('fault-now', '0')

    def signing_fails(self, flag):
        """From now on, or no longer: written in place, since it is mapped."""
        with open(self.flag, 'r+', encoding='ascii') as file:
            file.write('1' if flag else '0')

    def daemon(self, on_fault):
        """A daemon that has stamped once and now cannot."""
        daemon = Daemon(self.folder,
                        'policy "bank.example" { mode = "require" }',
                        {'on-fault': f'"{on_fault}"'})
        daemon.environment = preload.environment(self.library,
                                                 HOPSEAL_FAULT=self.flag)
        daemon.start()
        self.addCleanup(daemon.stop)
        got = sessions.deliver(daemon.socket, tls=TLS13)
        self.assertEqual(len(stampcheck.stamps(got.octets)), 1)
        self.signing_fails(True)
        return daemon

    def test_accept(self):
        """Unstamped and accepted, with an error in the log."""
        daemon = self.daemon('accept')
        got = sessions.deliver(daemon.socket, tls=TLS13)
        self.assertEqual((got.final, got.edits), (OK, []))
        self.assertRegex(daemon.log(), r'(?i)sign')
        # Refusals need no signature.
        got = sessions.deliver(daemon.socket, tls=PLAIN,
                               mail_from='<a@bank.example>')
        self.assertEqual(got.replies,
                         [arrive('mail from', 'bank.example')])
        self.signing_fails(False)
        got = sessions.deliver(daemon.socket, tls=TLS13)
        self.assertEqual(len(got.edits), 1)

    def test_defer(self):
        """451 4.3.0 at the end of the message; plain mail is untouched."""
        daemon = self.daemon('defer')
        got = sessions.deliver(daemon.socket, tls=TLS13)
        self.assertEqual((got.replies, got.final), ([OK], FAULT))
        got = sessions.deliver(daemon.socket, tls=PLAIN)
        self.assertEqual(got.final, OK)

    def test_reload_needs_a_signature(self):
        """The self-test of a reload fails: the old policy stays."""
        daemon = self.daemon('accept')
        daemon.reload('')
        got = sessions.deliver(daemon.socket, tls=PLAIN,
                               mail_from='<a@bank.example>')
        self.assertEqual(got.replies,
                         [arrive('mail from', 'bank.example')])


if __name__ == '__main__':
    unittest.main()
