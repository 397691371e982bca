"""What a message says, laid upon the tracks of the devices that it is about.

The payload is hostile until a dialect has read it: what is malformed is counted, logged once a minute a topic, and
dropped without touching anything.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from controller.store.fleet import Fleet
from controller.store.track import Track
from devices.device import Capability
from devices.dialects.base import Availability, Contact, Described, DeviceEvent, Fault, Malformed, Reported
from devices.messages import MAX_PAYLOAD, Message

log = logging.getLogger("sinne.intake")

_QUIET_S = 60.0
_MOST_TOPICS = 1000
#: No controller starts so often. A device that speaks of a higher epoch is broken, and must not drive ours beyond what
#: the others can read.
HIGHEST_EPOCH = 2**40


class Arrivals:
    """Reads messages. `touched`: the tracks that have to be decided about; `visible`: whether people see a change."""

    def __init__(self, fleet: Fleet, contact: Callable[[Track, Contact, datetime], None]) -> None:
        """`contact` is told what a contact says."""
        self._fleet = fleet
        self._contact = contact
        self._complained: dict[str, float] = {}
        self.touched: list[Track] = []
        #: Tracks whose abilities changed, so that their wish has to be rounded anew.
        self.described: list[Track] = []
        self.visible = False
        self.reports = 0
        self.malformed = 0
        self.highest_epoch = 0
        #: Capabilities that are equal are one object, so that devices of one model can share what is worked out.
        self._capabilities: dict[Capability, Capability] = {}

    def take(self, message: Message, now: float, when: datetime) -> None:
        """Lay one message upon its tracks."""
        for track in self._fleet.at(message.topic):
            if len(message.payload) > MAX_PAYLOAD:
                self._complain(message.topic, f"{len(message.payload)} bytes are over 64 KiB", now)
                return
            try:
                events = track.dialect.decode(track.device, message)
            except Malformed as wrong:
                self._complain(message.topic, str(wrong), now)
                continue
            for event in events:
                self._lay(track, event, now, when)
            if events:
                self.touched.append(track)

    def _lay(self, track: Track, event: DeviceEvent, now: float, when: datetime) -> None:
        if isinstance(event, Reported):
            self._reported(track, event, now, when)
        elif isinstance(event, Availability):
            self._availability(track, event, now, when)
        elif isinstance(event, Described):
            self._described(track, event)
        elif isinstance(event, Fault):
            track.error, self.visible = event.sentence, True
        elif isinstance(event, Contact):
            track.heard(now, when)
            self._contact(track, event, when)

    def _reported(self, track: Track, event: Reported, now: float, when: datetime) -> None:
        self.reports += 1
        before = _shown(track)
        track.take(event, now, when)
        if event.epoch is not None and self.highest_epoch < event.epoch <= HIGHEST_EPOCH:
            self.highest_epoch = event.epoch
        self.visible = self.visible or before != _shown(track)

    def _availability(self, track: Track, event: Availability, now: float, when: datetime) -> None:
        was = track.online
        if event.bridge:
            track.bridge_word = event.online
            if event.online and was is False:
                track.back(now)
        elif event.online and event.fresh:
            track.heard(now, when)
        else:
            track.own_word = event.online
        self.visible = self.visible or track.online != was
        anew = was is not True or (event.bridge and event.fresh)
        if track.online and anew and track.dialect.confirms_by_refresh:
            # It was away and says nothing by itself: whatever was known of it is to be asked again, at once. A bridge
            # that says that it is there has just connected, even if nobody heard it go (the broker went with it).
            track.asked_at = None
            fade_s = 0.0 if track.order is None else track.order.fade_s
            track.sent_at = min(track.sent_at, now - track.dialect.settle_s(track.device, fade_s))

    def _described(self, track: Track, event: Described) -> None:
        track.model = " ".join(part for part in (event.maker, event.model) if part)
        capability = self._capabilities.setdefault(event.capability, event.capability)
        device = replace(track.device, capability=capability, heartbeat_s=event.heartbeat_s)
        if device != track.device:
            track.device, self.visible = device, True
            self.described.append(track)

    def _complain(self, topic: str, sentence: str, now: float) -> None:
        self.malformed += 1
        if now - self._complained.get(topic, -_QUIET_S) < _QUIET_S:
            return
        if len(self._complained) > _MOST_TOPICS:
            self._complained.clear()
        self._complained[topic] = now
        log.warning("Dropped a message on %s: %s.", topic, sentence)


def _shown(track: Track) -> tuple[object, ...]:
    """What people see of a device: a heartbeat that changes none of it is no news."""
    return (track.merged.state, track.merged.settled, track.answer, track.online, track.error, track.extra.get("title"))
