"""One corpus of messages for all verifiers: what each of them must say.

    corpus = Corpus(folder)         # writes NNN.eml, keys.txt, corpus.json

The result wanted is that of STAMP, written down here for each message;
hopseal verify is held to it as the mail clients are.  Where a client is to be
stricter, since it also shows the message, `shown` says so.
"""

import json
import os
import time


from lab.stampmaker import MADE, TAGS, Maker, ed25519_signer, rsa_signer
from lab.workdir import REPOSITORY

VECTORS = os.path.join(REPOSITORY, "tests", "vectors")
TRUSTED = ["example.org", "rsa.example"]
# RFC 8032, 7.1, test 1: the key of the vectors
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc4"
                     "4449c5697b326919703bac031cae7f60")

PLAIN = (b"From: Alice Example <alice@sender.example>\r\n"
         b"To: Bob <bob@example.org>\r\n"
         b"Subject: Contract draft\r\n"
         b"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n"
         b"Message-ID: <20261123100000.A1@sender.example>\r\n"
         b"MIME-Version: 1.0\r\n"
         b"Content-Type: text/plain; charset=utf-8\r\n"
         b"\r\nHello Bob,\r\n\r\nthe draft  is attached below.\t\r\n\r\n"
         b"Alice\r\n\r\n\r\n")
HEAD, BODY = (PLAIN.partition(b"\r\n\r\n")[i] for i in (0, 2))

OURS = Maker("example.org", "2026a", ed25519_signer(SEED))
RSA = Maker("rsa.example", "r1", rsa_signer(VECTORS + "/keys/rsa2048.pem"))
SMALL = Maker("rsa.example", "r0", rsa_signer(VECTORS + "/keys/rsa1024.pem"))
FOREIGN = Maker("x.example", "2026a")
CLAIMS = Maker("example.org", "2026a", (FOREIGN.sign, FOREIGN.record))

PASS, NONE, FOREIGN_STAMP = ("pass", ""), ("none", ""), ("foreign", "")
SIGNATURE, IN_BODY = ("fail", "signature"), ("fail", "body")
SYNTAX, NO_KEY = ("permerror", "syntax"), ("permerror", "no key")
VERSION, ALGORITHM = ("permerror", "version"), ("permerror", "algorithm")
COVERAGE, HIDDEN = ("fail", "coverage"), ("fail", "hidden")

# Records of further selectors, of the same key, and what becomes of a stamp.
RECORDS = (
    ("testing", OURS.record + "; t=y", PASS),
    ("testing-among-flags", OURS.record + "; t=s : y", PASS),
    ("revoked", "v=DS1; k=ed25519; p=", ("permerror", "revoked")),
    ("revoked-any-kind", "v=DS1; p=", ("permerror", "revoked")),
    ("revoked-later", OURS.record, ("permerror", "revoked")),
    ("revoked-before", "v=DS1; p=", ("permerror", "revoked")),
    ("twice", OURS.record, PASS),
    ("version", OURS.record.replace("DS1", "DS2"), VERSION),
    ("version-late", "k=ed25519; v=DS1; p=" + OURS.record[21:], VERSION),
    ("kind", OURS.record.replace("ed25519", "rsa"), ALGORITHM),
    ("kind-unknown", OURS.record.replace("ed25519", "ed448"), ALGORITHM),
    ("kind-missing", OURS.record.replace("k=ed25519; ", ""), SYNTAX),
    ("key-short", "v=DS1; k=ed25519; p=AAAA", ALGORITHM),
    ("key-no-base64", OURS.record.replace("=11q", "=1!q"), SYNTAX),
    ("key-loose-bits", OURS.record.replace("URo=", "URp="), SYNTAX),
    ("key-missing", "v=DS1; k=ed25519", SYNTAX),
    ("tag-twice", OURS.record + "; k=ed25519", SYNTAX),
    ("no-tag-list", "nonsense", SYNTAX),
    ("too-early", OURS.record + "; nb=%d" % (MADE + 1),
     ("permerror", "key window")),
    ("too-late", OURS.record + "; na=%d" % (MADE - 1),
     ("permerror", "key window")),
    ("in-window", OURS.record + "; nb=%d; na=%d" % (MADE, MADE), PASS),
    ("window-odd", OURS.record + "; nb=soon", SYNTAX),
    ("rsa-as-ed25519", RSA.record.replace("rsa", "ed25519"), ALGORITHM),
    ("unknown-tag", OURS.record + "; note=hello", PASS),
)

# More records of these selectors, below the others.
LATER = (
    ("revoked-later", FOREIGN.record),
    ("REVOKED-LATER", "v=DS1; k=ed25519; p= ;"),
    ("revoked-later", OURS.record),
    ("revoked-before", OURS.record),
    ("twice", FOREIGN.record),
    ("twice", "v=DS2; p="),
)


def ours(message=PLAIN, **changes):
    return OURS.stamp(message, **changes)


def _vectors():
    for name, want in (("plain", PASS), ("folded", PASS),
                       ("bad-body", IN_BODY), ("bad-subject", SIGNATURE),
                       ("bad-second-from", SIGNATURE)):
        with open("%s/stamp/%s.eml" % (VECTORS, name), "rb") as source:
            yield "vector " + name, source.read(), want


def _forms():
    """The same stamp in other clothes."""
    good = ours()
    yield "stamped", good, PASS
    yield "lf", good.replace(b"\r\n", b"\n"), PASS
    yield "rsa", RSA.stamp(PLAIN, a="rsa-sha256"), PASS
    yield "fields above", b"Received: by x\r\nX-A: b\r\n" + good, PASS
    yield "mbox line", b"From a@x Mon Nov 23\n" + good, PASS
    yield "folded by tabs", ours(fold="\r\n\t \t"), PASS
    yield "on one line", ours(fold=" "), PASS
    yield "refolded", good.replace(b"To: Bob ", b"To:  Bob\r\n\t"), PASS
    yield "name in capitals", good.replace(b"\r\nFrom:", b"\r\nFROM :"), PASS
    yield "lines at the end", good + b"\r\n \t\r\n\r\n", PASS
    yield "without its last line end", ours().rstrip(b"\r\n"), PASS
    yield "no body", ours(HEAD + b"\r\n\r\n"), PASS
    yield "no body and no empty line", ours(HEAD + b"\r\n"), PASS
    yield "8 bit", ours(PLAIN + "Gr\u00fc\u00dfe".encode()), PASS
    yield "odd octets in the body", ours(
        PLAIN + bytes(range(32, 256)) + b"\0\x0b\x0c\r \r\r\n"), PASS
    yield "reply-to of ours", ours(
        b"Reply-To: a@sender.example\r\n" + PLAIN), PASS
    yield "unknown tag", ours(zz="1", l_="x"), PASS
    yield "tags of DKIM", ours(l="0", x="1", q="dns/txt", i="@x"), PASS


def _changes():
    """What was changed after the stamp."""
    good = ours()
    for old, new, want in (
            (b"Subject: C", b"Subject: D", SIGNATURE),
            (b"Hello", b"Hallo", IN_BODY),
            (b"tls=TLSv1.3", b"tls=TLSv1.2", SIGNATURE),
            (b"bits=256", b"bits=257", SIGNATURE),
            (b"mode=require", b"mode=prefer", SIGNATURE),
            (b"To: Bob", b"To: Eve", SIGNATURE),
            (b"Subject: Contract", b"Subject: Con tract", SIGNATURE),
            (b"draft  is", b"draftis", IN_BODY),
            (b"Hello Bob,\r\n", b"Hello Bob,\r\n\r\n", IN_BODY),
            (b"\r\n\r\n", b"\r\nReply-To: x@y.example\r\n\r\n", SIGNATURE),
            (b"\r\n\r\n", b"\r\nCc: x@y.example\r\n\r\n", SIGNATURE),
            (b"\r\n\r\n", b"\r\nno field\r\n\r\n", IN_BODY),
            (b"\r\nTo:", b"\r\nno field\r\nTo:", SIGNATURE),
            (b"Alice\r\n", b"Alice\r\nP.S.\r\n", IN_BODY)):
        changed = good.replace(old, new, 1)
        assert changed != good, old
        yield "%r for %r" % (new, old), changed, want
    for name in ("From", "To", "Subject", "Date", "Message-ID",
                 "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
                 "From" + " " * 2000):  # no line of mbox
        extra = name.encode() + b": text/html\r\n"
        yield name + " added above", extra + good, SIGNATURE
        yield name + " added below", good.replace(
            b"\r\n\r\n", b"\r\n" + extra + b"\r\n", 1), SIGNATURE
    yield "renamed", good.replace(b"Delivered-Securely",
                                  b"DKIM-Signature"), NONE
    yield "name of another case", good.replace(b"Delivered-Securely",
                                               b"delivered-SECURELY"), PASS
    for name, octet in (("CR", b"\r"), ("NUL", b"\0")):
        yield ("a field behind %s in the mbox line" % name,
               b"From x" + octet + b"From: eve@bank.example\r\n" + good, NONE)
    yield ("no mbox line, a second From",
           b"From \t: eve@bank.example\r\n" + good, SIGNATURE)


def _grammar():
    """Each tag with values that it may not have, well signed."""
    for name, value, want in (
            ("v", "2", VERSION), ("v", "", VERSION), ("v", "01", VERSION),
            ("a", "rsa-sha1", ALGORITHM), ("a", "", ALGORITHM),
            ("a", "ED25519-SHA256", ALGORITHM),
            ("a", "rsa-sha256", ALGORITHM),
            ("c", "simple/simple", SYNTAX), ("c", "relaxed", SYNTAX),
            ("d", "", SYNTAX), ("d", "a..b", SYNTAX),
            ("d", "[1.2.3.4]", SYNTAX),
            ("d", "Example.ORG.", PASS), ("d", "example.org..", PASS),
            ("d", "org", FOREIGN_STAMP), ("d", "mx.example.org", FOREIGN_STAMP),
            ("d", "x" * 64 + ".example", SYNTAX),
            ("s", "a b", SYNTAX), ("s", "", SYNTAX), ("s", "2026A", PASS),
            ("s", "other", NO_KEY), ("s", ".", SYNTAX),
            ("s", ".".join(["a" * 60] * 4), NO_KEY),
            ("t", "-1", SYNTAX), ("t", "1795428007.5", SYNTAX),
            ("t", "1" * 13, SYNTAX), ("t", "", SYNTAX), ("t", "0", PASS),
            ("by", "mx/1", SYNTAX), ("by", "[192.0.2.1]", PASS),
            ("by", "", SYNTAX), ("by", "<b>", SYNTAX),
            ("id", "a/b", SYNTAX), ("id", "a" * 65, SYNTAX),
            ("id", "a" * 64, PASS),
            ("tls", "TLS v1", SYNTAX), ("cipher", "A.B", SYNTAX),
            ("cipher", "A_B-C", PASS),
            ("bits", "256.0", SYNTAX), ("bits", "100000", SYNTAX),
            ("bits", "0x10", SYNTAX), ("bits", "00128", PASS),
            ("cert", "yes", SYNTAX), ("cert", "trusted", PASS),
            ("ip", "192.0.2.256", SYNTAX), ("ip", "192.0.2.01", SYNTAX),
            ("ip", "2001:db8::1", PASS), ("ip", "2001:DB8::1", SYNTAX),
            ("ip", "2001:db8:0:0:0:0:0:1", SYNTAX), ("ip", "::1", PASS),
            ("ip", "::ffff:192.0.2.1", SYNTAX), ("ip", "::192.0.2.1", PASS),
            ("ip", "::ffff:1:2:3", PASS), ("ip", "::c000:201", SYNTAX),
            ("ip", "::", PASS),
            ("ip", "1:2:3:4:5:6:7:8", PASS), ("ip", "1:2:3:4:5:6:7", SYNTAX),
            ("ip", "1:0:3:4:5:6:7:8", PASS), ("ip", "1::3:4:5:6:7:8", SYNTAX),
            ("ip", "0:0:1:0::", SYNTAX), ("ip", "1:0:0:2::", PASS),
            ("ip", "fe80::1%eth0", SYNTAX), ("ip", "", SYNTAX),
            ("sender", "-", PASS), ("sender", "[IPv6:::1]", PASS),
            ("sender", "a@b", SYNTAX), ("sender", "", SYNTAX),
            ("rcpt", "a b", SYNTAX), ("rcpt", "-", PASS),
            ("mode", "Require", SYNTAX), ("mode", "fallback-allowed", PASS),
            ("requiretls", "n", SYNTAX), ("requiretls", "y", PASS),
            ("next", "prefer", SYNTAX), ("next", "require", PASS),
            ("rs", "AAECAwQFBgcICQoLDA0ODw==", SYNTAX), # without rc
            ("h", "to:subject", SYNTAX), ("h", "from:", SYNTAX),
            ("h", "from:a b", SYNTAX), ("h", ":from", SYNTAX),
            ("h", TAGS["h"].upper().replace(":", " :\r\n "), PASS),
            ("bh", "AAAA", SYNTAX), ("bh", "", SYNTAX),
            ("bh", "A" * 43 + "=", IN_BODY)):
        yield "%s=%.40s" % (name, value), ours(**{name: value}), want
    for name in TAGS:
        want = PASS if name in ("id", "ip", "rcpt") else SYNTAX
        if name != "h":     # our own signer needs it
            yield "without " + name, ours(**{name: None}), want


def _certificates():
    for cn, want in (("mx.sender.example", PASS), ("A=20=C3=A9", PASS),
                     ("a\r\n b", PASS), ("a=2", SYNTAX), ("a=c3", SYNTAX),
                     ("=C\r\n 3", SYNTAX),
                     ("x" * 64, PASS), ("x" * 65, SYNTAX), ("", SYNTAX),
                     ("=3Cb=3E=00=0A", PASS)):
        yield "cn=%.20r" % cn, ours(cert="trusted", cn=cn), want
    yield "cn of none", ours(cert="none", cn="mx"), SYNTAX


def _lists():
    good = ours()
    twice = b"mode=require; mode=require;"
    yield "v not first", ours(v=None, v_="1").replace(b" v_=1;",
                                                      b" v=1;"), SYNTAX
    yield "tag twice", good.replace(b"mode=require;", twice), SYNTAX
    yield "no tag list", b"Delivered-Securely: nonsense\r\n" + PLAIN, SYNTAX
    yield "empty field", b"Delivered-Securely:\r\n" + PLAIN, SYNTAX
    yield "empty tag", good.replace(b"v=1;", b"v=1;;", 1), SYNTAX
    yield "name with a digit in front", ours(**{"1a": "x"}), SYNTAX
    yield "8 bit in a value", good.replace(b"v=1;", b"v=1; y=\xc3\xa9;"), SYNTAX
    yield "control in a value", good.replace(b"v=1;", b"v=1; y=\x01;"), SYNTAX
    yield "bare cr in it", good.replace(b"v=1;", b"v=1; y=\r;"), SYNTAX
    yield "64 tags", ours(**{"z%d" % i: "" for i in range(45)}), PASS
    yield "65 tags", ours(**{"z%d" % i: "" for i in range(46)}), SYNTAX
    room = 4096 - len(good) + len(PLAIN)
    yield "4096 octets", ours(z="a" * (room - 6)), PASS
    yield "4097 octets", ours(z="a" * (room - 5)), SYNTAX
    yield "b without padding", good.replace(b"==\r\nFrom", b"\r\nFrom"), SYNTAX
    yield "b cut", good.replace(b" b=", b" b=\r\n "), PASS
    end = good.index(b"==\r\nFrom")
    loose = bytes([good[end - 1] + 1]) + b"==\r\nFrom"
    yield "b with loose bits", good[:end - 1] + loose + good[end + 8:], SYNTAX
    yield "b empty", good[:end - 86] + good[end + 2:], SYNTAX
    yield "b short", good[:end - 86] + b"AAAA" + good[end + 2:], SIGNATURE
    yield "b of nothing", good[:end - 86] + b"A" * 86 + good[end:], SIGNATURE
    yield "semicolon at the end", (good[:end + 2] + b" ;" +
                                   good[end + 2:]), SIGNATURE


def _several():
    good = ours()
    stamp = good[:-len(PLAIN)]
    broken = stamp.replace(b"bits=256", b"bits=255")
    odd = stamp.replace(b"v=1", b"v=3")
    foreign = FOREIGN.stamp(b"")
    for name, above, want in (
            ("broken above", [broken], PASS), ("odd above", [odd], PASS),
            ("foreign above", [foreign], PASS),
            ("four above", [broken] * 4, PASS),
            ("five above", [broken] * 5, SIGNATURE),
            ("five foreign above", [foreign] * 5, FOREIGN_STAMP),
            ("twice", [stamp], PASS)):
        yield name, b"".join(above) + good, want
    for name, found, want in (
            ("odd and broken", [odd, broken], SIGNATURE),
            ("odd and foreign", [foreign, odd], VERSION),
            ("foreign alone", [foreign], FOREIGN_STAMP)):
        yield name, b"".join(found) + PLAIN, want
    yield "below the fields", PLAIN.replace(b"\r\n\r\n", b"\r\n" + stamp +
                                            b"\r\n", 1), PASS
    yield "in the body", PLAIN + stamp, NONE
    yield "claims to be ours", CLAIMS.stamp(PLAIN), SIGNATURE
    yield "of a stranger", FOREIGN.stamp(PLAIN), FOREIGN_STAMP
    yield "not stamped", PLAIN, NONE
    yield "empty", b"", NONE
    yield "rsa of 1024 bits", SMALL.stamp(PLAIN, a="rsa-sha256"), ALGORITHM


def _times():
    yield "of tomorrow", ours(t=str(int(time.time()) + 86400)), ("fail",
                                                                 "future")
    yield "of now", ours(t=str(int(time.time()))), PASS


def _limits():
    more = b"X: y\r\n"
    # The stamp and the seven fields of PLAIN count, too.
    for count, want in ((16384, PASS), (16385, SYNTAX)):
        yield "%d fields" % count, more * (count - 8) + ours(), want


def _records():
    for selector, _, want in RECORDS:
        yield "key " + selector, ours(s=selector), want


def _shown():
    """Who shows the message must not let pass, or has a word of its own."""
    once = TAGS["h"].replace("from:from", "from").replace(
        "subject:subject", "subject").replace(
            "content-type:content-type", "content-type").replace(
                "content-transfer-encoding", "date")
    good = ours(h=once)
    yield "named once", good, PASS, None
    for field in (b"From: ceo@example.org", b"Subject: Pay at once",
                  b"Content-Type: text/html",
                  b"Content-Transfer-Encoding: base64"):
        yield "unseen " + field.decode(), field + b"\r\n" + good, PASS, COVERAGE
    yield "subject left out", ours(h="from:to"), PASS, COVERAGE
    for octet in (b"\r", b"\0"):
        above = b"X-A: b%sSubject: Pay at once\r\n" % octet
        yield "hidden by %r" % octet, above + ours(), SIGNATURE, HIDDEN


def rows():
    """(name, message, what hopseal verify says, what a reader is told)."""
    for part in (_vectors, _forms, _changes, _grammar, _certificates, _lists,
                 _several, _times, _limits, _records):
        for name, message, want in part():
            yield name, message, want, want
    for name, message, want, shown in _shown():
        yield name, message, want, shown or want


class Corpus:
    def __init__(self, folder):
        self.folder = folder
        self.rows = list(rows())
        lines = [OURS.line, RSA.line, SMALL.line, FOREIGN.line] + [
            "%s._delivered-securely.example.org %s\n" % record[:2]
            for record in RECORDS + LATER]
        self.keys = self._write("keys.txt", "".join(lines).encode())
        index = []
        for number, (name, message, _, shown) in enumerate(self.rows):
            file = "%03d.eml" % number
            self._write(file, message)
            index.append({"file": file, "name": name, "result": shown[0],
                          "reason": shown[1]})
        self._write("corpus.json", json.dumps(
            {"keys": lines, "trusted": TRUSTED, "rows": index}).encode())

    def _write(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as out:
            out.write(content)
        return path


