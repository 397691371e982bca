"""The three processes of `sinne bench devices`: who presses, the simulated devices, and bare paho in their place."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from controller.cli.benches.asked import answer, questions
from controller.cli.benches.names import BARE, STORE, bare_topics, lamps
from devices.address import BrokerAddress, Credentials
from devices.bare import PATIENCE_S, BarePublisher, EchoMember, ReactorEchoes
from devices.device import Capability, Device, Kind
from devices.dialects.base import Order
from devices.dialects.native import Native
from devices.messages import Message, device_topic
from devices.simulator.build import build_fleet
from devices.simulator.hosts import Client, Line
from devices.simulator.specs import DeviceSpec
from devices.simulator.swarm_host import SwarmHost

#: Two looks that no lamp can take for each other, pressed in turn.
_LOOKS = ({"on": True, "brightness_pct": 20, "kelvin": 2700}, {"on": True, "brightness_pct": 90, "kelvin": 4500})
#: Let the acknowledgements of one round leave before the next is measured.
_REST_S = 0.5
_CONNECT_S = 600.0
#: Answers a second, below which a machine is too busy to measure anything.
_SLOWEST_HZ = 100.0
_CAPABILITY = Capability(brightness_levels=254)


def specs(n: int) -> list[DeviceSpec]:
    """The lamps as the simulator knows them, in ten zones. They beat once an hour: what is measured is the press."""
    return [DeviceSpec(id=lamp, zones=(f"zone-{number % 10}",), heartbeat_s=3600.0)
            for number, lamp in enumerate(lamps(n))]


def orders(n: int, press: int) -> list[Message]:
    """The documents that the controller writes for press number `press` (1, 2, …): a rev a lamp, no fade."""
    native, look, issued = Native(), _LOOKS[press % 2], datetime.now(UTC).isoformat(timespec="milliseconds")
    made: list[Message] = []
    for number, lamp in enumerate(lamps(n)):
        device = Device(lamp, STORE, Kind.LIGHT, "native", lamp, (f"zone-{number % 10}",), capability=_CAPABILITY)
        order = Order(1, rev(n, press, number), look, 0.0, device.zones, "override Bright by owner",
                      issued.replace("+00:00", "Z"))
        made += native.encode(device, order)
    return made


def rev(n: int, press: int, number: int) -> int:
    """The rev of the order to lamp `number` in press number `press`; all have as many digits."""
    return 1_000_000 + press * n + number


def presser() -> None:
    """A bare client that orders all devices of a store at once and waits for all answers.

    A question is the number of a press; answers with the seconds that it took.
    """
    asked = questions()
    config = next(asked)
    _stay_on(config["cores"])
    n, store = config["n"], config["store"]
    client = BarePublisher(BrokerAddress.parse(config["address"]), "presser", device_topic(store, "+", "reported"),
                           PATIENCE_S + n / _SLOWEST_HZ)
    answer({})
    for question in asked:
        press = question["press"]
        messages = orders(n, press)
        if store == BARE:
            messages = [Message(bare_topics(lamp)[0], each.payload, 1, True)
                        for lamp, each in zip(lamps(n), messages, strict=True)]
        client.rest(_REST_S)
        answer({"took_s": client.round(messages, dict(_answers(store, n, press)))})
    client.close()


def _answers(store: str, n: int, press: int) -> Iterator[tuple[str, bytes]]:
    """What the answer of each device holds: of ours, that this very order is applied."""
    for number, lamp in enumerate(lamps(n)):
        said = b'"applied_rev":%d,"status":"applied"' % rev(n, press, number)
        yield device_topic(store, lamp, "reported"), said if store == STORE else b'"status":"applied"'


def firmware() -> None:
    """The fleet: each lamp with the real firmware, its own connection and its own last will."""
    asked = questions()
    config = next(asked)
    _stay_on(config["cores"])
    address, accounts = BrokerAddress.parse(config["address"]), config["accounts"]
    host = _Lines(address, "sim", lambda lamp: Credentials(lamp, accounts[lamp]))
    answer({})
    next(asked)
    fleet = build_fleet(STORE, specs(config["n"]), 1, host)
    fleet.start()
    try:
        answer({"connected": host.await_all(_CONNECT_S)})
        _serve(asked)
    finally:
        fleet.stop()


class _Lines(SwarmHost):
    """A host that knows when all of its lines are connected."""

    def __init__(self, address: BrokerAddress, prefix: str, accounts: Callable[[str], Credentials | None]) -> None:
        super().__init__(address, prefix, accounts)
        self._lines: list[Line] = []

    def join(self, client: Client) -> Line:
        """A line, noted."""
        line = super().join(client)
        self._lines.append(line)
        return line

    def await_all(self, patience_s: float) -> int:
        """Wait until all are connected, `patience_s` at most; how many are."""
        until_s = time.monotonic() + patience_s
        while (count := sum(line.connected for line in self._lines)) < len(self._lines) and time.monotonic() < until_s:
            time.sleep(0.1)
        return count


def echoes() -> None:
    """Bare paho clients on the same loop, that answer each message with as many bytes as a report has."""
    asked = questions()
    config = next(asked)
    _stay_on(config["cores"])
    address, accounts, said = BrokerAddress.parse(config["address"]), config["accounts"], config["report"].encode()
    answer({})
    next(asked)
    members = []
    for lamp in lamps(config["n"]):
        hears, says = bare_topics(lamp)
        there = address.with_credentials(Credentials(lamp, accounts[lamp]))
        members.append(EchoMember(there, f"bare-{lamp}", hears, Message(says, said, 1, True)))
    echoes = ReactorEchoes(members)
    echoes.start(_CONNECT_S)
    try:
        answer({"connected": len(members)})
        _serve(asked)
    finally:
        echoes.stop()


def _serve(asked: Iterator[dict[str, Any]]) -> None:
    """Stay until whoever asks has gone."""
    for _ in asked:
        answer({})


def _stay_on(cores: list[int]) -> None:
    """Use these processors only."""
    if cores:
        os.sched_setaffinity(0, cores)
