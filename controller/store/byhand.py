"""Devices that somebody changed at their own switch, and whose policy is to leave that be for a while.

Kept in the memory, so that a restart does not take back what somebody has just set.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from controller.ports import Entry, LocalChange, Memory, PlanVersion
from controller.store.recorder import Recorder
from controller.store.track import Track
from profiles.resolve import next_change

#: A device whose owner changed it by hand is left alone at most so long, in a plan without any change.
LONGEST_YIELD = timedelta(hours=12)


class ByHand:
    """The local changes that are left alone."""

    def __init__(self, memory: Memory, recorder: Recorder) -> None:
        """Note into `memory` by way of `recorder`."""
        self._memory, self._recorder = memory, recorder
        self._tracks: dict[str, Track] = {}
        #: The wall instant at which the first of them ends.
        self.until: datetime | None = None

    def remember(self, track: Track, change: LocalChange) -> None:
        """Take up a change that was noted before the restart."""
        track.local = change
        self._tracks[track.device.id] = track
        self._look()

    def leave(self, track: Track, plan: PlanVersion | None, when: datetime) -> None:
        """Leave a device as somebody set it, until the zone's next change (of winner below overrides)."""
        device = track.device.id
        change = None if plan is None else next_change(plan.plan, track.device.zones[0], when)
        until = min(change or when + LONGEST_YIELD, when + LONGEST_YIELD)
        local = LocalChange(device, when, until)
        self.remember(track, local)
        entry = Entry("device.changed-by-hand", {"device": device, "until": until.isoformat()})
        self._recorder.save(f"local change of {device}", lambda: self._memory.note_local_change(local, entry))

    def take_back(self, track: Track) -> bool:
        """It is ours again; returns whether it was not."""
        if track.local is None:
            return False
        device = track.device.id
        track.local = None
        self._tracks.pop(device, None)
        self._look()
        self._recorder.save(f"local change of {device}", lambda: self._memory.forget_local_changes((device,)))
        return True

    def over(self, when: datetime) -> list[Track]:
        """Those that have had their time."""
        if self.until is None or when < self.until:
            return []
        return [track for track in self._tracks.values() if track.local is None or track.local.until <= when]

    def keep(self, devices: frozenset[str]) -> None:
        """Forget those that the plan has no longer."""
        for device in self._tracks.keys() - devices:
            self._tracks.pop(device)
        self._look()

    def _look(self) -> None:
        self.until = min((t.local.until for t in self._tracks.values() if t.local is not None), default=None)
