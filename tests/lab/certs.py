"""Certificates for servers and clients, good and bad, with openssl(1).

    authority = certs.Authority(workdir)
    authority.server("mx.example.org")
    mail = authority.client("mail.bank.example")
    certs.self_signed(workdir, "impostor", "mail.bank.example")

Each gives a Pair: cert and key are PEM files.  RSA for servers, so that suites
without forward secrecy can be tried; the quicker P-256 for clients.
"""

import collections
import os
import subprocess

Pair = collections.namedtuple("Pair", "cert key")

RSA = ["rsa:2048"]
EC = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]


def _openssl(*args, folder):
    done = subprocess.run(["openssl", *args], cwd=folder,
                          stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise RuntimeError("openssl %s: %s" % (" ".join(args), done.stdout))
    return done.stdout


def _extensions(name):
    return ("basicConstraints=CA:FALSE\n"
            "extendedKeyUsage=serverAuth,clientAuth\n"
            "subjectAltName=DNS:%s\n" % name)


def self_signed(workdir, label, common_name):
    """Names whom it likes, and nobody vouches for it: the impostor."""
    folder = workdir.sub("certs")
    _openssl("req", "-utf8", "-x509", "-newkey", *EC, "-nodes",
             "-days", "30", "-subj", "/CN=" + common_name,
             "-keyout", label + ".key", "-out", label + ".pem", folder=folder)
    return _pair(folder, label)


def _pair(folder, label):
    key = os.path.join(folder, label + ".key")
    os.chmod(key, 0o600)
    return Pair(os.path.join(folder, label + ".pem"), key)


class Authority:
    """A CA of the laboratory's own; ca.pem and ca.key in certs/."""

    def __init__(self, workdir, label="ca", name="Test CA"):
        self.workdir = workdir
        self.label = label
        self.folder = workdir.sub("certs")
        _openssl("req", "-x509", "-newkey", *EC, "-nodes", "-days", "30",
                 "-subj", "/CN=" + name, "-keyout", label + ".key",
                 "-out", label + ".pem", folder=self.folder)
        self.cert = _pair(self.folder, label).cert

    def server(self, name, label=None):
        return self._issue(name, label or name, RSA, "/CN=" + name)

    def client(self, name, label=None, subject=None):
        """subject: a whole DN in openssl's form, when CN alone is not it."""
        return self._issue(name, label or name, EC, subject or "/CN=" + name)

    def wrong_name(self, name, label=None):
        """A good certificate, but of somebody else."""
        return self._issue("elsewhere.example", label or name + "-wrong",
                           RSA, "/CN=elsewhere.example")

    def expired(self, name, label=None):
        """Was good for a month in 2020; `ca` because `x509` has no dates."""
        label = label or name + "-expired"
        self._request(label, RSA, "/CN=" + name)
        self.workdir.write("certs/%s.index" % label, "")
        conf = self.workdir.write("certs/%s.conf" % label, (
            "[ca]\ndefault_ca=d\n[d]\ndatabase=%s.index\nnew_certs_dir=.\n"
            "default_md=sha256\npolicy=p\nrand_serial=yes\n"
            "[p]\ncommonName=supplied\n" % label))
        ext = self.workdir.write("certs/%s.ext" % label, _extensions(name))
        _openssl("ca", "-batch", "-notext", "-config", conf,
                 "-cert", self.label + ".pem", "-keyfile",
                 self.label + ".key", "-startdate", "20200101000000Z",
                 "-enddate", "20200201000000Z", "-extfile", ext,
                 "-in", label + ".csr", "-out", label + ".pem",
                 folder=self.folder)
        return _pair(self.folder, label)

    def _request(self, label, algorithm, subject):
        _openssl("req", "-utf8", "-new", "-newkey", *algorithm, "-nodes",
                 "-subj", subject, "-keyout", label + ".key",
                 "-out", label + ".csr", folder=self.folder)

    def _issue(self, name, label, algorithm, subject):
        self._request(label, algorithm, subject)
        ext = self.workdir.write("certs/%s.ext" % label, _extensions(name))
        _openssl("x509", "-req", "-in", label + ".csr", "-days", "30",
                 "-CA", self.label + ".pem", "-CAkey", self.label + ".key",
                 "-CAcreateserial", "-extfile", ext, "-out", label + ".pem",
                 folder=self.folder)
        return _pair(self.folder, label)
