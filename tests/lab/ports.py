"""Free ports on loopback, below the range that clients get theirs from."""

import errno
import random
import socket

LOWEST, HIGHEST = 20000, 32000
_given = set()


def _is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as fault:
            if fault.errno != errno.EADDRINUSE:
                raise
            return False
    return True


def free():
    """A port that nobody listens on and that was not given before.

    Chosen at random, so that suites that run side by side seldom meet."""
    for _ in range(1000):
        port = random.randrange(LOWEST, HIGHEST)
        if port not in _given and _is_free(port):
            _given.add(port)
            return port
    raise RuntimeError("no free port on 127.0.0.1")
