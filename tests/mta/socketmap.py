"""A socketmap client: netstrings over a unix socket, octet by octet."""

import socket

from lab.waiting import PATIENCE


def netstring(text):
    data = text if isinstance(text, bytes) else text.encode()
    return b'%d:%s,' % (len(data), data)


class Client:
    """One connection; ask(KEY) gives the answer's text."""

    def __init__(self, path, seconds=20):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(seconds * PATIENCE)
        self.socket.connect(path)
        self.got = b''

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        """The next answer; None at the end of the connection."""
        while True:
            digits, colon, rest = self.got.partition(b':')
            if colon and len(rest) > int(digits):
                length = int(digits)
                assert rest[length:length + 1] == b',', self.got
                self.got = rest[length + 1:]
                return rest[:length].decode()
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                return None
            if not data:
                return None
            self.got += data

    def ask(self, key, table='nexthop'):
        name = key if isinstance(key, bytes) else key.encode()
        self.send(netstring(table.encode() + b' ' + name))
        return self.answer()
