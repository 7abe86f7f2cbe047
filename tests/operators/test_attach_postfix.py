"""hopseal attach and a real Postfix: nothing, then all, then as before."""

import itertools
import os
import shutil
import subprocess
import unittest

from lab import command, smtpclient, workdir as places
from lab.hopseald import Daemon
from lab.livecase import shop
from lab.postfix import PrivatePostfix
from lab.sink import Sink
from lab.waiting import until

_numbers = itertools.count(1)

LISTENER = "127.0.0.1:%d inet n - %s - - smtpd"


def facts(path):
    """All of a file that must come back."""
    info = os.stat(path)
    with open(path, "rb") as text:
        return (text.read(), info.st_mode, info.st_uid, info.st_gid,
                info.st_mtime_ns)


class AttachCase(unittest.TestCase):
    """A Postfix without filters, a daemon beside it, each test its own."""

    chrooted = False

    def setUp(self):
        self.shop = shop()
        self.workdir = self.shop.workdir
        self.sink = self.enterContext(Sink())
        self.name = "attach%d" % next(_numbers)     # paths of sockets are short
        self.daemon = Daemon(self.workdir, name=self.name + "-d",
                             settings={"operation": '"stamp"'})
        self.postfix = PrivatePostfix(self.workdir, self.sink.port,
                                      name=self.name)
        self.postfix.master_lines = [LISTENER % (
            self.postfix.port, "y" if self.chrooted else "n")]
        self.main_cf = os.path.join(self.postfix.etc, "main.cf")
        self.state = os.path.join(self.workdir.sub(self.name), "state")
        self.config = self.daemon.file = os.path.join(
            self.workdir.sub(self.daemon.name), "hopseal.conf")

    def attach(self, *args, mta=("postfix",), conf=None):
        environment = self.postfix.environment()
        environment["PATH"] = (self.postfix.program("sbin") + ":"
                               + environment["PATH"])
        if mta and "--undo" not in args:
            mta = (*mta, "--config-dir", self.postfix.etc)
        return subprocess.run(
            [command.program("hopseal"), "attach", "-c",
             conf or self.config, "--state-dir", self.state, *args, *mta],
            env=environment, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)

    def good(self, *args, **how):
        done = self.attach(*args, **how)
        self.assertEqual((done.returncode, done.stderr), (0, ""),
                         done.stdout)
        return done.stdout

    def value(self, name):
        done = self.postfix.command("postconf", "-h", name)
        return done.stdout.decode().strip()

    def stamped(self):
        """Send one message; does it arrive with the daemon's stamp?"""
        before = len(self.sink.messages)
        client = smtpclient.Session(self.postfix.port)
        self.addCleanup(client.close)
        client.ehlo()
        self.assertEqual(client.starttls(smtpclient.context()).code, 220)
        client.ehlo()
        sent = smtpclient.send(
            client, "a@bank.example", ["b@example.org"],
            smtpclient.message("attach", author="a@bank.example",
                               to="b@example.org"))
        client.quit()
        self.assertEqual(sent.final.code, 250, str(sent.final))
        until(lambda: len(self.sink.messages) > before, "the message", 20)
        return len(command.stamps(self.sink.messages[-1].data)) == 1

    def comes_to_stamp(self, wanted=True):
        """postfix reload returns before the servers of before have gone: wait
        until messages arrive with a stamp, or without."""
        until(lambda: self.stamped() == wanted,
              "message %s a stamp" % ("with" if wanted else "without"))


class Postfix(AttachCase):
    def test_nothing_all_and_as_before(self):
        with self.daemon, self.postfix:
            before = facts(self.main_cf)
            told = self.good()
            self.assertIn("postconf -e 'smtpd_milters = unix:%s/milter.sock'"
                          % self.daemon.run, told)
            self.assertIn("Nothing was changed", told)
            self.assertEqual(facts(self.main_cf), before)
            self.assertFalse(os.path.exists(self.state))
            self.assertFalse(self.stamped())

            self.good("--apply", "--reload")
            self.assertEqual(self.value("smtpd_milters"),
                             self.daemon.milter)
            self.assertEqual(self.value("message_strip_characters"), "\\0")
            self.assertEqual(facts(self.main_cf)[1:4], before[1:4])
            self.comes_to_stamp()

            once = facts(self.main_cf)
            self.assertIn("nothing to do", self.good("--apply"))
            self.assertIn("nothing to do", self.good())
            self.assertEqual(facts(self.main_cf), once)

            self.good("--undo", "--reload")
            self.assertEqual(facts(self.main_cf), before)
            self.comes_to_stamp(False)
            self.assertFalse(os.path.exists(self.state + "/postfix"))
            self.assertIn("nothing to undo", self.good("--undo"))

    def test_undo_without_naming_the_mta(self):
        with self.daemon:
            self.postfix.configure()
            before = facts(self.main_cf)
            self.good("--apply")
            self.assertNotEqual(facts(self.main_cf), before)
            self.good("--undo", mta=())
            self.assertEqual(facts(self.main_cf), before)

    def test_not_before_hopseald_answers(self):
        self.daemon.configure()
        self.postfix.configure()
        before = facts(self.main_cf)
        done = self.attach("--apply")
        self.assertEqual(done.returncode, 75)
        self.assertIn("hopseald does not answer", done.stdout)
        self.assertEqual(facts(self.main_cf), before)
        with self.daemon:
            self.good("--apply")
        self.assertNotEqual(facts(self.main_cf), before)

    def test_other_filters_keep_place_and_settings(self):
        rows = [
            ("accept", "$others", "inet:127.0.0.1:9",
             "$others, { %s, default_action=tempfail }", "accept"),
            ("tempfail", "inet:127.0.0.1:9", "x",
             "inet:127.0.0.1:9, %s", "tempfail"),
            ("accept", "", "x", "%s", "tempfail"),
        ]
        with self.daemon:
            for action, milters, others, want, wanted_action in rows:
                self.postfix.main = {
                    "milter_default_action": action,
                    "smtpd_milters": milters, "others": others}
                self.postfix.configure()
                before = facts(self.main_cf)
                self.good("--apply")
                self.assertEqual(self.value("smtpd_milters"),
                                 want % self.daemon.milter)
                self.assertEqual(self.value("milter_default_action"),
                                 wanted_action)
                self.assertIn("nothing to do", self.good())
                self.good("--undo")
                self.assertEqual(facts(self.main_cf), before)

    def test_undo_after_somebody_edited(self):
        with self.daemon:
            self.postfix.configure()
            self.good("--apply")
            with open(self.main_cf, "a", encoding="ascii") as text:
                text.write("# a line of the administrator's\n"
                           "message_size_limit = 12345678\n")
            told = self.good("--undo")
            self.assertIn("was changed since", told)
            self.assertIn("postconf -X 'smtpd_milters'", told)
            with open(self.main_cf, encoding="ascii") as text:
                content = text.read()
            self.assertNotIn("milter.sock", content)
            self.assertNotIn("message_strip", content)
            self.assertIn("# a line of the administrator's\n", content)
            self.assertIn("12345678", content)

    def test_copies_that_others_may_have_changed(self):
        with self.daemon:
            self.postfix.configure()
            self.good("--apply")
            after = facts(self.main_cf)
            kept = self.state + "/postfix"
            for folder, mode in ((kept, 0o720), (self.state, 0o702)):
                os.chmod(folder, mode)
                done = self.attach("--undo")
                os.chmod(folder, 0o700)
                self.assertEqual(done.returncode, 77)
                self.assertIn("is refused", done.stderr)
            os.chown(kept, 65534, 65534)
            self.assertEqual(self.attach("--undo").returncode, 77)
            os.chown(kept, 0, 0)
            self.assertEqual(facts(self.main_cf), after)
            self.good("--undo")

    def test_a_state_folder_below_one_of_another_user(self):
        with self.daemon:
            self.postfix.configure()
            self.good("--apply")
            after = facts(self.main_cf)
            above = os.path.dirname(self.state)
            os.chown(above, 65534, 65534)
            done = self.attach("--undo")
            os.chown(above, 0, 0)
            self.assertEqual(done.returncode, 77)
            self.assertIn(above + " ", done.stderr)
            self.assertEqual(facts(self.main_cf), after)

    def test_undo_without_permission(self):
        with self.daemon:
            self.postfix.configure()
            self.good("--apply")
            done = subprocess.run(
                ["setpriv", "--reuid=65534", "--clear-groups",
                 command.program("hopseal"), "attach", "--undo",
                 "--state-dir", self.state],
                text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertEqual((done.returncode, done.stdout), (77, ""))
            self.assertIn("as root", done.stderr)

    def test_edits_between_two_times_are_not_lost(self):
        with self.daemon:
            self.postfix.configure()
            self.good("--apply")
            self.postfix.command("postconf", "-X", "smtpd_milters")
            self.postfix.command("postconf", "-e",
                                 "message_size_limit=12345678")
            edited = facts(self.main_cf)
            done = self.attach("--apply")
            self.assertEqual(done.returncode, 73)
            self.assertIn("--undo", done.stderr)
            self.assertEqual(facts(self.main_cf), edited)
            self.good("--undo")
            self.good("--apply")
            self.assertEqual(self.value("smtpd_milters"),
                             self.daemon.milter)
            self.good("--undo")
            self.assertEqual(self.value("message_size_limit"), "12345678")

    def test_a_second_instance_needs_a_state_folder_of_its_own(self):
        with self.daemon:
            self.postfix.configure()
            before = facts(self.main_cf)
            self.good("--apply")
            other = PrivatePostfix(self.workdir, self.sink.port,
                                   name=self.name + "b")
            other.configure()
            other_cf = os.path.join(other.etc, "main.cf")
            first, self.postfix = self.postfix, other
            untouched = facts(other_cf)
            done = self.attach("--apply")
            self.assertEqual(done.returncode, 73)
            self.assertIn("--state-dir", done.stderr)
            self.assertIn(self.main_cf, done.stderr)
            self.assertEqual(facts(other_cf), untouched)
            self.postfix = first
            self.good("--undo")
            self.assertEqual(facts(self.main_cf), before)

    def test_a_list_too_long_to_add_to_is_never_cut(self):
        # 8192 octets, with `smtpd_milters = ` in front, are the most.
        for length, code in ((8000, 0), (8185, 78)):
            with self.daemon:
                left = length - len(", " + self.daemon.milter)
                ports = ", ".join(["inet:127.0.0.1:9"] * 600)
                ports = ports[:left - 40].rpartition(",")[0]
                ports += " inet:[::1]:" + "8".rjust(
                    left - len(ports) - 12, "0")
                self.postfix.main = {"milter_default_action": "tempfail",
                                     "smtpd_milters": ports}
                self.postfix.configure()
                done = self.attach("--apply")
                self.assertEqual(done.returncode, code, done.stderr)
                if code == 0:
                    ports += ", " + self.daemon.milter
                else:
                    self.assertIn("by hand", done.stderr)
                self.assertTrue(self.value("smtpd_milters") == ports)

    def test_a_main_cf_that_is_a_link(self):
        with self.daemon:
            self.postfix.configure()
            real = self.main_cf + ".real"
            os.rename(self.main_cf, real)
            os.symlink(real, self.main_cf)
            before = facts(real)
            done = self.attach("--apply")
            self.assertEqual(done.returncode, 73)
            self.assertIn("is a symbolic link", done.stderr)
            self.assertTrue(os.path.islink(self.main_cf))
            self.assertEqual(facts(real), before)

    def test_undo_leaves_what_somebody_else_set(self):
        with self.daemon:
            self.postfix.configure()
            self.good("--apply")
            self.postfix.command("postconf", "-e", "smtpd_milters=%s, inet:"
                                 "127.0.0.1:9" % self.daemon.milter)
            told = self.good("--undo")
            self.assertIn("smtpd_milters is not what attach made of it",
                          told)
            self.assertIn("inet:127.0.0.1:9", self.value("smtpd_milters"))

    def test_listeners_with_settings_of_their_own(self):
        self.postfix.master_lines.append(
            "127.0.0.1:%d inet n - n - - smtpd -o smtpd_milters="
            % (self.postfix.port + 1))
        self.daemon.configure()
        self.postfix.configure()
        self.assertIn("/inet has smtpd_milters of its own", self.good())

    def test_faults(self):
        self.daemon.configure()
        self.postfix.configure()
        environment = dict(os.environ, PATH="/nonexistent")
        done = subprocess.run(
            [command.program("hopseal"), "attach", "-c", self.config,
             "postfix"], env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 78)
        self.assertIn("install Postfix", done.stderr)
        self.postfix.etc = "/nonexistent"
        done = self.attach()
        self.assertEqual(done.returncode, 78)
        self.assertIn("/nonexistent", done.stderr)
        for args in (["exim"], [], ["postfix", "--cf", "/x"],
                     ["sendmail", "--config-dir", "/x"], ["--apply"],
                     ["postfix", "--apply", "--undo"],
                     ["postfix", "--reload"], ["sendmail", "--reload"]):
            done = subprocess.run([command.program("hopseal"), "attach",
                                   *args], stderr=subprocess.PIPE)
            self.assertEqual(done.returncode, 64, args)

    def test_a_broken_configuration_of_ours(self):
        self.postfix.configure()
        self.workdir.write(self.daemon.name + "/hopseal.conf",
                           'operation = "enforced"\n')
        done = self.attach("--apply")
        self.assertEqual(done.returncode, 78)
        self.assertIn("hopseal.conf:1", done.stderr)


class Chroot(AttachCase):
    """smtpd sees nothing but the queue directory, as on Debian."""

    chrooted = True

    def setUp(self):
        super().setUp()
        # What smtpd needs inside, as Debian's start script copies it.
        spool = self.workdir.sub(self.name, "spool")
        for name in ("etc/resolv.conf", "etc/services", "etc/hosts"):
            target = os.path.join(spool, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy("/" + name, target)
        self.spool = spool

    def sample(self):
        """The sample configuration, as a package installs it."""
        with open(os.path.join(places.REPOSITORY, "contrib/hopseal.conf"),
                  encoding="utf-8") as text:
            content = text.read()
        for old, new in (
                ('user = "hopseal"', 'user = "nobody"'),
                ('socket-group = "postfix"', 'socket-group = "news"'),
                ('"/var/lib/hopseal/ledger.db"',
                 '"%s/ledger.db"' % self.daemon.state),
                ('operation = "observe"', 'operation = "stamp"'),
                ('trusted-hosts = {"127.0.0.0/8", "::1/128"}',
                 "trusted-hosts = {}"),
                ("\t# domain", "\tdomain"), ("\t# selector", "\tselector"),
                ('\t# key = "/etc/hopseal/2026a.pem"',
                 '\tkey = "%s"' % self.daemon.key)):
            self.assertIn(old, content)
            content = content.replace(old, new)
        return content

    def test_the_socket_moves_into_the_chroot(self):
        self.daemon.configuration = lambda: self.sample()
        self.daemon.configure()
        self.postfix.configure()
        folder = self.spool + "/hopseal"
        beside = self.workdir.write(self.daemon.name + "/hopseal.conf.new",
                                    "the administrator's draft")
        told = self.good()
        self.assertIn("folder " + folder, told)
        self.assertIn("owner nobody, group news, mode 0750", told)
        self.assertIn("smtpd_milters = unix:hopseal/milter.sock", told)
        self.assertFalse(os.path.exists(folder))
        done = self.attach("--apply")
        self.assertEqual(done.returncode, 75, done.stderr)
        info = os.stat(folder)
        self.assertEqual(info.st_mode & 0o7777, 0o750)
        with open(beside, encoding="ascii") as text:
            self.assertEqual(text.read(), "the administrator's draft")
        os.unlink(beside)
        self.assertEqual([name for name in os.listdir(
            os.path.dirname(self.config)) if name.startswith(
                "hopseal.conf")], ["hopseal.conf"])
        with open(self.config, encoding="utf-8") as text:
            content = text.read()
        self.assertIn('\nsocket = "local:%s/milter.sock"' % folder, content)
        self.assertIn('\tsocket = "local:%s/nexthop.sock"' % folder,
                      content)
        self.daemon.configuration = lambda: content
        self.daemon.run = folder
        with self.daemon, self.postfix:
            before = facts(self.main_cf)
            self.good("--apply", "--reload")
            self.comes_to_stamp()
            self.assertIn("nothing to do", self.good("--apply"))
            self.good("--undo", "--reload")
            self.assertEqual(facts(self.main_cf), before)
            self.comes_to_stamp(False)

    def test_a_configuration_is_made_that_observes(self):
        self.postfix.configure()
        conf = os.path.join(self.workdir.sub(self.name), "new/hopseal.conf")
        told = self.good(conf=conf)
        self.assertIn('operation = "observe"', told)
        self.assertFalse(os.path.exists(conf))
        done = self.attach("--apply", conf=conf)
        # Is there a user hopseal on this host, to own the folder?
        self.assertIn(done.returncode, (73, 75))
        if done.returncode == 73:
            self.assertIn("adduser --system --group", done.stderr)
        checked = subprocess.run([command.program("hopseald"), "-n", "-c",
                                  conf], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True)
        with open(conf, encoding="ascii") as text:
            self.assertIn('operation = "observe"\n', text.read())
        self.assertIn("no errors", checked.stdout)

    def test_a_socket_that_was_chosen_is_not_moved(self):
        self.daemon.configure()
        self.postfix.configure()
        done = self.attach("--apply")
        self.assertEqual(done.returncode, 78)
        self.assertIn("write \"local:%s/hopseal/milter.sock\""
                      % self.spool, done.stderr)

    def test_a_socket_that_smtpd_may_not_use(self):
        folder = self.workdir.sub(self.name, "spool", "hopseal", mode=0o700,
                                  owner="nobody")
        self.daemon.socket = "local:%s/milter.sock" % folder
        self.daemon.extra = {"socket": '"%s"' % self.daemon.socket}
        self.daemon.sections = lambda: (
            'ledger { path = "%s/ledger.db" }\n'
            'nexthop { socket = "none" }\n' % self.daemon.state)
        with self.daemon:
            self.postfix.configure()
            before = facts(self.main_cf)
            done = self.attach("--apply")
            self.assertEqual(done.returncode, 75)
            self.assertIn("Permission denied", done.stdout)
            self.assertEqual(facts(self.main_cf), before)


if __name__ == "__main__":
    unittest.main()
