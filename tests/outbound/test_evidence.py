"""What Postfix really did, out of the log it really wrote."""

import os
import re
import shutil
import time

import evidence
from lab import command
from lab.waiting import until
from outboundcase import OutboundCase, OutboundDaemon
from partners import LIAR, LIE

RULES = '''
    class "c" { mode = "require" }
    policy "hidden.example" { class = "c" }
    policy "refusing.example" { class = "c" }
    policy "old.example" { class = "c" }
    policy "good.example" { class = "c" peer = "trusted" }
    policy "expired.example" { class = "c" peer = "trusted" }
'''
WANT = [("broken.example", "tls-failed", "unknown", "unknown"),
        ("expired.example", "tls-failed", "unknown", "unknown"),
        ("good.example", "sent-tls", "TLSv1.3", "trusted"),
        ("hidden.example", "tls-failed", "unknown", "unknown"),
        ("old.example", "tls-failed", "unknown", "unknown"),
        ("refusing.example", "tls-failed", "unknown", "unknown"),
        ("selfsigned.example", "sent-tls", "TLSv1.3", "failed"),
        ("wrongname.example", "sent-tls", "TLSv1.3", "trusted")]


class EvidenceCase(OutboundCase):
    def imported(self, log=None, *args):
        """`hopseal import` into a ledger of its own; (records, words)."""
        ledger = os.path.join(self.workdir.sub(type(self).__name__ + "-l"),
                              "ledger.db")
        done = command.hopseal(
            "import", "-c", self.daemon.file, "--ledger", ledger, *args,
            log or os.path.join(self.mta.dir, "mail.log"))
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        verified = command.hopseal("ledger", "verify", "--ledger", ledger)
        self.assertEqual(verified.returncode, 0, verified.stdout.decode())
        return (evidence.records(ledger),
                (done.stdout + done.stderr).decode())


class Import(EvidenceCase):
    rules = RULES

    def test_live(self):
        for kind in self.kinds:
            self.outcome(kind + ".example")
        found, words = self.imported()
        self.assertEqual(evidence.events(found), WANT, words)
        good = [one for one in found if one["recipient"] == "good.example"]
        self.assertEqual(
            [(one["cipher"], one["bits"], one["mode"], one["policy"],
              one["side"], one["peer"], one["address"], one["sender"])
             for one in good],
            [("TLS_AES_256_GCM_SHA384", 256, "require", "good.example",
              "to", "good.example", "127.0.1.1", "example.org")])
        again, words = self.imported()
        self.assertEqual(len(again), len(found))
        self.assertIn("in the ledger already %d" % len(WANT), words)


class Liar(EvidenceCase):
    """What a server's certificate has in it is no line of Postfix."""
    rules = 'policy "liar.example" { mode = "require" peer = "trusted" }'
    kinds = LIAR
    main = {"default_process_limit": "1"}   # one smtp(8) logs it all

    def test_issuer(self):
        self.outcome("liar.example")
        self.assertIn(LIE % self.partners.port, self.mta.log())
        self.assertEqual(self.outcome("hidden.example")[0], "clear")
        found, words = self.imported()
        self.assertEqual(evidence.events(found), [
            ("hidden.example", "sent-plain", "none", "unknown"),
            ("liar.example", "tls-failed", "unknown", "unknown")], words)


class Clear(EvidenceCase):
    rules = RULES
    kinds = {"selfsigned": None}

    def test_in_clear_after_a_tls_line(self):
        sink = self.sink("selfsigned.example")
        self.addCleanup(setattr, sink, "starttls", "offer")
        self.assertEqual(self.outcome("selfsigned.example")[0], "TLSv1.3")
        sink.starttls = "hide"
        self.assertEqual(self.outcome("selfsigned.example")[0], "clear")
        found, _ = self.imported()
        mine = [one["event"] for one in found
                if one["recipient"] == "selfsigned.example"]
        self.assertEqual(sorted(mine)[-2:], ["sent-plain", "sent-tls"],
                         found)


    def test_report_flags_a_domain_that_requires(self):
        sink = self.sink("selfsigned.example")
        self.addCleanup(setattr, sink, "starttls", "offer")
        self.addCleanup(self.daemon.reload, RULES)
        self.outcome("selfsigned.example")
        sink.starttls = "hide"
        self.assertEqual(self.outcome("selfsigned.example")[0], "clear")
        self.daemon.reload(
            'policy "selfsigned.example" { mode = "require" }')
        ledger = self.workdir.sub("flag") + "/ledger.db"
        done = command.hopseal(
            "import", "-c", self.daemon.file, "--ledger", ledger,
            os.path.join(self.mta.dir, "mail.log"))
        self.assertRegex(done.stderr.decode(),
                         r"WARNING: \d+ deliveries in clear to domains")
        said = command.hopseal("report", "-c", self.daemon.file, "--ledger",
                               ledger, "--direction", "out").stdout.decode()
        self.assertRegex(said, r"selfsigned.example +out .*require !")


class Reuse(EvidenceCase):
    """smtp_tls_connection_reuse: tlsproxy logs too, sessions are shared."""
    rules = RULES
    main = {"smtp_tls_connection_reuse": "yes",
            "smtp_connection_cache_on_demand": "no",
            "smtp_connection_cache_destinations": "good.example",
            "smtp_destination_concurrency_limit": "1",
            "default_process_limit": "4"}

    def test_live(self):
        subjects = [self.send("good.example") for _ in range(4)]
        for subject in subjects:
            until(lambda s=subject: self.arrived("good.example", s),
                  "message at the sink", 30)
        self.mta.wait_log("(?s)(status=sent.*){4}")
        found, words = self.imported()
        self.assertEqual([one["event"] for one in found],
                         ["sent-tls"] * 4, words + self.mta.log())
        self.assertEqual(
            len({one["queue"] for one in found}), 4)
        self.assertIn("tlsproxy", self.mta.log())


class Silent(EvidenceCase):
    """smtp_tls_loglevel = 0, Postfix's default: nobody can say."""
    rules = RULES
    loglevel = "0"

    def test_live(self):
        self.assertEqual(self.outcome("good.example")[0], "TLSv1.3")
        self.assertEqual(self.outcome("selfsigned.example")[0], "TLSv1.3")
        found, words = self.imported()
        self.assertEqual({one["event"] for one in found},
                         {"sent-unknown"})
        self.assertIn("WARNING", words)
        self.assertIn("smtp_tls_loglevel = 1", words)


class Follow(EvidenceCase):
    """outbound { mail-log }: rotation, restart, kill; nothing twice."""
    rules = RULES

    @classmethod
    def setUpClass(cls):
        cls.log = cls.shop_log()
        OutboundDaemon.mail_log = cls.log
        cls.addClassCleanup(setattr, OutboundDaemon, "mail_log", None)
        super().setUpClass()

    @classmethod
    def shop_log(cls):
        """A log of our own: Postfix's lines are copied to it."""
        from lab.livecase import shop
        folder = shop().workdir.sub(cls.__name__ + "-log")
        path = os.path.join(folder, "mail.log")
        with open(path, "wb") as out:
            out.write(b"Nov 24 00:00:00 mx postfix/smtp[1]: AAAAAAAAAAA: "
                      b"to=<bob@before.example>, relay=mx.before.example"
                      b"[192.0.2.1]:25, delay=1, delays=1/0/0/0, dsn=2.0.0,"
                      b" status=sent (ok)\n")
        return path

    def setUp(self):
        self.ledger = self.daemon.state + "/ledger.db"

    def copy(self, mode="ab"):
        """What Postfix has logged since goes to our log."""
        with open(os.path.join(self.mta.dir, "mail.log"), "rb") as source:
            source.seek(type(self).__dict__.get("at", 0))
            data = source.read()
            type(self).at = source.tell()
        with open(self.log, mode) as out:
            out.write(data)

    def wait(self, count):
        found = evidence.wait(self.ledger, lambda f: len(f) >= count,
                              "%d records" % count)
        time.sleep(0.6)
        found = evidence.records(self.ledger)
        self.assertEqual(len(found), count, evidence.events(found))
        keys = {(one["time"], one["queue"], one["recipient"], one["event"])
                for one in found}
        self.assertEqual(len(keys), count)
        return found

    def test_life_of_a_log(self):
        self.daemon.wait_log("mail-log: follows")
        self.outcome("good.example")
        self.copy()
        self.assertEqual(evidence.events(self.wait(1)), [WANT[2]])

        # renamed; the syslog daemon goes on in the old one for a while
        self.outcome("hidden.example")
        os.rename(self.log, self.log + ".1")
        old = self.log
        type(self).log = self.log + ".1"
        self.copy()
        type(self).log = old
        self.outcome("selfsigned.example")
        self.copy("wb")
        self.wait(3)

        # stopped, more lines, rotated, more lines, started
        self.assertEqual(self.daemon.stop(), 0)
        self.outcome("good.example")
        self.copy()
        os.rename(self.log, self.log + ".1")
        self.outcome("good.example")
        self.copy("wb")
        self.daemon.start()
        self.wait(5)

        # copied and truncated
        shutil.copy(self.log, self.log + ".1")
        os.truncate(self.log, 0)
        time.sleep(0.6)
        self.outcome("good.example")
        self.copy()
        self.wait(6)

        # killed; the note of the position is lost: the ledger knows
        self.daemon.process.kill()
        self.daemon.process.wait()
        note = self.ledger + ".mail-log"
        with open(note, "rb") as kept:
            place = kept.read()
        self.outcome("good.example")
        self.copy()
        self.daemon.start()
        self.wait(7)
        self.daemon.process.kill()
        self.daemon.process.wait()
        with open(note, "wb") as kept:
            kept.write(place)
        self.daemon.start()
        self.wait(7)

        # half a line is no line
        self.outcome("good.example")
        with open(os.path.join(self.mta.dir, "mail.log"), "rb") as source:
            source.seek(type(self).at)
            data = source.read()
        cut = data.index(b"status=sent")
        for piece in (data[:cut], data[cut:]):
            with open(self.log, "ab") as out:
                out.write(piece)
            time.sleep(0.6)
        self.wait(8)
        verified = command.hopseal("ledger", "verify", "--ledger",
                                   self.ledger)
        self.assertEqual(verified.returncode, 0, verified.stdout)

        # import of the same lines by hand, beside the daemon
        done = command.hopseal("import", "-c", self.daemon.file,
                               os.path.join(self.mta.dir, "mail.log"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"recorded 0, in the ledger already 8", done.stdout)
        self.wait(8)


class Unreadable(EvidenceCase):
    """The daemon's user may not read the log: said, and mail goes on."""
    rules = RULES

    @classmethod
    def setUpClass(cls):
        from lab.livecase import shop
        OutboundDaemon.mail_log = shop().workdir.write(
            "unreadable.log", "", mode=0o600)
        cls.addClassCleanup(setattr, OutboundDaemon, "mail_log", None)
        super().setUpClass()

    def test_said_once(self):
        self.daemon.wait_log("cannot be read by user nobody")
        self.assertEqual(self.outcome("good.example")[0], "TLSv1.3")
        self.assertEqual(self.daemon.log().count("cannot be read by user"),
                         1)
        self.assertEqual(self.daemon.log().count("adduser nobody adm"), 1)
