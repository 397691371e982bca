"""From specs to a fleet: which firmware and body each device gets, and the seed behind every number that varies."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from devices.simulator.contact import Contact
from devices.simulator.diffuser import Diffuser
from devices.simulator.firmware import Firmware
from devices.simulator.fleet import Fleet
from devices.simulator.heart import Heart
from devices.simulator.homeassistant import light_announcement
from devices.simulator.hosts import FirmwareHost
from devices.simulator.lamp import Lamp
from devices.simulator.mischief import Subject
from devices.simulator.native import NativeFirmware
from devices.simulator.player import Player
from devices.simulator.specs import ZIGBEE2MQTT, DeviceSpec, Manner
from devices.simulator.zigbee import ZigbeeBridge
from devices.simulator.zigbee_lamp import ZigbeeLamp

_ML_PER_H = (1.0, 8.0)


def build_fleet(
    store: str, specs: Sequence[DeviceSpec], seed: int, host: FirmwareHost, manner: Manner | None = None
) -> Fleet:
    """A fleet for `store`, not yet started. The same seed gives the same phases, rates and latencies.

    Lamps behind one Zigbee2MQTT base topic share a bridge, whose id is that topic. ValueError for an id twice.
    """
    rng = random.Random(seed)
    how = manner or Manner()
    firmwares = build_firmwares(store, specs, rng, how, host.wall_zero_s)
    return Fleet([Subject(each, random.Random(rng.random()), how.latency_s) for each in firmwares], host)


def build_firmwares(
    store: str, specs: Iterable[DeviceSpec], rng: random.Random, manner: Manner, wall_zero_s: float
) -> list[Firmware]:
    """The firmwares alone, for whoever wants to drive them by hand. `wall_zero_s`: Unix seconds at `now` = 0."""
    firmwares: list[Firmware] = []
    lamps: dict[str, list[ZigbeeLamp]] = {}
    taken: set[str] = set()
    for spec in specs:
        if spec.id in taken:
            raise ValueError(f"There are two devices with the id {spec.id!r}")
        taken.add(spec.id)
        if spec.dialect == ZIGBEE2MQTT:
            lamps.setdefault(spec.address.partition("/")[0], []).append(ZigbeeLamp(spec))
        else:
            firmwares.append(_native(store, spec, rng, manner, wall_zero_s))
    for base, behind in lamps.items():
        if base in taken:
            raise ValueError(f"A device has the id {base!r} of the Zigbee2MQTT bridge")
        firmwares.append(ZigbeeBridge(base, base, behind, manner.progress_s))
    return firmwares


def _native(store: str, spec: DeviceSpec, rng: random.Random, manner: Manner, wall_zero_s: float) -> Firmware:
    # Both are drawn for every device, so that changing one device's kind does not shift the others' numbers.
    phase_s = rng.uniform(0.0, spec.heartbeat_s)
    ml_per_h = rng.uniform(*_ML_PER_H)
    heart = Heart(spec.heartbeat_s, phase_s, wall_zero_s, manner.heartbeats, manner.progress_s)
    if spec.kind == "light":
        announcement = light_announcement(store, spec.id) if manner.announces else None
        return NativeFirmware(store, spec.id, Lamp(spec), heart, announcement)
    if spec.kind == "player":
        return NativeFirmware(store, spec.id, Player(spec, manner.tracks), heart)
    if spec.kind == "diffuser":
        return NativeFirmware(store, spec.id, Diffuser(spec, ml_per_h), heart)
    return NativeFirmware(store, spec.id, Contact(), heart)
