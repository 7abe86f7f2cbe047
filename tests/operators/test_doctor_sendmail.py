"""hopseal doctor and Sendmail: a healthy one, then one fault at a time."""

import os
import re
import subprocess
import unittest

from lab import command, workdir as places
from lab.sendmail import PrivateSendmail, makemap, makemap_program
from operators.doctorcase import RULES, DoctorCase

HEALTHY = """define(`confSERVER_SSL_OPTIONS', `+SSL_OP_NO_TLSv1 +SSL_OP_NO_TLSv1_1')
FEATURE(`access_db', `hash -T<TMPF> @DIR@/access')dnl
QUEUE_GROUP(`mqueue', `F=f, r=1')dnl"""


# The lines of export sendmail for the rules of the tests.
ACCESS = """TLS_Rcpt:bank.example\tVERIFY:128
TLS_Rcpt:[bank.example]\tVERIFY:128
TLS_Rcpt:later.example\tENCR:128
TLS_Rcpt:[later.example]\tENCR:128
TLS_Rcpt:[192.0.2.7]\tENCR:128
"""


class Sendmail(DoctorCase):
    rules = RULES + '''
        policy "later.example" { mode = "require" }
        policy "[192.0.2.7]" { mode = "require" }
        policy "watched.example" { mode = "require" operation = "observe" }
    '''

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # certificate and issuer in one file, as clients want them
        whole = cls.workdir.write("certs/sendmail-whole.pem", "".join(
            open(cls.workdir.sub("certs") + "/" + name,
                 encoding="ascii").read()
            for name in ("mxs.example.org.pem", "ca.pem")))
        cls.whole = whole
        cls.content = cls.made()

    @classmethod
    def made(cls, extra=""):
        """sendmail.cf, by Sendmail's own m4."""
        sendmail = PrivateSendmail(cls.workdir, 25, name="doctor-sendmail",
                                   milter=cls.daemon.milter)
        cls.dir = sendmail.dir
        sendmail.values["EXTRA"] = (HEALTHY + "\n" + extra).replace(
            "@DIR@", sendmail.dir)
        sendmail.configure()
        with open(sendmail.cf, encoding="utf-8") as text:
            content = text.read()
        server = cls.workdir.sub("certs") + "/mxs.example.org.pem"
        assert server in content
        return content.replace(server, cls.whole)

    def setUp(self):
        self.write_access(ACCESS)

    def write_access(self, text):
        self.workdir.write("doctor-sendmail/access", text)
        lines = {}  # makemap keeps the first of a key, and complains
        for line in text.splitlines(keepends=True):
            if len(line.split(None, 1)) == 2 and line[0] not in " \t":
                lines.setdefault(line.split()[0].lower(), line)
        makemap(self.dir, "access", "".join(lines.values()))

    def findings(self, *args, path=None, **how):
        path = path or os.path.dirname(makemap_program())
        return super().findings(*args, environment={
            "PATH": path + ":/usr/sbin:/usr/bin:/sbin:/bin"}, **how)

    def examine_made(self, extra):
        cf = self.workdir.write("doctor-sendmail/variant.cf",
                                self.made(extra))
        return self.findings("--cf", cf)

    def examine(self, old="", new=""):
        self.assertIn(old, self.content)
        cf = self.workdir.write("doctor-sendmail/variant.cf",
                                self.content.replace(old, new)
                                if old else self.content)
        return self.findings("--cf", cf)

    def test_a_healthy_one(self):
        found = self.examine()
        self.assertEqual(self.grave(found), {}, found)
        self.assertIn("no-certificate-outbound", found)

    def test_one_fault_at_a_time(self):
        rows = [
            ("\nO InputMailFilters=hopseal", "\n", "milter-not-attached",
             "error"),
            ("/run/milter.sock, F=T", "/run/else.sock, F=T",
             "milter-not-attached", "error"),
            (", F=T,", ",", "default-action-accept", "error"),
            ("\nO ServerCertFile=", "\n#", "inbound-tls-off", "error"),
            ("sendmail-whole.pem", "gone.pem", "certificate-missing",
             "error"),
            ("\nO ServerKeyFile=", "\nO ServerKeyFile=/gone",
             "certificate-missing", "error"),
            ("+SSL_OP_NO_TLSv1 ", "", "old-tls-inbound", "warning"),
            ("\nO CACertFile=", "\n#", "no-client-certificates", "error"),
            ("\nO LogLevel=9", "\nO LogLevel=8\nO TLSSrvOptions=V",
             "no-client-certificates", "error"),
            ("\nO LogLevel=9", "\nO LogLevel=8", "no-outbound-evidence",
             "warning"),
            ("\nKaccess", "\n#", "outbound-not-bound", "error"),
        ]
        for old, new, name, severity in rows:
            with self.subTest(name=name, new=new):
                found = self.examine(old, new)
                self.assertIn(name, found)
                self.assertEqual(found[name]["severity"], severity)
                others = set(self.grave(found)) - {name}
                self.assertLessEqual(others, {"no-outbound-evidence"}
                                     if "LogLevel=8" in new else set())

    def test_an_access_map_without_a_line(self):
        lines = ACCESS.splitlines(keepends=True)
        for line in lines:
            key = line.partition("\t")[0].partition(":")[2]
            for text in (ACCESS.replace(line, ""),
                         ACCESS.replace(line, "#" + line),
                         ACCESS.replace(key, key + ".org")):
                with self.subTest(text):
                    self.write_access(text)
                    found = self.examine()
                    self.assertEqual(self.grave(found),
                                     {"outbound-not-bound": "error"})
                    self.assertIn(" %s" % key,
                                  found["outbound-not-bound"]["what"])
        self.write_access("")
        found = self.examine()["outbound-not-bound"]
        self.assertIn(" and others", found["what"])
        self.mend(found["remedy"], 0)
        self.assertEqual(self.grave(self.examine()), {})

    def mend(self, remedy, code):
        """Run what the doctor prints; returns what it complained of."""
        done = subprocess.run(
            remedy.replace("hopseal export sendmail",
                           command.program("hopseal") + " export sendmail")
            .replace("makemap ", makemap_program() + " -C /dev/null "),
            shell=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout)
        return done.stdout

    def listed(self):
        """The lines of the database."""
        return subprocess.run(
            [makemap_program(), "-C", "/dev/null", "-u", "hash",
             self.dir + "/access"], stdout=subprocess.PIPE, text=True,
            check=True).stdout.splitlines()

    def test_the_remedy_keeps_what_else_is_in_the_map(self):
        own = "Connect:192.0.2.1\tREJECT\n"
        mine = "TLS_Rcpt:bob@else.example\tENCR:256\n"
        self.write_access(own + mine)
        remedy = self.examine()["outbound-not-bound"]["remedy"]
        self.mend(remedy, 0)
        self.assertEqual(self.grave(self.examine()), {})
        once = self.listed()
        self.assertIn(own.strip().lower().replace("reject", "REJECT"), once)
        self.assertEqual(len(once), 2 + len(ACCESS.splitlines()))
        # again, as when the rules change, with lines behind
        with open(self.dir + "/access", "a", encoding="ascii") as text:
            text.write("Connect:192.0.2.2\tREJECT")     # the last line
        self.mend(remedy, 0)
        self.assertEqual(len(self.listed()), len(once) + 1)
        self.assertIn("connect:192.0.2.2\tREJECT", self.listed())
        # without a text the database is all that there is
        os.unlink(self.dir + "/access")
        makemap(self.dir, "access", own)
        self.mend(self.examine()["outbound-not-bound"]["remedy"], 0)
        self.assertEqual(self.grave(self.examine()), {})
        self.assertEqual(len(self.listed()), 1 + len(ACCESS.splitlines()))

    def of_the_manual(self):
        """What hopseald(8) says, for our folder and configuration."""
        with open(places.REPOSITORY + "/milter/man/hopseald.8",
                  encoding="ascii") as manual:
            lines, = re.findall(r"^cd /etc/mail &&\n.*?(?=\.Ed)",
                                manual.read(), re.MULTILINE | re.DOTALL)
        return (lines.replace("/etc/mail", self.dir).replace("\\(aq", "'")
                .replace("\\e", "\\")
                .replace("export sendmail >", "export sendmail -c %s >"
                         % self.daemon.file))

    def test_what_the_manual_says(self):
        own = "TLS_Rcpt:bob@else.example\tENCR:256\n"
        self.write_access(own)
        for _ in range(2):
            self.mend(self.of_the_manual(), 0)
            self.assertEqual(self.grave(self.examine()), {})
            self.assertEqual(len(self.listed()),
                             1 + len(ACCESS.splitlines()))

    def test_an_export_that_fails_changes_no_map(self):
        self.write_access("Connect:192.0.2.1\tREJECT\n")
        remedy = self.examine()["outbound-not-bound"]["remedy"]
        self.mend(remedy, 0)
        before = self.listed()
        broken = self.workdir.write("doctor-sendmail/broken.conf",
                                    'policy "x.example" { to = "requir" }\n')
        for words in (remedy, self.of_the_manual()):
            said = self.mend(words.replace(self.daemon.file, broken), 78)
            self.assertIn("did you mean require", said)
            self.assertEqual(self.listed(), before)

    def test_an_access_map_that_speaks_of_all(self):
        for text in (ACCESS.replace("\t", " ").upper(),
                     ACCESS.replace("later.example\t", "example\t", 1),
                     "Spam:x REJECT\nTLS_Rcpt:\tVERIFY:128\n"):
            with self.subTest(text):
                self.write_access(text)
                self.assertEqual(self.grave(self.examine()), {})

    def test_an_access_map_that_asks_for_less(self):
        bank = "TLS_Rcpt:bank.example\t"
        rows = [(ACCESS.replace(bank + "VERIFY:128", bank + weak),
                 "bank.example")
                for weak in ("OK", "ENCR:128", "VERIFY:64", "ENCR:0",
                             "VERIFY", "VERIFY:x", "TEMP+ENCR:128")]
        rows += [
            (ACCESS.replace("[later.example]\tENCR:128",
                            "[later.example]\tENCR"), "[later.example]"),
            (ACCESS.replace("[192.0.2.7]\tENCR:128", "[192.0.2.7]\tENCR:0"),
             "[192.0.2.7]"),
            (ACCESS.replace("later.example\tENCR:128", "example\tENCR:0", 1),
             "example"),
            (ACCESS + "TLS_Rcpt:sub.bank.example\tENCR:128\n",
             "sub.bank.example"),
            (ACCESS + "TLS_Rcpt:bob@Bank.example\tOK\n", "bob@Bank.example"),
            (ACCESS + "TLS_Rcpt:bob@a.bank.example\tENCR:0\n",
             "bob@a.bank.example"),
            (ACCESS + "TLS_Rcpt:bob@\tENCR:128\n", "bob@"),
            (bank + "OK\n" + ACCESS, "bank.example"),
            ("TLS_Rcpt:\tENCR:128\n" + ACCESS.replace(bank, "Spam:"),
             "bank.example"),
        ]
        for text, name in rows:
            with self.subTest(text):
                self.write_access(text)
                found = self.examine()
                self.assertEqual(self.grave(found),
                                 {"access-map-weaker": "error"})
                self.assertIn(" TLS_Rcpt:%s" % name.lower(),
                              found["access-map-weaker"]["what"] + " ")
                self.assertNotIn("others", found["access-map-weaker"]["what"])

    def test_an_access_map_that_asks_for_more(self):
        for text in (
                ACCESS.replace("VERIFY:128", "PERM+verify:256+CN:x++CI:y"),
                ACCESS.replace("ENCR:128", "TEMP+VERIFY:128"),
                ACCESS + "TLS_Rcpt:sub.bank.example VERIFY:128\n",
                ACCESS + "TLS_Rcpt:bob@ VERIFY:128\n",
                ACCESS + "TLS_Rcpt:bob@clear.example ENCR:0\n",
                ACCESS + "TLS_Rcpt:clear.example ENCR:0\n",
                ACCESS + "TLS_Rcpt:watched.example OK\n",
                ACCESS + "TLS_Clt:bank.example ENCR:0\n"):
            with self.subTest(text):
                self.write_access(text)
                self.assertEqual(self.grave(self.examine()), {})

    def test_a_line_without_a_right_hand_side_is_none(self):
        self.write_access(ACCESS.replace("later.example\tENCR:128",
                                         "later.example", 1))
        self.assertEqual(self.grave(self.examine()),
                         {"outbound-not-bound": "error"})

    def test_the_database_of_the_access_map(self):
        database = os.path.join(self.dir, "access.db")
        os.utime(database, (1, 1))
        found = self.examine()
        self.assertEqual(self.grave(found), {"access-map-stale": "warning"})
        self.assertIn("makemap hash ", found["access-map-stale"]["remedy"])
        os.unlink(database)
        found = self.examine()
        self.assertEqual(self.grave(found), {"access-map-missing": "error"})
        self.assertIn(database, found["access-map-missing"]["what"])
        self.mend(found["access-map-missing"]["remedy"], 65)  # twice a key
        self.assertEqual(self.grave(self.examine()), {})
        os.unlink(database)
        # a name may have its end already; other classes have none such
        found = self.examine("%s/access\n" % self.dir,
                             "%s/access.db\n" % self.dir)
        self.assertEqual(self.grave(found), {"access-map-missing": "error"})
        found = self.examine("Kaccess hash ",
                             "Kaccess text ")
        self.assertEqual(self.grave(found), {})

    def test_a_map_that_may_be_absent(self):
        for options, words in (("-o ", "with -o"), ("-T<TMPF> -o ", "with -o"),
                               ("-o -T<TMPF> ", "with -o"),
                               ("", "without -T<TMPF>"),
                               ("-T<X> ", "without -T<TMPF>")):
            with self.subTest(options):
                found = self.examine("Kaccess hash -T<TMPF> ",
                                     "Kaccess hash " + options)
                self.assertEqual(self.grave(found),
                                 {"access-map-optional": "warning"})
                found = found["access-map-optional"]
                self.assertIn(words, found["what"])
                self.assertIn("FEATURE(`access_db', `hash -T<TMPF> "
                              "%s/access')dnl" % self.dir, found["remedy"])

    def test_a_database_of_which_there_is_no_text(self):
        os.unlink(self.dir + "/access")
        self.assertEqual(self.grave(self.examine()), {})
        makemap(self.dir, "access", "")  # of an export that failed
        self.assertEqual(self.grave(self.examine()),
                         {"outbound-not-bound": "error"})
        makemap(self.dir, "access", ACCESS.replace("VERIFY", "ENCR"))
        self.assertEqual(self.grave(self.examine()),
                         {"access-map-weaker": "error"})

    def test_a_database_that_is_none(self):
        database = os.path.join(self.dir, "access.db")
        with open(database, "rb") as whole:
            good = whole.read()
        for content, words in ((b"", "0 octets"), (good[:2048], "makemap "),
                               (b"x" * len(good), "makemap ")):
            for text in (True, False):
                with self.subTest(octets=len(content), text=text):
                    self.setUp()
                    with open(database, "wb") as file:
                        file.write(content)
                    if not text:
                        os.unlink(self.dir + "/access")
                    found = self.examine()
                    self.assertEqual(self.grave(found),
                                     {"access-map-broken": "error"})
                    self.assertIn(words, found["access-map-broken"]["what"])
                    self.mend(found["access-map-broken"]["remedy"],
                              65 if text else 0)
                    self.assertEqual(self.grave(self.examine()), {})

    def test_a_database_other_than_its_text(self):
        bank = "TLS_Rcpt:bank.example\tVERIFY:128\n"
        more = "TLS_Rcpt:bob@bank.example\tVERIFY:256\n"
        for text, made, others in (
                (ACCESS, "", {"outbound-not-bound": "error"}),
                (ACCESS, ACCESS.replace(bank, ""),
                 {"outbound-not-bound": "error"}),
                (ACCESS, ACCESS + more, {}), (ACCESS + more, ACCESS, {}),
                ("", ACCESS, {})):
            with self.subTest(text=text, made=made):
                self.write_access(text)
                makemap(self.dir, "access", made)
                found = self.examine()
                self.assertEqual(self.grave(found),
                                 {"access-map-stale": "warning", **others})
                self.assertIn("export sendmail",
                              found["access-map-stale"]["remedy"])
        # the order, case and comments of the text are nothing to it
        self.write_access(ACCESS)
        self.workdir.write("doctor-sendmail/access", "# x\n" + "".join(
            reversed(ACCESS.upper().splitlines(keepends=True))))
        os.utime(self.dir + "/access", (1, 1))
        self.assertEqual(self.grave(self.examine()), {})

    def test_no_makemap(self):
        found = self.findings("--cf", self.workdir.write(
            "doctor-sendmail/variant.cf", self.content), path="/nowhere")
        self.assertEqual(self.grave(found), {})
        self.assertIn("access-map-unread", found)
        self.assertIn("makemap -u hash ",
                      found["access-map-unread"]["remedy"])
        os.unlink(self.dir + "/access")
        found = self.findings("--cf", self.workdir.sub("doctor-sendmail") +
                              "/variant.cf", path="/nowhere")
        self.assertEqual(self.grave(found), {"access-map-unread": "warning"})

    def test_canonical_names(self):
        canonify = "undefine(`_NO_CANONIFY_')dnl\n"
        rows = [
            (canonify, "every name"),
            ("CANONIFY_DOMAIN(`other.example bank.example')dnl",
             "CANONIFY_DOMAIN"),
            ("DAEMON_OPTIONS(`Port=26, Name=X, M=Ec')dnl", "modifier c"),
            ("CANONIFY_DOMAIN(`other.example')dnl", None),
            ("DAEMON_OPTIONS(`Port=26, Name=X, M=EC')dnl", None),
            (canonify + "FEATURE(`nocanonify', `canonify_hosts')dnl", None),
        ]
        for extra, words in rows:
            with self.subTest(extra):
                found = self.examine_made(extra)
                self.assertEqual(
                    self.grave(found),
                    {"names-canonified": "error"} if words else {})
                if words:
                    self.assertIn(words, found["names-canonified"]["what"])
                    self.assertIn("FEATURE(`nocanonify')",
                                  found["names-canonified"]["remedy"])

    def test_tables_that_rewrite_recipients(self):
        for extra, name in (
                ("FEATURE(`domaintable', `hash -o @DIR@/dt')dnl",
                 "domaintable"),
                ("FEATURE(`virtusertable', `hash -o @DIR@/vt')dnl",
                 "virtusertable"),
                ("FEATURE(`mailertable', `hash -o @DIR@/mt')dnl", None),
                ("FEATURE(`genericstable', `hash -o @DIR@/gt')dnl", None)):
            with self.subTest(name):
                found = self.examine_made(extra)
                self.assertEqual(
                    self.grave(found),
                    {"recipients-rewritten": "warning"} if name else {})
                if name:
                    self.assertIn(name, found["recipients-rewritten"]["what"])

    def test_relays_for_local_mail(self):
        local = "LOCAL_DOMAIN(`else.example bank.example')dnl\n"
        self.workdir.write("doctor-sendmail/names",
                           "# own\nelse.example\nsub.bank.example # x\n")
        of_file = "define(`confCW_FILE', `-o @DIR@/names')dnl\n"
        relay = "define(`%s', `%s')dnl\n"
        clear = "esmtp:hub.example"
        rows = [(local + relay % (macro, clear), macro)
                for macro in ("MAIL_HUB", "LOCAL_RELAY", "LUSER_RELAY")]
        rows += [
            (of_file + relay % ("MAIL_HUB", clear), "sub.bank.example"),
            (local + relay % ("MAIL_HUB", "hub.example"), "hub.example"),
            (local + relay % ("MAIL_HUB", "relay:gw@[192.0.2.9]"),
             "[192.0.2.9]"),
            # of which the access map has no line
            (local + relay % ("MAIL_HUB", "esmtp:[a.bank.example]"),
             "[a.bank.example]"),
            (local + relay % ("LUSER_RELAY", clear) +
             "FEATURE(`preserve_luser_host')dnl\n", "LUSER_RELAY"),
            # as seen: bob@bank.example is sent there as it is
            (local + relay % ("MAIL_HUB", clear) +
             "FEATURE(`stickyhost')dnl\n", None),
            (relay % ("MAIL_HUB", clear), None),
            ("LOCAL_DOMAIN(`else.example')dnl\n" +
             relay % ("LUSER_RELAY", clear), None)]
        rows += [(local + relay % (macro, value), None)
                 for macro in ("MAIL_HUB", "LUSER_RELAY") for value in (
                     "esmtp:[bank.example]", "later.example",
                     "esmtp:gw@later.example", "relay:[192.0.2.7]",
                     "else.example", "esmtp:[127.0.0.1]", "local:postmaster",
                     "error:5.1.1:550 nobody")]
        for extra, words in rows:
            with self.subTest(extra):
                found = self.examine_made(extra)
                self.assertEqual(
                    self.grave(found),
                    {"relay-not-bound": "error"} if words else {})
                if words:
                    self.assertIn(words, found["relay-not-bound"]["what"])

    def test_a_mailertable_that_gives_another_address(self):
        makemap(self.dir, "mt", "")
        table = "FEATURE(`mailertable', `hash -T<TMPF> @DIR@/mt')dnl\n"
        for line, words in (
                ("relay.bank.example\tesmtp:gw@[192.0.2.9]",
                 "relay.bank.example"),
                (".bank.example\tesmtp:gw@gw.example", "gw.example"),
                ("example\trelay:%1@gw.example", "gw.example"),
                (".\tesmtp:gw@gw.example", "gw.example"),
                ("bank.example\tesmtp:[192.0.2.9]", None),
                ("bank.example\tesmtp:gw@later.example", None),
                ("bank.example\tesmtp:gw@[192.0.2.7]", None),
                ("bank.example\tlocal:joe@else.example", None),
                ("bank.example\terror:5.7.1:550 ask joe@else.example", None),
                ("else.example\tesmtp:gw@gw.example", None)):
            with self.subTest(line):
                makemap(self.dir, "mt", line + "\n")
                found = self.examine_made(table)
                self.assertEqual(
                    self.grave(found),
                    {"relay-not-bound": "error"} if words else {})
                if words:
                    self.assertIn(words, found["relay-not-bound"]["what"])

    def test_a_ruleset_in_front_of_the_access_map(self):
        rule = "R$*\t\t$# OK\nLOCAL_CONFIG\n"
        for extra, names in (
                ("LOCAL_TLS_RCPT\n" + rule, {"local-ruleset": "warning"}),
                ("LOCAL_TLS_RCPT\nLOCAL_CONFIG\n", {}),
                # nobody calls it
                ("LOCAL_RULESETS\nSLocal_tls_rcpt\n" + rule, {})):
            with self.subTest(extra):
                self.assertEqual(self.grave(self.examine_made(extra)), names)

    def test_recipients_that_share_an_envelope(self):
        group = "\nQmqueue, F=f, r=1"
        other = group + "\nQother, P=%s/q" % self.dir
        for new, name in (
                ("", "mqueue"), ("\nQmqueue, F=f", "mqueue"),
                ("\nQmqueue, R=1", "mqueue"), (group + "0", "mqueue"),
                (group + ", r=2", "mqueue"), (other, "other"),
                ("\nQother, P=%s/q, r=1" % self.dir, "mqueue"),
                (other + ", r=1", None), ("\nQmqueue, R=2, r=1", None),
                ("\nQmqueue, F=f,\n  r = 1", None)):
            with self.subTest(new):
                found = self.examine(group, new)
                self.assertEqual(
                    self.grave(found),
                    {"recipients-share-envelopes": "warning"} if name
                    else {})
                if name:
                    found = found["recipients-share-envelopes"]
                    self.assertIn(" %s " % name, found["what"])
                    self.assertIn("QUEUE_GROUP(`%s'," % name,
                                  found["remedy"])

    def test_a_daemon_with_filters_of_its_own(self):
        found = self.examine("Name=MTA", "Name=MTA, InputMailFilters=none")
        self.assertEqual(self.grave(found),
                         {"listener-bypasses": "warning"})
        found = self.examine("Name=MTA",
                             "Name=MTA, InputMailFilters=hopseal")
        self.assertEqual(self.grave(found), {})

    def test_a_folder_that_others_may_write_to(self):
        os.chmod(self.daemon.run, 0o775)
        try:
            found = self.examine()
        finally:
            os.chmod(self.daemon.run, 0o755)
        self.assertEqual(self.grave(found),
                         {"socket-folder-unsafe": "error"})

    def test_no_such_file(self):
        found = self.findings("--cf", "/no/such.cf")
        self.assertEqual(self.grave(found), {"mta-unreadable": "error"})
        self.assertIn(" --cf ", found["mta-unreadable"]["remedy"])


if __name__ == "__main__":
    unittest.main()
