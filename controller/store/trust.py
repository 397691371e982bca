"""Whether the wall clock can be believed. If not, nothing scheduled is sent; presses and stops still work.

Not believed (`semantics.md`, rule 15): it is before the newest journal entry or the build date; or it jumped by over a
day from where steady time puts it; each unless a second source agrees with the clock. A jump out of a time that was
impossible anyway is believed: that is how a machine without a clock battery boots.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

A_DAY = timedelta(days=1)
_STA_UNSYNC = 0x0040
#: The journal's clock may be a little ahead of ours without anything being wrong.
_SLACK = timedelta(seconds=5)


def kernel_is_synchronised() -> bool:
    """Whether the kernel says that its clock is kept by NTP (adjtimex(2), STA_UNSYNC clear). The second source."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        # struct timex: modes is the first int, status the fifth field on both 64-bit and 32-bit ABIs of Linux:
        # int modes; long offset, freq, maxerror, esterror; int status.
        words = (ctypes.c_long * 64)()
        if libc.adjtimex(ctypes.byref(words)) < 0:
            return False
        return not int(words[5]) & _STA_UNSYNC
    except (OSError, AttributeError):
        return False


@dataclass(slots=True)
class Trust:
    """Follows the wall clock. `floor`: the later of the build date and the newest journal entry at start."""

    floor: datetime
    second_source: Callable[[], bool] = kernel_is_synchronised
    _anchor: datetime | None = None
    _anchor_steady: float = 0.0

    def look(self, now: datetime, steady: float) -> bool:
        """Whether `now` is believed, given steady time. What is believed becomes the anchor of the next look."""
        expected = self.expected(steady)
        jumped = expected is not None and abs(now - expected) > A_DAY
        if (now < self.floor - _SLACK or jumped) and not self.second_source():
            return False
        self._anchor, self._anchor_steady = now, steady
        return True

    @property
    def anchor(self) -> tuple[datetime, float] | None:
        """The last instant that was believed, with its steady time."""
        return None if self._anchor is None else (self._anchor, self._anchor_steady)

    def expected(self, steady: float) -> datetime | None:
        """What the time should be, by the last that was believed and steady time since."""
        return None if self._anchor is None else self._anchor + timedelta(seconds=steady - self._anchor_steady)
