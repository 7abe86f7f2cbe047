"""An independent check of stamps, written from STAMP and RFC 6376 alone.

It shares nothing with the C code: relaxed/relaxed is written again here,
ed25519 is PyNaCl's, rsa is the openssl command's. problem() returns what is
wrong with a stamp as a sentence, or '' when it holds.
"""

import base64
import hashlib
import hmac
import re
import subprocess
import tempfile
from dataclasses import dataclass

import nacl.exceptions
import nacl.signing

FIELD = b'Delivered-Securely'


@dataclass
class Stamp:
    """One stamp of a message: its tags in order, and where it stood."""

    index: int
    raw: bytes
    order: list
    tags: dict


def split(message):
    """Header fields (name, raw value with folds) and body."""
    head, _, body = message.partition(b'\r\n\r\n')
    fields = []
    for line in head.split(b'\r\n'):
        if line[:1] in (b' ', b'\t') and fields:
            fields[-1][1] += b'\r\n' + line
            continue
        name, _, value = line.partition(b':')
        fields.append([name, value])
    return [tuple(item) for item in fields], body


def relaxed_value(value):
    """RFC 6376, 3.4.2: unfold, one space for each run, none at the ends."""
    value = value.replace(b'\r\n', b'')
    return re.sub(rb'[ \t]+', b' ', value).strip(b' ')


def relaxed_field(name, value):
    """Name in lower case, no space around the colon."""
    return name.strip(b' \t').lower() + b':' + relaxed_value(value)


def relaxed_body(body):
    """RFC 6376, 3.4.4: runs of blanks, blanks at the end, empty lines."""
    lines = [re.sub(rb'[ \t]+', b' ', line).rstrip(b' ')
             for line in body.split(b'\r\n')]
    while lines and not lines[-1]:
        lines.pop()
    return b''.join(line + b'\r\n' for line in lines)


def parse(value):
    """Tags of a field value in their order; white space in values dropped."""
    order, tags = [], {}
    for part in value.decode('ascii').split(';'):
        if not part.strip():
            continue
        name, equals, text = part.partition('=')
        name = name.strip()
        if not equals or name in tags:
            raise ValueError(f'no tag list: {part!r}')
        order.append(name)
        tags[name] = re.sub(r'[ \t\r\n]+', '', text)
    return order, tags


def stamps(message):
    """All stamps of a message, from the top."""
    found = []
    for index, (name, value) in enumerate(split(message)[0]):
        if name.lower() == FIELD.lower():
            order, tags = parse(value)
            found.append(Stamp(index, value, order, tags))
    return found


def signed_octets(message, stamp):
    """What the signature covers: the fields of h=, then the stamp."""
    fields, _ = split(message)
    left = [item for n, item in enumerate(fields) if n != stamp.index]
    out = []
    for name in stamp.tags['h'].lower().split(':'):
        for place in range(len(left) - 1, -1, -1):
            if left[place][0].strip().lower() == name.encode('ascii'):
                out.append(relaxed_field(*left.pop(place)) + b'\r\n')
                break
    bare = re.sub(rb'(;[ \t\r\n]*b[ \t\r\n]*=)[^;]*', rb'\1', stamp.raw)
    return b''.join(out) + relaxed_field(FIELD, bare)


def problem(message, stamp, record):
    """What is wrong with this stamp, '' if nothing."""
    digest = hashlib.sha256(relaxed_body(split(message)[1])).digest()
    if base64.b64encode(digest).decode() != stamp.tags['bh']:
        return f"body hash {base64.b64encode(digest)} != {stamp.tags['bh']}"
    key = dict(part.strip().split('=', 1)
               for part in record.split(';') if part.strip())
    public = base64.b64decode(key['p'])
    signature = base64.b64decode(stamp.tags['b'])
    check = {'ed25519-sha256': check_ed25519,
             'rsa-sha256': check_rsa}[stamp.tags['a']]
    return check(public, signature, signed_octets(message, stamp))


def check_ed25519(public, signature, data):
    """RFC 8463: the SHA-256 of the data is what is signed."""
    try:
        nacl.signing.VerifyKey(public).verify(
            hashlib.sha256(data).digest(), signature)
    except (nacl.exceptions.BadSignatureError, ValueError) as error:
        return f'ed25519: {error}'
    return ''


def check_rsa(public, signature, data):
    """RSASSA-PKCS1-v1_5 by the openssl command."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (('pub.der', public), ('sig', signature),
                              ('data', data)):
            with open(f'{folder}/{name}', 'wb') as out:
                out.write(content)
        done = subprocess.run(
            ['openssl', 'dgst', '-sha256', '-keyform', 'DER', '-verify',
             f'{folder}/pub.der', '-signature', f'{folder}/sig',
             f'{folder}/data'], capture_output=True, check=False)
    return '' if done.returncode == 0 else f'rsa: {done.stdout}'


def recipient_code(salt, address):
    """rc= for an address: STAMP, recipient binding."""
    text = b'delivered-securely\0' + address.encode('utf-8')
    code = hmac.new(base64.b64decode(salt), text, hashlib.sha256).digest()
    return base64.b64encode(code).decode()


def stamp_id(stamp):
    """The id of the log and the ledger."""
    octets = base64.b64decode(stamp.tags['b'])
    return hashlib.sha256(octets).hexdigest()[:32]
