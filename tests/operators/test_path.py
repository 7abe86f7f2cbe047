"""From observing to enforcing, in the steps of hopseald(8)."""

import json
import os
import sys
import unittest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS, "mta")]

# pylint: disable=wrong-import-position
import session                                             # noqa: E402
from lab import command                                    # noqa: E402
from lab.hopseald import Daemon                            # noqa: E402
from lab.waiting import until                              # noqa: E402
from lab.workdir import WorkDir                            # noqa: E402

CLEAR = ("Encryption needed: mail from bank.example must arrive over TLS")
STRICT = "Encryption needed: bank.example asks for TLS 1.3 or later, this " \
    "session used TLSv1.2"


class Path(unittest.TestCase):
    def setUp(self):
        self.workdir = self.enterContext(WorkDir("path-"))
        self.partners = os.path.join(self.workdir.path, "partners.conf")
        self.daemon = self.enterContext(Daemon(
            self.workdir, "", {"operation": '"observe"'}))

    def deliver(self, tls, sender="bank.example"):
        return session.deliver(self.daemon.socket, tls=tls,
                               mail_from="<a@%s>" % sender)

    def hopseal(self, *words):
        done = command.hopseal(words[0], "-c", self.daemon.file, *words[1:])
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode()

    def would_refuse(self, count):
        """What the report says of refusals, once it has so many."""
        def asked():
            found = json.loads(self.hopseal("report", "--format", "json"))
            items = found["would_refuse"]
            return items if sum(
                item["count"] for item in items) == count else None
        return until(asked, "%d that would be refused" % count)

    def write(self, text):
        """partners.conf; the user of the daemon reads it."""
        with open(self.partners, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(self.partners, 0o644)

    def reload(self, operation):
        self.daemon.reload('include("%s")\n' % self.partners,
                           {"operation": '"%s"' % operation})

    def test_week_by_week(self):
        # Weeks 1 and 2: nothing is refused, whatever comes.
        for _ in range(3):
            self.assertEqual(self.deliver(session.TLS13).final, "ok")
        self.assertEqual(self.deliver(session.PLAIN,
                                      "old.example").final, "ok")
        self.assertIn("4 messages, 75.0 % over TLS",
                      self.hopseal("report", "--since", "7d"))

        # Week 3: the rules of the evidence, still only observed.
        rules = self.hopseal("suggest", "--days", "0", "--min-messages", "3")
        self.assertIn('policy "bank.example"', rules)
        self.assertNotIn("old.example", rules)
        self.write(rules)
        self.reload("stamp")
        self.assertEqual(self.deliver(session.TLS13).final, "ok")

        # Week 4: what enforcement would have refused, and why.
        for tls in (session.PLAIN, session.TLS12):
            self.assertEqual(self.deliver(tls).final, "ok")
        self.assertEqual({item["reason"] for item in self.would_refuse(2)},
                         {CLEAR, STRICT})
        said = " ".join(self.hopseal("report", "--since", "7d").split())
        self.assertIn("Enforcement would have refused", said)
        self.assertIn("1 from bank.example: " + CLEAR, said)
        self.assertIn("remedy: ask", said)
        self.assertIn("verdict: would-reject", self.hopseal(
            "explain", "--from", "a@bank.example", "--to", "b@example.org",
            "--plain"))

        # Week 5: one partner, softly; the rule is lowered to what there is.
        rules = rules.replace('min-tls = "1.3"', 'min-tls = "1.2"')
        self.write(rules.replace(
            "policy \"bank.example\" {", "policy \"bank.example\" {\n"
            '\toperation = "enforce"\n\taction = "defer"'))
        self.reload("stamp")
        self.assertEqual(self.deliver(session.PLAIN).replies,
                         ["451 4.7.10 " + CLEAR])
        self.assertEqual(self.deliver(session.TLS12).final, "ok")

        # Week 6: for good, and for all.
        self.write(rules)
        self.reload("enforce")
        self.assertEqual(self.deliver(session.PLAIN).replies,
                         ["550 5.7.10 " + CLEAR])
        self.assertEqual(self.deliver(session.PLAIN,
                                      "old.example").final, "ok")
        # The past was judged anew: TLS 1.2 would pass now.
        self.assertEqual(
            {item["remedy"].split(":")[0] for item in self.would_refuse(2)
             if CLEAR not in item["reason"]}, {"none"})

        # And back at any time.
        self.reload("observe")
        self.assertEqual(self.deliver(session.PLAIN).final, "ok")


if __name__ == "__main__":
    unittest.main()
