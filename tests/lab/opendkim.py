"""An OpenDKIM of the test's own, that signs for bank.example.

    with OpenDkim(workdir) as dkim:
        ... dkim.milter ...           # another one of smtpd_milters
        dkim.verifies(message)        # by dkimpy, with the public key

It runs as nobody, from where its package was unpacked.
"""

import base64
import glob
import os
import shutil
import subprocess

from lab import workdir as places
from lab.waiting import until

SELECTOR = "lab"


class OpenDkim:
    def __init__(self, workdir, name="opendkim", domain="bank.example"):
        self.dir = workdir.sub(name, owner=places.DAEMON_USER,
                               group=places.DAEMON_GROUP)
        self.domain, self.software = domain, places.unpacked("opendkim")
        self.key = os.path.join(self.dir, "key.pem")
        subprocess.run(["openssl", "genrsa", "-out", self.key, "2048"],
                       check=True, stderr=subprocess.DEVNULL)
        self.public = base64.b64encode(subprocess.run(
            ["openssl", "rsa", "-in", self.key, "-pubout", "-outform", "DER"],
            check=True, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL).stdout)
        os.chmod(self.key, 0o600)
        shutil.chown(self.key, places.DAEMON_USER, places.DAEMON_GROUP)
        self.socket = os.path.join(self.dir, "milter.sock")
        self.milter = "unix:" + self.socket
        self.file = workdir.write(name + "/opendkim.conf", (
            "Mode s\nDomain %s\nSelector %s\nKeyFile %s\n"
            "Socket local:%s\nUMask 000\nUserID %s:%s\n"
            "InternalHosts 0.0.0.0/0\nCanonicalization relaxed/relaxed\n"
            "OversignHeaders From\nRequireSafeKeys no\n"
            % (domain, SELECTOR, self.key, self.socket, places.DAEMON_USER,
               places.DAEMON_GROUP)))
        self.process = None
        self.environment = {}   # more of it

    def __enter__(self):
        root = self.software + "/usr/lib"
        with open(os.path.join(self.dir, "said"), "ab") as said:
            self.process = subprocess.Popen(
                [self.software + "/usr/sbin/opendkim", "-f", "-x",
                 self.file], stdin=subprocess.DEVNULL, stdout=said,
                stderr=said, env={
                    "PATH": "/usr/bin:/bin", "LD_LIBRARY_PATH":
                    ":".join([*glob.glob(root + "/*-linux-gnu*"), root]),
                    **self.environment})
        until(self.listens, "socket of OpenDKIM")
        return self

    def listens(self):
        return os.path.exists(self.socket)

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def verifies(self, message):
        import dkim
        return dkim.verify(message, dnsfunc=lambda name, timeout=5: (
            b"v=DKIM1; k=rsa; p=" + self.public
            if name.rstrip(b".") == ("%s._domainkey.%s" % (
                SELECTOR, self.domain)).encode() else None))
