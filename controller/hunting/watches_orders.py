# ruff: noqa: ARG002 -- a watch need not use every argument
"""Watches of what goes over the line: orders that only go forward, none that is stale, and no flood of them."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from controller.hunting.bystander import Bystander
from controller.scenarios.model import Step
from devices.messages import Message, device_topic, stop_topic
from devices.transport import Received, TransportEvent

_MINUTE_S = 60.0
#: Orders to one device in a minute: tries in their growing pauses, and so many more for each thing that happened.
_MOST, _MORE = 8, 5
#: The controller has this long to say on the wire which stops are in force.
_SAID_S = 5.0


@dataclass(slots=True)
class _Orders:
    """What one device was told. `heard`: whether it has said anything since the last order."""

    stamp: tuple[int, int] = (0, 0)
    state: object = None
    zones: object = None
    heard: bool = True
    away: bool = False
    times: deque[float] = field(default_factory=deque)
    reasons: deque[float] = field(default_factory=deque)
    applied: tuple[int, int] = (0, 0)
    told: dict[tuple[int, int], Mapping[str, Any]] = field(default_factory=dict)


class OrdersForward:
    """Each order is newer than the one before, or the very same again; what a device applied never goes backwards, and
    it goes where the newest order sent it.
    """

    rule = "orders-forward"

    def __init__(self, bystander: Bystander, orders: Wire) -> None:
        """Over what is heard on the line."""
        self._wire = orders

    def happened(self, step: Step, refused: str) -> None:
        """Nothing of its own."""

    def look(self) -> Iterator[str]:
        """What was heard since the last look."""
        yield from self._wire.broken
        self._wire.broken.clear()

    def ended(self) -> Iterator[str]:
        """Nothing more."""
        return self.look()


class NoFlood:
    """Orders to a device are bounded: one for each thing that changed, and tries in growing pauses."""

    rule = "no-flood"

    def __init__(self, bystander: Bystander, wire: Wire) -> None:
        """Over what is heard on the line."""
        self._here, self._wire = bystander, wire
        self._happened: deque[float] = deque()

    def happened(self, step: Step, refused: str) -> None:
        """Something that orders may follow from."""
        self._happened.append(self._here.now)

    def look(self) -> Iterator[str]:
        """At each device that was told something."""
        now = self._here.now
        if self._here.turn is not None:
            self._happened.append(now)
        while self._happened and self._happened[0] < now - 2 * _MINUTE_S:
            self._happened.popleft()
        for device in self._wire.told:
            times = self._wire.orders[device].times
            while times and times[0] < now - _MINUTE_S:
                times.popleft()
            most = _MOST + _MORE * len(self._happened)
            if len(times) > most:
                yield f"{device} was given {len(times)} orders within a minute, in which {most} would have been many."
        self._wire.told.clear()

    def ended(self) -> Iterator[str]:
        """Nothing more."""
        return iter(())


class StopsSaid:
    """The retained stop document says which stops are in force, so that devices obey by themselves (rule 18)."""

    rule = "stops-said"

    def __init__(self, bystander: Bystander) -> None:
        """Nothing is stopped."""
        self._here = bystander
        self._topic = stop_topic(bystander.plan.store.id)
        self._due: float | None = None

    def happened(self, step: Step, refused: str) -> None:
        """Whatever it was, what is said is compared soon after."""
        if step.verb in ("stop", "resume", "controller", "broker", "clock", "switch", "line"):
            self._due = self._here.now + _SAID_S

    def look(self) -> Iterator[str]:
        """Some time after a step: the retained topic against the memory."""
        if self._due is None:
            return
        if not self._here.troubles.calm(self._here.now):
            self._due = max(self._due, self._here.now + 1.0)
            if self._here.troubles.running and self._here.troubles.broker_up:
                self._here.wants_to_look(self._due)
            return
        if self._here.now < self._due:
            self._here.wants_to_look(self._due)
            return
        self._due = None
        said = self._said()
        if said != set(self._here.stops):
            yield f"The stops said on the wire are {sorted(said)}, and in force are {sorted(self._here.stops)}."

    def ended(self) -> Iterator[str]:
        """Nothing more."""
        return iter(())

    def _said(self) -> set[str]:
        message = self._here.store.world.broker.retained.get(self._topic)
        return set() if message is None else {str(stop["id"]) for stop in json.loads(message.payload)["stops"]}


class Wire:
    """Hears what the controller says and is told, and, on a connection of its own, every report."""

    def __init__(self, bystander: Bystander) -> None:
        """Begin to listen."""
        self._here = bystander
        store = bystander.plan.store.id
        self._desired = {device_topic(store, d.id, "desired"): d.id for d in bystander.plan.devices}
        self._reported = {device_topic(store, d.id, "reported"): d.id for d in bystander.plan.devices}
        self._avail = {device_topic(store, d.id, "avail"): d.id for d in bystander.plan.devices}
        self._set = {f"{d.address}/set": d.id for d in bystander.plan.devices if d.dialect != "native"}
        self.orders = {device.id: _Orders() for device in bystander.plan.devices}
        #: Sentences about what must not be heard; devices that were told something since somebody cleared this.
        self.broken: list[str] = []
        self.told: set[str] = set()
        #: Fragrances that diffusers said they were giving, by device, since somebody took them out.
        self.given: dict[str, set[str]] = {}
        for topic, message in bystander.store.world.broker.retained.items():
            if topic in self._desired:  # sent before anybody listened
                self._ordered(self._desired[topic], bystander.now, message)
        bystander.store.record.listeners.append(self._hear)
        ear = bystander.store.world.broker.transport("watcher")
        ear.subscribe((device_topic(store, "+", "reported"),))
        ear.start(self._report)

    def _hear(self, sent: bool, at: float, message: Message) -> None:
        if not sent:
            device = self._reported.get(message.topic)
            if device is not None:
                self.orders[device].heard = True
            device = self._avail.get(message.topic)
            if device is not None:
                self.orders[device].away, self.orders[device].heard = message.payload != b"online", True
            return
        device = self._set.get(message.topic)
        if device is not None:
            self.orders[device].times.append(at)
            self.told.add(device)
        elif message.topic in self._desired:
            self._ordered(self._desired[message.topic], at, message)

    def _ordered(self, device: str, at: float, message: Message) -> None:
        document, known = json.loads(message.payload), self.orders[device]
        stamp = (int(document["epoch"]), int(document["rev"]))
        state, zones = document["state"], document["zones"]
        known.times.append(at)
        self.told.add(device)
        if stamp < known.stamp:
            self.broken.append(f"{device} was given order {stamp} after {known.stamp}.")
        elif stamp == known.stamp and (state, zones) != (known.state, known.zones):
            self.broken.append(f"{device} was given two orders {stamp} that differ.")
        elif (stamp > known.stamp and stamp[0] == known.stamp[0] and (state, zones) == (known.state, known.zones)
              and not known.heard and not known.away):
            self.broken.append(f"{device} said nothing, and the order {known.stamp} came again as {stamp}: a resend "
                               "for want of an answer keeps its rev.")
        known.stamp, known.state, known.zones, known.heard = stamp, state, zones, False
        known.told[stamp] = document
        if len(known.told) > 50:
            del known.told[next(iter(known.told))]

    def _report(self, event: TransportEvent) -> None:
        if not isinstance(event, Received) or event.message.retain:
            return
        device = self._reported.get(event.message.topic)
        if device is None:
            return
        document = json.loads(event.message.payload)
        known, applied = self.orders[device], (int(document["epoch"]), int(document["applied_rev"]))
        if applied < known.applied:
            self.broken.append(f"{device} applied order {applied} after {known.applied}.")
        elif applied > known.applied and applied not in known.told:
            self.broken.append(f"{device} applied order {applied}, which nobody gave.")
        known.applied = applied
        state = document["state"]
        if state.get("on") is True and isinstance(state.get("fragrance"), str):
            self.given.setdefault(device, set()).add(state["fragrance"])
