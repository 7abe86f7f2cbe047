"""Authentication-Results through Postfix."""

from lab.livecase import PostfixCase
from lab.results import Results


class OnPostfix(Results, PostfixCase):
    pass
