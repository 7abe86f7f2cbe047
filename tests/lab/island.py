"""A file system of one's own, to install packages in: what changes there lies
in memory and is gone at the end.

    if island.is_possible(workdir):
        said = island.run(workdir, script, {"package.deb": file})

The host's / is seen through an overlay, in a mount and a process namespace,
and the files lie in /island, where the script runs.  With boot=True the first
process is systemd, with nothing of the host's but its journal, in a network
and a control group of its own; the script is a job of it.
"""

import os
import shutil
import subprocess
import tempfile

from lab.waiting import PATIENCE
from lab.workdir import BASE, REPOSITORY

SECONDS = 300 * PATIENCE

# $1 is a folder, $2 the one that is seen as /island.
FOUND = r"""
set -eu
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay \
    -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cd "$1/root"
mount -t proc proc proc
mkdir island
mount --bind "$2" island
"""

SHELL = FOUND + r"""
mount --rbind /dev dev
printf '#!/bin/sh\nexit 101\n' >usr/sbin/policy-rc.d
chmod 755 usr/sbin/policy-rc.d
exec chroot . /bin/sh -c 'cd /island && exec sh script'
"""

# The processes of the island are a group below ours, and the root of theirs.
GROUP = r"""
set -eu
mount -t cgroup2 none "$1"
mkdir "$1/$3"
echo $$ >"$1/$3/cgroup.procs"
umount "$1"
exec unshare --pid --net --uts --ipc --cgroup --kill-child --mount --fork \
    sh -c "$4" island "$1" "$2"
"""

DISBAND = r"""
mount -t cgroup2 none "$1" && find "$1/$2" -depth -type d -delete
"""

# What systemd sets or links there, it must not set on the host.
BOOT = FOUND + r"""
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t tmpfs none dev
for name in null zero full random urandom tty; do
	: >dev/$name
	mount --bind /dev/$name dev/$name
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
: >dev/console
mount -t cgroup2 none sys/fs/cgroup
mount -t tmpfs none run
: >"$2/console"
mount --bind "$2/console" dev/console
rm -f etc/systemd/system/*.wants/* \
    usr/lib/systemd/system/*.wants/* usr/sbin/policy-rc.d
: >etc/fstab
cat >etc/systemd/system/island.target <<'EOF'
[Unit]
Wants=island.service
EOF
cat >etc/systemd/system/island.service <<'EOF'
[Unit]
Wants=systemd-journald.service
After=systemd-journald.service
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
WorkingDirectory=/island
ExecStart=/bin/sh script
StandardOutput=file:/island/said
StandardError=file:/island/said
EOF
mkdir host
pivot_root . host
umount -l /host
export container=island
exec /lib/systemd/systemd --system --unit=island.target --log-target=journal
"""


def _command(folder, files, boot):
    if not boot:
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child",
                "sh", "-c", SHELL, "island", folder, files]
    return ["unshare", "--mount", "sh", "-c", GROUP, "island", folder, files,
            _group(folder), BOOT]


def _group(folder):
    return "hopseal-" + os.path.basename(folder)


def _land(workdir, script, files, boot):
    """The code of the script, and all that it and systemd said."""
    folder = tempfile.mkdtemp(prefix="island-", dir=workdir.path)
    shared = tempfile.mkdtemp(prefix="shared-", dir=workdir.path)
    os.chmod(shared, 0o755)
    for name, path in files.items():
        shutil.copy(path, os.path.join(shared, name))
    with open(shared + "/script", "w", encoding="utf-8") as out:
        out.write("trap 'echo $? >/island/code' EXIT\n" + script)
    try:
        with open(shared + "/said", "w", encoding="utf-8") as said:
            subprocess.run(_command(folder, shared, boot), timeout=SECONDS,
                           stdin=subprocess.DEVNULL, stdout=said,
                           stderr=subprocess.STDOUT, check=False)
    except subprocess.TimeoutExpired:
        pass
    finally:
        if boot:
            subprocess.run(["unshare", "--mount", "sh", "-c", DISBAND,
                            "island", folder, _group(folder)], check=False)
    return _read(shared + "/code"), "".join(
        _read(shared + name) for name in ("/said", "/console"))


def _read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as text:
            return text.read()
    except FileNotFoundError:
        return ""


def is_possible(workdir, boot=False):
    """Some containers do not let us mount, or not start a systemd; and what
    has a file system of its own is not seen there."""
    return _land(workdir, "test -d %s -a -d %s" % (REPOSITORY, BASE), {},
                 boot)[0] == "0\n"


def run(workdir, script, files, boot=False):
    """What the script said; it must end well."""
    code, said = _land(workdir, "set -eu\n" + script, files, boot)
    if code != "0\n":
        raise AssertionError("the script ended with %s:\n%s" % (
            code.strip() or "nothing, or not in time", said[-6000:]))
    return said
