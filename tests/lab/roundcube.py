"""A Roundcube of the test's own, before an IMAP server on loopback.

    with Roundcube(workdir, dovecot.port, plugin=PATH, settings=PHP) as web:
        web.log_in("bob@example.org", language="de_DE")
        web.page(_task="mail", _action="show", _uid=1, _mbox="INBOX")

PHP's own web server serves it, with SQLite as its database.
"""

import http.cookiejar
import os
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from lab import ports, workdir as places
from lab.waiting import until

# Files of the skin and of plugins are sent as they are, all else is index.php.
ROUTER = """<?php
define('INSTALL_PATH', '%s/');
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (preg_match('#^/(skins|program/js|plugins)/[^.].*\\.(css|js|svg|png)$#',
    $path) && !str_contains($path, '..'))
	return false;
chdir(INSTALL_PATH);
require INSTALL_PATH . 'index.php';
"""

# Roundcube does not start without them.
BUNDLED = ("filesystem_attachments", "jqueryui")

CONFIGURATION = """<?php
$config['db_dsnw'] = 'sqlite:///%(dir)s/db?mode=0600';
$config['imap_host'] = '127.0.0.1:%(imap)d';
$config['smtp_host'] = '';
$config['des_key'] = '0123456789abcdef01234567';
$config['plugins'] = ['%(plugin)s'];
$config['skin'] = 'elastic';
$config['language'] = null;
$config['log_driver'] = 'file';
$config['log_dir'] = '%(dir)s/logs/';
$config['temp_dir'] = '%(dir)s/temp/';
$config['enable_installer'] = false;
$config['date_format'] = 'Y-m-d';
$config['time_format'] = 'H:i';
$config['timezone'] = 'UTC';
$config['prettydate'] = false;
"""


class Roundcube:
    def __init__(self, workdir, imap, plugin, settings="", name="roundcube"):
        self.dir = workdir.sub(name)
        self.port = ports.free()
        self.url = "http://127.0.0.1:%d/" % self.port
        self.software = places.unpacked("roundcube") + "/usr/share"
        workdir.sub(name, "logs")
        workdir.sub(name, "temp")
        workdir.sub(name, "plugins")
        for entry in ("program", "skins", "SQL", "index.php"):
            os.symlink("%s/roundcube/%s" % (self.software, entry),
                       "%s/%s" % (self.dir, entry))
        own = os.path.basename(plugin)
        os.symlink(plugin, "%s/plugins/%s" % (self.dir, own))
        for entry in BUNDLED:
            os.symlink("%s/roundcube/plugins/%s" % (self.software, entry),
                       "%s/plugins/%s" % (self.dir, entry))
        workdir.write(name + "/config/config.inc.php", CONFIGURATION % {
            "dir": self.dir, "imap": imap, "plugin": own} + settings)
        for entry in ("defaults.inc.php", "mimetypes.php"):
            os.symlink(places.unpacked("roundcube") + "/etc/roundcube/" + entry,
                       "%s/config/%s" % (self.dir, entry))
        self.router = workdir.write(name + "/router.php", ROUTER % self.dir)
        self.process = self.agent = None

    def __enter__(self):
        with open(self.dir + "/said", "ab") as said:
            self.process = subprocess.Popen(
                ["php", "-d", "include_path=%s/php" % self.software,
                 "-d", "error_log=%s/logs/php" % self.dir,
                 "-d", "memory_limit=256M",
                 "-S", "127.0.0.1:%d" % self.port, "-t", self.dir,
                 self.router],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                env={"PATH": "/usr/bin:/bin", "TZ": "UTC"})
        try:
            until(self._answers, "page of Roundcube")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)

    def _answers(self):
        if self.process.poll() is not None:
            raise RuntimeError("Roundcube does not start: " + self.log())
        try:
            urllib.request.urlopen(self.url, timeout=20).close()
        except urllib.error.HTTPError as fault:
            raise RuntimeError("Roundcube says %s: %s" % (fault, self.log()))
        except OSError:
            return False
        return True

    def log(self):
        text = ""
        for name in ("said", "logs/errors.log", "logs/errors", "logs/php"):
            path = os.path.join(self.dir, name)
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as lines:
                    text += lines.read()
        return text

    def log_in(self, user, language):
        """A session of its own, in that language (as the browser asks)."""
        self.agent = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self.agent.addheaders = [("Accept-Language",
                                  language.replace("_", "-"))]
        token = re.search(r'name="_token" value="(\w+)"', self.page())
        answer = self._get(self.url + "?_task=login", {
            "_task": "login", "_action": "login", "_user": user,
            "_pass": "any", "_token": token.group(1), "_timezone": "UTC"})
        if "task=logout" not in answer:
            raise RuntimeError("no login: %s %s" % (answer[:3000],
                                                    self.log()[-3000:]))

    def page(self, **query):
        return self._get(self.url + "?" + urllib.parse.urlencode(query))

    def _get(self, url, form=None):
        data = form and urllib.parse.urlencode(form).encode()
        with (self.agent or urllib.request).open(
                url, data, timeout=60) as answer:
            return answer.read().decode()
