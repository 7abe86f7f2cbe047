"""hopseal probe against partners whose TLS is bad in every way, and Postfix."""

import contextlib
import json
import socket
import subprocess
import threading
import unittest

from lab import command, ports, terminal
from lab.dns import Dns
from lab.livecase import shop
from lab.postfix import PrivatePostfix
from lab.sink import Sink, server_context
from outbound.partners import Partners, can_name

RULES = '''policy "wrongname.example" { to = "require" peer = "named"
    peer-names = {"elsewhere.example"} }
policy "expired.example" { to = "require" peer = "trusted" }
policy "good.example" { to = "require" peer = "named" min-tls = "1.3" }
'''

# partner: does peer any, trusted, named succeed, and a word of the cause
WANTED = {
    "good": (True, True, True, ""),
    "hidden": (False, False, False, "does not offer STARTTLS"),
    "refusing": (False, False, False, "offers STARTTLS and then refuses"),
    "broken": (False, False, False, "hung up in the handshake"),
    "old": (False, False, False, "TLSv1 at best, and min-tls is 1.2"),
    "expired": (True, False, False, "has expired"),
    "selfsigned": (True, False, False, "is self-signed"),
    "wrongname": (True, False, True, "bears elsewhere.example"),
}


def probe(*args, prefix=(), stdin=None):
    return subprocess.run([*prefix, command.program("hopseal"), "probe",
                           *args], stdin=stdin or subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=120)


class ProbeCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shop = shop()
        cls.workdir = cls.shop.workdir
        cls.ca = cls.shop.authority.cert
        cls.config = cls.workdir.write(
            "probe.conf", 'operation = "enforce"\n' + RULES)

    def ask(self, *args, prefix=()):
        """The one target's JSON, and the exit code."""
        done = probe("-c", self.config, "--ca", self.ca, "--json", *args,
                     prefix=prefix)
        self.assertEqual(done.stderr, "")
        return json.loads(done.stdout), done.returncode


@unittest.skipUnless(can_name(), "mount namespaces are not allowed here")
class Bad(ProbeCase):
    """Each partner is seen for what it is, each cause in words."""

    def test_partners(self):
        with Partners(self.shop) as partners:
            for kind, (plain, trusted, named, cause) in WANTED.items():
                with self.subTest(kind):
                    target = "%s.example:%d" % (kind, partners.port)
                    got, _ = self.ask(target, prefix=partners.names())
                    peers = got["hosts"][0]["peers"]
                    self.assertEqual(
                        [peers[p]["succeeds"]
                         for p in ("any", "trusted", "named")],
                        [plain, trusted, named])
                    self.assertIn(cause, "".join(
                        p["cause"] for p in peers.values()))

    def test_mail_exchangers(self):
        """By preference; the policy is the domain's, MTA-STS and TLSA seen."""
        with Partners(self.shop) as partners, Dns({
                ("mx", "good.example"): [(20, "hidden.example"),
                                         (10, "good.example")],
                ("txt", "_mta-sts.good.example"): ["v=STSv1; id=1"],
                ("tlsa", "_%d._tcp.good.example" % partners.port):
                [b"\3\1\1" + 32 * b"x"]}, authentic=True) as dns:
            got, code = self.ask("--dns", "127.0.0.1:%d" % dns.port,
                                 "--port", str(partners.port),
                                 "good.example", prefix=partners.names())
        self.assertEqual([host["host"] for host in got["hosts"]],
                         ["good.example", "hidden.example"])
        self.assertEqual(code, 1)
        self.assertEqual((got["mta_sts"], got["satisfied"]), (True, False))
        self.assertEqual([(host["tlsa"], host["tlsa_authentic"])
                          for host in got["hosts"]], [(1, True), (0, False)])

    def test_dns_answers(self):
        rows = (
            ("null MX", {("mx", "x.example"): [(0, "")]}, False,
             "publishes a null MX"),
            ("no answer", {}, True, "DNS did not answer"),
            ("no MX", {}, False, "mail goes to the name itself"),
        )
        for row, records, fail, want in rows:
            with self.subTest(row), Dns(records, fail=fail) as dns:
                done = probe("-c", self.config, "--dns",
                             "127.0.0.1:%d" % dns.port, "x.example")
                self.assertEqual(done.returncode, 1)
                self.assertIn(want, " ".join(done.stdout.split()))

    def test_text(self):
        """For a person: 80 columns, and the policy in force at the end."""
        with Partners(self.shop) as partners:
            done = probe("-c", self.config, "--ca", self.ca,
                         "wrongname.example:%d" % partners.port,
                         prefix=partners.names())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)
        self.assertIn("TLSv1.3, TLS_AES_256_GCM_SHA384, 256 bits",
                      done.stdout)
        self.assertIn('("wrongname.example": to = require, peer = named, '
                      'min-tls = 1.2) would be met by every host.',
                      " ".join(done.stdout.split()))


class Dialogue(ProbeCase):
    """What is said before TLS, by servers that are no good ones."""

    def answer(self, *replies):
        """The cause, of a server that says these, one per command."""
        listener = socket.create_server(("127.0.0.1", 0))

        def serve():
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                with peer, contextlib.suppress(ConnectionError):
                    for reply in replies:
                        peer.sendall(reply)
                        if not peer.recv(4096):
                            break

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            got, code = self.ask("--timeout", "2", "127.0.0.1:%d" %
                                 listener.getsockname()[1])
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            thread.join()
        self.assertEqual(code, 1)
        return got["hosts"][0]["peers"]["any"]["cause"]

    def test_causes(self):
        hello, offer = b"220 x\r\n", b"250-x\r\n250 STARTTLS\r\n"
        rows = (
            ("silence", (b"",), "did not answer in time"),
            ("hangs up", (hello,), "closed the connection"),
            ("554", (b"554 5.7.1 go away\r\n",), "does not greet with 220"),
            ("no SMTP", (b"HTTP/1.1 400 Bad\r\n",), "no SMTP reply"),
            ("octets", (b"\0\xff\r\n",), "no SMTP reply"),
            ("endless line", (b"220 " + 9000 * b"x",), "no SMTP reply"),
            ("endless reply", (101 * b"220-x\r\n",), "no SMTP reply"),
            ("codes differ", (b"220-x\r\n221 x\r\n",), "no SMTP reply"),
            ("EHLO", (hello, b"502 5.5.2 no\r\n"), "refused EHLO"),
            ("no STARTTLS", (hello, b"250 x\r\n"), "not offer STARTTLS"),
            ("454", (hello, offer, b"454 4.7.0 no\r\n"), "then refuses it"),
            ("injected", (hello, offer, b"220 go\r\n250 evil\r\n"),
             "clear text came behind"),
            ("no TLS", (hello, offer, b"220 go\r\n", b"220 what?\r\n"),
             "is no TLS"),
        )
        for row, replies, want in rows:
            with self.subTest(row):
                self.assertIn(want, self.answer(*replies))

    def test_nobody_there(self):
        got, code = self.ask("[127.0.0.1]:%d" % ports.free())
        self.assertEqual(code, 1)
        self.assertIn("nothing listens on that port",
                      got["hosts"][0]["peers"]["any"]["cause"])


class Good(ProbeCase):
    """The real Postfix."""

    def test_postfix(self):
        with Sink() as sink, PrivatePostfix(
                self.workdir, sink.port, name="probed",
                main={"smtpd_milters": ""}) as mta:
            got, code = self.ask("127.0.0.1:%d" % mta.port)
        host = got["hosts"][0]
        self.assertEqual(code, 0)
        self.assertEqual(host["tls"]["version"], "TLSv1.3")
        self.assertEqual(host["tls"]["names"], ["mx.example.org"])
        self.assertEqual(host["tls"]["chain"], "trusted")
        self.assertEqual((host["versions"]["1.2"], host["versions"]["1.3"]),
                         (True, True))
        self.assertTrue(host["peers"]["any"]["succeeds"])
        self.assertIn("its certificate is not for 127.0.0.1",
                      host["peers"]["trusted"]["cause"])

    def test_requiring_certificate(self):
        """A server that insists on a client certificate, with and without."""
        pair = self.shop.authority.server("mx.example.org")
        context = server_context(pair, client_ca=self.ca)
        context.verify_mode = 2     # ssl.CERT_REQUIRED
        client = self.shop.client("us.example")
        with Sink(tls=context) as sink:
            target = "127.0.0.1:%d" % sink.port
            without, code = self.ask(target)
            self.assertEqual(code, 1)
            self.assertIn("client certificate",
                          without["hosts"][0]["peers"]["any"]["cause"])
            _, code = self.ask("--cert", client.cert, "--key", client.key,
                               target)
            self.assertEqual(code, 0)


class Usage(ProbeCase):
    def test_refused(self):
        rows = (
            ((), "usage:"),
            (("--timeout", "0", "x.example"), "usage:"),
            (("--port", "70000", "x.example"), "usage:"),
            (("--dns", "::1", "x.example"), "usage:"),
            (("--cert", "x", "x.example"), "usage:"),
            (("--file", "/nonexistent", "x.example"), "usage:"),
            (("--file", "/nonexistent"), "/nonexistent"),
            (("--ca", "/nonexistent", "x.example"),
             "/nonexistent: no CA certificate can be read"),
            (("x.example:99999",), "is no domain, host:port"),
            (("[127.0.0.1]x",), "is no domain, host:port"),
            ((".example",), "is no domain, host:port"),
        )
        for args, want in rows:
            with self.subTest(args):
                done = probe("-c", self.config, *args)
                self.assertIn(want, done.stderr)
                self.assertGreater(done.returncode, 1)

    def test_progress(self):
        """On a terminal alone: how many are done, and where it is now."""
        names = self.workdir.write("probe-list", "# two\n127.0.0.1:1\n\n"
                                   "127.0.0.1:2\n")
        done, shown = terminal.run([command.program("hopseal"), "probe",
                                    "-c", self.config, "--file", names])
        self.assertEqual(done.returncode, 1)
        self.assertIn("1 127.0.0.1:1", shown)
        self.assertIn("2 127.0.0.1:2", shown)


if __name__ == "__main__":
    unittest.main()
