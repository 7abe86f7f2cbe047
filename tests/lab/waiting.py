"""Wait for something without a fixed sleep: poll until a deadline.

HOPSEAL_PATIENCE is a factor, 1 by default: what sanitizers slow down, or a
machine with other work, is given that much more time.
"""

import os
import time

PATIENCE = int(os.environ.get("HOPSEAL_PATIENCE", "1"))


class TooLate(AssertionError):
    """What was waited for did not happen."""


def until(question, what, seconds=20.0):
    """Ask question() until its answer is true; give that answer.  It is asked
    twice at least, however long one answer takes."""
    seconds *= PATIENCE
    deadline = time.monotonic() + seconds
    pause, asked = 0.005, 0
    while True:
        answer, asked = question(), asked + 1
        if answer:
            return answer
        if asked > 1 and time.monotonic() > deadline:
            raise TooLate("no %s within %g s" % (what, seconds))
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
