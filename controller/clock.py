"""The machine's clock behind the `Clock` port."""

from __future__ import annotations

import time
from datetime import UTC, datetime

#: Counts through a suspend where the system can (Linux), so that eight hours of sleep are no step of the wall clock.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """Wall time and steady time of this machine."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since the machine started, suspended ones included where the system counts them."""
        return time.clock_gettime(_STEADY)
