"""How the daemon is run: operations, reload, sockets, defaults, faults."""

from lab import command
from lab.livecase import PostfixCase

REQUIRE = 'policy "bank.example" { mode = "require" }\n'
REFUSED = ("550 5.7.10 Encryption needed: mail from bank.example must "
           "arrive over TLS")
FORGED = "Delivered-Securely: v=1; d=example.org; s=2026a; b=AAAA"


class Operation(PostfixCase):
    rules = REQUIRE

    def setUp(self):
        self.addCleanup(self.daemon.reload, REQUIRE, {})

    def test_operations(self):
        """Refused in clear? Forged stamp stripped? Stamped over TLS?"""
        for operation, refused, stripped, stamped in (
                ("observe", False, False, False),
                ("stamp", False, True, True),
                ("enforce", True, True, True)):
            with self.subTest(operation):
                self.daemon.reload(settings={
                    "operation": '"%s"' % operation})
                sent = self.send("a@bank.example", "b@example.org")
                self.assertEqual(sent.rcpts[0].code,
                                 550 if refused else 250)
                clear = self.delivered(self.send(
                    "a@else.example", "b@example.org", fields=[FORGED]))
                self.assertEqual(not command.stamps(clear), stripped)
                over = self.delivered(self.send(
                    "a@bank.example", "b@example.org", tls=self.tls()))
                self.assertEqual(len(command.stamps(over)), int(stamped))

    def test_reload_between_messages_of_one_session(self):
        client = self.session()
        for rules, want in ((REQUIRE, 550), ("", 250), (REQUIRE, 550)):
            self.daemon.reload(rules)
            sent = self.send("a@bank.example", "b@example.org",
                             client=client)
            self.assertEqual(sent.rcpts[0].code, want, str(sent.rcpts[0]))

    def test_a_bad_file_changes_nothing(self):
        self.daemon.reload(REQUIRE + 'policy "x.example" { mod = "no" }\n')
        sent = self.send("a@bank.example", "b@example.org")
        self.assert_reply(sent.rcpts[0], REFUSED)
        self.daemon.wait_log("hopseal.conf:")

    def test_trusted_hosts_are_left_alone(self):
        self.daemon.reload(settings={"trusted-hosts": '{"127.0.0.7"}'})
        for source, code, kept in (("127.0.0.7", 250, 1),
                                   ("127.0.0.1", 550, 0)):
            with self.subTest(source):
                sent = self.send("a@bank.example", "b@example.org",
                                 source=source)
                self.assertEqual(sent.rcpts[0].code, code)
                forged = self.delivered(self.send(
                    "a@else.example", "b@example.org", source=source,
                    fields=[FORGED]))
                self.assertEqual(len(command.stamps(forged)), kept)
        over = self.delivered(self.send("a@bank.example", "b@example.org",
                                        tls=self.tls(), source="127.0.0.7"))
        self.assertEqual(command.stamps(over), [])

    def test_exempt_recipients(self):
        self.daemon.reload(settings={
            "exempt-recipients": '{"abuse", "x@example.org"}'})
        for recipient, want in (("abuse@example.org", 250),
                                ("x@example.org", 250),
                                ("postmaster@example.org", 550)):
            with self.subTest(recipient):
                sent = self.send("a@bank.example", recipient)
                self.assertEqual(sent.rcpts[0].code, want)


class Inet(PostfixCase):
    inet = True
    rules = REQUIRE

    def test_refuses_and_stamps(self):
        sent = self.send("a@bank.example", "b@example.org")
        self.assert_reply(sent.rcpts[0], REFUSED)
        message = self.delivered(self.send("a@bank.example", "b@example.org",
                                           tls=self.tls()))
        self.assert_verifies(message)


class MacroDefaults(PostfixCase):
    """An administrator who says tls_version=none for plain sessions."""
    main = {"milter_macro_defaults": "tls_version=none"}
    rules = REQUIRE

    def test_refuses_and_stamps(self):
        sent = self.send("a@bank.example", "b@example.org")
        self.assert_reply(sent.rcpts[0], REFUSED)
        message = self.delivered(self.send("a@bank.example", "b@example.org",
                                           tls=self.tls()))
        self.assert_verifies(message)


class OldProtocol(PostfixCase):
    """Postfix takes a list of macros under protocol 2 as well (seen)."""
    main = {"milter_protocol": "2"}
    rules = REQUIRE

    def test_refuses_and_stamps(self):
        sent = self.send("a@bank.example", "b@example.org")
        self.assert_reply(sent.rcpts[0], REFUSED)
        message = self.delivered(self.send("a@bank.example", "b@example.org",
                                           tls=self.tls()))
        self.assert_verifies(message)


class Down(PostfixCase):
    """The filter dies: mail waits, none gets by."""
    rules = REQUIRE

    def test_mail_waits_and_goes_on_after_a_restart(self):
        self.daemon.stop()
        client = self.session()
        self.assertEqual(client.mail("a@bank.example").code // 100, 4)
        client.quit()
        self.daemon.start()
        sent = self.send("a@bank.example", "b@example.org")
        self.assert_reply(sent.rcpts[0], REFUSED)
        message = self.delivered(self.send("a@bank.example", "b@example.org",
                                           tls=self.tls()))
        self.assert_verifies(message)

    def test_killed_leaves_a_socket_that_is_replaced(self):
        self.daemon.process.kill()
        self.daemon.process.wait()
        self.daemon.start()
        sent = self.send("a@bank.example", "b@example.org")
        self.assert_reply(sent.rcpts[0], REFUSED)

    def test_term_ends_with_zero(self):
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log())
        self.daemon.start()
