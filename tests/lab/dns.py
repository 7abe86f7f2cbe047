"""A DNS server on loopback that knows what it is told, and nothing else.

    with Dns({("mx", "bank.example"): [(10, "mx1.bank.example")],
              ("txt", "_mta-sts.bank.example"): ["v=STSv1; id=1"],
              ("tlsa", "_25._tcp.mx1.bank.example"): [b"..."]}) as dns:
        hopseal probe --dns 127.0.0.1:PORT (dns.port)

Other names do not exist (NXDOMAIN).  fail = True: SERVFAIL to all.
authentic = True sets AD, as a resolver that checks DNSSEC does.
"""

import socket
import struct
import threading

TYPES = {15: "mx", 16: "txt", 52: "tlsa"}


def _name(text):
    return b"".join(bytes([len(label)]) + label.encode()
                    for label in text.strip(".").split(".") if label) + b"\0"


def _read_name(message, at):
    labels = []
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode())
        at += 1 + message[at]
    return ".".join(labels).lower(), at + 1


def _data(kind, value):
    if kind == "mx":
        return struct.pack("!H", value[0]) + _name(value[1])
    if kind == "txt":
        return bytes([len(value)]) + value.encode()
    return value


class Dns:
    def __init__(self, records, authentic=False, fail=False):
        self.records, self.authentic, self.fail = records, authentic, fail
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join()
        self.socket.close()

    def _run(self):
        while True:
            message, client = self.socket.recvfrom(4096)
            if not message:
                return
            self.socket.sendto(self._answer(message), client)

    def _answer(self, message):
        name, end = _read_name(message, 12)
        kind = TYPES.get(struct.unpack("!H", message[end:end + 2])[0])
        found = self.records.get((kind, name), [])
        code = 2 if self.fail else 0 if found else 3
        flags = 0x8180 | (0x20 if self.authentic else 0) | code
        out = message[:2] + struct.pack("!HHHHH", flags, 1, len(found), 0, 0)
        out += message[12:end + 4]
        for value in found:
            data = _data(kind, value)
            out += (b"\xc0\x0c" + message[end:end + 4]
                    + struct.pack("!IH", 60, len(data)) + data)
        return out
