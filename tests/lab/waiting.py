"""Wait for something without a fixed sleep: poll until a deadline."""

import time


class TooLate(AssertionError):
    """What was waited for did not happen."""


def until(question, what, seconds=20.0):
    """Ask question() until its answer is true; give that answer."""
    deadline = time.monotonic() + seconds
    pause = 0.005
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TooLate("no %s within %g s" % (what, seconds))
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
