"""A stretch of network that can be slow, and that can be cut.

    with Wire(port) as wire:            # wire.port leads to port
        wire.delay = 0.05               # seconds for each piece
        wire.cut_after = 20000          # octets of each connection to come
        wire.cut()                      # all there are, now

Cut means reset, with what was on its way lost.
"""

import socket
import struct
import threading
import time

PIECE = 4096


class Wire:
    def __init__(self, target):
        self.target = target
        self.delay, self.cut_after = 0.0, None
        self.cuts = 0
        self.open = set()
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.cut()

    def _accept(self):
        while True:
            try:
                near = self.listener.accept()[0]
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target), 5)
            except OSError:
                self._reset(near)
                continue
            far.settimeout(None)
            with self.lock:
                self.open |= {near, far}
            left = [self.cut_after]
            for pair in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(*pair, left),
                                 daemon=True).start()

    def _carry(self, source, target, left):
        try:
            while True:
                piece = source.recv(PIECE)
                if not piece:
                    break
                time.sleep(self.delay)
                if left[0] is not None:
                    left[0] -= len(piece)
                    if left[0] < 0:
                        self.cuts += 1
                        break
                target.sendall(piece)
        except OSError:
            pass
        self._reset(source)
        self._reset(target)

    def _reset(self, end):
        with self.lock:
            self.open.discard(end)
        try:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                           struct.pack("ii", 1, 0))
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        end.close()

    def cut(self):
        with self.lock:
            ends = list(self.open)
        for end in ends:
            self._reset(end)
