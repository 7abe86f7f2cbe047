"""What a daemon that was taken over could still do: next to nothing."""

import errno
import os
import re
import unittest

import session as sessions
from daemoncase import Daemon, WorkDir
from lab import command, preload
from session import TLS13

HERE = os.path.dirname(os.path.abspath(__file__))


class Confined(unittest.TestCase):
    """attempt.c tries from within, in the midst of a transaction."""

    def setUp(self):
        if not preload.has_filters(command.program("hopseald")):
            self.skipTest("the thread sanitizer: there are no filters")
        self.folder = WorkDir('mta-')
        self.addCleanup(self.folder.close)
        self.library = preload.build(self.folder, HERE + '/attempt.c')

    def attempts(self, inet):
        """What came of each, and the status of all threads."""
        daemon = Daemon(self.folder, inet=inet,
                        name='inet' if inet else 'unix')
        daemon.environment = preload.environment(self.library)
        with daemon:
            got = sessions.deliver(daemon.socket, tls=TLS13)
            self.assertEqual(len(got.edits), 1)
            daemon.wait_log('attempts: ')
            folder = f'/proc/{daemon.process.pid}/task'
            status = []
            for task in os.listdir(folder):
                with open(f'{folder}/{task}/status',
                          encoding='ascii') as text:
                    status.append(dict(re.findall(
                        r'(?m)^(\w+):\s+(\w+)', text.read())))
        said = re.search('attempts: (.*)', daemon.log()).group(1)
        return {name: int(value) for name, value in
                re.findall(r'(\w+)=(\d+)', said)}, status

    def test_unix(self):
        """No file of root's, no program, no way out, no way back to root."""
        made, status = self.attempts(False)
        self.assertEqual(made, {
            'shadow': errno.EACCES, 'program': errno.EPERM,
            'connect': errno.EPERM, 'root': errno.EPERM})
        self.assertGreater(len(status), 3)
        for thread in status:
            self.assertEqual(
                {name: thread[name] for name in
                 ('NoNewPrivs', 'Seccomp', 'CapEff', 'CapPrm')},
                {'NoNewPrivs': '1', 'Seccomp': '2',
                 'CapEff': '0' * 16, 'CapPrm': '0' * 16})
            self.assertNotEqual(thread['Uid'], '0')

    def test_inet(self):
        """With a TCP socket connections are left to the unit to forbid."""
        made, _ = self.attempts(True)
        self.assertEqual((made['shadow'], made['program'], made['root']),
                         (errno.EACCES, errno.EPERM, errno.EPERM))


if __name__ == '__main__':
    unittest.main()
