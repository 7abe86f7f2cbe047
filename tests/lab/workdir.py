"""The folder of one test.

Sendmail wants no folder on the way to its files that others can write to, and
the unprivileged daemons must be able to walk through: so not below /tmp and
not below /root.  HOPSEAL_LAB names another base.
"""

import atexit
import os
import re
import shutil
import tempfile

BASE = os.environ.get("HOPSEAL_LAB", "/var/lib/hopseal-lab")
REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))

# Accounts that every Debian has (base-passwd) and that own nothing here, so
# that a test need not add any.  Postfix wants a user and a group of its own
# that nobody else in the laboratory uses.
MAIL_OWNER = "news"
SETGID_GROUP = "uucp"
DAEMON_USER = "nobody"
DAEMON_GROUP = "nogroup"


def unpacked(name):
    """Where tests/install has unpacked the MTA of that name."""
    return os.path.join(BASE, "mta", name)


def _sweep():
    """Remove the folders of test runs that were killed."""
    for name in os.listdir(BASE):
        owner = re.fullmatch(r"[a-z]+-(\d+)-\w+", name)
        if owner and not os.path.exists("/proc/" + owner.group(1)):
            shutil.rmtree(os.path.join(BASE, name), ignore_errors=True)


class WorkDir:
    """A folder that is gone after close(), or at exit at the latest.

    Its name holds our process id, so that one left behind can be told."""

    def __init__(self, prefix="work-"):
        os.makedirs(BASE, mode=0o755, exist_ok=True)
        _sweep()
        self.path = tempfile.mkdtemp(prefix="%s%d-" % (prefix, os.getpid()),
                                     dir=BASE)
        os.chmod(self.path, 0o755)
        atexit.register(self.close)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def sub(self, *names, mode=0o755, owner=None, group=None):
        """A folder below, made when it is not there."""
        path = os.path.join(self.path, *names)
        os.makedirs(path, exist_ok=True)
        os.chmod(path, mode)
        if owner or group:
            shutil.chown(path, owner, group)
        return path

    def write(self, name, content, mode=0o644, owner=None, group=None):
        """A file below, with exactly these octets or this text."""
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if isinstance(content, str):
            content = content.encode()
        with open(path, "wb") as out:
            os.fchmod(out.fileno(), mode)
            out.write(content)
        if owner or group:
            shutil.chown(path, owner, group)
        return path

    def close(self):
        atexit.unregister(self.close)
        if os.environ.get("HOPSEAL_LAB_KEEP"):
            return
        shutil.rmtree(self.path, ignore_errors=True)
