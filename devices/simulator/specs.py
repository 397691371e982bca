"""What a simulated device is, before it runs: a list of these makes a fleet.

A store's plan file gives the list (the composition root turns it into specs); `many` gives one for benchmarks. The
simulator has its own words for a device, apart from the controller's, because it stands on the other side of the wire.
"""

from __future__ import annotations

from dataclasses import dataclass

from devices.messages import checked_id

KINDS = ("light", "player", "diffuser", "contact")
NATIVE = "native"
ZIGBEE2MQTT = "zigbee2mqtt"


@dataclass(frozen=True, slots=True)
class DeviceSpec:
    """One device to simulate.

    `address`: where a foreign dialect finds it (`zigbee2mqtt/Lamp 3`); a native device needs none. `zones` and `role`
    are for people: a native device learns its zones from its `desired`. `levels`: brightness steps above off.
    `kelvin`: lowest and highest colour temperature, None for a lamp of one colour. `max_pct`: the most that it gives.
    `quirks`: `ikea` for lamps whose brightness jumps when colour comes in the same message, `jumps` for native lamps
    that cannot fade. `rates`: what a diffuser uses while it runs, in ml/h by fragrance; of others it is drawn.
    """

    id: str
    kind: str = "light"
    dialect: str = NATIVE
    address: str = ""
    zones: tuple[str, ...] = ()
    role: str = "ambient"
    levels: int = 254
    kelvin: tuple[int, int] | None = (2000, 6500)
    colour: bool = True
    max_pct: float = 100.0
    sources: tuple[str, ...] = ()
    fragrances: tuple[str, ...] = ()
    cartridge_ml: float = 120.0
    rates: tuple[tuple[str, float], ...] = ()
    heartbeat_s: float = 60.0
    quirks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """ValueError, in one sentence, for a device that cannot be built."""
        checked_id(self.id)
        if self.kind not in KINDS:
            raise ValueError(f"Device {self.id}: kind {self.kind!r} is not one of {', '.join(KINDS)}")
        if self.dialect not in (NATIVE, ZIGBEE2MQTT):
            raise ValueError(
                f"Device {self.id}: the simulator speaks {NATIVE} and {ZIGBEE2MQTT}, not {self.dialect!r}"
            )
        if self.dialect == ZIGBEE2MQTT and self.kind != "light":
            raise ValueError(f"Device {self.id}: over Zigbee2MQTT the simulator has lights, not a {self.kind}")
        if self.dialect == ZIGBEE2MQTT and not all(self.address.partition("/")):
            raise ValueError(
                f"Device {self.id}: a Zigbee2MQTT address is the bridge's topic, a slash and the name"
                f" (zigbee2mqtt/Lamp 3), not {self.address!r}"
            )
        if self.heartbeat_s <= 0:
            raise ValueError(f"Device {self.id}: heartbeat_s must be above 0, not {self.heartbeat_s}")


@dataclass(frozen=True, slots=True)
class Manner:
    """How chatty and how slow every device of a fleet is.

    `heartbeats`: False in virtual time, where a healthy device's heartbeat is a deadline renewed without a message.
    `tracks`: players report each new title. `progress_s`: seconds between reports of a fade under way.
    `latency_s`: lowest and highest seconds from hearing to answering. `announces`: native lights announce themselves
    by Home Assistant discovery.
    """

    heartbeats: bool = True
    tracks: bool = True
    progress_s: float = 1.0
    latency_s: tuple[float, float] = (0.0, 0.0)
    announces: bool = False


def many(store: str, count: int) -> list[DeviceSpec]:
    """`count` native lights for a benchmark, spread over ten zones; `store` goes into the ids."""
    return [DeviceSpec(id=f"{store}-lamp-{number}", zones=(f"zone-{number % 10}",)) for number in range(count)]
