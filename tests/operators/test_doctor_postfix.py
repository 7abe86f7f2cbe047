"""hopseal doctor and Postfix: a healthy one, then one fault at a time."""

import os
import shutil
import subprocess
import unittest

from lab import certs
from lab.postfix import PrivatePostfix
from operators.doctorcase import RULES, DoctorCase


class PostfixCase(DoctorCase):
    rules = RULES + '''
        policy "zeta.example" { mode = "require" }
        policy "[192.0.2.7]" { mode = "require" }
        policy "[IPv6:2001:db8::7]" { mode = "require" }
        policy "watched.example" { mode = "require" operation = "observe" }
    '''

    def healthy(self):
        return {
            "smtpd_milters": self.daemon.milter,
            "smtpd_tls_chain_files": self.chain,
            "smtpd_tls_cert_file": "", "smtpd_tls_key_file": "",
            "smtpd_tls_protocols": ">=TLSv1.2",
            "smtpd_tls_mandatory_protocols": ">=TLSv1.2",
            "smtp_tls_protocols": ">=TLSv1.2",
            "smtp_tls_mandatory_protocols": ">=TLSv1.2",
            "smtp_tls_security_level": "may", "smtp_tls_loglevel": "1",
            "smtp_tls_policy_maps":
                "socketmap:unix:%s/nexthop.sock:nexthop" % self.daemon.run,
            "message_strip_characters": "\\0",
        }

    def examine(self, main=None, master=(), **how):
        postfix = PrivatePostfix(
            self.workdir, 25, main={**self.healthy(), **(main or {})},
            master=master, name="doctor-postfix")
        postfix.configure()
        # postconf waits until a file that was just written has settled.
        os.utime(os.path.join(postfix.etc, "main.cf"), (1, 1))
        environment = postfix.environment()
        environment["PATH"] = (postfix.program("sbin") + ":"
                               + environment["PATH"])
        return self.findings("--config-dir", postfix.etc,
                             environment=environment, **how)


class Postfix(PostfixCase):
    def test_a_healthy_one(self):
        found = self.examine()
        self.assertEqual(self.grave(found), {}, found)
        self.assertIn("certificate-private-ca", found)
        self.assertIn("no-certificate-outbound", found)

    def test_one_fault_at_a_time(self):
        run = self.daemon.run
        rows = [
            # main.cf, name, severity, words of the finding
            ({"smtpd_tls_security_level": "none"}, "inbound-tls-off",
             "error", "127.0.0.1"),
            ({"smtpd_tls_security_level": ""}, "inbound-tls-off",
             "error", ""),
            ({"smtpd_tls_ask_ccert": "no"}, "no-client-certificates",
             "error", "smtpd_tls_ask_ccert is no"),
            ({"smtpd_tls_CAfile": ""}, "no-client-certificates",
             "error", "no CA to verify"),
            ({"smtp_tls_CAfile": ""}, "outbound-no-ca", "error", ""),
            ({"smtpd_tls_protocols": "!SSLv2, !SSLv3"}, "old-tls-inbound",
             "warning", "!SSLv3"),
            ({"smtp_tls_mandatory_protocols": ">=TLSv1.1"},
             "old-tls-outbound", "warning", ">=TLSv1.1"),
            ({"smtpd_milters": ""}, "milter-not-attached", "error",
             "milter.sock"),
            ({"smtpd_milters": "unix:/else.sock"}, "milter-not-attached",
             "error", ""),
            ({"milter_default_action": "accept"}, "default-action-accept",
             "error", "127.0.0.1"),
            ({"milter_default_action": "reject"}, "default-action-reject",
             "warning", ""),
            ({"smtpd_milters": "{ %s, default_action = accept }"
              % self.daemon.milter}, "default-action-accept", "error", ""),
            ({"smtpd_milters": self.daemon.milter + " inet:127.0.0.1:9"},
             "milter-not-last", "warning", ""),
            ({"milter_protocol": "2"}, "milter-protocol", "error", "2"),
            ({"milter_macro_defaults": "tls_version=TLSv1.3"},
             "macros-faked", "error", ""),
            ({"message_strip_characters": ""}, "nul-in-header", "warning",
             ""),
            ({"smtp_tls_loglevel": "0"}, "no-outbound-evidence", "warning",
             ""),
            ({"smtp_tls_security_level": "none"}, "outbound-tls-off",
             "warning", ""),
            ({"smtp_tls_policy_maps": ""}, "outbound-not-bound", "error",
             "has no answer"),
            ({"smtp_tls_policy_maps": "",
              "smtp_tls_security_level": "encrypt"}, "outbound-not-bound",
             "error", "encrypt"),
            ({"smtp_tls_policy_maps": "inline:{bank.example=may}, "
              "socketmap:unix:%s/nexthop.sock:nexthop" % run},
             "outbound-not-bound", "error", "told less"),
            ({"smtp_tls_policy_maps":
              "socketmap:unix:%s/gone.sock:nexthop" % run},
             "nexthop-unreachable", "error", "gone.sock"),
        ]
        for main, name, severity, words in rows:
            with self.subTest(name=name, main=main):
                found = self.examine(main)
                self.assertIn(name, found)
                self.assertEqual(found[name]["severity"], severity)
                self.assertIn(words, found[name]["what"])
                others = set(self.grave(found)) - {name}
                if name == "nexthop-unreachable":
                    others -= {"outbound-not-bound"}
                self.assertEqual(others, set())

    def test_macros_that_are_set_without_those_of_tls(self):
        found = self.examine({"milter_helo_macros": "{auth_type}"})
        self.assertEqual(self.grave(found), {})
        self.assertIn("postconf -X", found["macros-overridden"]["remedy"])

    def test_a_level_that_is_strict_enough_needs_no_map(self):
        for level in ("secure", "verify", "dane-only"):
            found = self.examine({"smtp_tls_policy_maps": "",
                                  "smtp_tls_security_level": level})
            self.assertEqual(self.grave(found), {}, level)

    def test_maps_in_front_of_ours(self):
        ours = "socketmap:unix:%s/nexthop.sock:nexthop" % self.daemon.run
        rows = [
            ("inline:{zeta.example=may}, " + ours, "zeta.example (may)"),
            ("proxy:inline:{zeta.example=may}, " + ours, "zeta.example (may)"),
            ("inline:{zeta.example=none, b.example=may} " + ours,
             "zeta.example (none)"),
            ("inline:{x.example=may} inline:{[192.0.2.7]=may} " + ours,
             "to [192.0.2.7]"),
            ("inline:{[2001:db8::7]=may} " + ours, "[2001:db8::7] (may)"),
            ("inline:{{zeta.example=may match=x}}, " + ours,
             "zeta.example (may)"),
            ("inline:{a.zeta.example=may} " + ours, "a.zeta.example (may)"),
            ("inline:{[zeta.example]=may} " + ours, "[zeta.example] (may)"),
            # none of the maps is ours
            ("inline:{bank.example=secure, [192.0.2.7]=encrypt}",
             "(may) and others"),
        ]
        for maps, words in rows:
            with self.subTest(maps):
                found = self.examine({"smtp_tls_policy_maps": maps})
                self.assertEqual(self.grave(found),
                                 {"outbound-not-bound": "error"})
                self.assertIn(words, found["outbound-not-bound"]["what"])
        for maps in ("inline:{zeta.example=encrypt} " + ours,
                     "inline:{zeta.example=secure} "
                     "inline:{zeta.example=may} " + ours,
                     "inline:{watched.example=may, clear.example=none} "
                     + ours, ours + " inline:{zeta.example=may}",
                     "inline:{bank.example=verify, zeta.example=encrypt, "
                     "[192.0.2.7]=encrypt, [2001:db8::7]=encrypt}"):
            with self.subTest(maps):
                found = self.examine({"smtp_tls_policy_maps": maps})
                self.assertEqual(self.grave(found), {})

    def test_other_names_and_other_ways(self):
        past = [
            ({"transport_maps": "inline:{bank.example=smtp:[r.example]}"}, ()),
            ({"transport_maps": "inline:{x@bank.example=relay:r.example}"},
             ()),
            ({"transport_maps":
              "inline:{zeta.example=lmtp:inet:r.example:24}"}, ()),
            ({"transport_maps": "pcre:/none, "
              "static:smtp:[r.example]"}, ()),
            ({"default_transport": "smtp:[r.example]"}, ()),
            ({"default_transport": "uucp"},
             ["uucp unix - n n - - pipe user=news argv=uux"]),
            ({"relay_domains": "bank.example",
              "relay_transport": "relay:[r.example]"}, ()),
            ({"relay_domains": "inline:{example=x}",
              "relay_transport": "relay:[r.example]"}, ()),
            ({"content_filter": "smtp:localhost.r.example:25"}, ()),
            ({"sender_dependent_relayhost_maps":
              "inline:{@example.org=[r.example]}"}, ()),
            ({"sender_dependent_default_transport_maps":
              "inline:{@example.org=smtp:[r.example]}"}, ()),
            ({"content_filter": "smtp:[r.example]:25"}, ()),
            ({"virtual_alias_maps": "inline:{@bank.example=b@c.example}"}, ()),
            ({"virtual_alias_maps": "inline:{b@bank.example=b@c.example}"},
             ()),
            ({"canonical_maps": "inline:{@bank.example=@c.example}"}, ()),
            ({"recipient_canonical_maps":
              "inline:{@bank.example=@c.example}"}, ()),
            ({"recipient_bcc_maps": "inline:{@bank.example=b@c.example}"}, ()),
            ({"sender_bcc_maps": "inline:{a@example.org=b@c.example}"}, ()),
            ({"always_bcc": "b@c.example"}, ()),
        ]
        for main, master in past:
            with self.subTest(main):
                found = self.examine(main, master)
                self.assertEqual(self.grave(found), {"rewritten": "warning"})
                name = list(main)[-1]
                self.assertIn("%s = %s" % (name, main[name]),
                              found["rewritten"]["what"])

    def test_names_and_ways_that_a_rule_binds(self):
        for main in (
                {"default_transport": "smtp", "relay_transport": "relay"},
                {"transport_maps": "inline:{bank.example=smtp:[zeta.example],"
                 " c.example=smtp:[r.example], zeta.example=:}"},
                {"transport_maps": "inline:{bank.example=lmtp:unix:private/x}"},
                {"default_transport": "smtp:[mx.zeta.example]:26"},
                {"relay_transport": "smtp:[r.example]"},
                {"relay_transport": "smtp:[r.example]",
                 "relay_domains": "own.example, inline:{other.example=x}"},
                {"content_filter": "smtp:localhost:10025"},
                {"sender_dependent_relayhost_maps":
                 "inline:{@a.example=[mx.bank.example] b@a.example=DUNNO}"},
                {"content_filter": "smtp:[127.0.0.1]:10025"},
                {"virtual_alias_maps": "inline:{@bank.example=b@zeta.example,"
                 " b@c.example=b@d.example, root=b@d.example,"
                 " c@bank.example=ann@example.org, d@bank.example=ann}"},
                {"canonical_maps": "regexp:/none"},
                {"sender_bcc_maps": "inline:{a@example.org=b@bank.example}"},
                {"always_bcc": "archive"},
                {"always_bcc": "archive@example.org"}):
            with self.subTest(main):
                self.assertEqual(self.grave(self.examine(main)), {})

    def test_transports_of_own_domains(self):
        own = {"mydestination": "else.example, bank.example"}
        local = {**own, "local_transport": "local:$myhostname"}
        boxes = {"virtual_mailbox_domains": "inline:{zeta.example=x}"}
        past = [
            {**own, "local_transport": "smtp:[r.example]"},
            {**own, "local_transport": "lmtp:inet:r.example:24"},
            {**local, "fallback_transport": "smtp:[r.example]"},
            {**local, "mailbox_transport": "lmtp:inet:r.example:24"},
            {**local,
             "mailbox_transport_maps": "inline:{joe=smtp:[r.example]}"},
            {**local, "fallback_transport_maps":
             "inline:{joe=lmtp:unix:x, ann=smtp:[r.example]}"},
            {**local, "luser_relay": "$user@r.example"},
            {**boxes, "virtual_transport": "smtp:[r.example]"},
            {**boxes, "virtual_transport": "lmtp:inet:[192.0.2.9]:24"},
        ]
        for main in past:
            with self.subTest(main):
                found = self.examine(main)
                self.assertEqual(self.grave(found), {"rewritten": "warning"})
                self.assertIn(list(main)[-1] + " = ",
                              found["rewritten"]["what"])
        program = "dovecot unix - n n - - pipe user=news argv=deliver"
        for main in (
                # what no rule binds may go wherever it likes
                {"mydestination": "else.example, example, a.bank.examples",
                 "local_transport": "smtp:[r.example]",
                 "virtual_mailbox_domains": "example, c.example",
                 "virtual_transport": "smtp:[r.example]"},
                {"local_transport": "local", "luser_relay": "a@r.example",
                 "mailbox_transport": "smtp:[r.example]"},
                {**own, "local_transport": "error:closed",
                 "fallback_transport": "smtp:[r.example]"},
                {**own, "local_transport": "smtp:[mx.zeta.example]"},
                {**own, "local_transport": "dovecot"},
                {**local, "mailbox_transport": "lmtp:unix:private/dovecot",
                 "fallback_transport": "dovecot", "luser_relay": "joe"},
                {**local, "mailbox_transport_maps":
                 "inline:{joe=dovecot:, ann=lmtp:[127.0.0.1]:24}"},
                {**boxes, "virtual_transport": "lmtp:unix:private/lmtp"},
                {**boxes, "virtual_transport": "lmtp:inet:localhost:24"},
                {**boxes, "virtual_transport": "dovecot"}):
            with self.subTest(main):
                self.assertEqual(self.grave(self.examine(main, [program])),
                                 {})

    def checks_file(self, text):
        return self.workdir.write("doctor-checks", text)

    def test_checks_that_send_a_message_elsewhere(self):
        filters = "FILTER smtp:[r.example]"
        file = self.checks_file(
            "# /x/ FILTER smtp:[a.example]\n/^Subject: [a\\/b]+ c/i\n"
            "  # a comment between\n   filter smtp:[r.example]:25\n")
        past = [
            {"header_checks": "regexp:{{/^Subject: a b/ %s}}" % filters},
            {"header_checks": "regexp:" + file},
            {"header_checks": "pcre:/none, proxy:regexp:" + file},
            {"body_checks": "regexp:{{!/x/ BCC a@c.example}}"},
            {"mime_header_checks": "regexp:{{/x/ REDIRECT a@c.example}}"},
            {"milter_header_checks": "static:{%s}" % filters},
            {"default_filter_nexthop": "[r.example]",
             "header_checks": "static:{FILTER smtp:}"},
            {"smtpd_client_restrictions":
             "check_client_access cidr:{{192.0.2.0/24 %s}}" % filters},
            {"smtpd_recipient_restrictions":
             "permit_sasl_authenticated check_recipient_access "
             "inline:{{bank.example=%s}}, reject" % filters},
            {"smtpd_data_restrictions":
             "check_sender_access static:{REDIRECT a@c.example}"},
            {"smtpd_restriction_classes": "own",
             "smtpd_sender_restrictions": "check_sender_access "
             "inline:{a.example=own}",
             "own": "check_helo_access static:{BCC a@c.example}"},
        ]
        for main in past:
            with self.subTest(main):
                found = self.examine(main)
                self.assertEqual(self.grave(found), {"rewritten": "warning"})
                self.assertIn(list(main)[-1] + " = ",
                              found["rewritten"]["what"])
        found = self.examine(master=[
            "127.0.0.1:2527 inet n - n - - smtpd -o "
            "{ smtpd_sender_restrictions = check_sender_access static:{%s} }"
            % filters])
        self.assertEqual(self.grave(found), {"rewritten": "warning"})

    def test_checks_that_do_not(self):
        file = self.checks_file(
            "if /^Received:/\n/FILTER smtp:[r.example]/ IGNORE\nendif\n"
            "/^X-Spam-Flag: YES/ REDIRECT spam@example.org\n"
            "/^To: a/ BCC archive\n/^X-A/ PREPEND X: FILTER smtp:[r.example]\n"
            "/^Subject: scan/ FILTER smtp-amavis:[127.0.0.1]:10024\n")
        amavis = "smtp-amavis unix - - n - 2 smtp"
        program = "scan unix - n n - - pipe user=news argv=scan"
        for main in (
                {"header_checks": "regexp:" + file},
                {"header_checks": "pcre:" + file,
                 "body_checks": "regexp:/none"},
                {"milter_header_checks":
                 "static:{FILTER smtp:}"},
                {"header_checks": "static:{FILTER smtp:[zeta.example]}"},
                {"header_checks": "static:{REDIRECT a@bank.example}"},
                {"body_checks": "static:{FILTER scan:dummy}"},
                {"smtpd_client_restrictions": "check_client_access "
                 "regexp:{{/./ FILTER smtp-amavis:[127.0.0.1]:10026}}"},
                {"smtpd_recipient_restrictions": "check_recipient_access "
                 "inline:{{a@b.example=REJECT} {bank.example=OK}}, "
                 "check_policy_service unix:private/policy, permit",
                 "smtpd_sender_restrictions":
                 "check_sender_access hash:/none"}):
            with self.subTest(main):
                self.assertEqual(
                    self.grave(self.examine(main, [amavis, program])), {})

    def test_clients_without_filters(self):
        table = self.workdir.write("doctor-clients",
                                   "192.0.2.0/24 DISABLE\n")
        for maps in ("cidr:{{0.0.0.0/0 DISABLE}}", "cidr:" + table,
                     "proxy:cidr:" + table,
                     "cidr:{{192.0.2.1 inet:127.0.0.1:9}}"):
            found = self.examine({"smtpd_milter_maps": maps})
            self.assertEqual(self.grave(found),
                             {"clients-bypass": "warning"}, maps)
        table = self.workdir.write(
            "doctor-clients", "# 192.0.2.0/24 DISABLE\n"
            "192.0.2.1 inet:127.0.0.1:9, %s\n" % self.daemon.milter)
        for maps in ("cidr:" + table,
                     "cidr:{{192.0.2.1 %s}}" % self.daemon.milter):
            found = self.examine({"smtpd_milter_maps": maps})
            self.assertEqual(self.grave(found), {}, maps)

    def test_a_fallback_of_one_service(self):
        for options in ("smtp_fallback_relay=[relay.example]",
                        "{ smtp_fallback_relay = [relay.example] }"):
            found = self.examine(master=[
                "smtp2 unix - - n - - smtp -o " + options])
            self.assertEqual(self.grave(found),
                             {"fallback-not-bound": "error"})
            self.assertIn("(smtp2/unix)",
                          found["fallback-not-bound"]["what"])
        found = self.examine(master=[
            "smtp2 unix - - n - - smtp -o smtp_fallback_relay=relay.example"
            " -o smtp_tls_security_level=secure"])
        self.assertEqual(self.grave(found), {})

    def test_a_fallback_that_no_rule_binds(self):
        for relays, name in (("relay.example", "relay.example"),
                             ("[relay.example]:587", "[relay.example]:587"),
                             ("bank.example, relay.example",
                              "relay.example")):
            with self.subTest(relays):
                found = self.examine({"smtp_fallback_relay": relays})
                self.assertEqual(self.grave(found),
                                 {"fallback-not-bound": "error"})
                self.assertIn(" %s is a host" % name,
                              found["fallback-not-bound"]["what"])
        for more in ({"smtp_fallback_relay":
                      "mx.bank.example, [bank.example]:25"},
                     {"smtp_fallback_relay": "relay.example",
                      "smtp_tls_security_level": "secure"}):
            found = self.examine(more)
            self.assertEqual(self.grave(found), {})

    def test_other_domains_than_those_of_the_rules(self):
        found = self.examine({"enable_idna2003_compatibility": "yes"})
        self.assertEqual(self.grave(found), {"idna-2003": "warning"})

    def test_a_relayhost_hides_the_domains(self):
        found = self.examine({"relayhost": "[relay.example]"})
        self.assertEqual(self.grave(found),
                         {"relayhost-hides-domains": "warning",
                          "outbound-not-bound": "error"})
        for relay in ("[127.0.0.1]:10025", "[relay.bank.example]:587"):
            with self.subTest(relay):
                found = self.examine({"relayhost": relay})
                self.assertEqual(self.grave(found), {})
        found = self.examine({
            "relayhost": "[127.0.0.1]:10025", "smtp_tls_policy_maps": "",
            "transport_maps":
                "inline:{bank.example=smtp:[mx.bank.example]}"})
        self.assertIn("outbound-not-bound", found)

    def test_copies_for_own_domains(self):
        for more in ({"virtual_mailbox_domains": "inline:{own.example=x}"},
                     {"virtual_alias_domains": "own.example"}):
            with self.subTest(more):
                found = self.examine({"always_bcc": "spam@own.example",
                                      **more})
                self.assertEqual(self.grave(found), {})

    def test_filters_of_others_with_settings(self):
        found = self.examine({
            "milter_default_action": "accept",
            "smtpd_milters": "{ inet:127.0.0.1:9, connect_timeout = 5s }, "
            "{ %s, default_action = tempfail, connect_timeout=3s }"
            % self.daemon.milter})
        self.assertEqual(self.grave(found), {})

    def test_a_proxy_filter_hides_the_message(self):
        found = self.examine({"smtpd_proxy_filter": "127.0.0.1:10024"})
        self.assertEqual(self.grave(found), {"proxy-hides-message": "error"})

    def test_listeners_beside_the_filter(self):
        found = self.examine(master=[
            "10.9.9.9:2526 inet n - n - - smtpd -o smtpd_milters="])
        self.assertEqual(self.grave(found),
                         {"listener-bypasses": "warning"})
        self.assertIn("10.9.9.9:2526/inet",
                      found["listener-bypasses"]["what"])
        found = self.examine(master=[
            "10.9.9.9:2526 inet n - n - - smtpd"
            " -o receive_override_options=no_milters"])
        self.assertEqual(self.grave(found),
                         {"listener-bypasses": "warning"})
        found = self.examine(master=[
            "127.0.0.1:2526 inet n - n - - smtpd -o smtpd_milters="])
        self.assertEqual(self.grave(found), {})
        self.assertIn("listener-bypasses", found)

    def test_transports_of_parents(self):
        for maps in ("inline:{.zeta.example=smtp:[r.example]}",
                     "inline:{.example=lmtp:inet:r.example:24}",
                     "inline:{{*=smtp:[r.example]} {bank.example=:}}"):
            with self.subTest(maps):
                found = self.examine({"transport_maps": maps})
                self.assertEqual(self.grave(found),
                                 {"rewritten": "warning"})
                self.assertIn(maps, found["rewritten"]["what"])
        for maps in ("inline:{{*=lmtp:inet:r.example:24} "
                     "{.example=:} {bank.example=:} {[192.0.2.7]=smtp:} "
                     "{[IPv6:2001:db8::7]=relay:}}",
                     "inline:{{.example=smtp:[r.example]} "
                     "{bank.example=:} {zeta.example=:}}"):
            with self.subTest(maps):
                found = self.examine({"transport_maps": maps})
                self.assertEqual(self.grave(found), {})

    def test_a_listener_without_tls(self):
        found = self.examine(master=[
            "10.9.9.9:2526 inet n - n - - smtpd"
            " -o smtpd_tls_security_level=none"])
        self.assertEqual(self.grave(found), {"inbound-tls-off": "error"})
        self.assertNotIn("127.0.0.1", found["inbound-tls-off"]["what"])

    def test_a_chroot_hides_the_socket(self):
        postfix = PrivatePostfix(self.workdir, 25, name="doctor-postfix")
        listener = "127.0.0.1:%d inet n - y - - smtpd" % postfix.port
        found = self.examine(master=[
            listener.replace(str(postfix.port), "2527")])
        self.assertIn("listener-bypasses", found)
        spool = self.workdir.sub("doctor-postfix", "spool", "hopseal")
        os.chmod(spool, 0o755)
        inside = os.path.join(spool, "milter.sock")
        os.link(self.daemon.run + "/milter.sock", inside)
        try:
            found = self.examine(
                {"smtpd_milters": "unix:hopseal/milter.sock"},
                master=["127.0.0.1:2527 inet n - y - - smtpd"])
            self.assertEqual(self.grave(found), {})
            os.chmod(spool, 0o700)
            found = self.examine(
                {"smtpd_milters": "unix:hopseal/milter.sock"},
                master=["127.0.0.1:2527 inet n - y - - smtpd"])
            self.assertEqual(self.grave(found),
                             {"milter-unreachable": "error"})
            self.assertIn("Permission denied",
                          found["milter-unreachable"]["what"])
        finally:
            os.unlink(inside)
            os.rmdir(spool)

    def test_a_socket_below_the_queue_directory(self):
        """As contrib/postfix and the doctor's own remedy name it."""
        self.assertNotIn("hopseal", os.listdir())   # found from anywhere
        spool = self.workdir.sub("doctor-postfix", "spool", "hopseal")
        inside = os.path.join(spool, "nexthop.sock")
        os.link(self.daemon.run + "/nexthop.sock", inside)
        try:
            found = self.examine({
                "smtp_tls_policy_maps":
                    "socketmap:unix:hopseal/nexthop.sock:nexthop"})
            self.assertEqual(self.grave(found), {})
        finally:
            os.unlink(inside)
            os.rmdir(spool)

    def test_a_way_to_a_content_filter(self):
        """hopseald(8): local legs want a transport without the map."""
        leg = "smtp-amavis unix - - n - 2 smtp -o smtp_tls_policy_maps="
        found = self.examine(
            {"content_filter": "smtp-amavis:[127.0.0.1]:10024"}, [leg])
        self.assertEqual(self.grave(found), {})
        found = self.examine(master=[
            leg, "127.0.0.1:2527 inet n - n - - smtpd -o smtpd_milters="
            " -o content_filter=smtp-amavis:[127.0.0.1]:10024"])
        self.assertEqual(self.grave(found), {})
        for main in ({}, {"content_filter": "smtp-amavis:[192.0.2.9]:25"}):
            found = self.examine(main, [leg])
            self.assertIn("outbound-not-bound", found, main)

    def test_a_chroot_hides_the_map_of_one_service(self):
        for name in "smtp", "relay":
            found = self.examine(master=[name + " unix - - y - - smtp"])
            self.assertIn("nexthop-unreachable", self.grave(found), name)

    def test_a_remedy_sets_what_counts(self):
        """A setting in master.cf, or in braces, holds against main.cf."""
        rows = (
            ({}, ["relay unix - - n - - smtp -o smtp_tls_policy_maps="],
             "outbound-not-bound",
             "postconf -P 'relay/unix/smtp_tls_policy_maps = "),
            ({}, ["127.0.0.1:2527 inet n - n - - smtpd"
                  " -o milter_default_action=accept"],
             "default-action-accept",
             "postconf -P '127.0.0.1:2527/inet/milter_default_action = t"),
            ({"smtpd_milters": "{ %s, default_action = accept }"
              % self.daemon.milter}, [], "default-action-accept",
             "# default_action = tempfail within the braces"),
            ({"milter_default_action": "accept"}, [], "default-action-accept",
             "postconf -e 'milter_default_action = tempfail'"))
        for main, master, name, words in rows:
            with self.subTest(words):
                found = self.examine(main, master)
                self.assertIn(words, found[name]["remedy"])

    def early(self, key):
        """A certificate of the key's own that holds from 2090 on."""
        folder = self.workdir.sub("early")
        self.workdir.write("early/index", "")
        self.workdir.write("early/ca.cnf", """[ca]
default_ca = own
[own]
database = index
new_certs_dir = .
rand_serial = yes
policy = any
[any]
commonName = supplied
""")
        for args in (
                ["req", "-new", "-key", key, "-subj", "/CN=mx.example.org",
                 "-out", "request"],
                ["ca", "-batch", "-notext", "-selfsign", "-config", "ca.cnf",
                 "-md", "sha256", "-keyfile", key, "-in", "request", "-out",
                 "early.pem", "-startdate", "20900101000000Z", "-enddate",
                 "20910101000000Z"]):
            subprocess.run(["openssl", *args], cwd=folder, check=True,
                           stderr=subprocess.DEVNULL)
        return os.path.join(folder, "early.pem")

    def test_certificates(self):
        folder = self.workdir.sub("certs")
        good = os.path.join(folder, "mx.example.org")
        authority = self.shop.authority
        other = authority.client("other.example", label="doctor-other")
        locked = os.path.join(folder, "locked.key")
        subprocess.run(["openssl", "pkey", "-in", good + ".key", "-aes128",
                        "-passout", "pass:x", "-out", locked], check=True)
        cut = self.workdir.write("certs/cut.key", "".join(
            open(good + ".key", encoding="ascii").readlines()[:5]))
        os.chmod(cut, 0o600)
        alone = certs.self_signed(self.workdir, "alone", "mx.example.org")
        open_key = self.workdir.write("certs/open.key", open(
            good + ".key", encoding="ascii").read(), mode=0o644)
        weak = certs.Pair(os.path.join(folder, "weak.pem"),
                          os.path.join(folder, "weak.key"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:1024",
                        "-nodes", "-days", "90", "-subj",
                        "/CN=mx.example.org", "-addext",
                        "subjectAltName=DNS:mx.example.org", "-out",
                        weak.cert, "-keyout", weak.key], check=True,
                       stderr=subprocess.DEVNULL)
        os.chmod(weak.key, 0o600)
        soon = certs.Pair(os.path.join(folder, "soon.pem"), good + ".key")
        subprocess.run(["openssl", "req", "-x509", "-key", good + ".key",
                        "-days", "5", "-subj", "/CN=mx.example.org",
                        "-addext", "subjectAltName=DNS:mx.example.org",
                        "-out", soon.cert], check=True)
        past = authority.expired("mx.example.org")
        early = self.early(good + ".key")
        fifo = os.path.join(self.workdir.sub("doctor-fifo"), "key")
        os.mkfifo(fifo, 0o600)
        rows = [
            (good + ".pem", good + ".kee", "certificate-missing", "error"),
            (good + ".crt", good + ".key", "certificate-missing", "error"),
            (good + ".pem", folder, "certificate-unreadable", "error"),
            (good + ".pem", other.key, "key-of-another", "error"),
            (good + ".pem", locked, "key-encrypted", "error"),
            (good + ".pem", cut, "key-broken", "error"),
            (good + ".pem", good + ".pem", "key-absent", "error"),
            (good + ".key", good + ".key", "certificate-broken", "error"),
            (good + ".pem", open_key, "key-open-to-all", "error"),
            (good + ".pem", fifo, "certificate-unreadable", "error"),
            (good + ".pem", good + ".key", "chain-incomplete", "warning"),
            (past.cert, past.key, "certificate-expired", "error"),
            (early, good + ".key", "certificate-early", "error"),
            (alone.cert, alone.key, "certificate-self-signed", "note"),
            (weak.cert, weak.key, "certificate-weak", "warning"),
            (soon.cert, soon.key, "certificate-expires", "warning"),
            (other.cert, other.key, "certificate-other-name", "warning"),
        ]
        for cert, key, name, severity in rows:
            with self.subTest(name=name):
                found = self.examine({
                    "smtpd_tls_chain_files": "",
                    "smtpd_tls_cert_file": cert, "smtpd_tls_key_file": key})
                self.assertIn(name, found)
                self.assertEqual(found[name]["severity"], severity)

    def test_the_remedy_names_the_file_that_was_meant(self):
        folder = self.workdir.sub("misnamed")
        shutil.copy(os.path.join(self.workdir.sub("certs"),
                                 "mx.example.org.pem"),
                    os.path.join(folder, "mx.example.org.crt"))
        found = self.examine({
            "smtpd_tls_chain_files": "",
            "smtpd_tls_cert_file": folder + "/mx.example.org.pem",
            "smtpd_tls_key_file": folder + "/mx.example.org.key"})
        self.assertIn("mx.example.org.crt",
                      found["certificate-missing"]["remedy"])

    def test_no_postfix(self):
        found = self.findings("--config-dir", "/nonexistent",
                              environment={"PATH": "/nonexistent"})
        self.assertIn("install Postfix", found["mta-unreadable"]["what"])


class Route(PostfixCase):
    """A route-header, which milter_header_checks must follow."""

    rules = PostfixCase.rules + '''
        outbound { mark-header = "X-Require-TLS: yes"
            route-header = "Hopseal-Route: tls" }
    '''

    checks = {"milter_header_checks": "static:{FILTER smtp-tls:}"}

    def test_a_route_that_is_kept(self):
        found = self.examine(self.checks, [
            "smtp-tls unix - - n - - smtp"
            " -o smtp_tls_security_level=encrypt"])
        self.assertEqual(self.grave(found), {})

    def test_a_route_of_another_name(self):
        checks = self.workdir.write(
            "checks", "# FILTER smtp-tls:\n/^Hopseal-Route: tls$/\t"
            "FILTER safe:\n")
        for what in ("static:{FILTER safe:}", "regexp:" + checks):
            for level, want in (("encrypt", {}),
                                ("may", {"route-not-kept": "error"})):
                with self.subTest(what, level=level):
                    self.assertEqual(self.grave(self.examine(
                        {"milter_header_checks": what},
                        ["safe unix - - n - - smtp"
                         " -o smtp_tls_security_level=" + level])), want)

    def test_lines_for_other_fields(self):
        """What counts is what the maps say of our field."""
        kept = ["smtp-tls unix - - n - - smtp"
                " -o smtp_tls_security_level=encrypt",
                "other unix - - n - - smtp"]
        ours = "/^Hopseal-Route: tls$/ FILTER smtp-tls:\n"
        for text, want in (
                ("/^X-Filter: yes/ IGNORE\n" + ours, {}),
                ("/^X-Spam: yes/ FILTER other:\n" + ours, {}),
                ("/^X-Other: yes/ FILTER smtp-tls:\n",
                 {"route-not-kept": "error"}),
                ("/^Hopseal-Route: tls$/ IGNORE\n" + ours,
                 {"route-not-kept": "error"})):
            for kind in "regexp:", "proxy:regexp:":
                with self.subTest(text, kind=kind):
                    found = self.examine({"milter_header_checks": kind +
                                          self.workdir.write("checks", text)},
                                         kept)
                    self.assertEqual(self.grave(found), want)
        found = self.examine({"milter_header_checks": "regexp:/none"}, kept)
        self.assertEqual(self.grave(found), {"route-not-kept": "error"})

    def test_a_route_that_is_not_kept(self):
        rows = [
            ({"milter_header_checks": ""}, [], "has no FILTER"),
            ({}, ["smtp-tls unix - - n - - discard"], "smtp-tls is no service"),
            ({}, ["smtp-tls unix - - n - - smtp"], "less than encrypt"),
            ({}, ["smtp-tls unix - - n - - smtp -o "
                  "smtp_tls_security_level=none"], "less than encrypt"),
        ]
        for main, master, words in rows:
            with self.subTest(words):
                found = self.examine({**self.checks, **main}, master)
                self.assertEqual(self.grave(found),
                                 {"route-not-kept": "error"})
                self.assertIn(words, found["route-not-kept"]["what"])


if __name__ == "__main__":
    unittest.main()
