"""How much memory a process keeps."""

import os
import re


def megabytes(pid):
    """Resident memory."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as text:
        return int(text.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def is_sanitized(pid):
    """Was it built with a sanitizer?  That keeps what was freed, for a while,
    and some octets of each thread that ended; it tells leaks itself."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as text:
        return re.search(r"lib[alt]san", text.read()) is not None
