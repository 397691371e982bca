"""What the engine does and watches beside desired state: momentary commands, announcements, how quiet hours and
campaigns are kept, what was played and diffused.

One room for them, so that the engine has one thing to look after.
"""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from controller.ports import Memory
from controller.store.announcer import Announcer
from controller.store.campaign_watch import CampaignWatch
from controller.store.diary import Diary
from controller.store.intake import Announce, Identify
from controller.store.quiet import QuietWatch
from controller.store.reconciler import Reconciler
from controller.store.recorder import Recorder
from controller.store.track import Track
from devices.transport import Transport


class Moments:
    """Asked at every round of the engine."""

    def __init__(self, reconciler: Reconciler, transport: Transport, recorder: Recorder, memory: Memory) -> None:
        """Nothing happens yet."""
        fleet, ambience = reconciler.fleet, reconciler.ambience
        self._fleet, self._transport = fleet, transport
        self.announcer = Announcer(fleet, ambience, transport, recorder, memory=memory)
        self.quiet = QuietWatch(fleet, ambience, recorder, memory)
        self._campaigns = CampaignWatch(ambience, reconciler.rightness, recorder, memory)
        self._diary = Diary(fleet, recorder, memory)

    def load(self, when: datetime) -> None:
        """Take up what was noted before the restart. Called once the plan is known."""
        self.announcer.load(when)
        self.quiet.load(when)
        self._campaigns.load(when)
        self._diary.load(when)

    def heard(self, track: Track, when: datetime) -> None:
        """A device spoke, or was spoken of."""
        self._diary.heard(track, when)

    def miss(self) -> None:
        """Nobody watched since the last round: the process slept, or the clock was set."""
        self.quiet.miss()
        self._campaigns.miss()

    def save(self, now: float, when: datetime) -> None:
        """Write down what was seen so far: the store ends."""
        self.quiet.save(when)
        self._campaigns.save(when)
        self._diary.save(now, when)

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
        self._campaigns.look(now, when, able and trusted)
        self._diary.look(when)
        seen, self.announcer.visible = self.announcer.visible, False
        return seen

    @property
    def boundaries(self) -> tuple[datetime | None, ...]:
        """The wall instants at which something is to be done."""
        return self.announcer.boundary, self.quiet.boundary, self._campaigns.boundary
