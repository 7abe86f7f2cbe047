"""The MTA's side of one milter connection.

Milter negotiates, sends each step with the macros that belong to it and
waits for the answer, unless the filter asked to be left out or to be silent.
It checks what a real MTA checks: no action, step or edit that was not
agreed on. A violation is ProtocolError: the filter's bug, never a verdict.
"""

import struct
from dataclasses import dataclass, field

import milterwire as wire


class ProtocolError(Exception):
    """The filter broke the protocol."""


@dataclass
class Edit:
    """One change that the filter asked for at EOM."""

    kind: bytes
    index: int = 0
    name: str = ''
    value: bytes = b''


@dataclass
class Reply:
    """The answer to one step."""

    code: bytes = wire.CONTINUE
    text: str = ''
    edits: list = field(default_factory=list)
    sent: bool = True

    @property
    def passes(self):
        """Does the MTA go on with the message or recipient?"""
        return self.code in (wire.CONTINUE, wire.ACCEPT, wire.SKIP)

    def __str__(self):
        default = {wire.REJECT: '550 5.7.1 Command rejected',
                   wire.TEMPFAIL: '451 4.7.1 Service unavailable'}
        if self.passes:
            return 'ok'
        return self.text or default.get(self.code, repr(self.code))


def parse_edit(kind, data):
    """An edit packet taken apart."""
    if kind in (wire.INS_HEADER, wire.CHG_HEADER):
        index = struct.unpack('!i', data[:4])[0]
        name, value = data[4:].split(b'\0')[:2]
        return Edit(kind, index, name.decode('ascii'), value)
    if kind == wire.ADD_HEADER:
        name, value = data.split(b'\0')[:2]
        return Edit(kind, 0, name.decode('ascii'), value)
    return Edit(kind, 0, '', data.rstrip(b'\0'))


NEEDS = {wire.ADD_HEADER: wire.F_ADDHDRS, wire.INS_HEADER: wire.F_ADDHDRS,
         wire.CHG_HEADER: wire.F_CHGHDRS, wire.ADD_RCPT: wire.F_ADDRCPT,
         wire.ADD_RCPT_PAR: wire.F_ADDRCPT_PAR,
         wire.DEL_RCPT: wire.F_DELRCPT, wire.REPL_BODY: wire.F_CHGBODY,
         wire.CHG_FROM: wire.F_CHGFROM,
         wire.QUARANTINE: wire.F_QUARANTINE}


class Milter:
    """One connection to the filter, negotiated."""

    def __init__(self, address, dialect, timeout=30):
        self.dialect = dialect
        self.wire = wire.Wire(address, timeout)
        self.lists = {}
        self.macro_log = {}
        try:
            self.negotiate()
        except BaseException:
            self.wire.close()
            raise

    def negotiate(self):
        """Offers what the dialect knows; keeps what the filter chose."""
        offer = struct.pack('!III', self.dialect.version,
                            self.dialect.actions, self.dialect.steps)
        self.wire.send(wire.OPTNEG, offer)
        command, data = self.wire.receive()
        if command != wire.OPTNEG or len(data) < 12:
            raise ProtocolError(f'OPTNEG answered with {command} {data}')
        self.version, self.actions, self.steps = \
            struct.unpack('!III', data[:12])
        self.lists = parse_lists(data[12:])
        self.check_agreement()

    def check_agreement(self):
        """The filter may choose from the offer only."""
        beyond = [(name, got & ~offered) for name, got, offered in (
            ('actions', self.actions, self.dialect.actions),
            ('steps', self.steps, self.dialect.steps)) if got & ~offered]
        if beyond:
            raise ProtocolError(f'filter asks for more than offered {beyond}')
        if self.version > self.dialect.version:
            raise ProtocolError(f'filter speaks version {self.version}')
        if self.lists and not self.dialect.actions & wire.F_SETSYMLIST:
            raise ProtocolError('macro lists for an MTA that has none')

    def has(self, step):
        """Did the filter ask for this SMFIP_ flag?"""
        return bool(self.steps & step)

    def step(self, command, data, client, envelope, macros=True):
        """Sends one step with its macros; returns the Reply."""
        if macros:
            self.send_macros(command, client, envelope)
        leave_out, silent = wire.STEPS[command]
        if self.has(leave_out) or not self.exists(leave_out):
            return Reply(sent=False)
        self.wire.queue(command, data)
        if self.has(silent) and silent:
            return Reply()
        self.wire.flush()
        return self.answer(command)

    def exists(self, leave_out):
        """Steps that this version of the protocol does not have."""
        return not leave_out or bool(self.dialect.steps & leave_out)

    def send_macros(self, command, client, envelope):
        """Macros go out even when their step does not, as with both MTAs."""
        if not self.exists(wire.STEPS[command][0]):
            return
        found = self.dialect.macros(command, self.lists, client, envelope)
        if found is None:
            return
        self.macro_log.setdefault(command, []).append(dict(found))
        flat = [part for pair in found for part in pair]
        self.wire.queue(wire.MACRO, command + wire.strings(*flat))

    def answer(self, command):
        """Reads until a final answer; edits only at EOM."""
        edits = []
        while True:
            code, data = self.wire.receive()
            if code == wire.PROGRESS:
                continue
            if code in wire.EDITS:
                edits.append(self.checked_edit(command, code, data))
                continue
            if code not in wire.FINAL:
                raise ProtocolError(f'{command} answered with {code} {data}')
            return Reply(code, self.checked_text(code, data), edits)

    def checked_edit(self, command, code, data):
        """An edit at the wrong time, or not agreed on, is a violation."""
        if command != wire.EOM:
            raise ProtocolError(f'edit {code} at {command}')
        if not self.actions & NEEDS[code]:
            raise ProtocolError(f'edit {code} was not negotiated')
        return parse_edit(code, data)

    def checked_text(self, code, data):
        """The text of a reply, in the form that Postfix insists on."""
        if code != wire.REPLYCODE:
            return ''
        text = data.rstrip(b'\0').decode('utf-8', 'surrogateescape')
        if not (text[:3].isdigit() and text[0] in '45' and
                text[3:4] in (' ', '-') and text[4:5] == text[0]):
            raise ProtocolError(f'malformed reply {text!r}')
        return self.dialect.reply_text(text)

    def abort(self):
        """RSET, or the client went away inside a message: no answer."""
        self.wire.send(wire.ABORT)

    def quit(self):
        """The end of the SMTP session."""
        self.wire.send(wire.QUIT)
        self.wire.close()

    def quit_new_connection(self):
        """Another SMTP session follows on this connection."""
        self.wire.send(wire.QUIT_NC)


def parse_lists(data):
    """Macro lists of the filter's OPTNEG: stage number, names, NUL."""
    lists = {}
    while data:
        stage = struct.unpack('!I', data[:4])[0]
        names, end, data = data[4:].partition(b'\0')
        if not end or stage not in wire.STAGES:
            raise ProtocolError(f'bad macro list for stage {stage}')
        lists[wire.STAGES[stage]] = names.decode('ascii').split()
    return lists
