"""No more than three changes of a zone's light in any second, however fast people or programs press.

Light that flashes more than three times a second can bring on a seizure in about 1 of 4,000 people (WCAG 2.3.1;
`domain.md`, *Light*). Lamps are ordered at most every 0.34 s by the engine; this keeps presses from asking for more, so
that what was promised to whoever pressed is what happens. Stop and resume are safety and are never held back.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from datetime import datetime

from controller.errors import TooSoon
from controller.ports import Clock
from profiles.plan import Live, Override, Plan
from profiles.resolve import values_at
from profiles.scene import Field, Sense, Setting
from profiles.text import t

#: So many changes are let through within so many seconds of steady time.
MOST, WITHIN_S = 3, 1.0


class Flashes:
    """Counts by zone. Safe to ask from several threads."""

    def __init__(self, clock: Clock) -> None:
        """Nothing has changed yet."""
        self._clock = clock
        self._lock = threading.Lock()
        self._changed: dict[str, deque[float]] = {}

    def let(
        self, plan: Plan, live: Live, now: datetime, *, added: Iterable[Override] = (), ended: Iterable[Override] = ()
    ) -> None:
        """Count the zones whose light is changed by overrides that come or go. Raises TooSoon for the fourth change.

        `live`: before the change. Nothing is counted where it is refused, so trying again later works.
        """
        came, gone = tuple(added), {override.id for override in ended}
        zones = {override.zone for override in came} | {o.zone for o in live.overrides if o.id in gone}
        after = Live(overrides=(*(o for o in live.overrides if o.id not in gone), *came), stops=live.stops)
        known = {zone.id: zone.name for zone in plan.zones}
        changing = [zone for zone in zones if zone in known
                    and _light(plan, live, zone, now) != _light(plan, after, zone, now)]
        with self._lock:
            at = self._clock.monotonic()
            for zone in changing:
                times = self._changed.setdefault(zone, deque(maxlen=MOST))
                if len(times) == MOST and at - times[0] < WITHIN_S:
                    raise TooSoon(t("The light in {zone} has changed three times within a second, and more would "
                                    "flicker. Nothing was changed. Try again in a moment.", zone=known[zone]), WITHIN_S)
            for zone in changing:
                self._changed[zone].append(at)


def _light(plan: Plan, live: Live, zone: str, now: datetime) -> dict[Field, Setting]:
    """What the light of a zone should be."""
    return {field: value for field, value in values_at(plan, live, zone, now).items() if field.sense is Sense.LIGHT}
