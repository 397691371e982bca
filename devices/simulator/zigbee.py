# ruff: noqa: ARG002 -- a method of a port need not use every argument
"""A Zigbee2MQTT bridge with its lamps, as the controller meets it: one connection, one last will, many lamps.

Modelled on Zigbee2MQTT 2.12 (`dialects.md`): the answer to a `/set` is an optimistic echo of the bridge's cache, not
retained, QoS 0; a transition says its target first and intermediate values after; a lamp out of reach says nothing,
and only `bridge/logging` has an error. Groups, scenes and `<name>/availability` (off by default there) are not
simulated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from devices.messages import Message
from devices.simulator.straying import lasting
from devices.simulator.wire import Json, Refused, compact, read_object
from devices.simulator.zigbee_lamp import ZigbeeLamp

#: After a lamp has announced itself again the bridge reads its state, this much later.
_REJOIN_S = 2.0


class ZigbeeBridge:
    """All lamps under one base topic. `id` names the bridge's own connection."""

    def __init__(self, bridge: str, base: str, lamps: Iterable[ZigbeeLamp], progress_s: float = 1.0) -> None:
        self.id = bridge
        self._base = base
        self._progress_s = progress_s
        self._lamps = {lamp.id: lamp for lamp in lamps}
        self.devices: tuple[str, ...] = (bridge, *self._lamps)
        self._sets = {f"{base}/{lamp.name}/set": lamp for lamp in self._lamps.values()}
        self._gets = {f"{base}/{lamp.name}/get": lamp for lamp in self._lamps.values()}
        self._state_topics = {lamp.id: f"{base}/{lamp.name}" for lamp in self._lamps.values()}
        nested = (lamp for lamp in self._lamps.values() if "/" in lamp.name)
        self.subscriptions: tuple[str, ...] = (
            f"{base}/+/set",
            f"{base}/+/get",
            *(f"{base}/{lamp.name}/{verb}" for lamp in nested for verb in ("set", "get")),
        )
        self.will = Message(f"{base}/bridge/state", b'{"state":"offline"}', qos=1, retain=True)
        self._online = Message(f"{base}/bridge/state", b'{"state":"online"}', qos=1, retain=True)
        self._powered = False
        self._booted = False
        #: Lamp id -> the next instant at which a fade of it, or its rejoining, has something to say.
        self._agenda: dict[str, float] = {}

    def power_up(self, now: float, device: str) -> list[Message]:
        """The bridge starts with its cache from disk; a lamp comes back as its hardware does, and announces itself."""
        if device == self.id:
            self._powered = self._booted = True
            return []
        lamp = self._lamps[device]
        lamp.power_up(now)
        self._agenda[device] = now + _REJOIN_S
        event = {"type": "device_announce", "data": {"friendly_name": lamp.name}}
        return [Message(f"{self._base}/bridge/event", compact(event))] if self._powered else []

    def lose_power(self, now: float, device: str) -> list[Message]:
        """The bridge's power is the connection's; the lamps burn on. A lamp without power is out of reach, silently."""
        if device == self.id:
            self._powered = False
        else:
            self._lamps[device].lose_power(now)
            self._agenda.pop(device, None)
        return []

    def greet(self, now: float) -> list[Message]:
        """Online, retained; after a start also every cached state, however old it is."""
        if not self._powered:
            return []
        greeting = [self._online]
        if self._booted:
            self._booted = False
            greeting += [self._publish(lamp) for lamp in self._lamps.values()]
        return greeting

    def receive(self, now: float, message: Message) -> list[Message]:
        """`<name>/set` and `<name>/get`."""
        if not self._powered:
            return []
        lamp = self._sets.get(message.topic)
        if lamp is not None:
            return self._set(now, lamp, message.payload)
        lamp = self._gets.get(message.topic)
        if lamp is not None:
            return self._get(now, lamp, message.payload)
        return []

    def due(self) -> float | None:
        """The next intermediate value, arrival or rejoining of any lamp."""
        return min(self._agenda.values()) if self._powered and self._agenda else None

    def tick(self, now: float) -> list[Message]:
        """Lamps report the light that they really give."""
        if not self._powered:
            return []
        ready = [device for device, due in self._agenda.items() if due <= now]
        spoken = []
        for device in ready:
            lamp = self._lamps[device]
            lamp.read(now)
            spoken.append(self._publish(lamp))
            self._plan(now, lamp)
        return spoken

    def truth(self, now: float, device: str) -> Json:
        """What a lamp's hardware does; of the bridge itself, whether it runs."""
        return {"powered": self._powered} if device == self.id else self._lamps[device].truth(now)

    def touch(self, now: float, device: str, change: Mapping[str, object]) -> list[Message]:
        """Someone with the lamp's own remote; the lamp tells the bridge, if it is in reach. Raises Refused."""
        if device == self.id:
            raise Refused("A bridge has no switch.")
        lamp = self._lamps[device]
        lamp.touch(now, change)
        self._agenda.pop(device, None)
        return self._tell(now, lamp)

    def reboot_to_defaults(self, now: float, device: str) -> list[Message]:
        """A lamp comes back on, full and neutral; the bridge comes back as from a restart."""
        if device == self.id:
            self._booted = True
            return self.greet(now)
        lamp = self._lamps[device]
        lamp.to_defaults()
        self._agenda.pop(device, None)
        return self._tell(now, lamp)

    def lie(self, device: str, lying: bool) -> None:
        """A lamp that acknowledges (so the bridge echoes) and does nothing; of the bridge: all of its lamps."""
        for lamp in self._of(device):
            lamp.lying = lying

    def drift(self, now: float, device: str, change: Mapping[str, object], over_s: float, tells: bool) -> list[Message]:
        """A lamp gives other light than it was told; only one that tells reports on the way. Raises Refused."""
        if device == self.id:
            raise Refused("A bridge has nothing that drifts.")
        lamp = self._lamps[device]
        lamp.drift(now, change, over_s, tells)
        self._agenda.pop(device, None)
        if not tells:
            return []
        self._plan(now, lamp)
        return self._tell(now, lamp)

    def settle(self, now: float, device: str) -> list[Message]:
        """A lamp that had drifted gives again the light that it was told; of the bridge: all of its lamps."""
        spoken = []
        for lamp in self._of(device):
            if "drifting" in lamp.mischief():
                lamp.settle(now)
                self._agenda.pop(lamp.id, None)
                spoken += self._tell(now, lamp)
        return spoken

    def mischief(self, device: str) -> tuple[str, ...]:
        """What lasts of what a tester has done to a lamp, or to the bridge and with it to all of its lamps."""
        if device != self.id:
            return self._lamps[device].mischief()
        lying = bool(self._lamps) and all(lamp.lying for lamp in self._lamps.values())
        return lasting(unplugged=not self._powered, lying=lying)

    def report_topics(self, device: str) -> tuple[str, ...]:
        """Where a lamp's state is published; of the bridge: of all its lamps."""
        return tuple(self._state_topics[lamp.id] for lamp in self._of(device))

    def _of(self, device: str) -> tuple[ZigbeeLamp, ...]:
        return tuple(self._lamps.values()) if device == self.id else (self._lamps[device],)

    def _set(self, now: float, lamp: ZigbeeLamp, payload: bytes) -> list[Message]:
        # A bare word is a state there: `ON` is `{"state":"ON"}`.
        bare = payload.strip().upper()
        try:
            wanted: Json = {"state": bare.decode()} if bare in (b"ON", b"OFF") else read_object(payload, "payload")
        except Refused as refusal:
            return [self._error(f"Invalid payload for '{lamp.name}', skipping: {refusal}")]
        if not lamp.reachable:
            # One error a key, and no state: silence is the only sign on the lamp's own topic.
            return [self._failure("set", key, lamp) for key in lamp.known(wanted)]
        try:
            lamp.set(now, wanted)
        except Refused as refusal:
            return [self._error(f"Publish 'set' to '{lamp.name}' failed: '{refusal}'")]
        self._plan(now, lamp)
        return [self._publish(lamp)]

    def _get(self, now: float, lamp: ZigbeeLamp, payload: bytes) -> list[Message]:
        try:
            asked = lamp.known(read_object(payload, "payload"))
        except Refused as refusal:
            return [self._error(f"Invalid payload for '{lamp.name}', skipping: {refusal}")]
        answers = []
        for key in asked:
            # Read one after the other, each answer filled up from memory: only the last is new throughout.
            if lamp.reachable and lamp.has(key):
                lamp.read(now, (key,))
                answers.append(self._publish(lamp))
            else:
                answers.append(self._failure("get", key, lamp))
        return answers

    def _plan(self, now: float, lamp: ZigbeeLamp) -> None:
        """When the lamp next has something to say of a fade; nothing once it has arrived."""
        if now < lamp.ends:
            self._agenda[lamp.id] = min(now + self._progress_s, lamp.ends)
        else:
            self._agenda.pop(lamp.id, None)

    def _tell(self, now: float, lamp: ZigbeeLamp) -> list[Message]:
        if not self._powered or not lamp.reachable:
            return []
        lamp.read(now)
        return [self._publish(lamp)]

    def _publish(self, lamp: ZigbeeLamp) -> Message:
        return Message(self._state_topics[lamp.id], compact(lamp.cached))

    def _failure(self, verb: str, key: str, lamp: ZigbeeLamp) -> Message:
        reason = "Error: ZCL command failed (Delivery failed for a device that does not answer)"
        return self._error(f"Publish '{verb}' '{key}' to '{lamp.name}' failed: '{reason}'")

    def _error(self, sentence: str) -> Message:
        document = {"level": "error", "message": f"z2m: {sentence}", "namespace": "z2m"}
        return Message(f"{self._base}/bridge/logging", compact(document))
