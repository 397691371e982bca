"""Which quiet hours hold in a zone, and when: what ramps, announcements and the measuring of the promise rest on.

What a quiet hour does to light, music and scent is `resolve`'s; here it is only a window with a name. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from profiles.overlay import QuietHour
from profiles.plan import Plan
from profiles.recurring import Recurring
from profiles.windows import spans


@dataclass(frozen=True, slots=True)
class QuietWindow:
    """One quiet hour on one day, [start, end)."""

    quiet: QuietHour
    start: datetime
    end: datetime

    def concerns(self, zone: str) -> bool:
        """Whether it is for a zone."""
        return self.quiet.zones is None or zone in self.quiet.zones


class QuietHours:
    """The quiet hours of one plan, with their windows read. Raises WhenError where one cannot be read, when asked."""

    def __init__(self, plan: Plan) -> None:
        """Nothing is worked out yet."""
        self._windows = [(quiet, Recurring(partial(spans, plan, quiet))) for quiet in plan.quiet_hours]

    def at(self, instant: datetime) -> list[QuietWindow]:
        """Those that hold at an instant, in the order of the plan."""
        at = instant.timestamp()
        return [_window(quiet, span) for quiet, windows in self._windows if (span := windows.at(at)) is not None]

    def between(self, start: datetime, end: datetime) -> list[QuietWindow]:
        """Those that meet [start, end), by their beginning."""
        found = [_window(quiet, span) for quiet, windows in self._windows
                 for span in windows.between(start.timestamp(), end.timestamp())]
        return sorted(found, key=lambda window: window.start)

    def edge(self, after: datetime) -> datetime | None:
        """The first instant after `after` at which any of them begins or ends; None within 13 months."""
        edges = [edge for _, windows in self._windows if (edge := windows.edge(after.timestamp())) is not None]
        return datetime.fromtimestamp(min(edges), UTC) if edges else None

    def in_zone(self, zone: str, instant: datetime) -> list[QuietWindow]:
        """Those that hold in a zone."""
        return [window for window in self.at(instant) if window.concerns(zone)]

    def ramp_s(self, quiet: str) -> float | None:
        """How slowly a quiet hour comes and goes; None for one that the plan has not."""
        return next((float(q.ramp_s) for q, _ in self._windows if q.id == quiet), None)


def ramp(window: QuietWindow) -> timedelta:
    """How long it takes to come."""
    return timedelta(seconds=window.quiet.ramp_s)


def _window(quiet: QuietHour, span: tuple[float, float]) -> QuietWindow:
    return QuietWindow(quiet, datetime.fromtimestamp(span[0], UTC), datetime.fromtimestamp(span[1], UTC))
