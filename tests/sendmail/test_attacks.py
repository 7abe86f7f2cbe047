"""Attacks on a Sendmail with hopseald."""

import unittest

from lab.attacks import Attacks
from lab.livecase import SendmailCase


class Sendmail(Attacks, SendmailCase):
    pass


if __name__ == "__main__":
    unittest.main()
