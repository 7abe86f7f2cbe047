"""OpenDKIM before and behind hopseald on Sendmail."""

from lab import signers
from lab.livecase import SendmailCase


class DkimFirst(signers.BothSign, SendmailCase):
    order = "opendkim hopseal"


class DkimLast(signers.BothSign, SendmailCase):
    order = "hopseal opendkim"
