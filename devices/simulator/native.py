# ruff: noqa: ARG002 -- a method of a port need not use every argument
"""The native firmware: `contract.md` as a device keeps it, around any body.

It accepts only what is newer, obeys stops without the controller, says `held` meanwhile, and goes to the newest desired
afterwards. Versions, zones, stops and goal are in flash: they survive a loss of power.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar, cast

from devices.messages import Message, device_topic, stop_topic
from devices.simulator.commands import Commands
from devices.simulator.firmware import Body
from devices.simulator.heart import Heart
from devices.simulator.homeassistant import BIRTH_TOPIC
from devices.simulator.straying import Astray, lasting
from devices.simulator.wire import (
    Json,
    Refused,
    Stop,
    Version,
    compact,
    instant,
    read_desired,
    read_object,
    read_stops,
    read_version,
)

G = TypeVar("G")

#: After a resume the way back to the newest desired takes at most this long (`semantics.md` 12).
_RESUME_S = 2.0
_NEVER: Version = (0, 0)


class NativeFirmware(Generic[G]):
    """One native device on its own connection with its own last will."""

    def __init__(
        self, store: str, device: str, body: Body[G], heart: Heart, announcement: Message | None = None
    ) -> None:
        self.id = device
        self.devices: tuple[str, ...] = (device,)
        self.body = body
        self._heart = heart
        self._desired_topic = device_topic(store, device, "desired")
        self._reported_topic = device_topic(store, device, "reported")
        self._command_topic = device_topic(store, device, "cmd")
        self._stop_topic = stop_topic(store)
        avail = device_topic(store, device, "avail")
        self.subscriptions: tuple[str, ...] = (self._desired_topic, self._command_topic, self._stop_topic)
        self._announcements = [] if announcement is None else [announcement]
        if announcement is not None:
            self.subscriptions += (BIRTH_TOPIC,)
        self.will = Message(avail, b"offline", qos=1, retain=True)
        self._online = Message(avail, b"online", qos=1, retain=True)
        description = heart.description(body.kind, body.meta())
        self._meta = Message(device_topic(store, device, "meta"), description, qos=1, retain=True)
        self._commands = Commands()
        self._powered = self._lying = False
        # In flash: the newest version seen (accepted or refused), the newest accepted, where that wanted it to go.
        self._seen = self._accepted = self._stops_seen = _NEVER
        self._refusal: str | None = None
        self._wanted, self._wanted_fade_s = body.goal, 0.0
        self._zones: tuple[str, ...] = ()
        self._stops: tuple[Stop, ...] = ()
        self._held, self._astray = False, cast("Astray | None", None)
        self._next_beat = self._next_progress = float("inf")
        self._moving = False

    # -- power and connection

    def power_up(self, now: float, device: str) -> list[Message]:
        """Boot from flash: at once where it was going, or in its safe state if it was stopped. Says nothing yet."""
        self._powered = True
        self.settle(now, device)
        self.body.restore(now)
        self._moving = False
        if self._heart.beats:
            self._next_beat = now + self._heart.phase_s
        return []

    def lose_power(self, now: float, device: str) -> list[Message]:
        """Gone, in mid-fade if need be."""
        self.body.cut(now)
        self._powered = False
        return []

    def greet(self, now: float) -> list[Message]:
        """Online, what it is, where it stands: all retained."""
        return [self._online, self._meta, self._report(now), *self._announcements] if self._powered else []

    # -- what arrives

    def receive(self, now: float, message: Message) -> list[Message]:
        """A desired, a stop or a command; anything else is not for it."""
        if not self._powered:
            return []
        if message.topic == self._desired_topic:
            return [self._take_desired(now, message.payload)]
        if message.topic == self._stop_topic:
            return self._take_stop(now, message.payload)
        if message.topic == self._command_topic:
            return self._take_command(now, message.payload)
        if message.topic == BIRTH_TOPIC and message.payload == b"online":
            return list(self._announcements)
        return []

    def _take_desired(self, now: float, payload: bytes) -> Message:
        try:
            document = read_object(payload, "desired document")
            version = read_version(document)
        except Refused as refusal:
            return self._report(now, str(refusal), refused=True)
        if version <= self._seen:
            return self._report(now)
        self._seen = version
        try:
            state, fade_s, zones = read_desired(document)
            wanted = self.body.judge(state, self._wanted)
        except Refused as refusal:
            self._refusal = str(refusal)
            return self._report(now, rejected=version)
        self._accepted, self._refusal = version, None
        self._wanted, self._wanted_fade_s, self._zones = wanted, fade_s, zones
        if not self._obey(now) and not self._held and not self._lying:
            self._go(wanted, fade_s, now)
        return self._report(now)

    def _take_stop(self, now: float, payload: bytes) -> list[Message]:
        try:
            document = read_object(payload, "stop document")
            version = read_version(document)
            if version <= self._stops_seen:
                return []
            stops = read_stops(document)
        except Refused as refusal:
            # An unreadable stop changes nothing, and the device says so instead of guessing.
            return [self._report(now, f"{refusal} The stops in force stay as they were.")]
        self._stops_seen, self._stops = version, stops
        return [self._report(now)] if self._obey(now) else []

    def _take_command(self, now: float, payload: bytes) -> list[Message]:
        command = self._commands.read(payload, self._heart.wall_zero_s + now)
        if command is None:
            return []
        if command["op"] == "switch":
            try:
                return self.touch(now, self.id, command)
            except Refused:
                return []
        return [self._report(now)] if not self._held and self._act(command, now) else []

    def _act(self, command: Json, now: float) -> bool:
        try:
            if command["op"] == "announce":
                return self.body.announce(command, now)
        except Refused:
            return False
        return self.body.act(str(command["op"]), now)

    def _obey(self, now: float) -> bool:
        """Fall into or come out of the safe state, as stops and zones say; True if that changed."""
        if not self._stops and not self._held:
            return False
        held = any(stop.concerns(self.body.sense, self._zones) for stop in self._stops)
        if held == self._held:
            return False
        self._held = held
        if held:
            self.body.hush()
            self._go(self.body.safe(), 0.0, now)
        else:
            self._go(self._wanted, min(self._wanted_fade_s, _RESUME_S), now)
        return True

    # -- what happens by itself

    def due(self) -> float | None:
        """The next step or end of a fade, title, empty cartridge or heartbeat."""
        if not self._powered:
            return None
        due = self._next_beat
        if self._moving:
            due = min(due, self._next_progress, self.body.ends)
        own = self.body.due()
        if own is not None:
            due = min(due, own)
        return due if due < float("inf") else None

    def tick(self, now: float) -> list[Message]:
        """One report for all that is due."""
        if not self._powered:
            return []
        worth = self.body.happen(now)
        if self._moving and now >= min(self._next_progress, self.body.ends):
            worth = True
            self._next_progress = now + self._heart.progress_s
        if now >= self._next_beat:
            worth = True
            missed = (now - self._next_beat) // self._heart.every_s
            self._next_beat += (missed + 1) * self._heart.every_s
        return [self._report(now)] if worth else []

    # -- what people do to it

    def truth(self, now: float, device: str) -> Json:
        """What the hardware does; without power it does nothing."""
        truth = {"powered": self._powered, **self.body.state(now)}
        if not self._powered and "on" in truth:
            truth["on"] = False
        return truth

    def touch(self, now: float, device: str, change: Mapping[str, object]) -> list[Message]:
        """A hand on it; a switch does not get it out of a stop. Raises Refused."""
        goal = self.body.touch(change, now)
        self._moving, self._astray = False, None
        if self._held:
            self._go(self.body.safe(), 0.0, now)
        else:
            self._wanted = goal
        return [self._report(now)] if self._powered else []

    def reboot_to_defaults(self, now: float, device: str) -> list[Message]:
        """Factory settings, versions and stops still known: the same document again does not help, a newer one does."""
        self._wanted = self.body.default()
        self.body.hush()
        self._go(self.body.safe() if self._held else self._wanted, 0.0, now)
        return self.greet(now)

    def lie(self, device: str, lying: bool) -> None:
        """Say `applied` to everything and stay where it is. A stop is obeyed all the same."""
        self._lying = lying

    def drift(self, now: float, device: str, change: Mapping[str, object], over_s: float, tells: bool) -> list[Message]:
        """The hardware departs from its word, until the next order that it obeys. Raises Refused."""
        goal = self.body.judge(change, self._wanted)
        astray = Astray.of(*self._words(now), tells)
        self._go(goal, over_s, now)
        self._astray, self._moving = astray, self._moving and tells
        return [self._report(now)] if self._powered and tells else []

    def settle(self, now: float, device: str) -> list[Message]:
        """Hardware that had drifted is at once again where it says it is."""
        if self._astray is None:
            return []
        self._go(self.body.safe() if self._held else self._wanted, 0.0, now)
        return [self._report(now)] if self._powered else []

    def mischief(self, device: str) -> tuple[str, ...]:
        """What a tester has done to it that still lasts."""
        return lasting(unplugged=not self._powered, lying=self._lying, drifting=self._astray is not None)

    def report_topics(self, device: str) -> tuple[str, ...]:
        """Where it reports."""
        return (self._reported_topic,)

    # -- what it says

    def _go(self, goal: G, fade_s: float, now: float) -> None:
        self._astray = None
        self.body.go(goal, fade_s, now)
        self._moving = now < self.body.ends
        self._next_progress = now + self._heart.progress_s

    def _answer(self, now: float) -> tuple[str, str | None]:
        """The device's word for where it is, and why."""
        if self._held:
            return "held", self._refusal
        if self._refusal is not None:
            return "rejected", self._refusal
        fault = self.body.fault()
        if fault is not None:
            return "failed", fault
        return ("applying" if now < self.body.ends and self._astray is None else "applied"), None

    def _words(self, now: float) -> tuple[Json, Json]:
        """Where it says that it is and goes."""
        state, astray = self.body.state(now), self._astray
        return (state, self.body.target()) if astray is None else (astray.words(state), astray.target)

    def _report(
        self, now: float, remark: str | None = None, *, refused: bool = False, rejected: Version | None = None
    ) -> Message:
        """The retained report. `remark` is said this once; `refused`: of a desired without a readable version."""
        if self._moving and now >= self.body.ends:
            self._moving = False
        answer, error = self._answer(now)
        if remark is not None:
            answer, error = "rejected" if refused and not self._held else answer, remark
        epoch, rev = self._accepted
        state, target = self._words(now)
        document: Json = {"epoch": epoch, "applied_rev": rev, "status": answer, "state": state, "target": target,
                          "error": error, "ts": instant(self._heart.wall_zero_s + now)}
        if rejected is not None:
            document |= {"rejected_epoch": rejected[0], "rejected_rev": rejected[1]}
        return Message(self._reported_topic, compact(document), 1, True)
