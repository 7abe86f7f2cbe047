"""Mail that comes back, comes by hand, or comes through something in front."""

import os
import re
import socket

from lab import command, ports, smtpclient
from lab.dialogues import FROM_BANK
from lab.livecase import FORGED, PostfixCase
from lab.postfix import PrivatePostfix
from lab.reinjector import Reinjector
from lab.waiting import until
from lab.workdir import REPOSITORY

RULES = 'policy "bank.example" { mode = "require" }'


def reentry_service(port):
    """contrib/postfix/master.cf.fragment as it stands, on our port and
    without the chroot that the laboratory does not have."""
    path = os.path.join(REPOSITORY, "contrib/postfix/master.cf.fragment")
    with open(path, encoding="ascii") as lines:
        text = "".join(line for line in lines if not line.startswith("#"))
    text = text.replace(":10026 ", ":%d " % port)
    return re.sub(r"(inet n +- +)y", r"\1n", text).rstrip("\n")


class Reentry(PostfixCase):
    """The fragment's service: hopseald is left out of the way back."""
    rules = RULES
    change = None

    @classmethod
    def make_mta(cls):
        cls.back = ports.free()
        cls.filter = cls.enterClassContext(
            Reinjector(cls.back, change=cls.change))
        cls.main = {"content_filter": "smtp:[127.0.0.1]:%d" % cls.filter.port}
        cls.master = [reentry_service(cls.back)]
        return super().make_mta()

    def test_stamp_survives_the_filter(self):
        message = self.delivered(self.send("a@bank.example",
                                           "bob@example.org", tls=self.tls()))
        self.assert_verifies(message)
        self.assertEqual(len(command.stamps(message)), 1)
        self.assertGreaterEqual(message.count(b"Received:"), 2)

    def test_first_entry_is_judged(self):
        sent = self.send("a@bank.example", "bob@example.org")
        self.assert_reply(sent.rcpts[0], FROM_BANK)
        message = self.delivered(self.send(
            "a@else.example", "bob@example.org",
            fields=[FORGED % "example.org"]))
        self.assertNotIn(b"Delivered-Securely", message)


class ReentryOfChanged(Reentry):
    change = staticmethod(lambda data: data + b"-- \r\nscanned\r\n")

    def test_stamp_survives_the_filter(self):
        """It is there and says no: the manual names content filters."""
        message = self.delivered(self.send("a@bank.example",
                                           "bob@example.org", tls=self.tls()))
        code, words = command.verify(message, self.keys)
        self.assertEqual(code, 1, words)
        self.assertIn("fail (body)", words)


class ReentryThroughUs(PostfixCase):
    """hopseald on the way back as well; loopback is trusted by default."""
    rules = RULES
    settings = {"trusted-hosts": '{"127.0.0.5/32"}'}

    @classmethod
    def make_mta(cls):
        back = ports.free()
        cls.filter = cls.enterClassContext(
            Reinjector(back, source="127.0.0.5"))
        cls.main = {"content_filter": "smtp:[127.0.0.1]:%d" % cls.filter.port}
        cls.master = ["127.0.0.1:%d inet n - n - - smtpd -o content_filter= "
                      "-o mynetworks=127.0.0.0/8" % back]
        return super().make_mta()

    def test_neither_refused_nor_stamped_twice(self):
        message = self.delivered(self.send("a@bank.example",
                                           "bob@example.org", tls=self.tls()))
        self.assertEqual(len(command.stamps(message)), 1)
        self.assert_verifies(message)
        self.daemon.wait_log("verdict=trusted")


class Local(PostfixCase):
    """sendmail(1), and what postsuper -r puts back."""
    rules = RULES

    def test_sendmail_command(self):
        """Not judged, not stamped, its stamps kept."""
        for name, fields, left in (("plain", b"", 0), (
                "a stamp in our name",
                (FORGED % "example.org").replace("\r\n", "\n").encode()
                + b"\n", 1)):
            with self.subTest(name):
                subject = "by hand, " + name
                self.mta.submit("a@bank.example", ["b@example.org"],
                                fields + b"From: a@bank.example\nSubject: %s"
                                b"\n\nhi\n" % subject.encode())
                message = self.sink.wait(about="Subject: " + subject)[0]
                self.assertEqual(len(command.stamps(message.data)), left)

    def test_sendmail_bs(self):
        done = self.mta.command("sendmail", "-bs", stdin=(
            b"EHLO x\r\nMAIL FROM:<a@bank.example>\r\n"
            b"RCPT TO:<b@example.org>\r\nDATA\r\nSubject: by -bs\r\n"
            b"From: a@bank.example\r\n\r\nhi\r\n.\r\nQUIT\r\n"))
        self.assertIn(b"queued as", done.stdout)
        self.sink.wait(about="Subject: by -bs")

    def test_requeued_mail_keeps_its_stamp(self):
        self.sink.rcpt_reply = lambda address: "450 4.2.1 later"
        try:
            sent = self.send("a@bank.example", "bob@example.org",
                             tls=self.tls())
            queue_id = sent.final.lines[0].split()[-1]
            self.mta.wait_log(queue_id + ": to=.*status=deferred")
        finally:
            self.sink.rcpt_reply = None
        before = self.daemon.log().count("accepted id=")
        self.mta.command("postsuper", "-r", queue_id)
        self.mta.command("postkick", "public", "pickup", "W")
        message = self.delivered(sent)
        self.assert_verifies(message, "--rcpt", "bob@example.org")
        self.assertEqual(len(command.stamps(message)), 1)
        self.assertEqual(self.daemon.log().count("accepted id="), before,
                         "postsuper(1) says: no milter sees requeued mail")


class XClient(PostfixCase):
    """A front end that ends TLS and tells who the client was."""
    rules = RULES
    main = {"smtpd_authorized_xclient_hosts": "127.0.0.0/8"}
    settings = {"trusted-hosts": '{"127.0.0.0/8"}'}

    def after(self, words, tls=None):
        client = self.session(tls)
        reply = client.command("XCLIENT " + words)
        self.assertEqual(reply.code, 220, str(reply))
        client.ehlo()
        return client

    def test_the_client_is_the_one_that_is_named(self):
        """Plain towards us is plain: refused, also from a trusted proxy."""
        for words in ("NAME=mail.bank.example ADDR=192.0.2.9",
                      "NAME=mail.bank.example ADDR=192.0.2.9 PORT=0",
                      "NAME=localhost ADDR=192.0.2.9 PORT=0"):
            with self.subTest(words):
                sent = self.send("a@bank.example", "bob@example.org",
                                 client=self.after(words))
                self.assert_reply(sent.rcpts[0], FROM_BANK)

    def test_tls_of_the_proxy_is_taken_for_the_clients(self):
        """XCLIENT changes the client and keeps the TLS, and no macro tells.
        hopseald(8) says so: such a front end must talk plain to us."""
        client = self.after("NAME=mail.bank.example ADDR=192.0.2.9",
                            self.tls())
        message = self.delivered(self.send(
            "a@bank.example", "bob@example.org", client=client))
        self.assertEqual(self.stamp_of(message)["ip"], "192.0.2.9")

    def test_client_without_an_address_waits(self):
        """libmilter cannot read `unknown`, and the mail is deferred."""
        client = self.session()
        client.command("XCLIENT NAME=[UNAVAILABLE] ADDR=[UNAVAILABLE]")
        client.ehlo()
        reply = client.mail("a@bank.example")
        if reply.code == 250:
            reply = client.rcpt("bob@example.org")
        self.assertEqual(reply.code, 451, str(reply))


class SimulatedClient(PostfixCase):
    """The name and port of sendmail(1) do not open the door for SMTP."""
    rules = RULES
    main = {"smtpd_authorized_xclient_hosts": "127.0.0.0/8"}

    def test_port_0_of_localhost(self):
        client = self.session()
        client.command("XCLIENT NAME=localhost ADDR=127.0.0.1 PORT=0")
        client.ehlo()
        sent = self.send("a@bank.example", "bob@example.org", client=client)
        self.assert_reply(sent.rcpts[0], FROM_BANK)


class Proxied(PostfixCase):
    """haproxy in front passes TLS through; Postfix ends it."""
    rules = RULES
    settings = {"trusted-hosts": '{"127.0.0.0/8"}'}

    @classmethod
    def make_mta(cls):
        cls.proxied = ports.free()
        cls.master = ["127.0.0.1:%d inet n - n - - smtpd "
                      "-o smtpd_upstream_proxy_protocol=haproxy"
                      % cls.proxied]
        return super().make_mta()

    def proxy_session(self, line, tls=None):
        connection = socket.create_connection(("127.0.0.1", self.proxied), 60)
        self.addCleanup(connection.close)
        connection.sendall(line.encode() + b"\r\n")
        client = smtpclient.Session.__new__(smtpclient.Session)
        client.name, client.socket = "client.example", connection
        client.lines = connection.makefile("rb")
        client.greeting = client.reply()
        client.ehlo()
        if tls:
            client.starttls(tls)
            client.ehlo()
        return client

    def test_real_client_is_judged(self):
        line = "PROXY TCP4 192.0.2.9 127.0.0.1 40000 25"
        sent = self.send("a@bank.example", "bob@example.org",
                         client=self.proxy_session(line))
        self.assert_reply(sent.rcpts[0], FROM_BANK)
        message = self.delivered(self.send(
            "a@bank.example", "bob@example.org",
            client=self.proxy_session(line, self.tls())))
        self.assert_verifies(message)
        self.assertEqual(self.stamp_of(message)["ip"], "192.0.2.9")

    def test_port_0_is_no_local_mail(self):
        sent = self.send("a@bank.example", "bob@example.org",
                         client=self.proxy_session(
                             "PROXY TCP4 192.0.2.9 127.0.0.1 0 25"))
        self.assert_reply(sent.rcpts[0], FROM_BANK)


class TrustedRelay(PostfixCase):
    """A gateway that stamps, and this MTA behind it that trusts it."""
    rules = RULES
    settings = {"trusted-hosts": '{"127.0.0.5/32"}'}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gateway = cls.enterClassContext(PrivatePostfix(
            cls.workdir, cls.mta.port, name="gateway",
            main={"smtpd_milters": cls.daemon.milter,
                  "smtp_bind_address": "127.0.0.5"}))

    def test_stamp_of_the_gateway_survives(self):
        client = smtpclient.Session(self.gateway.port)
        self.addCleanup(client.close)
        client.ehlo()
        client.starttls(self.tls())
        client.ehlo()
        message = self.delivered(self.send("a@bank.example",
                                           "bob@example.org", client=client))
        self.assert_verifies(message, "--rcpt", "bob@example.org")
        self.assertEqual(len(command.stamps(message)), 1)

    def test_others_do_not_pass_for_it(self):
        message = self.delivered(self.send(
            "a@else.example", "bob@example.org",
            fields=[FORGED % "example.org"]))
        self.assertNotIn(b"Delivered-Securely", message)
        sent = self.send("a@bank.example", "bob@example.org")
        self.assert_reply(sent.rcpts[0], FROM_BANK)
        self.assertTrue(until(lambda: "verdict=reject" in self.daemon.log(),
                              "the refusal in the log"))
