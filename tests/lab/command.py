"""The hopseal command, and a verifier that is not ours (dkimpy)."""

import base64
import os
import subprocess

from lab.waiting import PATIENCE
from lab.workdir import REPOSITORY


def program(name):
    """The program as built: $HOPSEALD or $HOPSEAL, else of build/."""
    folder = os.environ.get("HOPSEAL_BUILD",
                            os.path.join(REPOSITORY, "build"))
    return os.environ.get(name.upper(), os.path.join(folder, name))


def hopseal(*args, stdin=b""):
    """Run `hopseal ARGS`; the result has returncode, stdout and stderr."""
    return subprocess.run([program("hopseal"), *args], input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60 * PATIENCE)


def verify(message, keys, *args):
    """(exit code, what it said) of `hopseal verify` of these octets."""
    done = hopseal("verify", "--keys", keys, *args, "-", stdin=message)
    return done.returncode, (done.stdout + done.stderr).decode()


def keygen_pem(path):
    """An ed25519 key by openssl(1), its record's p= value."""
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out",
                    path], check=True, stderr=subprocess.DEVNULL)
    public = subprocess.run(["openssl", "pkey", "-in", path, "-pubout",
                             "-outform", "DER"], check=True,
                            stdout=subprocess.PIPE).stdout
    # RFC 8410: a SubjectPublicKeyInfo ends with the raw 32 octets.
    return base64.b64encode(public[-32:]).decode()


def stamps(message):
    """The Delivered-Securely fields of a message, unfolded, top first."""
    head = message.partition(b"\r\n\r\n")[0].replace(b"\r\n\t", b"\t")
    head = head.replace(b"\r\n ", b" ")
    name = b"delivered-securely:"
    return [line[len(name):].decode("utf-8", "replace").strip()
            for line in head.split(b"\r\n") if line.lower().startswith(name)]


def tags(stamp):
    """The tag list of a stamp as a dict; white space in values is gone."""
    pairs = (part.partition("=") for part in stamp.split(";") if part.strip())
    return {name.strip(): "".join(value.split()) for name, _, value in pairs}


def dkimpy_verifies(message, keys):
    """Whether dkimpy, told the field name and the keys, verifies the stamp.

    dkimpy builds the key's name for DKIM; only that is bent here."""
    import dkim
    records = {}
    with open(keys, "rb") as lines:
        for line in lines:
            name, _, record = line.strip().partition(b" ")
            # dkimpy insists on v=DKIM1 in the record
            records[name.rstrip(b".")] = record.replace(b"v=DS1", b"v=DKIM1")

    def lookup(name, timeout=5):
        name = name.rstrip(b".").replace(b"._domainkey.",
                                         b"._delivered-securely.")
        return records.get(name)

    judge = dkim.DKIM(message)
    field = [(name, value) for name, value in judge.headers
             if name.lower() == b"delivered-securely"][0]
    signature = dkim.util.parse_tag_value(field[1])
    include = [name.strip().lower()
               for name in signature[b"h"].split(b":")]
    return judge.verify_sig(signature, include, field, lookup)
