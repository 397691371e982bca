"""What a device is to the controller: identity, kind, dialect, capabilities. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a device does. A contact only reports (fire alarm input)."""

    LIGHT = "light"
    PLAYER = "player"
    DIFFUSER = "diffuser"
    CONTACT = "contact"


class Policy(StrEnum):
    """What to do when someone changed the device at its own switch."""

    ENFORCE = "enforce"
    YIELD = "yield"


@dataclass(frozen=True, slots=True)
class Capability:
    """What the device can represent, from its `meta` or from its dialect's defaults.

    `brightness_levels`: number of steps above off (254 for Zigbee, 255 for bytes, 100 for percent).
    `kelvin`: lowest and highest colour temperature, None for a lamp of one colour; `colour`: xy possible.
    `max_pct`: highest brightness, volume or intensity that the device takes. `fragrances`: what is loaded;
    `intensity_levels`: 0 for stepless. `volume_levels`: steps of a player's volume.
    `announces`: whether a player speaks over its music; taken for granted until its `meta` says otherwise.
    `reports`: False where reported state is only assumed (DMX, a relay).
    """

    brightness_levels: int = 100
    kelvin: tuple[int, int] | None = (2000, 6500)
    colour: bool = True
    fade: bool = True
    max_pct: float = 100.0
    fragrances: tuple[str, ...] = ()
    intensity_levels: int = 0
    sources: tuple[str, ...] = ()
    reports: bool = True
    volume_levels: int = 100
    announces: bool = True


@dataclass(frozen=True, slots=True)
class Device:
    """One device of the store's plan, with what is known of its abilities.

    `address` is what the dialect needs to find it on the wire: the device id for native, `zigbee2mqtt/Lamp 3`
    for Zigbee2MQTT. `zones`: the first decides what it should be; a stop in any of them wins for it.
    """

    id: str
    store: str
    kind: Kind
    dialect: str
    address: str
    zones: tuple[str, ...]
    role: str = "ambient"
    policy: Policy = Policy.ENFORCE
    heartbeat_s: float = 60.0
    capability: Capability = field(default_factory=Capability)
