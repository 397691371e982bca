"""Windows that a change of summer time takes away, shortens, lengthens or moves: with the date, and what happens.

Our rules are those of `profiles.instants`: in spring a clock time that does not exist is the first instant after the
gap; in autumn one that comes twice is the second of the two; nothing happens twice. Only windows whose own ends fall
into such an hour are told: a night that has one hour more or less is what everybody expects.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from profiles.compiled import Overlay
from profiles.days import dates
from profiles.everywhere import EverywhereWindow
from profiles.finding import Finding, warning
from profiles.offsets import Mark, StoreWindow
from profiles.osm import Expression, Minutes
from profiles.week import Week, dates_of, timed_parts
from profiles.when import Dates, When

_DAY = timedelta(days=1)
_WHOLE_DAY = (0, 1440)

#: The date of a window, and its ends in minutes after midnight; None: an end that is no clock time.
_Ends = tuple[date, tuple[int | None, int | None]]


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the store's clock: the wall goes from `before` to `after` (local times without a zone)."""

    before: datetime
    after: datetime

    @property
    def spring(self) -> bool:
        """Whether clock times are left out, and not repeated."""
        return self.after > self.before

    def odd(self, moment: datetime) -> bool:
        """Whether a clock time does not exist, or comes twice."""
        low, high = sorted((self.before, self.after))
        return low <= moment < high

    @property
    def date(self) -> str:
        """On which date, as people say it."""
        return f"{self.before:%a} {self.before.day} {self.before:%b %Y}"


def check_clock(week: Week) -> Iterator[Finding]:
    """One finding for each part and direction, about the first date."""
    changes = list(_changes(week))
    parts = dict(timed_parts(week.plan))
    for part, when in week.whens.items():
        thing, told = parts[part], set[bool]()
        for change in changes:
            said = None if change.spring in told else _said(thing, when, change)
            if said is not None:
                told.add(change.spring)
                yield warning(f"{part[0]}[{part[1]}].when", said)


def _changes(week: Week) -> Iterator[Change]:
    """Every change of the clock in the week's months, found day by day and then by halving."""
    at, step = int(week.start), 86_400
    while at < week.end:
        low, high = at, min(at + step, int(week.end))
        before, after = (datetime.fromtimestamp(s, week.tz).utcoffset() or timedelta() for s in (low, high))
        if before != after:
            while high - low > 1:
                middle = (low + high) // 2
                if datetime.fromtimestamp(middle, week.tz).utcoffset() == before:
                    low = middle
                else:
                    high = middle
            instant = datetime.fromtimestamp(high, UTC).replace(tzinfo=None)
            yield Change(instant + before, instant + after)
        at += step


def _said(thing: Overlay, when: When, change: Change) -> str | None:
    """What the change does to the first window that has an end in it."""
    day = change.before.date()
    for begins, (begin, end) in _windows(when, day - 2 * _DAY, day + _DAY, dates_of(thing)):
        start = None if begin is None else datetime.combine(begins, time()) + timedelta(minutes=begin)
        stop = None if end is None else datetime.combine(begins, time()) + timedelta(minutes=end)
        late, long = start is not None and change.odd(start), stop is not None and change.odd(stop)
        if start == stop or not (late or long):
            continue
        return (_in_spring if change.spring else _in_autumn)(thing.name, change, start if late else None,
                                                             stop if long else None)
    return None


def _in_spring(name: str, change: Change, start: datetime | None, stop: datetime | None) -> str:
    """`start`, `stop`: those ends that do not exist."""
    clock = f"on {change.date} the clock goes from {change.before:%H:%M} to {change.after:%H:%M}"
    if start is not None and stop is not None:
        return (f"{name} does not come that once: {clock}, and {start:%H:%M} to {stop:%H:%M} lies in between; choose "
                "another time if it matters.")
    if start is not None:
        return f"{name} begins at {change.after:%H:%M} and not at {start:%H:%M} that once: {clock}."
    stopped = "" if stop is None else f"{stop:%H:%M}"
    return f"{name} ends at {change.after:%H:%M} and not at {stopped} that once, and is shorter: {clock}."


def _in_autumn(name: str, change: Change, start: datetime | None, stop: datetime | None) -> str:
    """`start`, `stop`: those ends that come twice."""
    clock = (f"on {change.date} the clock goes back from {change.before:%H:%M} to {change.after:%H:%M}")
    if start is not None and stop is not None:
        return f"{name} comes once, from the second {start:%H:%M} to the second {stop:%H:%M}: {clock}."
    if start is not None:
        return f"{name} begins at the second {start:%H:%M}: {clock}."
    stopped = "" if stop is None else f"{stop:%H:%M}"
    return f"{name} ends at the second {stopped}, and lasts longer that once: {clock}."


def _windows(when: When, first: date, last: date, begun: Dates) -> Iterator[_Ends]:
    """Windows by the date on which they begin, in minutes after its midnight; None: an end that is no clock time."""
    meaning, (earliest, latest) = when.meaning, begun
    if isinstance(meaning, EverywhereWindow):
        return  # it has no clock times of the store
    if isinstance(meaning, Expression):
        found: dict[date, list[Minutes]] = meaning.minutes(first, last)
        pairs: list[_Ends] = [(day, pair) for day, windows in found.items() for pair in windows if pair != _WHOLE_DAY]
    else:
        pairs = list(_of_store(meaning, first, last))
    for day, pair in pairs:
        if (earliest or date.min) <= day <= (latest or date.max):
            yield day, pair


def _of_store(window: StoreWindow, first: date, last: date) -> Iterator[_Ends]:
    """The clock times of a window that is counted from opening or closing."""
    chosen = set(dates(window.days, window.hours.place, first, last))
    end = _clock(window.end)
    late = None if end is None else end + (1440 if window.overnight else 0)
    for day in window.hours.business_days(first, last):
        if day.date.toordinal() in chosen:
            yield day.date, (_clock(window.begin), late)


def _clock(mark: Mark) -> int | None:
    return mark.minutes if mark.event is None else None
