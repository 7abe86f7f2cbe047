"""A Dovecot of the test's own: LMTP in, Sieve, Maildir, IMAP out.

    with Dovecot(workdir, sieve=SCRIPT) as dovecot:
        ... dovecot.lmtp ...            # a unix socket
        dovecot.messages("bob", "INBOX")
        ... dovecot.port ...            # IMAP on loopback, any password

The user is bob, under an account that owns nothing else here.
"""

import glob
import os
import shutil
import subprocess

from lab import ports, workdir as places
from lab.waiting import until

CONFIGURATION = """
base_dir = @DIR@/run
state_dir = @DIR@/state
log_path = @DIR@/log
libexec_dir = @SOFTWARE@/usr/lib/dovecot
mail_plugin_dir = @SOFTWARE@/usr/lib/dovecot/modules
default_internal_user = @USER@
default_internal_group = @GROUP@
default_login_user = @USER@
protocols = lmtp imap
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:~/Maildir
import_environment = LD_LIBRARY_PATH TZ=UTC
default_vsz_limit = 0
service config {
  executable = config -c @DIR@/dovecot.conf
}
service lmtp {
  unix_listener @DIR@/lmtp {
    mode = 0666
  }
}
service imap-login {
  chroot =
  inet_listener imap {
    address = 127.0.0.1
    port = @PORT@
  }
  inet_listener imaps {
    port = 0
  }
}
service auth {
  unix_listener auth-userdb {
    mode = 0666
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
userdb {
  driver = static
  args = uid=@USER@ gid=@GROUP@ home=@DIR@/home/%n
}
passdb {
  driver = static
  args = nopassword=y
}
auth_username_format = %n
protocol lmtp {
  auth_username_format = %n
  mail_plugins = sieve
  postmaster_address = postmaster@example.org
  hostname = mx.example.org
}
lda_mailbox_autocreate = yes
plugin {
  sieve = file:@DIR@/home/%n/sieve;active=@DIR@/home/%n/main.sieve
  sieve_extensions = +editheader
}
"""


# Dovecot looks for its modules in /usr/lib whatever it is told, so it gets a
# mount namespace of its own in which they are there.
NAMESPACE = ("unshare", "--mount", "sh", "-c",
             "mount -t overlay none -o lowerdir=$0/usr/lib:/usr/lib /usr/lib"
             ' && exec "$@"')


class Dovecot:
    def __init__(self, workdir, name="dovecot", sieve="", more=""):
        """more: further lines of the configuration."""
        self.workdir, self.name, self.sieve = workdir, name, sieve
        self.port = ports.free()
        self.dir = workdir.sub(name)
        self.software = places.unpacked("dovecot")
        # Accounts of base-passwd that nobody else in the laboratory uses.
        self.user, self.group = "games", "games"
        values = {"DIR": self.dir, "SOFTWARE": self.software,
                  "USER": self.user, "GROUP": self.group,
                  "PORT": str(self.port)}
        text = CONFIGURATION + more
        for key, value in values.items():
            text = text.replace("@%s@" % key, value)
        self.file = workdir.write(name + "/dovecot.conf", text)
        self.lmtp = os.path.join(self.dir, "lmtp")
        self.process = None

    def environment(self):
        root = self.software + "/usr/lib"
        return {"PATH": "/usr/bin:/bin", "TZ": "UTC",
                "LD_LIBRARY_PATH": ":".join(
                    [root + "/dovecot", *glob.glob(root + "/*-linux-gnu*")])}

    def add_user(self, user):
        home = self.workdir.sub(self.name, "home", user, owner=self.user,
                                group=self.group)
        self.workdir.write("%s/home/%s/main.sieve" % (self.name, user),
                           self.sieve, owner=self.user, group=self.group)
        return home

    def __enter__(self):
        self.add_user("bob")
        with open(os.path.join(self.dir, "said"), "ab") as said:
            self.process = subprocess.Popen(
                # dovecot(1) alone would look for doveconf(1) in /usr/bin
                [*NAMESPACE, self.software,
                 self.software + "/usr/bin/doveconf", "-c", self.file, "-f",
                 "service=master", "-m", "master", "-p", "-e",
                 self.software + "/usr/sbin/dovecot", "-F"],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                env=self.environment())
        until(lambda: os.path.exists(self.lmtp) or self._ended(),
              "socket of Dovecot")
        return self

    def _ended(self):
        if self.process.poll() is not None:
            raise RuntimeError("Dovecot does not start: " + self.log())
        return False

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def log(self):
        text = ""
        for name in ("said", "log"):
            path = os.path.join(self.dir, name)
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as lines:
                    text += lines.read()
        return text

    def messages(self, user, mailbox="INBOX"):
        """The files of a Maildir, as they lie there.  What is in tmp is not
        delivered yet; what is in new moves to cur when it is seen."""
        below = "" if mailbox == "INBOX" else "." + mailbox
        found = []
        for path in glob.glob(os.path.join(
                self.dir, "home", user, "Maildir", below, "[cn][ue][rw]",
                "*")):
            try:
                with open(path, "rb") as message:
                    found.append(message.read())
            except FileNotFoundError:
                continue
        return found

    def wait(self, user, about, mailbox="INBOX"):
        """The message with these octets in it."""
        def found():
            return [m for m in self.messages(user, mailbox) if about in m]
        try:
            return until(found, "%r in %s" % (about, mailbox))[0]
        except AssertionError:
            raise AssertionError("not delivered: " + self.log()[-3000:])
