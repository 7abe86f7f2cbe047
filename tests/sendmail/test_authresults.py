"""Authentication-Results through Sendmail."""

from lab.livecase import SendmailCase
from lab.results import Results


class OnSendmail(Results, SendmailCase):
    pass
