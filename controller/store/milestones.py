"""When zones set out for something new and when they have arrived, for the journal.

A zone has arrived when every device of it that is in reach says so. That is counted down device by device, so that a
thousand reports do not each look at a thousand devices.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from controller.choosing import journal_settings
from controller.store.fleet import Fleet
from controller.store.recorder import Recorder
from controller.store.track import Track
from controller.store.wishes import ZoneState
from controller.wording import rank_word


class Milestones:
    """Zones on their way: since when, and for which devices they wait."""

    def __init__(self, fleet: Fleet, recorder: Recorder) -> None:
        """Record into `recorder`."""
        self._fleet, self._recorder = fleet, recorder
        self._began: dict[str, float] = {}
        self._waits_for: dict[str, set[str]] = {}
        self._to_check: set[str] = set()

    def set_out(self, zone: str, state: ZoneState, now: float, when: datetime, version: int | None = None) -> None:
        """A zone is to be something else from now on, by this version of the plan.

        The entry holds what answers for the past rest on (`controller.showing.record`): the desired values too.
        """
        leading = state.resolution.leading
        self._recorder.record(when, "zone.changed", zone=zone, what=leading.profile or leading.name, layer=leading.id,
                              name=leading.name, rank=rank_word(leading.rank), by=leading.by, version=version,
                              values=journal_settings(state.desired), holds=[hold.sentence for hold in state.holds])
        self._began[zone] = now
        self._to_check.add(zone)

    def met(self, track: Track) -> None:
        """A device agrees with what it should be."""
        if not self._began:
            return
        for zone in track.device.zones:
            waits_for = self._waits_for.get(zone)
            if waits_for is not None:
                waits_for.discard(track.device.id)
                if not waits_for:
                    self._to_check.add(zone)

    def reach_changed(self, track: Track) -> None:
        """A device came into reach or left it: zones wait for those in reach alone."""
        self._to_check.update(zone for zone in track.device.zones if zone in self._began)

    def keep(self, zones: Collection[str]) -> None:
        """Forget the zones that the plan has no longer, and look at the others anew."""
        self._began = {zone: began for zone, began in self._began.items() if zone in zones}
        self._waits_for.clear()
        self._to_check = set(self._began)

    def look(self, now: float, when: datetime) -> None:
        """Record the zones that have arrived. Called after every device that was due has been dealt with."""
        while self._to_check:
            zone = min(self._to_check)  # in an order that does not depend on the run
            self._to_check.discard(zone)
            if zone in self._began:
                self._check(zone, now, when)

    def _check(self, zone: str, now: float, when: datetime) -> None:
        tracks = [t for t in self._fleet.of_zone(zone) if t.wanted is not None]
        here = [t for t in tracks if t.in_reach(now)]
        missing = {t.device.id for t in here if not t.met}
        if missing or (tracks and not here):
            self._waits_for[zone] = missing
            return
        self._waits_for.pop(zone, None)
        began = self._began.pop(zone)
        self._recorder.record(when, "zone.reached", zone=zone, after_s=round(now - began, 3), devices=len(here),
                              out_of_reach=[t.device.id for t in tracks if not t.in_reach(now)])
