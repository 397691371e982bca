"""Instants as people in the store read them: on its own wall clock, with the day where it is not today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from profiles.text import t

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")


@dataclass(frozen=True, slots=True)
class Wall:
    """The wall clock of a store, at `now`."""

    zone: ZoneInfo
    now: datetime

    def at(self, instant: datetime) -> str:
        """`14:32` today, `tomorrow 09:00`, `yesterday 09:00`, else `Mon 20 April 09:00`."""
        local = instant.astimezone(self.zone)
        time = f"{local:%H:%M}"
        days = (local.date() - self.now.astimezone(self.zone).date()) // timedelta(days=1)
        if days == 0:
            return time
        if days == 1:
            return t("tomorrow {time}", time=time)
        if days == -1:
            return t("yesterday {time}", time=time)
        return f"{self.day(local)} {time}"

    def soon(self, instant: datetime) -> str:
        """As `at`, and within the next six days by the weekday alone: `Mon 10:00`."""
        local = instant.astimezone(self.zone)
        days = (local.date() - self.now.astimezone(self.zone).date()) // timedelta(days=1)
        if 2 <= days <= 6:
            return f"{t(_DAYS[local.weekday()])} {local:%H:%M}"
        return self.at(instant)

    def day(self, instant: datetime) -> str:
        """`Thu 16 April`, with the year where it is another one."""
        local = instant.astimezone(self.zone)
        year = f" {local.year}" if local.year != self.now.astimezone(self.zone).year else ""
        return f"{t(_DAYS[local.weekday()])} {local.day} {t(_MONTHS[local.month - 1])}{year}"
