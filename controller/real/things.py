"""The devices of a scenario in real time: each native one a client of its own over TCP, and what can happen to each."""

from __future__ import annotations

from collections.abc import Mapping

from controller.real.clock import ShiftedClock
from controller.virtual.specs import specs_of
from devices.broker import Mosquitto
from devices.mosquitto_accounts import ZIGBEE_BRIDGE
from devices.simulator.build import build_fleet
from devices.simulator.fleet import Fleet
from devices.simulator.swarm_host import SwarmHost
from profiles.plan import Plan


class RealThings:
    """`controller.scenarios.stage.Things` over a broker. The devices' own clocks are right: they show the true time."""

    def __init__(self, plan: Plan, broker: Mosquitto, clock: ShiftedClock, seed: int) -> None:
        """Build the devices of `plan`, unpowered. `broker`: one that knows their accounts."""
        host = SwarmHost(
            broker.address, f"sinne-sim-{plan.store.id}",
            lambda id: broker.zigbee2mqtt_credentials if id == ZIGBEE_BRIDGE else broker.device_credentials(id))
        host.wall_zero_s = clock.true_time().timestamp() - host.now()
        self.fleet: Fleet = build_fleet(plan.store.id, specs_of(plan), seed, host)

    def unplug(self, device: str) -> None:
        """It loses its power."""
        self.fleet.lose_power(device)

    def plug_in(self, device: str) -> None:
        """It has power again."""
        self.fleet.power_up(device)

    def freeze(self, device: str) -> None:
        """It hangs with its connection open."""
        self.fleet.freeze(device)

    def thaw(self, device: str) -> None:
        """It goes on, and its next heartbeat, which was due while it hung, says so."""
        self.fleet.thaw(device)

    def reboot(self, device: str) -> None:
        """It restarts with factory settings."""
        self.fleet.reboot_to_defaults(device)

    def lie(self, device: str, lying: bool) -> None:
        """It says yes and does nothing, or is honest again."""
        self.fleet.lie(device, lying)

    def touch(self, device: str, change: Mapping[str, object]) -> None:
        """A hand on the device itself. Raises ValueError."""
        self.fleet.someone_switches(device, **change)

    def fill(self, device: str, ml: float) -> None:
        """A cartridge with so much in it."""
        self.fleet.fill_cartridge(device, ml)

    def drift(self, device: str, change: Mapping[str, object], over_s: float, tells: bool) -> None:
        """Its hardware departs from what it was told, and it reports that or not. Raises ValueError."""
        self.fleet.drift(device, change, over_s, tells)

    def babble(self, device: str, babbling: bool) -> None:
        """It says nonsense instead of every report, or makes sense again."""
        self.fleet.babble(device, babbling)

    def slow_down(self, device: str, low_s: float, high_s: float) -> None:
        """It answers so late from now on."""
        self.fleet.slow_down(device, low_s, high_s)

    def away(self) -> tuple[str, ...]:
        """Clients that have power and no connection: devices, and bridges for theirs."""
        mischief = self.fleet.mischief()
        return tuple(id for id, there in self.fleet.connected().items()
                     if not there and "unplugged" not in mischief.get(id, ()))
