"""Does a reload of a million domains make anybody wait?

One thread asks the next-hop responder without a pause, while the daemon is
told to reload; the longest wait for an answer is what counts.
"""

import socket
import threading
import time

from lab.hopseald import Daemon


class Asked(Daemon):
    """A daemon with that table, and somebody who asks it."""

    def __init__(self, workdir, rules, table):
        super().__init__(workdir, rules,
                         {'domains': f'"{table}"', 'log-level': '"info"'},
                         name='asked')
        self.done = threading.Event()

    def _ask(self, waits):
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(self.run + '/nexthop.sock')
            query = b'nexthop d0000001.example'
            query = b'%d:%s,' % (len(query), query)
            while not self.done.is_set():
                begin = time.monotonic()
                peer.sendall(query)
                if not peer.recv(4096).endswith(b','):
                    raise SystemExit('half an answer')
                waits.append(time.monotonic() - begin)

    def _longest(self, seconds, action):
        waits = []
        self.done.clear()
        asker = threading.Thread(target=self._ask, args=(waits,))
        asker.start()
        begin = time.monotonic()
        action()
        while time.monotonic() - begin < seconds:
            time.sleep(0.01)
        self.done.set()
        asker.join()
        return max(waits) * 1000, len(waits)

    def pauses(self):
        """The longest wait beside three reloads, and without any."""
        quiet, count = self._longest(3, lambda: None)
        busy, more = self._longest(3, lambda: [self.reload()
                                               for _ in range(3)])
        return (f'longest wait for an answer: {busy:.1f} ms beside reloads '
                f'({more} answers), {quiet:.1f} ms without ({count})')
