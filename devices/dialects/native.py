"""The native dialect: sinne's own contract, as `contract.md` and `semantics.md` (17 to 19) state it.

Topics are `sinne/v1/{store}/dev/{id}/{leaf}`. The controller writes `desired` (retained, QoS 1, stamped with epoch and
rev) and `cmd` (momentary, never retained); the device writes `meta`, `reported` and `avail`. A device answers for
itself (`applied_rev`, `status`), so that nothing has to be asked: an order is sent again, and it says its report again.

`meta`, which a device publishes retained at every connect (all but `kind` and `capabilities` may be left out):

    {"kind": "light", "capabilities": ["on", "brightness", "kelvin", "xy", "fade"], "levels": {"brightness": 254},
     "limits": {"kelvin": [2000, 6500], "max_pct": 100}, "heartbeat_s": 60, "maker": "…", "model": "…", "firmware": "…"}

Players add `sources`, diffusers `fragrances`. `levels` are the steps above 0 of `brightness` (100 unless said),
`volume` (100) and `intensity` (0: stepless). `reports: false` says that the reported state is only assumed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import orjson

from devices.device import Capability, Device, Kind
from devices.dialects.base import (
    Announced,
    Availability,
    Contact,
    Described,
    DeviceEvent,
    Malformed,
    Order,
    Reported,
    State,
    StateValue,
)
from devices.messages import Message, checked_id, device_topic
from devices.payload import MAX_WHOLE, flag, named, number, read_object, section, text, texts, visible_text, whole
from devices.state import HIGHEST_KELVIN, LOWEST_KELVIN, read_state
from devices.steps import KEYS, disagreements, quantise_state

#: How long a momentary command is worth anything (`contract.md`).
COMMAND_TTL_S = 10
#: What a device is given beyond the fade to say that it is done (`dialects.md`, trap 3).
SETTLE_MARGIN_S = 2.0
DEFAULT_HEARTBEAT_S = 60.0

_ANSWERS = frozenset({"applying", "applied", "held", "rejected", "failed"})
_MOST_LEVELS = 65535
_EXTRA_KEY = re.compile(r"[a-z][a-z0-9_]{0,31}")
_MOST_EXTRAS = 16
_KNOWN = {kind: frozenset(keys) for kind, keys in KEYS.items()}
_FLAT = (bool, int, float, str)


class Native:
    """The codec of sinne's own contract; one instance serves every device.

    It keeps nothing but the last state that it put into JSON: a press wants the same of one lamp after the other.
    """

    name = "native"
    versioned = True
    retained = True
    confirms_by_refresh = False
    kinds = frozenset(Kind)

    def __init__(self) -> None:
        self._last: tuple[State, Device, orjson.Fragment] | None = None

    def check_address(self, address: str) -> None:
        """A native address is the device's id: small letters, digits and hyphens."""
        checked_id(address)

    def subscriptions(self, device: Device) -> tuple[str, ...]:
        """Three filters for the whole store: a broker serves three wildcards better than three a device."""
        return tuple(device_topic(device.store, "+", leaf) for leaf in _DECODERS)

    def topics(self, device: Device) -> tuple[str, ...]:
        """The three topics on which this device speaks."""
        return tuple(device_topic(device.store, device.address, leaf) for leaf in _DECODERS)

    def encode(self, device: Device, order: Order) -> tuple[Message, ...]:
        """One `desired`, retained because it is absolute, stamped and idempotent. A contact takes no orders."""
        if device.kind is Kind.CONTACT:
            return ()
        document = {
            "epoch": order.epoch, "rev": order.rev, "state": self._state_json(device, order.state),
            "fade_s": order.fade_s, "zones": order.zones, "because": visible_text(order.because, 300),
            "issued": order.issued,
        }
        topic = device_topic(device.store, device.address, "desired")
        return (Message(topic, orjson.dumps(document), qos=1, retain=True),)

    def _state_json(self, device: Device, state: State) -> orjson.Fragment:
        """The state that the device can represent, as JSON; kept for the next device that is alike."""
        last = self._last
        if last is not None and last[0] is state and (
                last[1] is device or (last[1].kind is device.kind and last[1].capability is device.capability)):
            return last[2]
        made = orjson.Fragment(orjson.dumps(self.quantise(device, state)))
        self._last = state, device, made
        return made

    def decode(self, device: Device, message: Message) -> tuple[DeviceEvent, ...]:
        """What `reported`, `meta` or `avail` says. An empty payload clears a retained topic and says nothing."""
        leaf = message.topic.rpartition("/")[2]
        decoder = _DECODERS.get(leaf)
        if decoder is None or message.topic != device_topic(device.store, device.address, leaf) or not message.payload:
            return ()
        return decoder(device, message)

    def refresh(self, device: Device) -> tuple[Message, ...]:  # noqa: ARG002 - the port's signature
        """Nothing: a native device reports by itself, and again whenever its order is sent again."""
        return ()

    def identify(self, device: Device, command_id: str, issued: datetime) -> tuple[Message, ...]:
        """A `cmd` that the device does once by `command_id`, and not at all when it is older than its `ttl_s`."""
        return (_command(device, {"id": command_id, "op": "identify"}, issued),)

    def announce(self, device: Device, announced: Announced, issued: datetime) -> tuple[Message, ...]:
        """A `cmd` as above. Only players speak, and only those that say so in their `meta`."""
        if device.kind is not Kind.PLAYER or not device.capability.announces:
            return ()
        return (_command(device, {
            "id": announced.id, "op": "announce", "clip": announced.clip, "text": visible_text(announced.text, 500),
            "manner": announced.manner, "volume_pct": announced.volume_pct, "length_s": announced.length_s}, issued),)

    def quantise(self, device: Device, state: State) -> dict[str, StateValue]:
        """The nearest state by the device's own `meta`."""
        return quantise_state(device.kind, device.capability, state)

    def agrees(self, device: Device, wanted: State, reported: State) -> bool:
        """One step for percents (none where steps are coarse), one mired, 0.005 in xy, exact for the rest."""
        return not disagreements(device.kind, device.capability, wanted, reported)

    def settle_s(self, device: Device, fade_s: float) -> float:
        """The fade, if the device fades, and two seconds."""
        return (fade_s if device.capability.fade else 0.0) + SETTLE_MARGIN_S


def _command(device: Device, what: Mapping[str, object], issued: datetime) -> Message:
    """A momentary command: never retained, and worth nothing after `COMMAND_TTL_S`."""
    if issued.tzinfo is None:
        raise ValueError("issued has no time zone, and the device would read it as another moment")
    shown = issued.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    topic = device_topic(device.store, device.address, "cmd")
    payload = orjson.dumps({**what, "issued": shown, "ttl_s": COMMAND_TTL_S})
    return Message(topic, payload, qos=0, retain=False, expiry_s=COMMAND_TTL_S)


def desired_filter(store: str) -> str:
    """The filter for every retained `desired` of a store, from which a controller learns its own past."""
    return device_topic(store, "+", "desired")


def read_stamp(message: Message) -> tuple[int, int] | None:
    """(epoch, rev) of a `desired`, a `reported` (its `applied_rev`) or a stop document; None where none is readable.

    It never raises: at start, one broken retained message must not keep the controller from finding the highest.
    """
    try:
        raw = read_object(message)
        epoch = whole(raw, "epoch", 0, MAX_WHOLE)
        rev = whole(raw, "applied_rev" if message.topic.endswith("/reported") else "rev", 0, MAX_WHOLE)
    except Malformed:
        return None
    return None if epoch is None or rev is None else (epoch, rev)


def _reported(device: Device, message: Message) -> tuple[DeviceEvent, ...]:
    raw = read_object(message)
    if "state" not in raw:
        raise Malformed("reported has no state, and it should hold one, if only a part of it")
    if device.kind is Kind.CONTACT:
        return (_contact(device, message, raw),)
    said = raw["state"]
    state, bound = read_state(device.kind, said), raw.get("target")
    # One that has arrived says the same twice; equal JSON reads as an equal state.
    target = None if bound is None else state if _same(bound, said) else read_state(device.kind, bound)
    word = raw.get("status")
    answer = word if isinstance(word, str) and word in _ANSWERS else text(raw, "status") or ""
    epoch, rev = whole(raw, "epoch", 0, MAX_WHOLE), whole(raw, "applied_rev", 0, MAX_WHOLE)
    stamped = epoch is not None and rev is not None
    return (Reported(
        device=device.id, state=state, fresh=not message.retain,
        settled=answer != "applying" if answer in _ANSWERS else target is None or target == state,
        epoch=epoch if stamped else None, rev=rev if stamped else None,
        # A word of a newer firmware is not an answer that we could act on.
        answer=answer if answer in _ANSWERS else "",
        target=target, error=text(raw, "error", 300) or None, extra=_extra(device.kind, section(raw, "state"))),)


def _same(one: object, other: object) -> bool:
    """Whether two states are the same flat JSON, type by type (1 is not true). False where that is not plain to see."""
    return (isinstance(one, dict) and isinstance(other, dict) and len(one) == len(other)
            and all(type(value) in _FLAT and type(there := other.get(key)) is type(value) and there == value
                    for key, value in one.items()))


def _contact(device: Device, message: Message, raw: Mapping[str, object]) -> Contact:
    active = flag(section(raw, "state"), "active")
    if active is None:
        raise Malformed("a contact's state has no active, and it should be true or false")
    return Contact(device.id, active, fresh=not message.retain)


def _extra(kind: Kind, raw: Mapping[str, object]) -> dict[str, StateValue]:
    """What else the device says (title, ISRC, ml left): scalars only, texts cleaned, a few keys, no error for more."""
    found: dict[str, StateValue] = {}
    if raw.keys() <= _KNOWN[kind]:
        return found
    for key, value in raw.items():
        if len(found) == _MOST_EXTRAS:
            break
        if key in KEYS[kind] or not _EXTRA_KEY.fullmatch(key):
            continue
        if isinstance(value, str):
            found[key] = visible_text(value)
        elif isinstance(value, (bool, int)) or (isinstance(value, float) and math.isfinite(value)):
            found[key] = value
    return found


def _meta(device: Device, message: Message) -> tuple[DeviceEvent, ...]:
    raw = read_object(message)
    kind, able = text(raw, "kind"), texts(raw, "capabilities")
    if kind != device.kind.value:
        raise Malformed(f"meta says kind {named(kind)}, and the plan says {device.kind.value}")
    if able is None:
        raise Malformed("meta has no capabilities, and it should list them")
    return (Described(
        device=device.id, capability=_capability(raw, frozenset(able)),
        heartbeat_s=number(raw, "heartbeat_s", 1, 86400) or DEFAULT_HEARTBEAT_S,
        maker=text(raw, "maker") or "", model=text(raw, "model") or "", firmware=text(raw, "firmware") or ""),)


def _capability(raw: Mapping[str, object], able: frozenset[str]) -> Capability:
    levels, limits = section(raw, "levels"), section(raw, "limits")
    brightness = whole(levels, "brightness", 1, _MOST_LEVELS) or 100
    volume = whole(levels, "volume", 0, _MOST_LEVELS)
    max_pct = number(limits, "max_pct", 0, 100)
    return Capability(
        brightness_levels=brightness if "brightness" in able else 1,
        kelvin=_kelvin_limits(limits) if "kelvin" in able else None, colour="xy" in able, fade="fade" in able,
        max_pct=100.0 if max_pct is None else max_pct, fragrances=texts(raw, "fragrances") or (),
        intensity_levels=whole(levels, "intensity", 0, _MOST_LEVELS) or 0, sources=texts(raw, "sources") or (),
        reports=flag(raw, "reports") is not False, volume_levels=100 if volume is None else volume,
        announces="announce" in able)


def _kelvin_limits(limits: Mapping[str, object]) -> tuple[int, int]:
    pair = limits.get("kelvin")
    if pair is None:
        return 2000, 6500
    if not isinstance(pair, list) or len(pair) != 2:
        raise Malformed(f"limits.kelvin is {named(pair)}, and it should be the lowest and the highest in kelvin")
    low, high = (number({"limits.kelvin": part}, "limits.kelvin", LOWEST_KELVIN, HIGHEST_KELVIN) for part in pair)
    if low is None or high is None or low > high:
        raise Malformed("limits.kelvin should be the lowest and the highest in kelvin, in this order")
    return round(low), round(high)


def _avail(device: Device, message: Message) -> tuple[DeviceEvent, ...]:
    word = message.payload[:32].strip()
    if word not in (b"online", b"offline"):
        raise Malformed("avail is neither online nor offline")
    return (Availability(device.id, word == b"online", fresh=not message.retain),)


_DECODERS: Mapping[str, Callable[[Device, Message], tuple[DeviceEvent, ...]]] = {
    "reported": _reported, "meta": _meta, "avail": _avail,
}
