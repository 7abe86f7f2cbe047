"""What contrib's systemd unit lets hopseald do, and what a run of it does.

    daemon.prefix = unit.tracing(file)
    ... run it, end it ...
    unit.used(file) - unit.allowed()

systemd-analyze knows the groups of system calls; nothing is started by it.
"""

import os
import re
import subprocess

from lab import workdir as places

FOLDER = os.path.join(places.REPOSITORY, "contrib/systemd")


def calls_of(group):
    """The system calls of a group, those of groups in it too."""
    text = subprocess.run(
        ["systemd-analyze", "--no-pager", "syscall-filter", group],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        timeout=60, check=True).stdout
    names = set()
    for line in text.splitlines()[1:]:
        line = line.strip()
        if line.startswith("@"):
            names |= calls_of(line)
        elif line and not line.startswith("#"):
            names.add(line)
    return names


def allowed():
    """The system calls that the unit's filter lets through."""
    names = set()
    with open(FOLDER + "/hopseald.service", encoding="ascii") as unit:
        text = unit.read()
    for group in re.findall(r"(?m)^SystemCallFilter=(\S+)", text):
        if group.startswith("~"):
            names -= calls_of(group[1:])
        elif group.startswith("@"):
            names |= calls_of(group)
        else:
            names.add(group)
    return names


def tracing(file):
    """-D: the daemon has the process id, strace is beside it.

    LeakSanitizer is a tracer itself and cannot be under another: it alone is
    off there, the rest of AddressSanitizer stays."""
    options = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    return ["strace", "-D", "-f", "-qq", "-o", file,
            "-E", "ASAN_OPTIONS=" + options.lstrip(":")]


def used(file):
    """The system calls that were traced into it."""
    with open(file, encoding="utf-8", errors="replace") as lines:
        return set(re.findall(r"(?m)^\d+ +(\w+)\(", lines.read()))
