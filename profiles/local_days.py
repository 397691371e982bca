"""Time cut at a store's midnights: which date an instant counts to, for what is summed up by day.

A date lasts from its 00:00 to the next date's. Where clocks skip 00:00 it begins at the end of the gap, where they
repeat it, the second time (`profiles.instants.instant`); so dates never overlap, and every instant has one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from profiles.instants import instant

_DAY = timedelta(days=1)


def day_begins(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a date begins, in UTC."""
    return datetime.fromtimestamp(instant(day, 0, zone), UTC)


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """The date that an instant counts to."""
    day = at.astimezone(zone).date()
    if at < day_begins(day, zone):
        return day - _DAY
    return day + _DAY if at >= day_begins(day + _DAY, zone) else day


def at_midnights(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[tuple[date, datetime, datetime]]:
    """[start, end) in pieces of one date each, first to last; nothing where it is empty."""
    while start < end:
        day = day_of(start, zone)
        upto = min(end, day_begins(day + _DAY, zone))
        yield day, start, upto
        start = upto
