"""The base of the outbound tests: Postfix as a client of bad partners.

What was delivered, and how, is read at the sinks alone.
"""

import itertools
import re
import time
import unittest

from lab import smtpclient
from lab.hopseald import Daemon
from lab.livecase import shop
from lab.postfix import PrivatePostfix
from lab.waiting import until
from partners import KINDS, Partners, can_name

_numbers = itertools.count(1)


class OutboundDaemon(Daemon):
    """Its next-hop socket is open to Postfix's user, its mail log followed."""
    mail_log = None

    def sections(self):
        text = super().sections().replace(
            'nexthop.sock"', 'nexthop.sock" socket-mode = "0666"')
        if self.mail_log:
            text += 'outbound { mail-log = "%s" }\n' % self.mail_log
        return text


@unittest.skipUnless(can_name(), "mount namespaces are not allowed here")
class OutboundCase(unittest.TestCase):
    rules = ""
    settings = {}
    kinds = KINDS
    level = "may"       # of main.cf
    loglevel = "1"
    main = {}
    prefix = []         # what runs the daemon

    @classmethod
    def setUpClass(cls):
        cls.shop = shop()
        cls.workdir = cls.shop.workdir
        cls.partners = cls.enterClassContext(Partners(cls.shop, cls.kinds))
        name = cls.__name__
        cls.daemon = OutboundDaemon(cls.workdir, cls.rules, cls.settings,
                                    name=name + "-d", stamp=None)
        cls.daemon.prefix = cls.prefix
        cls.mta = PrivatePostfix(
            cls.workdir, cls.partners.port, name=name,
            prefix=cls.partners.names(), main={
                "default_transport": "smtp", "smtp_dns_support_level":
                "disabled", "smtp_host_lookup": "native",
                "smtp_tcp_port": str(cls.partners.port),
                "smtp_tls_security_level": cls.level,
                "smtp_tls_loglevel": cls.loglevel,
                "smtp_tls_policy_maps":
                "socketmap:unix:%s/nexthop.sock:nexthop" % cls.daemon.run,
                **cls.main})
        cls.enterClassContext(cls.daemon)
        cls.enterClassContext(cls.mta)

    def send(self, *domains, sender="ann@example.org"):
        """One message to each domain; its subject."""
        subject = "outbound %d" % next(_numbers)
        self.mta.submit(sender, ["bob@" + domain for domain in domains],
                        smtpclient.message(subject, author=sender).replace(
                            b"\r\n", b"\n"))
        return subject

    def fate(self, domain):
        """What Postfix logged last of a message to bob@domain."""
        def logged():
            return re.findall(
                r"to=<bob@%s>.*?dsn=([\d.]+), status=(\w+) \((.*)\)"
                % re.escape(domain), self.mta.log())
        return until(logged, "delivery to %s" % domain, 30)[-1]

    def sink(self, domain):
        return self.partners.sinks[".".join(domain.split(".")[-2:])]

    def arrived(self, domain, subject):
        """None, "clear" or the protocol under which it came."""
        found = [message for message in self.sink(domain).messages
                 if ("Subject: %s\r\n" % subject).encode() in message.data]
        if not found:
            return None
        return found[0].tls[0] if found[0].tls else "clear"

    def outcome(self, domain):
        """(how it arrived, dsn): one message, after its last word."""
        before = len(re.findall("to=<bob@%s>" % re.escape(domain),
                                self.mta.log()))
        subject = self.send(domain)
        until(lambda: len(re.findall("to=<bob@%s>.*status=" %
                                     re.escape(domain), self.mta.log()))
              > before, "delivery to %s" % domain, 30)
        dsn = self.fate(domain)[0]
        if dsn.startswith("4"):
            time.sleep(0.2)     # nothing comes after all
        return self.arrived(domain, subject), dsn
