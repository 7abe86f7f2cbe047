"""The authentication service of Dovecot, as far as Postfix needs it.

One user, one password, mechanism PLAIN; Postfix finds it by
`smtpd_sasl_type = dovecot` and `smtpd_sasl_path`.  Source: Dovecot's
"Authentication Protocol" 1.1.
"""

import base64
import os
import socket
import threading

USER, PASSWORD = "alice", "sesame"
PLAIN = base64.b64encode(b"\0%s\0%s" % (USER.encode(),
                                        PASSWORD.encode())).decode()


class SaslServer:
    def __init__(self, path):
        self.path = path
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        os.chmod(path, 0o666)
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,),
                             daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"VERSION\t1\t1\nMECH\tPLAIN\tplaintext\n"
                               b"SPID\t1\nCUID\t1\nCOOKIE\t00\nDONE\n")
            for line in lines:
                words = line.decode().rstrip("\n").split("\t")
                if words[0] == "AUTH":
                    good = "resp=" + PLAIN in words
                    connection.sendall(
                        ("OK\t%s\tuser=%s\n" % (words[1], USER) if good
                         else "FAIL\t%s\tuser=%s\n" % (words[1], USER))
                        .encode())
