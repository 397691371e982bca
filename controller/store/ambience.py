"""What every zone should be now: resolutions kept until they end, holds, and the causes of change.

Nothing here sends anything. It asks `resolve` when a boundary has come or the inputs changed, and says which zones
became different and why, so that the fade can belong to the transition.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from controller.ports import PlanVersion, ScentRun
from controller.store.holds import less_holds, purge_hold
from controller.store.ramps import Ramps
from controller.store.standstill import Standstill, begun
from controller.store.wishes import Cause, ZoneState, cause_of
from profiles.layers import Rank
from profiles.places import Zone
from profiles.plan import Live
from profiles.resolve import Resolution, resolve
from profiles.scene import Diffusion, Field, Setting

log = logging.getLogger("sinne.engine")

#: A zone of which the plan cannot be resolved is tried again after this; it stays as it was meanwhile.
_TRY_AGAIN = timedelta(seconds=60)


class Ambience:
    """The zones of the plan in force. The inputs are set from outside; `look` brings them up to an instant."""

    def __init__(self) -> None:
        """Begin without a plan."""
        self.plan: PlanVersion | None = None
        self.ramps: Ramps | None = None
        self.live = Live()
        self.runs: dict[tuple[str, str], ScentRun] = {}
        self.zones: dict[str, ZoneState] = {}
        #: The next instant (wall) and the next steady instant at which any zone can change.
        self.boundary: datetime | None = None
        self.due: float | None = None
        self._pressed = False
        self._stale = True
        self._recovering = False
        self._standstill: Standstill | None = None

    def take_plan(self, plan: PlanVersion) -> None:
        """A new plan is in force."""
        self.plan, self.ramps = plan, Ramps(plan.plan)
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

    def stand_still(self, at: datetime, steady: float) -> None:
        """The wall clock is doubted: `at` was the last instant that was believed."""
        self._standstill = Standstill(at, steady, self.live)

    def go_on(self) -> None:
        """The wall clock is believed again."""
        self._standstill = None

    def look(self, now: datetime, steady: float, trusted: bool) -> list[str]:
        """Bring every zone up to `now`; returns those whose desired fields or holds changed.

        When the time is not trusted nothing scheduled changes: only what people do is taken over.
        """
        flows = trusted or self._standstill is None
        passed = flows and self.boundary is not None and now >= self.boundary
        if self.plan is None or not (self._stale or passed or (self.due is not None and steady >= self.due)):
            return []
        at, live = self._moment(now, steady)
        changed = []
        for zone in self.plan.plan.zones:
            known = self.zones.get(zone.id)
            if known is not None and not self._stale and flows and (known.until is None or now < known.until):
                continue
            try:
                state = self._state(zone, known, (live, at), steady, trusted)
            except Exception:
                log.exception("Zone %s cannot be resolved; it stays as it is", zone.id)
                if known is not None:
                    self.zones[zone.id] = replace(known, until=now + _TRY_AGAIN)
                continue
            self.zones[zone.id] = state
            if known is None or known.desired != state.desired or known.holds != state.holds:
                changed.append(zone.id)
        self._stale = self._pressed = self._recovering = False
        self.boundary = min((z.until for z in self.zones.values() if z.until is not None), default=None)
        return changed

    def note_scent(self, runs: Iterable[ScentRun]) -> None:
        """The ledger of scent moved on; where another fragrance is wished, a hold begins."""
        for run in runs:
            self.runs[run.zone, run.fragrance] = run
            zone = self.zones.get(run.zone)
            wished = None if zone is None else zone.desired.get(Field.SCENT_DIFFUSION)
            if (isinstance(wished, Diffusion) and wished.fragrance != run.fragrance
                    and zone is not None and zone.desired.get(Field.SCENT_ON) is True):
                self.forget()

    def shift_scent(self, by_s: float) -> None:
        """The wall clock was set: what has been in the air for ten minutes still has."""
        self.runs = {key: replace(run, last_on=_moved(run.last_on, by_s)) for key, run in self.runs.items()}

    def _moment(self, now: datetime, steady: float) -> tuple[datetime, Live]:
        """The instant to resolve for, and what people's choices are at it."""
        if self._standstill is None:
            self.due = None
            return now, begun(self.live, now)
        live = self._standstill.live(self.live, steady)
        self.due = self._standstill.due
        return self._standstill.moment, live

    def _state(
        self, zone: Zone, known: ZoneState | None, moment: tuple[Live, datetime], steady: float, trusted: bool
    ) -> ZoneState:
        assert self.plan is not None and self.ramps is not None  # noqa: S101, PT018 - `look` has asked
        live, at = moment
        resolution = resolve(self.plan.plan, live, zone.id, at)
        fields: dict[Field, Setting] = {field: resolved.value for field, resolved in resolution.fields.items()}
        if not trusted and self._standstill is None:
            fields = _only_pressed(resolution)  # the time was never believed: nothing is known of the schedule
        hold = purge_hold(zone, fields, self.runs.values(), at)
        holds = () if hold is None else (hold,)
        quiet, edge = self.ramps.quiet(zone, at)
        desired, left_s = less_holds(fields, holds), dict[Field, float]()
        if known is None or self._recovering:
            cause, begun = Cause.RECOVERY, trusted and known is None and self._standstill is None
            left_s = self.ramps.left_s(live, zone, at, self.live) if begun else left_s
            fade_s = max(Cause.RECOVERY.fade_s, *left_s.values(), 0.0)
        else:
            cause = cause_of(known.resolution, resolution, self._pressed, quiet.keys() != known.quiet.keys())
            fade_s = self.ramps.fade_s(cause, quiet.keys() ^ known.quiet.keys())
            if quiet and known.cause is Cause.QUIET_HOUR is not cause and known.ramp_until > steady:
                # It is as quiet as promised when its ramp is over.
                fade_s = min(fade_s, max(Cause.RECOVERY.fade_s, round(known.ramp_until - steady, 1)))
        ends = (resolution.until, edge, *(h.until for h in holds)) if self._standstill is None else ()
        until = min((end for end in ends if end is not None), default=None)
        over = known.ramp_until if known is not None and known.desired == desired else steady + fade_s
        if known is None:
            ramps = {field: steady + seconds for field, seconds in left_s.items()}
        else:
            ramps = {field: known.ramps.get(field, 0.0) if known.desired.get(field) == value else steady + fade_s
                     for field, value in desired.items()}
        return ZoneState(resolution, holds, desired, until, cause, quiet, fade_s, over, ramps)


def _only_pressed(resolution: Resolution) -> dict[Field, Setting]:
    """The fields that people set."""
    return {field: resolved.value for field, resolved in resolution.fields.items()
            if resolved.because.layer.rank >= Rank.OVERRIDE}


def _moved(instant: datetime, by_s: float) -> datetime:
    try:
        return instant + timedelta(seconds=by_s)
    except OverflowError:
        return instant
