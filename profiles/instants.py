"""From clock times of a store to instants, and to lists of intervals: the one place where summer time is decided.

A clock time is a *naive* local time; an instant is whole seconds since 1970 in UTC. Between them there is no rule in
nature, so these are ours (`semantics.md`, rule 13), and they hold for starts and ends alike:

* in spring, a clock time that does not exist is the first instant after the gap;
* in autumn, a clock time that happens twice is its second occurrence.

Both keep order (an earlier clock time is never a later instant), so windows that touch keep touching, nothing happens
twice, and the only windows that vanish are those wholly inside the spring gap. A window that ends at 02:00 on the
night when 02:00 comes twice therefore lasts an hour longer, and the next one takes over at the second 02:00.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

#: A stretch of time as whole seconds since 1970 in UTC, half-open: [start, end).
Span = tuple[int, int]

#: Stretches are looked for between these dates; outside them nothing ever happens (`opening_hours` begins in 1900).
FIRST_DATE = date(1900, 1, 10)
LAST_DATE = date(9990, 12, 31)

_FIRST_S, _LAST_S = (datetime(d.year, d.month, d.day, tzinfo=UTC).timestamp() for d in (FIRST_DATE, LAST_DATE))

#: A window of clock times ends on the date after its own at the latest, or on the one after that.
_PLAIN_MINUTES = 3 * 24 * 60

#: How far a window is followed before it counts as having no end: 13 months.
HORIZON_DAYS = 400


class Interval(NamedTuple):
    """A stretch of time in UTC, half-open: [start, end)."""

    start: datetime
    end: datetime


def instant(day: date, minute: int, tz: ZoneInfo) -> int:
    """Seconds since 1970 of a clock time: `minute` minutes after midnight of `day` (it may lie on another day)."""
    midnight = _plain_midnight(day, tz)
    if midnight is not None and 0 <= minute <= _PLAIN_MINUTES:
        return midnight + 60 * minute
    local = datetime(day.year, day.month, day.day, tzinfo=tz) + timedelta(minutes=minute)
    late = local.replace(fold=1)
    before, after = local.utcoffset(), late.utcoffset()
    seconds = int(late.timestamp())
    if before == after or before is None or after is None or before > after:
        return seconds
    return _end_of_gap(seconds, int(local.timestamp()), tz)


@lru_cache(maxsize=4096)
def _plain_midnight(day: date, tz: ZoneInfo) -> int | None:
    """The instant at which a date begins, if clocks are not changed on it or the two after; else None."""
    midnights = [datetime(d.year, d.month, d.day, tzinfo=tz) for d in (days_after(day, n) for n in range(4))]
    offsets = {m.replace(fold=fold).utcoffset() for m in midnights for fold in (0, 1)}
    return int(midnights[0].timestamp()) if len(offsets) == 1 else None


def _end_of_gap(low: int, high: int, tz: ZoneInfo) -> int:
    """The instant of the one change of offset in (low, high], found by halving."""
    after = datetime.fromtimestamp(high, tz).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, tz).utcoffset() == after:
            high = middle
        else:
            low = middle
    return high


def local_date(seconds: float, tz: ZoneInfo) -> date:
    """The date on the store's wall at an instant, within the dates where things happen."""
    return datetime.fromtimestamp(min(max(seconds, _FIRST_S), _LAST_S), tz).date()


def days_after(day: date, days: int) -> date:
    """The date so many days later (or earlier), within the dates where things happen."""
    return date.fromordinal(min(max(day.toordinal() + days, FIRST_DATE.toordinal()), LAST_DATE.toordinal()))


def merged(spans: Iterable[Span]) -> list[Span]:
    """Sorted, without empty stretches, those that touch or overlap made one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if found and start <= found[-1][1]:
            if end > found[-1][1]:
                found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def clipped(spans: Iterable[Span], start: datetime, end: datetime) -> list[Interval]:
    """The part of each stretch inside [start, end), as intervals in UTC. `start` and `end` must know their zone."""
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError("an instant needs its time zone: give start and end in UTC")
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    whole = ((datetime.fromtimestamp(a, UTC), datetime.fromtimestamp(b, UTC)) for a, b in spans)
    cut = (Interval(max(a, start), min(b, end)) for a, b in whole)
    return [interval for interval in cut if interval.start < interval.end]
