"""Whether a run may be trusted: what else the machine did meanwhile, said on standard error beside every benchmark.

The load average says how many processes wanted a core; `/proc/stat` (proc(5)) how long the cores were busy altogether.
Less what this process and its children used, that is what others used, or a hypervisor took away.
"""

from __future__ import annotations

import contextlib
import os
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

#: Others may use so much of the machine's cores; more, and times say nothing and ratios little.
MOST = 0.05
_STAT = Path("/proc/stat")
#: Of the first line: user, nice, system, irq, softirq, steal. Idle and waiting for the disk are left out.
_BUSY = (0, 1, 2, 5, 6, 7)


@dataclass(frozen=True, slots=True)
class Look:
    """The machine at one moment: steady seconds, load, seconds that cores were busy (None: unknown), ours of them."""

    at: float
    load: float
    busy_s: float | None
    ours_s: float


def look() -> Look:
    """Look now. Children count once they have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return Look(time.monotonic(), os.getloadavg()[0], _busy_s(), sum(each.ru_utime + each.ru_stime for each in used))


def told(before: Look, after: Look, cores: int) -> str:
    """One sentence: what else went on, and whether the figures may be trusted."""
    load = f"load {before.load:.1f} before, {after.load:.1f} after, {cores} core{'s' if cores > 1 else ''}"
    if before.busy_s is None or after.busy_s is None or after.at <= before.at:
        busy = before.load > MOST * cores
        return (f"Not to be trusted: the machine was busy before it began ({load})." if busy
                else f"The machine was at rest before it began ({load}).")
    others = max(0.0, (after.busy_s - before.busy_s) - (after.ours_s - before.ours_s)) / (after.at - before.at)
    if others > MOST * cores:
        return f"Not to be trusted: others used {others:.2f} cores meanwhile ({load}). Measure on a quiet machine."
    return f"Others used {others:.2f} cores meanwhile ({load})."


@contextlib.contextmanager
def watched() -> Iterator[None]:
    """Say on standard error what else went on during the block."""
    before = look()
    yield
    click.echo(told(before, look(), os.cpu_count() or 1), err=True)


def _busy_s() -> float | None:
    try:
        words = _STAT.read_text(encoding="ascii").splitlines()[0].split()[1:]
        return sum(int(words[n]) for n in _BUSY) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None
