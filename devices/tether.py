"""A program run as a script: becomes another program that dies with its parent, as an account of less power.

    python tether.py PARENT_PID UID GID PROGRAM [ARGUMENT ...]      UID and GID -1: stay who you are

Why a program and not `preexec_fn`: that runs Python between fork and exec of a process with threads, where a lock held
by another thread is held for ever. Why it changes the account itself: Linux forgets the parent-death signal when
a process changes its account (prctl(2), PR_SET_PDEATHSIG), so mosquitto must not do it after us. The signal comes
when the *thread* that started us ends, so that thread must live as long as we shall.
Imports the standard library only: it runs with `python -I -S`.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from contextlib import suppress

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Become the program. Never returns; exits with 70 when the parent has died already."""
    parent, uid, gid = (int(text) for text in arguments[:3])
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):  # a socket a device
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:  # it died before the signal was set
        sys.exit(70)
    os.execv(arguments[3], arguments[3:])  # noqa: S606 - no shell, and our own argument


if __name__ == "__main__":
    main(sys.argv[1:])
