"""The deliberately naive oracle of the time tests: it looks at every minute, with zoneinfo only.

The rule of summer time, as a person would say it: in the repeated hour, the first time round, the clock on the wall is
not believed: everything stays as it was in the minute before that hour.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

MINUTE = timedelta(minutes=1)
WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")

#: Zones with their changes of summer time in 2024–2028 nearby (Kiritimati has none).
ZONES = ("Europe/Stockholm", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati")

Windows = tuple[tuple[int, int], ...]


def believed_clock(moment: datetime, tz: ZoneInfo) -> datetime:
    """The naive local time that counts at a UTC minute."""
    local = moment.astimezone(tz)
    while local.fold == 0 and local.utcoffset() != local.replace(fold=1).utcoffset():
        local = (local.astimezone(UTC) - MINUTE).astimezone(tz)
    return local.replace(tzinfo=None, fold=0)


def week_holds(days: set[int], windows: Windows, clock: datetime) -> bool:
    """Whether a weekly expression holds at a local clock time; a window past midnight belongs to the day it began."""
    for back in (0, 1, 2):
        day = clock.date() - timedelta(days=back)
        if day.weekday() in days:
            minute = (clock - datetime(day.year, day.month, day.day)) // MINUTE
            if any(begin <= minute < end for begin, end in windows):
                return True
    return False


def runs(holds: Callable[[datetime], bool], start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The stretches of minutes in [start, end) in which something holds."""
    found: list[tuple[datetime, datetime]] = []
    moment = start
    while moment < end:
        if holds(moment):
            if found and found[-1][1] == moment:
                found[-1] = (found[-1][0], moment + MINUTE)
            else:
                found.append((moment, moment + MINUTE))
        moment += MINUTE
    return found


def changes(zone: str) -> list[date]:
    """The local dates in 2024–2028 on which the offset changes."""
    tz = ZoneInfo(zone)
    first = date(2024, 1, 1)
    days = (first + timedelta(days=n) for n in range(5 * 366))

    def offset(day: date) -> timedelta | None:
        return datetime(day.year, day.month, day.day, tzinfo=tz).utcoffset()

    return [day for day in days if offset(day) != offset(day + timedelta(days=1))]


def clock(minute: int) -> str:
    """Minutes after midnight, as hh:mm (the day has 48 hours where a window goes past midnight)."""
    return f"{minute // 60:02}:{minute % 60:02}"


CHANGES = {zone: changes(zone) for zone in ZONES}

#: Dates of 2024–2028, often near a change of summer time or a leap day.
def dates_of(zone: str) -> st.SearchStrategy[date]:
    """Dates to look at, the hard ones often."""
    special = [*CHANGES[zone], date(2024, 2, 29), date(2028, 2, 29), date(2026, 12, 31)]
    return st.one_of(st.sampled_from(special), st.dates(date(2024, 1, 5), date(2028, 12, 20)))


@st.composite
def windows_of_a_day(draw: st.DrawFn) -> Windows:
    """One to three windows of clock times, also across midnight, also around the hours of summer time."""
    edges = st.one_of(st.integers(0, 1439), st.sampled_from([0, 60, 90, 105, 120, 135, 150, 165, 180, 240, 1380]))
    found = []
    for _ in range(draw(st.integers(1, 3))):
        begin, end = draw(edges), draw(edges)
        if begin != end:
            found.append((begin, end if end > begin else end + 1440))
    return tuple(found) or ((600, 720),)


def weekly_text(days: set[int], windows: Windows) -> str:
    """The expression for weekdays and windows."""
    names = ",".join(WEEKDAYS[day] for day in sorted(days))
    return f"{names} " + ",".join(f"{clock(a)}-{clock(b if b <= 1440 else b - 1440)}" for a, b in windows)
