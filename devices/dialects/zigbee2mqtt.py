"""Lights behind Zigbee2MQTT 2 (read in its source, `lib/extension/publish.ts` and `availability.ts`, not on a device).

An address is `zigbee2mqtt/Lamp 3`: the base topic (one level) and the friendly name, which may hold spaces and slashes.
Only its JSON output is read, which is its default (`output: json`).

What shapes this file:

* State comes on the address itself, QoS 0 and not retained by default, so it is asked for with `/get`.
* After a `/set` it publishes the *target* at once, before the lamp has moved (`optimistic`). It also merges what it
  remembers into every message (`cache_state`). So a report proves nothing until the lamp was asked, and an answer
  cannot be told from an echo by its bytes: `confirms_by_refresh` says so. Here, `fresh` only means *not retained*,
  and every report is `settled`, since intermediate values look like any other; the caller waits `settle_s` first.
* One `/get` reads state, brightness and colour one after the other, and each answer is a message of its own, filled up
  from memory. Only the last one is read throughout: take every report after `refresh`, not only the first.
* A lamp out of reach answers nothing. What failed stands in `bridge/logging`, level error, with the name in quotes.
* A `/get` of what the lamp has not is such an error, so `refresh` asks only for what the capability holds. Reading
  `color_temp` reads the whole colour on lamps that have both.
* Brightness and colour go in **one** message. In Zigbee they are two commands, and on IKEA lamps the second cancels the
  fade of the first, so that two messages leave the brightness where it was (issue 7140 of Koenkk/zigbee2mqtt). Given
  both at once, Zigbee2MQTT knows these lamps and sets the brightness without a fade before it fades the colour.
* ON with brightness 0 becomes level 1 in its converter; brightness alone switches on unless `state` is null.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import orjson

from devices.device import Device, Kind
from devices.dialects.base import (
    Announced,
    Availability,
    DeviceEvent,
    Fault,
    Malformed,
    Order,
    Reported,
    State,
    StateValue,
)
from devices.messages import Message
from devices.payload import named, number, read_json, read_object, section, text, visible_text
from devices.steps import disagreements, quantise_state

#: Steps above off of the Zigbee level cluster: 255 means *invalid* there.
LEVELS = 254
#: A `/set` that could not be delivered at once must never switch a lamp later ("ghost switching").
SET_EXPIRY_S = 30
#: The transition field counts tenths of a second in 16 bits, the last value being reserved.
MAX_TRANSITION_S = 6553.0
SETTLE_MARGIN_S = 2.0

_MIREDS = (50, 1000)
#: What converters publish where no colour temperature is known.
_NO_MIREDS = (0, 65535)
_MAX_ADDRESS = 200
_TAKEN = frozenset({"set", "get", "availability"})


class Zigbee2Mqtt:
    """The codec for lights behind Zigbee2MQTT. It has no state; one instance serves every lamp."""

    name = "zigbee2mqtt"
    versioned = False
    retained = False
    confirms_by_refresh = True
    kinds = frozenset({Kind.LIGHT})

    def check_address(self, address: str) -> None:
        """Refuse what is no `base/friendly name`, or would meet a topic with another meaning."""
        base, _, friendly = address.partition("/")
        parts = friendly.split("/")
        if not base or not all(parts) or address != address.strip():
            raise ValueError(f"{named(address)} is not an address like zigbee2mqtt/Lamp 3: base topic, slash, name")
        if len(address.encode()) > _MAX_ADDRESS or not address.isprintable() or any(c in address for c in "+#$"):
            raise ValueError(f"{named(address)} has a character that no topic may have (+ # $), or is too long")
        if parts[0] == "bridge" or _TAKEN.intersection(parts):
            raise ValueError(f"{named(address)} uses a word that Zigbee2MQTT keeps for itself: rename the device there")

    def subscriptions(self, device: Device) -> tuple[str, ...]:
        """The lamp's own topics and the two of its bridge: no wildcard, since a bridge may serve a whole house."""
        return self.topics(device)

    def topics(self, device: Device) -> tuple[str, ...]:
        """State, availability, and the bridge's last will and log."""
        base = _base(device)
        return (device.address, f"{device.address}/availability", f"{base}/bridge/state", f"{base}/bridge/logging")

    def encode(self, device: Device, order: Order) -> tuple[Message, ...]:
        """One `/set` with absolute values. Nothing but OFF goes to a lamp that shall be off: a value would light it."""
        wanted = self.quantise(device, order.state)
        if not wanted:
            return ()
        body: dict[str, object] = {"state": None if "on" not in wanted else "ON" if wanted["on"] else "OFF"}
        if wanted.get("on") is not False:
            body |= _values(wanted)
        if order.fade_s > 0 or wanted.get("on"):
            # 0 is said out loud, or the lamp's configured default would fade an emergency light.
            body["transition"] = round(min(order.fade_s, MAX_TRANSITION_S), 1)
        return (_set(device, body),)

    def decode(self, device: Device, message: Message) -> tuple[DeviceEvent, ...]:
        """What a message on one of `topics` says of this lamp. An empty payload clears a topic and says nothing."""
        if not message.payload:
            return ()
        if message.topic == device.address:
            return _state(device, message)
        if message.topic == f"{device.address}/availability":
            return (Availability(device.id, _online(message), not message.retain),)
        if message.topic == f"{_base(device)}/bridge/state":
            return (Availability(device.id, _online(message), not message.retain, bridge=True),)
        return _fault(device, message) if message.topic == f"{_base(device)}/bridge/logging" else ()

    def refresh(self, device: Device) -> tuple[Message, ...]:
        """Ask the lamp for all that it can tell; see above for the several answers."""
        question: dict[str, object] = {"state": ""}
        if device.capability.brightness_levels != 1:
            question["brightness"] = ""
        if device.capability.kelvin is not None:
            question["color_temp"] = ""
        elif device.capability.colour:
            question["color"] = {"x": "", "y": ""}
        return (Message(f"{device.address}/get", orjson.dumps(question), qos=0, expiry_s=SET_EXPIRY_S),)

    def identify(self, device: Device, command_id: str, issued: datetime) -> tuple[Message, ...]:  # noqa: ARG002
        """Blink by the identify cluster, which returns to the state before by itself."""
        return (_set(device, {"effect": "blink"}),)

    def announce(
        self, device: Device, announced: Announced, issued: datetime  # noqa: ARG002 - the port's signature
    ) -> tuple[Message, ...]:
        """Nothing: a light does not speak."""
        return ()

    def quantise(self, device: Device, state: State) -> dict[str, StateValue]:
        """In steps of 254 and whole mireds. A lamp that is on shows at least one step."""
        wanted = quantise_state(Kind.LIGHT, replace(device.capability, brightness_levels=_levels(device)), state)
        if wanted.get("brightness_pct") == 0:
            wanted["brightness_pct"] = _percent(1)
        kelvin, limits = wanted.get("kelvin"), device.capability.kelvin
        if isinstance(kelvin, (int, float)) and limits is not None:
            coolest, warmest = _mireds(limits[1]), _mireds(limits[0])
            wanted["kelvin"] = _kelvin(min(max(_mireds(kelvin), coolest), warmest))
        return wanted

    def agrees(self, device: Device, wanted: State, reported: State) -> bool:
        """Within one step of 254, one mired, 0.005 in xy; off is off."""
        capability = replace(device.capability, brightness_levels=_levels(device))
        return not disagreements(Kind.LIGHT, capability, wanted, reported)

    def settle_s(self, device: Device, fade_s: float) -> float:
        """The fade and two seconds: before, what is reported is the target or somewhere on the way."""
        return (min(fade_s, MAX_TRANSITION_S) if device.capability.fade else 0.0) + SETTLE_MARGIN_S


def _base(device: Device) -> str:
    return device.address.partition("/")[0]


def _levels(device: Device) -> int:
    """254 whatever the plan says, but for a lamp that can only be switched."""
    return 1 if device.capability.brightness_levels == 1 else LEVELS


def _set(device: Device, body: Mapping[str, object]) -> Message:
    return Message(f"{device.address}/set", orjson.dumps(body), qos=1, retain=False, expiry_s=SET_EXPIRY_S)


def _values(wanted: State) -> dict[str, object]:
    body: dict[str, object] = {}
    brightness, kelvin, xy = wanted.get("brightness_pct"), wanted.get("kelvin"), wanted.get("xy")
    if isinstance(brightness, (int, float)):
        body["brightness"] = round(brightness * LEVELS / 100)
    if isinstance(kelvin, (int, float)):
        body["color_temp"] = _mireds(kelvin)
    if isinstance(xy, tuple):
        body["color"] = {"x": xy[0], "y": xy[1]}
    return body


def _mireds(kelvin: float) -> int:
    return round(1e6 / kelvin)


def _kelvin(mireds: float) -> int:
    return round(1e6 / mireds)


def _percent(level: float) -> float:
    return round(min(level, LEVELS) * 100 / LEVELS, 4)


def _state(device: Device, message: Message) -> tuple[DeviceEvent, ...]:
    raw = read_object(message)
    word = text(raw, "state")
    if word is not None and word not in ("ON", "OFF"):
        raise Malformed(f"state is {named(word)}, and it should be ON or OFF")
    state: dict[str, StateValue] = {} if word is None else {"on": word == "ON"}
    level = number(raw, "brightness", 0, 255)
    # Of a lamp that is off, brightness is stale or 0; 0 of one that is on is a lamp that just woke up.
    if level and word != "OFF":
        state["brightness_pct"] = _percent(level)
    state |= _colour(raw)
    if not state:
        return ()
    return (Reported(device.id, state, fresh=not message.retain, settled=True),)


def _colour(raw: Mapping[str, object]) -> dict[str, StateValue]:
    """The colour that counts: `color_mode` decides, since the other form is kept, stale or computed, beside it.

    Without a mode both are given where both stand, and the comparison looks at the one that is wished.
    """
    mode = text(raw, "color_mode")
    found: dict[str, StateValue] = {}
    if mode in (None, "color_temp"):
        mireds = number(raw, "color_temp", _NO_MIREDS[0], _NO_MIREDS[1])
        if mireds is not None and mireds not in _NO_MIREDS:
            found["kelvin"] = _kelvin(min(max(mireds, _MIREDS[0]), _MIREDS[1]))
    if mode != "color_temp":
        colour = section(raw, "color")
        x, y = number(colour, "x", 0, 1), number(colour, "y", 0, 1)
        if x is not None and y is not None:
            found["xy"] = (x, y)
    return found


def _online(message: Message) -> bool:
    """`{"state":"online"}`, or the bare word of Zigbee2MQTT 1."""
    word: object = message.payload[:32].strip()
    if word not in (b"online", b"offline"):
        raw = read_json(message)
        word = raw.get("state") if isinstance(raw, dict) else raw
    if word in ("online", b"online"):
        return True
    if word in ("offline", b"offline"):
        return False
    raise Malformed(f"the availability is {named(word)}, and it should be online or offline")


def _fault(device: Device, message: Message) -> tuple[DeviceEvent, ...]:
    if b"error" not in message.payload:
        # Its log repeats every publish of the house; parsing it all for each lamp would be most of our work.
        return ()
    raw = read_object(message)
    said = raw.get("message")
    friendly = device.address.partition("/")[2]
    if raw.get("level") != "error" or not isinstance(said, str) or f"'{friendly}'" not in said:
        return ()
    return (Fault(device.id, visible_text(said, 200)),)
