"""OpenDKIM before and behind hopseald on Postfix."""

from lab import signers
from lab.livecase import PostfixCase


class DkimFirst(signers.BothSign, PostfixCase):
    order = "opendkim hopseal"


class DkimLast(signers.BothSign, PostfixCase):
    order = "hopseal opendkim"
