"""Marks on a real Postfix, with contrib/postfix as it stands.

milter_header_checks turns the route header into FILTER smtp-tls:, and each
domain has a sink of its own, on port 25 of an address of loopback: what was
delivered, and how, is read there. Postfix finds the sinks in a hosts file,
seen only in its own mount namespace.
"""

import base64
import contextlib
import os
import random
import re
import shlex
import socket
import ssl
import threading

from lab import command, smtpclient, workdir as places
from lab.livecase import PostfixCase
from lab.postfix import PrivatePostfix
from lab.sink import Sink, server_context
from lab.waiting import until

CONTRIB = os.path.join(places.REPOSITORY, "contrib", "postfix")
AUTHOR, STRANGER = "127.0.0.7", "127.0.0.1"

HONOURED = {"trusted-hosts": '{"%s"}' % AUTHOR}
OUTBOUND = '''
    outbound { mark-subject = "[secure]"  mark-header = "X-Require-TLS: yes"
               mark-recipient-prefix = "s:"
               route-header = "Hopseal-Route: tls" %s }
'''
BOUND = '''
    policy "bound.example" { to = "require" from = "fallback-allowed" }
    policy "named.example" { to = "require" from = "fallback-allowed"
                             peer = "named" }
'''


def fragment(name):
    with open(os.path.join(CONTRIB, name), encoding="ascii") as lines:
        return lines.read()


def service(name):
    """That service of contrib's master.cf; not chrooted, as our files are."""
    text = re.search(r"(?m)^%s .*\n(?:[ \t].*\n)*" % name,
                     fragment("master.cf.fragment")).group(0)
    return re.sub(r"^((?:\S+\s+){4})y", r"\1n", text).rstrip("\n")


def setting(name):
    """The value that contrib's main.cf has for it, in a comment or not."""
    return re.search(r"(?m)^#?%s = (.*)$" % name,
                     fragment("main.cf.fragment")).group(1)


class HostedPostfix(PrivatePostfix):
    """Sees a hosts file of its own."""

    hosts = ""

    def program(self, path):
        real = super().program(path)
        if not path.endswith("/master"):
            return real
        hosts = self.workdir.write(self.name + "/hosts", self.hosts)
        return self.workdir.write(self.name + "/master", (
            '#!/bin/sh\nexec unshare --mount sh -c \'mount --bind %s '
            '/etc/hosts && exec %s "$@"\' master "$@"\n'
            % (shlex.quote(hosts), shlex.quote(real))), mode=0o755)


class Authenticator:
    """Dovecot's authentication protocol, as far as AUTH PLAIN needs it."""

    def __init__(self, path):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        os.chmod(path, 0o666)
        self.listener.listen(16)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,),
                             daemon=True).start()

    @staticmethod
    def _serve(connection):
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"VERSION\t1\t2\nMECH\tPLAIN\tplaintext\n"
                               b"SPID\t1\nCUID\t1\nCOOKIE\t00\nDONE\n")
            for line in lines:
                words = line.rstrip(b"\n").split(b"\t")
                if words[0] == b"AUTH":
                    connection.sendall(b"OK\t%s\tuser=alice\n" % words[1])

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class MarkCase(PostfixCase):
    """A sink for each domain; see `sinks`."""

    settings = HONOURED
    rules = BOUND + OUTBOUND % ""
    main = {}

    @classmethod
    def domains(cls):
        """Domain, certificate's name, how it treats STARTTLS."""
        return (("tls.example", "tls.example", "offer"),
                ("plain.example", None, "hide"),
                ("refuse.example", "refuse.example", "refuse"),
                ("break.example", "break.example", "break"),
                ("old.example", "old.example", "old"),
                ("bound.example", "bound.example", "offer"),
                ("named.example", "elsewhere.example", "offer"))

    @classmethod
    def make_sinks(cls):
        cls.sinks, hosts = {}, "127.0.0.1 localhost\n"
        # An address that no other suite on this host uses.
        base = "127.%d.%d." % (random.randrange(8, 250),
                               random.randrange(1, 250))
        for place, (domain, name, starttls) in enumerate(cls.domains()):
            tls = None
            if name:
                tls = server_context(
                    cls.shop.authority.server(name),
                    maximum=ssl.TLSVersion.TLSv1 if starttls == "old"
                    else None)
            address = base + str(place + 1)
            cls.sinks[domain] = cls.enterClassContext(Sink(
                tls=tls, address=address, port=25,
                starttls="offer" if starttls == "old" else starttls))
            hosts += "%s %s\n" % (address, domain)
        return hosts + "127.0.0.1 example.org\n"

    @classmethod
    def make_mta(cls):
        checks = cls.workdir.write(cls.__name__ + "-checks",
                                   fragment("hopseal_header_checks"))
        postfix = HostedPostfix(
            cls.workdir, cls.sink.port, name=cls.__name__, main={
                "smtpd_milters": cls.daemon.milter,
                "non_smtpd_milters": cls.daemon.milter,
                "mynetworks": "127.0.0.0/8",
                "default_transport": "smtp",
                "smtp_dns_support_level": "disabled",
                "smtp_tls_security_level": "may",
                "smtp_tls_loglevel": "1",
                "milter_header_checks": setting(
                    "milter_header_checks").replace(
                        "/etc/postfix/hopseal_header_checks", checks),
                **cls.main},
            master=[service("smtp-tls")])
        postfix.hosts = cls.make_sinks()
        # Where the fragments say that hopseald's sockets are.
        cls.workdir.sub(cls.__name__, "spool")
        os.symlink(cls.daemon.run, os.path.join(postfix.dir, "spool",
                                                "hopseal"))
        # smtp(8) of the laboratory is not in the group of the socket.
        os.chmod(os.path.join(cls.daemon.run, "nexthop.sock"), 0o666)
        return postfix

    def arrived(self, sent, domain):
        """The message at that domain's sink."""
        self.assertIsNotNone(sent.final, "; ".join(map(str, sent.rcpts)))
        self.assertEqual(sent.final.code, 250, str(sent.final))
        return self.sinks[domain].wait(about=sent.about)[0]

    def deferred(self, sent, recipient, reason):
        """The recipient waits for that reason, and its sink got nothing."""
        self.assertEqual(sent.final.code, 250, str(sent.final))
        queue_id = sent.final.lines[0].split()[-1]
        line = self.mta.wait_log(r"%s: to=<%s>, .*" % (
            queue_id, re.escape(recipient))).group(0)
        self.assertIn("status=deferred", line)
        self.assertRegex(line, reason)
        sink = self.sinks[recipient.partition("@")[2]]
        self.assertEqual([m for m in sink.messages
                          if sent.about.encode() in m.data], [])

    def post(self, recipients, source=AUTHOR, mark=None, **parts):
        """A message from the author; mark: subject, header or None."""
        fields = list(parts.pop("fields", ()))
        about = "message-%d" % random.randrange(10 ** 12)
        if mark == "header":
            fields.append("X-Require-TLS: yes")
        subject = "[secure] " + about if mark == "subject" else about
        sent = self.send("alice@example.org", recipients, source=source,
                         subject=subject, fields=fields, **parts)
        sent.about = about
        return sent


class Routed(MarkCase):
    def test_marked_mail_goes_over_tls(self):
        for mark, recipient in (("subject", "bob@tls.example"),
                                ("header", "bob@tls.example"),
                                (None, "s:bob@tls.example")):
            with self.subTest(mark or "prefix"):
                got = self.arrived(self.post(recipient, mark=mark),
                                   "tls.example")
                self.assertIsNotNone(got.tls)
                self.assertEqual(got.recipients, ["bob@tls.example"])
                self.assertIn(b"\r\nHopseal-Route: tls\r\n", got.data)

    def test_marked_mail_waits_where_tls_is_not_to_be_had(self):
        for domain, reason in (
                ("plain.example", "dsn=4.7.4.*TLS is required"),
                ("refuse.example", "dsn=4.7.0.*refused to start TLS|"
                                   "dsn=4.7.4.*TLS is required"),
                ("break.example", "dsn=4.7.5.*Cannot start TLS"),
                ("old.example", "dsn=4.7.5.*Cannot start TLS")):
            for mark in ("subject", "header", None):
                with self.subTest(domain, mark=mark):
                    bare = "bob%s@%s" % (mark, domain)
                    self.deferred(self.post(
                        bare if mark else "s:" + bare, mark=mark),
                        bare, reason)

    def test_unmarked_mail_goes_as_usual(self):
        for domain, over_tls in (("tls.example", True),
                                 ("plain.example", False),
                                 ("refuse.example", False)):
            with self.subTest(domain):
                got = self.arrived(self.post("bob@" + domain), domain)
                self.assertEqual(got.tls is not None, over_tls)
                self.assertNotIn(b"Hopseal-Route", got.data)

    def test_strangers_marks_do_nothing(self):
        for mark, recipient in (("subject", "bob@plain.example"),
                                ("header", "bob@plain.example")):
            for fields in ((), ("Hopseal-Route: tls",) * 3,
                           ("HOPSEAL-route:tls",)):
                with self.subTest(mark, fields=len(fields)):
                    got = self.arrived(self.post(
                        recipient, source=STRANGER, mark=mark,
                        fields=fields), "plain.example")
                    self.assertIsNone(got.tls)
                    self.assertNotIn(b"hopseal-route", got.data.lower())

    def test_strangers_prefix_stays(self):
        sent = self.post("s:bob@plain.example", source=STRANGER)
        got = self.arrived(sent, "plain.example")
        self.assertEqual([one.replace('"', "") for one in got.recipients],
                         ["s:bob@plain.example"])

    def test_a_route_header_is_no_mark(self):
        """Postfix looks only at those that a filter adds."""
        got = self.arrived(self.post("bob@plain.example", fields=(
            "Hopseal-Route: tls",)), "plain.example")
        self.assertIsNone(got.tls)

    def test_next_hop_policy_still_counts(self):
        """A certificate with another name, where peer = named."""
        self.deferred(self.post("bob@named.example", mark="subject"),
                      "bob@named.example", "not verified")
        got = self.arrived(self.post("bob@bound.example", mark="subject"),
                           "bound.example")
        self.assertIsNotNone(got.tls)

    def test_several_recipients(self):
        """Over TLS to the one, waiting for the other, both bare."""
        sent = self.post(["s:bob@tls.example", "joe@tls.example",
                          "s:eve@plain.example"])
        got = self.arrived(sent, "tls.example")
        self.assertEqual(sorted(got.recipients),
                         ["bob@tls.example", "joe@tls.example"])
        self.assertIsNotNone(got.tls)
        self.deferred(sent, "eve@plain.example", "TLS is required")

    def test_prefixed_and_bare_at_once(self):
        """One address, marked and not: over TLS, never to the prefix."""
        sent = self.post(["s:bob@tls.example", "bob@tls.example"])
        self.arrived(sent, "tls.example")
        queue_id = sent.final.lines[0].split()[-1]
        self.mta.wait_log(queue_id + ": removed")
        for got in self.sinks["tls.example"].wait(about=sent.about):
            self.assertEqual(set(got.recipients), {"bob@tls.example"})
            self.assertIsNotNone(got.tls)

    def test_odd_paths(self):
        """The prefix in the forms that Postfix accepts."""
        for path, bare in (
                ('<S:bob@tls.example>', "bob@tls.example"),
                ('<"s:bob"@tls.example>', "bob@tls.example"),
                ('s:bob@tls.example', "bob@tls.example"),
                ('<s:bob@TLS.example>', "bob@TLS.example"),
                ('<s:bob+tag@tls.example>', "bob+tag@tls.example"),
                ('<"s:bob smith"@tls.example>', '"bob smith"@tls.example'),
                ('< s:bob@tls.example >', "bob@tls.example"),
                ('<@relay.example:s:bob@tls.example>', "bob@tls.example"),
                ('<s:bob@tls.example(c)>', "bob@tls.example"),
                ('<s:bob%tls.example@tls.example>',
                 "bob%tls.example@tls.example")):
            with self.subTest(path):
                about = "odd-%d" % random.randrange(10 ** 12)
                client = self.session(source=AUTHOR)
                client.mail("alice@example.org")
                answer = client.command("RCPT TO:" + path)
                self.assertEqual(answer.code, 250, str(answer))
                final = client.data(smtpclient.message(about))
                self.assertEqual(final.code, 250, str(final))
                got = self.sinks["tls.example"].wait(about=about)[0]
                self.assertEqual(got.recipients, [bare])
                self.assertIsNotNone(got.tls)

    def test_recipients_of_our_own(self):
        """FILTER takes them along; they are delivered here all the same."""
        sent = self.post(["bob@tls.example", "carol@example.org"],
                         mark="subject")
        self.assertIsNotNone(self.arrived(sent, "tls.example").tls)
        here = self.sink.wait(about=sent.about)[0]
        self.assertEqual(here.recipients, ["carol@example.org"])

    def test_delivery_status(self):
        """What the author asked for with NOTIFY and ENVID."""
        about = "dsn-%d" % random.randrange(10 ** 12)
        client = self.session(source=AUTHOR)
        client.mail("alice@example.org", "RET=HDRS ENVID=x1")
        for path, words in (
                ("s:bob@tls.example", "NOTIFY=SUCCESS,FAILURE"),
                ("joe@tls.example", "NOTIFY=NEVER"),
                ("s:eve@tls.example",
                 "NOTIFY=FAILURE ORCPT=rfc822;eve@old.example")):
            self.assertEqual(client.rcpt(path, words).code, 250)
        final = client.data(smtpclient.message(about))
        self.assertEqual(final.code, 250, str(final))
        got = self.sinks["tls.example"].wait(about=about)[0]
        self.assertEqual(sorted(got.recipients), [
            "bob@tls.example", "eve@tls.example", "joe@tls.example"])
        self.assertIsNotNone(got.tls)

    def test_message_after_message(self):
        """In one session; marks do not stick."""
        client = self.session(source=AUTHOR)
        for mark, over_tls in (("subject", True), (None, False),
                               ("header", True), (None, False)):
            domain = "tls.example" if over_tls else "plain.example"
            got = self.arrived(self.post("bob@" + domain, mark=mark,
                                         client=client), domain)
            self.assertEqual(got.tls is not None, over_tls)

    def test_local_submission(self):
        """sendmail(1): a local author's mark counts."""
        about = "local-%d" % random.randrange(10 ** 12)
        self.mta.submit("alice@example.org", ["bob@tls.example"],
                        smtpclient.message("[secure] " + about))
        got = self.sinks["tls.example"].wait(about=about)[0]
        self.assertIsNotNone(got.tls)
        self.assertIn(b"Hopseal-Route: tls", got.data)


class Permissive(MarkCase):
    """Policy maps of main.cf that allow clear text do not reach smtp-tls."""

    main = {"smtp_tls_policy_maps": "inline:{ {plain.example = may} "
                                    "{tls.example = none} }"}

    def test_marked_mail(self):
        got = self.arrived(self.post("bob@tls.example"), "tls.example")
        self.assertIsNone(got.tls)
        got = self.arrived(self.post("bob@tls.example", mark="subject"),
                           "tls.example")
        self.assertIsNotNone(got.tls)
        self.deferred(self.post("joe@plain.example", mark="header"),
                      "joe@plain.example", "TLS is required")


class Relayhost(MarkCase):
    """Marked mail goes to the recipient's domain, not to the relayhost."""

    main = {"relayhost": "[plain.example]"}

    def test_marked_mail(self):
        got = self.arrived(self.post("bob@tls.example"), "plain.example")
        self.assertIsNone(got.tls)
        got = self.arrived(self.post("bob@tls.example", mark="subject"),
                           "tls.example")
        self.assertIsNotNone(got.tls)


class Authenticated(MarkCase):
    """AUTH over TLS; the sender's session is stamped, too."""

    rules = BOUND + OUTBOUND % "mark-subject-remove = true"
    settings = {}
    main = {"smtpd_sasl_auth_enable": "yes", "smtpd_sasl_type": "dovecot",
            "smtpd_sasl_path": "private/auth"}

    @classmethod
    def make_mta(cls):
        postfix = super().make_mta()
        path = os.path.join(postfix.dir, "auth.sock")
        authenticator = Authenticator(path)
        cls.addClassCleanup(authenticator.close)
        postfix.main["smtpd_sasl_path"] = path
        return postfix

    def author(self):
        client = self.session(self.tls())
        secret = base64.b64encode(b"\0alice\0secret").decode()
        answer = client.command("AUTH PLAIN " + secret)
        self.assertEqual(answer.code, 235, str(answer))
        return client

    def test_marks_of_an_authenticated_client(self):
        got = self.arrived(self.post("bob@tls.example", mark="subject",
                                     client=self.author()), "tls.example")
        self.assertIsNotNone(got.tls)
        self.assertNotIn(b"Subject: [secure]", got.data)
        self.assert_verifies(got.data, "--rcpt", "bob@tls.example")
        self.assertNotIn("next", self.stamp_of(got.data))
        self.deferred(self.post("bob@plain.example", mark="header",
                                client=self.author()),
                      "bob@plain.example", "TLS is required")

    def test_subject_that_is_only_the_mark(self):
        client = self.author()
        client.mail("alice@example.org")
        client.rcpt("only@tls.example")
        final = client.data(b"From: <alice@example.org>\r\n"
                            b"Message-ID: <only@example.org>\r\n"
                            b"Subject: [secure]\r\n\r\nhi\r\n")
        self.assertEqual(final.code, 250, str(final))
        got = self.sinks["tls.example"].wait(about="<only@example.org>")[0]
        self.assertNotIn(b"[secure]", got.data)
        self.assert_verifies(got.data)

    def test_prefix_is_not_what_the_stamp_binds(self):
        got = self.arrived(self.post("s:bob@bound.example",
                                     client=self.author()), "bound.example")
        self.assert_verifies(got.data, "--rcpt", "bob@bound.example")
        self.assertEqual(self.stamp_of(got.data)["next"], "require")
        code, words = command.verify(got.data, self.keys, "--rcpt",
                                     "s:bob@bound.example")
        self.assertEqual(code, 1, words)

    def test_next_asserts_a_bound_next_hop(self):
        for recipients, want in ((["bob@bound.example"], "require"),
                                 (["bob@bound.example", "b@tls.example"],
                                  None)):
            with self.subTest(str(recipients)):
                got = self.arrived(self.post(recipients,
                                             client=self.author()),
                                   "bound.example")
                self.assertEqual(self.stamp_of(got.data).get("next"), want)

    def test_without_authentication(self):
        got = self.arrived(self.post("bob@plain.example", mark="subject",
                                     tls=self.tls(), source=STRANGER),
                           "plain.example")
        self.assertIsNone(got.tls)
        self.assertIn(b"[secure]", got.data)


if __name__ == "__main__":
    import unittest
    unittest.main()
