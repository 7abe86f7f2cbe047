"""A headless Thunderbird of the test's own, with an extension by policy.

    with Thunderbird(workdir, policies) as thunderbird:
        thunderbird.open_message(PATH)
        thunderbird.button("hopseal_hopseal_example")

It is driven by Marionette, as Firefox is: each message is its length, a colon
and JSON.  /etc/thunderbird is another folder for it, in a mount namespace of
its own.  Nothing of it reaches out: its proxy is a port that nobody has.
"""

import json
import os
import shutil
import socket
import subprocess

from lab import ports
from lab.waiting import until

PROGRAM = "/usr/bin/thunderbird"
ETC = "/etc/thunderbird"

PREFERENCES = """
user_pref("marionette.port", %d);
user_pref("mail.provider.suppress_dialog_on_startup", true);
user_pref("mail.shell.checkDefaultClient", false);
user_pref("mailnews.start_page.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("app.update.enabled", false);
user_pref("network.proxy.type", 1);
user_pref("network.proxy.http", "127.0.0.1");
user_pref("network.proxy.http_port", 9);
user_pref("network.proxy.ssl", "127.0.0.1");
user_pref("network.proxy.ssl_port", 9);
"""

OPEN = """
const { FileUtils } = ChromeUtils.importESModule(
    "resource://gre/modules/FileUtils.sys.mjs");
const uri = Services.io.newFileURI(new FileUtils.File(arguments[0]))
    .mutate().setQuery("type=application/x-message-display").finalize();
Services.wm.getMostRecentWindow("mail:3pane").openDialog(
    "chrome://messenger/content/messageWindow.xhtml", "_blank",
    "all,chrome,dialog=no,status,toolbar", uri);
"""

CLOSE = """
for (const window of Services.wm.getEnumerator("mail:messageWindow"))
    window.close();
"""

BUTTON = """
const window = Services.wm.getMostRecentWindow("mail:messageWindow");
const browser = window?.document.getElementById("messageBrowser");
const button = browser?.contentDocument.getElementById(
    arguments[0] + "-messageDisplayAction-toolbarbutton");
return !button ? null : { label: button.getAttribute("label"),
    title: button.getAttribute("tooltiptext"),
    style: button.getAttribute("style") };
"""


class Thunderbird:
    def __init__(self, workdir, policies, name="thunderbird"):
        self.dir = workdir.sub(name)
        self.port = ports.free()
        self.etc = workdir.sub(name, "etc")
        workdir.sub(name, "profile")
        shutil.copytree(ETC, self.etc, dirs_exist_ok=True)
        workdir.write(name + "/etc/policies/policies.json",
                      json.dumps(policies))
        workdir.write(name + "/profile/user.js", PREFERENCES % self.port)
        self.process = self.socket = None
        self.number, self.rest = 0, b""

    def __enter__(self):
        with open(self.dir + "/said", "ab") as said:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "sh", "-c",
                 'mount --bind "$0" "$1" && shift && exec "$@"', self.etc,
                 ETC, PROGRAM, "--headless", "--no-remote", "--marionette",
                 "--remote-allow-system-access", "--profile",
                 self.dir + "/profile"],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                env={"PATH": "/usr/bin:/bin", "HOME": self.dir, "TZ": "UTC",
                     "LANG": "C.UTF-8"})
        try:
            self.socket = until(self._connect, "Marionette of Thunderbird",
                                90)
            self._receive()
            self.call("WebDriver:NewSession", capabilities={})
            self.call("Marionette:SetContext", value="chrome")
            until(lambda: self.script("return !!Services.wm."
                                      "getMostRecentWindow('mail:3pane')"),
                  "window of Thunderbird", 60)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_):
        try:
            self.call("Marionette:Quit", flags=["eForceQuit"])
            self.process.wait(30)
        except (OSError, RuntimeError, subprocess.TimeoutExpired):
            pass
        self._end()

    def _end(self):
        if self.socket:
            self.socket.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def _connect(self):
        if self.process.poll() is not None:
            raise RuntimeError("Thunderbird does not start: " + self.log())
        try:
            return socket.create_connection(("127.0.0.1", self.port), 60)
        except OSError:
            return None

    def log(self):
        with open(self.dir + "/said", encoding="utf-8",
                  errors="replace") as said:
            return said.read()

    def _receive(self):
        while b":" not in self.rest:
            self._read()
        length, _, self.rest = self.rest.partition(b":")
        while len(self.rest) < int(length):
            self._read()
        text, self.rest = (self.rest[:int(length)], self.rest[int(length):])
        return json.loads(text)

    def _read(self):
        piece = self.socket.recv(65536)
        if not piece:
            raise RuntimeError("Thunderbird is gone: " + self.log())
        self.rest += piece

    def call(self, command, **parameters):
        self.number += 1
        text = json.dumps([0, self.number, command, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(text), text))
        _, _, fault, result = self._receive()
        if fault:
            raise RuntimeError("%s: %s" % (command, fault))
        return result

    def script(self, text, *arguments):
        """What a function of that text returns, with all rights."""
        return self.call("WebDriver:ExecuteScript", script=text,
                         args=list(arguments), sandbox="system")["value"]

    def open_message(self, path):
        """In a window of its own, which is the only one then."""
        self.script(CLOSE)
        until(lambda: self.script("return !Services.wm.getMostRecentWindow("
                                  "'mail:messageWindow')"),
              "end of the window before")
        self.script(OPEN, path)

    def button(self, widget):
        """label, title, style of an extension's button; None: not yet."""
        return self.script(BUTTON, widget)
