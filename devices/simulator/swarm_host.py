"""A fleet over a real broker: every connection of it on the one loop of `devices.mqtt.MqttSwarm`, in monotonic time."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from threading import get_ident
from typing import TypeVar

from devices.mqtt import BrokerAddress, Credentials, MqttSwarm
from devices.simulator.hosts import Client, Line

T = TypeVar("T")

#: How long a caller waits for the loop to answer; it is busy for milliseconds at most.
_PATIENCE_S = 30.0


class SwarmHost:
    """Runs a fleet against the broker at `address` (`hosts.FirmwareHost`). Started once.

    Client ids are `{prefix}-{id}`. `credentials` gives the account of a device by its id, None for none.
    """

    def __init__(
        self,
        address: BrokerAddress,
        prefix: str,
        credentials: Callable[[str], Credentials | None] | None = None,
        *,
        keepalive_s: int = 60,
    ) -> None:
        self._swarm = MqttSwarm(address, keepalive_s=keepalive_s)
        self._prefix = prefix
        self._credentials = credentials
        self._loop: int | None = None
        self._started = self._stopped = False
        self.wall_zero_s = time.time() - time.monotonic()

    def now(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()

    def join(self, client: Client) -> Line:
        """A connection of its own, with its own last will."""
        return self._swarm.add(
            f"{self._prefix}-{client.id}",
            client.will,
            client.subscriptions,
            client.on_message,
            client.on_connect,
            credentials=self._credentials(client.id) if self._credentials else None,
        )

    def wake_at(self, at: float, call: Callable[[], None]) -> None:
        """A timer of the loop."""
        self._swarm.call_at(at, call)

    def ask(self, call: Callable[[], T]) -> T:
        """Run `call` on the loop and wait for its answer. RuntimeError before `start` and after `stop`."""
        if get_ident() == self._loop:
            return call()
        if not self._started or self._stopped:
            raise RuntimeError("The simulated devices are not running")
        answer: Future[T] = Future()

        def run() -> None:
            try:
                answer.set_result(call())
            except BaseException as error:
                answer.set_exception(error)

        self._swarm.call_soon(run)
        return answer.result(_PATIENCE_S)

    def start(self) -> None:
        """Start the loop."""
        self._swarm.start()
        self._started = True
        self._loop = self.ask(get_ident)

    def stop(self) -> None:
        """Pull every plug: all last wills are published. May be called twice."""
        if self._started and not self._stopped:
            self._stopped = True
            self._swarm.stop()
