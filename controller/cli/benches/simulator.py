"""The devices of a benchmark, the whole of a process: lamps that cannot fade, and a stopwatch on what reaches them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from controller.cli.benches.asked import answer, questions
from controller.cli.benches.names import lamps
from devices.address import BrokerAddress, Credentials
from devices.messages import Message
from devices.simulator.build import build_fleet
from devices.simulator.hosts import Client, Line
from devices.simulator.specs import DeviceSpec
from devices.simulator.swarm_host import SwarmHost

T = TypeVar("T")


def specs(n: int) -> list[DeviceSpec]:
    """The lamps as the simulator knows them, in ten zones. They cannot fade, so their first report is the last."""
    return [DeviceSpec(id=lamp, zones=(f"zone-{number % 10}",), quirks=("jumps",))
            for number, lamp in enumerate(lamps(n))]


def simulator() -> None:
    """Lamps that cannot fade. Each question is answered by what they do, and when orders last came (steady seconds)."""
    asked = questions()
    config = next(asked)
    accounts = dict(zip(lamps(config["n"]), config["accounts"], strict=True))
    address = BrokerAddress.parse(config["address"])
    host = Stopwatch(SwarmHost(address, "sim", lambda lamp: Credentials(lamp, accounts[lamp])))
    fleet = build_fleet(config["store"], specs(config["n"]), 1, host)
    fleet.start()
    try:
        answer({})
        for _ in asked:
            shown = [lamp.get("brightness_pct") for lamp in fleet.truth().values()]
            answer({"shown": shown, "first_at": host.first_at, "last_at": host.last_at, "orders": host.orders})
            host.reset()
    finally:
        fleet.stop()


class Stopwatch:
    """A host of simulated devices (`hosts.FirmwareHost`) that notes when the first and the last message came."""

    def __init__(self, host: SwarmHost) -> None:
        """Run on `host`."""
        self._host, self.wall_zero_s = host, host.wall_zero_s
        self.now, self.wake_at, self.start, self.stop = host.now, host.wake_at, host.start, host.stop
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self.first_at: float | None = None
        self.last_at: float | None = None
        self.orders = 0

    def ask(self, call: Callable[[], T]) -> T:
        """Ask on the host's thread."""
        return self._host.ask(call)

    def join(self, client: Client) -> Line:
        """A line of the host, looked at."""
        return self._host.join(_Watched(client, self))

    def note(self) -> None:
        """A message is here."""
        self.last_at = self.now()
        self.first_at = self.first_at or self.last_at
        self.orders += 1


class _Watched:
    """A client that tells a stopwatch of its messages."""

    def __init__(self, client: Client, watch: Stopwatch) -> None:
        self.id, self.subscriptions, self.will = client.id, client.subscriptions, client.will
        self.on_connect, self._hear, self._watch = client.on_connect, client.on_message, watch

    def on_message(self, message: Message) -> None:
        """Note it, then pass it on."""
        self._watch.note()
        self._hear(message)
