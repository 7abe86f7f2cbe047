"""A syslog socket of the test's own, and the file that it fills.

What is said to the socket is written as a syslog daemon would write it to
mail.log: time, host, tag, text.
"""

import os
import re
import socket
import threading


class Syslog:
    def __init__(self, folder, host):
        self.path = os.path.join(folder, "syslog")
        self.file = os.path.join(folder, "mail.log")
        self.host = host.partition(".")[0]
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        os.chmod(self.path, 0o666)
        threading.Thread(target=self._write, daemon=True).start()

    def _write(self):
        with open(self.file, "ab", buffering=0) as out:
            while True:
                try:
                    said = self.socket.recv(16384)
                except OSError:
                    return
                out.write(self._line(said))

    def _line(self, said):
        """<PRI>Mmm dd hh:mm:ss tag: text (RFC 3164 without the host)."""
        return re.sub(rb"^<\d+>(.{15}) ",
                      lambda at: at.group(1) + b" %s " % self.host.encode(),
                      said.rstrip(b"\n\0"), count=1) + b"\n"

    def close(self):
        """shutdown() wakes the thread, close() alone would not."""
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()
