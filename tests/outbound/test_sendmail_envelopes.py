"""Sendmail as a client: a message to one who is refused and one who is bound.

In one envelope the first one's end becomes the second's, who is bounced where
TLS_Rcpt says to defer; contrib's QUEUE_GROUP keeps them apart.
"""

import os
import subprocess
import unittest

from lab import command, smtpclient, workdir as places
from lab.hopseald import Daemon
from lab.livecase import shop
from lab.sendmail import PrivateSendmail, makemap
from lab.waiting import until
from partners import Partners

BOUND = "hidden.example"
RULES = 'policy "%s" { mode = "require" }\n' % BOUND


def queue_group():
    """The line of contrib's sendmail.mc."""
    path = os.path.join(places.REPOSITORY, "contrib/sendmail/hopseal.mc")
    with open(path, encoding="ascii") as lines:
        line, = [line for line in lines if line.startswith("QUEUE_GROUP(")]
    return line


class Envelopes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.workdir = shop().workdir
        cls.partners = cls.enterClassContext(
            Partners(shop(), {"good": None, "hidden": None}))
        daemon = Daemon(cls.workdir, RULES, name="envelopes-d", stamp=None)
        daemon.configure()
        access = command.hopseal("export", "sendmail", "-c", daemon.file)
        folder = cls.workdir.sub("envelopes")
        makemap(folder, "access", access.stdout.decode())
        makemap(folder, "mailertable", "good.example\tesmtp:[127.0.1.1]\n"
                "hidden.example\tesmtp:[127.0.1.2]\n")
        cls.mta = cls.enterClassContext(PrivateSendmail(
            cls.workdir, cls.partners.port, name="envelopes", extra="""
FEATURE(`access_db', `hash -T<TMPF> %s/access')dnl
FEATURE(`mailertable', `hash %s/mailertable')dnl
%s""" % (folder, folder, queue_group())))

    def send(self, *recipients):
        client = smtpclient.Session(self.mta.port)
        client.ehlo()
        sent = smtpclient.send(client, "ann@good.example", recipients,
                               smtpclient.message("envelopes"))
        client.quit()
        client.close()
        self.assertEqual(sent.final and sent.final.code, 250,
                         str(sent.rcpts))

    def fate(self, recipient):
        """The last that the log says of the recipient."""
        return self.mta.wait_log(r"(?s).*to=<%s>[^\n]*stat=(?!queued)([^\n]*)"
                                 % recipient).group(1)

    def run_queue(self):
        subprocess.run([*self.mta._prefix(), self.mta.program(), "-C",
                        self.mta.cf, "-q"], env=self.mta.environment(),
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=60)

    def test_one_is_refused_and_the_bound_one_waits(self):
        bound = self.partners.sinks[BOUND]
        self.partners.sinks["good.example"].rcpt_reply = (
            lambda address: "550 5.1.1 no such user"
            if address.startswith("eve") else None)
        self.send("eve@good.example", "joe@" + BOUND)
        self.assertIn("User unknown", self.fate("eve@good.example"))
        self.assertIn("Deferred", self.fate("joe@" + BOUND))
        self.assertEqual(bound.messages, [])
        bound.starttls = "offer"

        def arrived():
            self.run_queue()
            return [m.tls for m in bound.messages
                    if m.recipients == ["joe@" + BOUND]]
        self.assertTrue(until(arrived, "the bound recipient's mail", 30)[0])


if __name__ == "__main__":
    unittest.main()
