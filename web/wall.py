"""Instants as people in the store read them: on the store's own wall clock, and with the day where it is not today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from controller.shapes import StoreShown
from web.text import t

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")


@dataclass(frozen=True, slots=True)
class Wall:
    """The wall clock of a store. `now`: the store's local time of this drawing."""

    zone: ZoneInfo
    now: datetime

    def at(self, instant: datetime) -> str:
        """`14:32` today, `tomorrow 09:00`, else `Mon 20 April 09:00`."""
        local = instant.astimezone(self.zone)
        time = f"{local:%H:%M}"
        days = (local.date() - self.now.date()) // timedelta(days=1)
        if days == 0:
            return time
        if days == 1:
            return t("tomorrow {time}", time=time)
        return f"{self.day(local)} {time}"

    def exactly(self, instant: datetime) -> str:
        """`14:31:54` today, else as `at`."""
        local = instant.astimezone(self.zone)
        return f"{local:%H:%M:%S}" if local.date() == self.now.date() else self.at(instant)

    def day(self, instant: datetime) -> str:
        """`Thu 16 April`, with the year where it is another one."""
        local = instant.astimezone(self.zone)
        year = f" {local.year}" if local.year != self.now.year else ""
        return f"{t(_DAYS[local.weekday()])} {local.day} {t(_MONTHS[local.month - 1])}{year}"


def wall_of(store: StoreShown) -> Wall:
    """The wall clock of a store."""
    zone = ZoneInfo(store.timezone)
    return Wall(zone, store.now.astimezone(zone))
