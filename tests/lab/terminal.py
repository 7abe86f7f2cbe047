"""A command whose standard error is a terminal, and what it drew there."""

import os
import pty
import subprocess

from lab.waiting import PATIENCE


def run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=60):
    """(the finished command, what it wrote to the terminal).

    For little output: nobody reads before the command has ended."""
    master, slave = pty.openpty()
    try:
        done = subprocess.run(words, stdin=stdin, stdout=stdout,
                              stderr=slave, timeout=timeout * PATIENCE)
        os.close(slave)
        slave = -1
        try:
            shown = os.read(master, 65536).decode()
        except OSError:     # EIO: closed, and nothing was written
            shown = ""
    finally:
        os.close(master)
        if slave >= 0:
            os.close(slave)
    return done, shown
