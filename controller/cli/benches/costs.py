"""What a process costs, from `/proc` (man proc(5)), so that a plain installation can measure: processor and memory."""

from __future__ import annotations

import os
from pathlib import Path

from controller.errors import Unavailable

_PROC = Path("/proc")


def cpu_s(pid: int) -> float:
    """Seconds of processor that a process has used so far, in user and kernel mode. Raises Unavailable."""
    # The name in parentheses may hold anything; user and system time are the 12th and 13th word after it.
    words = _read(pid, "stat").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Megabytes (10⁶ bytes) that a process has in memory now. Raises Unavailable."""
    for line in _read(pid, "status").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise Unavailable(f"Process {pid} says nothing of its memory.")


def _read(pid: int, leaf: str) -> str:
    try:
        return (_PROC / str(pid) / leaf).read_text()
    except OSError as error:
        raise Unavailable(f"What process {pid} costs cannot be read from /proc: {error.strerror}. "
                          "This benchmark needs Linux.") from error
