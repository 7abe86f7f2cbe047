"""A message with a filter's edits applied, the way each MTA applies them.

Seen in FACTS and at the source: inserting counts the MTA's own Received
field, so that index 1 is just below it; changing and deleting count fields
of one name from 1 and do not see that Received. After a delete Postfix
renumbers; Sendmail keeps the deleted field in its list and counts it on.
"""

import re

import milterwire as wire

RECEIVED = ('Received', b' from client.example by mx.example.org;'
            b' Mon, 23 Nov 2026 10:00:01 +0000')

# Sendmail writes these fields again from the parsed list of addresses.
REWRITTEN = ('from', 'to', 'cc', 'reply-to', 'sender')


class Field:
    """One header field; own: the MTA made it, the filter never saw it."""

    def __init__(self, name, value, own=False):
        self.name, self.value, self.own = name, value, own
        self.deleted = False

    def octets(self):
        """As delivered, CRLF at the end."""
        lines = self.value.replace(b'\n', b'\r\n')
        return self.name.encode('ascii') + b':' + lines + b'\r\n'


def octets(dialect, headers, body, edits, leadspc):
    """The delivered message: header fields, empty line, body."""
    fields = [Field(*RECEIVED, own=True)]
    fields += [Field(name, wire.octets(value).replace(b'\r\n', b'\n'))
               for name, value in headers]
    renumber = dialect.name != 'sendmail'
    for edit in edits:
        apply(edit, fields, renumber, leadspc)
    if not renumber:
        for item in fields:
            item.value = rewrite(item)
    kept = [item.octets() for item in fields if not item.deleted]
    return b''.join(kept) + b'\r\n' + body


def apply(edit, fields, renumber, leadspc):
    """One header edit; other edits do not show in the octets."""
    value = edit.value if leadspc else b' ' + edit.value
    if edit.kind == wire.INS_HEADER:
        fields.insert(min(edit.index, len(fields)), Field(edit.name, value))
    elif edit.kind == wire.ADD_HEADER:
        fields.append(Field(edit.name, value))
    elif edit.kind == wire.CHG_HEADER:
        change(edit, value, fields, renumber)


def change(edit, value, fields, renumber):
    """Changes, or deletes when the value is empty, the nth field of a name."""
    same = [item for item in fields
            if item.name.lower() == edit.name.lower() and not item.own]
    index = max(edit.index, 1) - 1
    if index >= len(same):
        if edit.value:
            fields.append(Field(edit.name, value))
        return
    if edit.value:
        same[index].value, same[index].deleted = value, False
    elif renumber:
        fields.remove(same[index])
    else:
        same[index].deleted = True


def rewrite(item):
    """Sendmail puts white space after each comma of an address list."""
    if item.own or item.name.lower() not in REWRITTEN:
        return item.value
    parts = re.split(rb'("(?:[^"\\]|\\.)*")', item.value)
    parts[::2] = [re.sub(rb'[ \t]*,(?=[^ \t\n])', b', ', part)
                  for part in parts[::2]]
    return b''.join(parts)
