"""What the engine goes by, read from the memory: the plan in force, what people chose, what was noted before a restart.

Where the memory cannot be read for the moment, what is known runs on and it is tried again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from controller.errors import SinneError
from controller.ports import Memory, PlanVersion
from controller.store.intake import EndStops, KeepStop, LiveChanged
from controller.store.reconciler import Reconciler
from controller.store.recorder import Recorder
from controller.store.stops import StopBoard
from controller.store.wallclock import WallClock
from devices.transport import Transport

#: Ended overrides and stops that the engine keeps at hand; older ones are for the record only.
REMEMBERED = timedelta(days=8)


class Inputs:
    """Reads the memory for a reconciler. Only the engine's thread asks."""

    def __init__(
        self, memory: Memory, transport: Transport, reconciler: Reconciler, stops: StopBoard, *,
        time: WallClock, recorder: Recorder, always_heard: tuple[str, ...],
    ) -> None:
        """`always_heard`: topic filters that stay, whatever the plan says."""
        self._memory, self._transport, self._reconciler, self._stops = memory, transport, reconciler, stops
        self._time, self._recorder = time, recorder
        self._always_heard = frozenset(always_heard)
        self._plan_unread = False
        #: Whether the plan is another one since somebody last looked.
        self.replanned = False

    @property
    def to_read(self) -> bool:
        """Whether something is to be read again, now."""
        return self._stops.raised or (not self._recorder.waits and (self._stops.unread or self._plan_unread))

    def load(self, when: datetime) -> None:
        """Take in what was noted before the restart. Raises Unavailable where the plan cannot be read."""
        self._stops.load()
        self.read_live()
        self._take_plan(self._memory.plan_in_force())
        tracks = self._reconciler.fleet.tracks
        for change in self._memory.local_changes():
            track = tracks.get(change.device)
            if track is not None and change.until > when:
                self._reconciler.by_hand.remember(track, change)
        for device, seen in self._memory.last_seen().items():
            if device in tracks:
                tracks[device].heard_when = seen

    def chosen(self, happening: LiveChanged | KeepStop | EndStops, when: datetime) -> None:
        """People did something: it is in the memory, or it is a stop that the disk does not take."""
        if isinstance(happening, KeepStop):
            self._stops.keep(happening.stop, happening.entry, when)
        elif isinstance(happening, EndStops):
            self._stops.end(happening.stops, happening.by, happening.at)
        self.read_live()

    def read_again(self) -> None:
        """Read what could not be read, and stops that a contact raised."""
        if not self.to_read:
            return
        if self._stops.raised or self._stops.unread:
            self.read_live()
        if self._plan_unread:
            self.read_plan()

    def read_live(self) -> None:
        """Take over what people chose."""
        live = self._stops.read(min(self._time.when, self._time.wall) - REMEMBERED)
        self._reconciler.ambience.take_live(live)
        self._stops.take(live)
        self._reconciler.visible = True

    def read_plan(self) -> None:
        """Take over the plan in force."""
        try:
            plan = self._memory.plan_in_force()
        except SinneError as refusal:
            self._plan_unread = True
            self._recorder.refused(str(refusal))
            return
        self._plan_unread = False
        self._take_plan(plan)

    def _take_plan(self, plan: PlanVersion | None) -> None:
        if plan is None:
            return
        reconciler, fleet = self._reconciler, self._reconciler.fleet
        before = fleet.filters
        fleet.take(plan.plan)
        reconciler.ambience.take_plan(plan)
        # A filter that new devices share with known ones is made anew, for the retained words of the new ones.
        shared = before.intersection(f for t in fleet.fresh for f in t.dialect.subscriptions(t.device))
        self._transport.unsubscribe((before - fleet.filters - self._always_heard) | shared)
        self._transport.subscribe((fleet.filters - before) | shared | self._always_heard)
        reconciler.by_hand.keep(frozenset(fleet.tracks))
        reconciler.milestones.keep(reconciler.ambience.zones)
        reconciler.visible = self.replanned = True
