"""contrib/thunderbird in a real Thunderbird, installed by policies.json."""

import json
import os
import re
import unittest
import zipfile

from corpus import FOREIGN, PLAIN, RSA, VECTORS, ours
from lab.thunderbird import Thunderbird
from lab.waiting import until
from lab.workdir import REPOSITORY, WorkDir

EXTENSION = os.path.join(REPOSITORY, "contrib", "thunderbird")
WIDGET = "hopseal_hopseal_example"
ID = "hopseal@hopseal.example"


def pack(path):
    """What hopseal-recipients(7) tells to do with zip(1)."""
    with open(EXTENSION + "/package.json", encoding="ascii") as source:
        ignored = json.load(source)["webExt"]["ignoreFiles"]
    with zipfile.ZipFile(path, "w") as out:
        for folder, _, files in os.walk(EXTENSION):
            if "node_modules" in folder:
                continue
            for name in files:
                file = os.path.join(folder, name)
                inside = os.path.relpath(file, EXTENSION)
                if inside not in ignored:
                    out.write(file, inside)


class Live(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.workdir = WorkDir("readers-")
        cls.addClassCleanup(cls.workdir.close)
        xpi = cls.workdir.path + "/hopseal.xpi"
        pack(xpi)
        with open(EXTENSION + "/policies.json", encoding="ascii") as source:
            policies = json.load(source)
        settings = policies["policies"]
        settings["ExtensionSettings"][ID]["install_url"] = "file://" + xpi
        settings["3rdparty"]["Extensions"][ID]["keys"].append(
            RSA.line.strip())
        cls.thunderbird = cls.enterClassContext(Thunderbird(
            cls.workdir, policies))
        until(lambda: cls.thunderbird.script(
            "return !!WebExtensionPolicy.getByID(arguments[0])?.active", ID),
            "the extension", 60)

    def shown(self, name, message):
        """(label, icon) of the button beside that message."""
        path = self.workdir.write(name + ".eml", message)
        self.thunderbird.open_message(path)

        def judged():
            button = self.thunderbird.button(WIDGET)
            if button and button["label"] not in (None, "hopseal",
                                                  "Looking for a stamp"):
                return button
            return None
        button = until(judged, "verdict on " + name, 30)
        self.assertEqual(button["label"], button["title"])
        icons = set(re.findall(r"/icons/(\w+)\.svg", button["style"]))
        self.assertEqual(len(icons), 1, button)
        return button["label"], icons.pop()

    def test_button(self):
        def vector(name):
            with open("%s/stamp/%s.eml" % (VECTORS, name), "rb") as source:
                return source.read()

        green = ("Received over TLS", "verified")
        bad = ("The stamp does not hold", "bad")
        for name, message, want in (
                ("plain", vector("plain"), green),
                ("bad-body", vector("bad-body"), bad),
                ("folded", vector("folded"), green),
                ("bad-subject", vector("bad-subject"), bad),
                ("rsa", RSA.stamp(PLAIN, a="rsa-sha256"), green),
                ("bad-second-from", vector("bad-second-from"), bad),
                ("foreign", FOREIGN.stamp(PLAIN),
                 ("Stamp of an unknown server", "unpinned")),
                ("promised", PLAIN.replace(b"sender.example",
                                           b"bank.example"),
                 ("A promised stamp is missing", "absent")),
                ("below", ours(PLAIN.replace(b"@sender", b"@bank"),
                               mode="prefer"),
                 ("Received over TLS, but with less than is promised",
                  "below")),
                ("hidden", b"X-A: b\rSubject: Pay\r\n" + ours(), bad),
                ("bare", PLAIN, ("No stamp", "none"))):
            with self.subTest(name):
                self.assertEqual(self.shown(name, message), want)


if __name__ == "__main__":
    unittest.main()
