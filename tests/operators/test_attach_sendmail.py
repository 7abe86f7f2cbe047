"""hopseal attach and a real Sendmail: nothing, then all, then as before."""

import itertools
import os
import re
import subprocess
import unittest

from lab import command, smtpclient
from lab.hopseald import Daemon
from lab.livecase import shop
from lab.sendmail import PrivateSendmail
from lab.sink import Sink
from lab.waiting import until
from operators.test_attach_postfix import facts

OTHER = "INPUT_MAIL_FILTER(`other', `S=inet:9@127.0.0.1')dnl"

_numbers = itertools.count(1)


class Sendmail(unittest.TestCase):
    def make(self, extra=""):
        number = next(_numbers)
        self.workdir = shop().workdir
        self.sink = self.enterContext(Sink())
        self.daemon = self.enterContext(
            Daemon(self.workdir, name="sattach%d-d" % number,
                   settings={"operation": '"stamp"'}))
        self.sendmail = PrivateSendmail(
            self.workdir, self.sink.port, extra=extra,
            name="sattach%d" % number)
        self.sendmail.configure()
        # From now on the files are those that attach edits.
        self.sendmail.configure = lambda: None
        self.mc = self.sendmail.dir + "/sendmail.mc"
        self.cf = self.sendmail.cf
        self.state = self.sendmail.dir + "/state"

    def attach(self, *args, files=True, folder=None):
        names = ("--mc", self.mc, "--cf", self.cf) if files is True else files
        return subprocess.run(
            [command.program("hopseal"), "attach", "-c", self.daemon.file,
             "--state-dir", self.state, *args, "sendmail", *names],
            stdin=subprocess.DEVNULL, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=60, cwd=folder)

    def good(self, *args, **how):
        done = self.attach(*args, **how)
        self.assertEqual((done.returncode, done.stderr), (0, ""),
                         done.stdout)
        return done.stdout

    def stamped(self):
        """With a Sendmail that starts now; is one message stamped?"""
        before = len(self.sink.messages)
        with self.sendmail:
            client = smtpclient.Session(self.sendmail.port)
            client.ehlo()
            client.starttls(smtpclient.context())
            client.ehlo()
            sent = smtpclient.send(
                client, "a@bank.example", ["b@example.org"],
                smtpclient.message("attach", author="a@bank.example",
                                   to="b@example.org"))
            client.quit()
            self.assertEqual(sent.final.code, 250, str(sent.final))
            until(lambda: len(self.sink.messages) > before, "the message",
                  20)
        return len(command.stamps(self.sink.messages[-1].data)) == 1

    def filters(self, text):
        return re.findall(r"(?m)^(?:O InputMailFilters|X).*$", text)

    def read(self, path):
        with open(path, encoding="utf-8") as text:
            return text.read()

    def test_nothing_all_and_as_before(self):
        self.make()
        before = facts(self.mc), facts(self.cf)
        told = self.good()
        self.assertIn("INPUT_MAIL_FILTER(`hopseal', `S=local:", told)
        self.assertIn("O InputMailFilters=hopseal", told)
        self.assertEqual((facts(self.mc), facts(self.cf)), before)

        self.good("--apply")
        self.assertTrue(self.stamped())
        self.assertIn("nothing to do", self.good("--apply"))
        # What m4 makes of the .mc file says the same.
        made = subprocess.run(
            ["m4", "-D_CF_DIR_=%s/usr/share/sendmail/cf/"
             % self.sendmail.software, self.mc], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        self.assertEqual(self.filters(made),
                         self.filters(self.read(self.cf)))
        self.assertEqual(len(self.filters(made)), 2)

        self.good("--undo", files=())
        self.assertEqual((facts(self.mc), facts(self.cf)), before)
        self.assertFalse(self.stamped())

    def test_behind_other_filters(self):
        self.make(OTHER)
        before = facts(self.mc), facts(self.cf)
        self.good("--apply")
        self.assertIn("\nO InputMailFilters=other, hopseal\n",
                      self.read(self.cf))
        mc = self.read(self.mc)
        self.assertLess(mc.index("`other'"), mc.index("`hopseal'"))
        self.assertLess(mc.index("`hopseal'"), mc.index("MAILER("))
        self.good("--undo", files=())
        self.assertEqual((facts(self.mc), facts(self.cf)), before)

    def test_the_cf_file_alone(self):
        self.make()
        before = facts(self.cf)
        self.assertIn("There is no sendmail.mc",
                      self.good("--apply", files=("--cf", self.cf)))
        self.assertTrue(self.stamped())
        self.good("--undo", files=())
        self.assertEqual(facts(self.cf), before)

    def test_names_that_are_relative(self):
        self.make()
        before = facts(self.mc), facts(self.cf)
        folder, name = os.path.split(self.cf)
        self.good("--apply", folder=folder, files=(
            "--mc", os.path.relpath(self.mc, folder), "--cf", name))
        self.assertNotEqual(facts(self.cf), before[1])
        self.good("--undo", files=(), folder="/")
        self.assertEqual((facts(self.mc), facts(self.cf)), before)

    def test_undo_after_somebody_edited(self):
        self.make()
        self.good("--apply")
        with open(self.cf, "a", encoding="ascii") as text:
            text.write("# a line of the administrator's\n")
        edited = facts(self.cf)
        done = self.attach("--undo", files=())
        self.assertEqual(done.returncode, 73)
        self.assertIn("was changed since", done.stderr)
        self.assertIn(".before", done.stderr)
        self.assertEqual(facts(self.cf), edited)

    def test_what_attach_does_not_touch(self):
        self.make()
        with open(self.mc, "a", encoding="ascii") as text:
            text.write("define(`confINPUT_MAIL_FILTERS', `a,b')dnl\n")
        done = self.attach("--apply")
        self.assertEqual(done.returncode, 78)
        self.assertIn("add hopseal to that list by hand", done.stderr)
        done = self.attach("--apply", files=("--cf", "/no/such.cf"))
        self.assertEqual(done.returncode, 78)
        self.assertIn("/no/such.cf", done.stderr)
        with open(self.cf, "a", encoding="ascii") as text:
            text.write("Xhopseal, S=local:/else.sock\n")
        done = self.attach("--apply", files=("--cf", self.cf))
        self.assertEqual(done.returncode, 78)
        self.assertIn("has a filter hopseal already", done.stderr)

    def test_a_list_too_long_to_add_to_is_never_cut(self):
        self.make()
        with open(self.cf, "a", encoding="ascii") as text:
            text.write("O InputMailFilters=%s\n" % ", ".join(
                "filter%03d" % n for n in range(250)))
        self.good("--apply", files=("--cf", self.cf))
        lists = [line for line in self.read(self.cf).splitlines()
                 if line.startswith("O InputMailFilters=")]
        self.assertTrue(lists[-1].endswith(", filter249, hopseal"))

    def test_a_file_without_an_end_of_line(self):
        self.make(OTHER)
        with open(self.cf, "r+b") as text:
            text.seek(0, os.SEEK_END)
            text.write(b"Xlast, S=inet:10@127.0.0.1")
        before = facts(self.cf)
        self.good("--apply", files=("--cf", self.cf))
        self.assertEqual(len([line for line in
                              self.read(self.cf).splitlines()
                              if line.startswith("Xhopseal, S=")]), 1)
        self.good("--undo", files=())
        self.assertEqual(facts(self.cf), before)

    def test_a_folder_that_others_may_write_to(self):
        self.make()
        os.chmod(self.daemon.run, 0o777)
        self.assertIn("chmod go-w " + self.daemon.run, self.good())


if __name__ == "__main__":
    unittest.main()
