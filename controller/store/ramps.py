"""How slowly things come and go: the fade belongs to the transition (`semantics.md`, rule 12).

A quiet hour has a ramp of its own, a minute at least. And a controller that starts in the middle of a ramp goes on with
what is left of it, so that a restart is not felt.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from controller.store.wishes import Cause, chosen, lower
from profiles.layers import ceiling_layers
from profiles.places import Zone
from profiles.plan import Live, Plan
from profiles.quiet import QuietHours
from profiles.resolve import resolve
from profiles.scene import Field, Setting

#: The longest ramp that a quiet hour may have.
_LONGEST = timedelta(seconds=600)
_SCHEDULE = timedelta(seconds=Cause.SCHEDULE.fade_s)
_TICK = timedelta(microseconds=1)


class Ramps:
    """The ramps of one plan."""

    def __init__(self, plan: Plan) -> None:
        """Nothing is worked out yet."""
        self._plan = plan
        self.quiet_hours = QuietHours(plan)
        #: Whether the plan has quiet hours at all.
        self.any = bool(plan.quiet_hours)
        self._slowness = {quiet.id: float(quiet.ramp_s) for quiet in plan.quiet_hours}
        self._ceilings: dict[tuple[str, str], Mapping[Field, Setting]] = {}

    def quiet(self, zone: Zone, at: datetime) -> tuple[dict[str, Mapping[Field, Setting]], datetime | None]:
        """The quiet hours that hold in a zone, each with what it lets through at most; and when that next changes."""
        if not self.any:
            return {}, None
        windows = self.quiet_hours.in_zone(zone.id, at)
        return {w.quiet.id: self._ceiling(w.quiet.id, zone) for w in windows}, self.quiet_hours.edge(at)

    def fade_s(self, cause: Cause, changed: Collection[str]) -> float:
        """How long a change takes; `changed`: the quiet hours that begin or end with it."""
        if cause is not Cause.QUIET_HOUR:
            return cause.fade_s
        return max((self._slowness.get(quiet, cause.fade_s) for quiet in changed), default=cause.fade_s)

    def left_s(self, live: Live, zone: Zone, at: datetime, past: Live) -> dict[Field, float]:
        """What is left at `at` of ramps of the plan that began before, by the fields that they change: a lamp does not
        ramp because a scent changes. Nothing where somebody has pressed since.

        `past`: what people chose, that which has ended too.
        """
        found: dict[Field, float] = {}
        for began, left in self._under_way(live, zone, at):
            if not _pressed_since(past, began, at):
                for field in self._changed(live, zone, began):
                    found[field] = max(left, found.get(field, 0.0))
        return found

    def _changed(self, live: Live, zone: Zone, at: datetime) -> Iterable[Field]:
        before = resolve(self._plan, live, zone.id, at - _TICK).fields
        after = resolve(self._plan, live, zone.id, at).fields
        return (field for field in after if field not in before or before[field].value != after[field].value)

    def _under_way(self, live: Live, zone: Zone, at: datetime) -> Iterable[tuple[datetime, float]]:
        for window in self.quiet_hours.between(at - _LONGEST, at + timedelta(seconds=1)):
            for edge in (window.start, window.end) if window.concerns(zone.id) else ():
                left = window.quiet.ramp_s - (at - edge).total_seconds()
                if edge <= at and left > 0:
                    yield edge, left
        before = resolve(self._plan, live, zone.id, at - _SCHEDULE)
        if before.until is not None and before.until <= at:
            after = resolve(self._plan, live, zone.id, before.until)
            if chosen(before) == chosen(after):
                yield before.until, (before.until + _SCHEDULE - at).total_seconds()

    def _ceiling(self, quiet: str, zone: Zone) -> Mapping[Field, Setting]:
        found = self._ceilings.get((quiet, zone.id))
        if found is None:
            lowest: dict[Field, Setting] = {}
            for layer in ceiling_layers(next(q for q in self._plan.quiet_hours if q.id == quiet), zone):
                for field, value in layer.settings.items():
                    lowest[field] = lower(lowest[field], value) if field in lowest else value
            found = self._ceilings[quiet, zone.id] = lowest
        return found


def _pressed_since(live: Live, began: datetime, at: datetime) -> bool:
    """Whether people chose, took back or stopped anything in (began, at], or a choice ended then."""
    instants = [i for o in live.overrides for i in (o.start, o.over())]
    instants += [i for s in live.stops for i in (s.since, s.ended) if i is not None]
    return any(began < instant <= at for instant in instants)
