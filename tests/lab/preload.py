"""A library that is loaded ahead of the daemon's own, and bends a few calls.

    daemon.environment = preload.environment(preload.build(workdir, source))

A sanitizer wants to be the first library; it is told that it is not.
"""

import os
import subprocess


def build(workdir, source):
    """Compile one C file below the work folder; the library's path."""
    name = os.path.splitext(os.path.basename(source))[0]
    library = os.path.join(workdir.path, name + ".so")
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O2",
                    "-w", "-o", library, source, "-ldl"], check=True)
    return library


def is_sanitized(program):
    """Does a sanitizer take care of its memory?  Then nobody else may."""
    with open(program, "rb") as file:
        octets = file.read()
    return b"__asan_init" in octets or b"__tsan_init" in octets


def has_filters(program):
    """Does it take its seccomp filters?  Not with the thread sanitizer."""
    with open(program, "rb") as file:
        return b"__tsan_init" not in file.read()


def environment(library, **more):
    """What the daemon's environment needs besides."""
    options = os.environ.get("ASAN_OPTIONS", "")
    return {"LD_PRELOAD": library,
            "ASAN_OPTIONS": options + ":verify_asan_link_order=0", **more}
