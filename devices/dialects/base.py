"""The dialect port: meaning on the wire, as pure functions, so that golden payloads test it.

A dialect never keeps state and never reads a clock. What it needs (the device, the last report) is an argument.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from devices.device import Capability, Device, Kind
from devices.messages import Message

#: State of a device in the words of `contract.md`: `{"on": True, "brightness_pct": 60.0, "kelvin": 3500}`.
#: Absolute values only. Keys by kind are listed in `devices/state.py`.
StateValue = bool | int | float | str | tuple[float, float] | None
State = Mapping[str, StateValue]


@dataclass(frozen=True, slots=True)
class Order:
    """What the controller wants of one device, stamped. `fade_s` belongs to the transition, not to the state.

    `issued` is RFC 3339 in UTC. `because` is one sentence for people and never parsed.
    """

    epoch: int
    rev: int
    state: State
    fade_s: float
    zones: tuple[str, ...]
    because: str
    issued: str


@dataclass(frozen=True, slots=True)
class Announced:
    """Something to be said over the music, once. A device that has done `id` does not do it again.

    `clip`: the recording's name on the player; `text`: what it says, for a player that speaks by itself. `manner`:
    `duck` or `interrupt` the music. `volume_pct`: None leaves it to the player. `length_s`: how long it takes.
    """

    id: str
    clip: str
    text: str
    manner: str
    volume_pct: float | None
    length_s: float


@dataclass(frozen=True, slots=True)
class Reported:
    """The device spoke of its state. `state` may be partial: only the keys that the payload held.

    `fresh`: False for a retained message and for cached fields merged in by a bridge: last known, no evidence.
    `epoch`, `rev`: the newest order accepted, where the dialect carries it (native), else None. `answer`: the
    device's own word (applying, applied, held, rejected, failed), empty where the dialect has none.
    `settled`: False while a fade is under way. `extra`: title, artist, ISRC, ml left, for people; hostile text.
    """

    device: str
    state: State
    fresh: bool
    settled: bool
    epoch: int | None = None
    rev: int | None = None
    answer: str = ""
    target: State | None = None
    error: str | None = None
    extra: Mapping[str, StateValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Availability:
    """The device (or the bridge in front of it) came or went, by its own word or its last will.

    `bridge`: True where the bridge spoke. Keep the two apart: a device is in reach while neither says otherwise,
    and retained words of both arrive in any order.
    """

    device: str
    online: bool
    fresh: bool
    bridge: bool = False


@dataclass(frozen=True, slots=True)
class Described:
    """The device said what it is (`meta`)."""

    device: str
    capability: Capability
    heartbeat_s: float
    maker: str
    model: str
    firmware: str


@dataclass(frozen=True, slots=True)
class Fault:
    """The device or its bridge said that something failed. `sentence` is hostile text, capped and cleaned."""

    device: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact said whether it is active (fire alarm)."""

    device: str
    active: bool
    fresh: bool


DeviceEvent = Reported | Availability | Described | Fault | Contact


class Malformed(ValueError):
    """The payload is not what the dialect knows. The sentence says what was wrong; nothing was applied."""


class Dialect(Protocol):
    """One way of speaking on the wire. Implementations live beside this file, one a module."""

    name: str
    #: Whether an order carries (epoch, rev) on the wire and a report answers with them.
    versioned: bool
    #: Whether orders may be sent to a device that is out of reach (native desired is retained and waits for it).
    retained: bool
    #: Whether a report proves nothing until it was asked for: the bridge repeats what it was told before the
    #: device did it. Then: send, wait `settle_s`, send `refresh`, and take the reports after that as evidence.
    confirms_by_refresh: bool
    #: The kinds of device that it can speak to.
    kinds: frozenset[Kind]

    def check_address(self, address: str) -> None:
        """Raise ValueError with one sentence if `address` cannot be a device's address in this dialect."""

    def subscriptions(self, device: Device) -> tuple[str, ...]:
        """Topic filters that cover this device; may be shared by many (wildcards), so collect them in a set."""

    def topics(self, device: Device) -> tuple[str, ...]:
        """Exact topics on which this device (or its bridge) speaks: the routing table of the intake."""

    def encode(self, device: Device, order: Order) -> tuple[Message, ...]:
        """The messages that carry `order`."""

    def decode(self, device: Device, message: Message) -> tuple[DeviceEvent, ...]:
        """What `message` says of this device. Raises Malformed; never anything else, whatever the bytes."""

    def refresh(self, device: Device) -> tuple[Message, ...]:
        """Ask for the state: after start, reconnect, and before calling a difference drift."""

    def identify(self, device: Device, command_id: str, issued: datetime) -> tuple[Message, ...]:
        """Make the device show itself (blink, chime), if it can; empty where it cannot."""

    def announce(self, device: Device, announced: Announced, issued: datetime) -> tuple[Message, ...]:
        """Have a player say something over its music; empty where the device cannot."""

    def quantise(self, device: Device, state: State) -> State:
        """The nearest state that the device can represent; what it is measured against."""

    def agrees(self, device: Device, wanted: State, reported: State) -> bool:
        """Whether a settled report equals `wanted` (already quantised) within tolerance, in device units."""

    def settle_s(self, device: Device, fade_s: float) -> float:
        """Seconds after sending until a report can be expected to have settled."""
