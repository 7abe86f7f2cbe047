"""Attacks on a Postfix with hopseald, and on hopseald's own sockets."""

import os
import socket
import subprocess
import sys
import unittest

from lab.attacks import Attacks
from lab.livecase import PostfixCase

CONNECT = """
import os, socket, sys
os.setgroups([]); os.setgid(31337); os.setuid(31337)
try:
    socket.socket(socket.AF_UNIX).connect(sys.argv[1])
except PermissionError:
    sys.exit(13)
"""


class Postfix(Attacks, PostfixCase):
    def test_other_local_users_cannot_ask(self):
        """The mode of a socket is what keeps others from policy."""
        path = self.daemon.run + "/nexthop.sock"
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o660)
        if os.geteuid() == 0:
            done = subprocess.run([sys.executable, "-c", CONNECT, path])
            self.assertEqual(done.returncode, 13)
        with socket.socket(socket.AF_UNIX) as ours:
            ours.connect(path)


if __name__ == "__main__":
    unittest.main()
