"""What stands on the other side of the wire in virtual time: a broker in memory and simulated devices, and mishaps.

It knows which devices are healthy, for a heartbeat is a deadline here and no message (`semantics.md`, rule 16).
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence

from controller.virtual.clock import VirtualClock
from controller.virtual.specs import QUIET, specs_of
from devices.loopback import LoopbackBroker
from devices.messages import Message
from devices.simulator.build import build_fleet
from devices.simulator.fleet import Fleet
from devices.simulator.loopback_host import LoopbackHost
from devices.simulator.specs import DeviceSpec, Manner
from profiles.plan import Plan

#: As `devices.simulator.specs.DeviceSpec` has it.
_HEARTBEAT_S = 60.0


class World:
    """Broker and devices of one store. `beats`: until which steady instant each device's heartbeats come."""

    def __init__(
        self, plan: Plan, clock: VirtualClock, seed: int, manner: Manner = QUIET,
        specs: Sequence[DeviceSpec] | None = None,
    ) -> None:
        """Build the devices of `plan`, unpowered. `specs`: its devices, where they are not as the plan alone says."""
        self._clock, self._rng = clock, random.Random(f"world {seed}")
        self.broker = LoopbackBroker(pumped=True)
        zero = clock.true_time().timestamp() - clock.monotonic()
        host = LoopbackHost(self.broker, clock.monotonic, wall_zero_s=zero)
        self.fleet: Fleet = build_fleet(
            plan.store.id, specs_of(plan) if specs is None else specs, seed, host, manner)
        self._native = tuple(device.id for device in plan.devices if device.dialect == "native")
        self.beats: dict[str, float] = {device.id: math.inf for device in plan.devices}
        self._probe = self.broker.transport("somebody")
        self._probe.start(lambda _event: None)

    # -- mishaps, each by the id of a device

    def unplug(self, device: str) -> None:
        """It loses its power."""
        self.fleet.lose_power(device)
        self._beats_until(device, self._clock.monotonic())

    def plug_in(self, device: str) -> None:
        """It has power again."""
        self.fleet.power_up(device)
        self._beats_until(device, math.inf)

    def freeze(self, device: str) -> None:
        """It hangs with its connection open: its last heartbeat was up to an interval ago."""
        self.fleet.freeze(device)
        self._beats_until(device, self._clock.monotonic() - self._rng.uniform(0, _HEARTBEAT_S))

    def thaw(self, device: str) -> None:
        """It goes on, and its next heartbeat, which is no message here, says so."""
        self.fleet.thaw(device)
        self.fleet.greet(device)
        self._beats_until(device, math.inf)

    def reboot(self, device: str) -> None:
        """It restarts with factory settings."""
        self.fleet.reboot_to_defaults(device)
        self._beats_until(device, math.inf)

    def touch(self, device: str, change: Mapping[str, object]) -> None:
        """A hand on the device itself. Raises ValueError."""
        self.fleet.someone_switches(device, **change)

    def fill(self, device: str, ml: float) -> None:
        """A cartridge with so much in it; 0 is an empty one."""
        self.fleet.fill_cartridge(device, ml)

    def lie(self, device: str, lying: bool) -> None:
        """It says yes and does nothing, or is honest again."""
        self.fleet.lie(device, lying)

    def drift(self, device: str, change: Mapping[str, object], over_s: float, tells: bool) -> None:
        """Its hardware departs from what it was told, and it reports that or not. Raises ValueError."""
        self.fleet.drift(device, change, over_s, tells)

    def babble(self, device: str, babbling: bool) -> None:
        """It says nonsense instead of every report, or makes sense again."""
        self.fleet.babble(device, babbling)

    def slow_down(self, device: str, low_s: float, high_s: float) -> None:
        """It answers so late from now on."""
        self.fleet.slow_down(device, low_s, high_s)

    def say(self, message: Message) -> None:
        """Somebody publishes something on the store's broker."""
        self._probe.publish(message)

    def beat(self) -> None:
        """Every native device says how it is, as with its next heartbeat, which is no message here."""
        for device in self._native:
            self.fleet.greet(device)

    def lose_power(self) -> None:
        """Every device loses its power at once."""
        self._all(self.unplug)

    def power_up(self) -> None:
        """Every device has power again at once."""
        self._all(self.plug_in)

    def truth(self) -> dict[str, dict[str, object]]:
        """What the hardware of every device does now, in the words of its reports."""
        return self.fleet.truth()

    def _all(self, verb: Callable[[str], None]) -> None:
        for device in self.fleet.devices:
            verb(device)

    def _beats_until(self, device: str, until: float) -> None:
        if device in self.beats:
            self.beats[device] = until
