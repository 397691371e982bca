"""The span of a report: whole dates, as each store counts them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from controller.errors import Refused
from profiles.local_days import day_begins, day_of
from profiles.text import t

#: A report is over at most 13 months.
MOST_DAYS = 397
#: The dates of any time zone lie within this of those of UTC.
_ASIDE = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Window:
    """Dates from `first` to `last`, both included; `zones`: the time zone of each store."""

    first: date
    last: date
    zones: Mapping[str, ZoneInfo]

    def holds(self, store: str, at: datetime) -> bool:
        """Whether an instant is on one of the dates in its store."""
        return self.first <= day_of(at, self.zone(store)) <= self.last

    def part_s(self, store: str, start: datetime, seconds: float) -> float:
        """Of a stretch that begins at `start`: how many seconds lie on the dates."""
        begins, ends = self.span(store)
        end = start + timedelta(seconds=seconds)
        return max(0.0, (min(end, ends) - max(start, begins)).total_seconds())

    def span(self, store: str) -> tuple[datetime, datetime]:
        """The instants at which the first date begins and the last one is over."""
        zone = self.zone(store)
        return day_begins(self.first, zone), day_begins(self.last + timedelta(days=1), zone)

    def zone(self, store: str) -> ZoneInfo:
        """The store's time zone."""
        return self.zones.get(store, _UTC)

    def around(self, before: timedelta, after: timedelta) -> tuple[datetime, datetime]:
        """A span in which every entry lies that can be of these dates, however late it was written."""
        return (datetime(self.first.year, self.first.month, self.first.day, tzinfo=UTC) - _ASIDE - before,
                datetime(self.last.year, self.last.month, self.last.day, tzinfo=UTC) + timedelta(days=1) + _ASIDE
                + after)


_UTC = ZoneInfo("UTC")


def window(first: date, last: date, zones: Mapping[str, ZoneInfo]) -> Window:
    """The window of a report. Raises Refused where the dates are the wrong way round or too many."""
    if first > last:
        raise Refused(t("The first day ({first}) is after the last ({last}).", first=first.isoformat(),
                        last=last.isoformat()))
    if (last - first).days >= MOST_DAYS:
        raise Refused(t("A report is over at most 13 months ({days} days).", days=MOST_DAYS))
    if not 1972 <= first.year <= last.year <= 8999:
        raise Refused(t("A report is over days from 1972 to 8999."))
    return Window(first, last, zones)


def zone_named(name: str) -> ZoneInfo:
    """A store's time zone; UTC where this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return _UTC
