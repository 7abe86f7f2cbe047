"""hopseal doctor and Sendmail: a healthy one, then one fault at a time."""

import os
import unittest

from lab.sendmail import PrivateSendmail
from operators.doctorcase import RULES, DoctorCase

HEALTHY = """define(`confSERVER_SSL_OPTIONS', `+SSL_OP_NO_TLSv1 +SSL_OP_NO_TLSv1_1')
FEATURE(`access_db', `hash -o @DIR@/access')dnl"""


# The lines of export sendmail for the rules of the tests.
ACCESS = """TLS_Rcpt:bank.example\tVERIFY:112
TLS_Rcpt:[bank.example]\tVERIFY:112
TLS_Rcpt:later.example\tENCR:112
TLS_Rcpt:[later.example]\tENCR:112
TLS_Rcpt:[192.0.2.7]\tENCR:112
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
        sendmail = PrivateSendmail(cls.workdir, 25, name="doctor-sendmail",
                                   milter=cls.daemon.milter)
        sendmail.values["EXTRA"] = HEALTHY.replace("@DIR@", sendmail.dir)
        sendmail.configure()
        cls.cf, cls.dir = sendmail.cf, sendmail.dir
        with open(cls.cf, encoding="utf-8") as text:
            content = text.read()
        # certificate and issuer in one file, as clients want them
        whole = cls.workdir.write("certs/sendmail-whole.pem", "".join(
            open(cls.workdir.sub("certs") + "/" + name,
                 encoding="ascii").read()
            for name in ("mxs.example.org.pem", "ca.pem")))
        server = cls.workdir.sub("certs") + "/mxs.example.org.pem"
        assert server in content
        cls.content = content.replace(server, whole)

    def setUp(self):
        self.write_access(ACCESS)

    def write_access(self, text):
        self.workdir.write("doctor-sendmail/access", text)

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
        self.assertIn(" and others",
                      self.examine()["outbound-not-bound"]["what"])

    def test_an_access_map_that_speaks_of_all(self):
        for text in (ACCESS.replace("\t", " ").upper(),
                     ACCESS.replace("later.example\t", "example\t", 1),
                     "Spam:x REJECT\nTLS_Rcpt:\tENCR:112\n"):
            with self.subTest(text):
                self.write_access(text)
                self.assertEqual(self.grave(self.examine()), {})

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
