"""A second implementation of the log, to judge ours by.

Merkle trees of RFC 6962, signed notes and checkpoints of C2SP
(signed-note, tlog-checkpoint, tlog-proof). Written from those documents; it
shares nothing with the program but them. Signatures are left to openssl(1).
"""

import base64
import hashlib
import os
import subprocess
import tempfile

ED25519_SPKI = bytes.fromhex('302a300506032b6570032100')


def leaf_hash(line):
    return hashlib.sha256(b'\0' + line).digest()


def node_hash(left, right):
    return hashlib.sha256(b'\1' + left + right).digest()


def root_of(leaves):
    """MTH of RFC 6962, 2.1, over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b'').digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(root_of(leaves[:split]), root_of(leaves[split:]))


def root_from_path(leaf, index, size, path):
    """The root that a path claims: by walking down from the top."""
    def walk(index, size, path):
        if size == 1:
            if path:
                raise ValueError('path too long')
            return leaf
        if not path:
            raise ValueError('path too short')
        split = 1
        while split * 2 < size:
            split *= 2
        if index < split:
            return node_hash(walk(index, split, path[:-1]), path[-1])
        return node_hash(path[-1],
                         walk(index - split, size - split, path[:-1]))
    return walk(index, size, path)


class Key:
    """A verifier key, NAME+KEYID+BASE64."""

    def __init__(self, text):
        self.name, key_id, data = text.strip().split('+', 2)
        self.typed = base64.b64decode(data, validate=True)
        self.id = bytes.fromhex(key_id)
        want = hashlib.sha256(self.name.encode() + b'\n' + self.typed)
        if self.typed[0] != 1 or len(self.typed) != 33 or \
                want.digest()[:4] != self.id:
            raise ValueError('no ed25519 verifier key')

    def verifies(self, text, signature):
        """What openssl pkeyutl says of it."""
        with tempfile.TemporaryDirectory() as folder:
            def put(name, data):
                path = os.path.join(folder, name)
                with open(path, 'wb') as out:
                    out.write(data)
                return path
            public = put('key.der', ED25519_SPKI + self.typed[1:])
            return subprocess.run(
                ['openssl', 'pkeyutl', '-verify', '-pubin', '-keyform',
                 'DER', '-inkey', public, '-rawin', '-in',
                 put('text', text), '-sigfile', put('sig', signature)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, check=False).returncode == 0


def open_checkpoint(note, key):
    """(size, root) of a signed checkpoint, or ValueError."""
    text, _, signatures = note.partition(b'\n\n')
    text += b'\n'
    for line in signatures.splitlines():
        dash, name, data = line.decode().split(' ')
        if dash != '\u2014':
            raise ValueError('no signature line')
        data = base64.b64decode(data, validate=True)
        if name == key.name and data[:4] == key.id:
            if not key.verifies(text, data[4:]):
                raise ValueError('the signature does not hold')
            origin, size, root = text.decode().splitlines()[:3]
            if origin != key.name:
                raise ValueError('another log')
            return int(size), base64.b64decode(root, validate=True)
    raise ValueError('not signed by this key')


def check_bundle(bundle, key):
    """The record's line, if the bundle proves it; else ValueError."""
    line, blank, rest = bundle.split(b'\n', 2)
    if blank:
        raise ValueError('no blank line after the record')
    proof, _, note = rest.partition(b'\n\n')
    head, index, *path = proof.decode().splitlines()
    if head != 'c2sp.org/tlog-proof@v1' or not index.startswith('index '):
        raise ValueError('no tlog-proof')
    path = [base64.b64decode(item, validate=True) for item in path]
    size, root = open_checkpoint(note, key)
    claimed = root_from_path(leaf_hash(line), int(index[6:]), size, path)
    if claimed != root:
        raise ValueError('the record is not in the tree')
    return line
