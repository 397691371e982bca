"""When the announcements of a plan are to be said: as each of their windows begins, and every so often within it.

An announcement is no layer and holds nothing: it has an instant, and what is late is not said any more. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from math import ceil, floor

from profiles.overlay import Announcement
from profiles.plan import Plan
from profiles.recurring import HORIZON_S, Recurring
from profiles.windows import members, spans


@dataclass(frozen=True, slots=True)
class Due:
    """An announcement that is to be said at `instant`, in `zones`."""

    announcement: Announcement
    zones: tuple[str, ...]
    instant: datetime


class Sayings:
    """The announcements of one plan, with their windows read. Raises WhenError where one cannot be read, when asked."""

    def __init__(self, plan: Plan) -> None:
        """Nothing is worked out yet."""
        self._plan = plan
        self._windows = {a.id: Recurring(partial(spans, plan, a)) for a in plan.announcements if a.when is not None}

    def due(self, after: datetime, until: datetime) -> list[Due]:
        """Those whose instant is in (after, until], in order; of one instant in the order of the plan."""
        found = []
        for announcement in self._plan.announcements:
            found += [Due(announcement, zones_of(self._plan, announcement), datetime.fromtimestamp(instant, UTC))
                      for instant in self._instants(announcement, after.timestamp(), until.timestamp())]
        return sorted(found, key=lambda due: due.instant)

    def next(self, announcement: str, after: datetime) -> datetime | None:
        """When an announcement is said next, after `after`; None: within 13 months only by press."""
        windows, at = self._windows.get(announcement), after.timestamp()
        if windows is None:
            return None
        every_s = _every_s(next(a for a in self._plan.announcements if a.id == announcement))
        for a, b in windows.between(at, at + HORIZON_S):
            instant = _first(a, at, every_s)
            if instant is not None and instant < b:
                return datetime.fromtimestamp(instant, UTC)
        return None

    def next_of_all(self, after: datetime) -> datetime | None:
        """When anything is said next; None: nothing within 13 months."""
        found = (self.next(announcement, after) for announcement in self._windows)
        return min((instant for instant in found if instant is not None), default=None)

    def _instants(self, announcement: Announcement, after: float, until: float) -> list[float]:
        windows, every_s = self._windows.get(announcement.id), _every_s(announcement)
        if windows is None or until <= after:
            return []
        found: list[float] = []
        for a, b in windows.between(after, until + 1):
            instant = _first(a, after, every_s)
            while instant is not None and instant < b and instant <= until:
                found.append(instant)
                instant = instant + every_s if every_s is not None else None
        return found


def zones_of(plan: Plan, announcement: Announcement) -> tuple[str, ...]:
    """The zones in which an announcement is said, in the order of the plan."""
    return tuple(zone.id for zone in members(plan, announcement))


def _every_s(announcement: Announcement) -> float | None:
    return None if announcement.every_min is None else announcement.every_min * 60.0


def _first(begins: float, after: float, every_s: float | None) -> float | None:
    """The first instant after `after` in a window that begins at `begins`: its beginning, or a repetition."""
    if begins > after:
        return begins
    if every_s is None:
        return None
    instant = begins + ceil((after - begins) / every_s) * every_s
    return instant if instant > after else begins + (floor((after - begins) / every_s) + 1) * every_s
