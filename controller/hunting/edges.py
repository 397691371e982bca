"""The instants at which something turns in a plan: windows that begin and end, doors, changes of summer time.

Bugs live there, so that is where stories put their faults. Asked of the time expressions themselves, not of the
compiled plan, which is under test.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from profiles.hours import Hours
from profiles.plan import Plan
from profiles.when import When

_STEP = timedelta(hours=6)


def edges(plan: Plan, start: datetime, end: datetime) -> list[datetime]:
    """The starts and ends of every window in [start, end), opening and closing too, and what clocks do; in order."""
    place = plan.store.place
    hours = Hours.parse(plan.store.hours, place, plan.store.exceptions)
    whens = [part.when for part in plan.dayparts] + [part.when for part in plan.campaigns]
    whens += [part.when for part in plan.quiet_hours] + [part.when for part in plan.announcements if part.when]
    found = {edge for text in sorted(set(whens)) for window in When.parse(text, place, hours).intervals(start, end)
             for edge in window}
    found |= {edge for window in hours.intervals(start, end) for edge in window}
    found |= set(changes_of_clocks(plan.store.timezone, start, end))
    return sorted(edge for edge in found if start < edge < end)


@lru_cache(maxsize=256)
def changes_of_clocks(timezone: str, start: datetime, end: datetime) -> tuple[datetime, ...]:
    """The instants in [start, end) at which the clocks of a time zone are changed, to the second."""
    zone = ZoneInfo(timezone)
    found = []
    low = start.astimezone(UTC)
    while low < end:
        high = low + _STEP
        if _offset(low, zone) != _offset(high, zone):
            found.append(_change_between(low, high, zone))
        low = high
    return tuple(found)


def _change_between(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    before = _offset(low, zone)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return high


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta | None:
    return instant.astimezone(zone).utcoffset()
