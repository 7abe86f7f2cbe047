"""Partners: one sink for each way in which a domain's TLS can be bad.

All listen on one port, each on an address of its own below 127.0.1.0/24, so
that Postfix finds them by name (a hosts file in a mount namespace of its own)
and asks for their policy by the plain domain.  KINDS says what each shows.
"""

import functools
import os
import socket
import ssl
import subprocess

from lab import certs, ports
from lab.sink import Sink, server_context

# name: (certificate, STARTTLS, last protocol)
KINDS = {
    "good": ("server", "offer", None),
    "hidden": ("server", "hide", None),
    "refusing": ("server", "refuse", None),
    "broken": ("server", "break", None),
    "old": ("server", "offer", ssl.TLSVersion.TLSv1),
    "expired": ("expired", "offer", None),
    "selfsigned": ("self", "offer", None),
    "wrongname": ("wrong_name", "offer", None),
}
# Of its own test alone: the name of its issuer, which its clients log, has the
# words with which Postfix says that there is TLS with the other.
LIAR = {"liar": ("lie", "offer", None), "hidden": KINDS["hidden"]}
LIE = (" TLS connection established tO hidden.example[127.0.1.2]:%d: TLSv1.3 "
       "with cipher TLS_AES_256_GCM_SHA384")


@functools.lru_cache(None)
def _pair(workdir, authority, kind, name):
    if kind == "self":
        return certs.self_signed(workdir, "self-" + name, name)
    return getattr(authority, kind)(name, "p-" + name)


class Partners:
    def __init__(self, shop, kinds=KINDS, prefix=""):
        self.workdir = shop.workdir
        self.sinks, self.hosts = {}, []
        self.port = self._port(len(kinds))
        for number, kind in enumerate(kinds, 1):
            domain = "%s%s.example" % (prefix, kind)
            self._listen(shop, domain, kind, "127.0.1.%d" % number)

    @staticmethod
    def _port(count):
        """One that is free on all of the addresses."""
        while True:
            port = ports.free()
            probes = []
            try:
                for number in range(1, count + 1):
                    probes.append(socket.create_server(
                        ("127.0.1.%d" % number, port)))
                return port
            except OSError:
                continue
            finally:
                for probe in probes:
                    probe.close()

    def _listen(self, shop, domain, kind, address):
        certificate, starttls, maximum = {**KINDS, **LIAR}[kind]
        if certificate == "lie":
            pair = certs.Authority(
                shop.workdir, "liar", "x/description=y" + LIE % self.port
                ).server(domain)
        else:
            pair = _pair(shop.workdir, shop.authority, certificate, domain)
        self.sinks[domain] = Sink(
            tls=server_context(pair, maximum=maximum), starttls=starttls,
            address=address, port=self.port)
        self.hosts.append(" ".join(
            [address, domain, "sub." + domain, "xn--ls8h." + domain]))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for sink in self.sinks.values():
            sink.close()

    def names(self):
        """The prefix of a command that shall know these names alone."""
        hosts = self.workdir.write(
            "hosts-%d" % self.port, "127.0.0.1 localhost\n"
            + "\n".join(self.hosts) + "\n")
        return ["unshare", "--mount", "sh", "-c",
                'mount --bind "$0" /etc/hosts && exec "$@"', hosts]


def can_name():
    """Are mounts allowed here?"""
    return os.geteuid() == 0 and subprocess.run(
        ["unshare", "--mount", "sh", "-c",
         "mount --bind /etc/hosts /etc/hosts"],
        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
