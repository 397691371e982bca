"""The clock of a store under test: time passes when a test says so, and everything that is due by then happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from controller.scenarios.timing import duration, instant, signed_duration
from controller.testing.mistakes import Mistake
from controller.virtual.store import VirtualStore


class StoreClock:
    """The true time, in the store's time zone, and the clock on its wall, which somebody may set."""

    def __init__(self, virtual: VirtualStore, zone: ZoneInfo, changed: Callable[[], None]) -> None:
        """Of a store. `changed` is told when somebody sets the clock on the wall."""
        self._virtual, self._zone, self._changed = virtual, zone, changed

    def __repr__(self) -> str:
        """As assertions show it."""
        return f"<clock: {self.now:%a %Y-%m-%d %H:%M:%S}>"

    @property
    def now(self) -> datetime:
        """The true time."""
        return self._virtual.clock.true_time().astimezone(self._zone)

    @property
    def wall(self) -> datetime:
        """What the clock on the store's wall shows, rightly or not."""
        return self._virtual.clock.now().astimezone(self._zone)

    @property
    def steady(self) -> float:
        """Seconds that only pass, as messages are stamped with."""
        return self._virtual.clock.monotonic()

    def at(self, when: str | datetime) -> None:
        """Let time pass until `10:00`, `10:00:30`, `2026-03-03 10:00`, or an aware datetime. Raises Mistake."""
        __tracebackhide__ = True
        self._virtual.run_until(self.ahead(when))

    def pass_by(
        self, how_long: str = "", *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0,
    ) -> None:
        """Let so much time pass: `pass_by("1 min 30 s")` or `pass_by(minutes=5)`. Raises Mistake."""
        __tracebackhide__ = True
        passes_s = seconds + 60 * minutes + 3600 * hours + 86_400 * days
        try:
            passes_s += duration(how_long).total_seconds() if how_long else 0.0
        except ValueError as wrong:
            raise Mistake(f"{wrong}; not {how_long!r}.".capitalize()) from None
        if not 0 <= passes_s <= 800 * 86_400:
            raise Mistake("Time only goes forward, and by 800 days at the most.")
        self._virtual.run(passes_s)

    def set_by(self, by: str) -> None:
        """Somebody sets the clock on the wall: `+1 h`, `-400 d`. The true time does not change. Raises Mistake."""
        __tracebackhide__ = True
        try:
            step = signed_duration(by)
        except ValueError as wrong:
            raise Mistake(f"{wrong}; not {by!r}.".capitalize()) from None
        self._changed()
        self._virtual.set_clock(step)

    def ahead(self, when: str | datetime) -> datetime:
        """The instant that `when` means, from now on. Raises Mistake where it is past."""
        __tracebackhide__ = True
        found = self.instant(when)
        if found < self.now:
            again = found.astimezone(self._zone).replace(fold=1)
            if again < self.now:  # otherwise it is the second time round of an hour that comes twice
                raise Mistake(f"It is {self.now:%H:%M:%S} on {self.now:%A} {self.now:%Y-%m-%d} already, and time only "
                              "goes forward; another day is written with its date, as in 2026-03-03 10:00.")
            found = again
        return found

    def instant(self, when: str | datetime) -> datetime:
        """The instant that `when` means, be it past or to come. Raises Mistake."""
        __tracebackhide__ = True
        if isinstance(when, datetime):
            if when.tzinfo is None:
                raise Mistake(f"{when} has no time zone; write {when:%Y-%m-%d %H:%M} as text for the store's own.")
            return when.astimezone(self._zone)
        dated = when if "-" in when else f"{self.now:%Y-%m-%d} {when.strip()}"
        try:
            return instant(dated, None, self._zone).astimezone(self._zone)
        except ValueError as wrong:
            if str(wrong).startswith("the start is"):
                raise Mistake(f"A time is 10:00, 10:00:30 or 2026-03-03 10:00; not {when!r}.") from None
            raise Mistake(f"{when}: {wrong}.") from None
