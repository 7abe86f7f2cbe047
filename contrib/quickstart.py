"""The main job of hopseal before your eyes; contrib/quickstart runs this."""

import os
import shutil
import signal
import sys
import textwrap

from lab import certs, command, smtpclient
from lab.hopseald import Daemon
from lab.postfix import PrivatePostfix
from lab.sink import Sink
from lab.workdir import WorkDir

POLICY = '''
policy "bank.example"   { mode = "require" }
policy "hr.example.org" { to = "require" }
policy "*"              { mode = "fallback-allowed" }
'''

COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def bold(text):
    return "\033[1m%s\033[0m" % text if COLOUR else text


def chapter(title):
    print("\n" + bold(title) + "\n" + "-" * len(title))


def explain(text):
    print(textwrap.fill(" ".join(text.split()), 76))
    print()


def show(text, lines=40):
    """Quote a program, indented by two so that a stamp fits 80 columns."""
    shown = text.strip("\n").rstrip().splitlines()
    for line in shown[:lines]:
        pieces = textwrap.wrap(
            line, 80, initial_indent="  ", subsequent_indent=" " * 10,
            drop_whitespace=False, break_long_words=False,
            break_on_hyphens=False)
        print("\n".join(piece.rstrip() for piece in pieces))
    if len(shown) > lines:
        print("  ... %d more lines" % (len(shown) - lines))


class Conversation(smtpclient.Session):
    """A session that prints what both sides say."""

    def command(self, line):
        print("  C: " + line)
        answer = super().command(line)
        if line.startswith("EHLO"):
            print("  S: 250 (and what it offers)")
        else:
            self.show_reply(answer)
        return answer

    def data(self, message):
        answer = super().data(message)
        print("     (the message)")
        self.show_reply(answer)
        return answer

    @staticmethod
    def show_reply(answer):
        for said in str(answer).splitlines():
            print("  S: " + said)


class Tour:
    def __init__(self, workdir):
        self.workdir = workdir
        authority = certs.Authority(workdir)
        authority.server("mx.example.org")
        self.sink = Sink()
        self.daemon = Daemon(workdir, POLICY)
        self.postfix = PrivatePostfix(
            workdir, self.sink.port,
            main={"smtpd_milters": self.daemon.milter,
                  "mydestination": "example.org, hr.example.org"})

    def start(self):
        self.daemon.start()
        self.postfix.start()

    def stop(self):
        self.postfix.stop()
        self.daemon.stop()
        self.sink.close()

    def introduce(self):
        chapter("A Postfix with hopseal attached")
        explain("""A private Postfix listens on 127.0.0.1:%d and asks
            hopseald about every recipient. What it accepts it delivers to a
            mail store of this demonstration. This is the policy:"""
                % self.postfix.port)
        show(POLICY)

    def mail(self, sender, recipients, subject, tls):
        with Conversation(self.postfix.port) as client:
            client.ehlo()
            if tls:
                client.starttls(smtpclient.context())
                print("  ** now encrypted: %s, %s"
                      % (client.socket.version(), client.socket.cipher()[0]))
                client.ehlo()
            smtpclient.send(client, sender, recipients, smtpclient.message(
                subject, author=sender, to=recipients[0],
                body="The figures are attached.\r\n"))

    def refused(self):
        chapter("1. Mail from bank.example in clear text: refused")
        explain("""C: is the client, S: what Postfix answers.""")
        self.mail("alice@bank.example", ["bob@example.org"], "in clear",
                  tls=False)

    def one_of_three(self):
        chapter("2. Three recipients, one of them protected")
        explain("""Only the recipient that policy protects is refused; the
            others get their copy.""")
        self.mail("carol@else.example",
                  ["bob@example.org", "pay@hr.example.org",
                   "joe@example.org"], "to three", tls=False)

    def accepted(self):
        chapter("3. Mail from bank.example over TLS: accepted and stamped")
        self.mail("alice@bank.example", ["bob@example.org"], "over TLS",
                  tls=True)
        message = self.sink.wait(about="Subject: over TLS")[0].data
        print()
        explain("""What was delivered. Delivered-Securely is the stamp; it
            stands below the Received field of the MTA that it speaks of:""")
        show(message.decode().replace("\t", "    "))
        return message

    def verified(self, message):
        chapter("4. Anyone with the public key can check it")
        self.run("delivered.eml", message)
        print()
        explain("""One letter of the same message changed:""")
        self.run("tampered.eml", message.replace(b"figures", b"figurez"))

    def run(self, name, message):
        path = self.workdir.write(name, message)
        done = command.hopseal("verify", "--keys", self.daemon.keys,
                               "--trust", "example.org", path)
        print("  $ hopseal verify --keys keys.txt --trust example.org " + name)
        show((done.stdout + done.stderr).decode())
        print("  (exit code %d)" % done.returncode)

    def evidence(self):
        chapter("5. The evidence")
        explain("""The ledger signs a checkpoint every minute; here it is
            asked for one at once. Then anybody can be shown the figures, and
            that no record was changed:""")
        for command_line in (("ledger", "checkpoint"), ("ledger", "verify"),
                             ("report",)):
            done = command.hopseal(*command_line, "-c", self.daemon.file)
            print("  $ hopseal " + " ".join(command_line))
            show((done.stdout + done.stderr).decode())

    def stay(self):
        chapter("It stays until you press Ctrl-C")
        explain("Send it mail of your own, for instance:")
        swaks = shutil.which("swaks") or "swaks"
        show("%s -s 127.0.0.1 -p %d --tls \\\n"
             "    -f you@bank.example -t bob@example.org"
             % (swaks, self.postfix.port))
        print()
        show("configuration  %s\nreload         kill -USR1 %d\n"
             "log            %s/log\nPostfix's log  %s/mail.log"
             % (self.daemon.file, self.daemon.process.pid, self.daemon.dir,
                self.postfix.dir))
        while True:
            signal.pause()


def run(stay):
    with WorkDir("quickstart-") as workdir:
        tour = Tour(workdir)
        try:
            tour.start()
            tour.introduce()
            tour.refused()
            tour.one_of_three()
            tour.verified(tour.accepted())
            tour.evidence()
            if stay:
                tour.stay()
        except KeyboardInterrupt:
            print()
        finally:
            tour.stop()
    print("\nAll of it is stopped and removed. Next: README, hopseald(8),"
          " hopseal.conf(5).")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    run("--stay" in sys.argv[1:])
