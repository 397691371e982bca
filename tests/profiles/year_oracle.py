"""A year of a zone, minute by minute, as a person with a calendar and a ruler would do it.

Of the product only values are used here (plans, scenes): no parsed expression, no interval, no compiled form. Every
minute of UTC gets the clock time that is believed in it; windows are coloured in on a ruler of clock times, date by
date; each minute looks up whether its clock time is coloured. What lies over what is `resolve_oracle.laid`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from profiles.plan import Live, Plan
from tests.profiles.minute_oracle import WEEKDAYS, Windows, clock
from tests.profiles.resolve_oracle import _stop_says, ceilings_of, is_for, laid, settings_of

DAY = 1440


@dataclass(frozen=True)
class Calendar:
    """Windows of clock times on some dates; `text`: the same as the product reads it."""

    text: str
    chosen: Callable[[date], bool]
    windows: Windows = ()
    #: Counted in minutes from the opening, in place of clock times.
    from_opening: tuple[int, int] | None = None


def weekly(days: set[int], windows: Windows) -> Calendar:
    """On weekdays."""
    times = ",".join(f"{clock(a)}-{clock(b if b <= DAY else b - DAY)}" for a, b in windows)
    names = ",".join(WEEKDAYS[d] for d in sorted(days))
    return Calendar(f"{names} {times}", lambda day: day.weekday() in days, windows)


def yearly(month: int, day: int, windows: Windows) -> Calendar:
    """On a date of every year that has it, such as February 29."""
    name = f"{date(2028, month, day):%b} {day:02d} "
    return Calendar(name + ",".join(f"{clock(a)}-{clock(b if b <= DAY else b - DAY)}" for a, b in windows),
                    lambda at: (at.month, at.day) == (month, day), windows)


def after_opening(begin: int, end: int) -> Calendar:
    """Around the opening, at most a day."""
    def mark(minutes: int) -> str:
        return f"opening{'-' if minutes < 0 else '+'}{clock(abs(minutes))}"
    return Calendar(f"{mark(begin)}..{mark(end)}", lambda day: True, from_opening=(begin, end))


class Year:
    """A year at a place. Minutes are counted from `start`, which lies some days before it."""

    def __init__(self, timezone: str, year: int, hours: Calendar) -> None:
        """Put a clock to every minute, then see when the store is open."""
        self.tz = ZoneInfo(timezone)
        self.first, self.last = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
        self.start = self.first - timedelta(days=4)
        self.minutes = int((self.last - self.start) / timedelta(minutes=1)) + 4 * DAY
        self._dates = [date(year, 1, 1) + timedelta(days=n) for n in range(-8, 376)]
        self.clocks = self._believed()
        self.open = self.coloured(hours)
        begins = [m for m in self._begins(self.open) if m > 0]
        self.openings = [next(same) for _, same in groupby(begins, key=lambda m: self._date(m))]

    def at(self, minute: int) -> datetime:
        """The instant of a minute."""
        return self.start + timedelta(minutes=minute)

    def number(self, instant: datetime) -> int:
        """The minute of an instant, rounded up."""
        return math.ceil((instant - self.start) / timedelta(minutes=1))

    def held(self, calendar: Calendar, first: date | None = None, last: date | None = None) -> bytearray:
        """1 in every minute in which the calendar holds; only windows that begin on a date from `first` to `last`."""
        if calendar.from_opening is None:
            return self.coloured(calendar, first, last)
        found = bytearray(self.minutes)
        for opening in self.openings:
            begin, end = (opening + offset for offset in calendar.from_opening)
            if (first is None or first <= self._date(begin)) and (last is None or self._date(begin) <= last):
                for minute in range(max(begin, 0), min(end, self.minutes)):
                    found[minute] = 1
        return found

    def coloured(self, calendar: Calendar, first: date | None = None, last: date | None = None) -> bytearray:
        """The same for clock times."""
        ruler = bytearray(DAY * (len(self._dates) + 3))
        for day in self._dates:
            if calendar.chosen(day) and (first is None or first <= day) and (last is None or day <= last):
                for begin, end in calendar.windows:
                    midnight = (day - self._dates[0]).days * DAY
                    ruler[midnight + begin:midnight + end] = b"\1" * (end - begin)
        return bytearray(map(ruler.__getitem__, self.clocks))

    def earlier(self, held: bytearray, lead_s: int) -> bytearray:
        """Held already so many seconds before each beginning."""
        found = bytearray(held)
        for begin in self._begins(held):
            for minute in range(max(begin - lead_s // 60, 0), begin):
                found[minute] = 1
        return found

    def around(self, held: bytearray, minutes: int) -> bytearray:
        """Held so many minutes before and after as well."""
        found, near = bytearray(self.minutes), -minutes - 1
        for minute in range(self.minutes):
            near = minute if held[minute] else near
            found[minute] = minute - near <= minutes
        near = self.minutes + minutes + 1
        for minute in reversed(range(self.minutes)):
            near = minute if held[minute] else near
            found[minute] |= near - minute <= minutes
        return found

    def _begins(self, held: bytearray) -> list[int]:
        return [m for m in range(self.minutes) if held[m] and not (m and held[m - 1])]

    def _date(self, minute: int) -> date:
        return self.at(minute).astimezone(self.tz).date()

    def _believed(self) -> list[int]:
        """The clock time of every minute, in minutes of the ruler. In the repeated hour it stands still the first time.

        A clock time is not believed that will be shown again: what holds is what held in the minute before.
        """
        shown, start, base = [], int(self.start.timestamp()), self._dates[0].toordinal()
        for minute in range(self.minutes):
            local = datetime.fromtimestamp(start + 60 * minute, self.tz)
            shown.append((local.toordinal() - base) * DAY + local.hour * 60 + local.minute)
        found, lowest = list(shown), shown[-1] + 1
        again = [False] * self.minutes
        for minute in reversed(range(self.minutes)):
            again[minute] = shown[minute] >= lowest
            if not again[minute]:
                lowest = shown[minute]
        for minute in range(1, self.minutes):
            if again[minute]:
                found[minute] = found[minute - 1]
        return found


def layers_through(
    year: Year, plan: Plan, live: Live, zone_id: str, calendars: dict[str, Calendar]
) -> Iterator[tuple[tuple[object, ...], bytearray]]:
    """Every layer with the minutes in which it is alive. `calendars`: by the text of the expression."""
    zone = plan.zone(zone_id)
    yield (0, 0, 0.0, 0, zone.id, zone.default.settings()), bytearray(b"\1" * year.minutes)
    for d in plan.dayparts:
        if is_for(d, zone):
            yield (10, 0, 0.0, 0, d.id, settings_of(plan, d.profile, zone.kind)), year.held(calendars[d.when])
    for c in plan.campaigns:
        if is_for(c, zone):
            yield ((20, c.priority, 0.0, c.version, c.id, settings_of(plan, c.profile, zone.kind)),
                   year.held(calendars[c.when], c.first, c.last))
    for q in plan.quiet_hours:
        if is_for(q, zone):
            scent, rest = ceilings_of(q, zone)
            held = year.held(calendars[q.when])
            lead_s = math.ceil(math.log(20) / zone.air_changes_per_h * 3600)
            yield (40, 0, 0.0, 0, q.id, rest), held
            yield (40, 0, 0.0, 0, q.id, scent), year.earlier(held, lead_s)
    for o in live.overrides:
        if o.zone == zone_id:
            end = o.end if o.ended is None else min(o.end, o.ended)
            yield (30, 0, o.start.timestamp(), 0, o.id, o.scene.settings()), _between(year, o.start, end)
    for s in live.stops:
        if s.zones is None or zone_id in s.zones:
            yield ((50, 0, s.since.timestamp(), 0, s.id, _stop_says(s.senses)),
                   _between(year, s.since, s.ended or year.last + timedelta(days=3)))


class Expected:
    """What a zone is in every minute, by what is alive in it."""

    def __init__(self, year: Year, plan: Plan, live: Live, zone_id: str, calendars: dict[str, Calendar]) -> None:
        """Colour in every layer, and the light floor."""
        self._plan, self._zone = plan, zone_id
        lot = list(layers_through(year, plan, live, zone_id, calendars))
        self._layers = [layer for layer, _ in lot]
        self._floor = year.around(year.open, 60) if plan.zone(zone_id).people else bytearray(year.minutes)
        self._held = [held for _, held in lot]
        self._known: dict[tuple[int, ...], dict[object, object]] = {}

    def between(self, first: int, last: int) -> Iterator[dict[object, object]]:
        """What comes out in the minutes [first, last): each different lot of layers in any of them once."""
        for floor, *alive in set(zip(self._floor[first:last], *(held[first:last] for held in self._held), strict=True)):
            yield self._felt(floor, *alive)

    def _felt(self, floor: int, *alive: int) -> dict[object, object]:
        key = (floor, *alive)
        if key not in self._known:
            here = sorted((layer for layer, held in zip(self._layers, alive, strict=True) if held), key=lambda x: x[:5])
            self._known[key] = laid(self._plan, self._zone, here, bool(floor))
        return self._known[key]


def _between(year: Year, start: datetime, end: datetime) -> bytearray:
    found = bytearray(year.minutes)
    for minute in range(max(year.number(start), 0), min(year.number(end), year.minutes)):
        found[minute] = 1
    return found
