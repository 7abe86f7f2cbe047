"""contrib/postfix/main.cf.fragment as it stands, in the lab's folders."""

import os

from lab import command
from lab.livecase import PostfixCase
from lab.workdir import REPOSITORY


def fragment():
    """Its settings; the socket of the fragment is relative to the queue."""
    path = os.path.join(REPOSITORY, "contrib/postfix/main.cf.fragment")
    with open(path, encoding="ascii") as lines:
        pairs = [line.split("=", 1) for line in lines
                 if line[:1] not in "# \t\n"]
    return {name.strip(): value.strip() for name, value in pairs}


class MainFragment(PostfixCase):
    rules = 'policy "bank.example" { mode = "require" }'

    @classmethod
    def make_mta(cls):
        settings = fragment()
        cls.main = {name: value for name, value in settings.items()
                    if name != "smtp_tls_policy_maps"}
        made = super().make_mta()
        kind, _, path = settings["smtpd_milters"].partition(":")
        spool = os.path.join(made.dir, "spool")
        os.makedirs(os.path.join(spool, os.path.dirname(path)))
        os.chmod(spool, 0o755)
        os.symlink(cls.daemon.run + "/milter.sock",
                   os.path.join(spool, path))
        return made

    def test_main_job(self):
        sent = self.send("a@bank.example", "bob@example.org")
        self.assertEqual(sent.rcpts[0].code, 550, str(sent.rcpts[0]))
        message = self.delivered(self.send("a@bank.example",
                                           "bob@example.org", tls=self.tls()))
        self.assert_verifies(message)
        self.assertEqual(len(command.stamps(message)), 1)
        self.assertIn(b"using TLSv1.3", message)
