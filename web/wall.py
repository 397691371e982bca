"""The store's wall clock on the panel: as everywhere, and to the second where a device has just reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from controller.shapes import StoreShown
from controller.walltime import Wall


@dataclass(frozen=True, slots=True)
class PanelWall(Wall):
    """The wall clock of a store, at the moment of a drawing."""

    def exactly(self, instant: datetime) -> str:
        """`14:31:54` today, else as `at`."""
        local = instant.astimezone(self.zone)
        return f"{local:%H:%M:%S}" if local.date() == self.now.date() else self.at(instant)

    def clock(self, instant: datetime) -> str:
        """`14:32`, whatever the day."""
        return f"{instant.astimezone(self.zone):%H:%M}"


def wall_of(store: StoreShown) -> PanelWall:
    """The wall clock of a store; its `now` is the store's local time."""
    zone = ZoneInfo(store.timezone)
    return PanelWall(zone, store.now.astimezone(zone))
