"""A TCP proxy that can be cut in the middle.

    with CutProxy(port) as proxy:
        ... connect to 127.0.0.1, proxy.port ...
        proxy.cut_after(b"word")  # hang up when the server has sent this
        proxy.cut_after(None)     # no more
        proxy.closed = True       # take nobody
        proxy.cuts                # how often it has hung up so
"""

import select
import socket
import threading


class CutProxy:
    def __init__(self, port):
        self.target = ("127.0.0.1", port)
        self.word, self.closed, self.cuts = None, False, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.ends = False

    def __enter__(self):
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends = True
        socket.create_connection(("127.0.0.1", self.port), 5).close()
        self.thread.join(10)
        self.listener.close()

    def cut_after(self, word):
        self.word = word

    def _accept(self):
        while not self.ends:
            client, _ = self.listener.accept()
            if self.closed or self.ends:
                client.close()
            else:
                threading.Thread(target=self._carry, args=(client,),
                                 daemon=True).start()

    def _carry(self, client):
        try:
            server = socket.create_connection(self.target, 5)
        except OSError:
            client.close()
            return
        with client, server:
            tail = b""
            while not self.ends and not self.closed:
                ready, _, _ = select.select([client, server], [], [], 0.1)
                for one in ready:
                    try:
                        data = one.recv(16384)
                    except OSError:
                        return
                    if not data:
                        return
                    if one is server and self.word is not None:
                        tail = (tail + data)[-65536:]
                        if self.word in tail:
                            at = data.find(self.word)
                            client.sendall(data[:max(at, 0)])
                            self.cuts += 1
                            return
                    try:
                        (server if one is client else client).sendall(data)
                    except OSError:
                        return
