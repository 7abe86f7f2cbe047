"""The packages: built, judged by lintian, installed, used and removed, with
and without systemd, in file systems of their own (lab.island).
"""

import functools
import glob
import os
import subprocess
import unittest

from lab import command, island, workdir as places
from lab.workdir import WorkDir

POSTFIX = places.unpacked("postfix")
SPEC = os.path.join(places.REPOSITORY, "contrib/rpm/hopseal.spec")

# On a host whose services are started by scripts, or by nobody.
LIFE = r"""
say() { printf '== %s\n' "$*"; }

dpkg -i PACKAGE
say installed
getent passwd hopseal
id -nG hopseal
stat -c '%a %U %G' /run/hopseal /var/lib/hopseal
hopseald -n

# What the unit starts, as the user that it names.
setpriv --reuid hopseal --regid hopseal --init-groups --inh-caps=-all \
    hopseald -f </dev/null >/tmp/hopseald.log 2>&1 &
daemon=$!
waits=0
until [ -S /run/hopseal/milter.sock ]; do
	waits=$((waits + 1))
	[ $waits -lt 100 ] || { cat /tmp/hopseald.log; exit 1; }
	sleep 0.1
done
say started
stat -c '%a %U %G' /run/hopseal/milter.sock

# A Postfix on this host: its programs, and a plain main.cf.
cp -a POSTFIX/usr/. /usr/
mkdir -p /etc/postfix /var/spool/postfix
cp -a POSTFIX/etc/postfix/. /etc/postfix/ 2>/dev/null || :
cp POSTFIX/usr/share/postfix/main.cf.debian /etc/postfix/main.cf \
    2>/dev/null || :
printf '%s\n' 'compatibility_level = 3.6' 'mail_owner = news' \
    'setgid_group = uucp' '# a comment' >/etc/postfix/main.cf
printf 'smtp inet n - n - - smtpd\nsmtp unix - - n - - smtp\n' \
    >/etc/postfix/master.cf
adduser --quiet news postfix
before=$(sha256sum /etc/postfix/main.cf)
hopseal attach postfix --apply
say attached
grep milter /etc/postfix/main.cf
[ "$(sha256sum /etc/postfix/main.cf)" != "$before" ]

# A Sendmail, as far as its package's scripts and attach see it.
mkdir -p /etc/mail
printf 'V10/Berkeley\nO LogLevel=9\n' >/etc/mail/sendmail.cf
sendmail=$(sha256sum /etc/mail/sendmail.cf)
cat >/etc/init.d/sendmail <<'EOF'
#!/bin/sh
echo "== sendmail $1 with $(grep -c hopseal /etc/mail/sendmail.cf) filters"
EOF
chmod 755 /etc/init.d/sendmail
printf '#!/bin/sh\n[ "$1" = sendmail ] || exit 101\n' \
    >/usr/sbin/policy-rc.d
hopseal attach sendmail --apply
grep -q hopseal /etc/mail/sendmail.cf

say removing
dpkg -r hopseal
[ "$(sha256sum /etc/mail/sendmail.cf)" = "$sendmail" ]
[ "$(sha256sum /etc/postfix/main.cf)" = "$before" ]
say removed without a trace
[ -e /var/lib/hopseal/ledger.db ]
say evidence is kept
kill $daemon
wait $daemon || :
dpkg -P hopseal
[ ! -e /var/lib/hopseal ]
[ ! -e /etc/hopseal ]
say purged
"""


UNIT_LIFE = ("python3 -B %s/tests/operators/unitlife.py PACKAGE"
             % places.REPOSITORY)


def run(*args, cwd=None, **environment):
    done = subprocess.run(args, cwd=cwd, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", timeout=600,
                          env={**os.environ, **environment})
    if done.returncode != 0:
        raise AssertionError("%s ended with %d:\n%s" % (
            " ".join(args), done.returncode, done.stdout[-6000:]))
    return done.stdout


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.workdir = cls.enterClassContext(WorkDir("packages-"))
        build = os.path.dirname(command.program("hopseal"))
        run("make", "dist", cwd=build)
        found = glob.glob(build + "/hopseal-*.tar.gz")
        assert len(found) == 1, found
        cls.name = os.path.basename(found[0])[:-len(".tar.gz")]
        cls.version = cls.name.partition("-")[2]
        cls.tarball = cls.workdir.path + "/" + cls.name + ".tar.gz"
        os.rename(found[0], cls.tarball)

    @classmethod
    @functools.lru_cache(None)
    def debian(cls):
        """The changes file and the package."""
        folder = cls.workdir.sub("debian")
        run("tar", "-xf", cls.tarball, cwd=folder)
        source = os.path.join(folder, cls.name)
        run("cp", "-r", "contrib/debian", "debian", cwd=source)
        run("dpkg-buildpackage", "-us", "-uc", "-b", cwd=source,
            DEB_BUILD_OPTIONS="nocheck parallel=2")
        changes, = glob.glob(folder + "/*.changes")
        package, = glob.glob(folder + "/hopseal_*.deb")
        return changes, package

    def test_lintian(self):
        said = run("lintian", "--fail-on", "error,warning",
                   "--allow-root", "--tag-display-limit", "0",
                   self.debian()[0])
        self.assertNotRegex(said, "(?m)^[EW]: ")

    def test_contents(self):
        root = self.workdir.sub("unpacked")
        run("dpkg-deb", "-x", self.debian()[1], root)
        said = run(root + "/usr/sbin/hopseald", "-n", "-c",
                   root + "/etc/hopseal/hopseal.conf")
        self.assertIn("no errors", said)
        self.assertIn(self.version, run(root + "/usr/bin/hopseal", "-V"))

    def live_and_die(self, script, package, boot=False):
        if not island.is_possible(self.workdir, boot):
            self.skipTest("no file system of one's own can be had here")
        name = "package" + os.path.splitext(package)[1]
        return island.run(self.workdir, script.replace("PACKAGE", name),
                          {name: package}, boot)

    def test_without_systemd(self):
        said = self.live_and_die(LIFE.replace("POSTFIX", POSTFIX),
                                 self.debian()[1])
        for words in ("== installed", "== started", "== attached",
                      "== sendmail restart with 0 filters",
                      "== removed without a trace",
                      "== evidence is kept", "== purged"):
            self.assertIn(words, said)
        self.assertRegex(said, r"\nhopseal postfix\n755 hopseal hopseal\n"
                         r"750 hopseal hopseal\n")
        self.assertIn("\n660 hopseal postfix\n", said)
        self.assertIn("/etc/hopseal/hopseal.conf: no errors", said)
        self.assertIn("smtpd_milters = unix:/run/hopseal/milter.sock", said)

    def test_with_systemd(self):
        said = self.live_and_die(UNIT_LIFE, self.debian()[1], boot=True)
        self.assertIn("== purged: not-found\n", said)

    @classmethod
    @functools.lru_cache(None)
    def rpm(cls):
        top = cls.workdir.sub("rpm")
        os.makedirs(top + "/SOURCES")
        run("cp", cls.tarball, top + "/SOURCES")
        # Debian's rpm knows none of the packages that are asked for. The
        # other builds are with PostgreSQL: this one shows that it can be left.
        run("rpmbuild", "-bb", "--nodeps", "--without", "postgresql",
            "--define", "_topdir " + top, SPEC)
        package, = glob.glob(top + "/RPMS/*/hopseal-%s-*.rpm"
                             % cls.version)
        return package

    def test_rpm_version(self):
        with open(SPEC, encoding="utf-8") as text:
            self.assertIn("\nVersion:        %s\n" % self.version,
                          text.read())

    def test_rpm_with_systemd(self):
        said = self.live_and_die(UNIT_LIFE, self.rpm(), boot=True)
        self.assertIn("== purged: not-found\n", said)

    def test_rpm_contents(self):
        package, top = self.rpm(), self.workdir.sub("rpm")
        said = run("rpm", "-qlp", package)
        for name in ("/usr/sbin/hopseald", "/usr/bin/hopseal",
                     "/etc/hopseal/hopseal.conf", "hopseald.service",
                     "sysusers.d/hopseal.conf", "hopseald.8"):
            self.assertIn(name, said)
        run("rpm2archive", package)
        run("tar", "-xzf", package + ".tgz", "-C", top)
        self.without_postgresql(top + "/usr/sbin/hopseald")

    def without_postgresql(self, program):
        file = self.workdir.write(
            "ship.conf", 'ledger { ship = "postgresql://h@db.example/h" }\n')
        done = subprocess.run([program, "-n", "-c", file],
                              text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60)
        self.assertEqual(done.returncode, 78, done.stdout)
        self.assertIn("ship.conf:1: option ship in ledger needs PostgreSQL, "
                      "and this hopseal was built without PostgreSQL; "
                      "rebuild with ./configure --with-postgresql",
                      done.stdout)


if __name__ == "__main__":
    unittest.main()
