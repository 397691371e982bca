"""A fleet in memory: a loopback broker and whatever clock the driver has, for tests and for virtual time.

Nothing runs by itself here. The driver asks `fleet.due()`, sets its clock to that instant and calls `fleet.tick(now)`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from devices.loopback import LoopbackBroker
from devices.messages import Message
from devices.simulator.hosts import Client, Line
from devices.transport import Connected, Received, TransportEvent

T = TypeVar("T")


class LoopbackLine:
    """One client of the loopback broker, its plug in a tester's hand (`hosts.Line`)."""

    def __init__(self, broker: LoopbackBroker, client_id: str, client: Client) -> None:
        self._broker = broker
        self._client_id = client_id
        self._client = client
        self._transport = broker.transport(client_id, client.will)
        self._transport.subscribe(client.subscriptions)
        self._started = False

    @property
    def connected(self) -> bool:
        """Whether the broker has it."""
        return self._transport.connected

    def publish(self, message: Message) -> bool:
        """False while not connected."""
        return self._transport.publish(message)

    def lose_power(self) -> None:
        """The last will is published."""
        self._broker.cut(self._client_id)

    def power_up(self) -> None:
        """Connect, for the first time or again."""
        if self._started:
            self._broker.restore(self._client_id)
        else:
            self._started = True
            self._transport.start(self._hear)

    def leave(self) -> None:
        """Go for good, in an orderly way."""
        self._transport.stop()

    def _hear(self, event: TransportEvent) -> None:
        # Everything is on one thread and the broker never nests deliveries, so acting here is safe.
        if isinstance(event, Received):
            self._client.on_message(event.message)
        elif isinstance(event, Connected):
            self._client.on_connect()


class LoopbackHost:
    """Network and time for a fleet without either (`hosts.FirmwareHost`).

    `clock` gives seconds that only grow; `wall_zero_s` is the Unix time at its 0. Client ids are `{prefix}-{id}`.
    """

    def __init__(
        self, broker: LoopbackBroker, clock: Callable[[], float], prefix: str = "sim", wall_zero_s: float = 0.0
    ) -> None:
        self._broker = broker
        self._prefix = prefix
        self._lines: list[LoopbackLine] = []
        self.now = clock
        self.wall_zero_s = wall_zero_s

    def join(self, client: Client) -> Line:
        """A line that connects at its first `power_up`."""
        line = LoopbackLine(self._broker, f"{self._prefix}-{client.id}", client)
        self._lines.append(line)
        return line

    def wake_at(self, at: float, call: Callable[[], None]) -> None:
        """Not needed: the driver asks `fleet.due()`."""

    def ask(self, call: Callable[[], T]) -> T:
        """There is only one thread."""
        return call()

    def start(self) -> None:
        """Nothing to start."""

    def stop(self) -> None:
        """Pull every plug, so that all last wills are published, and be gone."""
        for line in self._lines:
            line.lose_power()
            line.leave()
            line.power_up()
        self._lines.clear()
