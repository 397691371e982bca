"""A clock that is moved by hand, and the timetable that goes by it.

Both keep whole microseconds, so that a year of small steps adds up to a year and the same run is the same again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

#: Steady time does not begin at 0, so that nobody takes 0 for *never*.
_BEGAN_US = 1_000_000_000


class VirtualClock:
    """The `Clock` port. Steady time only passes; the wall clock can be set beside it."""

    def __init__(self, start: datetime) -> None:
        """Begin at `start` (aware)."""
        self._began = start.astimezone(UTC)
        self._steady_us = _BEGAN_US
        self._true = self._began
        self._set_by = timedelta()

    def now(self) -> datetime:
        """What the wall clock shows, rightly or not."""
        return self.true_time() + self._set_by

    def monotonic(self) -> float:
        """Seconds that never step."""
        return self._steady_us / 1e6

    def true_time(self) -> datetime:
        """The time as it would be if nobody had set the clock."""
        return self._true

    def pass_by(self, seconds: float) -> None:
        """Let time pass; upwards to a whole microsecond, so that what is due is due."""
        self._steady_us += max(0, math.ceil(seconds * 1e6))
        self._true = self._began + timedelta(microseconds=self._steady_us - _BEGAN_US)

    def set_by(self, by: timedelta) -> None:
        """Somebody sets the wall clock."""
        self._set_by += by


class VirtualTimetable:
    """The `Timetable` port. Like the real one it waits on steady time, so a step of the wall clock makes it late."""

    def __init__(self, clock: VirtualClock) -> None:
        """Nothing is waited for."""
        self._clock = clock
        self._instant: datetime | None = None
        self._ring: Callable[[], None] = lambda: None
        #: The steady instant at which it looks at the wall clock; None: never.
        self.due: float | None = None

    def start(self, wake: Callable[[], None]) -> None:
        """Begin; `wake` only enqueues."""
        self._ring = wake

    def wake_at(self, instant: datetime | None) -> None:
        """Replace the one instant that is waited for."""
        if instant != self._instant:
            self._instant = instant
            self.rebuild()

    def rebuild(self) -> None:
        """Work out anew how long to wait."""
        if self._instant is None:
            self.due = None
        else:
            wait_s = (self._instant - self._clock.now()).total_seconds()
            self.due = self._clock.monotonic() + max(0.0, wait_s)

    def stop(self) -> None:
        """Wait for nothing."""
        self._instant = self.due = None

    def look(self) -> None:
        """Ring if the instant has come; where the clock was set back meanwhile, wait on."""
        if self._instant is None or self.due is None or self._clock.monotonic() < self.due:
            return
        if self._clock.now() < self._instant:
            self.rebuild()
        else:
            self.due = None  # it rings once
            self._ring()
