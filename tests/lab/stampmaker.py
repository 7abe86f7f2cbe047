"""Stamps of the test's own making, good ones and any others.

    maker = Maker("example.org", "2026a")
    message = maker.stamp(MESSAGE)
    message = maker.stamp(MESSAGE, tls="TLSv1.0", cn=None)

The octets to sign are those of stampcheck, which shares nothing with the
code under test; what is signed is true to its tags, however odd they are.
"""

import base64
import hashlib
import subprocess

import nacl.signing

from lab import stampcheck

MADE = 1795428007
TAGS = {
    "v": "1", "a": "ed25519-sha256", "c": "relaxed/relaxed", "d": None,
    "s": None, "t": str(MADE), "by": "mx1.example.org", "id": "4cZ9Xk2QnBz3sW",
    "tls": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384", "bits": "256",
    "cert": "unknown", "ip": "192.0.2.25", "sender": "sender.example",
    "rcpt": "example.org", "mode": "require",
    "h": "from:from:to:to:cc:subject:subject:date:date:message-id:message-id:"
         "reply-to:mime-version:mime-version:content-type:content-type:"
         "content-transfer-encoding",
}


def ed25519_signer(seed):
    """A function that signs a digest, and the record of its key."""
    key = nacl.signing.SigningKey(seed)
    record = "v=DS1; k=ed25519; p=" + base64.b64encode(
        bytes(key.verify_key)).decode()
    return lambda octets: key.sign(
        hashlib.sha256(octets).digest()).signature, record


def rsa_signer(pem):
    """The same with an RSA key by openssl(1)."""
    public = subprocess.run(
        ["openssl", "pkey", "-in", pem, "-pubout", "-outform", "DER"],
        check=True, stdout=subprocess.PIPE).stdout

    def sign(octets):
        return subprocess.run(["openssl", "dgst", "-sha256", "-sign", pem],
                              input=octets, check=True,
                              stdout=subprocess.PIPE).stdout
    return sign, "v=DS1; k=rsa; p=" + base64.b64encode(public).decode()


class Maker:
    def __init__(self, domain, selector, signer=None):
        self.domain, self.selector = domain, selector
        self.sign, self.record = signer or ed25519_signer(
            hashlib.sha256(domain.encode()).digest())
        self.name = "%s._delivered-securely.%s" % (selector, domain)
        self.line = "%s %s\n" % (self.name, self.record)

    def field(self, message, tags, fold="\r\n "):
        """The field of these tags in their order; bh and b are filled in."""
        pairs = ["%s=%s" % pair for pair in tags.items()]
        digest = hashlib.sha256(stampcheck.relaxed_body(
            stampcheck.split(message)[1])).digest()
        if "bh" not in tags:
            pairs.append("bh=" + base64.b64encode(digest).decode())
        value = (";" + fold).join([*pairs, "b="])
        bare = b"%s: %s\r\n" % (stampcheck.FIELD, value.encode())
        stamp = stampcheck.Stamp(0, bare[len(stampcheck.FIELD) + 1:-2], [],
                                 {"h": "".join(tags["h"].split())})
        signature = base64.b64encode(self.sign(
            stampcheck.signed_octets(bare + message, stamp)))
        return bare[:-2] + signature + b"\r\n"

    def stamp(self, message, fold="\r\n ", **changes):
        """The message below its stamp.  A tag that is None is left out; `v_`
        and the like are further tags, at the end."""
        tags = {**TAGS, "d": self.domain, "s": self.selector, **changes}
        tags = {name: value for name, value in tags.items()
                if value is not None}
        return self.field(message, tags, fold) + message
