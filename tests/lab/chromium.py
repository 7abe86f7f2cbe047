"""A headless Chromium, told what to do over its debugging pipe.

    with Chromium(workdir) as browser:
        page = browser.page(dark=True, script="window.x = 1;")
        page.open("http://127.0.0.1:20000/")
        page.value("document.title")
        page.picture("title.png")

Source: the Chrome DevTools Protocol; each message ends with a NUL.
"""

import base64
import json
import os
import subprocess

from lab.waiting import until

PROGRAM = "/usr/bin/chromium"
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu",
           "--disable-dev-shm-usage", "--no-first-run",
           "--disable-extensions", "--disable-background-networking",
           "--disable-component-update", "--hide-scrollbars",
           "--remote-debugging-pipe")


class Chromium:
    def __init__(self, workdir, name="chromium"):
        self.dir = workdir.sub(name)
        self.process = None
        self.number, self.rest = 0, b""
        self.tab = None

    def __enter__(self):
        theirs_in, self.to = os.pipe()
        self.answers, theirs_out = os.pipe()
        # The protocol wants its pipe at the descriptors 3 and 4.
        start = 'exec 3<&%d 4>&%d; exec "$@"' % (theirs_in, theirs_out)
        with open(os.path.join(self.dir, "said"), "ab") as said:
            self.process = subprocess.Popen(
                ["bash", "-c", start, "chromium", PROGRAM, *OPTIONS,
                 "--user-data-dir=" + self.dir],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                pass_fds=(theirs_in, theirs_out),
                env={"PATH": "/usr/bin:/bin", "HOME": self.dir,
                     "TZ": "UTC", "LANG": "C.UTF-8"})
        os.close(theirs_in)
        os.close(theirs_out)
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
            self.process.wait(20)
        except (OSError, RuntimeError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.to)
        os.close(self.answers)

    def call(self, method, session=None, **params):
        """One command; its result.  Events are not looked at."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") != self.number:
                continue
            if "error" in answer:
                raise RuntimeError("%s: %s" % (method, answer["error"]))
            return answer["result"]

    def _next(self):
        while b"\0" not in self.rest:
            piece = os.read(self.answers, 65536)
            if not piece:
                with open(os.path.join(self.dir, "said"),
                          encoding="utf-8", errors="replace") as said:
                    raise RuntimeError("Chromium is gone: " + said.read())
            self.rest += piece
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)

    def page(self, **options):
        """The one tab, as Page.prepare wants it: tabs are dear."""
        self.tab = self.tab or Page(self)
        self.tab.prepare(**options)
        return self.tab


class Page:
    def __init__(self, browser):
        self.browser = browser
        target = browser.call("Target.createTarget",
                              url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", flatten=True,
                                    targetId=target)["sessionId"]
        self.call("Page.enable")
        self.script = None

    def prepare(self, width=380, height=600, dark=False, script=""):
        """What holds for what is opened next; script runs in it before the
        scripts of the page."""
        self.call("Emulation.setDeviceMetricsOverride", width=width,
                  height=height, deviceScaleFactor=2, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme",
             "value": "dark" if dark else "light"}])
        if self.script:
            self.call("Page.removeScriptToEvaluateOnNewDocument",
                      identifier=self.script)
        self.script = self.call("Page.addScriptToEvaluateOnNewDocument",
                                source=script)["identifier"]

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def open(self, url):
        """Until the page says that it is done: body has data-ready."""
        # Nothing of the page before may be taken for this one.
        self.value("document.body && delete document.body.dataset.ready")
        self.call("Page.navigate", url=url)
        until(lambda: self.value(
            "document.readyState == 'complete' && document.body && "
            "document.body.dataset.ready"), "data-ready of " + url)

    def value(self, expression):
        """What a JavaScript expression yields, a promise awaited."""
        done = self.call("Runtime.evaluate", expression=expression,
                         returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in done:
            raise RuntimeError(str(done["exceptionDetails"]))
        return done["result"].get("value")

    def picture(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as out:
            out.write(base64.b64decode(data))
