"""What the engine does and watches beside desired state: momentary commands, announcements, how quiet hours are kept.

One room for them, so that the engine has one thing to look after.
"""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from controller.ports import Memory
from controller.store.ambience import Ambience
from controller.store.announcer import Announcer
from controller.store.fleet import Fleet
from controller.store.intake import Announce, Identify
from controller.store.quiet import QuietWatch
from controller.store.recorder import Recorder
from devices.transport import Transport


class Moments:
    """Asked at every round of the engine."""

    def __init__(
        self, fleet: Fleet, ambience: Ambience, transport: Transport, recorder: Recorder, *, memory: Memory
    ) -> None:
        """Nothing happens yet."""
        self._fleet, self._transport = fleet, transport
        self.announcer = Announcer(fleet, ambience, transport, recorder, memory=memory)
        self.quiet = QuietWatch(fleet, ambience, recorder, memory)

    def load(self, when: datetime) -> None:
        """Take up what was noted before the restart. Called once the plan is known."""
        self.announcer.load(when)
        self.quiet.load(when)

    def asked(self, asked: Identify | Announce, when: datetime) -> None:
        """Somebody wants something done now."""
        if isinstance(asked, Announce):
            self.announcer.press(asked.announcement, asked.id, asked.zones, when, asked.by)
            return
        track = self._fleet.tracks.get(asked.device)
        for message in () if track is None else track.dialect.identify(track.device, uuid4().hex, when):
            self._transport.publish(message)

    def look(self, now: float, when: datetime, trusted: bool, able: bool) -> bool:
        """Do what is due; returns whether something that is shown has changed. `able`: devices can be spoken to."""
        self.announcer.look(now, when, trusted, able)
        self.quiet.look(now, when, able and trusted)
        seen, self.announcer.visible = self.announcer.visible, False
        return seen

    @property
    def boundaries(self) -> tuple[datetime | None, ...]:
        """The wall instants at which something is to be done."""
        return self.announcer.boundary, self.quiet.boundary
