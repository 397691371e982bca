"""A date of a store on a scale: from when to when it goes, its hours, its sun, and where an instant stands on it.

The scale is of elapsed time, not of clock times: on the day when summer time begins it is 23 hours long, on the day
when it ends 25, and an hour is always as wide as another. Pure: a plan and instants in, numbers out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from profiles.compiled import HORIZON, compiled
from profiles.hours import BusinessDay
from profiles.instants import Interval, instant
from profiles.place import Place
from profiles.plan import Plan
from profiles.sun import sun_on

#: What is in view at first begins so long before opening and ends so long after closing; the rest can be scrolled to.
BEFORE, AFTER = timedelta(hours=2), timedelta(hours=1)

#: How far from today a day may lie, either way: as far as the timeline is certain.
FURTHEST = timedelta(days=HORIZON.days)


@dataclass(frozen=True, slots=True)
class Tick:
    """A full hour of the store's clock. `again`: the second of two, on the night when the clock goes back."""

    words: str
    at: float
    again: bool


@dataclass(frozen=True, slots=True)
class Sky:
    """The sun of a date on the scale, in per cent, with clock times; None where it does not rise or set that day."""

    dawn: float
    sunrise: float
    sunset: float
    dusk: float
    sunrise_words: str | None
    sunset_words: str | None


@dataclass(frozen=True, slots=True)
class Day:
    """A date of the store as the stretch [start, end), of which [first, last) is in view at first; all in UTC.

    `hours` and `view` are lengths in hours. `trade`: the business day that begins on the date, None: closed.
    `shift_min`: by how many minutes the clock is put forward (positive) or back on this date.
    """

    date: date
    place: Place
    start: datetime
    end: datetime
    first: datetime
    last: datetime
    trade: BusinessDay | None
    open_around: bool
    shift_min: int

    @property
    def hours_of_date(self) -> float:
        """How long the date itself is: 24, and 23 or 25 where summer time begins or ends."""
        return 24 - self.shift_min / 60

    @property
    def hours(self) -> float:
        """How long the scale is."""
        return (self.end - self.start).total_seconds() / 3600

    @property
    def view(self) -> float:
        """How much of it is in view at first."""
        return (self.last - self.first).total_seconds() / 3600

    def at(self, when: datetime) -> float:
        """Where an instant stands, in per cent of the scale; below 0 or above 100 where it is not on it."""
        return round((when - self.start) / (self.end - self.start) * 100, 4)

    def clock(self, when: datetime) -> str:
        """An instant on the store's wall clock."""
        return f"{when.astimezone(self.place.tz):%H:%M}"

    def holds(self, when: datetime) -> bool:
        """Whether an instant is on the scale."""
        return self.start <= when < self.end

    def ticks(self) -> tuple[Tick, ...]:
        """Every full hour of the store's clock. Zones and changes of half and quarter hours have theirs too."""
        found: list[Tick] = []
        step, when, seen = timedelta(minutes=15), self.start, set()
        while when <= self.end:
            local = when.astimezone(self.place.tz)
            if local.minute == 0:
                hour = (local.date(), local.hour)
                found.append(Tick(f"{local:%H}", self.at(when), hour in seen))
                seen.add(hour)
            when += step
        return tuple(found)

    def sky(self) -> Sky | None:
        """The sun of the date; None for a store without coordinates."""
        if self.place.coordinates is None:
            return None
        sun = {name: datetime.fromtimestamp(instant(self.date, minute, self.place.tz), UTC)
               for name, minute in sun_on(self.place, self.date).items()}
        rises = self.start < sun["sunrise"] < sun["sunset"]
        sets = sun["sunrise"] < sun["sunset"] < self.start + timedelta(hours=self.hours_of_date)
        return Sky(
            self.at(sun["dawn"]), self.at(sun["sunrise"]), self.at(sun["sunset"]), self.at(sun["dusk"]),
            self.clock(sun["sunrise"]) if rises else None, self.clock(sun["sunset"]) if sets else None)


def day_of(plan: Plan, on: date) -> Day:
    """A date of the plan's store. The scale goes on past midnight where the store does."""
    place, hours = plan.store.place, compiled(plan).hours
    start, midnight = midnight_of(place, on), midnight_of(place, on + timedelta(days=1))
    trade = next(iter(hours.business_days(on, on)), None)
    end = midnight if trade is None else max(midnight, _to_the_hour(trade.closing + AFTER))
    first, last = start, end
    if trade is not None and not hours.always_open:
        first, last = max(start, trade.opening - BEFORE), min(end, trade.closing + AFTER)
    elapsed, turned = midnight - start, timedelta(days=1)
    return Day(on, place, start, end, first, last, trade, hours.always_open,
               round((turned - elapsed).total_seconds() / 60))


def midnight_of(place: Place, on: date) -> datetime:
    """The first instant of a date of the store, in UTC."""
    return datetime.fromtimestamp(instant(on, 0, place.tz), UTC)


def open_in(plan: Plan, day: Day) -> Sequence[Interval]:
    """When the store is open on the scale, without breaks."""
    return compiled(plan).hours.intervals(day.start, day.end)


def _to_the_hour(when: datetime) -> datetime:
    """The next quarter of an hour: the scale does not end within one."""
    late = when.timestamp() % 900
    return when if late == 0 else when + timedelta(seconds=900 - late)
