"""What `sinne bench plan` plans: fifty dayparts, fifty campaigns, a quiet hour; for both sides to read in their way."""

from __future__ import annotations

import importlib
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

TZ = "Europe/Stockholm"
START = datetime(2026, 1, 5, 5, tzinfo=UTC)
_DAY_NAMES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
#: The baseline. It comes with what reads calendars; not by a plain import, as it has no types.
_RULES = importlib.import_module("dateutil.rrule")


class Weekly(NamedTuple):
    """Windows of one weekday as both sides are given them: from hour and minute to the minute, on dates."""

    day: int
    hour: int
    begin: int
    end: int
    first: date = date(2025, 12, 29)
    last: date = date(2027, 12, 31)

    @property
    def when(self) -> str:
        """As an expression."""
        return f"{_DAY_NAMES[self.day]} {self.hour:02d}:{self.begin:02d}-{self.hour:02d}:{self.end:02d}"

    def rules(self) -> list[Any]:
        """As rules: one for the beginnings and one for the ends."""
        begins = datetime(self.first.year, self.first.month, self.first.day, self.hour, tzinfo=ZoneInfo(TZ))
        begins += timedelta(days=(self.day - begins.weekday()) % 7)
        until = datetime(self.last.year, self.last.month, self.last.day, 23, 59, tzinfo=ZoneInfo(TZ))
        return [_RULES.rrule(_RULES.WEEKLY, dtstart=begins.replace(minute=minute), until=until)
                for minute in (self.begin, self.end)]


#: Every day has seven dayparts, and Sunday one more: fifty, none of which overlap.
DAYPARTS = [Weekly(day, 8 + part, 0, 45) for day in range(7) for part in range(8 if day == 6 else 7)]
#: Fifty, a new one every week, each for four weeks; so that there are always four beside one another.
CAMPAIGNS = [Weekly(n % 7, 8 + n % 5, 10, 30, START.date() + timedelta(days=7 * n),
                    START.date() + timedelta(days=7 * n + 27)) for n in range(50)]
QUIET = Weekly(1, 10, 0, 59)
WEEKLY = [*DAYPARTS, *CAMPAIGNS, QUIET]


def local(instant: datetime) -> datetime:
    """As the rules want it."""
    return instant.astimezone(ZoneInfo(TZ))
