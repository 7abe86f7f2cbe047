"""contrib/thunderbird: its tests under node, web-ext, and its pages.

The pages run in Chromium, with a browser object that is not Thunderbird's.
HOPSEAL_PICTURES names a folder that keeps what they look like.
"""

import json
import os
import re
import subprocess
import unittest

from corpus import PLAIN, VECTORS, Corpus, ours
from lab.chromium import Chromium
from lab.workdir import BASE, REPOSITORY, WorkDir
from webfolder import WebFolder

EXTENSION = os.path.join(REPOSITORY, "contrib", "thunderbird")
TESTS = os.path.join(REPOSITORY, "tests", "readers", "thunderbird")
NPM = os.path.join(BASE, "npm")
PICTURES = os.environ.get("HOPSEAL_PICTURES")


def read(*names):
    with open(os.path.join(*names), encoding="utf-8") as source:
        return source.read()


def run(*words, **environment):
    return subprocess.run(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=300, text=True, cwd=EXTENSION,
        env={**os.environ, "TZ": "UTC", "HOPSEAL_NPM": NPM,
             "NO_UPDATE_NOTIFIER": "1", **environment})


class Node(unittest.TestCase):
    """Each file of tests/readers/thunderbird."""

    def passes(self, name, **environment):
        done = run("node", "--test", "--test-reporter=tap",
                   os.path.join(TESTS, name + ".test.mjs"), **environment)
        good = re.search(r"^# pass (\d+)$", done.stdout, re.M)
        self.assertEqual(done.returncode, 0, done.stdout[-8000:])
        self.assertTrue(good and int(good.group(1)) > 1, done.stdout[-2000:])
        self.assertIn("\n# skipped 0\n", done.stdout)

    def test_vectors(self):
        self.passes("vectors")

    def test_oracle(self):
        self.passes("oracle")

    def test_policy(self):
        self.passes("policy")

    def test_dns(self):
        self.passes("dns")

    def test_show(self):
        self.passes("show")

    def test_corpus(self):
        workdir = WorkDir("readers-")
        self.addCleanup(workdir.close)
        Corpus(workdir.path)
        self.passes("corpus", HOPSEAL_CORPUS=workdir.path)


class Lint(unittest.TestCase):
    def test_web_ext(self):
        """Its warnings are of Firefox, which knows no mail."""
        done = run(os.path.join(NPM, "node_modules", ".bin", "web-ext"),
                   "lint", "--output", "json")
        said = json.loads(done.stdout[done.stdout.index("{"):])
        self.assertEqual(said["summary"]["errors"], 0, done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual({each["code"] for each in said["warnings"]} - {
            "MANIFEST_PERMISSIONS", "UNSUPPORTED_API",
            "MISSING_DATA_COLLECTION_PERMISSIONS"}, set(), done.stdout)


class Package(unittest.TestCase):
    def test_manual_packs_all_of_it(self):
        """hopseal-recipients(7) names what goes into the file."""
        manual = read(REPOSITORY, "milter", "man", "hopseal-recipients.7")
        command = re.search(r"^zip -r hopseal\.xpi (.*?)\n\.Ed", manual,
                            re.M | re.S).group(1).replace("\\e\n", "")
        ignored = json.loads(read(EXTENSION, "package.json"))["webExt"]
        self.assertEqual(
            sorted(command.split()), sorted(set(os.listdir(EXTENSION)) - {
                "node_modules", *ignored["ignoreFiles"]}))


# Is a word outside of what holds it?
OVERFLOWS = """[...document.querySelectorAll("body, body *")].filter((e) =>
    e.offsetParent !== null && !e.matches("textarea, input") &&
    (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 ||
     e.getBoundingClientRect().right > innerWidth + 1))
    .map((e) => e.tagName + ": " + e.textContent)"""

# The smallest contrast of a text with its ground (WCAG 2, 1.4.3).
CONTRAST = """(() => {
    const light = (color) => color.match(/[0-9.]+/g).slice(0, 3)
        .map((c) => c / 255)
        .map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = light(getComputedStyle(document.body).backgroundColor);
    return Math.min(...[...document.querySelectorAll("h1, p, dt, dd")]
        .filter((e) => e.textContent !== "")
        .map((e) => light(getComputedStyle(e).color))
        .map((c) => (Math.max(c, ground) + 0.05) /
            (Math.min(c, ground) + 0.05)));
})()"""


def vector(name):
    with open("%s/stamp/%s.eml" % (VECTORS, name), "rb") as source:
        return source.read()


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.workdir = WorkDir("readers-")
        cls.addClassCleanup(cls.workdir.close)
        cls.site = cls.enterClassContext(WebFolder(EXTENSION))
        cls.chromium = cls.enterClassContext(Chromium(cls.workdir))
        cls.fake = read(TESTS, "fakebrowser.js")
        cls.keys = [read(VECTORS, "stamp", "keys.txt")]

    def page(self, path, language="en", dark=False, message=b"", width=380,
             height=560, **state):
        texts = json.loads(read(EXTENSION, "_locales", language,
                                "messages.json"))
        state = {"language": language, "texts": texts, "keys": self.keys,
                 "messages": {"1": {"octets": list(message)}},
                 "displayed": [1], **state}
        page = self.chromium.page(
            width=width, height=height, dark=dark, script="%s\n"
            "window.messenger = fakeBrowser(%s);" % (self.fake,
                                                     json.dumps(state)))
        page.open(self.site.url + path)
        return page

    def looks_well(self, page, name):
        if PICTURES:
            page.picture(os.path.join(PICTURES, name + ".png"))
        self.assertEqual(page.value(OVERFLOWS), [])
        self.assertGreater(page.value(CONTRAST), 4.5)
        self.assertNotRegex(page.value("document.body.innerText"),
                            r"(?i)secure|undefined|\$[a-z]+\$")

    def popups(self, name, message, state, words, absent=(), **more):
        """In each language and both schemes; words are (en, de)."""
        for number, language in enumerate(("en", "de")):
            for dark in (False, True):
                with self.subTest(name, language=language, dark=dark):
                    page = self.page("show/popup.html", language, dark,
                                     message, **more)
                    text = page.value("document.body.innerText")
                    self.assertEqual(page.value(
                        "document.body.dataset.state"), state)
                    self.assertIn(words[number], text)
                    for word in absent:
                        self.assertNotIn(word, text)
                    self.assertTrue(page.value(
                        "document.getElementById('icon').decode()"
                        ".then(() => true)"))
                    self.looks_well(page, "popup-%s-%s-%s" % (
                        name, language, "dark" if dark else "light"))

    def test_verified(self):
        self.popups("verified", vector("plain"), "verified",
                    ("Received over TLS by mx1.example.org on November 23",
                     "Über TLS empfangen von mx1.example.org am 23. November"
                     ))

    def test_below(self):
        self.popups("below", vector("folded"), "below",
                    ("Less than your administrator promises",
                     "Weniger, als Ihre Administration"),
                    managed={"keys": self.keys, "promises": [
                        "sender.example tls=TLSv1.3 cert=trusted"]})

    def test_bad(self):
        self.popups("bad", vector("bad-body"), "bad",
                    ("The text is not as it was stamped",
                     "Der Text wurde nach dem Stempeln geändert"),
                    ("example.org", "TLSv1.3", "192.0.2.25"))

    def test_unpinned(self):
        self.popups("unpinned", vector("plain"), "unpinned",
                    ("Anybody can make such a stamp", "jeder anfertigen"),
                    ("example.org", "TLSv1.3"), managed={"keys": []})

    def test_absent(self):
        self.popups("absent", PLAIN, "absent",
                    ("bears a stamp", "trägt Post dieses Absenders"),
                    ("sender.example",),
                    managed={"promises": ["sender.example"]})

    def test_none(self):
        self.popups("none", PLAIN, "none",
                    ("Nothing is stated", "Es ist nichts"))

    def test_long_words(self):
        """The longest values that a stamp can have stay inside."""
        name = ".".join(["x" * 62] * 4)
        message = ours(by=name, sender=name, id="i" * 64, cipher="C" * 64,
                       cert="trusted", cn="<i>" + "W" * 61,
                       next="require", h="from:subject:mime-version:"
                       "content-type:content-transfer-encoding")
        self.popups("long", message, "verified", (name, name), height=900)

    def test_markup_is_text(self):
        page = self.page("show/popup.html", message=ours(
            cert="trusted", cn="<img/src=3Dx/onerror=3Dalert(1)>"))
        self.assertIn("<img/src=x/onerror=alert(1)>",
                      page.value("document.body.innerText"))
        self.assertEqual(page.value("document.images.length"), 1)

    def test_nothing_displayed(self):
        page = self.page("show/popup.html", displayed=[])
        self.assertEqual(page.value("document.body.dataset.state"), "none")

    def test_unreadable_message(self):
        page = self.page("show/popup.html", displayed=[1],
                         messages={"1": {"octets": None}})
        self.assertIn("could not be read",
                      page.value("document.body.innerText"))

    def options(self, name, width=640, **state):
        for language in ("en", "de"):
            for dark in (False, True):
                page = self.page("options/options.html", language, dark,
                                 width=width, height=760, **state)
                if PICTURES:
                    page.picture(os.path.join(PICTURES, "%s-%s-%s.png" % (
                        name, language, "dark" if dark else "light")))
                self.assertEqual(page.value(OVERFLOWS), [])
                self.assertNotIn("undefined", page.value(
                    "document.body.innerText"))
        return page

    def test_options_of_the_administrator(self):
        page = self.options("options-managed", managed={
            "keys": self.keys, "promises": ["bank.example mode=require"]})
        self.assertEqual(page.value(
            "[...document.forms[0].elements].every((e) => e.disabled)"),
            True)
        self.assertIn("bank.example", page.value(
            "document.getElementById('promises').value"))

    def test_options_are_saved_when_they_can_be_read(self):
        page = self.options("options", local={})

        def save(line):
            page.value("document.getElementById('keys').value = %s;"
                       "document.getElementById('save').click()"
                       % json.dumps(line))
            page.value("new Promise((done) => setTimeout(done))")
            return page.value("document.getElementById('said').textContent")

        self.assertIn("nonsense", save("nonsense"))
        self.assertIsNone(page.value("messenger.state.local.keys"))
        self.assertEqual(save(self.keys[0]), "Gespeichert.")
        self.assertEqual(page.value("messenger.state.local.keys"),
                         [self.keys[0].strip()])


if __name__ == "__main__":
    unittest.main()
