"""The engine itself, and the one thing that virtual time adds to it: heartbeats that come without a message.

`semantics.md`, rule 16: a healthy simulated device's heartbeat is a deadline renewed without a message, and only its
absence is an event. Who runs the devices says until when each one beats.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from controller.store.engine import Engine
from controller.store.intake import Happening
from devices.device import Kind
from devices.transport import Received


class VirtualEngine(Engine):
    """An engine without a thread of its own: whoever drives it calls `turn`."""

    _quietly = True

    def beating(self, until: Mapping[str, float]) -> None:
        """Until which steady instant the heartbeats of each device come (infinity: until somebody says otherwise).

        One that is not named is not heard from now on. Those that speak only when asked have no heartbeat.
        """
        now = self._clock.monotonic()
        for device, track in self._fleet.tracks.items():
            beats = until.get(device, min(track.beats_until, now))
            if track.dialect.confirms_by_refresh or beats == track.beats_until:
                continue
            track.beats_until = beats
            lost_at = track.lost_at()
            if lost_at is not None:
                self._reconciler.agenda.no_later(track, lost_at)

    def turn(self, happenings: list[Happening]) -> float | None:
        """One round. What only messages bring about asks for no heartbeats."""
        self._quietly = bool(happenings) and all(isinstance(h, Received) for h in happenings)
        return super().turn(happenings)

    def _follow_plan(self, now: float, when: datetime) -> None:
        """Before the plan is asked: diffusers that run have said so within the last minute, as the purge takes them."""
        if not self._quietly:
            for track in self._fleet.tracks.values():
                if track.device.kind is Kind.DIFFUSER and track.beats_until > now and track.in_reach(now):
                    self._ledger.take(track, when)
        super()._follow_plan(now, when)
