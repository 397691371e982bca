"""The clock of a store whose day is another than the machine's: the machine's own, shifted by a fixed amount.

A scenario begins at a date of its own, and time then passes as it does. Steady time is not touched at all. APScheduler
reads the machine's clock, so its instants are moved by what lies between the two.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from controller.clock import SystemClock
from controller.ports import Clock
from controller.store.timetable import ApTimetable

_MACHINE = SystemClock()


class ShiftedClock:
    """The `Clock` port. `shift` lies between the machine's clock and the scenario's; people may set it further."""

    def __init__(self, shift: timedelta, set_by: timedelta = timedelta()) -> None:
        """`set_by`: by how much people have set it already."""
        self.shift, self.was_set_by = shift, set_by

    @classmethod
    def beginning(cls, at: datetime) -> ShiftedClock:
        """One that shows `at` (aware) now."""
        return cls(at - _MACHINE.now())

    def now(self) -> datetime:
        """What the wall clock shows, rightly or not, in UTC."""
        return self.true_time() + self.was_set_by

    def monotonic(self) -> float:
        """The machine's steady time."""
        return _MACHINE.monotonic()

    def true_time(self) -> datetime:
        """The time as it would be if nobody had set the clock."""
        return _MACHINE.now() + self.shift

    def set_by(self, by: timedelta) -> None:
        """Somebody sets the wall clock."""
        self.was_set_by += by


class ShiftedTimetable:
    """The `Timetable` port over APScheduler's, told the machine's instant for each instant of the store's clock.

    After somebody has set the clock what it waits for is wrong, as on a machine whose clock was set, until it is
    rebuilt.
    """

    def __init__(self, clock: Clock) -> None:
        """Wait by `clock`."""
        self._clock, self._inner = clock, ApTimetable()
        self._instant: datetime | None = None

    def start(self, wake: Callable[[], None]) -> None:
        """Begin; `wake` only enqueues."""
        self._inner.start(wake)

    def wake_at(self, instant: datetime | None) -> None:
        """Replace the one instant that is waited for; the same instant again costs nothing."""
        if instant != self._instant:
            self._instant = instant
            self._inner.wake_at(self._there())

    def rebuild(self) -> None:
        """Begin anew after a step of the wall clock."""
        self._inner.wake_at(self._there())
        self._inner.rebuild()

    def stop(self) -> None:
        """End its threads."""
        self._inner.stop()

    def _there(self) -> datetime | None:
        return None if self._instant is None else self._instant - (self._clock.now() - _MACHINE.now())
