"""Wait for something without a fixed sleep: poll until a deadline."""

import time


class TooLate(AssertionError):
    """What was waited for did not happen."""


def until(question, what, seconds=20.0):
    """Ask question() until its answer is true; give that answer.  It is asked
    twice at least, however long one answer takes."""
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
