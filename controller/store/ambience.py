"""What every zone should be now: resolutions kept until they end, holds, and the causes of change.

Nothing here sends anything. It asks `resolve` when a boundary has come or the inputs changed, and says which zones
became different and why, so that the fade can belong to the transition.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from controller.ports import PlanVersion, ScentRun
from controller.store.holds import less_holds, purge_hold
from controller.store.wishes import ZoneState, cause_of
from profiles.layers import Rank
from profiles.plan import Live
from profiles.resolve import Resolution, resolve
from profiles.scene import Field, Setting


class Ambience:
    """The zones of the plan in force. The inputs are set from outside; `look` brings them up to an instant."""

    def __init__(self) -> None:
        """Begin without a plan."""
        self.plan: PlanVersion | None = None
        self.live = Live()
        self.runs: dict[tuple[str, str], ScentRun] = {}
        self.zones: dict[str, ZoneState] = {}
        self._pressed = False
        self._stale = True
        self._recovering = False

    def take_plan(self, plan: PlanVersion) -> None:
        """A new plan is in force."""
        self.plan = plan
        known = {zone.id for zone in plan.plan.zones}
        self.zones = {zone: state for zone, state in self.zones.items() if zone in known}
        self.forget()

    def take_live(self, live: Live) -> None:
        """Overrides or stops changed."""
        self.live = live
        self._pressed = True
        self.forget()

    def forget(self, recovering: bool = False) -> None:
        """Everything is to be asked again at the next look. `recovering`: not because the plan's time came."""
        self._stale = True
        self._recovering = self._recovering or recovering

    @property
    def boundary(self) -> datetime | None:
        """The next instant at which any zone can change."""
        return min((z.until for z in self.zones.values() if z.until is not None), default=None)

    def look(self, now: datetime, trusted: bool) -> list[str]:
        """Bring every zone up to `now`; returns those whose desired fields changed.

        When the time is not trusted nothing scheduled changes: only what people did is taken over.
        """
        if self.plan is None:
            return []
        changed = []
        for zone in self.plan.plan.zones:
            known = self.zones.get(zone.id)
            if known is not None and not self._stale and (known.until is None or now < known.until):
                continue
            resolution = resolve(self.plan.plan, self.live, zone.id, now)
            fields = {field: resolved.value for field, resolved in resolution.fields.items()}
            if not trusted:
                fields = _only_pressed(resolution, known)
            hold = purge_hold(zone, fields, self.runs.values(), now)
            holds = () if hold is None else (hold,)
            desired = less_holds(fields, holds)
            before = None if known is None or self._recovering else known.resolution
            cause = cause_of(before, resolution, self._pressed)
            ends = (resolution.until, *(h.until for h in holds))
            until = min((end for end in ends if end is not None), default=None)
            self.zones[zone.id] = ZoneState(resolution, holds, desired, until, cause)
            if known is None or known.desired != desired or known.holds != holds:
                changed.append(zone.id)
        self._stale = self._pressed = self._recovering = False
        return changed

    def note_scent(self, runs: Iterable[ScentRun]) -> None:
        """The ledger of scent moved on; a hold may begin or end by it at the next look."""
        for run in runs:
            self.runs[run.zone, run.fragrance] = run


def _only_pressed(resolution: Resolution, known: ZoneState | None) -> dict[Field, Setting]:
    """The fields that people set, over what was desired before the time became doubtful."""
    fields = dict(known.desired) if known is not None else {}
    for field, resolved in resolution.fields.items():
        if resolved.because.layer.rank >= Rank.OVERRIDE:
            fields[field] = resolved.value
    return fields
