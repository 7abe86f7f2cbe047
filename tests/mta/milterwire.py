"""The milter protocol on the wire: packets, commands, flags.

A packet is four octets of length, one of command and the data. Everything
here is octets and numbers; who says what when is milterclient.py's business.
Source: libmilter/mfdef.h and mfapi.h of Sendmail 8.17.
"""

import socket
import struct

from lab.waiting import PATIENCE

VERSION = 6
CHUNK = 65535

# What the MTA says.
ABORT, BODY, CONNECT, MACRO, EOM = b'A', b'B', b'C', b'D', b'E'
HELO, QUIT_NC, HEADER, MAIL, EOH = b'H', b'K', b'L', b'M', b'N'
OPTNEG, QUIT, RCPT, DATA, UNKNOWN = b'O', b'Q', b'R', b'T', b'U'

# What the filter answers; the first group ends the wait for an answer.
CONTINUE, ACCEPT, REJECT, TEMPFAIL = b'c', b'a', b'r', b't'
DISCARD, REPLYCODE, SKIP, SHUTDOWN = b'd', b'y', b's', b'4'
CONN_FAIL = b'f'
FINAL = (CONTINUE, ACCEPT, REJECT, TEMPFAIL, DISCARD, REPLYCODE, SKIP,
         SHUTDOWN, CONN_FAIL)
PROGRESS = b'p'
ADD_RCPT, DEL_RCPT, ADD_RCPT_PAR = b'+', b'-', b'2'
REPL_BODY, CHG_FROM, QUARANTINE = b'b', b'e', b'q'
ADD_HEADER, INS_HEADER, CHG_HEADER = b'h', b'i', b'm'
EDITS = (ADD_RCPT, DEL_RCPT, ADD_RCPT_PAR, REPL_BODY, CHG_FROM, QUARANTINE,
         ADD_HEADER, INS_HEADER, CHG_HEADER)

# Actions (SMFIF_*).
F_ADDHDRS, F_CHGBODY, F_ADDRCPT, F_DELRCPT = 0x01, 0x02, 0x04, 0x08
F_CHGHDRS, F_QUARANTINE, F_CHGFROM = 0x10, 0x20, 0x40
F_ADDRCPT_PAR, F_SETSYMLIST = 0x80, 0x100
F_ALL = 0x1ff
F_V2 = 0x3f

# Steps (SMFIP_*).
P_NOCONNECT, P_NOHELO, P_NOMAIL, P_NORCPT = 0x01, 0x02, 0x04, 0x08
P_NOBODY, P_NOHDRS, P_NOEOH, P_NR_HDR = 0x10, 0x20, 0x40, 0x80
P_NOUNKNOWN, P_NODATA, P_SKIP, P_RCPT_REJ = 0x100, 0x200, 0x400, 0x800
P_NR_CONN, P_NR_HELO, P_NR_MAIL, P_NR_RCPT = 0x1000, 0x2000, 0x4000, 0x8000
P_NR_DATA, P_NR_UNKN = 0x10000, 0x20000
P_NR_EOH, P_NR_BODY, P_HDR_LEADSPC = 0x40000, 0x80000, 0x100000
P_ALL = 0x1fffff
P_V2 = 0x7f
P_NR = (P_NR_HDR | P_NR_CONN | P_NR_HELO | P_NR_MAIL | P_NR_RCPT |
        P_NR_DATA | P_NR_UNKN | P_NR_EOH | P_NR_BODY)

# For each command: the flag that leaves it out, the flag that silences it.
STEPS = {
    CONNECT: (P_NOCONNECT, P_NR_CONN),
    HELO: (P_NOHELO, P_NR_HELO),
    MAIL: (P_NOMAIL, P_NR_MAIL),
    RCPT: (P_NORCPT, P_NR_RCPT),
    DATA: (P_NODATA, P_NR_DATA),
    HEADER: (P_NOHDRS, P_NR_HDR),
    EOH: (P_NOEOH, P_NR_EOH),
    BODY: (P_NOBODY, P_NR_BODY),
    UNKNOWN: (P_NOUNKNOWN, P_NR_UNKN),
    EOM: (0, 0),
}

# Stages of macro lists (SMFIM_*), by the command that they go with.
STAGES = {0: CONNECT, 1: HELO, 2: MAIL, 3: RCPT, 4: DATA, 5: EOM, 6: EOH}


class Closed(Exception):
    """The filter closed the connection, or did not answer in time."""


def octets(value):
    """Text as the octets that an SMTP client would have sent."""
    if isinstance(value, bytes):
        return value
    return value.encode('utf-8', 'surrogateescape')


def strings(*values):
    """Each value with the NUL that ends it."""
    return b''.join(octets(value) + b'\0' for value in values)


def packet(command, data=b''):
    """One packet as octets."""
    return struct.pack('!I', len(data) + 1) + command + data


class Wire:
    """One connection to a filter; counts what was sent, by command."""

    def __init__(self, address, timeout=30):
        self.sock = connect(address, timeout)
        self.reader = self.sock.makefile('rb')
        self.sent = {}
        self.pending = []

    def queue(self, command, data=b''):
        """Keeps a packet back until the next send: one write, as MTAs do."""
        self.sent[command] = self.sent.get(command, 0) + 1
        self.pending.append(packet(command, data))

    def flush(self):
        """Sends what is pending."""
        if not self.pending:
            return
        data, self.pending = b''.join(self.pending), []
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise Closed(str(error)) from error

    def send(self, command, data=b''):
        """Sends one packet, and before it all that was kept back."""
        self.queue(command, data)
        self.flush()

    def receive(self):
        """The next packet of the filter: command and data."""
        head = self._read(4)
        data = self._read(struct.unpack('!I', head)[0])
        return data[:1], data[1:]

    def _read(self, size):
        try:
            data = self.reader.read(size)
        except OSError as error:
            raise Closed(str(error)) from error
        if len(data) != size:
            raise Closed(f'end of file, {len(data)} of {size} octets')
        return data

    def close(self):
        """Closes at once, whatever is under way."""
        self.pending = []
        self.reader.close()
        self.sock.close()


def connect(address, timeout=30):
    """A socket to local:PATH, unix:PATH, inet:PORT@HOST or inet6:..."""
    family, _, rest = address.partition(':')
    if family in ('local', 'unix'):
        sock = socket.socket(socket.AF_UNIX)
        target = rest
    else:
        port, _, host = rest.partition('@')
        kind = socket.AF_INET6 if family == 'inet6' else socket.AF_INET
        sock = socket.socket(kind)
        target = (host.strip('[]') or 'localhost', int(port))
    sock.settimeout(timeout * PATIENCE)
    try:
        sock.connect(target)
    except OSError:
        sock.close()
        raise
    if sock.family != socket.AF_UNIX:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock
